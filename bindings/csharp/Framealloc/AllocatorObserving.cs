// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>Where and how often snapshots are written.</summary>
    public sealed class SnapshotOptions
    {
        /// <summary>The folder they go to.</summary>
        public string Folder { get; set; }

        /// <summary>What their files begin with; null for the library's choice.</summary>
        public string Name { get; set; }

        /// <summary>One each interval, or on request only.</summary>
        public bool Automatic { get; set; } = true;

        /// <summary>Between two of them, half a second at least.</summary>
        public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(Native.FA_SNAPSHOT_INTERVAL_MIN_MS);

        /// <summary>Files that stay.</summary>
        public uint Kept { get; set; } = 30;

        /// <summary>A file that asks for a snapshot when it appears in the folder; null for none.</summary>
        public string RequestFile { get; set; } = "snapshot.request";

        /// <summary>Tags in a snapshot, those with the most bytes.</summary>
        public uint MostTags { get; set; } = 256;

        /// <summary>Lanes in a snapshot.</summary>
        public uint MostThreads { get; set; } = 64;

        /// <summary>Codes with their newest report in a snapshot.</summary>
        public uint MostDiagnostics { get; set; } = 32;
    }

    /// <summary>How a trace is taken.</summary>
    public sealed class TraceOptions
    {
        /// <summary>Records in the buffer of each lane: a power of two.</summary>
        public uint Records { get; set; } = 4096;

        /// <summary>Bytes of the file at most.</summary>
        public ulong FileLimit { get; set; } = 256 << 20;

        /// <summary>Between two samples of the counters at least; zero for every end of a frame.</summary>
        public TimeSpan CounterInterval { get; set; } = TimeSpan.FromMilliseconds(1);

        /// <summary>Tags that have a counter.</summary>
        public uint Tags { get; set; } = 64;

        /// <summary>When what is in the buffers is written.</summary>
        public TraceWriting Writing { get; set; }
    }

    public sealed unsafe partial class Allocator
    {
        // Snapshots

        /// <summary>Switches snapshots on, or off with null.</summary>
        public void ConfigureSnapshots(SnapshotOptions options)
        {
            if (options == null)
            {
                core.Check(Native.fa_snapshot_configure(core.A, null));
                return;
            }
            fixed (byte* folder = Utf8.Of(options.Folder), name = Utf8.Of(options.Name))
            fixed (byte* request = Utf8.Of(options.RequestFile))
            {
                var raw = Native.fa_snapshot_config.New();
                raw.folder = folder;
                raw.name = name;
                raw.request_file = request;
                raw.automatic = options.Automatic ? 1 : 0;
                raw.interval_ms = checked((uint)options.Interval.TotalMilliseconds);
                raw.kept = options.Kept;
                raw.most_tags = options.MostTags;
                raw.most_threads = options.MostThreads;
                raw.most_diagnostics = options.MostDiagnostics;
                core.Check(Native.fa_snapshot_configure(core.A, &raw));
            }
        }

        /// <summary>Asks for a snapshot, which the next frame that ends writes.</summary>
        public void RequestSnapshot()
        {
            core.Check(Native.fa_snapshot_request(core.A));
        }

        /// <summary>A snapshot as JSON, now.</summary>
        public string Snapshot()
        {
            IntPtr a = core.A;
            return Texts.Grown((buffer, size) =>
            {
                ulong needed;
                int status = Native.fa_snapshot_write(a, (byte*)buffer, size, &needed);
                core.Check(status == Native.FA_ERROR_FULL ? Native.FA_OK : status);
                return needed;
            });
        }

        /// <summary>Figures of the snapshots.</summary>
        public SnapshotStats SnapshotStats
        {
            get
            {
                var found = Native.fa_snapshot_stats.New();
                core.Check(Native.fa_snapshot_get_stats(core.A, &found));
                return new SnapshotStats(found);
            }
        }

        // History

        /// <summary>Keeps a sample of each of the last frames: of one lane, or of all.</summary>
        public void StartHistory(uint samples = 600, uint tags = 32, bool everyLane = false, Lane lane = null)
        {
            var raw = Native.fa_history_options.New();
            raw.samples = samples;
            raw.tags = tags;
            raw.every_lane = everyLane ? 1 : 0;
            raw.lane = Lane.PointerOf(lane);
            core.Check(Native.fa_history_start(core.A, &raw));
        }

        /// <summary>Stops, and forgets the samples.</summary>
        public void StopHistory()
        {
            core.Check(Native.fa_history_stop(core.A));
        }

        /// <summary>Serial number of the newest sample, 0 before the first.</summary>
        public ulong NewestSample => Native.fa_history_newest(core.A);

        /// <summary>The samples after one, oldest first.</summary>
        public HistorySample[] History(ulong after = 0, int most = 600)
        {
            var found = new Native.fa_history_sample[most];
            ulong count;
            fixed (Native.fa_history_sample* room = found)
                core.Check(Native.fa_history_read(core.A, after, room, (ulong)most, &count, null));
            return Lists.Made(found, count, one => new HistorySample(one));
        }

        /// <summary>A curve over the newest samples, with heights in pixels if they are wanted.</summary>
        public Graph Graph(Curve curve, out GraphPoint[] points, int samples = 600, uint height = 0, Tag tag = null)
        {
            var request = Native.fa_graph_request.New();
            request.curve = (int)curve;
            request.tag = tag?.Id ?? 0;
            request.samples = checked((uint)samples);
            request.height = height;
            var found = Native.fa_graph.New();
            var room = new Native.fa_graph_point[samples];
            fixed (Native.fa_graph_point* drawn = room)
                core.Check(Native.fa_history_graph(core.A, &request, &found, drawn, (ulong)samples));
            points = Lists.Made(room, found.points, one => new GraphPoint(one));
            return new Graph(found);
        }

        /// <summary>How long the last frames took, and what: with percentiles.</summary>
        public Performance Performance(uint frames = 0, ulong lane = 0)
        {
            var found = Native.fa_performance.New();
            core.Check(Native.fa_history_performance(core.A, frames, lane, &found));
            return new Performance(found);
        }

        // Debug mode

        /// <summary>Chooses what is checked, at run time; <see cref="DebugChecks.None"/> is off.</summary>
        public void ConfigureDebug(DebugChecks checks, uint depth = 16, ulong quarantine = 4 << 20,
                                   ulong pagesKept = 64 << 20)
        {
            var raw = Native.fa_debug_options.New();
            raw.flags = (uint)checks;
            raw.depth = depth;
            raw.quarantine_bytes = quarantine;
            raw.pages_kept_bytes = pagesKept;
            core.Check(Native.fa_debug_configure(core.A, &raw));
        }

        /// <summary>What is checked.</summary>
        public DebugChecks DebugChecks
        {
            get
            {
                var found = Native.fa_debug_options.New();
                core.Check(Native.fa_debug_get_options(core.A, &found));
                return (DebugChecks)found.flags;
            }
        }

        /// <summary>What debug mode keeps and has found.</summary>
        public DebugStats DebugStats
        {
            get
            {
                var found = Native.fa_debug_stats.New();
                core.Check(Native.fa_debug_get_stats(core.A, &found));
                return new DebugStats(found);
            }
        }

        /// <summary>Looks at every guard now; how many blocks are damaged.</summary>
        public ulong CheckMemory()
        {
            ulong found;
            core.Check(Native.fa_debug_check(core.A, &found));
            return found;
        }

        /// <summary>What debug mode knows of an address; <see cref="NotFoundException"/> if nothing.</summary>
        public DebugBlock FindBlock(IntPtr address)
        {
            var found = Native.fa_debug_block.New();
            core.Check(Native.fa_debug_find(core.A, (void*)address, &found));
            return new DebugBlock(found);
        }

        /// <summary>What is in use for longer than some time and so many frames, most bytes first.</summary>
        public DebugLeak[] Leaks(TimeSpan olderThan = default(TimeSpan), ulong olderThanFrames = 0)
        {
            ulong total, age = Time.Nanoseconds(olderThan);
            core.Check(Native.fa_debug_leaks(core.A, age, olderThanFrames, null, 0, &total));
            var found = new Native.fa_debug_leak[total + 16];
            fixed (Native.fa_debug_leak* room = found)
                core.Check(Native.fa_debug_leaks(core.A, age, olderThanFrames, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, one => new DebugLeak(one));
        }

        /// <summary>Reports what is in use for so long (FA510); how many blocks.</summary>
        public ulong ReportOld(TimeSpan olderThan, ulong olderThanFrames = 0)
        {
            ulong found;
            core.Check(Native.fa_debug_report_old(core.A, Time.Nanoseconds(olderThan), olderThanFrames, &found));
            return found;
        }

        /// <summary>The stacks of calls that allocate, most often first.</summary>
        public DebugHotSite[] HotSites()
        {
            ulong total;
            core.Check(Native.fa_debug_hot_sites(core.A, null, 0, &total));
            var found = new Native.fa_debug_hot_site[total + 16];
            fixed (Native.fa_debug_hot_site* room = found)
                core.Check(Native.fa_debug_hot_sites(core.A, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, one => new DebugHotSite(one));
        }

        /// <summary>A stack of calls as a text.</summary>
        public string SiteText(uint site)
        {
            IntPtr a = core.A;
            return Texts.Grown((buffer, size) => Native.fa_debug_site_text(a, site, (byte*)buffer, size) + 1);
        }

        /// <summary>Figures, the hottest sites and the largest groups in use, to read.</summary>
        public string DebugReport()
        {
            IntPtr a = core.A;
            return Texts.Grown((buffer, size) => Native.fa_debug_report(a, (byte*)buffer, size) + 1);
        }

        // Profilers and traces

        /// <summary>Has a profiler told; one at a time.</summary>
        public void AttachProfiler(ProfilerHooks hooks)
        {
            core.Replace("profiler", hooks ?? throw new ArgumentNullException(nameof(hooks)), (a, key) =>
            {
                Native.fa_profiler raw = hooks.Raw((void*)key);
                return Native.fa_profiler_attach(a, &raw);
            });
        }

        /// <summary>Ends that.</summary>
        public void DetachProfiler()
        {
            core.Replace("profiler", null, (a, key) => Native.fa_profiler_detach(a));
        }

        /// <summary>Whether a profiler is attached.</summary>
        public bool ProfilerAttached => Native.fa_profiler_attached(core.A) != 0;

        /// <summary>Events that a profiler caused itself, and that were not told.</summary>
        public ulong ProfilerSuppressed => Native.fa_profiler_suppressed(core.A);

        /// <summary>Has static probes that a tracer has switched on since take effect; how many are watched.</summary>
        public uint UpdateProbes()
        {
            uint traced;
            core.Check(Native.fa_probes_update(core.A, &traced));
            return traced;
        }

        /// <summary>Begins a trace: a file that Perfetto and other viewers open.</summary>
        public void StartTrace(string path, TraceOptions options = null)
        {
            options = options ?? new TraceOptions();
            var raw = Native.fa_trace_options.New();
            raw.records = options.Records;
            raw.file_limit = options.FileLimit;
            raw.counter_interval_ns = Time.Nanoseconds(options.CounterInterval);
            raw.tags = options.Tags;
            raw.write = (int)options.Writing;
            fixed (byte* text = Utf8.Of(path))
                core.Check(Native.fa_trace_start(core.A, text, &raw));
        }

        /// <summary>Writes what there is so far.</summary>
        public void FlushTrace()
        {
            core.Check(Native.fa_trace_flush(core.A));
        }

        /// <summary>Ends the trace: the file is complete.</summary>
        public void StopTrace()
        {
            core.Check(Native.fa_trace_stop(core.A));
        }

        /// <summary>How far the trace has come.</summary>
        public TraceStats TraceStats
        {
            get
            {
                var found = Native.fa_trace_stats.New();
                core.Check(Native.fa_trace_get_stats(core.A, &found));
                return new TraceStats(found);
            }
        }
    }
}
