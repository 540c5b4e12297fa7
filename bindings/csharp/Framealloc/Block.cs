// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Threading;

namespace Framealloc
{
    /// <summary>
    /// A block of the pool or the heap. It goes back when it is disposed of, on any thread, or else when the garbage
    /// collector finds it: not to be forgotten all the same, since it weighs more than the collector knows.
    /// </summary>
    public sealed unsafe class Block : IDisposable
    {
        private readonly Core core;
        private IntPtr address;

        internal Block(Core core, void* address, ulong size)
        {
            this.core = core;
            Size = size;
            core.Use(); // first, as whatever has an address is given back
            this.address = (IntPtr)address;
        }

        internal static void RequireIntent(Intent intent)
        {
            if (intent == Intent.Frame || intent == Intent.Scratch)
                throw new ArgumentException("A block is of the pool or the heap.", nameof(intent));
        }

        /// <summary>Whether a retained block has become one that is given back by itself.</summary>
        internal static bool CanBe(Promotion promotion)
        {
            bool owned = promotion.Policy == Retention.ToPool || promotion.Policy == Retention.ToHeap;
            return owned && promotion.After != IntPtr.Zero;
        }

        /// <summary>Bytes asked for.</summary>
        public ulong Size { get; private set; }

        /// <summary>Where it is, for other native code.</summary>
        public IntPtr Address => address != IntPtr.Zero ? address : throw Gone();

        /// <summary>Bytes that may be used.</summary>
        public ulong UsableSize => Native.fa_usable_size(core.Pointer, (void*)Address);

        /// <summary>The bytes; not to be used after the block was disposed of.</summary>
        public Span<byte> Bytes => new Span<byte>((void*)Address, checked((int)Size));

        /// <summary>The bytes as an array of something else.</summary>
        public Span<T> As<T>() where T : struct
        {
            return new Span<T>((void*)Address, checked((int)(Size / Layout<T>.Size)));
        }

        /// <summary>Changes the size; the bytes may move.</summary>
        public void Resize(ulong size, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            address = (IntPtr)core.Need(Native.fa_realloc(core.Raw, (void*)Address, size, alignment));
            Size = size;
        }

        /// <summary>Gives it back; nothing if that has been done.</summary>
        public void Dispose()
        {
            GC.SuppressFinalize(this);
            IntPtr mine = Interlocked.Exchange(ref address, IntPtr.Zero);
            if (mine != IntPtr.Zero)
                Give(mine);
        }

        /// <summary>Gives it back if nobody did.</summary>
        ~Block()
        {
            IntPtr mine = Interlocked.Exchange(ref address, IntPtr.Zero);
            if (mine == IntPtr.Zero || Environment.HasShutdownStarted)
                return;
            Native.fa_release(core.Pointer, (void*)mine);
            core.Unuse();
        }

        private void Give(IntPtr mine)
        {
            try
            {
                core.Check(Native.fa_release(core.Pointer, (void*)mine));
            }
            finally
            {
                core.Unuse();
            }
        }

        private static Exception Gone()
        {
            return new StaleException("Block", "The block was given back.");
        }
    }
}
