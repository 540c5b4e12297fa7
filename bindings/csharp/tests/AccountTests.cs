// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Framealloc.Tests
{
    public sealed class AccountTests : WithAllocator
    {
        [Fact]
        public void TagsCountWhatIsTakenUnderThem()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                using (alloc.InTag("ai"))
                {
                    frame.Alloc<byte>(160);
                    using (alloc.InTag("ai::paths"))
                        frame.Alloc<byte>(320);
                    Assert.Equal("ai", alloc.CurrentTag.Path);
                }
                frame.Alloc<byte>(16);
                Assert.Null(alloc.CurrentTag);
            }
            Assert.Equal(160ul, alloc.Tag("ai").Stats.FrameTotalBytes);
            Assert.Equal(320ul, alloc.Tag("ai::paths").Stats.FrameTotalBytes);
            Assert.Equal(2, alloc.Tags().Length);
            Assert.Null(alloc.FindTag("physics"));
            Assert.Equal("ai", alloc.FindTag("ai").Path);
        }

        [Fact]
        public void PhasesHaveFigures()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                using (alloc.InPhase("broad"))
                    frame.Alloc<byte>(100);
                Assert.Equal(1, alloc.Phases(true).Length);
            }
            PhaseStats[] phases = alloc.Phases();
            Assert.Equal("broad", phases[0].Name);
            Assert.Equal(1ul, phases[0].Count);
        }

        [Fact]
        public void BudgetsRefuse()
        {
            alloc.Tag("net").SetBudget(new Budget { Hard = 64 << 10, Soft = 32 << 10 });
            int packets = 0;
            using (Frame frame = alloc.BeginFrame())
            using (alloc.InTag("net"))
            {
                BudgetException error = Assert.Throws<BudgetException>(() =>
                {
                    for (packets = 0; packets < 100; packets++)
                        frame.Alloc<byte>(1500);
                });
                Assert.Equal("FA302", error.Diagnostic.Code);
                Assert.Equal(Status.Budget, error.Status);
            }
            Assert.Equal(43, packets);
            Assert.True(alloc.Tag("net").Budget.Denied > 0);
            Assert.True(alloc.BudgetEvents().Length > 0);
        }

        [Fact]
        public void BudgetsAskAndTell()
        {
            var told = new List<BudgetEventKind>();
            int asked = 0;
            alloc.OnBudget(what => told.Add(what.Kind));
            alloc.Tag("net").SetBudget(new Budget
            {
                Hard = 10000, Decide = what => asked++ == 0 ? BudgetPolicy.Allow : BudgetPolicy.Fail
            });
            using (Frame frame = alloc.BeginFrame())
            using (alloc.InTag("net"))
            {
                frame.Alloc<byte>(20000);
                Assert.Throws<BudgetException>(() => frame.Alloc<byte>(20000));
            }
            Assert.Equal(2, asked);
            Assert.True(told.IndexOf(BudgetEventKind.Hard) >= 0);
            alloc.OnBudget(null);
            alloc.SetBudget(new Budget { Hard = 256 << 20 });
            Assert.Equal(256ul << 20, alloc.Budget.HardLimit);
            alloc.SetBudget(new Budget { Hard = 1 << 20 }, Intent.Pool);
            Assert.Equal(1ul << 20, alloc.BudgetOf(Intent.Pool).HardLimit);
        }

        [Fact]
        public void ReportsAreHeardAndKept()
        {
            var heard = new List<string>();
            alloc.DiagnosticReported += report => heard.Add(report.Code);
            FrameallocException error = Assert.Throws<FrameallocException>(() => alloc.Transfer(10));
            Assert.Equal("FA001", error.Diagnostic.Code);
            Assert.Contains("help:", error.Message);
            Assert.Equal(new[] { "FA001" }, heard.ToArray());
            Assert.Equal(1ul, alloc.ReportCount(Code.OutsideFrame));
            Assert.Equal("FA001", alloc.RecentReports()[0].CodeText);
            alloc.Report(Severity.Warning, "GAME042", "too many lights", "17 of them", "turn some off");
            Assert.Equal("GAME042", heard[1]);
            alloc.Assert(2 > 1, "two is more than one");
            alloc.Assert(1 > 2, "one is more than two");
            Assert.Equal("FA907", heard[2]);
            Assert.Contains("AccountTests.cs", alloc.RecentReports()[0].Note);
            Assert.Equal(3, heard.Count);
            Assert.Contains("frame", Diagnostic.Explain("FA001"));
            Assert.Null(Diagnostic.Explain("FA000"));
        }

        [Fact]
        public void EveryExceptionHasItsReport()
        {
            for (int number = 0; number < 50; number++)
            {
                var error = Assert.Throws<RefusedArgumentException>(() => alloc.Release((IntPtr)4096));
                Assert.Equal("FA501", error.Diagnostic.Code);
            }
        }

        [Fact]
        public void WhatNobodyHearsOfIsPrinted()
        {
            TextWriter stderr = Console.Error;
            var printed = new StringWriter();
            Console.SetError(printed);
            try
            {
                Unheard();
            }
            finally
            {
                Console.SetError(stderr);
            }
            Assert.Contains("[framealloc][FA304] warning: ", printed.ToString());
            Assert.Contains("[framealloc][FA506] warning: block never released", printed.ToString());
            Assert.DoesNotContain("FA501", printed.ToString());
        }

        /// <summary>A warning, an error that is an exception, and a leak.</summary>
        private static void Unheard()
        {
            using (var own = new Allocator(new AllocatorOptions { DebugMode = true }))
            {
                own.Tag("net").SetBudget(new Budget { Hard = 10, Policy = BudgetPolicy.Warn });
                using (Frame frame = own.BeginFrame())
                using (own.InTag("net"))
                    frame.Alloc<byte>(1000);
                Assert.Throws<RefusedArgumentException>(() => own.Release((IntPtr)4096));
                own.Alloc(100, Intent.Heap);
            }
        }

        [Fact]
        public void StrictnessIsScoped()
        {
            Assert.Equal(StrictLevel.Off, alloc.Strict);
            using (alloc.InStrict(StrictLevel.Error))
                Assert.Equal(StrictLevel.Error, alloc.Strict);
            Assert.Equal(StrictLevel.Off, alloc.Strict);
        }

        [Fact]
        public void EnginesAreWatched()
        {
            alloc.AttachEngine("test engine");
            for (int turn = 0; turn < 3; turn++)
            {
                alloc.EnginePreFrame();
                using (Frame frame = alloc.JoinFrame())
                    frame.Alloc<byte>(10);
                alloc.EnginePostFrame();
                alloc.EngineTick();
            }
            Assert.Equal(3ul, alloc.Engine.PostFrames);
            Assert.Equal(0ul, alloc.Engine.Missed);
            alloc.EngineTick();
            Assert.True(alloc.Engine.Missed > 0);
            Assert.Equal("test engine", alloc.Engine.Name);
            alloc.DetachEngine();
        }

        [Fact]
        public void TheFilterFindsHeapBlocksInFrames()
        {
            alloc.EnableFilter(new FilterThresholds(FilterPreset.Strict) { LeastSamples = 1, HeapPerFrame = 20 });
            for (int number = 0; number < 20; number++)
            {
                using (alloc.BeginFrame())
                {
                    for (int index = 0; index < 50; index++)
                        alloc.Block(10000, Intent.Heap).Dispose();
                }
            }
            FilterIssue[] issues = alloc.FilterIssues();
            Assert.Equal(1, issues.Length);
            Assert.Equal(Code.HeapInHotPath, issues[0].Code);
            Assert.Equal(20.0, issues[0].Threshold);
            Assert.Equal(50.0, issues[0].Observed);
            Assert.Contains("BF004", alloc.FilterText());
            Assert.Contains("\"BF004\"", alloc.FilterText(true));
            alloc.DisableFilter();
        }

        [Fact]
        public void SnapshotsAreWritten()
        {
            string folder = Path.Combine(Path.GetTempPath(), "framealloc-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(folder);
            try
            {
                alloc.ConfigureSnapshots(new SnapshotOptions { Folder = folder, Automatic = false });
                alloc.RequestSnapshot();
                alloc.BeginFrame().Dispose();
                Assert.Equal(1ul, alloc.SnapshotStats.Written);
                Assert.Equal(1, Directory.GetFiles(folder, "*.json").Length);
                alloc.ConfigureSnapshots(null);
            }
            finally
            {
                Directory.Delete(folder, true);
            }
            alloc.Tag("a \"quoted\" tag");
            Assert.Contains("version", alloc.Snapshot());
        }

        [Fact]
        public void HistoryAndTraces()
        {
            string trace = Path.GetTempFileName();
            alloc.StartHistory();
            alloc.StartTrace(trace, new TraceOptions { CounterInterval = TimeSpan.Zero });
            alloc.MeasureFrames();
            for (int number = 0; number < 10; number++)
            {
                using (Frame frame = alloc.BeginFrame())
                    frame.Alloc<byte>(1600 * (number + 1));
            }
            alloc.StopTrace();
            Assert.Equal(10, alloc.History().Length);
            Assert.Equal(10ul, alloc.NewestSample);
            Graph graph = alloc.Graph(Curve.FrameBytes, out GraphPoint[] points, 5, 100);
            Assert.Equal(5, points.Length);
            Assert.Equal(16000ul, graph.Peak);
            Assert.Equal(100u, points[4].Height);
            Assert.Equal(16000ul, alloc.Performance().Bytes.Maximum);
            Assert.Equal(10ul, alloc.CurrentLane.FrameTimes.Frames);
            Assert.Contains("traceEvents", File.ReadAllText(trace));
            File.Delete(trace);
            alloc.StopHistory();
            Assert.Throws<NotFoundException>(() => alloc.History());
        }

        [Fact]
        public void DebugModeFindsOverflows()
        {
            alloc.ConfigureDebug(DebugChecks.Cheap);
            IntPtr block = alloc.Alloc(100, Intent.Pool);
            Assert.Equal(0ul, alloc.CheckMemory());
            System.Runtime.InteropServices.Marshal.WriteByte(block, 100, 1);
            Assert.Equal(1ul, alloc.CheckMemory());
            Assert.Equal(1ul, alloc.DebugStats.Overflows);
            Assert.Equal(100ul, alloc.FindBlock(block).Bytes);
            DebugLeak[] leaks = alloc.Leaks();
            Assert.Equal(1ul, leaks[0].Blocks);
            Assert.True(alloc.SiteText(leaks[0].Site).Length > 0);
            Assert.True(alloc.HotSites().Length > 0);
            Assert.Contains("100", alloc.DebugReport());
            alloc.Release(block);
            alloc.ConfigureDebug(DebugChecks.None);
            Assert.Equal(DebugChecks.None, alloc.DebugChecks);
        }

        [Fact]
        public void ProfilersHearOfBlocksAndCounters()
        {
            int events = 0, counters = 0;
            alloc.AttachProfiler(new ProfilerHooks { Event = what => events++, Counter = sample => counters++ });
            using (alloc.BeginFrame())
                alloc.Block(100, Intent.Pool).Dispose();
            Assert.True(alloc.ProfilerAttached);
            alloc.DetachProfiler();
            Assert.Equal(0ul, alloc.ProfilerSuppressed);
            Assert.Equal(0u, alloc.UpdateProbes());
            Assert.True(events >= 4);
            Assert.True(counters >= 5);
            int before = events;
            alloc.BeginFrame().Dispose();
            Assert.Equal(before, events);
        }
    }
}
