# SPDX-License-Identifier: MIT OR Apache-2.0
"""Scratch memory: of named pools, and of the calling thread's lane.

A scope or a reset waits for who looks at its memory. What waits is looked at again whenever the memory is used: that
may have to be done by the thread that it belongs to.
"""

import ctypes
from typing import Any, List

from . import _abi
from ._core import Core, Scope, text_of
from ._errors import check, need
from ._lane_state import Arena
from ._memory import Roots, Size, size_of
from ._records import ScratchPoolStats


class ScratchPool(Scope):
    """Named bump memory that survives frames until it is reset. Any thread may use it."""

    def __init__(self, core: Core, name: str, create: bool = True) -> None:
        get = core.lib.fa_scratch_pool_get if create else core.lib.fa_scratch_pool_find
        self.pointer = need(get(core.a, text_of(name)))
        super().__init__(core, "scratch", self.pointer)
        self._name = f"scratch pool {name}"

    @property
    def _arena(self) -> Arena:
        return self._core.arena(self.pointer)

    @property
    def _roots(self) -> Roots:
        return self._arena.roots

    def _allocate(self, size: int, align: int) -> int:
        self._tidy()
        return need(self._core.lib.fa_scratch_pool_alloc(self.pointer, size, align))

    def free(self, view: memoryview) -> None:
        raise TypeError("scratch memory goes by scopes, or all at once")

    def limit(self, size: Size) -> None:
        """Most bytes it may hold, 0 for no limit."""
        check(self._core.lib.fa_scratch_pool_set_limit(self.pointer, size_of(size)))

    def reset(self) -> None:
        """Lets go of everything in it, once nobody looks at it any more."""
        self._arena.reset_wanted = True
        self._wait_for(self._roots)

    def destroy(self) -> None:
        """Lets go of its memory and its name."""
        self._end(self._destroy)

    def _destroy(self) -> None:
        self._core.forget_arena(self.pointer)
        check(self._core.lib.fa_scratch_pool_destroy(self.pointer))

    def scope(self) -> "ScratchScope":
        """`with pool.scope():` gives back what is taken inside."""
        return ScratchScope(self)

    @property
    def stats(self) -> ScratchPoolStats:
        self._tidy()
        out = _abi.fa_scratch_pool_stats.new()
        check(self._core.lib.fa_scratch_pool_get_stats(self.pointer, ctypes.byref(out)))
        return ScratchPoolStats.of(out)

    def _begin(self, scope: Any) -> None:
        check(self._core.lib.fa_scratch_pool_scope_begin(self.pointer, scope))

    def _reset(self) -> int:
        return self._core.lib.fa_scratch_pool_reset(self.pointer)

    def _wait_for(self, roots: Roots) -> None:
        """Does what nobody stands in the way of; without grace, who does is reported."""
        count = len(roots.alive() if self._core.grace else roots.survivors())
        self._tidy()
        if count and not self._core.grace:
            self._core.report(count, self._name)

    def _tidy(self) -> None:
        """Ends what was to end and is not looked at any more."""
        arena = self._arena
        if arena.reset_wanted and not arena.roots.alive():
            arena.reset_wanted = False
            arena.scopes.clear()
            arena.roots.ended += 1
            check(self._reset())
        while arena.scopes and arena.scopes[-1].over and not arena.roots.since(arena.scopes[-1].mark).alive():
            check(self._core.lib.fa_scratch_scope_end(ctypes.byref(arena.scopes.pop().struct)))


class LaneScratch(ScratchPool):
    """The scratch memory of the calling thread's lane: no lock, no name."""

    def __init__(self, core: Core) -> None:  # pylint: disable=super-init-not-called
        Scope.__init__(self, core, "scratch", 0)
        self._name = "the scratch memory"

    @property
    def _arena(self) -> Arena:
        return self._core.state.scratch

    def _allocate(self, size: int, align: int) -> int:
        self._tidy()
        return need(self._core.lib.fa_scratch_alloc(self._core.a, size, align))

    def limit(self, size: Size) -> None:
        raise TypeError("the scratch memory of a lane has no limit; give the pool a name")

    def destroy(self) -> None:
        raise TypeError("the scratch memory of a lane goes with its lane")

    @property
    def used(self) -> int:
        """Bytes in use."""
        self._tidy()
        return self._core.lib.fa_scratch_used(self._core.a)

    @property
    def stats(self) -> ScratchPoolStats:
        raise TypeError("the scratch memory of a lane is part of its lane's figures")

    def _begin(self, scope: Any) -> None:
        check(self._core.lib.fa_scratch_scope_begin(self._core.a, scope))

    def _reset(self) -> int:
        return self._core.lib.fa_scratch_reset(self._core.a)


class ScratchScope:
    """A part of scratch memory that is given back, once nobody looks at it any more."""

    def __init__(self, pool: ScratchPool) -> None:
        self._pool, self.mark, self.over = pool, 0, False
        self.struct = _abi.fa_scratch_scope.new()

    def __enter__(self) -> ScratchPool:
        pool = self._pool
        pool._tidy()
        pool._begin(ctypes.byref(self.struct))
        self.mark, self.over = Roots.mark(), False
        pool._arena.scopes.append(self)
        return pool

    def __exit__(self, *_: Any) -> None:
        pool, scopes = self._pool, self._pool._arena.scopes
        if self not in scopes or not all(inner.over for inner in scopes[scopes.index(self) + 1:]):
            check(pool._core.lib.fa_scratch_scope_end(ctypes.byref(self.struct)))  # which refuses
            return
        self.over = True
        pool._wait_for(pool._roots.since(self.mark))


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
