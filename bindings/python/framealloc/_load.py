# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finds the shared library and loads it twice: once to keep the interpreter's lock, once to let go of it."""

import ctypes
import importlib
import os
import pathlib
from typing import List

from . import _abi

try:
    BUILT = importlib.import_module("._build", __package__).LIBRARY  # written when installed beside a library
except ImportError:
    BUILT = ""


def candidates() -> List[str]:
    """Where the library may be, the most explicit first."""
    named = os.environ.get("FRAMEALLOC_LIBRARY", "")
    if named:
        return [named]
    beside = pathlib.Path(__file__).parent.parent / ".framealloc.mesonpy.libs"  # where a wheel has its copy
    own = [str(path) for path in sorted(beside.glob(_abi.SONAME + "*"))]
    return [path for path in [BUILT, *own] if path and os.path.exists(path)] + [_abi.SONAME]


def load() -> str:
    problems = []
    for path in candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            problems.append(str(error))
            continue
        if library.fa_version_check(ctypes.c_uint32(_abi.FA_VERSION)) != _abi.FA_OK:
            library.fa_version_string.restype = ctypes.c_char_p
            found = library.fa_version_string().decode()
            raise ImportError(f"{path} is version {found}, but this package is for {_abi.VERSION}")
        return path
    raise ImportError("libframealloc was not found: " + "; ".join(problems))


PATH = load()
#: Short functions keep the interpreter's lock, which costs nothing.
fast = _abi.Calls(ctypes.PyDLL(PATH), ctypes.CDLL(PATH))
#: Every function lets go of it: for allocators whose short functions may wait for other threads of Python.
patient = _abi.Calls(ctypes.CDLL(PATH), ctypes.CDLL(PATH))
