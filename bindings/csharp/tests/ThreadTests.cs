// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace Framealloc.Tests
{
    public sealed class ThreadTests : WithAllocator
    {
        private static void Together(int count, Action<int> action)
        {
            var threads = new Thread[count];
            var failures = new ConcurrentQueue<Exception>();
            for (int index = 0; index < count; index++)
            {
                int number = index;
                threads[index] = new Thread(() =>
                {
                    try
                    {
                        action(number);
                    }
                    catch (Exception error)
                    {
                        failures.Enqueue(error);
                    }
                });
                threads[index].Start();
            }
            foreach (Thread thread in threads)
                thread.Join();
            if (failures.TryDequeue(out Exception first))
                throw new AggregateException(first);
        }

        [Fact]
        public void EachThreadHasFramesOfItsOwn()
        {
            Together(4, number =>
            {
                for (int round = 0; round < 200; round++)
                {
                    using (Frame frame = alloc.BeginFrame())
                    {
                        Span<byte> block = frame.Alloc<byte>(1000);
                        block.Fill((byte)number);
                        Thread.Yield();
                        foreach (byte found in block)
                            Assert.Equal((byte)number, found);
                    }
                }
            });
            Assert.Equal(0ul, alloc.Stats.Frame.LiveBytes);
            Assert.True(alloc.Lanes().Length <= 5);
        }

        [Fact]
        public void BlocksAreFreedElsewhere()
        {
            var blocks = new List<Block>();
            for (int index = 0; index < 500; index++)
                blocks.Add(alloc.Block(64, Intent.Pool));
            Elsewhere(() => blocks.ForEach(block => block.Dispose()));
            Assert.Equal(0ul, alloc.Stats.Pool.LiveCount);
            Assert.Equal(500ul, alloc.DeferredStats.Sent);
            alloc.ProcessDeferred();
            Assert.Equal(0ul, alloc.DeferredStats.Pending);
        }

        [Fact]
        public void AFullQueueMayWait()
        {
            var waiting = new DeferredOptions { Mode = DeferredMode.Explicit, Capacity = 10, Full = FullQueue.Block };
            alloc.ConfigureDeferred(waiting);
            Assert.Equal(10u, alloc.Deferred.Capacity);
            var blocks = new List<Block>();
            for (int index = 0; index < 100; index++)
                blocks.Add(alloc.Block(64, Intent.Pool));
            var thread = new Thread(() => blocks.ForEach(block => block.Dispose()));
            thread.Start();
            while (!thread.Join(1))
            {
                GC.Collect(0); // a thread that waits in the library must not hold up the collector
                alloc.ProcessDeferred(5);
            }
            alloc.ProcessDeferred();
            Assert.Equal(100ul, alloc.DeferredStats.Processed);
        }

        [Fact]
        public void LanesAreBoundByHand()
        {
            Lane job = alloc.CreateLane("job");
            Frame frame;
            using (job.Bind())
            {
                frame = alloc.BeginFrame();
                frame.Alloc<byte>(160).Fill(1);
            }
            Assert.Throws<WrongThreadException>(() => frame.Alloc<byte>(1));
            using (Frame other = alloc.BeginFrame())
                other.Alloc<byte>(16);
            Elsewhere(() =>
            {
                using (job.Bind())
                {
                    Assert.Equal(160ul, frame.Used);
                    frame.Alloc<byte>(16);
                    frame.End();
                }
            });
            Assert.Equal("job", job.Stats.Name);
            Assert.Equal(1ul, job.Stats.FrameNumber);
            job.Release();
            Assert.Throws<StaleException>(() => job.Release());
        }

        [Fact]
        public void ALaneInUseIsNotBound()
        {
            alloc.Block(8).Dispose();
            Lane mine = alloc.CurrentLane;
            Elsewhere(() => Assert.Equal(Status.Busy, Assert.Throws<FrameallocException>(() => mine.Bind()).Status));
        }

        [Fact]
        public void BarriersAlignFrames()
        {
            FrameBarrier barrier = alloc.Barrier(3, "frame");
            var order = new List<int>();
            Together(3, number =>
            {
                for (int generation = 0; generation < 20; generation++)
                {
                    using (Frame frame = alloc.BeginFrame())
                    {
                        frame.Alloc<byte>(10);
                        lock (order)
                            order.Add(generation);
                    }
                    barrier.Wait();
                }
            });
            var sorted = new List<int>(order);
            sorted.Sort();
            Assert.Equal(sorted.ToArray(), order.ToArray());
            Assert.True(barrier.Generation >= 20);
            Assert.True(barrier.Stats.Arrivals >= 60);
        }

        [Fact]
        public void BarriersTimeOut()
        {
            FrameBarrier barrier = alloc.Barrier(2);
            Assert.Throws<WaitTimeoutException>(() => barrier.Wait(TimeSpan.FromMilliseconds(5)));
            Elsewhere(() => barrier.Signal());
            barrier.Wait(TimeSpan.FromSeconds(5));
            barrier.Destroy();
            Assert.Throws<StaleException>(() => barrier.Wait());
        }

        [Fact]
        public void TransfersAreHandedOver()
        {
            ulong sent;
            using (Frame frame = alloc.BeginFrame())
            {
                Transfer value = alloc.Transfer(50);
                value.Bytes.Fill(7);
                sent = value.Send();
                Assert.Throws<StaleException>(() => value.Bytes.Clear());
                Assert.ThrowsAny<InvalidOperationException>(() => value.Send());
            }
            Elsewhere(() =>
            {
                Transfer received = alloc.Receive(sent);
                Assert.Equal((byte)7, received.Bytes[49]);
                FrameallocException error = Assert.Throws<FrameallocException>(() => alloc.Receive(sent));
                Assert.Equal("FA207", error.Diagnostic.Code);
                using (Block block = received.Take())
                    Assert.Equal((byte)7, block.Bytes[0]);
            });
            Assert.Equal(1ul, alloc.TransferStats.Taken);
            using (Frame frame = alloc.BeginFrame())
            {
                alloc.Transfer(frame.Text("copied")).Send(alloc.CurrentLane);
                Transfer mine = alloc.Receive();
                Assert.Equal(6ul, mine.Info.Size);
                mine.Drop();
                Assert.Throws<NotFoundException>(() => alloc.Receive());
            }
        }

        [Fact]
        public void EventsAreTold()
        {
            var seen = new List<string>();
            using (alloc.Listen(what => seen.Add(what.Kind + " " + what.Bytes), EventKind.FrameEnd, EventKind.Alloc))
            {
                using (Frame frame = alloc.BeginFrame())
                    frame.Alloc<byte>(1 << 20);
                alloc.Block(100, Intent.Pool).Dispose();
            }
            alloc.Block(100, Intent.Pool).Dispose();
            Assert.Equal("Alloc 1048576", seen[0]);
            Assert.Equal("Alloc 100", seen[2]);
            Assert.Equal(3, seen.Count);
            Assert.Equal(0ul, alloc.EventsSuppressed);
        }

        [Fact]
        public void AnAllocatorInUseIsNotDestroyed()
        {
            var other = new Allocator();
            using (Allocator guest = Allocator.Borrow(other.Address))
            {
                FrameallocException error = Assert.Throws<FrameallocException>(() => other.Destroy());
                Assert.Equal(Status.Busy, error.Status);
            }
            other.Destroy(TimeSpan.FromSeconds(1));
            Assert.True(other.Closed);
        }

        [Fact]
        public void TheCollectorRunsWhileEverybodyWorks()
        {
            bool done = false;
            var pressure = new Thread(() =>
            {
                var garbage = new byte[64][];
                for (int index = 0; !Volatile.Read(ref done); index++)
                {
                    garbage[index % 64] = new byte[10000];
                    if (index % 500 == 0)
                        GC.Collect();
                }
            });
            pressure.Start();
            int heard = 0;
            alloc.Listen(what => Interlocked.Increment(ref heard), EventKind.FrameEnd);
            try
            {
                Together(3, Work);
            }
            finally
            {
                Volatile.Write(ref done, true);
                pressure.Join();
            }
            Assert.Equal(600, heard);
            Assert.Equal(0ul, alloc.Stats.Frame.LiveBytes + alloc.Stats.Pool.LiveBytes);
        }

        private void Work(int number)
        {
            for (int round = 0; round < 200; round++)
            {
                int ended = 0;
                using (Frame frame = alloc.BeginFrame())
                using (Block block = alloc.Block(256, Intent.Pool))
                {
                    frame.OnEnd(() => ended++);
                    block.As<int>().Fill(number);
                    for (int index = 0; index < 200; index++)
                    {
                        Span<int> numbers = frame.Alloc<int>(50);
                        numbers.Fill(index);
                        var garbage = new object[10];
                        Assert.Equal(index, numbers[49]);
                        Assert.Equal(10, garbage.Length);
                    }
                    Assert.Equal(number, block.As<int>()[63]);
                }
                Assert.Equal(1, ended);
            }
        }
    }
}
