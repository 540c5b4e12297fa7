// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

namespace Framealloc
{
    public readonly unsafe partial struct Frame
    {
        /// <summary>A part of the frame: what is taken inside goes at its end.</summary>
        public Subframe BeginSubframe()
        {
            ulong scope;
            Core.Check(Native.fa_subframe_begin(Settled, &scope));
            return new Subframe(lane, epoch, scope);
        }

        /// <summary>A part of the frame that is undone at its end, unless it was committed.</summary>
        public Checkpoint BeginCheckpoint()
        {
            return new Checkpoint(lane, epoch, Core.Need(Native.fa_frame_checkpoint(Settled)));
        }

        /// <summary>Keeps what an attempt takes if it says true, and undoes it otherwise; what it said.</summary>
        public bool Speculate(Func<bool> attempt)
        {
            if (attempt == null)
                throw new ArgumentNullException(nameof(attempt));
            IntPtr a = Settled;
            void* key = Callbacks.Register((Func<bool>)(() => Settling(attempt)));
            try
            {
                int kept;
                Core.Check(Native.fa_frame_speculate(a, Callbacks.Attempt, key, &kept));
                return kept != 0;
            }
            finally
            {
                Callbacks.Forget(key);
            }
        }

        /// <summary>An attempt, and the booking of what it took, before that is kept or undone.</summary>
        private static bool Settling(Func<bool> attempt)
        {
            try
            {
                return attempt();
            }
            finally
            {
                LaneState.Settle();
            }
        }

        /// <summary>Keeps the memory of the frame, beyond its end, until the hold is disposed of.</summary>
        public FrameHold Hold()
        {
            ulong token;
            Core.Check(Native.fa_frame_hold(Settled, &token));
            return new FrameHold(Core, token);
        }

        /// <summary>
        /// An array that is copied to the pool, the heap or a scratch pool by <see cref="EndWithPromotions"/>.
        /// </summary>
        public Span<T> Retained<T>(int count, Retention to = Retention.ToHeap, string scratch = null,
                                   string typeName = null) where T : struct
        {
            IntPtr a = Settled;
            ulong size = Layout<T>.Of(count);
            fixed (byte* pool = Utf8.Of(scratch), name = Utf8.Of(typeName ?? typeof(T).Name))
            {
                var how = RetentionOf(to, pool, name);
                void* made = Native.fa_frame_alloc_retained(a, size, Native.FA_ALIGN_DEFAULT, &how);
                return new Span<T>(Core.Need(made), count);
            }
        }

        /// <summary>
        /// An array whose importance says what becomes of it when <see cref="EndWithPromotions"/> is called.
        /// </summary>
        public Span<T> Important<T>(int count, Importance importance, string scratch = null) where T : struct
        {
            IntPtr a = Settled;
            ulong size = Layout<T>.Of(count);
            fixed (byte* pool = Utf8.Of(scratch))
            {
                void* made = Native.fa_frame_alloc_important(a, size, Native.FA_ALIGN_DEFAULT, (int)importance, pool);
                return new Span<T>(Core.Need(made), count);
            }
        }

        /// <summary>Blocks that are retained so far.</summary>
        public ulong RetainedCount => Native.fa_frame_retained_count(Settled);

        /// <summary>Has an array of this frame retained, as if it had been taken with Retained().</summary>
        public void Retain<T>(Span<T> array, Retention to = Retention.ToHeap, string scratch = null) where T : struct
        {
            IntPtr a = Settled;
            fixed (byte* pool = Utf8.Of(scratch), name = Utf8.Of(typeof(T).Name))
            fixed (byte* block = &MemoryMarshal.GetReference(MemoryMarshal.AsBytes(array)))
            {
                var how = RetentionOf(to, pool, name);
                Core.Check(Native.fa_frame_retain(a, block, Layout<T>.Of(array.Length), 1, &how));
            }
        }

        private static Native.fa_retention RetentionOf(Retention to, byte* scratch, byte* typeName)
        {
            var how = Native.fa_retention.New();
            how.policy = (int)to;
            how.scratch = scratch;
            how.type_name = typeName;
            return how;
        }

        /// <summary>Forgets what was retained: it goes with the frame. How many blocks it was.</summary>
        public ulong DropRetained()
        {
            return Native.fa_frame_retained_drop(Settled);
        }

        /// <summary>
        /// Ends the frame and copies what was retained. Blocks that went to the pool or the heap are the caller's: see
        /// <see cref="Allocator.Adopt(Promotion)"/>.
        /// </summary>
        public Promotion[] EndWithPromotions(out PromotionSummary summary)
        {
            return Lane.EndWithPromotions(epoch, out summary);
        }

        /// <summary>A list of at most so many items in the frame.</summary>
        public FrameVector<T> Vector<T>(int capacity) where T : struct
        {
            return new FrameVector<T>(this, Core, Settled, capacity);
        }

        /// <summary>
        /// A dictionary of at most so many entries in the frame, with texts as keys, which are copied.
        /// </summary>
        public FrameTextMap<TValue> TextMap<TValue>(int capacity) where TValue : struct
        {
            return new FrameTextMap<TValue>(this, Core, Settled, capacity);
        }

        /// <summary>
        /// A dictionary of at most so many entries in the frame, with keys that are compared by their bytes.
        /// </summary>
        public FrameMap<TKey, TValue> Map<TKey, TValue>(int capacity) where TKey : struct where TValue : struct
        {
            return new FrameMap<TKey, TValue>(this, Core, Settled, capacity);
        }
    }
}
