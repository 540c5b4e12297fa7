// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;
using Xunit;

namespace Framealloc.Tests
{
    /// <summary>The forms of taking memory beyond the plain ones: magazines, tags, columns, attempts.</summary>
    public sealed class FormTests : WithAllocator
    {
        [Fact]
        public void MagazinesTakeAndGiveBlocks()
        {
            using (Magazine magazine = alloc.Magazine(48))
            {
                Assert.True(magazine.BlockSize >= 48);
                var blocks = new IntPtr[200];
                for (int index = 0; index < blocks.Length; index++)
                {
                    blocks[index] = magazine.Take();
                    magazine.As<int>(blocks[index]).Fill(index);
                }
                for (int index = 0; index < blocks.Length; index++)
                {
                    Assert.Equal(index, magazine.As<int>(blocks[index])[11]);
                    magazine.Give(blocks[index]);
                }
                Assert.True(magazine.Count > 0);
                alloc.Release(magazine.Take());
                magazine.Give(alloc.Alloc(48, Intent.Pool));
            }
            Assert.Equal(0ul, alloc.Stats.Pool.LiveCount);
            Assert.Equal(202ul, alloc.Stats.Pool.Allocations);
        }

        [Fact]
        public void AMagazineThatIsClosedOrForgottenHoldsNothing()
        {
            Magazine magazine = alloc.Magazine(64);
            magazine.Give(magazine.Take());
            magazine.Dispose();
            magazine.Dispose();
            Assert.Throws<StaleException>(() => magazine.Take());
            Assert.ThrowsAny<OutOfMemoryException>(() => alloc.Magazine(1 << 20));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(0ul, alloc.Stats.Pool.LiveCount);
        }

        [Fact]
        public void MemoryUnderAGivenTag()
        {
            Tag mesh = alloc.Tag("render").Nested("mesh");
            Assert.Equal("render::mesh", mesh.Path);
            using (Frame frame = alloc.BeginFrame())
            using (alloc.InTag("other"))
            {
                frame.Alloc<byte>(160, mesh).Fill(1);
                using (alloc.InNestedTag("inner"))
                    Assert.Equal("other::inner", alloc.CurrentTag.Path);
                Assert.Equal(1u, alloc.TagDepth);
                using (Block block = mesh.Block(100, Intent.Pool))
                    Assert.True(mesh.Stats.Pool.LiveBytes >= 100);
            }
            Assert.Equal(160ul, mesh.Stats.FrameTotalBytes);
            Assert.Equal(0ul, alloc.Tag("other").Stats.FrameTotalBytes);
            Assert.Throws<ArgumentException>(() => mesh.Block(10, Intent.Frame));
            using (var other = new Allocator())
            using (Frame frame = other.BeginFrame())
                Assert.Throws<ArgumentException>(() => frame.Alloc<byte>(1, mesh));
        }

