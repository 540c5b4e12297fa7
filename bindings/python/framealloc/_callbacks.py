# SPDX-License-Identifier: MIT OR Apache-2.0
"""Functions of Python that C calls: one trampoline for each kind, which lives as long as the module.

What C keeps is a key into a table, so nothing that it holds can be collected. An exception cannot pass through C: it is
kept, and raised again when the call that led to it returns.
"""

import itertools
import sys
import threading
import weakref
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import _abi

functions: Dict[int, Callable[..., Any]] = {}
kept: List[Tuple["weakref.ref[Caller]", BaseException]] = []
_keys = itertools.count(1)
_local = threading.local()


class Caller:
    """A thread, as long as it is one of Python's: numbers of threads are used again."""


def register(function: Callable[..., Any]) -> int:
    """The key of a function, for as long as it is not forgotten."""
    key = next(_keys)
    functions[key] = function
    return key


def forget(key: Optional[int]) -> None:
    functions.pop(key or 0, None)


def caller() -> Caller:
    found: Optional[Caller] = getattr(_local, "caller", None)
    if found is None:
        found = _local.caller = Caller()
    return found


def keep(error: BaseException) -> None:
    kept.append((weakref.ref(caller(), _unheard), error))


def _unheard(gone: "weakref.ref[Caller]") -> None:
    """A thread has ended before a call of its own could raise what was kept for it."""
    errors = [error for owner, error in kept if owner is gone]
    kept[:] = [(owner, error) for owner, error in kept if owner is not gone]
    for error in errors:
        sys.excepthook(type(error), error, error.__traceback__)


def raise_kept() -> None:
    """Raises the first exception that a callback of this thread left, and forgets the others."""
    me = caller()
    mine = [error for owner, error in kept if owner() is me]
    if mine:
        forget_kept()
        try:
            raise mine[0]
        finally:
            mine.clear()  # or its traceback would lead to itself


def forget_kept() -> None:
    """Forgets what callbacks of this thread left: something else is being raised."""
    me = caller()
    kept[:] = [(owner, error) for owner, error in kept if owner() is not me]


def trampoline(kind: Any, otherwise: Any = None) -> Any:
    """A function of C's kind that calls the one whose key is its first argument; on failure it answers `otherwise`."""

    def call(key: int, *arguments: Any) -> Any:
        function = functions.get(key)
        try:
            return otherwise if function is None else function(*arguments)
        except BaseException as error:  # pylint: disable=broad-except
            keep(error)
            return otherwise

    return kind(call)


def once(kind: Any) -> Any:
    """A trampoline for what is called once: its function is forgotten by the call."""

    def call(key: int) -> None:
        function = functions.pop(key, None)
        try:
            if function is not None:
                function()
        except BaseException as error:  # pylint: disable=broad-except
            keep(error)

    return kind(call)


def nothing(kind: Any) -> Any:
    """The NULL of a kind of function."""
    return kind()


sink = trampoline(_abi.fa_diagnostic_sink)
cleanup = once(_abi.fa_cleanup)
task_end = once(_abi.fa_task_function)
budget_decide = trampoline(_abi.fa_budget_decide, _abi.FA_BUDGET_FAIL)
budget_listener = trampoline(_abi.fa_budget_listener)
event_listener = trampoline(_abi.fa_event_listener)
profile = trampoline(_abi.fa_profile_function)
profile_counter = trampoline(_abi.fa_profile_counter_function)
relocated = trampoline(_abi.fa_handle_relocated)
evicted = trampoline(_abi.fa_stream_evicted)
item_test = trampoline(_abi.fa_item_test, 0)
item_order = trampoline(_abi.fa_item_order, 0)
