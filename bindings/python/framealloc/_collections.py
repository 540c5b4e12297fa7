# SPDX-License-Identifier: MIT OR Apache-2.0
"""Vectors and maps of fixed capacity in frame memory, as C has them too: both sides can fill and read the same one."""

import ctypes
import functools
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Callable, Iterator, List, Optional, Tuple

from . import _abi, _callbacks
from ._errors import ExistsError, check, fail
from ._memory import array_on, array_size

if TYPE_CHECKING:
    from ._frame import Frame

NOT_FOUND = ctypes.c_size_t(-1).value


def value_at(kind: Any, address: int) -> Any:
    """What lies at an address: a number of Python for a plain type, a copy of a struct otherwise."""
    found = kind.from_address(address)
    return found.value if isinstance(found, ctypes._SimpleCData) else kind.from_buffer_copy(found)


def made(kind: Any, value: Any) -> Any:
    return value if isinstance(value, kind) else kind(value)


class Vector:
    """Items of one ctypes type, at most `capacity` of them, in the frame: append, sort, retain, and the like."""

    def __init__(self, frame: "Frame", kind: Any, capacity: int) -> None:
        core = self._core = frame._core
        self.type = kind
        #: The fa_vector, for C.
        self.struct = _abi.fa_vector.new()
        check(core.lib.fa_vector_init(ctypes.byref(self.struct), core.a, capacity, ctypes.sizeof(kind),
                                      max(ctypes.alignment(kind), 16)))
        self._at = ctypes.byref(self.struct)
        self._stretch = frame.stretch_at(self.struct.items, capacity * ctypes.sizeof(kind))

    def _alive(self) -> None:
        check(self._core.lib.fa_vector_check(self._at))
        if self._stretch.alive() is None:
            self._stretch.refuse()

    def __len__(self) -> int:
        return self.struct.count

    @property
    def capacity(self) -> int:
        return self.struct.capacity

    def append(self, item: Any) -> None:
        """Adds an item; FullError at the capacity."""
        self.insert(len(self), item)

    def insert(self, index: int, item: Any) -> None:
        self._alive()
        check(self._core.lib.fa_vector_insert(self._at, index, ctypes.byref(made(self.type, item))))

    def extend(self, items: Any) -> None:
        """Adds several, all or none."""
        self._alive()
        items = [made(self.type, item) for item in items]
        check(self._core.lib.fa_vector_extend(self._at, (self.type * len(items))(*items), len(items)))

    def pop(self) -> Any:
        """Removes the last item and returns it; NotFoundError if there is none."""
        self._alive()
        item = self.type()
        check(self._core.lib.fa_vector_pop(self._at, ctypes.byref(item)))
        return value_at(self.type, ctypes.addressof(item))

    def remove(self, index: int, keep_order: bool = True) -> None:
        """Removes the item at an index; without order that takes no longer for a long vector."""
        self._alive()
        calls = self._core.lib
        check((calls.fa_vector_remove if keep_order else calls.fa_vector_remove_swap)(self._at, index))

    def retain(self, keep: Callable[[Any], Any]) -> int:
        """Keeps the items for which a function says so; how many went."""
        self._alive()
        removed = ctypes.c_size_t()
        with _borrowed(lambda item: bool(keep(value_at(self.type, item)))) as key:
            check(self._core.lib.fa_vector_retain(self._at, _callbacks.item_test, key, ctypes.byref(removed)))
        return removed.value

    def find(self, wanted: Callable[[Any], Any]) -> Optional[int]:
        """Index of the first item for which a function says so."""
        self._alive()
        with _borrowed(lambda item: bool(wanted(value_at(self.type, item)))) as key:
            index = self._core.lib.fa_vector_find(self._at, _callbacks.item_test, key)
        check(_abi.FA_OK)  # what the function raised was kept
        return None if index == NOT_FOUND else index

    def index(self, item: Any) -> Optional[int]:
        """Index of the first item with the same bytes."""
        self._alive()
        index = self._core.lib.fa_vector_index_of(self._at, ctypes.byref(made(self.type, item)))
        return None if index == NOT_FOUND else index

    def sort(self, key: Callable[[Any], Any] = lambda item: item, reverse: bool = False) -> None:
        """Sorts the items by a key; equal ones keep their order."""
        sign = -1 if reverse else 1

        def order(left: int, right: int) -> int:
            one, other = key(value_at(self.type, left)), key(value_at(self.type, right))
            return sign * ((one > other) - (one < other))

        self._alive()
        self._core.settle()
        with _borrowed(order) as number:
            check(self._core.lib.fa_vector_sort(self._core.pointer, self._at, _callbacks.item_order, number))

    def clear(self) -> None:
        self._alive()
        check(self._core.lib.fa_vector_clear(self._at))

    def array(self, dtype: Any = None) -> Any:
        """Its items as an array of NumPy on the same memory, which keeps the frame's memory as other arrays do."""
        self._alive()
        kind, itemsize, _ = array_size(self.type if dtype is None else dtype, 0)
        return array_on(self._stretch.root, 0, kind, itemsize, (len(self) * self.struct.item_size // itemsize,))

    def _address(self, index: int) -> int:
        self._alive()
        index += len(self) if index < 0 else 0
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.struct.items + index * self.struct.item_size

    def __getitem__(self, index: int) -> Any:
        return value_at(self.type, self._address(index))

    def __setitem__(self, index: int, item: Any) -> None:
        ctypes.memmove(self._address(index), ctypes.byref(made(self.type, item)), self.struct.item_size)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))


