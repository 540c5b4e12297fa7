# SPDX-License-Identifier: MIT OR Apache-2.0
"""What lives until it is released: pool and heap blocks, groups, tasks, scratch pools."""

import ctypes
import weakref
from typing import Any, Callable, List, Optional, Tuple

from . import _abi, _callbacks
from ._core import Core, Scope, encoded
from ._errors import PinnedError, StaleError, check, need
from ._memory import Memory, Size, root_at, size_of
from ._records import GroupStats, ScratchPoolStats, TaskStats


class Block(Memory):
    """A pool or heap block. It goes back when it is released, or when nobody looks at it any more."""

    def __init__(self, core: Core, address: int, size: int) -> None:
        self._core, self._size = core, size
        self._root: Any = root_at(address, size)
        core.when_gone(self._root, lambda: _release(core, address))

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
        """The block with another size, maybe elsewhere: this one is used up."""
        size, address = size_of(size), self.address
        resized = Block(self._core, need(self._core.lib.fa_alloc(self._core.a, _abi.FA_INTENT_AUTO, size, align)), size)
        kept = min(size, self._size)
        ctypes.memmove(resized.address, address, kept)
        self.release()
        return resized

    def __len__(self) -> int:
        return self._size

    def __enter__(self) -> "Block":
        return self

    def __exit__(self, *_: Any) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<Block of {self._size} bytes{'' if self._root is not None else ', released'}>"


def _release(core: Core, address: int) -> None:
    status = core.lib.fa_release(core.pointer, address)
    if status:
        _callbacks.keep(RuntimeError(f"a block could not be released: status {status}"))


class Group(Scope):
    """Blocks that are freed together: a level, a document, a request. Ends with its `with` block or destroy()."""

    def __init__(self, core: Core, name: Optional[str], found: int = 0) -> None:
        super().__init__(core)
        ident = ctypes.c_uint64(found)
        if not found:
            check(core.lib.fa_group_create(core.a, encoded(name), ctypes.byref(ident)))
        self.id: int = ident.value
        self._name = f"group {name}" if name else "a group"

    def _allocate(self, size: int, align: int) -> int:
        return need(self._core.lib.fa_group_alloc(self._core.a, self.id, size, align))

    def _release(self, address: int) -> int:
        return self._core.lib.fa_group_release_block(self._core.pointer, self.id, address)

    def clear(self) -> None:
        """Frees all blocks and keeps the group."""
        self._end(lambda: check(self._core.lib.fa_group_free_all(self._core.pointer, self.id)))

    def destroy(self) -> None:
        """Frees all blocks and ends the group."""
        self._end(lambda: check(self._core.lib.fa_group_destroy(self._core.pointer, self.id)))

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

    def __init__(self, core: Core, name: Optional[str], parent: int = 0) -> None:
        super().__init__(core)
        ident = ctypes.c_uint64()
        check(core.lib.fa_task_begin(core.a, encoded(name), parent, ctypes.byref(ident)))
        self.id: int = ident.value
        self._name, self._previous = f"task {name}" if name else "a task", 0

    def _allocate(self, size: int, align: int) -> int:
        return need(self._core.lib.fa_task_alloc(self._core.a, self.id, size, align))

    def _release(self, address: int) -> int:
        return self._core.lib.fa_task_release(self._core.pointer, self.id, address)

    def task(self, name: Optional[str] = None) -> "Task":
        """A task below this one, which ends with it at the latest."""
        return Task(self._core, name, self.id)

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

    def end(self) -> None:
        self._end(lambda: check(self._core.lib.fa_task_end(self._core.pointer, self.id)))

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


