// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    public sealed unsafe partial class Allocator
    {
        // Blocks and scopes

        /// <summary>A block of the pool or the heap, or of whichever fits the size.</summary>
        public Block Block(ulong size, Intent intent = Intent.Auto, bool zeroed = false,
                           ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            Framealloc.Block.RequireIntent(intent);
            void* made = zeroed ? Native.fa_alloc_zeroed(core.Raw, (int)intent, size, alignment)
                : Native.fa_alloc(core.Raw, (int)intent, size, alignment);
            return new Block(core, core.NeedBlock(made), size);
        }

        /// <summary>A block if there is memory for it: neither an exception nor a report otherwise.</summary>
        public bool TryBlock(ulong size, out Block block, Intent intent = Intent.Auto,
                             ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            Framealloc.Block.RequireIntent(intent);
            void* made = intent == Intent.Heap ? Native.fa_heap_try_alloc(core.Raw, size, alignment)
                : Native.fa_pool_try_alloc(core.Raw, size, alignment); // what is too large for it goes to the heap
            block = made == null ? null : new Block(core, core.NeedBlock(made), size);
            Callbacks.ThrowKept();
            return made != null;
        }

        /// <summary>Blocks of one size for a loop that takes and gives back many.</summary>
        public Magazine Magazine(ulong size, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            core.RequireOpen();
            return new Magazine(core, size, alignment);
        }

        /// <summary>The block that a retained one became, to be given back as any other.</summary>
        public Block Adopt(Promotion promotion)
        {
            if (!Framealloc.Block.CanBe(promotion))
                throw new ArgumentException("It did not go to the pool or the heap.", nameof(promotion));
            return new Block(core, (void*)promotion.After, promotion.Size);
        }

        /// <summary>Memory of the pool or the heap as an address, for other native code.</summary>
        public IntPtr Alloc(ulong size, Intent intent = Intent.Auto, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            return (IntPtr)core.NeedBlock(Native.fa_alloc(core.Raw, (int)intent, size, alignment));
        }

        /// <summary>Frees memory by its address, on any thread.</summary>
        public void Release(IntPtr memory)
        {
            core.Check(Native.fa_release(core.Raw, (void*)memory));
        }

        /// <summary>Blocks that are freed together.</summary>
        public Group BeginGroup(string name = null)
        {
            ulong made;
            int status;
            fixed (byte* text = Utf8.Of(name))
                status = Native.fa_group_create(core.A, text, &made);
            if (status == Native.FA_OK && Callbacks.Failed)
                Native.fa_group_destroy(core.Pointer, made);
            core.Check(status);
            return new Group(core, made);
        }

        /// <summary>The group of this name; <see cref="NotFoundException"/> if there is none.</summary>
        public Group FindGroup(string name)
        {
            ulong found;
            fixed (byte* text = Utf8.Of(name))
                core.Check(Native.fa_group_find(core.A, text, &found));
            return new Group(core, found);
        }

        /// <summary>Every group.</summary>
        public Group[] Groups()
        {
            ulong total;
            core.Check(Native.fa_group_list(core.A, null, 0, &total));
            var found = new ulong[total + 8];
            fixed (ulong* room = found)
                core.Check(Native.fa_group_list(core.A, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, id => new Group(core, id));
        }

        /// <summary>Memory of work that may move between threads.</summary>
        public TaskScope BeginTask(string name = null)
        {
            return new TaskScope(core, name, 0);
        }

        /// <summary>Tasks that have begun and not ended.</summary>
        public uint TaskCount => Native.fa_task_count(core.A);

        /// <summary>The id of the task that is the calling thread's current one, 0 for none.</summary>
        public ulong CurrentTask => Native.fa_task_current(core.A);

        /// <summary>The scratch memory of the calling thread.</summary>
        public LaneScratch Scratch => new LaneScratch(core);

        /// <summary>The scratch pool of this name; it is made if there is none.</summary>
        public ScratchPool ScratchPool(string name)
        {
            fixed (byte* text = Utf8.Of(name ?? throw new ArgumentNullException(nameof(name))))
                return new ScratchPool(core, core.Need(Native.fa_scratch_pool_get(core.A, text)));
        }

        /// <summary>The scratch pool of this name, or null if there is none.</summary>
        public ScratchPool FindScratchPool(string name)
        {
            IntPtr found;
            fixed (byte* text = Utf8.Of(name))
                found = Native.fa_scratch_pool_find(core.A, text);
            return found == IntPtr.Zero ? null : new ScratchPool(core, found);
        }

        /// <summary>Names of the scratch pools.</summary>
        public string[] ScratchPools()
        {
            ulong total;
            core.Check(Native.fa_scratch_pool_list(core.A, null, 0, &total));
            var found = new IntPtr[total + 8];
            fixed (IntPtr* room = found)
                core.Check(Native.fa_scratch_pool_list(core.A, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, NameOf);
        }

        private string NameOf(IntPtr pool)
        {
            var stats = Native.fa_scratch_pool_stats.New();
            core.Check(Native.fa_scratch_pool_get_stats(pool, &stats));
            return new ScratchPoolStats(stats).Name;
        }

        /// <summary>Resets every named pool.</summary>
        public void ResetScratchPools()
        {
            core.Check(Native.fa_scratch_pool_reset_all(core.A));
        }

        // Stores

        /// <summary>A pool of objects of one type.</summary>
        public ObjectPool<T> ObjectPool<T>(uint maximum = 0, ObjectHook<T> constructor = null,
                                           ObjectHook<T> destructor = null) where T : struct
        {
            return new ObjectPool<T>(core, maximum, constructor, destructor);
        }

        /// <summary>A block that may move.</summary>
        public Handle Handle(ulong size, bool zeroed = false, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            ulong made;
            int status = zeroed ? Native.fa_handle_alloc_zeroed(core.Raw, size, alignment, &made)
                : Native.fa_handle_alloc(core.Raw, size, alignment, &made);
            if (status == Native.FA_OK && Callbacks.Failed)
                Native.fa_handle_free(core.Pointer, made);
            core.Check(status);
            return new Handle(core, made);
        }

        /// <summary>Compacts the blocks of handles: all, or a slice of so many bytes or so long.</summary>
        public Defragmentation Defragment(ulong mostBytes = 0, TimeSpan most = default(TimeSpan))
        {
            var found = Native.fa_defragmentation.New();
            core.Check(Native.fa_handle_defragment_step(core.A, mostBytes, Time.Nanoseconds(most), &found));
            return new Defragmentation(found);
        }

        /// <summary>Has an action told of every block of a handle that is moved; null for none.</summary>
        public void OnRelocated(Action<Relocation> action)
        {
            core.Replace("relocated", action, (a, key) => Native.fa_handle_set_relocated(
                a, action == null ? IntPtr.Zero : Callbacks.Relocated, (void*)key));
        }

        /// <summary>Figures of the handles.</summary>
        public HandleStats HandleStats
        {
            get
            {
                var found = Native.fa_handle_stats.New();
                core.Check(Native.fa_handle_get_stats(core.A, &found));
                return new HandleStats(found);
            }
        }

        /// <summary>Assets within a budget of bytes.</summary>
        public AssetStream Stream(ulong budget = 64 << 20, EvictedHandler evicted = null)
        {
            return new AssetStream(core, budget, evicted);
        }
    }
}
