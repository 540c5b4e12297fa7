// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Buffers;

namespace Framealloc
{
    /// <summary>
    /// An array of a frame that can be kept in fields: it looks at its frame's epoch each time, and throws
    /// <see cref="ObjectDisposedException"/> once that has ended. It does not see a rollback, or the end of a
    /// sub-frame, inside its frame.
    /// </summary>
    public readonly unsafe struct FrameSlice<T> where T : struct
    {
        private readonly Frame frame;
        private readonly void* memory;

        internal FrameSlice(Frame frame, void* memory, int length)
        {
            this.frame = frame;
            this.memory = memory;
            Length = length;
        }

        /// <summary>Elements.</summary>
        public int Length { get; }

        /// <summary>Whether its frame still runs.</summary>
        public bool Valid => frame.Running;

        /// <summary>The elements; not to be used after the frame.</summary>
        public Span<T> Span
        {
            get
            {
                if (!frame.Running)
                    throw Gone();
                return new Span<T>(memory, Length);
            }
        }

        /// <summary>One element.</summary>
        public ref T this[int index] => ref Span[index];

        /// <summary>Where the elements are, for other native code.</summary>
        public IntPtr Address => Valid ? (IntPtr)memory : throw Gone();

        /// <summary>A part of it, which knows its frame as well.</summary>
        public FrameSlice<T> Slice(int start, int length)
        {
            if (start < 0 || length < 0 || length > Length - start)
                throw new ArgumentOutOfRangeException(nameof(start), $"{start} to {start} + {length} of {Length}");
            return new FrameSlice<T>(frame, (byte*)memory + Layout<T>.Of(start), length);
        }

        private Exception Gone()
        {
            return frame.Gone("FrameSlice");
        }
    }

    /// <summary>A slice as the manager of a Memory.</summary>
    internal sealed unsafe class FrameMemory<T> : MemoryManager<T> where T : struct
    {
        private readonly FrameSlice<T> slice;

        public FrameMemory(FrameSlice<T> slice)
        {
            this.slice = slice;
        }

        public override Span<T> GetSpan()
        {
            return slice.Span;
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            return new MemoryHandle((byte*)slice.Address + Layout<T>.Of(elementIndex));
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
