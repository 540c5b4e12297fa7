// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>
    /// What one thread of execution owns in an allocator. Job systems make lanes and bind them by hand.
    /// </summary>
    public sealed unsafe class Lane
    {
        private readonly Core core;
        private readonly IntPtr pointer;
        private readonly LaneState state;

        internal Lane(Core core, IntPtr pointer)
        {
            this.core = core;
            this.pointer = pointer;
            state = core.StateOf(pointer);
        }

        /// <summary>The fa_lane, for C.</summary>
        public IntPtr Address => pointer;

        internal static IntPtr PointerOf(Lane lane)
        {
            return lane == null ? IntPtr.Zero : lane.pointer;
        }

        /// <summary>Figures.</summary>
        public LaneStats Stats
        {
            get
            {
                var found = Native.fa_lane_stats.New();
                core.Check(Native.fa_lane_get_stats(core.A, pointer, &found));
                return new LaneStats(found);
            }
        }

        /// <summary>Durations of its frames, while they are measured.</summary>
        public FrameTimes FrameTimes
        {
            get
            {
                var found = Native.fa_frame_times.New();
                core.Check(Native.fa_frame_get_times(core.A, pointer, &found));
                return new FrameTimes(found);
            }
        }

        /// <summary>
        /// Has the calling thread use it until the binding is disposed of, and then the one it had before.
        /// </summary>
        public LaneBinding Bind()
        {
            IntPtr previous;
            IntPtr a = core.A;
            LaneState before = core.State;
            int status = Native.fa_lane_bind(a, pointer, &previous);
            if (status == Native.FA_OK && Callbacks.Failed)
                Native.fa_lane_bind(a, previous, null);
            core.Check(status);
            if (previous != IntPtr.Zero)
                core.NameState(previous, before);
            LaneState.Leave();
            core.State = state;
            return new LaneBinding(core, before, previous);
        }

        /// <summary>Hands it back to the allocator: a frame still open on it is ended.</summary>
        public void Release()
        {
            core.Check(Native.fa_lane_release(core.A, pointer));
            core.ForgetState(pointer);
        }
    }

    /// <summary>A lane that is bound to a thread for the time of a using block.</summary>
    public readonly unsafe struct LaneBinding : IDisposable
    {
        private readonly Core core;
        private readonly LaneState before;
        private readonly IntPtr previous;

        internal LaneBinding(Core core, LaneState before, IntPtr previous)
        {
            this.core = core;
            this.before = before;
            this.previous = previous;
        }

        /// <summary>Has the thread use the lane that it had before.</summary>
        public void Dispose()
        {
            if (core == null || core.Closed)
                return;
            LaneState.Leave();
            core.State = before;
            core.Check(Native.fa_lane_bind(core.A, previous, null));
        }
    }
}
