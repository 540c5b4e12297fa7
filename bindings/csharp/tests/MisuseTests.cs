// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.CompilerServices;
using Xunit;

namespace Framealloc.Tests
{
    public sealed class MisuseTests : WithAllocator
    {
        [Fact]
        public void AFrameIsNotUsedAfterItsEnd()
        {
            Frame frame = alloc.BeginFrame();
            frame.Alloc<int>(1);
            frame.Dispose();
            Assert.ThrowsAny<ObjectDisposedException>(() => frame.Alloc<int>(1));
            Assert.ThrowsAny<ObjectDisposedException>(() => frame.Text("x"));
            Assert.ThrowsAny<ObjectDisposedException>(() => frame.OnEnd(() => { }));
            using (Frame next = alloc.BeginFrame())
            {
                next.Alloc<int>(1);
                Assert.ThrowsAny<ObjectDisposedException>(() => frame.Alloc<int>(1));
                Assert.Equal(16ul, next.Used);
            }
        }

        [Fact]
        public void ViewsKnowWhenTheirFrameHasEnded()
        {
            FrameSlice<int> slice;
            Memory<int> memory;
            FrameVector<int> vector;
            FrameMap<int, int> map;
            using (Frame frame = alloc.BeginFrame())
            {
                slice = frame.Slice<int>(10);
                memory = frame.Memory<int>(10);
                vector = frame.Vector<int>(10);
                map = frame.Map<int, int>(10);
                memory.Span.Fill(1);
                slice[4] = 1;
                Assert.True(slice.Valid);
            }
            Assert.False(slice.Valid);
            StaleException error = Assert.Throws<StaleException>(() => slice.Span.Clear());
            Assert.Equal("FA002", error.Diagnostic.Code);
            Assert.Equal(1ul, alloc.ReportCount(Code.FrameEscaped));
            Assert.Throws<StaleException>(() => memory.Span.Clear());
            Assert.Throws<StaleException>(() => vector.Add(1));
            Assert.Throws<StaleException>(() => map[1] = 1);
            Assert.Throws<StaleException>(() => { var unused = slice.Address; });
        }

        [Fact]
        public void AFrameEndsOnce()
        {
            Frame frame = alloc.BeginFrame();
            frame.End();
            Assert.Throws<StaleException>(() => frame.End());
            frame.Dispose();
            using (Frame next = alloc.BeginFrame())
            {
                frame.Dispose();
                Assert.True(next.Running);
            }
            Assert.Throws<StaleException>(() => default(Frame).End());
        }

