// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>A sample of a counter of live bytes.</summary>
    public readonly unsafe struct CounterSample
    {
        internal CounterSample(Native.fa_profile_counter* raw)
        {
            Kind = (ProfileCounter)raw->kind;
            Name = Utf8.Read(raw->name);
            Bytes = raw->bytes;
            Tag = raw->tag;
            TimeNs = raw->time_ns;
        }

        /// <summary>What is counted.</summary>
        public ProfileCounter Kind { get; }

        /// <summary>Its name.</summary>
        public string Name { get; }

        /// <summary>Live bytes.</summary>
        public ulong Bytes { get; }

        /// <summary>The tag, for a counter of one.</summary>
        public ulong Tag { get; }

        /// <summary>Nanoseconds of the monotonic clock.</summary>
        public ulong TimeNs { get; }
    }

    internal interface IProfiler
    {
        void Tell(MemoryEvent what);
        void Tell(CounterSample sample);
    }

    /// <summary>
    /// Has a profiler told of blocks, frames, zones and counters. Settle once what is told, then attach it.
    /// </summary>
    public sealed class ProfilerHooks : IProfiler
    {
        /// <summary>Is told of allocations, releases, discards, frame marks and zones.</summary>
        public Action<MemoryEvent> Event { get; set; }

        /// <summary>Is told of counters.</summary>
        public Action<CounterSample> Counter { get; set; }

        void IProfiler.Tell(MemoryEvent what)
        {
            Event?.Invoke(what);
        }

        void IProfiler.Tell(CounterSample sample)
        {
            Counter?.Invoke(sample);
        }

        internal unsafe Native.fa_profiler Raw(void* key)
        {
            var raw = Native.fa_profiler.New();
            raw.user = key;
            raw.allocate = raw.release = raw.discard = raw.frame_mark = Callbacks.Profile;
            raw.zone_begin = raw.zone_end = Callbacks.Profile;
            raw.counter = Callbacks.Counter;
            return raw;
        }
    }
}
