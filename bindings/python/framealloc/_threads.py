# SPDX-License-Identifier: MIT OR Apache-2.0
"""What threads have to do with each other: lanes, barriers, events."""

import contextlib
import ctypes
from typing import Any, Callable, Iterator, List, Optional

from . import _abi, _callbacks
from ._core import Core, choice, encoded
from ._errors import PinnedError, check
from ._records import BarrierStats, Event, FrameTimes, LaneStats

SECOND = 1_000_000_000


def nanoseconds(timeout: Optional[float]) -> int:
    if timeout is None or timeout * SECOND >= _abi.FA_FOREVER:
        return _abi.FA_FOREVER
    return max(int(timeout * SECOND), 0)


class Lane:
    """What one thread of execution owns in an allocator. Job systems make lanes and bind them by hand."""

    def __init__(self, core: Core, pointer: int) -> None:
        self._core, self.pointer = core, pointer

    @contextlib.contextmanager
    def bound(self) -> Iterator["Lane"]:
        """Has the calling thread use this lane in the block, and the one that it had before afterwards. A frame that
        was begun on the lane goes on, on whatever thread."""
        core, before = self._core, self._core.state
        previous = self._bind(self.pointer)
        core.move_to(core.lane_state(self.pointer))
        try:
            yield self
        finally:
            self._bind(previous)
            core.move_to(before)

    def _bind(self, pointer: Optional[int]) -> Optional[int]:
        """Binds a lane; the one that was bound."""
        core, previous = self._core, ctypes.c_void_p()
        core.settle()
        check(core.lib.fa_lane_bind(core.pointer, pointer, ctypes.byref(previous)))
        return previous.value

    @property
    def stats(self) -> LaneStats:
        self._core.settle()
        out = _abi.fa_lane_stats.new()
        check(self._core.lib.fa_lane_get_stats(self._core.a, self.pointer, ctypes.byref(out)))
        return LaneStats.of(out)

    @property
    def frame_times(self) -> FrameTimes:
        """Durations of its frames, while they are measured."""
        out = _abi.fa_frame_times.new()
        check(self._core.lib.fa_frame_get_times(self._core.a, self.pointer, ctypes.byref(out)))
        return FrameTimes.of(out)

    def release(self) -> None:
        """Hands it back to the allocator: a frame still open on it is ended, and what somebody looks at is kept."""
        lane = self._core.lane_state(self.pointer)
        if lane.frame is not None or lane.looked_at():
            self._leave()
        check(self._core.lib.fa_lane_release(self._core.a, self.pointer))

    def _leave(self) -> None:
        with self.bound():
            lane = self._core.state
            if lane.frame is not None:
                lane.frame.end(quiet=True)
        if lane.looked_at():
            raise PinnedError("scratch or coming frames' memory of the lane is looked at", _abi.FA_ERROR_PINNED)

    def __repr__(self) -> str:
        return f"<Lane {self.pointer:#x}>"


class Barrier:
    """Nobody begins the next frame before everybody has finished this one."""

    def __init__(self, core: Core, seats: int, name: Optional[str]) -> None:
        ident = ctypes.c_uint64()
        check(core.lib.fa_barrier_create(core.a, encoded(name), seats, ctypes.byref(ident)))
        self._core, self.id = core, ident.value

    def register(self) -> None:
        """Makes the calling lane a participant."""
        check(self._core.lib.fa_barrier_register(self._core.a, self.id))

    def unregister(self) -> None:
        """Has the calling lane leave."""
        check(self._core.lib.fa_barrier_unregister(self._core.a, self.id))

    def wait(self, timeout: Optional[float] = None) -> None:
        """Arrives and waits for the others; WaitTimeout after so many seconds."""
        if timeout is None:
            check(self._core.lib.fa_barrier_wait(self._core.a, self.id))
        else:
            check(self._core.lib.fa_barrier_wait_timed(self._core.a, self.id, nanoseconds(timeout)))

    def signal(self) -> int:
        """Arrives without waiting; the generation to wait for."""
        generation = ctypes.c_uint64()
        check(self._core.lib.fa_barrier_signal(self._core.a, self.id, ctypes.byref(generation)))
        return generation.value

    def wait_for(self, generation: int, timeout: Optional[float] = None) -> None:
        """Waits until a generation is complete, without arriving."""
        check(self._core.lib.fa_barrier_wait_for(self._core.a, self.id, generation, nanoseconds(timeout)))

    @property
    def generation(self) -> int:
        """Generations completed."""
        return self._core.lib.fa_barrier_generation(self._core.a, self.id)

    @property
    def stats(self) -> BarrierStats:
        out = _abi.fa_barrier_stats.new()
        check(self._core.lib.fa_barrier_get_stats(self._core.a, self.id, ctypes.byref(out)))
        return BarrierStats.of(out)

    def destroy(self) -> None:
        check(self._core.lib.fa_barrier_destroy(self._core.a, self.id))


class Listener:
    """Is told events until it is closed."""

    def __init__(self, core: Core, function: Callable[[Event], Any], kinds: Any) -> None:
        self._core, ident = core, ctypes.c_uint64()
        mask = sum(1 << choice("FA_EVENT_", kind) for kind in kinds) if kinds else _abi.FA_EVENT_ALL
        self._key = core.keep(lambda event: function(Event.of(event.contents)))
        try:
            check(core.lib.fa_event_listen(core.a, mask, _callbacks.event_listener, self._key, ctypes.byref(ident)))
        except BaseException:
            core.drop(self._key)
            raise
        self.id = ident.value
        core.promise(self._key, self.close)

    def close(self) -> None:
        if self.id:
            check(self._core.lib.fa_event_ignore(self._core.a, self.id))
            self.id = 0
            self._core.drop(self._key)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def lanes(core: Core) -> List[Lane]:
    pointers = (core.lib.fa_lane_at(core.a, index) for index in range(core.lib.fa_lane_count(core.a)))
    return [Lane(core, pointer) for pointer in pointers if pointer]
