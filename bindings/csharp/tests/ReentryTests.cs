// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Threading;
using Xunit;

namespace Framealloc.Tests
{
    /// <summary>Callbacks that use the allocator they come from, or throw at a bad moment.</summary>
    public sealed class ReentryTests : WithAllocator
    {
        [Fact]
        public void AListenerMayLookAtTheBooksWhileABlockIsTaken()
        {
            int told = 0;
            alloc.OnBudget(what =>
            {
                told++;
                Assert.True(alloc.Stats.Frame.LiveBytes <= 40000);
            });
            alloc.Tag("small").SetBudget(new Budget { Soft = 1000, Hard = 40000 });
            using (Frame frame = alloc.BeginFrame())
            using (alloc.InTag("small"))
            {
                Assert.Throws<BudgetException>(() =>
                {
                    for (int index = 0; index < 10000; index++)
                        frame.Alloc<byte>(16);
                });
                Assert.Equal(40000ul, frame.Used);
                Assert.Equal(2500ul, alloc.Stats.Frame.LiveCount);
            }
            Assert.True(told > 1);
        }

        [Fact]
        public void ADecisionMayTakeMemoryOfTheFrame()
        {
            int asked = 0;
            Frame frame = alloc.BeginFrame();
            alloc.Tag("deciding").SetBudget(new Budget
            {
                Hard = 1000,
                Decide = what =>
                {
                    using (alloc.InTag("elsewhere"))
                        frame.Alloc<byte>(100).Fill((byte)++asked);
                    return BudgetPolicy.Allow;
                }
            });
            using (alloc.InTag("deciding"))
            {
                for (int index = 0; index < 10000; index++)
                    frame.Alloc<byte>(16).Fill(1);
            }
            Assert.True(asked > 0);
            Assert.Equal(10000ul + (ulong)asked, alloc.Stats.Frame.LiveCount);
            frame.End();
            Assert.Equal(0ul, alloc.Stats.Frame.LiveBytes);
        }

        [Fact]
        public void WhatACallbackLeftDoesNotKeepAFrameOpen()
        {
            Handle stale = alloc.Handle(10);
            stale.Free();
            Frame frame = alloc.BeginFrame();
            frame.Alloc<int>(1);
            alloc.DiagnosticReported += report => throw new FormatException();
            Native.fa_handle_moves(alloc.Address, stale.Id); // nobody looks whether something was thrown
            Assert.Throws<FormatException>(() => frame.End());
            Assert.False(alloc.InFrame);
        }

        [Fact]
        public void WhatIsTakenIsGivenBackIfACallbackThrows()
        {
            using (Listening(EventKind.FrameBegin))
                Assert.Throws<FormatException>(() => alloc.BeginFrame());
            Assert.False(alloc.InFrame);
            using (Listening(EventKind.Alloc))
            {
                Assert.Throws<FormatException>(() => alloc.Block(100, Intent.Pool));
                Assert.Throws<FormatException>(() => alloc.Alloc(100, Intent.Heap));
                Assert.Throws<FormatException>(() => alloc.Handle(100));
            }
            Assert.Equal(0ul, alloc.Stats.Pool.LiveCount + alloc.Stats.Heap.LiveCount + alloc.HandleStats.LiveCount);
            using (Frame frame = alloc.BeginFrame())
            using (Listening(EventKind.ZoneBegin))
            {
                Assert.Throws<FormatException>(() => alloc.InTag("thrown out"));
                Assert.Null(alloc.CurrentTag);
                Assert.Throws<FormatException>(() => alloc.InPhase("thrown out"));
                Assert.Equal(0u, Native.fa_phase_depth(alloc.Address));
            }
        }

        private Listener Listening(EventKind kind)
        {
            return alloc.Listen(what => throw new FormatException(), kind);
        }

        [Fact]
        public void ACallbackMayDisposeOfTheAllocator()
        {
            var backend = new CountingBackend();
            var own = new Allocator(new AllocatorOptions { Backend = backend });
            own.ConfigureReports(ReportOutput.Sink);
            own.Listen(what => own.Dispose(), EventKind.Alloc);
            Assert.Throws<StaleException>(() => own.Block(1000, Intent.Heap));
            Assert.True(own.Closed);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref backend.Live) == 0, 10000));
            GC.Collect();
            GC.WaitForPendingFinalizers(); // of a block that never was
        }

        [Fact]
        public void ListenersMayReplaceThemselves()
        {
            int first = 0, second = 0;
            alloc.OnBudget(what =>
            {
                first++;
                alloc.OnBudget(next => second++);
            });
            alloc.Tag("a").SetBudget(new Budget { Soft = 100 });
            alloc.Tag("b").SetBudget(new Budget { Soft = 100 });
            using (Frame frame = alloc.BeginFrame())
            {
                using (alloc.InTag("a"))
                    frame.Alloc<byte>(1000);
                using (alloc.InTag("b"))
                    frame.Alloc<byte>(1000);
            }
            Assert.Equal(1, first);
            Assert.True(second > 0);
        }
    }
}
