// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>A block that was moved by defragmentation.</summary>
    public readonly struct Relocation
    {
        internal Relocation(ulong handle, IntPtr before, IntPtr after, ulong size)
        {
            Handle = handle;
            Before = before;
            After = after;
            Size = size;
        }

        /// <summary>The id of its handle.</summary>
        public ulong Handle { get; }

        /// <summary>Where it was; not to be followed.</summary>
        public IntPtr Before { get; }

        /// <summary>Where it is.</summary>
        public IntPtr After { get; }

        /// <summary>Its bytes.</summary>
        public ulong Size { get; }
    }

    /// <summary>A block that may move; it is looked at while it is pinned.</summary>
    public readonly unsafe struct Handle
    {
        private readonly Core made;

        internal Handle(Core core, ulong id)
        {
            made = core;
            Id = id;
        }

        private Core Core => made ?? throw new StaleException("Handle", "A handle comes from Allocator.Handle().");

        /// <summary>The fa_handle, for C.</summary>
        public ulong Id { get; }

        /// <summary>Whether it has not been freed.</summary>
        public bool Valid => made != null && Native.fa_handle_valid(Core.Raw, Id) != 0;

        /// <summary>Bytes asked for.</summary>
        public ulong Size => Core.Need(Native.fa_handle_size(Core.Raw, Id));

        /// <summary>Times it was moved.</summary>
        public uint Moves
        {
            get
            {
                uint moves = Native.fa_handle_moves(Core.Raw, Id);
                Core.Check(Valid ? Native.FA_OK : Native.FA_ERROR_STALE);
                return moves;
            }
        }

        /// <summary>Where it is now, for other native code: until it moves, which a pin prevents.</summary>
        public IntPtr Resolve()
        {
            return (IntPtr)Core.Need(Native.fa_handle_resolve(Core.Raw, Id));
        }

        /// <summary>Keeps it where it is until the pin is disposed of.</summary>
        public Pin Pin()
        {
            void* address = Core.Need(Native.fa_handle_pin(Core.Raw, Id));
            return new Pin(Core, IntPtr.Zero, Id, address, Size);
        }

        /// <summary>Frees it; refused while it is pinned.</summary>
        public void Free()
        {
            Core.Check(Native.fa_handle_free(Core.Raw, Id));
        }
    }

    /// <summary>Memory of a handle or an asset that stays where it is for the time of a using block.</summary>
    public unsafe struct Pin : IDisposable
    {
        private readonly IntPtr stream;
        private readonly ulong id;
        private readonly ulong size;
        private Core core;
        private void* address;

        internal Pin(Core core, IntPtr stream, ulong id, void* address, ulong size)
        {
            this.core = core;
            this.stream = stream;
            this.id = id;
            this.address = address;
            this.size = size;
        }

        /// <summary>The bytes; not to be used after the pin.</summary>
        public Span<byte> Bytes => As<byte>();

        /// <summary>Where they are, for other native code.</summary>
        public IntPtr Address =>
            (IntPtr)(address != null ? address : throw new StaleException("Pin", "It was unpinned."));

        /// <summary>The bytes as an array of something else.</summary>
        public Span<T> As<T>() where T : struct
        {
            return new Span<T>((void*)Address, checked((int)(size / Layout<T>.Size)));
        }

        /// <summary>Undoes the pin, once.</summary>
        public void Dispose()
        {
            Core mine = core;
            void* pinned = address;
            core = null;
            address = null;
            if (mine == null || (mine.Closed && stream == IntPtr.Zero))
                return; // a stream keeps its allocator
            mine.Check(stream == IntPtr.Zero
                ? Native.fa_handle_unpin(mine.Pointer, id)
                : Native.fa_stream_unpin(stream, id, pinned));
        }
    }
}
