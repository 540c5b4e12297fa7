# SPDX-License-Identifier: MIT OR Apache-2.0
"""Memory of the library as Python sees it: a root object for each stretch, and views that hold on to their root.

Every memoryview, ctypes object and NumPy array made of a stretch keeps its root alive, and nothing else does once the
library wants the stretch back. A weak reference to the root therefore tells whether anybody still looks.
"""

import ctypes
import functools
import gc
import itertools
import operator
import re
import struct
import weakref
from typing import Any, Callable, Dict, List, Optional, Sequence, SupportsIndex, Tuple, Union

UNITS = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
         "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
CODES = {"?": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f4": "f",
         "f8": "d", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
         "uint64": "Q", "float32": "f", "float64": "d", "bool": "?"}
Size = Union[SupportsIndex, str]
Shape = Union[SupportsIndex, Sequence[int]]

_root_types: Dict[int, Any] = {}
_serials = itertools.count(1)


def size_of(size: Size) -> int:
    """Bytes of a number (of NumPy, too) or of a text such as "64 MiB"; MemoryError for more than there can be."""
    if not isinstance(size, str):
        size = operator.index(size)
        if size < 0:
            raise ValueError(f"{size} bytes")
        return possible(size)
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", size)
    if not found or found.group(2).lower() not in UNITS:
        raise ValueError(f"no size: {size!r}; write 4096, \"64 KiB\" or \"1.5 GB\"")
    return possible(int(float(found.group(1)) * UNITS[found.group(2).lower()]))


def possible(size: int) -> int:
    """C would take a larger number for what is left of it in 64 bits."""
    if size >> 64:
        raise MemoryError(f"{size} bytes")
    return size


def root_at(address: int, size: int) -> Any:
    """The root of a stretch. Types are dear: there is one for each power of two, and views are cut to size."""
    length = 1 << max(size - 1, 15).bit_length()
    kind = _root_types.get(length)
    if kind is None:
        kind = _root_types.setdefault(length, ctypes.c_ubyte * length)
    return kind.from_address(address)


def bytes_of(root: Any, size: int) -> memoryview:
    return memoryview(root).cast("B")[:size]


def address_of(view: memoryview) -> int:
    """Where the bytes of a view are."""
    return ctypes.addressof(ctypes.c_char.from_buffer(view.cast("B")))


def let_go(view: memoryview) -> None:
    """Ends a view, unless something was made of it that shows the same bytes."""
    try:
        view.release()
    except BufferError:
        pass


class Roots:
    """The roots of what lives and ends together, for as long as anybody refers to them."""

    def __init__(self) -> None:
        self._live: "weakref.WeakValueDictionary[int, Any]" = weakref.WeakValueDictionary()
        self.ended = 0  # times that all of them ended

    def add(self, root: Any) -> Any:
        self._live[next(_serials)] = root
        return root

    @staticmethod
    def mark() -> int:
        """What take_since() wants: roots that are added later come after it."""
        return next(_serials)

    def since(self, mark: int) -> "Roots":
        """Those added after the mark."""
        return self._chosen(lambda serial, _: serial > mark)

    def at(self, address: int) -> "Roots":
        """The root at an address."""
        return self._chosen(lambda _, root: ctypes.addressof(root) == address)

    def _chosen(self, wanted: Callable[[int, Any], bool]) -> "Roots":
        chosen = Roots()
        for reference in self._live.valuerefs():
            root, serial = reference(), reference.key
            if root is not None and wanted(serial, root):
                chosen._live[serial] = root
        return chosen

    def alive(self) -> List[Any]:
        """Roots that are still referred to."""
        return [root for reference in self._live.valuerefs() for root in (reference(),) if root is not None]

    def survivors(self) -> List[Any]:
        """Roots that somebody still looks at, rings of garbage aside."""
        if self.alive():
            gc.collect()
        return self.alive()

    @staticmethod
    def when_gone(roots: List[Any], action: Callable[[], None]) -> None:
        """Runs an action once, when the last of these roots is gone."""
        left = [len(roots)]

        def one_gone() -> None:
            left[0] -= 1
            if left[0] == 0:
                action()

        for root in roots:
            weakref.finalize(root, one_gone).atexit = False


