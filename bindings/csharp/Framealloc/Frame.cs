// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Framealloc
{
    /// <summary>
    /// A frame of the calling thread: memory that is bumped, and goes all at once when the frame is disposed of.
    /// <code>
    /// using (Frame frame = allocator.BeginFrame())
    /// {
    ///     Span&lt;Vec3&gt; contacts = frame.Alloc&lt;Vec3&gt;(100);
    /// }
    /// </code>
    /// A small value without a finaliser. What it hands out lies in memory that the garbage collector does not know:
    /// spans stay on the stack, and must not be used after the frame; a <see cref="FrameSlice{T}"/> can be kept, and
    /// knows when its frame has ended. Anything asked of a frame that has ended throws
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public readonly unsafe partial struct Frame : IDisposable, IEquatable<Frame>
    {
        private readonly LaneState lane;
        private readonly ulong epoch;

        internal Frame(LaneState lane, ulong epoch)
        {
            this.lane = lane;
            this.epoch = epoch;
        }

        private LaneState Lane => lane ?? throw new StaleException("Frame", "A frame comes from BeginFrame().");

        private Core Core => Lane.Core;

        private IntPtr Settled => Lane.Settled(epoch);

        internal Exception Gone(string what)
        {
            return lane == null ? new StaleException(what, "It comes from a frame.") : lane.Gone(epoch, what);
        }

        /// <summary>Whether it runs.</summary>
        public bool Running => lane != null && lane.Runs(epoch);

        /// <summary>The number of the frame, from 1.</summary>
        public ulong Number => Native.fa_frame_number(Settled);

        /// <summary>Bytes in use, padding included.</summary>
        public ulong Used => Native.fa_frame_used(Settled);

        /// <summary>Bytes that may still be taken before the frame cap; ulong.MaxValue without one.</summary>
        public ulong Remaining => Native.fa_frame_remaining(Settled);

        /// <summary>Ends the frame; throws if it has ended before.</summary>
        public void End()
        {
            Lane.End(epoch);
        }

        /// <summary>Ends the frame, unless it has ended before.</summary>
        public void Dispose()
        {
            lane?.Dispose(epoch);
        }

        // Memory

        /// <summary>An uninitialised array.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Span<T> Alloc<T>(int count) where T : struct
        {
            if (count <= 0)
                return Empty<T>(count);
            return new Span<T>((lane ?? LaneState.Nobody).Take(epoch, (ulong)count * Layout<T>.Size), count);
        }

        private Span<T> Empty<T>(int count) where T : struct
        {
            Layout<T>.Of(count);
            Lane.Settled(epoch);
            return Span<T>.Empty;
        }

        /// <summary>An uninitialised array that begins at a multiple of a power of two.</summary>
        public Span<T> Alloc<T>(int count, int alignment) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new Span<T>(Core.Need(Native.fa_frame_alloc(Settled, size, (ulong)alignment)), count);
        }

        /// <summary>
        /// An uninitialised array if there is memory for it: neither an exception nor a report otherwise.
        /// </summary>
        public bool TryAlloc<T>(int count, out Span<T> array) where T : struct
        {
            void* made = Native.fa_frame_try_alloc(Settled, Layout<T>.Of(count), Native.FA_ALIGN_DEFAULT);
            array = made == null ? Span<T>.Empty : new Span<T>(made, count);
            return made != null;
        }

        /// <summary>An array of zeros.</summary>
        public Span<T> Zeroed<T>(int count) where T : struct
        {
            Span<T> made = Alloc<T>(count);
            made.Clear();
            return made;
        }

        /// <summary>A value in the frame.</summary>
        public ref T New<T>(T value = default(T)) where T : struct
        {
            ref T made = ref Alloc<T>(1)[0];
            made = value;
            return ref made;
        }

        /// <summary>A copy.</summary>
        public Span<T> Copy<T>(ReadOnlySpan<T> source) where T : struct
        {
            Span<T> made = Alloc<T>(source.Length);
            source.CopyTo(made);
            return made;
        }

        /// <summary>A text in UTF-8, with a terminator behind it that is not counted.</summary>
        public Span<byte> Text(string text)
        {
            int length = Encoding.UTF8.GetByteCount(text);
            byte* made = Lane.Take(epoch, (ulong)length + 1);
            fixed (char* source = text)
                Encoding.UTF8.GetBytes(source, text.Length, made, length);
            made[length] = 0;
            return new Span<byte>(made, length);
        }

        /// <summary>Uninitialised memory as an address, for other native code.</summary>
        public IntPtr Address(ulong bytes, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            return (IntPtr)Lane.Take(epoch, bytes, alignment);
        }

        /// <summary>An array that can be kept in fields, and knows when its frame has ended.</summary>
        public FrameSlice<T> Slice<T>(int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new FrameSlice<T>(this, count == 0 ? null : Lane.Take(epoch, size), count);
        }

        /// <summary>
        /// An array as a Memory, for interfaces that want one: it, too, knows when its frame has ended.
        /// </summary>
        public Memory<T> Memory<T>(int count) where T : struct
        {
            return new FrameMemory<T>(Slice<T>(count)).Memory;
        }

        /// <summary>Memory that lives until the end of the so-manyth frame after this one.</summary>
        public Span<T> Ahead<T>(int frames, int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            void* made = Native.fa_frame_alloc_ahead(Settled, checked((uint)frames), size, Native.FA_ALIGN_DEFAULT);
            return new Span<T>(Core.Need(made), count);
        }

        /// <summary>Gives the newest array back before the frame ends; false if it was not the newest.</summary>
        public bool GiveBack<T>(Span<T> newest) where T : struct
        {
            IntPtr a = Settled;
            fixed (byte* block = &MemoryMarshal.GetReference(MemoryMarshal.AsBytes(newest)))
                return Native.fa_frame_give_back(a, block, Layout<T>.Of(newest.Length)) != 0;
        }

        /// <summary>Changes the length of an array, in place if it is the newest.</summary>
        public Span<T> Resize<T>(Span<T> array, int count) where T : struct
        {
            ulong before = Layout<T>.Of(array.Length), after = Layout<T>.Of(count);
            IntPtr a = Settled;
            fixed (byte* block = &MemoryMarshal.GetReference(MemoryMarshal.AsBytes(array)))
            {
                void* made = Native.fa_frame_realloc(a, block, before, after, Native.FA_ALIGN_DEFAULT);
                return new Span<T>(Core.Need(made), count);
            }
        }

        /// <summary>Has an action run when the frame ends or is rolled back past this point; newest first.</summary>
        public void OnEnd(Action action, int framesAhead = 0)
        {
            IntPtr a = Settled;
            void* key = Callbacks.Register(action ?? throw new ArgumentNullException(nameof(action)));
            int status = framesAhead == 0
                ? Native.fa_frame_cleanup(a, Callbacks.Once, key)
                : Native.fa_frame_cleanup_ahead(a, checked((uint)framesAhead), Callbacks.Once, key);
            if (status != Native.FA_OK)
                Callbacks.Forget(key);
            Core.Check(status);
        }

        /// <inheritdoc/>
        public bool Equals(Frame other)
        {
            return ReferenceEquals(lane, other.lane) && epoch == other.epoch;
        }

        /// <inheritdoc/>
        public override bool Equals(object other)
        {
            return other is Frame && Equals((Frame)other);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return epoch.GetHashCode();
        }
    }
}
