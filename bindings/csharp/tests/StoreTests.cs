// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Xunit;

namespace Framealloc.Tests
{
    public sealed class StoreTests : WithAllocator
    {
        [Fact]
        public void BlocksOfThePoolAndTheHeap()
        {
            using (Block small = alloc.Block(64, Intent.Pool), large = alloc.Block(100000, Intent.Heap, true))
            {
                small.Bytes.Fill(3);
                Assert.Equal((byte)0, large.Bytes[99999]);
                large.Bytes.Fill(7);
                large.Resize(200000);
                Assert.Equal((byte)7, large.Bytes[99999]);
                Assert.True(large.UsableSize >= 200000);
                Assert.Equal(16, small.As<int>().Length);
                Assert.Equal(1, alloc.HeapBlocks().Length);
            }
            Assert.Equal(0ul, alloc.Stats.Pool.LiveCount + alloc.Stats.Heap.LiveCount);
            Assert.Throws<ArgumentException>(() => alloc.Block(10, Intent.Frame));
        }

        [Fact]
        public void GroupsAreFreedTogether()
        {
            using (Group level = alloc.BeginGroup("level"))
            {
                Span<int> first = level.Alloc<int>(100);
                level.Alloc<byte>(1000);
                Assert.Equal(2ul, level.Stats.Count);
                Assert.Equal(level.Id, alloc.Groups()[0].Id);
                level.Free(first);
                Assert.Equal(1ul, alloc.FindGroup("level").Stats.Count);
                level.Clear();
                Assert.Equal(0ul, level.Stats.Count);
                level.Alloc<byte>(1000);
            }
            Assert.Throws<NotFoundException>(() => alloc.FindGroup("level"));
            Assert.Equal(0ul, alloc.Stats.Pool.LiveCount);
        }

        [Fact]
        public void TasksMoveBetweenThreads()
        {
            string said = "";
            TaskScope task = alloc.BeginTask("load");
            TaskScope inner = task.BeginTask("decode");
            task.OnEnd(() => said += "loaded");
            inner.OnEnd(() => said += "decoded ");
            Elsewhere(() =>
            {
                using (inner.Enter())
                {
                    Assert.Equal(inner.Id, alloc.CurrentTask);
                    inner.Alloc<int>(100).Fill(1);
                }
                Assert.Equal(0ul, alloc.CurrentTask);
            });
            Assert.Equal(1ul, inner.Stats.LiveCount);
            Span<byte> freed = task.Alloc<byte>(10);
            task.Free(freed);
            Assert.Equal(2u, alloc.TaskCount);
            Elsewhere(task.Dispose);
            Assert.Equal("decoded loaded", said);
            Assert.Equal(0u, alloc.TaskCount);
            Assert.Throws<StaleException>(() => inner.Alloc<int>(1));
        }

        [Fact]
        public void ScratchMemory()
        {
            ScratchPool paths = alloc.ScratchPool("paths");
            paths.SetLimit(1 << 20);
            using (paths.BeginScope())
                paths.Alloc<byte>(5000);
            Assert.Equal(0ul, paths.Stats.Blocks.LiveBytes);
            paths.Alloc<byte>(5000);
            Assert.Equal(new[] { "paths" }, alloc.ScratchPools());
            Assert.Equal(Status.Full, Assert.Throws<FrameallocException>(() => paths.Alloc<byte>(2 << 20)).Status);
            paths.Reset();
            paths.Destroy();
            LaneScratch own = alloc.Scratch;
            own.Alloc<byte>(1000);
            using (own.BeginScope())
                own.Alloc<byte>(1000);
            Assert.Equal(1008ul, own.Used);
            own.Reset();
            Assert.Equal(0ul, own.Used);
            alloc.ResetScratchPools();
        }

        [Fact]
        public void ObjectsOfAPool()
        {
            var ended = new List<int>();
            using (ObjectPool<Unit> units = alloc.ObjectPool<Unit>(100, (ref Unit unit) => unit.Health = 100,
                                                                   (ref Unit unit) => ended.Add(unit.Health)))
            {
                ulong first = units.Take();
                ulong second = units.Take(new Unit { Health = 5 });
                units[first].Health -= 60;
                Assert.Equal(40, units[first].Health);
                int sum = 0;
                foreach (ulong id in units)
                    sum += units[id].Health;
                Assert.Equal(45, sum);
                units.Give(first);
                Assert.Equal(1, units.Count);
                Assert.True(units.Contains(second));
                Assert.Equal(100u, units.Maximum);
            }
            Assert.Equal(new[] { 40, 5 }, ended.ToArray());
        }

