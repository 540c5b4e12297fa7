// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>Nobody begins the next frame before everybody has finished this one.</summary>
    public sealed unsafe class FrameBarrier
    {
        private readonly Core core;

        internal FrameBarrier(Core core, int seats, string name)
        {
            this.core = core;
            ulong made;
            fixed (byte* text = Utf8.Of(name))
                core.Check(Native.fa_barrier_create(core.A, text, checked((uint)seats), &made));
            Id = made;
        }

        /// <summary>The fa_barrier, for C.</summary>
        public ulong Id { get; }

        /// <summary>Generations completed.</summary>
        public ulong Generation
        {
            get
            {
                IntPtr a = core.A;
                Native.fa_clear_last_status();
                ulong generation = Native.fa_barrier_generation(a, Id);
                core.Check(generation == 0 ? Native.fa_last_status() : Native.FA_OK);
                return generation;
            }
        }

        /// <summary>Figures.</summary>
        public BarrierStats Stats
        {
            get
            {
                var found = Native.fa_barrier_stats.New();
                core.Check(Native.fa_barrier_get_stats(core.A, Id, &found));
                return new BarrierStats(found);
            }
        }

        /// <summary>Makes the calling lane a participant.</summary>
        public void Register()
        {
            core.Check(Native.fa_barrier_register(core.A, Id));
        }

        /// <summary>Has the calling lane leave.</summary>
        public void Unregister()
        {
            core.Check(Native.fa_barrier_unregister(core.A, Id));
        }

        /// <summary>Arrives and waits for the others.</summary>
        public void Wait()
        {
            core.Check(Native.fa_barrier_wait(core.A, Id));
        }

        /// <summary>Arrives and waits for the others; <see cref="WaitTimeoutException"/> after so long.</summary>
        public void Wait(TimeSpan timeout)
        {
            core.Check(Native.fa_barrier_wait_timed(core.A, Id, Time.Nanoseconds(timeout)));
        }

        /// <summary>Arrives without waiting; the generation to wait for.</summary>
        public ulong Signal()
        {
            ulong generation;
            core.Check(Native.fa_barrier_signal(core.A, Id, &generation));
            return generation;
        }

        /// <summary>Waits until a generation is complete, without arriving.</summary>
        public void WaitFor(ulong generation, TimeSpan timeout)
        {
            core.Check(Native.fa_barrier_wait_for(core.A, Id, generation, Time.Nanoseconds(timeout)));
        }

        /// <summary>Ends it.</summary>
        public void Destroy()
        {
            core.Check(Native.fa_barrier_destroy(core.A, Id));
        }
    }
}
