// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace Framealloc
{
    /// <summary>A reference to an allocator of C, and the callbacks that C keeps as long as that.</summary>
    internal sealed unsafe class AllocatorHandle : SafeHandle
    {
        private readonly List<IntPtr> keys = new List<IntPtr>();

        public AllocatorHandle(IntPtr pointer) : base(IntPtr.Zero, true)
        {
            SetHandle(pointer);
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Has a target stay registered until the reference is given up.</summary>
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

        protected override bool ReleaseHandle()
        {
            Native.fa_allocator_release(handle);
            foreach (IntPtr key in keys)
                Callbacks.Forget((void*)key);
            return true;
        }
    }

    /// <summary>What everything of an allocator shares: the handle, errors, and how long both stay.</summary>
    internal sealed unsafe class Core
    {
        private readonly AllocatorHandle handle;
        private readonly ThreadLocal<LaneState> states;
        private readonly Dictionary<string, IntPtr> replaceable = new Dictionary<string, IntPtr>();
        private volatile bool closed;

        public Core(IntPtr pointer)
        {
            Pointer = pointer;
            handle = new AllocatorHandle(pointer);
            states = new ThreadLocal<LaneState>(() => new LaneState(this));
        }

        /// <summary>The allocator as it is, for ends and releases, which come also when it is closed.</summary>
        public IntPtr Pointer { get; }

        public bool Closed => closed;

        public Reports Reports { get; } = new Reports();

        public ConcurrentDictionary<string, Tag> Tags { get; } = new ConcurrentDictionary<string, Tag>();

        /// <summary>The allocator for a call; what was taken from a window is booked first.</summary>
        public IntPtr A
        {
            get
            {
                LaneState.Settle();
                return Raw;
            }
        }

        /// <summary>The allocator for a call that has nothing to do with frames.</summary>
        public IntPtr Raw
        {
            get
            {
                RequireOpen();
                return Pointer;
            }
        }

        public void RequireOpen()
        {
            if (closed)
                throw new StaleException("Allocator", "The allocator is closed.", Status.InvalidAllocator);
        }

        /// <summary>What is known of the calling thread's lane.</summary>
        public LaneState State
        {
            get { return states.Value; }
            set { states.Value = value; }
        }

        /// <summary>Keeps the allocator of C until Unuse().</summary>
        public void Use()
        {
            bool added = false;
            handle.DangerousAddRef(ref added);
        }

        public void Unuse()
        {
            handle.DangerousRelease();
        }

        public void Close()
        {
            LaneState.Settle();
            closed = true;
            handle.Dispose();
            Callbacks.ThrowKept();
        }

        /// <summary>The allocator is gone already; nothing is left to be given up.</summary>
        public void Forget()
        {
            closed = true;
            handle.SetHandleAsInvalid();
        }

        public void* Keep(object target)
        {
            return handle.Keep(target);
        }

        public void Adopt(void* key)
        {
            handle.Adopt(key);
        }

        /// <summary>Sets the one function of a kind, and forgets the one before once C has the new one.</summary>
        public void Replace(string kind, object target, Func<IntPtr, IntPtr, int> set)
        {
            IntPtr a = A;
            lock (replaceable)
            {
                void* key = target == null ? null : Callbacks.Register(target);
                int status = set(a, (IntPtr)key);
                if (status != Native.FA_OK)
                    Callbacks.Forget(key);
                Check(status);
                IntPtr before;
                if (replaceable.TryGetValue(kind, out before))
                    Callbacks.Forget((void*)before);
                replaceable[kind] = (IntPtr)key;
            }
        }

        /// <summary>Throws for anything but success, and what a callback threw meanwhile.</summary>
        public void Check(int status)
        {
            Callbacks.ThrowKept();
            if (status != Native.FA_OK)
                throw Failure.Of((Status)status);
            GC.KeepAlive(this);
        }

        /// <summary>A pointer that is not NULL.</summary>
        public void* Need(void* pointer)
        {
            if (pointer == null)
                Check(Native.fa_last_status());
            Callbacks.ThrowKept();
            GC.KeepAlive(this);
            return pointer;
        }

        public IntPtr Need(IntPtr pointer)
        {
            return (IntPtr)Need((void*)pointer);
        }

        /// <summary>An id that is not 0.</summary>
        public ulong Need(ulong id)
        {
            if (id == 0)
                Check(Native.fa_last_status());
            Callbacks.ThrowKept();
            GC.KeepAlive(this);
            return id;
        }
    }
}
