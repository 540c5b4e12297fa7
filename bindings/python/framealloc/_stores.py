# SPDX-License-Identifier: MIT OR Apache-2.0
"""Stores: object pools of one ctypes type, handles to memory that may move."""

import contextlib
import ctypes
import sys
from typing import Any, Callable, Iterator, Optional

from . import _abi, _callbacks
from ._core import Core
from ._errors import ClosedError, StaleError, check, fail, need
from ._memory import Roots, bytes_of, root_at
from ._records import HandleStats


class Object:
    """An object of a pool, by its id. `value` is the object while it is there, and StaleError afterwards."""

    __slots__ = ("_pool", "id")

    def __init__(self, pool: "ObjectPool", ident: int) -> None:
        self._pool, self.id = pool, ident

    @property
    def value(self) -> Any:
        pool = self._pool
        address = pool.address_of(self.id)
        if address is None:
            raise StaleError(f"object {self.id} was given back", _abi.FA_ERROR_STALE)
        return pool.type.from_address(address)

    @property
    def alive(self) -> bool:
        return self._pool.address_of(self.id) is not None

    def give(self) -> None:
        """Ends the object; its memory is used again."""
        self._pool.give(self.id)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Object) and (self._pool, self.id) == (other._pool, other.id)

    def __hash__(self) -> int:
        return hash((id(self._pool), self.id))

    def __repr__(self) -> str:
        return f"<{self._pool.type.__name__} {self.id}{'' if self.alive else ', gone'}>"


class ObjectPool:
    """Objects of one ctypes type that never move: take them, and give them back by themselves or by id."""

    def __init__(self, core: Core, kind: Any, maximum: int = 0, constructor: Optional[Callable[[Any], Any]] = None,
                 destructor: Optional[Callable[[Any], Any]] = None) -> None:
        self._core, self.type = core, kind
        config = _abi.fa_object_pool_config.new(object_size=ctypes.sizeof(kind), align=max(ctypes.alignment(kind), 8),
                                                maximum=maximum)
        self._key, self._constructs = 0, constructor is not None
        if constructor is not None or destructor is not None:
            self._key = config.user = _callbacks.register(_Hooks(kind, constructor, destructor))
            config.constructor = ctypes.cast(construct, ctypes.c_void_p) if constructor is not None else None
            config.destructor = ctypes.cast(destruct, ctypes.c_void_p) if destructor is not None else None
        self._made: int = need(core.lib.fa_object_pool_create(core.a, ctypes.byref(config)))
        core.use()

    @property
    def _pointer(self) -> int:
        if not self._made:
            raise ClosedError("the object pool has been destroyed", _abi.FA_ERROR_STALE)
        return self._made

    def address_of(self, ident: int) -> Optional[int]:
        """Where an object is, for C; None if it is not there any more."""
        return self._core.lib.fa_object_pool_get(self._made, ident) if self._made else None

    def find(self, value: Any) -> Object:
        """The object that a `value` is of."""
        ident = self._core.lib.fa_object_pool_id_of(self._pointer, ctypes.addressof(value))
        return Object(self, ident) if ident else fail(self._core.lib.fa_last_status())

    def take(self, **values: Any) -> Object:
        """A new object, all zero but for the fields given (and what the constructor does)."""
        ident = ctypes.c_uint64()
        address = need(self._core.lib.fa_object_pool_take(self._pointer, ctypes.byref(ident)))
        if not self._constructs:
            ctypes.memset(address, 0, ctypes.sizeof(self.type))
        made = self.type.from_address(address)
        for name, value in values.items():
            setattr(made, name, value)
        return Object(self, ident.value)

    def give(self, which: Any) -> None:
        """Ends an object, by itself or by its id."""
        check(self._core.lib.fa_object_pool_give(self._pointer, which.id if isinstance(which, Object) else which))

    def __getitem__(self, ident: int) -> Any:
        return Object(self, ident).value

    def __contains__(self, ident: int) -> bool:
        return Object(self, ident).alive

    def __len__(self) -> int:
        return self._core.lib.fa_object_pool_count(self._pointer)

    def __iter__(self) -> Iterator[Object]:
        cursor, ident = ctypes.c_uint64(), ctypes.c_uint64()
        step = self._core.lib.fa_object_pool_next
        while step(self._pointer, ctypes.byref(cursor), ctypes.byref(ident)) is not None:
            yield Object(self, ident.value)

    @property
    def maximum(self) -> int:
        return self._core.lib.fa_object_pool_maximum(self._pointer)

    def clear(self) -> None:
        """Ends all objects and keeps the memory."""
        check(self._core.lib.fa_object_pool_clear(self._pointer))

    def destroy(self) -> None:
        """Ends all objects and the pool."""
        pointer, self._made = self._made, 0
        if pointer:
            try:
                check(self._core.lib.fa_object_pool_destroy(pointer))
            finally:
                _callbacks.forget(self._key)
                self._core.unuse()

    def __del__(self, leaving: Callable[[], bool] = sys.is_finalizing) -> None:
        if getattr(self, "_made", 0) and not leaving():
            self.destroy()

    def __enter__(self) -> "ObjectPool":
        return self

    def __exit__(self, *_: Any) -> None:
        self.destroy()


