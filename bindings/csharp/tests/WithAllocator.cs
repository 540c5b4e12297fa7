// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace Framealloc.Tests
{
    /// <summary>An allocator for each test, which has to give everything back.</summary>
    public abstract class WithAllocator : IDisposable
    {
        protected readonly Allocator alloc = new Allocator(new AllocatorOptions { FrameCap = 64 << 20 });

        protected WithAllocator()
        {
            alloc.ConfigureReports(ReportOutput.Sink);
        }

        public virtual void Dispose()
        {
            alloc.Dispose();
            Assert.True(SpinWait.SpinUntil(() => IsGone(alloc), 10000)); // some tests leave finding it to the collector
        }

        /// <summary>Whether an allocator has ended, and with it everything that was taken from it.</summary>
        protected static bool IsGone(Allocator one)
        {
            if (one.References == 0)
                return true;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return one.References == 0;
        }

        /// <summary>Runs on another thread; what is thrown there is thrown here.</summary>
        protected static void Elsewhere(Action action)
        {
            ExceptionDispatchInfo failure = null;
            var thread = new Thread(() =>
            {
                try
                {
                    action();
                }
                catch (Exception error)
                {
                    failure = ExceptionDispatchInfo.Capture(error);
                }
            });
            thread.Start();
            thread.Join();
            failure?.Throw();
        }
    }

    /// <summary>Memory of the runtime, and how many pieces of it are out.</summary>
    public sealed class CountingBackend : IBackend
    {
        public int Live;

        public IntPtr Allocate(ulong size, ulong alignment)
        {
            IntPtr raw = Marshal.AllocHGlobal((IntPtr)(size + alignment + 8));
            long at = ((long)raw + 8 + (long)alignment - 1) & -(long)alignment;
            Marshal.WriteIntPtr((IntPtr)(at - 8), raw);
            Interlocked.Increment(ref Live);
            return (IntPtr)at;
        }

        public void Deallocate(IntPtr memory, ulong size, ulong alignment)
        {
            Marshal.FreeHGlobal(Marshal.ReadIntPtr(memory - 8));
            Interlocked.Decrement(ref Live);
        }
    }

    public struct Vec3
    {
        public float X;
        public float Y;
        public float Z;
    }

    public struct Unit
    {
        public float X;
        public int Health;
    }
}
