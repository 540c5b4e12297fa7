# SPDX-License-Identifier: MIT OR Apache-2.0
"""What every object of an allocator shares: the handle, the functions, and how long both stay."""

import atexit
import ctypes
import os
import sys
import threading
import warnings
import weakref
from typing import Any, Callable, Dict, Hashable, List, NoReturn, Optional, Set, Tuple

from . import _abi, _callbacks
from ._errors import ArgumentError, ClosedError, StaleError, SurvivorError, SurvivorWarning, check, got, lacking
from ._lane_state import Arena, LaneState, ThreadState
from ._memory import Memory, Roots, Size, address_of, bytes_of, let_go, root_at, size_of

RAISE, WARN = "raise", "warn"


class Core:
    """The reference to a C allocator. It is given up when the allocator is closed and nothing of it is in use."""

    def __init__(self, pointer: int, lib: _abi.Calls, survivors: str, grace: int) -> None:
        self.pointer, self.lib, self.survivors, self.grace = pointer, lib, survivors, grace
        self.closed = False
        self.keys: Set[int] = set()  # of callbacks that C keeps as long as the allocator
        self.slots: Dict[str, int] = {}  # of those that the next one of their kind replaces
        self.undo: Dict[Any, Callable[[], Any]] = {}  # of a host's allocator: has C forget functions of Python
        self.quarantined = 0
        self._roots: Dict[Hashable, Roots] = {}  # of what ends with the allocator at the latest
        self._arenas: Dict[int, Arena] = {}
        self._lanes: Dict[int, LaneState] = {}
        self._in_use, self._lock = 0, threading.RLock()
        self._local = threading.local()
        _cores.add(self)

    @property
    def a(self) -> int:
        """The handle for a call."""
        if self.closed:
            raise ClosedError("the allocator is closed", _abi.FA_ERROR_INVALID_ALLOCATOR)
        return self.pointer

    # Lanes

    @property
    def state(self) -> LaneState:
        """What is known of the calling thread's lane. A lane outlives its threads, and so does this."""
        thread = getattr(self._local, "thread", None)
        if thread is None:
            lane = self.lane_state(self.lib.fa_lane_current(self.pointer) or 0)
            thread = self._local.thread = ThreadState(self, lane)
        return thread.lane

    @state.setter
    def state(self, lane: LaneState) -> None:
        self._local.thread.lane = lane

    def lane_state(self, pointer: int) -> LaneState:
        return self._lanes.setdefault(pointer, LaneState())

    def move_to(self, lane: LaneState) -> None:
        """The calling thread has changed lanes: the frame of one stands still, that of the other goes on."""
        before = self.state
        if before.frame is not None:
            before.frame.suspend()
        self.state = lane
        if lane.frame is not None:
            lane.frame.resume()

    def keep_lane(self, alive: List[Any]) -> None:
        """Takes the lane from its thread, which ends, and hands it back when nobody looks at its memory any more."""
        lane = ctypes.c_void_p()
        if self.lib.fa_lane_bind(self.pointer, None, ctypes.byref(lane)) == _abi.FA_OK and lane:
            self.quarantine(alive, lambda: check(self.lib.fa_lane_release(self.pointer, lane)))

    @property
    def frame(self) -> Any:
        """The frame that Python has begun on the calling thread's lane."""
        thread = getattr(self._local, "thread", None)
        return None if thread is None else thread.lane.frame

    def settle(self) -> None:
        """Books what Python took from a window of the running frame: before whatever looks at the books."""
        frame = self.frame
        if frame is not None:
            frame.settle()

    # Lifetime

    def use(self) -> None:
        with self._lock:
            self._in_use += 1

    def unuse(self) -> None:
        with self._lock:
            self._in_use -= 1
            last = self.closed and self._in_use == 0
        if last:
            self._give_up()

    def take_back(self) -> None:
        """A host's allocator goes on when Python has ended: nothing may be registered there that Python would run."""
        while self.undo:
            self.undo.popitem()[1]()

    @property
    def in_use(self) -> bool:
        return self._in_use > 0 or bool(self._looked_at())

    def close(self) -> None:
        """Gives up the reference, or leaves that to the last frame that runs and the last view that is looked at."""
        self.take_back()
        with self._lock:
            if self.closed:
                return
            self.closed = True
            self._in_use += 1
        alive = self._looked_at()
        if alive:
            self.quarantine(alive, lambda: None)
        del alive
        self.unuse()

    def _looked_at(self) -> List[Any]:
        lanes = [root for lane in list(self._lanes.values()) for root in lane.looked_at()]
        scopes = list(self._roots.values()) + [arena.roots for arena in list(self._arenas.values())]
        return lanes + [root for roots in scopes for root in roots.alive()]

    def roots_of(self, *what: Hashable) -> Roots:
        """The roots of one group, task or the like, whichever object of Python handed them out."""
        return self._roots.setdefault(what, Roots())

    def arena(self, pool: int) -> Arena:
        """What is known of a scratch pool."""
        return self._arenas.setdefault(pool, Arena())

    def forget_arena(self, pool: int) -> None:
        self._arenas.pop(pool, None)

    def forget_roots(self, *what: Hashable) -> None:
        self._roots.pop(what, None)

    def _give_up(self) -> None:
        """Waits for calls of other threads, which may be in Python: not with the lock held."""
        self.lib.fa_allocator_release(self.pointer)
        self.gone()

    def gone(self) -> None:
        """The allocator has ended for Python."""
        self.closed = True
        _cores.discard(self)
        for key in [*self.keys, *self.slots.values()]:
            _callbacks.forget(key)
        self.keys.clear()
        self.slots.clear()

    def after_fork(self) -> None:
        """A thread that is not in the child may have had the lock."""
        self._lock = threading.RLock()

    def when_gone(self, root: Any, action: Callable[[], None]) -> Any:
        """Runs an action when a root is gone; until then the C allocator stays."""
        self.use()

        def gone() -> None:
            try:
                action()
            finally:
                self.unuse()

        finalizer = weakref.finalize(root, gone)
        finalizer.atexit = False
        return finalizer

    def quarantine(self, roots: List[Any], action: Callable[[], None]) -> None:
        """Keeps memory out of use until nobody looks at it any more."""
        self.use()
        self._count_quarantined(1)

        def gone() -> None:
            self._count_quarantined(-1)
            try:
                action()
            finally:
                self.unuse()

        Roots.when_gone(roots, gone)

    def _count_quarantined(self, change: int) -> None:
        with self._lock:
            self.quarantined += change

    def let_go(self, view: memoryview) -> None:
        """Where nothing is allowed to outlive its scope, the view that the scope gave ends with it, as a file does."""
        if not self.grace:
            let_go(view)

    def end_scope(self, roots: Roots, action: Callable[[], None], name: str) -> None:
        """Ends something now, or when nobody looks at its memory any more; without grace that is reported."""
        if sys.is_finalizing():
            return
        count = self._end_later(roots, action)
        if count and not self.grace:
            self.report(count, name)

    def _end_later(self, roots: Roots, action: Callable[[], None]) -> int:
        """What was taken meanwhile is waited for, too; how many are looked at."""
        alive = roots.alive() if self.grace else roots.survivors()
        if alive:
            self.quarantine(alive, lambda: None if self._end_later(roots, action) else None)
        else:
            action()
        return len(alive)

    def report(self, count: int, where: str) -> None:
        """FA002, as the allocator's user chose to hear of it."""
        stretches = "1 stretch" if count == 1 else f"{count} stretches"
        words = (f"[FA002] {stretches} of {where} outlived it: the memory stays out of use\n"
                 "  help: let go of the views, or copy what shall last: bytes(view), array.copy()")
        if self.survivors == RAISE:
            raise SurvivorError(words)
        warnings.warn(words, SurvivorWarning, stacklevel=4)

    # Callbacks that C keeps

    def keep(self, function: Optional[Callable[..., Any]]) -> int:
        """The key of a function that C keeps as long as the allocator; 0 for none."""
        if function is None:
            return 0
        key = _callbacks.register(function)
        self.keys.add(key)
        return key

    def drop(self, key: int) -> None:
        """Forgets a function that C does not keep any more."""
        self.keys.discard(key)
        self.undo.pop(key, None)
        _callbacks.forget(key)

    def replace(self, slot: str, function: Optional[Callable[..., Any]], set_it: Callable[[int], None]) -> None:
        """Sets the one function of a kind, and forgets the one before once C has the new one."""
        key = _callbacks.register(function) if function is not None else 0
        try:
            set_it(key)
        except BaseException:
            _callbacks.forget(key)
            raise
        _callbacks.forget(self.slots.pop(slot, None))
        self.undo.pop(slot, None)
        if key:
            self.slots[slot] = key
            self.promise(slot, lambda: set_it(0))

    def promise(self, what: Any, undo: Callable[[], Any]) -> None:
        """Keeps in mind how something that a host's allocator has been given is taken back."""
        if self in _of_hosts:  # no other is used when Python has ended
            self.undo[what] = undo


