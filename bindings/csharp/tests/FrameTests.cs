// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Framealloc.Tests
{
    public sealed class FrameTests : WithAllocator
    {
        [Fact]
        public void ArraysAreWritableAndDoNotOverlap()
        {
            int[] lengths = { 1, 16, 17, 100, 5000, 100000 };
            using (Frame frame = alloc.BeginFrame())
            {
                var slices = Array.ConvertAll(lengths, length => frame.Slice<byte>(length));
                for (byte index = 0; index < slices.Length; index++)
                    slices[index].Span.Fill(index);
                for (byte index = 0; index < slices.Length; index++)
                {
                    foreach (byte found in slices[index].Span)
                        Assert.Equal(index, found);
                }
            }
        }

        [Fact]
        public void TheBooksAreExact()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                for (int index = 0; index < 1000; index++)
                    frame.Alloc<double>(3);
                Assert.Equal(32000ul, frame.Used);
                Assert.Equal(1000ul, alloc.Stats.Frame.Allocations);
                Assert.Equal(1000ul, alloc.Stats.Frame.LiveCount);
            }
            Assert.Equal(0ul, alloc.Stats.Frame.LiveBytes);
        }

        [Fact]
        public void ALoopOfFramesUsesTheSameMemory()
        {
            Stats before = default(Stats);
            for (int number = 0; number < 500; number++)
            {
                if (number == 20)
                    before = alloc.Stats;
                using (Frame frame = alloc.BeginFrame())
                {
                    for (int index = 0; index < 100; index++)
                        frame.Alloc<byte>(1000).Fill(1);
                }
            }
            Assert.Equal(before.BackendAllocations, alloc.Stats.BackendAllocations);
            Assert.Equal(before.ReservedBytes, alloc.Stats.ReservedBytes);
        }

        [Fact]
        public void AlignmentIsKept()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                foreach (int alignment in new[] { 16, 64, 4096 })
                {
                    frame.Alloc<byte>(1);
                    Span<byte> block = frame.Alloc<byte>(10, alignment);
                    unsafe
                    {
                        fixed (byte* start = &MemoryMarshal.GetReference(block))
                            Assert.Equal(0ul, (ulong)start % (ulong)alignment);
                    }
                }
            }
        }

        [Fact]
        public void ValuesCopiesAndTexts()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                ref Unit unit = ref frame.New(new Unit { X = 1.5f, Health = 100 });
                unit.Health -= 60;
                Assert.Equal(40, unit.Health);
                Assert.Equal(new[] { 1, 2, 3 }, frame.Copy<int>(new[] { 1, 2, 3 }).ToArray());
                Assert.Equal("grün", Encoding.UTF8.GetString(frame.Text("grün").ToArray()));
                Assert.Equal(0, frame.Text("").Length);
                Span<long> dirty = frame.Alloc<long>(1000);
                dirty.Fill(-1);
                Assert.True(frame.GiveBack(dirty));
                foreach (long found in frame.Zeroed<long>(1000))
                    Assert.Equal(0L, found);
            }
        }

        [Fact]
        public void EmptyArraysAreAllowedAndNegativeOnesAreNot()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                Assert.True(frame.Alloc<int>(0).IsEmpty);
                Assert.Throws<ArgumentOutOfRangeException>(() => frame.Alloc<int>(-1));
                Assert.Throws<ArgumentOutOfRangeException>(() => frame.Slice<int>(-1));
                Assert.ThrowsAny<OutOfMemoryException>(() => frame.Alloc<long>(int.MaxValue));
                Assert.False(frame.TryAlloc(int.MaxValue, out Span<long> none));
                Assert.True(none.IsEmpty);
                Assert.True(frame.TryAlloc(100, out Span<long> some));
                Assert.Equal(100, some.Length);
                frame.Alloc<int>(1);
            }
        }

        [Fact]
        public void ResizingKeepsTheContent()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                Span<int> numbers = frame.Alloc<int>(4, 16);
                numbers.Fill(7);
                numbers = frame.Resize(numbers, 4000);
                Assert.Equal(4000, numbers.Length);
                Assert.Equal(7, numbers[3]);
            }
        }

        [Fact]
        public void SubframesAndCheckpointsGiveBack()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                frame.Alloc<byte>(100);
                ulong before = frame.Used;
                using (frame.BeginSubframe())
                    frame.Alloc<byte>(10000);
                Assert.Equal(before, frame.Used);
                using (Checkpoint undone = frame.BeginCheckpoint())
                    frame.Alloc<byte>(10000);
                Assert.Equal(before, frame.Used);
                Checkpoint kept = frame.BeginCheckpoint();
                frame.Alloc<byte>(160);
                kept.Commit();
                Assert.True(frame.Used >= before + 160);
                Subframe part = frame.BeginSubframe();
                frame.Alloc<byte>(160);
                Assert.Equal(160ul, part.End());
            }
        }

        [Fact]
        public void AttemptsAreKeptOrUndone()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                Frame same = frame;
                Assert.False(frame.Speculate(() => Took(same, 1000, false)));
                Assert.Equal(0ul, frame.Used);
                Assert.True(frame.Speculate(() => Took(same, 160, true)));
                Assert.True(frame.Used >= 160);
                Assert.Throws<FormatException>(() => same.Speculate(() => { throw new FormatException(); }));
            }
        }

        private static bool Took(Frame frame, int bytes, bool answer)
        {
            frame.Alloc<byte>(bytes);
            return answer;
        }

        [Fact]
        public void ActionsRunWhenTheFrameEndsNewestFirst()
        {
            string said = "";
            using (Frame frame = alloc.BeginFrame())
            {
                frame.OnEnd(() => said += "a");
                frame.OnEnd(() => said += "b");
                frame.OnEnd(() => said += "later", 1);
            }
            Assert.Equal("ba", said);
            alloc.BeginFrame().Dispose();
            Assert.Equal("balater", said);
        }

        [Fact]
        public void MemoryAheadAndHeldFramesStay()
        {
            using (Frame frame = alloc.BeginFrame())
                frame.Ahead<int>(2, 100).Fill(5);
            Assert.Equal(1ul, alloc.Stats.Frame.LiveCount);
            alloc.BeginFrame().Dispose();
            alloc.BeginFrame().Dispose();
            Assert.Equal(0ul, alloc.Stats.Frame.LiveCount);
            FrameHold hold;
            using (Frame frame = alloc.BeginFrame())
            {
                frame.Alloc<int>(100);
                hold = frame.Hold();
            }
            Assert.True(alloc.Stats.Frame.LiveBytes > 0);
            Elsewhere(hold.Dispose);
            hold.Dispose();
            Assert.Equal(0ul, alloc.Stats.Frame.LiveBytes);
        }

        [Fact]
        public void RetainedArraysArePromoted()
        {
            Frame frame = alloc.BeginFrame();
            frame.Retained<int>(4).Fill(9);
            frame.Retain(frame.Copy<byte>(new byte[] { 1, 2, 3 }), Retention.ToPool);
            Assert.Equal(2ul, frame.RetainedCount);
            Promotion[] promotions = frame.EndWithPromotions(out PromotionSummary summary);
            Assert.Equal(2, promotions.Length);
            Assert.Equal(1ul, summary.ToHeap.Count);
            Assert.Equal("Int32", promotions[0].TypeName);
            using (Block block = alloc.Adopt(promotions[0]))
                Assert.Equal(9, block.As<int>()[3]);
            using (Block block = alloc.Adopt(promotions[1]))
                Assert.Equal(new byte[] { 1, 2, 3 }, block.Bytes.ToArray());
            Assert.False(frame.Running);
            Assert.Equal(1ul, alloc.Promotions.ToPool.Count);
        }

        [Fact]
        public void ImportanceSaysWhatBecomesOfAnArray()
        {
            alloc.ScratchPool("results");
            Frame frame = alloc.BeginFrame();
            frame.Important<byte>(10, Importance.Persistent);
            frame.Important<byte>(10, Importance.Scratch, "results");
            frame.EndWithPromotions(out PromotionSummary summary);
            Assert.Equal(1ul, summary.ToHeap.Count);
            Assert.Equal(1ul, summary.ToScratch.Count);
            frame = alloc.BeginFrame();
            frame.Retained<byte>(10);
            Assert.Equal(1ul, frame.DropRetained());
            frame.End();
            Assert.Equal(1ul, alloc.Stats.Heap.LiveCount);
        }

        [Fact]
        public void FramesOfTwoAllocatorsInterleave()
        {
            using (var other = new Allocator())
            using (Frame one = alloc.BeginFrame())
            using (Frame two = other.BeginFrame())
            {
                for (int index = 0; index < 100; index++)
                {
                    one.Alloc<byte>(16).Fill(1);
                    two.Alloc<byte>(32).Fill(2);
                }
                Assert.Equal(1600ul, one.Used);
                Assert.Equal(3200ul, two.Used);
            }
        }

        [Fact]
        public void AHostAndItsGuestShareFrames()
        {
            using (Allocator guest = Allocator.Borrow(alloc.Address))
            {
                Assert.Equal(2u, alloc.References);
                using (Frame frame = alloc.BeginFrame())
                {
                    using (Frame joined = guest.JoinFrame())
                        joined.Alloc<byte>(160).Fill(1);
                    Assert.True(frame.Running);
                    Assert.Equal(160ul, frame.Used);
                }
                Assert.Throws<FrameallocException>(() => guest.JoinFrame());
            }
            Assert.Equal(1u, alloc.References);
        }

        [Fact]
        public void PointersServeOtherNativeCode()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                IntPtr address = frame.Address(64);
                Marshal.WriteInt32(address, 60, 12345);
                Assert.Equal(12345, Marshal.ReadInt32(address, 60));
                Assert.False(alloc.Owns(address)); // it cannot be released by itself
                FrameSlice<Vec3> slice = frame.Slice<Vec3>(10);
                slice[9].Z = 2;
                unsafe
                {
                    Assert.Equal(2f, ((Vec3*)slice.Address)[9].Z);
                }
            }
        }
    }
}