        [Fact]
        public void AConstructorThatThrowsMakesNoObject()
        {
            ObjectHook<Unit> refusing = (ref Unit unit) => throw new FormatException();
            using (ObjectPool<Unit> units = alloc.ObjectPool<Unit>(0, refusing))
            {
                Assert.Throws<FormatException>(() => units.Take());
                Assert.Equal(0, units.Count);
            }
        }

        [Fact]
        public void HandlesMoveUnlessTheyArePinned()
        {
            var moved = new List<Relocation>();
            alloc.OnRelocated(moved.Add);
            var handles = new List<Handle>();
            for (int index = 0; index < 200; index++)
            {
                handles.Add(alloc.Handle(1000, true));
                using (Pin pin = handles[index].Pin())
                    pin.Bytes.Fill((byte)index);
            }
            for (int index = 0; index < 200; index += 2)
                handles[index].Free();
            using (Pin pinned = handles[199].Pin())
            {
                IntPtr before = pinned.Address;
                Defragmentation done = alloc.Defragment();
                Assert.Equal(done.Moved, (ulong)moved.Count);
                Assert.True(done.Finished);
                Assert.Equal(before, pinned.Address);
                Assert.ThrowsAny<InvalidOperationException>(() => handles[199].Free());
            }
            for (int index = 1; index < 200; index += 2)
            {
                using (Pin pin = handles[index].Pin())
                    Assert.Equal((byte)index, pin.Bytes[999]);
            }
            Assert.Equal(100ul, alloc.HandleStats.LiveCount);
        }

        [Fact]
        public void StreamsKeepAssetsWithinABudget()
        {
            var evicted = new List<string>();
            using (AssetStream stream = alloc.Stream(10000, (asset, memory) => evicted.Add(asset + ":" + memory[0])))
            {
                Asset first = Loaded(stream, 4000, 1);
                Asset second = Loaded(stream, 4000, 2);
                Assert.Equal((byte)1, first.Read()[3999]);
                using (Pin pin = first.Pin())
                {
                    Assert.Equal((byte)1, pin.Bytes[0]);
                    Loaded(stream, 4000, 3);
                    Assert.Throws<FrameallocException>(() => stream.Dispose());
                }
                Assert.Null(second.Read());
                Assert.Equal(AssetState.Evicted, second.Info.State);
                Assert.Equal(new[] { second.Id + ":2" }, evicted.ToArray());
                Assert.Equal(new[] { second.Id }, stream.Evicted());
                first.BeginReplace(5).Fill(9);
                first.FinishLoad();
                Assert.Equal(5ul, first.Info.Size);
                first.SetPriority(Priority.Critical);
                Assert.Equal(Priority.Critical, first.Info.Priority);
                Assert.True(stream.Evict() > 0);
                first.Free();
                Assert.Throws<StaleException>(() => first.Read());
                BudgetException error = Assert.Throws<BudgetException>(() => stream.Reserve(20000));
                Assert.Equal("FA402", error.Diagnostic.Code);
            }
        }

        private static Asset Loaded(AssetStream stream, ulong size, byte value)
        {
            Asset asset = stream.Reserve(size, Priority.Normal, "asset " + value);
            asset.BeginLoad().Fill(value);
            asset.ReportProgress(size);
            asset.FinishLoad();
            return asset;
        }

        private sealed class Refusing : IBackend
        {
            public IntPtr Allocate(ulong size, ulong alignment)
            {
                throw new NotSupportedException("no memory here");
            }

            public void Deallocate(IntPtr memory, ulong size, ulong alignment)
            {
            }
        }

        [Fact]
        public void BackendsOfTheProgram()
        {
            var backend = new CountingBackend();
            using (var own = new Allocator(new AllocatorOptions { Backend = backend }))
            {
                using (Frame frame = own.BeginFrame())
                    frame.Alloc<byte>(1 << 20).Fill(1);
                Assert.True(backend.Live > 0);
                Assert.Equal(BackendKind.Custom, own.Options.BackendKind);
            }
            Assert.Equal(0, backend.Live);
            Assert.Throws<NotSupportedException>(() => Refused());
        }

        private static void Refused()
        {
            using (var own = new Allocator(new AllocatorOptions { Backend = new Refusing() }))
                own.Block(1000, Intent.Heap);
        }
    }
}