_of_hosts: "weakref.WeakSet[Core]" = weakref.WeakSet()  # those that are borrowed


def borrowed(core: Core) -> Core:
    """The core of an allocator that is a host's."""
    _of_hosts.add(core)
    return core


@atexit.register
def _leave_hosts() -> None:
    for core in list(_of_hosts):
        core.settle()
        core.close()


# Those that have not been given up. A core that is garbage could not tell who looks at its memory: the collector clears
# weak references that are garbage themselves.
_cores: Set[Core] = set()


def _after_fork() -> None:
    for core in list(_cores):
        core.after_fork()


os.register_at_fork(after_in_child=_after_fork)


class Stretch:
    """Memory that goes with a scope. It holds its root until the scope ends; views that are safe hold the stretch."""

    __slots__ = ("core", "root", "reference", "cell", "epoch", "__weakref__")

    def __init__(self, core: Core, root: Any, cell: Any) -> None:
        self.core, self.root, self.reference = core, root, weakref.ref(root)
        self.cell, self.epoch = cell, cell.value

    def alive(self) -> Any:
        """The root, unless the frame has ended, in Python or elsewhere."""
        if self.root is None or self.cell.value != self.epoch:
            return None
        return self.root

    def refuse(self) -> NoReturn:
        """Has the library report a use after the frame (FA002)."""
        check(self.core.lib.fa_frame_check(self.core.pointer, self.epoch))
        raise StaleError("a view was used after what it shows was rolled back", _abi.FA_ERROR_STALE)


