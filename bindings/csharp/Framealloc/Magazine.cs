// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Framealloc
{
    /// <summary>
    /// Pool blocks of one size, taken and given back without a call into C: for loops that spawn and kill thousands of
    /// objects. Used by one thread at a time. Blocks are ordinary ones of the pool: <see cref="Allocator.Release"/>
    /// takes them, too.
    /// </summary>
    public sealed unsafe class Magazine : IDisposable
    {
        private readonly Core core;
        private IntPtr raw;

        internal Magazine(Core core, ulong size, ulong alignment)
        {
            this.core = core;
            core.Use();
            IntPtr room = Marshal.AllocHGlobal(sizeof(Native.fa_magazine));
            int status = Native.fa_magazine_open(core.Pointer, (Native.fa_magazine*)room, size, alignment);
            raw = room;
            if (status != Native.FA_OK)
                Dispose();
            core.Check(status);
        }

        private Native.fa_magazine* Raw
        {
            get
            {
                IntPtr mine = raw;
                return mine != IntPtr.Zero ? (Native.fa_magazine*)mine
                    : throw new StaleException("Magazine", "The magazine was disposed of.");
            }
        }

        /// <summary>Bytes of each block.</summary>
        public ulong BlockSize => Raw->block_size;

        /// <summary>Free blocks that it holds.</summary>
        public int Count => (int)Raw->count;

        /// <summary>A block, uninitialised.</summary>
        public IntPtr Take()
        {
            Native.fa_magazine* magazine = Raw;
            if (magazine->count == 0)
                return (IntPtr)core.NeedBlock(Native.fa_magazine_refill(magazine));
            magazine->takes++;
            return (IntPtr)magazine->blocks[--magazine->count];
        }

        /// <summary>Gives a block back.</summary>
        public void Give(IntPtr block)
        {
            Native.fa_magazine* magazine = Raw;
            if (block != IntPtr.Zero && magazine->count < magazine->capacity)
                magazine->blocks[magazine->count++] = (ulong)block;
            else
                core.Check(Native.fa_magazine_empty(magazine, (void*)block));
        }

        /// <summary>A block as an array; not to be used after it was given back.</summary>
        public Span<T> As<T>(IntPtr block) where T : struct
        {
            return new Span<T>((void*)block, checked((int)(BlockSize / Layout<T>.Size)));
        }

        /// <summary>Gives what it holds back to the pool.</summary>
        public void Dispose()
        {
            GC.SuppressFinalize(this);
            Close();
            Callbacks.ThrowKept();
        }

        /// <summary>Gives what it holds back if nobody did.</summary>
        ~Magazine()
        {
            if (!Environment.HasShutdownStarted)
                Close();
        }

        private void Close()
        {
            IntPtr mine = Interlocked.Exchange(ref raw, IntPtr.Zero);
            if (mine == IntPtr.Zero)
                return;
            Native.fa_magazine_close((Native.fa_magazine*)mine);
            Marshal.FreeHGlobal(mine);
            core.Unuse();
        }
    }
}
