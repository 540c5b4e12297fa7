# SPDX-License-Identifier: MIT OR Apache-2.0
"""Frames: memory that is bumped in Python and goes all at once.

A call into C for each block would cost more than the block. A frame therefore borrows a window of the library's frame,
bumps it here, and closes it before anybody looks at the books, which stay exact.
"""

import ctypes
import threading
from operator import length_hint
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import _abi, _callbacks
from ._collections import Map, Vector
from ._core import Core, Stretch, choice, encoded, epoch_cell
from ._errors import FrameError, StaleError, ThreadError, check, need
from ._memory import Memory, Roots, Shape, Size, address_of, array_on, array_size, elements, numpy, root_at, size_of
from ._records import Promotion, PromotionSummary

STRETCH = 65536
ROWS_MIN = 4
get_ident = threading.get_ident


class View:
    """Bytes of a frame that do not keep it waiting: using one after its frame raises StaleError."""

    __slots__ = ("_stretch", "_start", "_end")

    def __init__(self, stretch: Stretch, start: int, end: int) -> None:
        self._stretch, self._start, self._end = stretch, start, end

    @property
    def memory(self) -> memoryview:
        """The bytes themselves, for as long as the frame runs."""
        root = self._stretch.alive()
        if root is None:
            self._stretch.refuse()
        return memoryview(root).cast("B")[self._start:self._end]

    @property
    def valid(self) -> bool:
        """Whether its frame still runs."""
        return self._stretch.alive() is not None

    def array(self, dtype: Any) -> Any:
        """The same bytes as an array, which does keep its frame's memory."""
        kind, itemsize, extents = array_size(dtype, (self._end - self._start) // array_size(dtype, 0)[1])
        self.memory.release()
        return array_on(self._stretch.root, self._start, kind, itemsize, extents)

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, index: Any) -> Any:
        found = self.memory[index]
        return bytes(found) if isinstance(index, slice) else found

    def __setitem__(self, index: Any, value: Any) -> None:
        self.memory[index] = value

    def __repr__(self) -> str:
        return f"<View of {len(self)} bytes, {'valid' if self.valid else 'stale'}>"


