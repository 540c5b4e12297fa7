# SPDX-License-Identifier: MIT OR Apache-2.0
"""What lives until it is released: pool and heap blocks, groups, tasks."""

import ctypes
import weakref
from typing import Any, Callable, List, Optional, Tuple

from . import _abi, _callbacks
from ._core import Core, Scope, encoded
from ._errors import PinnedError, StaleError, check, got, need
from ._memory import Memory, Size, root_at, size_of
from ._records import GroupStats, TaskStats


class Block(Memory):
    """A pool or heap block. It goes back when it is released, or when nobody looks at it any more."""

    def __init__(self, core: Core, address: int, size: int,
                 release: Optional[Callable[[Core, int], None]] = None) -> None:
        self._core, self._size, self._release = core, size, release or give_back
        self._own(root_at(address, size))
        check(_abi.FA_OK)  # what a listener raised was kept: the block goes back

    def _own(self, root: Any) -> None:
        core, release, address = self._core, self._release, ctypes.addressof(root)
        self._root: Any = root
        self._gone = core.when_gone(root, lambda: release(core, address))

    def _disown(self) -> None:
        """Leaves the memory to the caller; PinnedError while somebody looks at it."""
        self._gone.detach()
        self._core.unuse()
        reference, self._root = weakref.ref(self._root), None
        root = reference()
        if root is not None:
            self._own(root)
            raise PinnedError("the block is still looked at", _abi.FA_ERROR_PINNED)

    def _take(self, size: int, align: int) -> Tuple[Any, int]:
        if self._root is None:
            raise StaleError("the block was released", _abi.FA_ERROR_STALE)
        if size > self._size:
            raise ValueError(f"{size} bytes of a block of {self._size}")
        return self._root, 0

    @property
    def memory(self) -> memoryview:
        """All of its bytes."""
        return self.bytes(self._size)

    @property
    def address(self) -> int:
        """Where it is, for C."""
        return ctypes.addressof(self._take(0, 1)[0])

    @property
    def usable(self) -> int:
        """Bytes that the library keeps for it, at least its size."""
        return self._core.lib.fa_usable_size(self._core.a, self.address)

    def release(self) -> None:
        """Gives it back now; PinnedError while somebody looks at it."""
        root, self._root = self._root, None
        if root is None:
            return
        reference = weakref.ref(root)
        del root
        alive = reference()
        if alive is not None:
            self._root = alive
            raise PinnedError("the block is still looked at", _abi.FA_ERROR_PINNED)
        check(_abi.FA_OK)  # what went wrong in the release was kept

    def resize(self, size: Size, align: int = 16) -> "Block":
        """The block with another size, in place where there is room: this one is used up. PinnedError while somebody
        looks at it."""
        core, size, address = self._core, size_of(size), self.address
        core.use()
        try:
            self._disown()
            moved = core.lib.fa_realloc(core.a, address, size, align)
            if moved is None:
                self._own(root_at(address, self._size))
            return Block(core, got(moved), size)
        finally:
            core.unuse()

    def __len__(self) -> int:
        return self._size

    def __enter__(self) -> "Block":
        return self

    def __exit__(self, *_: Any) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<Block of {self._size} bytes{'' if self._root is not None else ', released'}>"


def give_back(core: Core, address: int) -> None:
    status = core.lib.fa_release(core.pointer, address)
    if status:
        _callbacks.keep(RuntimeError(f"a block could not be released: status {status}"))


class Group(Scope):
    """Blocks that are freed together: a level, a document, a request. Ends with its `with` block or destroy()."""

    def __init__(self, core: Core, name: Optional[str], found: int = 0) -> None:
        ident = ctypes.c_uint64(found)
        if not found:
            check(core.lib.fa_group_create(core.a, encoded(name), ctypes.byref(ident)))
        self.id: int = ident.value
        super().__init__(core, "group", self.id)
        self._name = f"group {name}" if name else "a group"

    def _allocate(self, size: int, align: int) -> int:
        return need(self._core.lib.fa_group_alloc(self._core.a, self.id, size, align))

    def _try(self, size: int, align: int) -> Optional[int]:
        return self._core.lib.fa_group_try_alloc(self._core.a, self.id, size, align)

    def _release(self, address: int) -> int:
        return self._core.lib.fa_group_release_block(self._core.pointer, self.id, address)

    def clear(self) -> None:
        """Frees all blocks and keeps the group."""
        roots, ended = self._roots, self._roots.ended

        def clear() -> None:
            if roots.ended == ended:
                roots.ended += 1
                check(self._core.lib.fa_group_free_all(self._core.pointer, self.id))

        self._core.end_scope(roots, clear, self._name)

    def destroy(self) -> None:
        """Frees all blocks and ends the group."""
        self._end(self._destroy)

    def _destroy(self) -> None:
        self._core.forget_roots("group", self.id)
        check(self._core.lib.fa_group_destroy(self._core.pointer, self.id))

    @property
    def stats(self) -> GroupStats:
        out = _abi.fa_group_stats.new()
        check(self._core.lib.fa_group_get_stats(self._core.a, self.id, ctypes.byref(out)))
        return GroupStats.of(out)

    def __enter__(self) -> "Group":
        return self

    def __exit__(self, *_: Any) -> None:
        self.destroy()