        [Fact]
        public void ColumnsBatchesAndCacheLines()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                frame.Columns(100, out Span<float> x, out Span<double> y);
                frame.Columns(100, out Span<byte> a, out Span<short> b, out Span<int> c);
                frame.Columns(100, out Span<byte> d, out Span<short> e, out Span<int> f, out Span<Vec3> g);
                x.Fill(1);
                y.Fill(2);
                g.Fill(new Vec3 { Z = 3 });
                Assert.Equal(1f, x[99]);
                Assert.Equal(2.0, y[99]);
                Assert.Equal(1000, a.Length + b.Length + c.Length + d.Length + e.Length + f.Length + 4 * g.Length);
                Assert.Equal(3ul, alloc.Stats.Frame.LiveCount);
                var blocks = new IntPtr[8];
                frame.Batch(blocks, 24);
                Marshal.WriteByte(blocks[7], 23, 1);
                Assert.Equal(32L, (long)blocks[1] - (long)blocks[0]);
                frame.CacheLines<long>(3).Fill(1);
                Assert.Throws<ArgumentOutOfRangeException>(() => frame.Columns<int, int>(-1, out _, out _));
            }
        }

        [Fact]
        public void AttemptsNeitherThrowNorReport()
        {
            int heard = 0;
            alloc.DiagnosticReported += report => heard++;
            Assert.True(alloc.TryBlock(100, out Block small));
            Assert.True(alloc.TryBlock(100000, out Block large));
            small.Dispose();
            large.Dispose();
            using (Group group = alloc.BeginGroup())
            using (TaskScope task = alloc.BeginTask())
            {
                Assert.True(group.TryAlloc(10, out Span<int> numbers));
                Assert.Equal(10, numbers.Length);
                Assert.Equal(0, group.Zeroed<int>(10)[9]);
                Assert.True(task.TryAlloc(10, out numbers));
                alloc.SetBudget(new Budget { Hard = 1 });
                Assert.False(alloc.TryBlock(100 << 20, out large, Intent.Heap));
                Assert.Null(large);
                Assert.False(group.TryAlloc(100 << 20, out numbers));
                Assert.False(task.TryAlloc(100 << 20, out numbers));
                Assert.Equal(0, numbers.Length);
            }
            Assert.Equal(0, heard);
        }

        [Fact]
        public void WhatIsLookedForByNameOrAddress()
        {
            Assert.Null(alloc.FindScratchPool("paths"));
            alloc.ScratchPool("paths").Zeroed<int>(10);
            Assert.True(alloc.FindScratchPool("paths").Stats.Blocks.LiveBytes >= 40);
            using (alloc.BeginFrame())
            using (alloc.InPhase("broad"))
            {
                Assert.Equal(1u, alloc.PhaseDepth);
                Assert.Equal("broad", alloc.Phase("broad", true).Name);
            }
            Assert.Throws<NotFoundException>(() => alloc.Phase("narrow"));
            using (ObjectPool<Unit> units = alloc.ObjectPool<Unit>())
            {
                ulong id = units.Take(new Unit { Health = 7 });
                Assert.Equal(id, units.IdOf(units.AddressOf(id)));
                units.Give(units.AddressOf(id));
                Assert.Equal(0ul, units.IdOf((IntPtr)4096));
                Assert.Equal(0, units.Count);
            }
            Handle handle = alloc.Handle(100, true);
            Assert.Equal((byte)0, Marshal.ReadByte(handle.Resolve(), 99));
            Assert.Contains("FA001", string.Join(" ", Diagnostic.Codes()));
            Assert.Equal(Status.Ok, new AllocatorOptions().Check());
            Assert.Equal(Status.InvalidArgument, new AllocatorOptions { FrameChunkMin = 5 }.Check());
        }

        [Fact]
        public void MapsAndVectorsInFull()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                FrameMap<int, int> map = frame.Map<int, int>(10);
                for (int index = 0; index < 10; index++)
                    Assert.True(map.TryAdd(index, index * index));
                Assert.False(map.TryAdd(3, 0));
                Assert.Equal(9, map[3]);
                Assert.Equal(5, map.RemoveAll((key, value) => key % 2 == 0));
                Assert.Equal(5, map.Count);
                FrameTextMap<int> texts = frame.TextMap<int>(10);
                Assert.True(texts.TryAdd("one", 1));
                Assert.False(texts.TryAdd("one", 2));
                Assert.Equal(1, texts.RemoveAll((key, value) => key == "one"));
                FrameVector<int> numbers = frame.Vector<int>(10);
                numbers.AddRange(new[] { 4, 5, 6 });
                Assert.Equal(1, numbers.IndexOf(5));
                Assert.Equal(-1, numbers.IndexOf(7));
                FrameSlice<int> slice = frame.Slice<int>(10);
                slice.Slice(2, 3).Span.Fill(8);
                Assert.Equal(8, slice[4]);
                Assert.Throws<ArgumentOutOfRangeException>(() => slice.Slice(8, 3));
                Assert.Throws<ArgumentException>(() => alloc.Tag("a\0b"));
                Assert.Throws<ArgumentNullException>(() => numbers.RemoveAll(null));
            }
        }
    }
}
