# SPDX-License-Identifier: MIT OR Apache-2.0
"""The part of an allocator that threads have to do with."""

import ctypes
from typing import Any, Callable, Dict, List, Optional, Sequence

from . import _abi
from ._core import Core, choice, encoded
from ._errors import check, need
from ._load import patient
from ._memory import Size, size_of
from ._records import DeferredStats, Event, TransferStats
from ._threads import Barrier, Lane, Listener, lanes
from ._transfers import Transfer, transfer_stats


class Threaded:
    """Lanes, barriers, transfers, blocks that others release, events."""

    _core: Core

    def lane(self, name: Optional[str] = None) -> Lane:
        """A lane that is bound by hand: `with lane.bound():`"""
        return Lane(self._core, need(self._core.lib.fa_lane_create(self._core.a, encoded(name))))

    def current_lane(self) -> Lane:
        """The lane of the calling thread."""
        return Lane(self._core, need(self._core.lib.fa_lane_current(self._core.a)))

    def lanes(self) -> List[Lane]:
        return lanes(self._core)

    def barrier(self, seats: int = 0, name: Optional[str] = None) -> Barrier:
        """A barrier for the frame boundary, with seats that the first lanes to arrive take."""
        return Barrier(self._core, seats, name)

    def transfer(self, size: Size, align: int = 16) -> Transfer:
        """A value of the running frame that can be sent to another thread."""
        return Transfer.make(self._core, size_of(size), align)

    def transfer_of(self, data: Any) -> Transfer:
        """The same with a copy of some bytes."""
        return Transfer.of(self._core, data)

    def receive(self, ident: Optional[int] = None) -> Transfer:
        """Receives a transfer by its id, or the oldest one that was sent to this lane; NotFoundError without one."""
        if ident is None:
            found = ctypes.c_uint64()
            check(self._core.lib.fa_transfer_next(self._core.a, ctypes.byref(found)))
            ident = found.value
        return Transfer.received(self._core, ident)

    @property
    def transfer_stats(self) -> TransferStats:
        return transfer_stats(self._core)

    def configure_deferred(self, mode: Any = "on-refill", *, capacity: int = 0, full: Any = "grow",
                           per_allocation: int = 16, warning_threshold: int = 0) -> None:
        """How blocks come home that other threads release."""
        policy = choice("FA_QUEUE_", full)
        if policy == _abi.FA_QUEUE_BLOCK:
            self._core.lib = patient  # a release may wait for another thread of Python
        config = _abi.fa_deferred_config.new(mode=choice("FA_DEFERRED_", mode), capacity=capacity, full_policy=policy,
                                             per_allocation=per_allocation, warning_threshold=warning_threshold)
        check(self._core.lib.fa_deferred_configure(self._core.a, ctypes.byref(config)))

    @property
    def deferred_config(self) -> Dict[str, int]:
        """How blocks come home now."""
        out = _abi.fa_deferred_config.new()
        check(self._core.lib.fa_deferred_get_config(self._core.a, ctypes.byref(out)))
        return {name: getattr(out, name) for name, _ in _abi.fa_deferred_config._fields_ if name != "struct_size"}

    def process_deferred(self, most: int = _abi.FA_FOREVER) -> int:
        """Takes in blocks that wait for the calling thread; how many."""
        processed = ctypes.c_uint64()
        check(self._core.lib.fa_deferred_process(self._core.a, most, ctypes.byref(processed)))
        return processed.value

    @property
    def events_suppressed(self) -> int:
        """Events that listeners caused themselves, and that were not told."""
        return self._core.lib.fa_event_suppressed(self._core.a)

    @property
    def deferred_stats(self) -> DeferredStats:
        out = _abi.fa_deferred_stats.new()
        check(self._core.lib.fa_deferred_get_stats(self._core.a, ctypes.byref(out)))
        return DeferredStats.of(out)

    def listen(self, function: Callable[[Event], Any], kinds: Sequence[Any] = ()) -> Listener:
        """Has a function told of events ("frame-begin", "alloc", "memory-pressure", ...) until it is closed."""
        return Listener(self._core, function, kinds)

    def measure_frames(self, on: bool = True) -> None:
        """Begins or ends measuring the frames of every lane; see Lane.frame_times."""
        check(self._core.lib.fa_frame_measure(self._core.a, int(on)))
