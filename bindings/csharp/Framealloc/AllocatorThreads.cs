// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

namespace Framealloc
{
    /// <summary>How blocks come home that other threads release.</summary>
    public sealed class DeferredOptions
    {
        /// <summary>When they are taken in.</summary>
        public DeferredMode Mode { get; set; }

        /// <summary>Incremental mode: blocks to take in for each allocation.</summary>
        public uint PerAllocation { get; set; } = 16;

        /// <summary>Most blocks that may wait; 0 for no limit.</summary>
        public uint Capacity { get; set; }

        /// <summary>What happens beyond the capacity.</summary>
        public FullQueue Full { get; set; }

        /// <summary>Blocks that wait before that is reported; 0 for never.</summary>
        public uint WarningThreshold { get; set; }
    }

    public sealed unsafe partial class Allocator
    {
        // Lanes

        /// <summary>A lane that is bound by hand: <c>using (lane.Bind())</c>.</summary>
        public Lane CreateLane(string name = null)
        {
            fixed (byte* text = Utf8.Of(name))
                return new Lane(core, core.Need(Native.fa_lane_create(core.A, text)));
        }

        /// <summary>The lane of the calling thread.</summary>
        public Lane CurrentLane
        {
            get
            {
                IntPtr lane = core.Need(Native.fa_lane_current(core.A));
                core.NameState(lane, core.State);
                return new Lane(core, lane);
            }
        }

        /// <summary>Every lane, for its figures.</summary>
        public Lane[] Lanes()
        {
            var found = new IntPtr[Native.fa_lane_count(core.A)];
            for (uint index = 0; index < found.Length; index++)
                found[index] = Native.fa_lane_at(core.A, index);
            return Array.ConvertAll(Array.FindAll(found, one => one != IntPtr.Zero), one => new Lane(core, one));
        }

        /// <summary>Begins or ends measuring the frames of every lane; see <see cref="Lane.FrameTimes"/>.</summary>
        public void MeasureFrames(bool on = true)
        {
            core.Check(Native.fa_frame_measure(core.A, on ? 1 : 0));
        }

        /// <summary>A barrier for the frame boundary, with seats that the first lanes to arrive take.</summary>
        public FrameBarrier Barrier(int seats = 0, string name = null)
        {
            return new FrameBarrier(core, seats, name);
        }

        // Transfers

        /// <summary>A value of the running frame that can be sent to another thread.</summary>
        public Transfer Transfer(ulong size, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            ulong id;
            void* memory = core.Need(Native.fa_transfer_alloc(core.A, size, alignment, &id));
            return new Transfer(core, id, memory, size);
        }

        /// <summary>The same with a copy of some bytes.</summary>
        public Transfer Transfer(ReadOnlySpan<byte> data)
        {
            ulong id, size = (ulong)data.Length;
            fixed (byte* source = &MemoryMarshal.GetReference(data))
            {
                byte empty;
                void* from = source == null ? &empty : source;
                void* memory = Native.fa_transfer_copy(core.A, from, size, Native.FA_ALIGN_DEFAULT, &id);
                return new Transfer(core, id, core.Need(memory), size);
            }
        }

        /// <summary>Receives a transfer by its id.</summary>
        public Transfer Receive(ulong id)
        {
            ulong size;
            void* memory = core.Need(Native.fa_transfer_receive(core.A, id, &size));
            return new Transfer(core, id, memory, size);
        }

        /// <summary>
        /// Receives the oldest transfer that was sent to this lane; <see cref="NotFoundException"/> without one.
        /// </summary>
        public Transfer Receive()
        {
            ulong id;
            core.Check(Native.fa_transfer_next(core.A, &id));
            return Receive(id);
        }

        /// <summary>Figures of the transfers.</summary>
        public TransferStats TransferStats
        {
            get
            {
                var found = Native.fa_transfer_stats.New();
                core.Check(Native.fa_transfer_get_stats(core.A, &found));
                return new TransferStats(found);
            }
        }

        // Deferred releases

        /// <summary>Chooses how blocks come home that other threads release.</summary>
        public void ConfigureDeferred(DeferredOptions options)
        {
            var raw = Native.fa_deferred_config.New();
            raw.mode = (int)options.Mode;
            raw.per_allocation = options.PerAllocation;
            raw.capacity = options.Capacity;
            raw.full_policy = (int)options.Full;
            raw.warning_threshold = options.WarningThreshold;
            core.Check(Native.fa_deferred_configure(core.A, &raw));
        }

        /// <summary>How they come home now.</summary>
        public DeferredOptions Deferred
        {
            get
            {
                var raw = Native.fa_deferred_config.New();
                core.Check(Native.fa_deferred_get_config(core.A, &raw));
                return new DeferredOptions
                {
                    Mode = (DeferredMode)raw.mode, PerAllocation = raw.per_allocation, Capacity = raw.capacity,
                    Full = (FullQueue)raw.full_policy, WarningThreshold = raw.warning_threshold
                };
            }
        }

        /// <summary>Takes in blocks that wait for the calling thread; how many.</summary>
        public ulong ProcessDeferred(ulong most = ulong.MaxValue)
        {
            ulong processed;
            core.Check(Native.fa_deferred_process(core.A, most, &processed));
            return processed;
        }

        /// <summary>Figures of blocks that other threads released.</summary>
        public DeferredStats DeferredStats
        {
            get
            {
                var found = Native.fa_deferred_stats.New();
                core.Check(Native.fa_deferred_get_stats(core.A, &found));
                return new DeferredStats(found);
            }
        }

        // Events

        /// <summary>Has an action told of events of some kinds, or all, until the listener is disposed of.</summary>
        public Listener Listen(Action<MemoryEvent> action, params EventKind[] kinds)
        {
            return new Listener(core, action, kinds);
        }

        /// <summary>Events that listeners caused themselves, and that were not told.</summary>
        public ulong EventsSuppressed => Native.fa_event_suppressed(core.A);
    }
}
