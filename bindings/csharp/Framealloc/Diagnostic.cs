// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;

namespace Framealloc
{
    /// <summary>A report of the library: what went wrong, with which values, and how to mend it.</summary>
    public sealed class Diagnostic
    {
        internal unsafe Diagnostic(Native.fa_diagnostic* raw)
        {
            Code = Utf8.Read(raw->code_text);
            Severity = (Severity)raw->severity;
            Status = (Status)raw->status;
            Message = Utf8.Read(raw->message);
            Note = Utf8.Read(raw->note);
            Help = Utf8.Read(raw->help);
            FrameNumber = raw->frame_number;
            Occurrences = raw->occurrences;
        }

        /// <summary>The code, such as "FA001".</summary>
        public string Code { get; }

        /// <summary>How bad it is.</summary>
        public Severity Severity { get; }

        /// <summary>Of the call that failed.</summary>
        public Status Status { get; }

        /// <summary>What happened.</summary>
        public string Message { get; }

        /// <summary>With which values, and where.</summary>
        public string Note { get; }

        /// <summary>How to mend it.</summary>
        public string Help { get; }

        /// <summary>Frame of the lane, 0 before the first.</summary>
        public ulong FrameNumber { get; }

        /// <summary>Which of its code it is, from 1.</summary>
        public ulong Occurrences { get; }

        /// <summary>The whole report.</summary>
        public override string ToString()
        {
            return $"[{Code}] {Message}\n  note: {Note}\n  help: {Help}";
        }

        /// <summary>As the library prints it.</summary>
        internal string ToLines()
        {
            string words = $"[framealloc][{Code}] {Severity.ToString().ToLowerInvariant()}: {Message}";
            return words + (Note == "" ? "" : $"\n  note: {Note}") + (Help == "" ? "" : $"\n  help: {Help}");
        }

        /// <summary>Every code that there is.</summary>
        public static unsafe string[] Codes()
        {
            var codes = new List<string>();
            var text = Native.fa_diagnostic_text.New();
            int code;
            for (ulong index = 0; (code = Native.fa_diagnostic_code_at(index)) != 0; index++)
            {
                if (Native.fa_diagnostic_describe(code, &text) == Native.FA_OK)
                    codes.Add(Utf8.Read(text.name));
            }
            return codes.ToArray();
        }

        /// <summary>What a code means, and how what it reports is mended; null if there is no such code.</summary>
        public static string Explain(string code)
        {
            unsafe
            {
                var text = Native.fa_diagnostic_text.New();
                fixed (byte* name = Utf8.Of(code))
                {
                    int found = Native.fa_diagnostic_code_of(name);
                    return Native.fa_diagnostic_describe(found, &text) == Native.FA_OK ? Utf8.Read(text.explain) : null;
                }
            }
        }
    }

    /// <summary>Those who want to hear of the reports of one allocator.</summary>
    internal sealed class Reports
    {
        private const ulong AllOf = 8;

        public event Action<Diagnostic> Heard;

        /// <summary>Whether stderr has what nobody hears of, neither a handler nor by an exception.</summary>
        public volatile bool Printed = true;

        public void Tell(Diagnostic diagnostic)
        {
            Failure.Latest = diagnostic;
            Action<Diagnostic> heard = Heard;
            if (heard != null)
                heard(diagnostic);
            else if (Printed && !BecomesAnException(diagnostic) && IsTimely(diagnostic.Occurrences))
                Console.Error.WriteLine(diagnostic.ToLines());
        }

        private static bool BecomesAnException(Diagnostic diagnostic)
        {
            return diagnostic.Severity == Severity.Error && diagnostic.Status != Status.Ok;
        }

        /// <summary>What repeats thins out, as it does when the library prints.</summary>
        private static bool IsTimely(ulong occurrences)
        {
            return occurrences <= AllOf || (occurrences & (occurrences - 1)) == 0;
        }
    }
}