@functools.lru_cache(maxsize=None)
def numpy() -> Any:
    """NumPy, imported when it is first wanted; None without it. The import waits for another thread that is at it."""
    try:
        import numpy as module  # pylint: disable=import-outside-toplevel
    except ImportError:
        return None
    return module


def extents_of(shape: Shape) -> Tuple[int, ...]:
    """A shape as a tuple of numbers."""
    if isinstance(shape, (tuple, list)):
        return tuple(map(operator.index, shape))
    return extents_of(list(shape)) if hasattr(shape, "__len__") else (operator.index(shape),)  # type: ignore[arg-type]


def array_size(dtype: Any, shape: Shape) -> Tuple[Any, int, Tuple[int, ...]]:
    """The element type (as NumPy has it, or the code of a memoryview), its bytes and the shape as a tuple."""
    extents = extents_of(shape)
    module = numpy()
    if module is not None:
        kind = module.dtype(dtype)
        if kind.hasobject:
            raise TypeError(f"{kind} holds objects of Python, which lie elsewhere")
        return kind, kind.itemsize, extents
    code = CODES.get(str(dtype))
    if code is None:
        raise TypeError(f"{dtype!r} needs NumPy; without it there are {', '.join(sorted(CODES))}")
    return code, struct.calcsize(code), extents


def array_on(root: Any, offset: int, kind: Any, itemsize: int, extents: Tuple[int, ...]) -> Any:
    """An array of NumPy, or a memoryview of that shape, on a root."""
    module = numpy()
    if module is not None:
        return module.ndarray(extents, kind, root, offset)
    size = itemsize
    for extent in extents:
        size *= extent
    return memoryview(root).cast("B")[offset:offset + size].cast(kind, extents)


def elements(extents: Tuple[int, ...]) -> int:
    count = 1
    for extent in extents:
        if extent < 0:
            raise ValueError(f"an extent of {extent}")
        count *= extent
    return possible(count)


class Memory:
    """What allocates: bytes, arrays and ctypes objects from one method that gives a root."""

    def _take(self, size: int, align: int) -> Tuple[Any, int]:
        """A root, and where in it `size` new bytes begin."""
        raise NotImplementedError

    def bytes(self, size: Size, align: int = 16) -> memoryview:
        """Uninitialised bytes as a writable memoryview."""
        size = size_of(size)
        root, offset = self._take(size, align)
        return memoryview(root).cast("B")[offset:offset + size]

    def copy(self, data: Any) -> memoryview:
        """A copy of anything that shows its bytes."""
        source = memoryview(data).cast("B")
        target = self.bytes(source.nbytes)
        target[:] = source
        return target

    def text(self, words: str) -> memoryview:
        """A copy of a text in UTF-8."""
        return self.copy(words.encode())

    def array(self, dtype: Any, shape: Shape, align: int = 16) -> Any:
        """An uninitialised array: of NumPy where it is installed, otherwise a memoryview of that format and shape."""
        kind, itemsize, extents = array_size(dtype, shape)
        root, offset = self._take(possible(elements(extents) * itemsize), max(align, 16))
        return array_on(root, offset, kind, itemsize, extents)

    def zeros(self, dtype: Any, shape: Shape) -> Any:
        """An array of zeros."""
        kind, itemsize, extents = array_size(dtype, shape)
        size = possible(elements(extents) * itemsize)
        root, offset = self._take(size, 16)
        ctypes.memset(ctypes.addressof(root) + offset, 0, size)
        return array_on(root, offset, kind, itemsize, extents)

    def new(self, kind: Any, count: Optional[int] = None) -> Any:
        """An object of a ctypes type, or an array of them; uninitialised."""
        wanted = kind if count is None else kind * count
        root, offset = self._take(ctypes.sizeof(wanted), max(ctypes.alignment(wanted), 16))
        return wanted.from_buffer(root, offset)
