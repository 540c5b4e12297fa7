# SPDX-License-Identifier: MIT OR Apache-2.0
import json

import framealloc
import pytest
from framealloc import constants


def frames(alloc, count):
    for number in range(count):
        with alloc.frame() as frame, alloc.tag("ai"), alloc.phase("plan"):
            frame.bytes(1600 * (number + 1))


def test_history(alloc):
    with pytest.raises(framealloc.NotFoundError):
        alloc.history()
    alloc.start_history(samples=10)
    frames(alloc, 15)
    samples = alloc.history()
    assert [sample.serial for sample in samples] == list(range(6, 16))
    assert [sample.bytes for sample in samples] == [1600 * number for number in range(6, 16)]
    assert [sample.serial for sample in alloc.history(after=13)] == [14, 15]
    graph, points = alloc.graph("frame-bytes", height=100)
    assert (graph.peak, graph.minimum, graph.points) == (24_000, 9600, 10)
    assert points[-1].height == 100 and points[0].value == 9600
    performance = alloc.performance()
    assert performance.bytes.maximum == 24_000 and performance.frames == 10
    assert performance.nanoseconds.p99 >= performance.nanoseconds.p50 > 0
    alloc.stop_history()


def test_trace(alloc, tmp_path):
    path = tmp_path / "trace.json"
    with alloc.trace(path):
        frames(alloc, 5)
        alloc.flush_trace()
        assert alloc.trace_stats.active == 1
    found = json.loads(path.read_text(encoding="utf-8"))
    events = found["traceEvents"] if isinstance(found, dict) else found
    assert sum(event.get("name") == "plan" and event.get("ph") in ("B", "X") for event in events) == 5
    with pytest.warns(framealloc.DiagnosticWarning, match="FA921"), pytest.raises(framealloc.FileError):
        with alloc.trace(tmp_path / "missing" / "trace.json"):
            pass


def test_profiler(alloc):
    events, counters = [], []
    with alloc.attach_profiler(events.append, counters.append):
        with pytest.raises(framealloc.ExistsError):
            alloc.attach_profiler(print)
        frames(alloc, 2)
        alloc.block(100, "pool").release()
    frames(alloc, 1)
    kinds = [event.kind for event in events]
    assert kinds.count(constants.FA_EVENT_FRAME_BEGIN) == kinds.count(constants.FA_EVENT_FRAME_END) == 2
    assert kinds.count(constants.FA_EVENT_ZONE_BEGIN) == kinds.count(constants.FA_EVENT_ZONE_END) == 4
    assert kinds.count(constants.FA_EVENT_FREE) == 1 and constants.FA_EVENT_DISCARD in kinds
    assert {counter.name for counter in counters} >= {"frame", "pool", "total", "ai"}
    with pytest.raises(ValueError):
        alloc.attach_profiler(print, hooks=["everything"])


def test_an_exception_in_a_profiler(alloc):
    def broken(event):
        raise OverflowError(event.kind)
    with alloc.attach_profiler(broken, hooks=["release"]):
        with pytest.raises(OverflowError):
            block = alloc.block(100, "pool")
            block.release()


def test_probes(alloc):
    try:
        assert alloc.update_probes() == 0
    except framealloc.UnsupportedError:
        pytest.skip("the library was built without probes")