        [Fact]
        public void OneFrameRunsAtATime()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                FrameallocException error = Assert.Throws<FrameallocException>(() => alloc.BeginFrame());
                Assert.Equal(Status.FrameActive, error.Status);
                Assert.Equal("FA004", error.Diagnostic.Code);
                frame.Alloc<int>(1);
            }
        }

        [Fact]
        public void AFrameBelongsToItsThread()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                frame.Alloc<int>(1);
                Elsewhere(() => Assert.Throws<WrongThreadException>(() => frame.Alloc<int>(1)));
                Elsewhere(() =>
                {
                    using (Frame other = alloc.BeginFrame())
                    {
                        other.Alloc<int>(1);
                        Assert.Throws<WrongThreadException>(() => frame.Alloc<int>(1));
                        Assert.Throws<WrongThreadException>(() => frame.End());
                    }
                });
                Assert.Equal(16ul, frame.Used);
            }
        }

        [Fact]
        public void AClosedAllocatorRefuses()
        {
            var closed = new Allocator();
            ScratchPool scratch = closed.ScratchPool("x");
            closed.Dispose();
            closed.Dispose();
            Assert.True(closed.Closed);
            Assert.Throws<StaleException>(() => closed.BeginFrame());
            Assert.Throws<StaleException>(() => closed.Block(10));
            Assert.Throws<StaleException>(() => scratch.Alloc<int>(1));
            Assert.Throws<StaleException>(() => { var unused = closed.Stats; });
        }

        [Fact]
        public void WhatIsOutKeepsAClosedAllocator()
        {
            var closed = new Allocator();
            Block block = closed.Block(1000);
            ObjectPool<Unit> pool = closed.ObjectPool<Unit>();
            ulong unit = pool.Take(new Unit { Health = 3 });
            Frame frame = closed.BeginFrame();
            Span<int> numbers = frame.Alloc<int>(100);
            closed.Dispose();
            numbers.Fill(1);
            block.Bytes.Fill(1);
            Assert.Equal(3, pool[unit].Health);
            Assert.Equal(100, frame.Alloc<int>(100).Length);
            frame.Dispose();
            pool.Dispose();
            block.Dispose();
        }

        [Fact]
        public void StaleIdsAreRefused()
        {
            using (ObjectPool<Unit> pool = alloc.ObjectPool<Unit>(10))
            {
                ulong unit = pool.Take();
                pool.Give(unit);
                Assert.Throws<StaleException>(() => { pool[unit].Health = 1; });
                Assert.Throws<StaleException>(() => pool.Give(unit));
                Assert.False(pool.Contains(unit));
                ulong next = pool.Take();
                Assert.False(next == unit);
            }
            Handle handle = alloc.Handle(100);
            handle.Free();
            Assert.False(handle.Valid);
            int heard = 0;
            alloc.DiagnosticReported += report => heard++;
            Assert.Throws<StaleException>(() => { var unused = handle.Moves; }); // reports into C#
            Assert.Equal(1, heard);
            Assert.Throws<StaleException>(() => { var unused = handle.Size; });
            FrameBarrier barrier = alloc.Barrier(1);
            Assert.Equal(0ul, barrier.Generation);
            barrier.Destroy();
            Assert.Throws<StaleException>(() => { var unused = barrier.Generation; });
            Assert.Throws<StaleException>(() => handle.Pin());
            Assert.Throws<StaleException>(() => handle.Free());
        }

        [Fact]
        public void BlocksAreGivenBackOnce()
        {
            Block block = alloc.Block(100, Intent.Pool);
            block.Dispose();
            block.Dispose();
            Assert.Throws<StaleException>(() => block.Bytes.Clear());
            alloc.ConfigureDebug(DebugChecks.Cheap);
            IntPtr raw = alloc.Alloc(100, Intent.Pool);
            alloc.Release(raw);
            Assert.Throws<StaleException>(() => alloc.Release(raw));
            RefusedArgumentException error = Assert.Throws<RefusedArgumentException>(() => alloc.Release((IntPtr)4096));
            Assert.Equal(Status.ForeignPointer, error.Status);
        }

        [Fact]
        public void ScopesAreClosedInTheirOrder()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                Checkpoint outer = frame.BeginCheckpoint();
                Checkpoint inner = frame.BeginCheckpoint();
                outer.Rollback();
                Assert.Throws<StaleException>(() => inner.Rollback());
                Assert.Throws<StaleException>(() => inner.Rollback());
            }
            Assert.ThrowsAny<InvalidOperationException>(() => Unbalanced());
        }

        private void Unbalanced()
        {
            using (alloc.InTag("a"))
                Native.fa_tag_pop(alloc.Address);
        }

        [Fact]
        public void ExceptionsInCallbacksComeOut()
        {
            Frame frame = alloc.BeginFrame();
            frame.OnEnd(() => throw new FormatException("from an action"));
            FormatException error = Assert.Throws<FormatException>(() => frame.End());
            Assert.Contains("from an action", error.Message);
            Assert.False(alloc.InFrame);
            using (alloc.Listen(what => throw new ArithmeticException(), EventKind.FrameBegin))
                Assert.Throws<ArithmeticException>(() => alloc.BeginFrame());
            Assert.False(alloc.InFrame);
            alloc.DiagnosticReported += report => throw new TimeZoneNotFoundException();
            Assert.Throws<TimeZoneNotFoundException>(() => alloc.Release((IntPtr)4096));
        }

        [Fact]
        public void CallbacksAreNotCollected()
        {
            int[] calls = new int[2];
            Register(calls);
            for (int round = 0; round < 20; round++)
            {
                Collect();
                using (Frame frame = alloc.BeginFrame())
                    frame.Alloc<byte>(100);
            }
            Assert.Equal(20, calls[0]);
            Assert.ThrowsAny<Exception>(() => alloc.Release((IntPtr)4096));
            Assert.Equal(1, calls[1]);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Register(int[] calls)
        {
            alloc.Listen(what => calls[0]++, EventKind.FrameEnd);
            alloc.DiagnosticReported += report => calls[1]++;
        }

        [Fact]
        public void ForgottenBlocksAreGivenBackByTheCollector()
        {
            Forget(50);
            for (int round = 0; round < 20 && alloc.Stats.Pool.LiveCount > 5; round++)
            {
                Collect();
                alloc.ProcessDeferred();
            }
            Assert.True(alloc.Stats.Pool.LiveCount <= 5); // a conservative collector may still see some on the stack
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Forget(int count)
        {
            for (int index = 0; index < count; index++)
                alloc.Block(64, Intent.Pool);
        }

        private static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        [Fact]
        public void ElementsWithReferencesAreRefused()
        {
            using (Frame frame = alloc.BeginFrame())
                Assert.ThrowsAny<Exception>(() => frame.Alloc<(string, int)>(1));
        }
    }
}
