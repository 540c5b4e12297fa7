// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>
    /// Where an allocator that is written in C# gets its memory. Called from any thread, several at once.
    /// </summary>
    public interface IBackend
    {
        /// <summary>Memory of so many bytes, or IntPtr.Zero.</summary>
        IntPtr Allocate(ulong size, ulong alignment);

        /// <summary>Takes memory back.</summary>
        void Deallocate(IntPtr memory, ulong size, ulong alignment);
    }

    /// <summary>How an allocator is made: a preset, and what shall be otherwise. Sizes are bytes.</summary>
    public sealed unsafe class AllocatorOptions
    {
        private Native.fa_config raw = Native.fa_config.New();

        /// <summary>The defaults.</summary>
        public AllocatorOptions() : this(Preset.Default)
        {
        }

        /// <summary>A preset.</summary>
        public AllocatorOptions(Preset preset)
        {
            fixed (Native.fa_config* config = &raw)
            {
                int status = Native.fa_config_preset(config, (int)preset);
                if (status != Native.FA_OK)
                    throw Failure.Of((Status)status);
            }
        }

        internal AllocatorOptions(Native.fa_config raw)
        {
            this.raw = raw;
        }

        internal Native.fa_config Raw => raw;

        /// <summary>Whether an allocator could be made like this on this machine: Ok, or why not.</summary>
        public Status Check()
        {
            fixed (Native.fa_config* config = &raw)
                return (Status)Native.fa_config_check(config);
        }

        /// <summary>Where memory comes from.</summary>
        public BackendKind BackendKind
        {
            get { return (BackendKind)raw.backend_kind; }
            set { raw.backend_kind = (int)value; }
        }

        /// <summary>A backend of the program; null for one of the library's.</summary>
        public IBackend Backend { get; set; }

        /// <summary>First chunk of a frame arena; a power of two from 4 KiB.</summary>
        public ulong FrameChunkMin
        {
            get { return raw.frame_chunk_min; }
            set { raw.frame_chunk_min = value; }
        }

        /// <summary>Chunks double up to this size; a power of two up to 1 GiB.</summary>
        public ulong FrameChunkMax
        {
            get { return raw.frame_chunk_max; }
            set { raw.frame_chunk_max = value; }
        }

        /// <summary>Most bytes of live frame memory per lane; 0 for no cap.</summary>
        public ulong FrameCap
        {
            get { return raw.frame_cap; }
            set { raw.frame_cap = value; }
        }

        /// <summary>What a lane keeps of its frame's memory for the next frame.</summary>
        public ResetPolicy FrameResetPolicy
        {
            get { return (ResetPolicy)raw.frame_reset_policy; }
            set { raw.frame_reset_policy = (int)value; }
        }

        /// <summary>With ResetPolicy.Decay: frames for a peak to fade by two thirds.</summary>
        public uint FrameDecayFrames
        {
            get { return raw.frame_decay_frames; }
            set { raw.frame_decay_frames = value; }
        }

        /// <summary>With ResetPolicy.KeepUpTo: bytes that a lane keeps.</summary>
        public ulong FrameKeepBytes
        {
            get { return raw.frame_keep_bytes; }
            set { raw.frame_keep_bytes = value; }
        }

        /// <summary>Bytes of pool pages asked of the backend at once; a multiple of 64 KiB up to 4 MiB.</summary>
        public ulong PoolPageSize
        {
            get { return raw.pool_page_size; }
            set { raw.pool_page_size = value; }
        }

        /// <summary>Empty pages that a lane keeps per size class, 0 to 1024.</summary>
        public uint PoolPagesKept
        {
            get { return raw.pool_pages_kept; }
            set { raw.pool_pages_kept = value; }
        }

        /// <summary>For the mmap and NUMA backends.</summary>
        public MmapFlags MmapFlags
        {
            get { return (MmapFlags)raw.mmap_flags; }
            set { raw.mmap_flags = (uint)value; }
        }

        /// <summary>Largest size served by pools, 8 to 4096.</summary>
        public ulong PoolHeapThreshold
        {
            get { return raw.pool_heap_threshold; }
            set { raw.pool_heap_threshold = value; }
        }

        /// <summary>Bytes of freed large blocks kept warm, 0 for none.</summary>
        public ulong HeapCacheLimit
        {
            get { return raw.heap_cache_limit; }
            set { raw.heap_cache_limit = value; }
        }

        /// <summary>Most bytes taken from the backend, 0 for no limit.</summary>
        public ulong MemoryLimit
        {
            get { return raw.memory_limit; }
            set { raw.memory_limit = value; }
        }

        /// <summary>Whether limits and budgets are enforced.</summary>
        public bool Budgets
        {
            get { return raw.budgets != 0; }
            set { raw.budgets = value ? 1 : 0; }
        }

        /// <summary>Whether figures are kept.</summary>
        public bool Statistics
        {
            get { return raw.statistics != 0; }
            set { raw.statistics = value ? 1 : 0; }
        }

        /// <summary>Whether memory about to be handed out is prefetched on refills.</summary>
        public bool Prefetch
        {
            get { return raw.prefetch != 0; }
            set { raw.prefetch = value ? 1 : 0; }
        }

        /// <summary>Whether every block is checked, freed memory poisoned, and leaks reported.</summary>
        public bool DebugMode
        {
            get { return raw.debug_mode != 0; }
            set { raw.debug_mode = value ? 1 : 0; }
        }

        /// <summary>Node for BackendKind.Numa; -1 otherwise.</summary>
        public int NumaNode
        {
            get { return raw.numa_node; }
            set { raw.numa_node = value; }
        }
    }
}
