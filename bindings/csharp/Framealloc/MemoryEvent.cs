// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>A stretch of memory.</summary>
    public readonly struct MemoryRange
    {
        internal MemoryRange(IntPtr start, ulong bytes)
        {
            Start = start;
            Bytes = bytes;
        }

        /// <summary>First address.</summary>
        public IntPtr Start { get; }

        /// <summary>How many bytes from there.</summary>
        public ulong Bytes { get; }
    }

    /// <summary>Something that happened in an allocator. What its kind does not name is 0.</summary>
    public sealed unsafe class MemoryEvent
    {
        private readonly Native.fa_event raw;

        internal MemoryEvent(Native.fa_event* what)
        {
            raw = *what;
            Name = Utf8.Read(what->name);
            Ranges = new MemoryRange[what->range_count];
            for (int index = 0; index < Ranges.Length; index++)
                Ranges[index] = new MemoryRange((IntPtr)what->ranges[index].start, what->ranges[index].bytes);
        }

        /// <summary>What it was.</summary>
        public EventKind Kind => (EventKind)raw.kind;

        /// <summary>Nanoseconds of the monotonic clock when it was told.</summary>
        public ulong TimeNs => raw.time_ns;

        /// <summary>Id of the lane it happened on, 0 without one.</summary>
        public ulong Lane => raw.lane;

        /// <summary>Number of the lane's frame, 0 before the first.</summary>
        public ulong Frame => raw.frame;

        /// <summary>Address; to be compared, not followed.</summary>
        public IntPtr Block => (IntPtr)raw.block;

        /// <summary>Bytes that it is about.</summary>
        public ulong Bytes => raw.bytes;

        /// <summary>End of a frame: most bytes that it had in use.</summary>
        public ulong PeakBytes => raw.peak_bytes;

        /// <summary>Pressure, budgets: bytes in use against the limit before.</summary>
        public ulong UsedBytes => raw.used_bytes;

        /// <summary>End of a frame: how long it ran.</summary>
        public ulong Nanoseconds => raw.nanoseconds;

        /// <summary>Blocks.</summary>
        public ulong Count => raw.count;

        /// <summary>Transfer, tag, group, code or sample.</summary>
        public ulong Id => raw.id;

        /// <summary>Id of the lane that gets it, or whose memory it was.</summary>
        public ulong OtherLane => raw.other_lane;

        /// <summary>Which kind of memory; null where there is none.</summary>
        public Intent? Intent => raw.intent < 0 ? (Intent?)null : (Intent)raw.intent;

        /// <summary>A <see cref="Discard"/> or <see cref="Zone"/>.</summary>
        public int What => raw.what;

        /// <summary>The tag it was under, 0 for none.</summary>
        public ulong Tag => raw.tag;

        /// <summary>Discard: what goes.</summary>
        public MemoryRange[] Ranges { get; }

        /// <summary>Discard: how many more ranges there were.</summary>
        public ulong RangesLeftOut => raw.ranges_left_out;

        /// <summary>The phase, the path of the tag, or the note or message of a report.</summary>
        public string Name { get; }
    }

    /// <summary>Is told events until it is disposed of.</summary>
    public sealed unsafe class Listener : IDisposable
    {
        private readonly Core core;
        private readonly void* key;
        private long id;

        internal Listener(Core core, Action<MemoryEvent> action, EventKind[] kinds)
        {
            this.core = core;
            IntPtr a = core.A;
            uint mask = Mask(kinds);
            key = core.Keep(action ?? throw new ArgumentNullException(nameof(action)));
            ulong made;
            int status = Native.fa_event_listen(a, mask, Callbacks.Event, key, &made);
            if (status != Native.FA_OK)
                core.Drop(key);
            core.Check(status);
            id = (long)made;
        }

        private static uint Mask(EventKind[] kinds)
        {
            uint mask = kinds.Length == 0 ? Native.FA_EVENT_ALL : 0;
            foreach (EventKind kind in kinds)
                mask |= 1u << (int)kind;
            return mask;
        }

        /// <summary>Hears no more.</summary>
        public void Dispose()
        {
            ulong mine = (ulong)System.Threading.Interlocked.Exchange(ref id, 0);
            if (mine == 0)
                return;
            if (core.Closed)
                return; // it went, or goes, with the allocator
            int status = Native.fa_event_ignore(core.A, mine);
            core.Drop(key);
            core.Check(status);
        }
    }
}
