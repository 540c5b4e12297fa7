# SPDX-License-Identifier: MIT OR Apache-2.0
"""Status codes as exceptions, reports as the words in them."""

import threading
from typing import Any, Dict, NamedTuple, NoReturn, Optional, Type

from . import _abi, _callbacks
from ._load import fast


class Diagnostic(NamedTuple):
    """A report: what went wrong, with which values, and how to mend it."""

    code: str
    severity: int
    status: int
    message: str
    note: str
    help: str
    frame_number: int
    occurrences: int

    def __str__(self) -> str:
        note = f"\n  note: {self.note}" if self.note else ""
        return f"[{self.code}] {self.message}{note}" + (f"\n  help: {self.help}" if self.help else "")


class Error(Exception):
    """A call that the library refused. `status` is FA_ERROR_*; `diagnostic` is the report, if there was one."""

    def __init__(self, message: str, status: int = 0, diagnostic: Optional[Diagnostic] = None) -> None:
        super().__init__(message)
        self.status, self.diagnostic = status, diagnostic

    @property
    def code(self) -> str:
        """The code of the report, such as "FA001", or ""."""
        return self.diagnostic.code if self.diagnostic else ""


class ArgumentError(Error, ValueError):
    """An argument out of its range."""


class ClosedError(Error, ValueError):
    """The allocator is closed, or what was used has been closed."""


class OutOfMemoryError(Error, MemoryError):
    """The backend, or a limit of the allocator, gives no memory."""


class BudgetError(OutOfMemoryError):
    """A budget, a frame cap or the memory limit is used up."""


class FrameError(Error, RuntimeError):
    """No frame runs, or one runs already, or scopes are not nested."""


class StaleError(Error, ReferenceError):
    """Something that has ended: a view after its frame, an id of what was freed."""


class ThreadError(Error, RuntimeError):
    """Used on another thread or lane than it belongs to."""


class BusyError(Error, BlockingIOError):
    """Somebody else uses it now."""


class PinnedError(Error, BufferError):
    """Memory that is pinned."""


class NotFoundError(Error, LookupError):
    """There is nothing of this name, key or index."""


class ExistsError(Error, ValueError):
    """There is something of this name already."""


class FullError(Error, OverflowError):
    """A fixed capacity is reached."""


class WaitTimeout(Error, TimeoutError):
    """The time was up first."""


class UnsupportedError(Error, NotImplementedError):
    """This machine, this build or this configuration cannot do it."""


class FileError(Error, OSError):
    """A file could not be written."""


class SurvivorError(Error, BufferError):
    """FA002: views outlived the memory they show. The memory stays out of use until they are gone."""


class DiagnosticWarning(UserWarning):
    """A report that is no error."""


class SurvivorWarning(DiagnosticWarning):
    """FA002 for an allocator that warns of survivors."""


CLASSES: Dict[int, Type[Error]] = {
    _abi.FA_ERROR_INVALID_ARGUMENT: ArgumentError, _abi.FA_ERROR_INVALID_ALLOCATOR: ClosedError,
    _abi.FA_ERROR_ALIGNMENT: ArgumentError, _abi.FA_ERROR_SIZE: OutOfMemoryError,
    _abi.FA_ERROR_OUT_OF_MEMORY: OutOfMemoryError, _abi.FA_ERROR_NO_FRAME: FrameError,
    _abi.FA_ERROR_FRAME_ACTIVE: FrameError, _abi.FA_ERROR_FRAME_CAP: BudgetError,
    _abi.FA_ERROR_MEMORY_LIMIT: BudgetError, _abi.FA_ERROR_STALE: StaleError, _abi.FA_ERROR_WRONG_LANE: ThreadError,
    _abi.FA_ERROR_FOREIGN_POINTER: ArgumentError, _abi.FA_ERROR_DOUBLE_FREE: StaleError,
    _abi.FA_ERROR_INTERIOR_POINTER: ArgumentError, _abi.FA_ERROR_BUSY: BusyError,
    _abi.FA_ERROR_UNSUPPORTED: UnsupportedError, _abi.FA_ERROR_DISABLED: UnsupportedError,
    _abi.FA_ERROR_BUDGET: BudgetError, _abi.FA_ERROR_FULL: FullError, _abi.FA_ERROR_NOT_FOUND: NotFoundError,
    _abi.FA_ERROR_DEPTH: FrameError, _abi.FA_ERROR_UNBALANCED: FrameError, _abi.FA_ERROR_PINNED: PinnedError,
    _abi.FA_ERROR_EXISTS: ExistsError, _abi.FA_ERROR_IO: FileError, _abi.FA_ERROR_TIMEOUT: WaitTimeout,
}

latest = threading.local()  # .report: the last one that came on this thread and was not told by an exception


def diagnostic_of(struct: Any) -> Diagnostic:
    texts = (struct.code_text, struct.message, struct.note, struct.help)
    code, message, note, remedy = ((text or b"").decode("utf-8", "replace") for text in texts)
    return Diagnostic(code, struct.severity, struct.status, message, note, remedy, struct.frame_number,
                      struct.occurrences)


def error_of(status: int) -> Error:
    """The exception for a status, with the report that the library made of it on this thread."""
    report = getattr(latest, "report", None)
    latest.report = None
    message = fast.fa_status_message(status).decode()
    if report is not None and report.status == status:
        return CLASSES.get(status, Error)(str(report), status, report)
    return CLASSES.get(status, Error)(message, status)


def fail(status: int) -> NoReturn:
    _callbacks.raise_kept()
    raise error_of(status)


def check(status: int) -> None:
    """Raises for anything but success, and whatever a callback raised meanwhile."""
    if status or _callbacks.kept:
        _callbacks.raise_kept()
        if status:
            raise error_of(status)


def got(pointer: Optional[int]) -> int:
    """A pointer that is not NULL; what a callback raised meanwhile is left for check()."""
    if pointer is None:
        fail(fast.fa_last_status())
    return pointer


LACKING = (_abi.FA_ERROR_OUT_OF_MEMORY, _abi.FA_ERROR_FRAME_CAP, _abi.FA_ERROR_MEMORY_LIMIT, _abi.FA_ERROR_BUDGET,
           _abi.FA_ERROR_FULL, _abi.FA_ERROR_SIZE)


def lacking(pointer: Optional[int]) -> bool:
    """Whether an attempt failed for want of memory, and for nothing else."""
    return pointer is None and fast.fa_last_status() in LACKING


def need(pointer: Optional[int]) -> int:
    """A pointer that is not NULL."""
    pointer = got(pointer)
    if _callbacks.kept:
        _callbacks.raise_kept()
    return pointer
