# SPDX-License-Identifier: MIT OR Apache-2.0
"""Frames: memory that is bumped in Python and goes all at once.

A call into C for each block would cost more than the block. A frame therefore borrows a window of the library's frame,
bumps it here, and closes it before anybody looks at the books, which stay exact.
"""

import ctypes
import functools
import threading
from operator import length_hint
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import _abi, _callbacks
from ._collections import Map, Vector
from ._core import Core, Stretch, epoch_cell
from ._errors import FrameError, StaleError, ThreadError, check, got, lacking, need
from ._memory import (Roots, Shape, Size, array_on, array_size, bytes_of, elements, extents_of, numpy, root_at,
                      size_of)
from ._parts import Checkpoint, Hold, View
from ._retention import Retaining

STRETCH = 65536
ROWS_MIN, PIECES_MIN, PIECES_MAX, SLICES_KEPT = 4, 16, 512, 4096
NOT_BEGUN, ENDED, SUSPENDED = 0, -1, -2  # instead of the thread that a frame runs on
get_ident = threading.get_ident


def slices(count: int, size: int, step: int) -> List[slice]:
    """Where blocks of one size are that lie next to each other."""
    return [slice(start, start + size) for start in range(0, count * step, step)]


kept_slices = functools.lru_cache(maxsize=32)(slices)  # a loop wants the same ones in each frame


