// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.CompilerServices;
using Xunit;

namespace Framealloc.Tests
{
    /// <summary>What a program leaves open when it ends; the process of the tests has to end well all the same.</summary>
    public sealed class ExitTests
    {
        private static readonly Allocator Left = new Allocator();
        private static Block block;
        private static ObjectPool<Unit> pool;

        [Fact]
        public void AProgramMayEndWithEverythingOpen()
        {
            Left.ConfigureReports(ReportOutput.Sink);
            Left.DiagnosticReported += report => Left.Block(100).Dispose();
            Left.Listen(what => { });
            block = Left.Block(1000);
            pool = Left.ObjectPool<Unit>(0, null, (ref Unit unit) => unit.Health = 0);
            pool.Take();
            Frame frame = Left.BeginFrame();
            frame.OnEnd(() => Left.Block(100).Dispose());
            frame.Alloc<byte>(100);
            Assert.True(Left.InFrame);
            Assert.Equal(1000ul, block.Size);
        }

        [Fact]
        public void AnAllocatorThatIsForgottenIsGivenUpByTheCollector()
        {
            var backend = new CountingBackend();
            int each = Forget(backend);
            for (int number = 1; number < 20; number++)
                Forget(backend);
            for (int round = 0; round < 20 && backend.Live > 2 * each; round++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Assert.True(each > 0);
            Assert.True(backend.Live <= 2 * each); // a conservative collector may still see one on the stack
        }

        /// <summary>Leaves an allocator and a block of it behind; how many pieces of memory these took.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static int Forget(CountingBackend backend)
        {
            int before = backend.Live;
            new Allocator(new AllocatorOptions { Backend = backend }).Block(1000, Intent.Heap).Bytes.Fill(1);
            return backend.Live - before;
        }
    }
}
