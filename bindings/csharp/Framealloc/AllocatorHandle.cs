// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace Framealloc
{
    /// <summary>A reference to an allocator of C, and the callbacks that C keeps as long as that lives.</summary>
    internal sealed unsafe class AllocatorHandle : SafeHandle
    {
        // Callbacks of allocators that others still have references to.
        private static readonly Dictionary<IntPtr, List<IntPtr>> Left = new Dictionary<IntPtr, List<IntPtr>>();

        private readonly List<IntPtr> keys = new List<IntPtr>();

        public AllocatorHandle(IntPtr pointer) : base(IntPtr.Zero, true)
        {
            SetHandle(pointer);
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Has a target stay registered as long as the allocator lives.</summary>
        public void* Keep(object target)
        {
            void* key = Callbacks.Register(target);
            Adopt(key);
            return key;
        }

        public void Adopt(void* key)
        {
            lock (keys)
                keys.Add((IntPtr)key);
        }

        public void Drop(void* key)
        {
            lock (keys)
                keys.Remove((IntPtr)key);
            Callbacks.Forget(key);
        }

        /// <summary>The allocator has been destroyed: there is no reference to be given up.</summary>
        public void Gone()
        {
            SetHandleAsInvalid();
            Forget(handle, keys);
        }

        protected override bool ReleaseHandle()
        {
            if (Environment.HasShutdownStarted)
                return true; // Mono has stopped threads that may be inside a call, and would wait for them for ever
            bool last = Native.fa_allocator_references(handle) == 1;
            ulong id = Native.fa_allocator_id(handle);
            Native.fa_allocator_release(handle);
            // The memory of a handle may serve another allocator later on.
            if (last && Native.fa_allocator_references(handle) == 1 && Native.fa_allocator_id(handle) == id)
                ThreadPool.QueueUserWorkItem(GiveUp, this); // refused, as this thread is inside a call
            else
                Forget(handle, keys);
            return true;
        }

        /// <summary>On a thread that is inside no call: waits for those that are.</summary>
        private static void GiveUp(object state)
        {
            var mine = (AllocatorHandle)state;
            Native.fa_allocator_release(mine.handle);
            Forget(mine.handle, mine.keys);
        }

        /// <summary>Forgets callbacks; as long as others use the allocator, they are for the last of those.</summary>
        private static void Forget(IntPtr allocator, List<IntPtr> keys)
        {
            List<IntPtr> left;
            lock (Left)
            {
                if (!Left.TryGetValue(allocator, out left))
                    left = new List<IntPtr>();
                left.AddRange(keys);
                Left.Remove(allocator);
                if (Native.fa_allocator_references(allocator) != 0)
                {
                    if (left.Count > 0)
                        Left[allocator] = left;
                    return;
                }
            }
            foreach (IntPtr key in left)
                Callbacks.Forget((void*)key);
        }
    }
}
