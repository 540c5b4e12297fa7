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

        /// <summary>
        /// Makes it the calling thread's current task; the id of the one before, for <see cref="Leave"/>.
        /// </summary>
        public ulong Enter()
        {
            ulong previous;
            core.Check(Native.fa_task_enter(core.A, Id, &previous));
            return previous;
        }

        /// <summary>Makes the task before the current one again.</summary>
        public void Leave(ulong previous)
        {
            core.Check(Native.fa_task_enter(core.A, previous, null));
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
}
