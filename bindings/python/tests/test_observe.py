# SPDX-License-Identifier: MIT OR Apache-2.0
import ctypes
import json
import subprocess
import sys
import time

import framealloc
import pytest
from framealloc import constants


def test_codes_are_explained():
    assert {"FA001", "FA302", "BF001"} <= set(framealloc.codes())
    text = framealloc.explain("FA001")
    assert text.name == "FA001" and text.explain and text.help and text.severity == constants.FA_SEVERITY_ERROR
    with pytest.raises(framealloc.NotFoundError):
        framealloc.explain("XY123")


def test_reports_can_be_counted_and_read_back(alloc):
    for _ in range(3):
        with pytest.raises(framealloc.StaleError):
            framealloc._errors.check(alloc._core.lib.fa_group_destroy(alloc.address, 99))
    assert alloc.diagnostic_count("FA401") == 3
    newest = alloc.recent_diagnostics()[0]
    assert (newest.code_text, newest.occurrences) == ("FA401", 3)


def test_reports_of_the_program(alloc):
    with pytest.warns(framealloc.DiagnosticWarning, match="GAME042"):
        alloc.emit("GAME042", "too many particles", note="912 of 900")
    with pytest.raises(framealloc.ArgumentError):
        alloc.emit("FA001", "not ours")
    alloc.expect(True, "fine")
    heard = []
    alloc.on_diagnostic(heard.append)
    alloc.expect(1 == 2, "one is two")
    alloc.report("FA001", note="seen by hand")
    assert [report.code for report in heard] == ["FA907", "FA001"]
    assert "one is two" in heard[0].note and "seen by hand" in heard[1].note


def test_context(alloc):
    with alloc.frame(), alloc.tag("ai"), alloc.phase("plan"):
        context = alloc.context
        assert (context.frame_active, context.tag_path, context.phase) == (1, "ai", "plan")
    assert alloc.context.frame_active == 0


def test_strict_mode_stops_the_program(alloc):
    assert alloc.strict_level == constants.FA_STRICT_OFF
    with alloc.strict("warning"):
        assert alloc.strict_level == constants.FA_STRICT_WARNING
    program = ("import framealloc; alloc = framealloc.Allocator(); alloc.set_strict('error'); "
               "alloc.frame().__enter__(); alloc.frame().__enter__()")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -6 and "FA004" in done.stderr


def test_debug_mode_finds_an_overflow(alloc):
    alloc.configure_debug("cheap", depth=8)
    assert alloc.debug_options["depth"] == 8
    block = alloc.block(100, "pool")
    found = alloc.find_block(block.address + 50)
    assert (found.address, found.bytes, found.state) == (block.address, 100, constants.FA_DEBUG_BLOCK_LIVE)
    assert alloc.debug_stats.live_blocks == 1 and alloc.check_blocks() == 0
    assert sum(leak.blocks for leak in alloc.leaks()) == 1 and alloc.leaks(seconds=60) == []
    assert sum(site.live_blocks for site in alloc.hot_sites()) == 1
    assert "+0x" in alloc.site_text(alloc.hot_sites()[0].site) and "bytes" in alloc.debug_report()
    heard = []
    alloc.on_diagnostic(heard.append)
    ctypes.memset(block.address + 100, 1, 1)
    assert alloc.check_blocks() == 1 and [report.code for report in heard] == ["FA507"]
    block.release()
    alloc.configure_debug()
    assert alloc.debug_options["flags"] == 0


def test_frames_work_the_same_when_debug_mode_comes_and_goes(alloc):
    for number in range(20):
        alloc.configure_debug(*(["poison", "guards"] if number % 2 else []))
        with alloc.frame() as frame:
            blocks = [frame.bytes(size) for size in (10, 5000, 100)]
            for block in blocks:
                block[:] = bytes(len(block))
            del block, blocks


def test_behaviour_filter(alloc):
    alloc.enable_filter("strict", min_samples=5, **{"raise": 0})
    for _ in range(30):
        with alloc.frame():
            for _ in range(5):
                alloc.block(64, "pool").release()
    issues = alloc.filter_issues()
    assert constants.FA_CODE_SHORT_LIVED_POOL in {issue.code for issue in issues}
    assert issues[0].message and issues[0].observed > issues[0].threshold
    assert "BF002" in alloc.filter_report()
    alloc.reset_filter()
    assert alloc.filter_issues() == []
    alloc.disable_filter()
    with pytest.raises(TypeError):
        alloc.enable_filter(no_such_threshold=1)


def test_engine(alloc):
    heard = []
    alloc.on_diagnostic(heard.append)
    with alloc.attach_engine("loop") as engine:
        for _ in range(3):
            engine.pre_frame()
            with alloc.running_frame() as frame:
                frame.bytes(100)
            engine.post_frame()
            engine.tick()
        assert heard == []
        assert (engine.info.ticks, engine.info.pre_frames, engine.info.name) == (3, 3, "loop")
        engine.pre_frame()
        engine.tick()
        assert engine.info.missed == 1 and [report.code for report in heard] == ["FA102"]
        engine.post_frame()


def test_snapshots(alloc, tmp_path):
    with alloc.frame() as frame, alloc.tag('quo"ted'):
        frame.bytes(1000)
        seen = alloc.snapshot()
    assert seen["version"] == 1 and seen["summary"]["frame_bytes"] >= 1000
    alloc.configure_snapshots(tmp_path, name="tests", automatic=0)
    with pytest.raises(framealloc.ArgumentError):
        alloc.configure_snapshots("", name="tests")
    alloc.request_snapshot()
    until = time.monotonic() + 5
    while alloc.snapshot_stats.written == 0 and time.monotonic() < until:
        with alloc.frame() as frame:
            frame.bytes(10)
    (path,) = tmp_path.glob("snapshot-*.json")
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == 1
    alloc.configure_snapshots(None)
    with pytest.raises(framealloc.UnsupportedError):
        alloc.request_snapshot()