class ScratchPool(Scope):
    """Named bump memory that survives frames until it is reset. Any thread may use it."""

    def __init__(self, core: Core, name: str) -> None:
        super().__init__(core)
        self.pointer = need(core.lib.fa_scratch_pool_get(core.a, name.encode()))
        self._name = f"scratch pool {name}"

    def _allocate(self, size: int, align: int) -> int:
        return need(self._core.lib.fa_scratch_pool_alloc(self.pointer, size, align))

    def limit(self, size: Size) -> None:
        """Most bytes it may hold, 0 for no limit."""
        check(self._core.lib.fa_scratch_pool_set_limit(self.pointer, size_of(size)))

    def reset(self) -> None:
        """Lets go of everything in it."""
        self._end(lambda: check(self._core.lib.fa_scratch_pool_reset(self.pointer)))

    def destroy(self) -> None:
        """Lets go of its memory and its name."""
        self._end(lambda: check(self._core.lib.fa_scratch_pool_destroy(self.pointer)))

    def scope(self) -> "ScratchScope":
        """`with pool.scope():` gives back what is taken inside."""
        return ScratchScope(self)

    @property
    def stats(self) -> ScratchPoolStats:
        out = _abi.fa_scratch_pool_stats.new()
        check(self._core.lib.fa_scratch_pool_get_stats(self.pointer, ctypes.byref(out)))
        return ScratchPoolStats.of(out)

    def _begin(self, scope: Any) -> None:
        check(self._core.lib.fa_scratch_pool_scope_begin(self.pointer, scope))


class LaneScratch(ScratchPool):
    """The scratch memory of the calling thread's lane: no lock, no name."""

    def __init__(self, core: Core) -> None:  # pylint: disable=super-init-not-called
        Scope.__init__(self, core)
        self._name = "the scratch memory"

    def _allocate(self, size: int, align: int) -> int:
        return need(self._core.lib.fa_scratch_alloc(self._core.a, size, align))

    def limit(self, size: Size) -> None:
        raise TypeError("the scratch memory of a lane has no limit; give the pool a name")

    def reset(self) -> None:
        self._end(lambda: check(self._core.lib.fa_scratch_reset(self._core.pointer)))

    def destroy(self) -> None:
        raise TypeError("the scratch memory of a lane goes with its lane")

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self._core.lib.fa_scratch_used(self._core.a)

    @property
    def stats(self) -> ScratchPoolStats:
        raise TypeError("the scratch memory of a lane is part of its lane's figures")

    def _begin(self, scope: Any) -> None:
        check(self._core.lib.fa_scratch_scope_begin(self._core.a, scope))


class ScratchScope:
    """A part of scratch memory that is given back. If somebody still looks at it, it stays until the next reset."""

    def __init__(self, pool: ScratchPool) -> None:
        self._pool, self._mark = pool, 0
        self._scope = _abi.fa_scratch_scope.new()

    def __enter__(self) -> ScratchPool:
        self._mark = len(self._pool._roots)  # pylint: disable=protected-access
        self._pool._begin(ctypes.byref(self._scope))  # pylint: disable=protected-access
        return self._pool

    def __exit__(self, *_: Any) -> None:
        pool = self._pool
        inside = pool._roots.take_since(self._mark)  # pylint: disable=protected-access
        scope, core = self._scope, pool._core  # pylint: disable=protected-access
        core.end_scope(inside, lambda: check(core.lib.fa_scratch_scope_end(ctypes.byref(scope))), "a scratch scope")



def scratch_names(core: Core) -> List[str]:
    total = ctypes.c_size_t()
    check(core.lib.fa_scratch_pool_list(core.a, None, 0, ctypes.byref(total)))
    room = (ctypes.c_void_p * (total.value + 8))()
    check(core.lib.fa_scratch_pool_list(core.a, room, len(room), ctypes.byref(total)))
    names, out = [], _abi.fa_scratch_pool_stats.new()
    for pointer in room[:min(total.value, len(room))]:
        check(core.lib.fa_scratch_pool_get_stats(pointer, ctypes.byref(out)))
        names.append(out.name.decode())
    return names


def heap_blocks(core: Core) -> List[Any]:
    """The live heap blocks as the library lists them."""
    total = ctypes.c_size_t()
    check(core.lib.fa_heap_blocks(core.a, None, 0, ctypes.byref(total)))
    room = (_abi.fa_heap_block * (total.value + 16))()
    check(core.lib.fa_heap_blocks(core.a, room, len(room), ctypes.byref(total)))
    return list(room[:min(total.value, len(room))])
