# SPDX-License-Identifier: MIT OR Apache-2.0
"""What every object of an allocator shares: the handle, the functions, and how long both stay."""

import atexit
import collections
import ctypes
import threading
import warnings
import weakref
from typing import Any, Callable, Deque, Dict, List, NoReturn, Optional, Tuple

from . import _abi, _callbacks
from ._errors import ArgumentError, ClosedError, StaleError, SurvivorError, SurvivorWarning, check
from ._memory import Memory, Roots, address_of, root_at

RAISE, WARN = "raise", "warn"


class LaneState:
    """What Python knows of one lane: the frame that runs on it, and memory that somebody still looked at."""

    def __init__(self) -> None:
        self.frame: Any = None
        self.cell: Any = None
        self.quarantine: Deque[Tuple[int, int, Roots]] = collections.deque()  # due, the frame it is of, its roots
        self.ahead: List[Tuple[int, Any]] = []  # the frame it lives to the end of, its stretch


class Core:
    """The reference to a C allocator. It is given up when the allocator is closed and nothing of it is in use."""

    def __init__(self, pointer: int, lib: _abi.Calls, survivors: str, grace: int) -> None:
        self.pointer, self.lib, self.survivors, self.grace = pointer, lib, survivors, grace
        self.closed = False
        self.keys: List[int] = []  # of callbacks that C keeps as long as the allocator
        self.slots: Dict[str, int] = {}  # of those that the next one of their kind replaces
        self.undo: Dict[Any, Callable[[], Any]] = {}  # of a host's allocator: has C forget functions of Python
        self.quarantined = 0
        self._in_use, self._lock = 0, threading.RLock()
        self._local = threading.local()

    @property
    def a(self) -> int:
        """The handle for a call."""
        if self.closed:
            raise ClosedError("the allocator is closed", _abi.FA_ERROR_INVALID_ALLOCATOR)
        return self.pointer

    @property
    def state(self) -> LaneState:
        state = getattr(self._local, "state", None)
        if state is None:
            state = self._local.state = LaneState()
        return state

    @state.setter
    def state(self, state: LaneState) -> None:
        self._local.state = state

    def settle(self) -> None:
        """Books what Python took from a window of the running frame: before whatever looks at the books."""
        frame = self.state.frame
        if frame is not None:
            frame._settle()  # pylint: disable=protected-access

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

    def close(self) -> None:
        self.take_back()
        with self._lock:
            last = not self.closed and self._in_use == 0
            self.closed = True
        if last:
            self._give_up()

    def _give_up(self) -> None:
        """Waits for calls of other threads, which may be in Python: not with the lock held."""
        self.lib.fa_allocator_release(self.pointer)
        for key in self.keys + list(self.slots.values()):
            _callbacks.forget(key)

    def when_gone(self, root: Any, action: Callable[[], None]) -> None:
        """Runs an action when a root is gone; until then the C allocator stays."""
        self.use()

        def gone() -> None:
            try:
                action()
            finally:
                self.unuse()

        weakref.finalize(root, gone).atexit = False

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

    def end_scope(self, roots: Roots, action: Callable[[], None], name: str) -> None:
        """Ends something now, or when nobody looks at its memory any more; without grace that is reported."""
        alive = roots.alive() if self.grace else roots.survivors()
        if not alive:
            action()
            return
        count = len(alive)
        self.quarantine(alive, action)
        del alive
        if not self.grace:
            self.report(count, name)

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
        self.keys.append(key)
        return key

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
        check(self.core.lib.fa_frame_check(self.core.a, self.epoch))
        raise StaleError("a view was used after what it shows was rolled back", _abi.FA_ERROR_STALE)


class Scope(Memory):
    """A scope of C (a group, a task, a scratch pool) whose memory goes all at once."""

    _name = "scope"

    def __init__(self, core: Core) -> None:
        self._core, self._roots = core, Roots()

    def _allocate(self, size: int, align: int) -> int:
        raise NotImplementedError

    def _take(self, size: int, align: int) -> Tuple[Any, int]:
        if size < 0:
            raise ValueError(f"{size} bytes")
        root = self._roots.add(root_at(self._allocate(size, align), size))
        return root, 0

    def _release(self, address: int) -> int:
        raise NotImplementedError

    def free(self, view: memoryview) -> None:
        """Frees one block before the others, by the view that it was given as; the view is released."""
        address = address_of(view)
        roots = self._roots.take_at(address)
        if not len(roots):
            raise ArgumentError(f"{self._name} has no such block", _abi.FA_ERROR_FOREIGN_POINTER)
        view.release()
        self._core.end_scope(roots, lambda: check(self._release(address)), self._name)

    def _end(self, action: Callable[[], None]) -> None:
        """Ends the scope now, or when nobody looks at its memory any more."""
        roots, self._roots = self._roots, Roots()
        self._core.end_scope(roots, action, self._name)


def epoch_cell(core: Core) -> Any:
    """The counter that the library raises whenever a frame of this lane begins or ends."""
    address = core.lib.fa_frame_epoch(core.a)
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


def encoded(name: Optional[str]) -> Optional[bytes]:
    return None if name is None else name.encode()
