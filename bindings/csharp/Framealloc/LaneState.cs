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

        /// <summary>The lane of default values: no frame runs on it.</summary>
        public static readonly LaneState Nobody = new LaneState(null);

        private readonly Core core;
        private Native.fa_window window;
        private ulong* cell;
        private ulong running;
        private bool borrowed;

        public LaneState(Core core)
        {
            this.core = core;
        }

        /// <summary>Nobody can end its frame any more: the allocator is not kept for that.</summary>
        ~LaneState()
        {
            if (running != 0)
                core.Unuse();
        }

        public Core Core => core;

        /// <summary>Scopes of C# that are open on the lane.</summary>
        public OpenScopes Scopes { get; } = new OpenScopes();

        /// <summary>The one of an allocator on this thread, if its frame is the one that was used last.</summary>
        public static LaneState CurrentOf(Core core)
        {
            LaneState lane = current;
            return lane != null && ReferenceEquals(lane.core, core) ? lane : null;
        }

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
            if (running != 0 && *cell != running)
                Ended(); // somebody else has ended it
            if (join)
                RequireJoinable(a);
            core.Use();
            try
            {
                if (!join)
                    BeginInLibrary(a);
                // Asked for each time, as a host may have bound another lane to the thread.
                cell = (ulong*)core.Need(Native.fa_frame_epoch(a));
            }
            catch
            {
                core.Unuse();
                throw;
            }
            current = this;
            borrowed = join;
            running = *cell;
            return running;
        }

        private void RequireJoinable(IntPtr a)
        {
            if (running != 0)
                throw new FrameallocException("This thread has a frame of C# already.", Status.FrameActive);
            if (Native.fa_frame_active(a) == 0)
                throw new FrameallocException("No frame runs here that could be joined.", Status.NoFrame);
        }

        private void BeginInLibrary(IntPtr a)
        {
            int status = Native.fa_frame_begin(a);
            if (status == Native.FA_OK && Callbacks.Failed)
                Native.fa_frame_end(a); // nobody will have the frame to end it
            core.Check(status);
        }

        public bool Runs(ulong epoch)
        {
            return epoch != 0 && running == epoch && *cell == epoch;
        }

        /// <summary>What is to be said of a frame, or a view of it, that is used after its end.</summary>
        public Exception Gone(ulong epoch, string what)
        {
            bool reported = epoch != 0 && !core.Closed &&
                Native.fa_frame_check(core.Pointer, epoch) == Native.FA_ERROR_STALE;
            return reported ? Failure.Of(Status.Stale)
                : new StaleException(what, $"[FA002] a {what} was used after its frame");
        }

        public void End(ulong epoch)
        {
            Enter(epoch);
            int status = CloseInLibrary();
            if (!borrowed)
                status = Native.fa_frame_end(core.Pointer);
            if (borrowed || *cell != epoch)
                Ended();
            core.Check(status);
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
            IntPtr a = Settled(epoch);
            ulong count = Native.fa_frame_retained_count(a);
            var found = new Native.fa_promotion[count];
            var sum = Native.fa_promotion_summary.New();
            int status;
            fixed (Native.fa_promotion* room = found)
                status = Native.fa_frame_end_with_promotions(a, room, count, &count, &sum);
            Promotion[] promotions = Array.ConvertAll(found, one => new Promotion(one));
            if (Callbacks.Failed)
                GiveBack(promotions);
            if (*cell != epoch)
                Ended();
            core.Check(status);
            summary = new PromotionSummary(sum);
            return promotions;
        }

        /// <summary>What was copied for somebody who gets an exception in its place.</summary>
        private void GiveBack(Promotion[] promotions)
        {
            foreach (Promotion one in promotions)
            {
                if (Block.CanBe(one))
                    Native.fa_release(core.Pointer, (void*)one.After);
            }
        }

        private void Ended()
        {
            running = 0;
            window = default(Native.fa_window);
            if (ReferenceEquals(current, this))
                current = null;
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
            // The library may call C# from here, which may use the same lane: it gets a window of its own meanwhile.
            Native.fa_window open = window;
            window = default(Native.fa_window);
            if (open.allocator == IntPtr.Zero)
                core.Check(Native.fa_window_open(core.Pointer, &open, Stretch));
            void* block = Native.fa_window_refill(&open, size, Native.FA_ALIGN_DEFAULT);
            CloseInLibrary();
            if (running == epoch)
                window = open;
            return (byte*)core.Need(block);
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
            if (!Runs(epoch))
                throw Gone(epoch, "Frame");
            if (!ReferenceEquals(current, this))
            {
                if (!ReferenceEquals(core.State, this))
                    throw new WrongThreadException("A frame belongs to the thread that began it.");
                Settle();
            }
            current = this;
            return core.Pointer;
        }

        private void CloseWindow()
        {
            core.Check(CloseInLibrary());
        }

        private int CloseInLibrary()
        {
            Native.fa_window open = window;
            window = default(Native.fa_window);
            return open.allocator == IntPtr.Zero ? Native.FA_OK : Native.fa_window_close(&open);
        }
    }
}
