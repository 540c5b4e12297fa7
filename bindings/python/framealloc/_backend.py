# SPDX-License-Identifier: MIT OR Apache-2.0
"""Memory from functions of Python: what C calls in their place."""

import ctypes
from typing import Any

from . import _abi, _callbacks


def _call_backend(key: int, otherwise: Any, *arguments: int) -> Any:
    try:
        return _callbacks.functions[key](*arguments)
    except BaseException as error:  # pylint: disable=broad-except
        _callbacks.keep(error)
        return otherwise


def _allocate(key: int, size: int, alignment: int, out: Any) -> int:
    address = _call_backend(key, 0, 0, size, alignment)
    ctypes.c_void_p.from_address(out).value = address or None
    return _abi.FA_BACKEND_DONE if address else _abi.FA_BACKEND_FAILED


def _deallocate(key: int, memory: int, size: int, alignment: int) -> None:
    _call_backend(key, None, 1, memory, size, alignment)


allocate_for_c = _abi.fa_backend_allocate(_allocate)
deallocate_for_c = _abi.fa_backend_deallocate(_deallocate)