class _borrowed:
    """A callback for the time of one call."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._key = _callbacks.register(function)

    def __enter__(self) -> int:
        return self._key

    def __exit__(self, *_: Any) -> None:
        _callbacks.forget(self._key)


class Map(MutableMapping):  # type: ignore[type-arg]
    """A dictionary of at most `capacity` entries in the frame: keys are texts or of a ctypes type, as values are."""

    def __init__(self, frame: "Frame", kind: Any, capacity: int, key: Any = str) -> None:
        core = self._core = frame._core
        self.type, self.key_type = kind, key
        self._frame, self._depth = frame, len(frame._checkpoints)
        shape = _abi.fa_map_shape.new(value_size=ctypes.sizeof(kind), value_align=ctypes.alignment(kind))
        if key is str:
            shape.texts = 1
        else:
            shape.key_size, shape.key_align = ctypes.sizeof(key), ctypes.alignment(key)
        #: The fa_map, for C.
        self.struct = _abi.fa_map.new()
        check(core.lib.fa_map_init(ctypes.byref(self.struct), core.a, capacity, ctypes.byref(shape)))
        self._at = ctypes.byref(self.struct)
        self._stretch = frame.stretch_at(self.struct.slots, (self.struct.mask + 1) * self.struct.slot_size)

    def _key(self, key: Any) -> Any:
        """A key as C wants it; the object has to stay as long as the call."""
        if self.key_type is not str:
            return made(self.key_type, key)
        raw = key.encode()
        return _abi.fa_text_key(raw, len(raw))

    @functools.cached_property
    def capacity(self) -> int:
        return self.struct.capacity

    def __len__(self) -> int:
        return self.struct.count

    def _alive(self) -> None:
        if self._stretch.alive() is None:
            self._stretch.refuse()

    def __setitem__(self, key: Any, value: Any) -> None:
        self._alive()
        if self.key_type is str:
            self._core.settle()  # the copy of a new key comes from the frame, and stays as long as the map
            for checkpoint in self._frame._checkpoints[self._depth:]:
                checkpoint.needed = True
        place = self._core.lib.fa_map_place(self._at, ctypes.byref(self._key(key)), None)
        if place is None:
            fail(self._core.lib.fa_last_status())
        ctypes.memmove(place, ctypes.byref(made(self.type, value)), ctypes.sizeof(self.type))

    def add(self, key: Any, value: Any) -> None:
        """Adds an entry; ExistsError if there is one of that key."""
        if key in self:
            raise ExistsError(f"{key!r} is in the map", _abi.FA_ERROR_EXISTS)
        self[key] = value

    def __getitem__(self, key: Any) -> Any:
        self._alive()
        place = self._core.lib.fa_map_get(self._at, ctypes.byref(self._key(key)))
        if place is None:
            if self._core.lib.fa_last_status() == _abi.FA_ERROR_NOT_FOUND:
                raise KeyError(key)
            fail(self._core.lib.fa_last_status())
        return value_at(self.type, place)

    def __delitem__(self, key: Any) -> None:
        self._alive()
        status = self._core.lib.fa_map_remove(self._at, ctypes.byref(self._key(key)), None)
        if status == _abi.FA_ERROR_NOT_FOUND:
            raise KeyError(key)
        check(status)

    def clear(self) -> None:
        self._alive()
        check(self._core.lib.fa_map_clear(self._at))

    def __iter__(self) -> Iterator[Any]:
        return iter([key for key, _ in self._entries()])

    def _entries(self) -> List[Tuple[Any, int]]:
        """Keys and the addresses of their values."""
        self._alive()
        cursor, key, value, found = ctypes.c_size_t(), ctypes.c_void_p(), ctypes.c_void_p(), []
        while self._core.lib.fa_map_next(self._at, ctypes.byref(cursor), ctypes.byref(key), ctypes.byref(value)):
            found.append((self._key_at(key.value or 0), value.value or 0))
        return found

    def _key_at(self, address: int) -> Any:
        if self.key_type is not str:
            return value_at(self.key_type, address)
        text = _abi.fa_text_key.from_address(address)
        return ctypes.string_at(text.bytes, text.length).decode()