class Frame(Memory):
    """A frame of the calling thread's lane; made by Allocator.frame(), used in a `with` statement.

    What it hands out is valid until it ends. Views that outlive it are safe: their memory stays out of use until they
    are gone, and if they outlive the next frame, too, FA002 is raised.
    """

    def __init__(self, core: Core, borrowed: bool = False) -> None:
        self._core, self._borrowed = core, borrowed
        self._thread = 0
        self._window = _abi.fa_window.new()
        self._stretches: List[Stretch] = []
        self._bases: Dict[Any, Tuple[Any, int]] = {}
        self._view: Any = None
        self._base = self._cursor = self._limit = self._count = 0
        self._rows: Any = None  # arrays alike that are asked for one after another
        self._row_dtype: Any = None
        self._row_shape: Any = None
        self._row_bytes = self._row_total = self._row_limit = 0
        self._last: Any = None
        self._retained: List[Any] = []
        self._cell: Any = None
        self._outer: Any = None
        #: What became of the blocks that were retained, once the frame has ended.
        self.promotions: List[Tuple[Promotion, Any]] = []

    # Beginning and ending

    def __enter__(self) -> "Frame":
        core, state = self._core, self._core.state
        if self._thread:
            raise FrameError("a frame is begun once; ask the allocator for another", _abi.FA_ERROR_FRAME_ACTIVE)
        if not self._borrowed:
            check(core.lib.fa_frame_begin(core.a))
        self._thread, self._outer, state.frame = get_ident(), state.frame, self
        if state.cell is None:
            state.cell = epoch_cell(core)
        self._cell = state.cell
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self.end(quiet=error is not None)

    def end(self, quiet: bool = False) -> None:
        """Ends the frame. `quiet` does not raise FA002: for when something else is being raised."""
        self._check()
        core, state = self._core, self._core.state
        state.frame, self._thread = self._outer, -1
        self._settle()
        number = core.lib.fa_frame_number(core.a)
        self._set_aside(number)
        if not self._borrowed:
            self._finish()
        if not quiet:
            self._look_back(number)

    def _finish(self) -> None:
        core = self._core
        if self._retained:
            self._end_with_promotions()
        else:
            check(core.lib.fa_frame_end(core.a))

    def _set_aside(self, number: int) -> None:
        """Holds the frame's memory while somebody looks at it."""
        core, state = self._core, self._core.state
        due = [stretch for last, stretch in state.ahead if last <= number]
        state.ahead = [(last, stretch) for last, stretch in state.ahead if last > number]
        self._stretches += due
        for stretch in self._stretches:
            stretch.root = None
        alive = [root for stretch in self._stretches for root in (stretch.reference(),) if root is not None]
        self._stretches = []
        if not alive:
            return
        token = ctypes.c_uint64()
        check(core.lib.fa_frame_hold(core.a, ctypes.byref(token)))
        roots = Roots()
        for root in alive:
            roots.add(root)
        core.quarantine(alive, lambda: core.lib.fa_frame_token_release(core.pointer, token))
        state.quarantine.append((number + core.grace, number, roots))

    def _look_back(self, number: int) -> None:
        """Reports views that have outlived their frame for longer than is allowed."""
        state = self._core.state
        while state.quarantine and state.quarantine[0][0] <= number:
            _, of_frame, roots = state.quarantine.popleft()
            count = len(roots.survivors())
            if count:
                self._core.report(count, f"frame {of_frame}")

    def _check(self) -> None:
        if self._thread != get_ident():
            if self._thread > 0:
                raise ThreadError("a frame belongs to the thread that began it", _abi.FA_ERROR_WRONG_LANE)
            raise StaleError("[FA001] the frame does not run", _abi.FA_ERROR_NO_FRAME)

    # Taking memory

    def _settle(self) -> None:
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
        self._settle()
        check(core.lib.fa_window_open(core.a, ctypes.byref(window), STRETCH))
        length = (window.limit or 0) - (window.cursor or 0)
        self._base, self._limit = window.cursor or 0, length
        if length < size:
            self._limit = max(length, 1)
            self._settle()
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
        self._settle()
        core = self._core
        return self._add(root_at(need(core.lib.fa_frame_alloc(core.a, size, align)), size)), 0

    def bytes(self, size: Size, align: int = 16) -> memoryview:
        """Uninitialised bytes as a writable memoryview."""
        if type(size) is int and align == 16 and self._thread == get_ident():
            start = self._cursor
            end = start + size
            if start < end <= self._limit:
                self._cursor = (end + 15) & -16
                self._count += 1
                return self._view[start:end]
        return super().bytes(size, align)

    def array(self, dtype: Any, shape: Shape, align: int = 16) -> Any:
        """An uninitialised array: of NumPy where it is installed, otherwise a memoryview of that format and shape."""
        if dtype == self._row_dtype and shape == self._row_shape and self._thread == get_ident() and align == 16:
            row = next(self._rows, None)
            if row is not None:
                return row
        return self._array(dtype, shape, align)

    def _array(self, dtype: Any, shape: Shape, align: int) -> Any:
        self._fold()
        again, self._last = self._last == (dtype, shape), (dtype, shape)
        base = self._bases.get(dtype) if isinstance(shape, int) and align == 16 else None
        if base is not None and self._thread == get_ident():
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
        strides = [itemsize]
        for extent in extents[:0:-1]:
            strides.insert(0, strides[0] * extent)
        root = self._stretches[-1].root
        self._rows = iter(module.ndarray((rows, *extents), kind, root, self._cursor, (step, *strides)))
        self._row_dtype, self._row_shape, self._row_bytes, self._row_total = dtype, shape, step, rows
        self._row_limit, self._limit = self._limit, 0

    def _fold(self) -> None:
        """Counts the rows that were handed out."""
        if self._rows is not None:
            issued = self._row_total - length_hint(self._rows)
            self._cursor += issued * self._row_bytes
            self._count += issued
            self._rows = self._row_dtype = None
            self._limit = self._row_limit

    def _remember(self, dtype: Any) -> None:
        """An array over the whole window, of which others can be slices."""
        module = numpy()
        if module is None or not self._limit or dtype in self._bases:
            return
        kind = module.dtype(dtype)
        if kind.itemsize in (1, 2, 4, 8, 16):
            root = self._stretches[-1].root
            self._bases[dtype] = (module.ndarray((self._limit // kind.itemsize,), kind, root), kind.itemsize)

    def batch(self, count: int, size: int) -> List[memoryview]:
        """Many blocks of the same size with one request."""
        self._check()
        step = (size + 15) & -16
        self._settle()
        core = self._core
        root = self._add(root_at(need(core.lib.fa_frame_alloc_array(core.a, count, step, 16)), count * step))
        whole = memoryview(root).cast("B")
        return [whole[start:start + size] for start in range(0, count * step, step)]

    def view(self, size: Size) -> View:
        """Uninitialised bytes that know when their frame has ended and do not outlive it."""
        size = size_of(size)
        _, offset = self._take(size, 16)
        return View(self._stretches[-1], offset, offset + size)

    def ahead(self, frames: int, size: Size, align: int = 16) -> memoryview:
        """Bytes that live until the end of the `frames`th frame after this one."""
        self._check()
        self._settle()
        core, size = self._core, size_of(size)
        root = root_at(need(core.lib.fa_frame_alloc_ahead(core.a, frames, size, align)), size)
        stretch = Stretch(core, root, self._cell)
        stretch.root = None
        core.state.ahead.append((self.number + frames, stretch))
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
        self._settle()
        core = self._core
        check(core.lib.fa_frame_alloc_soa(core.a, count, fields, len(described)))
        return {name: array_on(self._add(root_at(field.array, max(itemsize * count, 1))), 0, kind, itemsize, extents)
                for field, (name, kind, itemsize, extents) in zip(fields, described)}

    def vector(self, kind: Any, capacity: int) -> Vector:
        """A vector of items of a ctypes type, which C can use, too."""
        self._check()
        self._settle()
        return Vector(self._core, kind, capacity)

    def map(self, kind: Any, capacity: int, key: Any = str) -> Map:
        """A map from texts, or from a ctypes type, to values of another; C can use it, too."""
        self._check()
        self._settle()
        return Map(self._core, kind, capacity, key)

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
        return self._core.lib.fa_frame_number(self._core.a)

    @property
    def used(self) -> int:
        """Bytes in use."""
        self._core.settle()
        return self._core.lib.fa_frame_used(self._core.a)

    @property
    def remaining(self) -> int:
        """Bytes up to the frame cap."""
        self._core.settle()
        return self._core.lib.fa_frame_remaining(self._core.a)

    def warm(self, size: Size) -> None:
        """Makes sure that so many bytes need nothing from the backend."""
        self._core.settle()
        check(self._core.lib.fa_frame_warm(self._core.a, size_of(size)))

    def on_end(self, function: Callable[[], Any], ahead: int = 0) -> None:
        """Has a function called when the frame ends, or what was taken since now is rolled back; newest first."""
        self._check()
        core, key = self._core, _callbacks.register(function)
        self._settle()
        try:
            check(core.lib.fa_frame_cleanup_ahead(core.a, ahead, _callbacks.cleanup, key))
        except BaseException:
            _callbacks.forget(key)
            raise

    def hold(self) -> "Hold":
        """Keeps the frame's memory beyond its end, for a reader that Python cannot see."""
        self._check()
        token = ctypes.c_uint64()
        check(self._core.lib.fa_frame_hold(self._core.a, ctypes.byref(token)))
        return Hold(self._core, token.value)

    # Retention

    def retained(self, size: Size, to: str = "heap", *, scratch: Optional[str] = None, type_name: Optional[str] = None,
                 ahead: int = 0) -> memoryview:
        """Bytes that are copied to the pool, the heap or a scratch pool when the frame ends; see `promotions`."""
        self._check()
        self._settle()
        core, size = self._core, size_of(size)
        how = self._retention(to, scratch, type_name, ahead)
        root = self._add(root_at(need(core.lib.fa_frame_alloc_retained(core.a, size, 16, ctypes.byref(how))), size))
        self._retained.append(how.policy)
        return memoryview(root).cast("B")[:size]

    def retain(self, view: memoryview, to: str = "heap", *, scratch: Optional[str] = None,
               type_name: Optional[str] = None) -> None:
        """Has bytes of this frame copied when it ends, as if they had been taken with retained()."""
        self._check()
        self._settle()
        how, core = self._retention(to, scratch, type_name, 0), self._core
        check(core.lib.fa_frame_retain(core.a, address_of(view), view.nbytes, 1, ctypes.byref(how)))
        self._retained.append(how.policy)

    @staticmethod
    def _retention(to: Any, scratch: Optional[str], type_name: Optional[str], ahead: int) -> Any:
        policy = choice("FA_RETAIN_", to if to in ("discard", "leak") or isinstance(to, int) else f"to_{to}")
        return _abi.fa_retention.new(policy=policy, frames_ahead=ahead, scratch=encoded(scratch),
                                     type_name=encoded(type_name))

    def drop_retained(self) -> int:
        """Forgets what was retained: it goes with the frame."""
        self._check()
        self._retained.clear()
        return self._core.lib.fa_frame_retained_drop(self._core.a)

    def _end_with_promotions(self) -> None:
        core = self._core
        room = core.lib.fa_frame_retained_count(core.a)
        results, count = (_abi.fa_promotion * max(room, 1))(), ctypes.c_size_t()
        summary = _abi.fa_promotion_summary.new()
        check(core.lib.fa_frame_end_with_promotions(core.a, results, room, ctypes.byref(count), ctypes.byref(summary)))
        self.summary: Optional[PromotionSummary] = PromotionSummary.of(summary)
        self.promotions = [(Promotion.of(one), self._promoted(one)) for one in results[:count.value]]

    def _promoted(self, one: Any) -> Any:
        from ._blocks import Block  # pylint: disable=import-outside-toplevel,cyclic-import
        owned = one.policy in (_abi.FA_RETAIN_TO_POOL, _abi.FA_RETAIN_TO_HEAP)
        return Block(self._core, one.after, one.size) if owned and one.after else None

    def __repr__(self) -> str:
        return f"<Frame{', running' if self._thread > 0 else ''}>"


class Checkpoint:
    """A part of a frame that can be undone. Memory that somebody still looks at stays until the frame ends."""

    def __init__(self, frame: Frame, keep_on_success: bool) -> None:
        self._frame, self._keep = frame, keep_on_success
        self._mark = self._id = self._before = 0
        #: Bytes that were in use in the scope when it ended.
        self.used = 0

    def __enter__(self) -> "Checkpoint":
        frame = self._frame
        frame._check()
        frame._settle()
        core = frame._core
        self._before = core.lib.fa_frame_used(core.a)
        self._mark, self._id = len(frame._stretches), core.lib.fa_frame_checkpoint(core.a)
        if not self._id:
            need(None)
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if self._id:
            self._end(keep=self._keep and error is None)

    def rollback(self) -> None:
        """Undoes the scope now."""
        self._end(keep=False)

    def commit(self) -> None:
        """Keeps what the scope took, whatever comes."""
        self._end(keep=True)

    def _end(self, keep: bool) -> None:
        frame, core = self._frame, self._frame._core
        frame._check()
        frame._settle()
        checkpoint, self._id = self._id, 0
        self.used = core.lib.fa_frame_used(core.a) - self._before
        inside = frame._stretches[self._mark:]
        if not keep:
            for stretch in inside:
                stretch.root = None
            keep = any(stretch.reference() is not None for stretch in inside)
            if not keep:
                del frame._stretches[self._mark:]
        check((core.lib.fa_frame_commit if keep else core.lib.fa_frame_rollback)(core.a, checkpoint))


class Hold:
    """A frame that is held; its memory goes when the last one of it is released."""

    def __init__(self, core: Core, token: int) -> None:
        self._core, self._token = core, token
        core.use()

    def release(self) -> None:
        token, self._token = self._token, 0
        if token:
            try:
                check(self._core.lib.fa_frame_token_release(self._core.pointer, token))
            finally:
                self._core.unuse()

    def __enter__(self) -> "Hold":
        return self

    def __exit__(self, *_: Any) -> None:
        self.release()