class Scope(Memory):
    """A scope of C (a group, a task, a scratch pool) whose memory goes all at once."""

    _name = "scope"

    def __init__(self, core: Core, kind: str, ident: int) -> None:
        self._core, self._kind, self._ident = core, kind, ident

    @property
    def _roots(self) -> Roots:
        return self._core.roots_of(self._kind, self._ident)

    def _allocate(self, size: int, align: int) -> int:
        raise NotImplementedError

    def _take(self, size: int, align: int) -> Tuple[Any, int]:
        if size < 0:
            raise ValueError(f"{size} bytes")
        return self._rooted(root_at(self._allocate(size, align), size)), 0

    def _rooted(self, root: Any) -> Any:
        return self._roots.add(root)

    def _try(self, size: int, align: int) -> Optional[int]:
        raise TypeError(f"{self._name} has no such attempt; catch MemoryError")

    def try_bytes(self, size: Size, align: int = 16) -> Optional[memoryview]:
        """Uninitialised bytes, or None where memory is lacking: nothing is raised or reported."""
        size = size_of(size)
        address = self._try(size, align)
        return None if lacking(address) else bytes_of(self._rooted(root_at(got(address), size)), size)

    def _release(self, address: int) -> int:
        raise NotImplementedError

    def free(self, view: memoryview) -> None:
        """Frees one block before the others, by the view that it was given as; the view is released."""
        address = address_of(view)
        roots = self._roots.at(address)
        if not roots.alive():
            raise ArgumentError(f"{self._name} has no such block", _abi.FA_ERROR_FOREIGN_POINTER)
        view.release()
        everything, ended = self._roots, self._roots.ended

        def release() -> None:
            if everything.ended == ended:
                check(self._release(address))

        self._core.end_scope(roots, release, self._name)

    def _end(self, action: Callable[[], None]) -> None:
        """Ends the scope now, or when nobody looks at its memory any more."""
        roots = self._roots

        def end() -> None:
            roots.ended += 1
            action()

        self._core.end_scope(roots, end, self._name)


def epoch_cell(core: Core) -> Any:
    """The counter that the library raises whenever a frame of this lane begins or ends."""
    address = core.lib.fa_frame_epoch(core.pointer)
    return ctypes.c_uint64.from_address(address)


def choice(prefix: str, word: Any) -> int:
    """The constant of a family that a word names: "fail" is FA_BUDGET_FAIL."""
    if isinstance(word, int):
        return word
    value = getattr(_abi, prefix + str(word).upper().replace("-", "_").replace(" ", "_"), None)
    if value is None:
        words = [name[len(prefix):].lower().replace("_", "-") for name in vars(_abi) if name.startswith(prefix)]
        raise ValueError(f"{word!r} is none of {', '.join(words)}")
    return value


def text_of(words: str) -> bytes:
    """A text for C, which would end at a zero byte."""
    if "\0" in words:
        raise ValueError(f"a zero byte in {words!r}")
    return words.encode()


def encoded(name: Optional[str]) -> Optional[bytes]:
    return None if name is None else text_of(name)
