// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.CompilerServices;

namespace Framealloc
{
    /// <summary>
    /// What C# knows of one lane. A call into C for each block would cost more than the block: a window of the
    /// library's frame is borrowed, bumped here, and closed before anybody looks at the books, which stay exact.
    /// </summary>
    internal sealed unsafe class LaneState
    {
        private const ulong Stretch = 65536;

        /// <summary>The one whose window may be open on this thread; no other's is.</summary>
        [ThreadStatic] private static LaneState current;

        private readonly Core core;
        private Native.fa_window window;
        private ulong* cell;
        private ulong running;
        private bool borrowed;

        public LaneState(Core core)
        {
            this.core = core;
        }

        public Core Core => core;

        /// <summary>Closes the calling thread's window, if one is open.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Settle()
        {
            LaneState lane = current;
            if (lane != null && lane.window.allocator != IntPtr.Zero)
                lane.CloseWindow();
        }

        /// <summary>The thread leaves its lane: from now on frames of it are refused here.</summary>
        public static void Leave()
        {
            Settle();
            current = null;
        }

        // Beginning and ending

        /// <summary>Begins a frame, or joins the one that the host has begun; its epoch.</summary>
        public ulong Begin(bool join)
        {
            IntPtr a = core.A;
            if (join && (Native.fa_frame_active(a) == 0 || running != 0))
                throw new FrameallocException("No frame runs here that could be joined.", Status.NoFrame);
            if (!join)
                core.Check(Native.fa_frame_begin(a));
            if (cell == null)
                cell = (ulong*)core.Need(Native.fa_frame_epoch(a));
            core.Use();
            current = this;
            borrowed = join;
            running = *cell;
            return running;
        }

        public bool Runs(ulong epoch)
        {
            return epoch != 0 && running == epoch && *cell == epoch;
        }

        public void End(ulong epoch)
        {
            Enter(epoch);
            try
            {
                CloseWindow();
                if (!borrowed)
                    core.Check(Native.fa_frame_end(core.Pointer));
            }
            finally
            {
                Ended();
            }
        }

        /// <summary>What the end of a using block does: nothing if the frame has ended before.</summary>
        public void Dispose(ulong epoch)
        {
            if (epoch == 0 || running != epoch)
                return;
            if (*cell == epoch)
                End(epoch);
            else
                Ended();
        }

        public Promotion[] EndWithPromotions(ulong epoch, out PromotionSummary summary)
        {
            Enter(epoch);
            CloseWindow();
            ulong count = Native.fa_frame_retained_count(core.Pointer);
            var found = new Native.fa_promotion[count];
            var sum = Native.fa_promotion_summary.New();
            try
            {
                fixed (Native.fa_promotion* room = found)
                    core.Check(Native.fa_frame_end_with_promotions(core.Pointer, room, count, &count, &sum));
            }
            finally
            {
                Ended();
            }
            summary = new PromotionSummary(sum);
            return Array.ConvertAll(found, one => new Promotion(one));
        }

        private void Ended()
        {
            running = 0;
            window = default(Native.fa_window);
            core.Unuse();
        }

        // Taking memory

        /// <summary>A block of the frame, aligned to 16.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public byte* Take(ulong epoch, ulong size)
        {
            byte* block = window.cursor;
            if (size - 1 < (ulong)(window.limit - block) && ReferenceEquals(current, this) && *cell == epoch)
            {
                window.cursor = block + ((size + 15) & ~15UL);
                window.count++;
                return block;
            }
            return TakeThroughLibrary(epoch, size);
        }

        private byte* TakeThroughLibrary(ulong epoch, ulong size)
        {
            Enter(epoch);
            if (size - 1 >= Stretch / 4)
                return Take(epoch, size, Native.FA_ALIGN_DEFAULT);
            fixed (Native.fa_window* open = &window)
            {
                if (open->allocator == IntPtr.Zero)
                    core.Check(Native.fa_window_open(core.Pointer, open, Stretch));
                return (byte*)core.Need(Native.fa_window_refill(open, size, Native.FA_ALIGN_DEFAULT));
            }
        }

        /// <summary>A block of any alignment.</summary>
        public byte* Take(ulong epoch, ulong size, ulong alignment)
        {
            return (byte*)core.Need(Native.fa_frame_alloc(Enter(epoch), size, alignment));
        }

        /// <summary>The allocator, for a call about a frame that runs on this thread, with its window closed.</summary>
        public IntPtr Settled(ulong epoch)
        {
            IntPtr a = Enter(epoch);
            CloseWindow();
            return a;
        }

        private IntPtr Enter(ulong epoch)
        {
            if (!ReferenceEquals(current, this))
            {
                if (running == epoch && !ReferenceEquals(core.State, this))
                    throw new WrongThreadException("A frame belongs to the thread that began it.");
                Settle();
            }
            if (!Runs(epoch))
                throw new StaleException("Frame", "[FA006] a frame, or a view of it, was used after its end");
            current = this;
            return core.Pointer;
        }

        private void CloseWindow()
        {
            int status = Native.FA_OK;
            fixed (Native.fa_window* open = &window)
            {
                if (open->allocator != IntPtr.Zero)
                    status = Native.fa_window_close(open);
            }
            window = default(Native.fa_window);
            core.Check(status);
        }
    }
}
