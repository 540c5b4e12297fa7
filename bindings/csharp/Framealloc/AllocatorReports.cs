// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.CompilerServices;

namespace Framealloc
{
    /// <summary>What the behaviour filter takes for a mistake: a preset, and what shall be otherwise.</summary>
    public sealed unsafe class FilterThresholds
    {
        private Native.fa_filter_config raw = Native.fa_filter_config.New();

        /// <summary>A preset.</summary>
        public FilterThresholds(FilterPreset preset = FilterPreset.Default)
        {
            fixed (Native.fa_filter_config* config = &raw)
                Native.fa_filter_preset(config, (int)preset);
        }

        internal Native.fa_filter_config Raw => raw;

        /// <summary>Whether what is found is also reported, when frames end.</summary>
        public bool Report
        {
            get { return raw.raise != 0; }
            set { raw.raise = value ? 1 : 0; }
        }

        /// <summary>Blocks (BF001: frames) of a tag below which it is not judged, at least 1.</summary>
        public ulong LeastSamples
        {
            get { return raw.min_samples; }
            set { raw.min_samples = value; }
        }

        /// <summary>BF001: most frames that frame memory may live on.</summary>
        public ulong FrameLifetime
        {
            get { return raw.frame_lifetime; }
            set { raw.frame_lifetime = value; }
        }

        /// <summary>BF002: largest share of pool blocks released in their own frame, 0 to 1.</summary>
        public double PoolSameFrame
        {
            get { return raw.pool_same_frame; }
            set { raw.pool_same_frame = value; }
        }

        /// <summary>BF003: largest share of frame blocks promoted, 0 to 1.</summary>
        public double PromotionRate
        {
            get { return raw.promotion_rate; }
            set { raw.promotion_rate = value; }
        }

        /// <summary>BF004: most heap blocks in a frame that takes any, on average.</summary>
        public double HeapPerFrame
        {
            get { return raw.heap_per_frame; }
            set { raw.heap_per_frame = value; }
        }
    }

    public sealed unsafe partial class Allocator
    {
        // Reports

        /// <summary>
        /// Is raised for each report, on the thread of the mistake, before errors become exceptions. Without a handler,
        /// what becomes no exception (warnings, leaks) is printed. Not for an allocator that is borrowed: its host has
        /// the sink.
        /// </summary>
        public event Action<Diagnostic> DiagnosticReported
        {
            add { core.Reports.Heard += value; }
            remove { core.Reports.Heard -= value; }
        }

        /// <summary>
        /// Chooses where reports go, and which: all of one code, or so many before they thin out. Exceptions have the
        /// words of their reports as far as the sink, which is C#, gets these.
        /// </summary>
        public void ConfigureReports(ReportOutput output = ReportOutput.Auto, Severity least = Severity.Note,
                                     uint repeats = uint.MaxValue, ReportColor color = ReportColor.Auto)
        {
            var raw = Native.fa_diagnostic_config.New();
            raw.output = (int)output;
            raw.min_severity = (int)least;
            raw.repeats = repeats;
            raw.color = (int)color;
            core.Check(Native.fa_diagnostic_configure(core.A, &raw));
            core.Reports.Printed = output == ReportOutput.Auto;
        }

        /// <summary>Reports of one code so far, delivered or not.</summary>
        public ulong ReportCount(Code code)
        {
            return Native.fa_diagnostic_count(core.A, (int)code);
        }

        /// <summary>The last delivered reports, newest first.</summary>
        public DiagnosticRecord[] RecentReports()
        {
            var found = new Native.fa_diagnostic_record[Native.FA_DIAGNOSTICS_KEPT];
            ulong count;
            fixed (Native.fa_diagnostic_record* room = found)
                core.Check(Native.fa_diagnostic_recent(core.A, room, (ulong)found.Length, &count));
            return Lists.Made(found, count, one => new DiagnosticRecord(one));
        }

        /// <summary>Where the calling thread is: frame, lane, tag, phase.</summary>
        public DiagnosticContext Context
        {
            get
            {
                var found = Native.fa_diagnostic_context.New();
                core.Check(Native.fa_diagnostic_get_context(core.A, &found));
                return new DiagnosticContext(found);
            }
        }

        /// <summary>Reports a message of the program as the library reports its own; a code as "GAME042".</summary>
        public void Report(Severity severity, string code, string message, string note = null, string help = null)
        {
            fixed (byte* codeText = Utf8.Of(code), text = Utf8.Of(message))
            fixed (byte* noteText = Utf8.Of(note), helpText = Utf8.Of(help))
            {
                var raw = new Native.fa_message
                {
                    struct_size = (uint)sizeof(Native.fa_message), severity = (int)severity, code = codeText,
                    message = text, note = noteText, help = helpText
                };
                core.Check(Native.fa_diagnostic_emit(core.A, &raw));
            }
        }