class RunningFrame:
    """The frame that runs on this thread, whoever has begun it: the end of the block does not end it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._own: Optional[Frame] = None

    def __enter__(self) -> "Frame":
        frame: Optional[Frame] = self._core.frame
        if frame is None:
            frame = self._own = Frame(self._core, borrowed=True).__enter__()
        return frame

    def __exit__(self, *error: Any) -> None:
        own, self._own = self._own, None
        if own is not None:
            own.__exit__(*error)


class Frame(Retaining):
    """A frame of the calling thread's lane; made by Allocator.frame(), used in a `with` statement.

    What it hands out is valid until it ends. Views that outlive it are safe: their memory stays out of use until they
    are gone, and if they outlive the next frame, too, FA002 is raised.
    """

    def __init__(self, core: Core, borrowed: bool = False) -> None:
        self._core, self._borrowed = core, borrowed
        self._thread = NOT_BEGUN
        self._lane: Any = None
        self._window = _abi.fa_window.new()
        self._stretches: List[Stretch] = []
        self._bases: Dict[Any, Tuple[Any, int]] = {}
        self._view: Any = None
        self._base = self._cursor = self._limit = self._count = 0
        self._rows: Any = None  # arrays or views alike that are asked for one after another
        self._row_source: Any = None  # tells how many are left of them
        self._piece_bytes: Any = None  # size of the views
        self._pieces = PIECES_MIN
        self._row_dtype: Any = None
        self._row_shape: Any = None
        self._row_kind: Any = None  # of the shape
        self._row_bytes = self._row_total = self._row_limit = 0
        self._last: Any = None
        self._transfers: List[Any] = []
        self._checkpoints: List[Checkpoint] = []
        self._cell: Any = None
        self.promotions = []
        self.summary = None

    # Beginning and ending

    def __enter__(self) -> "Frame":
        core = self._core
        if self._thread:
            raise FrameError("a frame is begun once; ask the allocator for another", _abi.FA_ERROR_FRAME_ACTIVE)
        if not self._borrowed:
            self._begin(core.a)
        lane = self._lane = core.state
        self._thread, lane.frame = get_ident(), self
        core.use()
        if lane.cell is None:
            lane.cell = epoch_cell(core)
        self._cell = lane.cell
        return self

    def _begin(self, allocator: int) -> None:
        """A listener in Python that raises leaves no frame behind."""
        status = self._core.lib.fa_frame_begin(allocator)
        try:
            check(status)
        except BaseException:
            if not status:
                self._core.lib.fa_frame_end(allocator)
                _callbacks.forget_kept()
            raise

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self.end(quiet=error is not None)

    def end(self, quiet: bool = False) -> None:
        """Ends the frame. `quiet` does not raise FA002: for when something else is being raised. If it cannot be ended
        it goes on: what fails is raised."""
        self._check()
        core = self._core
        number = core.lib.fa_frame_number(core.pointer)
        try:
            self.settle()
            self._set_aside(number)
            if not self._borrowed:
                self._finish(number)
        except BaseException:
            if not core.lib.fa_frame_active(core.pointer):
                self._over()
            raise
        self._over()
        if not quiet:
            self._look_back(number)

    def _over(self) -> None:
        self._lane.frame, self._thread = None, ENDED
        self._core.unuse()

    def suspend(self) -> None:
        """Its lane is left by the thread that it runs on."""
        self._thread = SUSPENDED

    def resume(self) -> None:
        self._thread = get_ident()

    def _finish(self, number: int) -> None:
        core = self._core
        if self._lane.promotes >= number:
            self._end_with_promotions()
        else:
            check(core.lib.fa_frame_end(core.pointer))

    def _set_aside(self, number: int) -> None:
        """Holds the frame's memory while somebody looks at it."""
        core, lane = self._core, self._lane
        if lane.ahead:
            self._stretches += [stretch for last, stretch in lane.ahead if last <= number]
            lane.ahead = [(last, stretch) for last, stretch in lane.ahead if last > number]
        sent = [root for transfer in self._transfers for root in transfer.leave_frame()] if self._transfers else []
        alive = self._looked_at()
        if alive:
            token = ctypes.c_uint64()
            self._hold(token)
            core.quarantine(alive, lambda: core.lib.fa_frame_token_release(core.pointer, token))
        self._stretches, self._transfers = [], []
        if alive or sent:
            roots = Roots()
            for root in alive + sent:
                roots.add(root)
            lane.quarantine.append((number + core.grace, number, roots))

    def _hold(self, token: Any) -> None:
        try:
            check(self._core.lib.fa_frame_hold(self._core.pointer, ctypes.byref(token)))
        except BaseException:
            for stretch in self._stretches:
                stretch.root = stretch.reference()
            raise

    def _looked_at(self) -> List[Any]:
        """The roots that somebody else has, too."""
        for stretch in self._stretches:
            stretch.root = None
        return [root for stretch in self._stretches for root in (stretch.reference(),) if root is not None]

    def _look_back(self, number: int) -> None:
        """Reports views that have outlived their frame for longer than is allowed."""
        quarantine = self._lane.quarantine
        while quarantine and quarantine[0][0] <= number:
            _, of_frame, roots = quarantine.popleft()
            count = len(roots.survivors())
            if count:
                self._core.report(count, f"frame {of_frame}")

    def _check(self) -> None:
        if self._thread != get_ident():
            if self._thread > 0:
                raise ThreadError("a frame belongs to the thread that began it", _abi.FA_ERROR_WRONG_LANE)
            if self._thread == SUSPENDED:
                raise ThreadError("the frame is of a lane that is not bound to this thread", _abi.FA_ERROR_WRONG_LANE)
            raise StaleError("[FA001] the frame does not run", _abi.FA_ERROR_NO_FRAME)

    # Taking memory

    def settle(self) -> None:
        """Closes the window, if one is open."""
        self._fold()
        if not self._limit:
            return
        window, self._limit, self._view = self._window, 0, None
        self._bases.clear()
        window.cursor, window.count = self._base + self._cursor, window.count + self._count
        self._cursor = self._count = 0
        check(self._core.lib.fa_window_close(ctypes.byref(window)))

    def _open(self, size: int) -> bool:
        """Opens a window with room for so many bytes; not in debug mode, nor near the end of a budget."""
        core, window = self._core, self._window
        self.settle()
        check(core.lib.fa_window_open(core.pointer, ctypes.byref(window), STRETCH))
        length = (window.limit or 0) - (window.cursor or 0)
        self._base, self._limit = window.cursor or 0, length
        if length < size:
            self._limit = max(length, 1)
            self.settle()
            return False
        self._add(root_at(self._base, length))
        self._view = memoryview(self._stretches[-1].root).cast("B")
        return True

    def _add(self, root: Any) -> Any:
        self._stretches.append(Stretch(self._core, root, self._cell))
        return root

    def _take(self, size: int, align: int) -> Tuple[Any, int]:
        self._check()
        self._fold()
        if 0 < size <= STRETCH // 4 and align in (1, 2, 4, 8, 16):
            start = self._cursor
            if start + size > self._limit:
                if not self._open(size):
                    return self._take_block(size, align)
                start = 0
            self._cursor = (start + size + 15) & -16
            self._count += 1
            return self._stretches[-1].root, start
        return self._take_block(size, align)

    def _take_block(self, size: int, align: int) -> Tuple[Any, int]:
        if size < 0:
            raise ValueError(f"{size} bytes")
        self.settle()
        core = self._core
        return self._add(root_at(need(core.lib.fa_frame_alloc(core.pointer, size, align)), size)), 0

    def bytes(self, size: Size, align: int = 16) -> memoryview:
        """Uninitialised bytes as a writable memoryview."""
        if size == self._piece_bytes and self._thread == get_ident() and align == 16:
            piece = next(self._rows, None)
            if piece is not None:
                return piece
        return self._bytes(size, align)

    def _bytes(self, size: Size, align: int) -> memoryview:
        self._check()
        self._fold()
        if type(size) is int and align == 16:
            start = self._cursor
            end = start + size
            if start < end <= self._limit:
                self._cursor = (end + 15) & -16
                self._count += 1
                if self._last == size:
                    self._begin_pieces(size)
                else:
                    self._last, self._pieces = size, PIECES_MIN
                return self._view[start:end]
        return super().bytes(size, align)

    def _begin_pieces(self, size: int) -> None:
        """The same as rows of an array, for views: more of them each time that all are used."""
        step = (size + 15) & -16
        count = self._pieces
        if count * step > self._limit - self._cursor:
            return
        self._pieces = min(2 * count, PIECES_MAX)
        self._row_source = iter(kept_slices(count, size, step))
        self._rows = map(self._view[self._cursor:].__getitem__, self._row_source)
        self._piece_bytes, self._row_bytes, self._row_total = size, step, count
        self._row_limit, self._limit = self._limit, 0

    def try_bytes(self, size: Size, align: int = 16) -> Optional[memoryview]:
        """Uninitialised bytes, or None where memory is lacking: nothing is raised or reported."""
        self._check()
        self.settle()
        core, size = self._core, size_of(size)
        address = core.lib.fa_frame_try_alloc(core.pointer, size, align)
        return None if lacking(address) else bytes_of(self._add(root_at(got(address), size)), size)

    def cache_lines(self, size: Size) -> memoryview:
        """Bytes on cache lines of their own: for what threads write side by side."""
        self._check()
        self.settle()
        core, size = self._core, size_of(size)
        return bytes_of(self._add(root_at(need(core.lib.fa_frame_alloc_cache_line(core.pointer, size)), size)), size)

    def array(self, dtype: Any, shape: Shape, align: int = 16) -> Any:
        """An uninitialised array: of NumPy where it is installed, otherwise a memoryview of that format and shape."""
        if (dtype == self._row_dtype and type(shape) is self._row_kind and shape == self._row_shape
                and self._thread == get_ident() and align == 16):
            row = next(self._rows, None)
            if row is not None:
                return row
        return self._array(dtype, shape, align)

    def _array(self, dtype: Any, shape: Shape, align: int) -> Any:
        self._check()
        self._fold()
        if not isinstance(shape, (int, tuple)):
            shape = extents_of(shape)
        again, self._last = self._last == (dtype, shape), (dtype, shape)
        base = self._bases.get(dtype) if type(shape) is int and align == 16 and type(dtype) is not list else None
        if base is not None:
            everything, itemsize = base
            start = self._cursor
            end = start + shape * itemsize  # type: ignore[operator]
            if start < end <= self._limit:
                self._cursor = (end + 15) & -16
                self._count += 1
                if again:
                    self._begin_rows(dtype, shape)
                first = start // itemsize
                return everything[first:first + shape]  # type: ignore[operator]
        made = super().array(dtype, shape, align)
        self._remember(dtype)
        if again:
            self._begin_rows(dtype, shape)
        return made

    def _begin_rows(self, dtype: Any, shape: Shape) -> None:
        """Makes rows of what is left of the window: going on to the next row is the cheapest way to an array. What the
        frame has handed out is counted when something else is wanted of it."""
        module = numpy()
        if module is None or not self._limit:
            return
        kind, itemsize, extents = array_size(dtype, shape)
        step = (elements(extents) * itemsize + 15) & -16
        rows = (self._limit - self._cursor) // step if step else 0
        if rows < ROWS_MIN:
            return
        if not extents:
            return
        strides = [itemsize]
        for extent in extents[:0:-1]:
            strides.insert(0, strides[0] * extent)
        root = self._stretches[-1].root
        everything = module.ndarray((rows, *extents), kind, root, self._cursor, (step, *strides))
        self._rows = self._row_source = iter(everything)
        self._row_dtype, self._row_shape, self._row_bytes, self._row_total = dtype, shape, step, rows
        self._row_kind, self._row_limit, self._limit = type(shape), self._limit, 0

    def _fold(self) -> None:
        """Counts the rows that were handed out."""
        if self._rows is not None:
            issued = self._row_total - length_hint(self._row_source)
            self._cursor += issued * self._row_bytes
            self._count += issued
            self._rows = self._row_source = self._row_dtype = self._row_kind = self._piece_bytes = None
            self._limit = self._row_limit

    def _remember(self, dtype: Any) -> None:
        """An array over the whole window, of which others can be slices."""
        module = numpy()
        if module is None or not self._limit or type(dtype) is list or dtype in self._bases:
            return
        kind = module.dtype(dtype)
        if kind.itemsize in (1, 2, 4, 8, 16):
            root = self._stretches[-1].root
            self._bases[dtype] = (module.ndarray((self._limit // kind.itemsize,), kind, root), kind.itemsize)

    def batch(self, count: int, size: Size) -> List[memoryview]:
        """Many blocks of the same size with one request."""
        self._check()
        size = size_of(size)
        if count < 0 or size < 0:
            raise ValueError(f"{count} blocks of {size} bytes")
        step = max((size + 15) & -16, 16)
        self.settle()
        core = self._core
        root = self._add(root_at(need(core.lib.fa_frame_alloc_array(core.pointer, count, step, 16)), count * step))
        places = kept_slices(count, size, step) if count <= SLICES_KEPT else slices(count, size, step)
        return list(map(memoryview(root).cast("B").__getitem__, places))

    def view(self, size: Size) -> View:
        """Uninitialised bytes that know when their frame has ended and do not outlive it."""
        size = size_of(size)
        _, offset = self._take(size, 16)
        return View(self._stretches[-1], offset, offset + size)

    def ahead(self, frames: int, size: Size, align: int = 16) -> memoryview:
        """Bytes that live until the end of the `frames`th frame after this one."""
        self._check()
        self.settle()
        core, size = self._core, size_of(size)
        root = root_at(need(core.lib.fa_frame_alloc_ahead(core.pointer, frames, size, align)), size)
        stretch = Stretch(core, root, self._cell)
        stretch.root = None
        self._lane.ahead.append((self.number + frames, stretch))
        return memoryview(root).cast("B")[:size]

    def join(self, parts: Sequence[str], separator: str = "") -> memoryview:
        """Texts put together in one copy, in UTF-8."""
        return self.text(separator.join(parts))

    def soa(self, count: int, **columns: Any) -> Dict[str, Any]:
        """A structure of arrays: arrays of `count` elements by name, next to each other in one request."""
        self._check()
        described = [(name, *array_size(dtype, count)) for name, dtype in columns.items()]
        fields = (_abi.fa_soa_field * len(described))()
        for field, (_, _, itemsize, _) in zip(fields, described):
            field.size, field.align = itemsize, 16
        self.settle()
        core = self._core
        check(core.lib.fa_frame_alloc_soa(core.pointer, count, fields, len(described)))
        return {name: array_on(self._add(root_at(field.array, max(itemsize * count, 1))), 0, kind, itemsize, extents)
                for field, (name, kind, itemsize, extents) in zip(fields, described)}

    def vector(self, kind: Any, capacity: int) -> Vector:
        """A vector of items of a ctypes type, which C can use, too."""
        self._check()
        self.settle()
        return Vector(self, kind, capacity)

    def map(self, kind: Any, capacity: int, key: Any = str) -> Map:
        """A map from texts, or from a ctypes type, to values of another; C can use it, too."""
        self._check()
        self.settle()
        return Map(self, kind, capacity, key)

    def attach(self, transfer: Any) -> None:
        """A transfer that goes with this frame unless it is sent or taken."""
        self._transfers.append(transfer)

    def stretch_at(self, address: Optional[int], size: int) -> Stretch:
        """The stretch of what C has taken from the frame for a collection."""
        self._add(root_at(address or 0, max(size, 1)))
        return self._stretches[-1]

    # Scopes within the frame

    def subframe(self) -> "Checkpoint":
        """A scope whose memory goes at its end: `with frame.subframe():`"""
        return Checkpoint(self, keep_on_success=False)

    def checkpoint(self) -> "Checkpoint":
        """A scope whose memory goes if an exception leaves it, or rollback() is called; else it stays."""
        return Checkpoint(self, keep_on_success=True)

    # About the frame

    @property
    def number(self) -> int:
        """Its number; the lane's first is 1."""
        return self._core.lib.fa_frame_number(self._core.pointer)

    @property
    def used(self) -> int:
        """Bytes in use."""
        self._core.settle()
        return self._core.lib.fa_frame_used(self._core.pointer)

    @property
    def remaining(self) -> int:
        """Bytes up to the frame cap."""
        self._core.settle()
        return self._core.lib.fa_frame_remaining(self._core.pointer)

    def warm(self, size: Size) -> None:
        """Makes sure that so many bytes need nothing from the backend."""
        self._core.settle()
        check(self._core.lib.fa_frame_warm(self._core.pointer, size_of(size)))

    def on_end(self, function: Callable[[], Any], ahead: int = 0) -> None:
        """Has a function called when the frame ends, or what was taken since now is rolled back; newest first."""
        self._check()
        core, key = self._core, _callbacks.register(function)
        self.settle()
        try:
            check(core.lib.fa_frame_cleanup_ahead(core.pointer, ahead, _callbacks.cleanup, key))
        except BaseException:
            _callbacks.forget(key)
            raise

    def hold(self) -> "Hold":
        """Keeps the frame's memory beyond its end, for a reader that Python cannot see."""
        self._check()
        token = ctypes.c_uint64()
        check(self._core.lib.fa_frame_hold(self._core.pointer, ctypes.byref(token)))
        return Hold(self._core, token.value)

    def __repr__(self) -> str:
        return f"<Frame{', running' if self._thread > 0 else ''}>"
