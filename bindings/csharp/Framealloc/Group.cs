// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

namespace Framealloc
{
    /// <summary>Blocks that are freed together.</summary>
    public sealed unsafe class Group : IDisposable
    {
        private readonly Core core;
        private bool ended;

        internal Group(Core core, ulong id)
        {
            this.core = core;
            Id = id;
        }

        /// <summary>The fa_group, for C.</summary>
        public ulong Id { get; }

        /// <summary>Figures.</summary>
        public GroupStats Stats
        {
            get
            {
                var found = Native.fa_group_stats.New();
                core.Check(Native.fa_group_get_stats(core.A, Id, &found));
                return new GroupStats(found);
            }
        }

        /// <summary>An uninitialised array that lives as long as the group.</summary>
        public Span<T> Alloc<T>(int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new Span<T>(core.Need(Native.fa_group_alloc(core.Raw, Id, size, Native.FA_ALIGN_DEFAULT)), count);
        }

        /// <summary>An array of zeros.</summary>
        public Span<T> Zeroed<T>(int count) where T : struct
        {
            return new Span<T>(core.Need(Native.fa_group_alloc_zeroed(core.Raw, Id, Layout<T>.Of(count), 16)), count);
        }

        /// <summary>An array if there is memory for it: neither an exception nor a report otherwise.</summary>
        public bool TryAlloc<T>(int count, out Span<T> array) where T : struct
        {
            void* made = Native.fa_group_try_alloc(core.Raw, Id, Layout<T>.Of(count), Native.FA_ALIGN_DEFAULT);
            array = made == null ? Span<T>.Empty : new Span<T>(made, count);
            Callbacks.ThrowKept();
            return made != null;
        }

        /// <summary>Frees one array before the others.</summary>
        public void Free<T>(Span<T> array) where T : struct
        {
            fixed (byte* block = &MemoryMarshal.GetReference(MemoryMarshal.AsBytes(array)))
                core.Check(Native.fa_group_release_block(core.Raw, Id, block));
        }

        /// <summary>Frees everything, and keeps the group.</summary>
        public void Clear()
        {
            core.Check(Native.fa_group_free_all(core.A, Id));
        }

        /// <summary>Frees everything, and ends the group.</summary>
        public void Dispose()
        {
            if (ended || core.Closed)
                return;
            ended = true;
            core.Check(Native.fa_group_destroy(core.A, Id));
        }
    }
}
