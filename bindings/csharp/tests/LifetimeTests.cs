// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace Framealloc.Tests
{
    /// <summary>Who keeps what alive: allocators, lanes, scopes, and what C# registers for C.</summary>
    public sealed class LifetimeTests : WithAllocator
    {
        [Fact]
        public void AnAllocatorThatRanFramesIsFoundByTheCollector()
        {
            var backend = new CountingBackend();
            for (int number = 0; number < 20; number++)
                ForgetAfterAFrame(backend);
            for (int round = 0; round < 20 && backend.Live > 4; round++)
                Collect();
            Assert.True(backend.Live <= 4); // a conservative collector may still see one on the stack
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void ForgetAfterAFrame(CountingBackend backend)
        {
            var own = new Allocator(new AllocatorOptions { Backend = backend });
            using (Frame frame = own.BeginFrame())
                frame.Alloc<byte>(1000).Fill(1);
        }

        private static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        [Fact]
        public void AGuestKeepsTheBackendOfItsHost()
        {
            var backend = new CountingBackend();
            var heard = new List<string>();
            var host = new Allocator(new AllocatorOptions { Backend = backend });
            host.DiagnosticReported += report => heard.Add(report.Code);
            Allocator guest = Allocator.Borrow(host.Address);
            host.Dispose();
            Collect();
            using (Block block = guest.Block(1 << 20, Intent.Heap))
                block.Bytes.Fill(1);
            Assert.ThrowsAny<ArgumentException>(() => guest.Release((IntPtr)4096));
            Assert.Equal(new[] { "FA501" }, heard.ToArray());
            guest.Dispose();
            Assert.Equal(0, backend.Live);
        }

        [Fact]
        public void AnAllocatorIsNotDestroyedUnderItsFramesAndBlocks()
        {
            var own = new Allocator();
            Frame frame = own.BeginFrame();
            FrameSlice<int> slice = frame.Slice<int>(10);
            Assert.Equal(Status.Busy, Assert.Throws<FrameallocException>(() => own.Destroy()).Status);
            slice[9] = 1;
            frame.End();
            Block block = own.Block(100);
            Assert.Equal(Status.Busy, Assert.Throws<FrameallocException>(() => own.Destroy()).Status);
            var thread = new Thread(() =>
            {
                Thread.Sleep(20);
                block.Dispose();
            });
            thread.Start();
            own.Destroy(TimeSpan.FromSeconds(30));
            thread.Join();
            Assert.True(own.Closed);
            Assert.Throws<StaleException>(() => own.Block(1));
        }

        [Fact]
        public void WhatIsLeftOfAnAllocatorIsNotTakenForAnother()
        {
            var ended = new Allocator();
            Tag tag = ended.Tag("old");
            IntPtr address = ended.Address;
            ended.Dispose();
            var later = new List<Allocator>();
            for (int number = 0; number < 50; number++)
                new Allocator().Dispose();
            while (later.Count < 150 && !later.Exists(one => one.Address == address))
                later.Add(new Allocator());
            foreach (Allocator one in later)
            {
                using (Frame frame = one.BeginFrame())
                    Assert.Throws<ArgumentException>(() => frame.Alloc<byte>(1, tag));
            }
            Assert.Equal(0u, ended.References);
            later.ForEach(one => one.Dispose());
        }

        [Fact]
        public void CallbacksThatAreReplacedCanBeCollected()
        {
            var decisions = new List<WeakReference>();
            for (int number = 0; number < 30; number++)
                Decide(decisions);
            for (int round = 0; round < 20 && Alive(decisions) > 5; round++)
                Collect();
            Assert.True(Alive(decisions) <= 5);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Decide(List<WeakReference> decisions)
        {
            var known = new object();
            decisions.Add(new WeakReference(known));
            alloc.Tag("net").SetBudget(new Budget
            {
                Hard = 100, Decide = what => known == null ? BudgetPolicy.Fail : BudgetPolicy.Allow
            });
        }

        private static int Alive(List<WeakReference> references)
        {
            return references.FindAll(one => one.IsAlive).Count;
        }

        [Fact]
        public void WhatWasRegisteredForCGoesWithTheAllocator()
        {
            var registered = new List<WeakReference>();
            for (int number = 0; number < 20; number++)
                RegisterEverything(registered);
            for (int round = 0; round < 20 && Alive(registered) > 10; round++)
                Collect();
            Assert.True(registered.Count == 160 && Alive(registered) <= 10);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void RegisterEverything(List<WeakReference> registered)
        {
            using (var own = new Allocator())
            {
                own.ConfigureReports(ReportOutput.Sink);
                own.Listen(Remembered<MemoryEvent>(registered));
                own.OnBudget(Remembered<BudgetEvent>(registered));
                own.OnRelocated(Remembered<Relocation>(registered));
                own.DiagnosticReported += Remembered<Diagnostic>(registered);
                own.AttachProfiler(new ProfilerHooks { Event = Remembered<MemoryEvent>(registered) });
                Action<object> hook = Remembered<object>(registered);
                using (ObjectPool<Unit> pool = own.ObjectPool<Unit>(0, (ref Unit unit) => hook(null)))
                    pool.Take();
                Action<object> evicted = Remembered<object>(registered);
                using (AssetStream stream = own.Stream(1 << 20, (asset, memory) => evicted(null)))
                    stream.Reserve(10);
                Action<object> end = Remembered<object>(registered);
                own.BeginTask("left open").OnEnd(() => end(null));
            }
        }

        private static Action<T> Remembered<T>(List<WeakReference> registered)
        {
            var target = new object();
            registered.Add(new WeakReference(target));
            return what => GC.KeepAlive(target);
        }

        [Fact]
        public void AGuestFollowsTheLanesOfItsHost()
        {
            using (Allocator guest = Allocator.Borrow(alloc.Address))
            {
                alloc.BeginFrame().Dispose();
                guest.BeginFrame().Dispose();
                Lane job = alloc.CreateLane("job");
                FrameSlice<int> kept;
                using (job.Bind())
                {
                    Frame host = alloc.BeginFrame();
                    using (Frame joined = guest.JoinFrame())
                        kept = joined.Slice<int>(10);
                    Assert.False(kept.Valid);
                    Frame again = guest.JoinFrame();
                    kept = again.Slice<int>(10);
                    Assert.True(kept.Valid);
                    Assert.Equal(Status.FrameActive,
                                 Assert.Throws<FrameallocException>(() => guest.JoinFrame()).Status);
                    Assert.Equal(Native.FA_OK, Native.fa_frame_end(alloc.Address)); // the host ends it
                    host.Dispose();
                    Assert.False(kept.Valid);
                    Assert.Equal(Native.FA_OK, Native.fa_frame_begin(alloc.Address));
                    guest.JoinFrame().Dispose(); // though the guest has not given up the one before
                    Assert.Equal(Native.FA_OK, Native.fa_frame_end(alloc.Address));
                }
            }
        }

        [Fact]
        public void ALaneIsTheSameByWhicheverObject()
        {
            Lane job = alloc.CreateLane("job");
            Frame frame;
            using (job.Bind())
                frame = alloc.BeginFrame();
            Lane same = Array.Find(alloc.Lanes(), one => one.Address == job.Address);
            using (same.Bind())
            {
                frame.Alloc<byte>(16);
                Assert.Equal(16ul, frame.Used);
                frame.End();
            }
            job.Release();
        }

        [Fact]
        public void ScopesEndOnTheirThreadAndOnce()
        {
            Scope outer = alloc.InTag("outer");
            Scope copy = outer;
            Elsewhere(() =>
            {
                using (alloc.InTag("other"))
                {
                    Assert.Throws<WrongThreadException>(() => copy.Dispose());
                    Assert.Equal("other", alloc.CurrentTag.Path);
                }
            });
            Scope inner = alloc.InTag("inner");
            Scope same = inner;
            inner.Dispose();
            same.Dispose();
            Assert.Equal("outer", alloc.CurrentTag.Path);
            alloc.InTag("forgotten");
            outer.Dispose();
            Assert.Null(alloc.CurrentTag);
            default(Scope).Dispose();
        }

        [Fact]
        public void AThreadMayEndWithAFrameOpen()
        {
            int ended = 0;
            Frame left = default(Frame);
            Elsewhere(() =>
            {
                left = alloc.BeginFrame();
                left.Alloc<byte>(100);
                left.OnEnd(() => ended++);
            });
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ended) == 1, 10000));
            Assert.False(left.Running);
            Assert.Throws<StaleException>(() => left.Alloc<byte>(1));
            left.Dispose();
            Assert.True(SpinWait.SpinUntil(() => alloc.Stats.Frame.LiveBytes == 0, 10000));
        }

        [Fact]
        public void CSharpIsCalledWhileThreadsEnd()
        {
            int ended = 0, told = 0;
            var backend = new CountingBackend();
            using (var own = new Allocator(new AllocatorOptions { Backend = backend }))
            {
                own.Listen(what => Interlocked.Increment(ref told), EventKind.Discard);
                var threads = new Thread[64]; // so many that their stacks are unmapped
                for (int number = 0; number < threads.Length; number++)
                    threads[number] = new Thread(() => Leave(own, () => Interlocked.Increment(ref ended)));
                Array.ForEach(threads, thread => thread.Start());
                Array.ForEach(threads, thread => thread.Join());
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ended) == threads.Length, 10000));
                for (int round = 0; round < 10; round++)
                    Collect(); // looks at all threads that the runtime knows
                Assert.Equal(threads.Length, told);
            }
            for (int round = 0; round < 20 && backend.Live > 0; round++)
                Collect();
            Assert.Equal(0, backend.Live);
        }

        private static void Leave(Allocator own, Action end)
        {
            Frame frame = own.BeginFrame();
            frame.Alloc<byte>(1 << 20);
            frame.OnEnd(end);
            own.Block(100).Dispose();
        }

        [Fact]
        public void AStreamOfAClosedAllocatorCanStillBeEnded()
        {
            var own = new Allocator();
            AssetStream stream = own.Stream();
            Asset asset = stream.Reserve(100);
            asset.BeginLoad().Fill(1);
            asset.FinishLoad();
            Pin pin = asset.Pin();
            own.Dispose();
            Assert.Equal((byte)1, pin.Bytes[99]);
            pin.Dispose();
            stream.Dispose();
            Assert.Equal(0u, own.References);
        }

        [Fact]
        public void DefaultValuesAreRefusedOrEmpty()
        {
            Assert.Throws<StaleException>(() => default(Frame).Alloc<int>(1));
            Assert.Throws<StaleException>(() => default(Frame).Slice<int>(1));
            Assert.Throws<StaleException>(() => default(Handle).Pin());
            Assert.Throws<StaleException>(() => default(Asset).Free());
            Assert.Throws<StaleException>(() => default(Subframe).End());
            Assert.Throws<StaleException>(() => default(Checkpoint).Commit());
            Assert.Throws<StaleException>(() => { var unused = default(FrameSlice<int>).Span; });
            Assert.Throws<StaleException>(() => { var unused = default(Pin).Address; });
            Assert.False(default(Handle).Valid);
            default(Frame).Dispose();
            default(Subframe).Dispose();
            default(Checkpoint).Dispose();
            default(LaneBinding).Dispose();
            default(ScratchScope).Dispose();
            default(Pin).Dispose();
        }
    }
}
