// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

namespace Framealloc
{
    /// <summary>
    /// Memory of work that may move between threads: freed together when it ends, on whichever thread.
    /// </summary>
    public sealed unsafe class TaskScope : IDisposable
    {
        private readonly Core core;
        private bool ended;

        internal TaskScope(Core core, string name, ulong parent)
        {
            this.core = core;
            ulong made;
            int status;
            fixed (byte* text = Utf8.Of(name))
                status = Native.fa_task_begin(core.A, text, parent, &made);
            if (status == Native.FA_OK && Callbacks.Failed)
                Native.fa_task_end(core.Pointer, made);
            core.Check(status);
            Id = made;
        }

        /// <summary>The fa_task, for C.</summary>
        public ulong Id { get; }

        /// <summary>Figures.</summary>
        public TaskStats Stats
        {
            get
            {
                var found = Native.fa_task_stats.New();
                core.Check(Native.fa_task_get_stats(core.A, Id, &found));
                return new TaskStats(found);
            }
        }

        /// <summary>An uninitialised array that lives as long as the task. Any thread.</summary>
        public Span<T> Alloc<T>(int count) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            return new Span<T>(core.Need(Native.fa_task_alloc(core.Raw, Id, size, Native.FA_ALIGN_DEFAULT)), count);
        }

        /// <summary>An array if there is memory for it: neither an exception nor a report otherwise.</summary>
        public bool TryAlloc<T>(int count, out Span<T> array) where T : struct
        {
            void* made = Native.fa_task_try_alloc(core.Raw, Id, Layout<T>.Of(count), Native.FA_ALIGN_DEFAULT);
            array = made == null ? Span<T>.Empty : new Span<T>(made, count);
            Callbacks.ThrowKept();
            return made != null;
        }

        /// <summary>Frees one array before the others.</summary>
        public void Free<T>(Span<T> array) where T : struct
        {
            fixed (byte* block = &MemoryMarshal.GetReference(MemoryMarshal.AsBytes(array)))
                core.Check(Native.fa_task_release(core.Raw, Id, block));
        }

        /// <summary>Has an action run when the task ends, before its memory goes; the last one first.</summary>
        public void OnEnd(Action action)
        {
            void* key = Callbacks.Register(action ?? throw new ArgumentNullException(nameof(action)));
            int status = Native.fa_task_on_end(core.A, Id, Callbacks.Once, key);
            if (status != Native.FA_OK)
                Callbacks.Forget(key);
            core.Check(status);
        }

        /// <summary>A task below this one, which ends with it at the latest.</summary>
        public TaskScope BeginTask(string name = null)
        {
            return new TaskScope(core, name, Id);
        }

        /// <summary>Makes it independent of the task it was begun below.</summary>
        public void Detach()
        {
            core.Check(Native.fa_task_detach(core.A, Id));
        }

        /// <summary>Makes it the calling thread's current task: <c>using (task.Enter())</c>.</summary>
        public TaskEntry Enter()
        {
            ulong previous;
            core.Check(Native.fa_task_enter(core.A, Id, &previous));
            return new TaskEntry(core.State, previous);
        }

        /// <summary>Ends it and what is below it: runs their actions, and frees their memory.</summary>
        public void Dispose()
        {
            if (ended || core.Closed)
                return;
            ended = true;
            core.Check(Native.fa_task_end(core.A, Id));
        }
    }

    /// <summary>A task that is a thread's current one for the time of a using block.</summary>
    public readonly unsafe struct TaskEntry : IDisposable
    {
        private readonly LaneState lane;
        private readonly ulong previous;

        internal TaskEntry(LaneState lane, ulong previous)
        {
            this.lane = lane;
            this.previous = previous;
        }

        /// <summary>Makes the task before the current one again.</summary>
        public void Dispose()
        {
            if (lane == null || lane.Core.Closed)
                return;
            if (!ReferenceEquals(lane.Core.State, lane))
                throw new WrongThreadException("A task is left on the thread that entered it.");
            lane.Core.Check(Native.fa_task_enter(lane.Core.A, previous, null));
        }
    }
}