class _Hooks:
    """Constructor and destructor of a pool, which C knows by one key."""

    def __init__(self, kind: Any, constructor: Any, destructor: Any) -> None:
        self.kind, self.constructor, self.destructor = kind, constructor, destructor

    def __call__(self, hook: str, address: int) -> None:
        getattr(self, hook)(self.kind.from_address(address))


def _construct(key: int, address: int) -> int:
    try:
        _callbacks.functions[key]("constructor", address)
    except BaseException as error:  # pylint: disable=broad-except
        _callbacks.keep(error)
        return _abi.FA_ERROR_STATE
    return _abi.FA_OK


def _destruct(key: int, address: int) -> None:
    try:
        _callbacks.functions[key]("destructor", address)
    except BaseException as error:  # pylint: disable=broad-except
        _callbacks.keep(error)


construct, destruct = _abi.fa_object_constructor(_construct), _abi.fa_object_destructor(_destruct)


class Handle:
    """A block that may move. It is looked at while it is pinned: `with handle.pin() as memory:`"""

    def __init__(self, core: Core, ident: int, size: int) -> None:
        self._core, self.id, self.size = core, ident, size

    @classmethod
    def make(cls, core: Core, size: int, align: int, zeroed: bool) -> "Handle":
        ident = ctypes.c_uint64()
        make = core.lib.fa_handle_alloc_zeroed if zeroed else core.lib.fa_handle_alloc
        check(make(core.a, size, align, ctypes.byref(ident)))
        return cls(core, ident.value, size)

    @contextlib.contextmanager
    def pin(self) -> Iterator[memoryview]:
        """Its bytes, which stay where they are until the end of the block, or until nobody looks at them any more."""
        core = self._core
        root, roots = root_at(need(core.lib.fa_handle_pin(core.a, self.id)), self.size), Roots()
        view = bytes_of(core.roots_of("pins").add(roots.add(root)), self.size)
        try:
            yield view
        finally:
            core.let_go(view)
            del root, view
            core.end_scope(roots, lambda: check(core.lib.fa_handle_unpin(core.pointer, self.id)), "a pin")

    @property
    def valid(self) -> bool:
        return bool(self._core.lib.fa_handle_valid(self._core.a, self.id))

    @property
    def moves(self) -> int:
        """Times it was moved."""
        return self._core.lib.fa_handle_moves(self._core.a, self.id)

    def free(self) -> None:
        """Frees it; PinnedError while it is pinned."""
        check(self._core.lib.fa_handle_free(self._core.a, self.id))

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"<Handle {self.id}, {self.size} bytes>"


def handle_stats(core: Core) -> HandleStats:
    out = _abi.fa_handle_stats.new()
    check(core.lib.fa_handle_get_stats(core.a, ctypes.byref(out)))
    return HandleStats.of(out)
