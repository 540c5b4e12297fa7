// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>Bump memory that survives frames until it is reset. A named pool is for any thread.</summary>
    public sealed unsafe class ScratchPool
    {
        private readonly Core core;
        private readonly IntPtr pointer;

        internal ScratchPool(Core core, IntPtr pointer)
        {
            this.core = core;
            this.pointer = pointer;
        }

        private IntPtr Pool
        {
            get
            {
                core.RequireOpen();
                return pointer;
            }
        }

        /// <summary>Figures.</summary>
        public ScratchPoolStats Stats
        {
            get
            {
                var found = Native.fa_scratch_pool_stats.New();
                core.Check(Native.fa_scratch_pool_get_stats(Pool, &found));
                return new ScratchPoolStats(found);
            }
        }

        /// <summary>An uninitialised array that lives until the pool is reset.</summary>
        public Span<T> Alloc<T>(int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new Span<T>(core.Need(Native.fa_scratch_pool_alloc(Pool, size, Native.FA_ALIGN_DEFAULT)), count);
        }

        /// <summary>An array of zeros.</summary>
        public Span<T> Zeroed<T>(int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new Span<T>(core.Need(Native.fa_scratch_pool_alloc_zeroed(Pool, size, 16)), count);
        }

        /// <summary>Most bytes it may hold, 0 for no limit.</summary>
        public void SetLimit(ulong bytes)
        {
            core.Check(Native.fa_scratch_pool_set_limit(Pool, bytes));
        }

        /// <summary>Lets go of everything in it.</summary>
        public void Reset()
        {
            core.Check(Native.fa_scratch_pool_reset(Pool));
        }

        /// <summary>Lets go of its memory and its name; not to be used afterwards.</summary>
        public void Destroy()
        {
            core.Check(Native.fa_scratch_pool_destroy(Pool));
        }

        /// <summary>A part that is given back at its end.</summary>
        public ScratchScope BeginScope()
        {
            Native.fa_scratch_scope raw;
            core.Check(Native.fa_scratch_pool_scope_begin(Pool, &raw));
            return new ScratchScope(core, raw);
        }
    }

    /// <summary>The scratch memory of the calling thread's lane.</summary>
    public readonly unsafe struct LaneScratch
    {
        private readonly Core core;

        internal LaneScratch(Core core)
        {
            this.core = core;
        }

        /// <summary>Bytes in use.</summary>
        public ulong Used => Native.fa_scratch_used(core.A);

        /// <summary>An uninitialised array that lives until the reset.</summary>
        public Span<T> Alloc<T>(int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new Span<T>(core.Need(Native.fa_scratch_alloc(core.Raw, size, Native.FA_ALIGN_DEFAULT)), count);
        }

        /// <summary>Lets go of everything in it.</summary>
        public void Reset()
        {
            core.Check(Native.fa_scratch_reset(core.A));
        }

        /// <summary>A part that is given back at its end.</summary>
        public ScratchScope BeginScope()
        {
            Native.fa_scratch_scope raw;
            core.Check(Native.fa_scratch_scope_begin(core.A, &raw));
            return new ScratchScope(core, raw);
        }
    }

    /// <summary>A part of scratch memory that is given back with its using block.</summary>
    public unsafe struct ScratchScope : IDisposable
    {
        private Core core;
        private Native.fa_scratch_scope raw;

        internal ScratchScope(Core core, Native.fa_scratch_scope raw)
        {
            this.core = core;
            this.raw = raw;
        }

        /// <summary>Gives the part back, once.</summary>
        public void Dispose()
        {
            Core mine = core;
            core = null;
            if (mine == null || mine.Closed)
                return;
            fixed (Native.fa_scratch_scope* scope = &raw)
                mine.Check(Native.fa_scratch_scope_end(scope));
        }
    }
}