        /// <summary>Reports one of the library's own codes, for mistakes that only the program can see.</summary>
        public void Report(Code code, string note = null)
        {
            fixed (byte* text = Utf8.Of(note))
                core.Check(Native.fa_diagnostic_raise(core.A, (int)code, text));
        }

        /// <summary>Reports FA907, and goes on, if a condition does not hold.</summary>
        public void Assert(bool holds, string condition, [CallerFilePath] string file = null,
                           [CallerLineNumber] int line = 0, [CallerMemberName] string member = null)
        {
            if (holds)
                return;
            IntPtr a = core.A;
            fixed (byte* text = Utf8.Of(condition), fileText = Utf8.Of(file), memberText = Utf8.Of(member))
                Native.fa_assertion_failed(a, Native.FA_CODE_ASSERTION, text, fileText, line, memberText);
            core.Check(Native.FA_OK);
        }

        // Strictness

        /// <summary>The reports that end the program, as in tests.</summary>
        public StrictLevel Strict
        {
            get { return (StrictLevel)Native.fa_strict_level(core.A); }
            set { core.Check(Native.fa_strict_set(core.A, (int)value)); }
        }

        /// <summary>A level of the calling thread for the time of a using block.</summary>
        public Scope InStrict(StrictLevel level)
        {
            return Scope.Begun(core, ScopeKind.Strict, Native.fa_strict_begin(core.A, (int)level));
        }

        // An engine that drives the frames

        /// <summary>Says that an engine drives the frames, whose hooks are watched from now on.</summary>
        public void AttachEngine(string name)
        {
            fixed (byte* text = Utf8.Of(name))
                core.Check(Native.fa_engine_attach(core.A, text));
        }

        /// <summary>Ends the watch.</summary>
        public void DetachEngine()
        {
            core.Check(Native.fa_engine_detach(core.A));
        }

        /// <summary>The pre-frame hook: begins a frame, which <see cref="JoinFrame"/> gives.</summary>
        public void EnginePreFrame()
        {
            core.Check(Native.fa_engine_pre_frame(core.A));
        }

        /// <summary>The post-frame hook: ends the frame.</summary>
        public void EnginePostFrame()
        {
            core.Check(Native.fa_engine_post_frame(core.A));
        }

        /// <summary>A turn of the engine's loop is over.</summary>
        public void EngineTick()
        {
            core.Check(Native.fa_engine_tick(core.A));
        }

        /// <summary>What has been seen of the engine.</summary>
        public EngineInfo Engine
        {
            get
            {
                var found = Native.fa_engine_info.New();
                core.Check(Native.fa_engine_get_info(core.A, &found));
                return new EngineInfo(found);
            }
        }

        // The behaviour filter

        /// <summary>Looks for memory that is used against its intent; null for the default thresholds.</summary>
        public void EnableFilter(FilterThresholds thresholds = null)
        {
            Native.fa_filter_config raw = (thresholds ?? new FilterThresholds()).Raw;
            core.Check(Native.fa_filter_enable(core.A, &raw));
        }

        /// <summary>Switches it off; what was found stays readable.</summary>
        public void DisableFilter()
        {
            core.Check(Native.fa_filter_disable(core.A));
        }

        /// <summary>Forgets what was found.</summary>
        public void ResetFilter()
        {
            core.Check(Native.fa_filter_reset(core.A));
        }

        /// <summary>What it has found.</summary>
        public FilterIssue[] FilterIssues()
        {
            ulong total;
            core.Check(Native.fa_filter_report(core.A, null, 0, &total));
            var found = new Native.fa_filter_issue[total + 4];
            fixed (Native.fa_filter_issue* room = found)
                core.Check(Native.fa_filter_report(core.A, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, one => new FilterIssue(one));
        }

        /// <summary>The same as a text, or as JSON.</summary>
        public string FilterText(bool json = false)
        {
            int format = json ? Native.FA_FILTER_JSON : Native.FA_FILTER_TEXT;
            IntPtr a = core.A;
            return Texts.Grown((buffer, size) =>
            {
                ulong needed;
                int status = Native.fa_filter_format(a, format, (byte*)buffer, size, &needed);
                core.Check(status == Native.FA_ERROR_FULL ? Native.FA_OK : status);
                return needed;
            });
        }
    }
}