class Task(Scope):
    """Memory of a task, which may run on several threads; all of it goes when the task ends."""

    def __init__(self, core: Core, name: Optional[str], parent: Optional["Task"] = None) -> None:
        ident = ctypes.c_uint64()
        check(core.lib.fa_task_begin(core.a, encoded(name), parent.id if parent else 0, ctypes.byref(ident)))
        self.id: int = ident.value
        super().__init__(core, "task", self.id)
        self._name, self._previous = f"task {name}" if name else "a task", 0
        self._above, self._ended = parent, False

    def _rooted(self, root: Any) -> Any:
        above = self._above
        while above is not None:  # its end is the end of those below it
            above._roots.add(root)
            above = above._above
        return super()._rooted(root)

    def _allocate(self, size: int, align: int) -> int:
        return need(self._core.lib.fa_task_alloc(self._core.a, self.id, size, align))

    def _try(self, size: int, align: int) -> Optional[int]:
        return self._core.lib.fa_task_try_alloc(self._core.a, self.id, size, align)

    def _release(self, address: int) -> int:
        return self._core.lib.fa_task_release(self._core.pointer, self.id, address)

    def task(self, name: Optional[str] = None) -> "Task":
        """A task below this one, which ends with it at the latest."""
        return Task(self._core, name, self)

    def on_end(self, function: Callable[[], Any]) -> None:
        """Has a function called when the task ends, before its memory goes; the last one first."""
        key = _callbacks.register(function)
        try:
            check(self._core.lib.fa_task_on_end(self._core.a, self.id, _callbacks.task_end, key))
        except BaseException:
            _callbacks.forget(key)
            raise

    def detach(self) -> None:
        """Makes it independent of the task it was begun below."""
        check(self._core.lib.fa_task_detach(self._core.a, self.id))
        self._above = None

    def end(self) -> None:
        """Runs what was to run at its end, and frees its memory."""
        self._end(self._finish)

    def _finish(self) -> None:
        self._core.forget_roots("task", self.id)
        if self._above is None or not self._above._over():
            self._ended = True
            check(self._core.lib.fa_task_end(self._core.pointer, self.id))

    def _over(self) -> bool:
        return self._ended or (self._above is not None and self._above._over())

    @property
    def stats(self) -> TaskStats:
        out = _abi.fa_task_stats.new()
        check(self._core.lib.fa_task_get_stats(self._core.a, self.id, ctypes.byref(out)))
        return TaskStats.of(out)

    def __enter__(self) -> "Task":
        previous = ctypes.c_uint64()
        check(self._core.lib.fa_task_enter(self._core.a, self.id, ctypes.byref(previous)))
        self._previous = previous.value
        return self

    def __exit__(self, *_: Any) -> None:
        self._core.lib.fa_task_enter(self._core.a, self._previous, None)
        self.end()


def groups(core: Core) -> List[Group]:
    """The groups as the library lists them, newest first."""
    total = ctypes.c_size_t()
    check(core.lib.fa_group_list(core.a, None, 0, ctypes.byref(total)))
    room = (ctypes.c_uint64 * (total.value + 8))()
    check(core.lib.fa_group_list(core.a, room, len(room), ctypes.byref(total)))
    return [Group(core, None, ident) for ident in room[:min(total.value, len(room))]]


def heap_blocks(core: Core) -> List[Any]:
    """The live heap blocks as the library lists them."""
    total = ctypes.c_size_t()
    check(core.lib.fa_heap_blocks(core.a, None, 0, ctypes.byref(total)))
    room = (_abi.fa_heap_block * (total.value + 16))()
    check(core.lib.fa_heap_blocks(core.a, room, len(room), ctypes.byref(total)))
    return list(room[:min(total.value, len(room))])
