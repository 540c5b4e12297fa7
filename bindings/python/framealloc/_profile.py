# SPDX-License-Identifier: MIT OR Apache-2.0
"""What frames came to over time: history and graphs, traces for viewers, hooks for a profiler."""

import contextlib
import ctypes
import os
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from . import _abi, _callbacks
from ._core import Core, choice
from ._errors import check
from ._records import Event, Graph, GraphPoint, HistorySample, Performance, ProfileCounter, TraceStats

HOOKS = ("allocate", "release", "discard", "frame_mark", "zone_begin", "zone_end")


class Profiler:
    """Is told blocks, discards, frames, zones and counters until it is detached; one at a time."""

    def __init__(self, core: Core, on_event: Optional[Callable[[Event], Any]],
                 on_counter: Optional[Callable[[ProfileCounter], Any]], hooks: Sequence[str]) -> None:
        self._core = core
        unknown = set(hooks) - set(HOOKS)
        if unknown:
            raise ValueError(f"no such hooks: {', '.join(sorted(unknown))}; there are {', '.join(HOOKS)}")

        def told(struct: Any) -> None:
            if isinstance(struct.contents, _abi.fa_event):
                if on_event is not None:
                    on_event(Event.of(struct.contents))
            elif on_counter is not None:
                on_counter(ProfileCounter.of(struct.contents))

        self._key = core.keep(told)
        profiler = _abi.fa_profiler.new(user=self._key)
        for hook in hooks if on_event is not None else ():
            setattr(profiler, hook, ctypes.cast(_callbacks.profile, ctypes.c_void_p))
        if on_counter is not None:
            profiler.counter = ctypes.cast(_callbacks.profile_counter, ctypes.c_void_p)
        try:
            check(core.lib.fa_profiler_attach(core.a, ctypes.byref(profiler)))
        except BaseException:
            core.drop(self._key)
            raise
        core.promise(self._key, self.detach)

    def detach(self) -> None:
        if self._key:
            check(self._core.lib.fa_profiler_detach(self._core.a))
            self._core.drop(self._key)
            self._key = 0

    def __enter__(self) -> "Profiler":
        return self

    def __exit__(self, *_: Any) -> None:
        self.detach()


class Profiled:
    """The part of an allocator that follows it over time."""

    _core: Core

    def start_history(self, samples: int = 600, tags: int = 32, every_lane: bool = False) -> None:
        """Keeps one sample for each frame that ends on this thread, or on every one."""
        options = _abi.fa_history_options.new(samples=samples, tags=tags, every_lane=int(every_lane))
        check(self._core.lib.fa_history_start(self._core.a, ctypes.byref(options)))

    def stop_history(self) -> None:
        """Stops, and forgets the samples."""
        check(self._core.lib.fa_history_stop(self._core.a))

    def history(self, after: int = 0, most: int = 4096) -> List[HistorySample]:
        """The samples that came after the one with a serial number, oldest first."""
        room, count = (_abi.fa_history_sample * most)(), ctypes.c_size_t()
        check(self._core.lib.fa_history_read(self._core.a, after, room, most, ctypes.byref(count), None))
        return [HistorySample.of(sample) for sample in room[:count.value]]

    def graph(self, curve: Any = "total", tag: int = 0, samples: int = 0, height: int = 0,
              most: int = 4096) -> Tuple[Graph, List[GraphPoint]]:
        """A curve ("total", "frame", "tag", "frame-time", ...) ready to be drawn: its figures and its points."""
        request = _abi.fa_graph_request.new(curve=choice("FA_CURVE_", curve), tag=tag, samples=samples, height=height)
        out, room = _abi.fa_graph.new(), (_abi.fa_graph_point * most)()
        check(self._core.lib.fa_history_graph(self._core.a, ctypes.byref(request), ctypes.byref(out), room, most))
        return Graph.of(out), [GraphPoint.of(point) for point in room[:out.points]]

    def performance(self, frames: int = 0) -> Performance:
        """Percentiles of the last frames: nanoseconds, allocations, bytes."""
        out = _abi.fa_performance.new()
        check(self._core.lib.fa_history_performance(self._core.a, frames, 0, ctypes.byref(out)))
        return Performance.of(out)

    @contextlib.contextmanager
    def trace(self, path: Any, **options: int) -> Iterator[None]:
        """Writes a trace of the block to a file that Perfetto and other viewers open."""
        settings = _abi.fa_trace_options.new(**options)
        check(self._core.lib.fa_trace_start(self._core.a, os.fsencode(path), ctypes.byref(settings)))
        try:
            yield
        finally:
            check(self._core.lib.fa_trace_stop(self._core.a))

    def flush_trace(self) -> None:
        """Writes what is in the buffers, as from a thread in the background."""
        check(self._core.lib.fa_trace_flush(self._core.a))

    @property
    def trace_stats(self) -> TraceStats:
        out = _abi.fa_trace_stats.new()
        check(self._core.lib.fa_trace_get_stats(self._core.a, ctypes.byref(out)))
        return TraceStats.of(out)

    def attach_profiler(self, on_event: Optional[Callable[[Event], Any]] = None,
                        on_counter: Optional[Callable[[ProfileCounter], Any]] = None,
                        hooks: Sequence[str] = HOOKS) -> Profiler:
        """Has functions told what a profiler wants to know: `with alloc.attach_profiler(print):`"""
        return Profiler(self._core, on_event, on_counter, hooks)

    @property
    def profiler_attached(self) -> bool:
        """Whether a profiler is told of what happens, from Python or from C."""
        return bool(self._core.lib.fa_profiler_attached(self._core.a))

    @property
    def history_newest(self) -> int:
        """Serial number of the newest sample, 0 before the first."""
        return self._core.lib.fa_history_newest(self._core.a)

    @property
    def profiler_suppressed(self) -> int:
        """Events that a profiler caused itself, and that were not told."""
        return self._core.lib.fa_profiler_suppressed(self._core.a)

    def update_probes(self) -> int:
        """Looks who traces the static probes; how many are traced."""
        traced = ctypes.c_uint32()
        check(self._core.lib.fa_probes_update(self._core.a, ctypes.byref(traced)))
        return traced.value
