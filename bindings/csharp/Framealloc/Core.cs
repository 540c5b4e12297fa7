// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Framealloc
{
    /// <summary>What everything of an allocator shares: the handle, errors, and how long both stay.</summary>
    internal sealed unsafe class Core
    {
        /// <summary>What a thread knows of allocators, as long as these are known elsewhere.</summary>
        [ThreadStatic] private static ConditionalWeakTable<Core, LaneState> states;

        private const int Ending = int.MinValue / 2;

        private readonly AllocatorHandle handle;
        private readonly ConcurrentDictionary<string, Slot> slots = new ConcurrentDictionary<string, Slot>();
        private readonly ConcurrentDictionary<IntPtr, LaneState> lanes = new ConcurrentDictionary<IntPtr, LaneState>();
        private static long numbers;
        private volatile bool closed;
        private int uses;

        public Core(IntPtr pointer)
        {
            Pointer = pointer;
            handle = new AllocatorHandle(pointer);
        }

        /// <summary>The allocator as it is, for ends and releases, which come also when it is closed.</summary>
        public IntPtr Pointer { get; }

        /// <summary>Whether C#'s reference has been given up: the pointer may be another allocator's by now.</summary>
        public bool Released => handle.IsClosed;

        /// <summary>A number that no other has.</summary>
        public ulong Number { get; } = (ulong)Interlocked.Increment(ref numbers);

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
#if NETCOREAPP
                ThreadEnd.Watch(this);
#endif
                return Pointer;
            }
        }

        public void RequireOpen()
        {
            if (closed)
                throw Gone();
        }

        private static Exception Gone()
        {
            return new StaleException("Allocator", "The allocator is closed.", Status.InvalidAllocator);
        }

        /// <summary>What is known of the calling thread's lane.</summary>
        public LaneState State
        {
            get
            {
                return LaneState.CurrentOf(this) ?? Known(states).GetValue(this, core => new LaneState(core));
            }

            set
            {
                ConditionalWeakTable<Core, LaneState> known = Known(states);
                known.Remove(this);
                known.Add(this, value);
            }
        }

        private static ConditionalWeakTable<Core, LaneState> Known(ConditionalWeakTable<Core, LaneState> mine)
        {
            return mine ?? (states = new ConditionalWeakTable<Core, LaneState>());
        }

        /// <summary>What is known of a lane that is bound by hand.</summary>
        public LaneState StateOf(IntPtr lane)
        {
            return lanes.GetOrAdd(lane, unused => new LaneState(this));
        }

        public void NameState(IntPtr lane, LaneState state)
        {
            lanes[lane] = state;
        }

        public void ForgetState(IntPtr lane)
        {
            lanes.TryRemove(lane, out _);
        }

        /// <summary>Keeps the allocator of C until Unuse().</summary>
        public void Use()
        {
            bool added = false;
            try
            {
                handle.DangerousAddRef(ref added);
            }
            catch (ObjectDisposedException)
            {
                throw Gone();
            }
            var wait = new SpinWait();
            while (Interlocked.Increment(ref uses) < 0)
            {
                Interlocked.Decrement(ref uses);
                wait.SpinOnce();
            }
        }

        public void Unuse()
        {
            Interlocked.Decrement(ref uses);
            handle.DangerousRelease();
        }

        /// <summary>The calling thread ends: so do a frame and the lane that it has.</summary>
        public void LeaveLane()
        {
            try
            {
                Use();
            }
            catch (StaleException)
            {
                return; // disposed of
            }
            Native.fa_lane_bind(Pointer, IntPtr.Zero, null);
            Unuse();
        }

        public void Close()
        {
            LaneState.Settle();
            closed = true;
            handle.Dispose();
            Callbacks.ThrowKept();
        }

        /// <summary>Destroys the allocator, if nothing of C# is in use any more.</summary>
        public void Destroy(TimeSpan timeout)
        {
            IntPtr a = A;
            bool alone = SpinWait.SpinUntil(HoldUses, Time.Milliseconds(timeout));
            if (!alone && Volatile.Read(ref uses) != 0)
                throw new FrameallocException("Frames, blocks, pools, streams or holds are in use.", Status.Busy);
            int status = Native.fa_allocator_destroy(a, alone ? Time.Nanoseconds(timeout) : 0);
            if (status == Native.FA_OK)
            {
                closed = true;
                handle.Gone();
            }
            if (alone)
                Interlocked.Add(ref uses, -Ending);
            Check(status);
        }

        /// <summary>Has new uses wait, if there are none and nobody else has a reference.</summary>
        private bool HoldUses()
        {
            bool alone = Native.fa_allocator_references(Pointer) <= 1;
            return alone && Interlocked.CompareExchange(ref uses, Ending, 0) == 0;
        }

        public void* Keep(object target)
        {
            return handle.Keep(target);
        }

        /// <summary>The slot of a kind with a target, for C to call.</summary>
        public void* Put(string kind, object target)
        {
            Slot slot = slots.GetOrAdd(kind, unused => new Slot());
            slot.Target = target;
            return slot.KeyIn(handle);
        }

        public void Adopt(void* key)
        {
            handle.Adopt(key);
        }

        public void Drop(void* key)
        {
            handle.Drop(key);
        }

        /// <summary>
        /// Has C call a slot, of which there is one for each kind, and puts the target into it. No lock is held: C may
        /// wait for callbacks that are under way.
        /// </summary>
        public void Replace(string kind, object target, Func<IntPtr, IntPtr, int> set)
        {
            IntPtr a = A;
            Slot slot = slots.GetOrAdd(kind, unused => new Slot());
            void* key = slot.KeyIn(handle);
            object before = slot.Target;
            if (target != null)
                slot.Target = target;
            int status = set(a, target == null ? IntPtr.Zero : (IntPtr)key);
            slot.Target = status == Native.FA_OK ? target : before;
            Check(status);
        }

        /// <summary>Throws for anything but success, and what a callback threw meanwhile.</summary>
        public void Check(int status)
        {
            Callbacks.ThrowKept();
            if (status != Native.FA_OK)
                throw Failure.Of((Status)status);
            GC.KeepAlive(this);
        }

        /// <summary>A block of the pool or the heap; not if a callback threw meanwhile.</summary>
        public void* NeedBlock(void* block)
        {
            if (block != null && Callbacks.Failed)
                Native.fa_release(Pointer, block);
            return Need(block);
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

    /// <summary>A callback that the next one of its kind replaces.</summary>
    internal sealed unsafe class Slot
    {
        private volatile object target;
        private void* key;

        public object Target
        {
            get { return target; }
            set { target = value; }
        }

        public void* KeyIn(AllocatorHandle handle)
        {
            lock (this)
            {
                if (key == null)
                    key = handle.Keep(this);
                return key;
            }
        }
    }
}
