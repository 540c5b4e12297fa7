# SPDX-License-Identifier: MIT OR Apache-2.0
"""Seeing what an allocator does: figures, reports, strict and debug mode, behaviour filter, engines, snapshots."""

import contextlib
import ctypes
import json
import os
import warnings
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from . import _abi, _blocks, _callbacks, _errors
from ._core import Core, choice, encoded, text_of
from ._errors import check, fail
from ._load import fast
from ._records import (DebugBlock, DebugHotSite, DebugLeak, DebugStats, DiagnosticContext, DiagnosticRecord,
                       DiagnosticText, EngineInfo, FilterIssue, SnapshotStats, Stats)

SEVERITY, ROOM = "FA_SEVERITY_", 64
ALL = 0xFFFFFFFF  # reports of a code


def explain(code: str) -> DiagnosticText:
    """What a code such as "FA001" means, when it happens and how it is mended; NotFoundError for no code."""
    out = _abi.fa_diagnostic_text.new()
    check(fast.fa_diagnostic_describe(fast.fa_diagnostic_code_of(text_of(code)), ctypes.byref(out)))
    return DiagnosticText.of(out)


def codes() -> List[str]:
    """Every code that the library knows."""
    found, index = [], 0
    while number := fast.fa_diagnostic_code_at(index):
        out = _abi.fa_diagnostic_text.new()
        check(fast.fa_diagnostic_describe(number, ctypes.byref(out)))
        found.append(out.name.decode())
        index += 1
    return found


def listed(core: Core, struct: Any, record: Any, read: Callable[[Any, int, Any], int]) -> List[Any]:
    """What a function lists, however much it is."""
    total, room = ctypes.c_size_t(), ROOM
    while True:
        found = (struct * room)()
        check(read(found, room, ctypes.byref(total)))
        if total.value <= room:
            return [record.of(one) for one in found[:total.value]]
        room = total.value + ROOM


def written(write: Callable[[Any, int], int]) -> str:
    """A text of which the library tells the length."""
    room = ctypes.create_string_buffer(4096)
    needed = write(room, len(room))
    while needed >= len(room):
        room = ctypes.create_string_buffer(needed + 1024)
        needed = write(room, len(room))
    return room.value.decode("utf-8", "replace")


class Engine:
    """The hooks of an engine that drives the frames: FA101 and FA102 tell when one is not there or did not run."""

    def __init__(self, core: Core, name: str) -> None:
        self._core = core
        check(core.lib.fa_engine_attach(core.a, text_of(name)))

    def pre_frame(self) -> None:
        """Begins a frame; running_frame() of the allocator hands out its memory."""
        check(self._core.lib.fa_engine_pre_frame(self._core.a))

    def post_frame(self) -> None:
        self._core.settle()
        check(self._core.lib.fa_engine_post_frame(self._core.a))

    def tick(self) -> None:
        """A turn of the engine's loop is over."""
        check(self._core.lib.fa_engine_tick(self._core.a))

    @property
    def info(self) -> EngineInfo:
        out = _abi.fa_engine_info.new()
        check(self._core.lib.fa_engine_get_info(self._core.a, ctypes.byref(out)))
        return EngineInfo.of(out)

    def detach(self) -> None:
        check(self._core.lib.fa_engine_detach(self._core.a))

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: Any) -> None:
        self.detach()


class Observed:
    """The part of an allocator that tells what happens in it."""

    _core: Core

    # Figures

    @property
    def stats(self) -> Stats:
        """Figures of the whole allocator."""
        self._core.settle()
        out = _abi.fa_stats.new()
        check(self._core.lib.fa_allocator_stats(self._core.a, ctypes.byref(out)))
        return Stats.of(out)

    @property
    def quarantined(self) -> int:
        """Frames and scopes whose memory is out of use since somebody still looks at it."""
        return self._core.quarantined

    def heap_blocks(self) -> List[Tuple[int, int]]:
        """Address and usable bytes of every live heap block."""
        return [(block.address, block.usable) for block in _blocks.heap_blocks(self._core)]

    # Reports

    def on_diagnostic(self, function: Optional[Callable[[_errors.Diagnostic], Any]]) -> None:
        """Has a function told of reports, before they become exceptions and warnings."""
        core = self._core

        def told(struct: Any) -> None:
            report = _errors.diagnostic_of(struct.contents)
            _errors.latest.report = report
            if function is not None:
                function(report)
            if report.severity == _abi.FA_SEVERITY_WARNING:
                warnings.warn(str(report), _errors.DiagnosticWarning, stacklevel=3)

        core.replace("sink", told, lambda key: check(core.lib.fa_diagnostic_set_sink(
            core.a, _callbacks.sink if key else _callbacks.nothing(_abi.fa_diagnostic_sink), key)))

    def configure_diagnostics(self, output: Any = "auto", color: Any = "auto", min_severity: Any = "note",
                              repeats: int = ALL) -> None:
        """Where reports go ("auto", "stderr", "sink", "both"), which, and how many of one code before they thin out.
        Without "sink" in it, and for reports that are thinned out, exceptions have no code and words of their own."""
        config = _abi.fa_diagnostic_config.new(output=choice("FA_OUTPUT_", output), color=choice("FA_COLOR_", color),
                                               min_severity=choice(SEVERITY, min_severity), repeats=repeats)
        check(self._core.lib.fa_diagnostic_configure(self._core.a, ctypes.byref(config)))

    def diagnostic_count(self, code: str) -> int:
        """Reports of a code, delivered or not."""
        return self._core.lib.fa_diagnostic_count(self._core.a, fast.fa_diagnostic_code_of(text_of(code)))

    def recent_diagnostics(self) -> List[DiagnosticRecord]:
        """The last delivered reports, newest first."""
        return listed(self._core, _abi.fa_diagnostic_record, DiagnosticRecord,
                      lambda *room: self._core.lib.fa_diagnostic_recent(self._core.a, *room))

    def emit(self, code: str, message: str, severity: Any = "warning", note: Optional[str] = None,
             help: Optional[str] = None) -> None:  # pylint: disable=redefined-builtin
        """Reports a message of the program, with a code such as "GAME042"."""
        report = _abi.fa_message(ctypes.sizeof(_abi.fa_message), choice(SEVERITY, severity), text_of(code),
                                 text_of(message), encoded(note), encoded(help))
        check(self._core.lib.fa_diagnostic_emit(self._core.a, ctypes.byref(report)))
        _errors.latest.report = None  # is no failure of a call

    def report(self, code: str, note: Optional[str] = None) -> None:
        """Reports one of the library's own codes."""
        number = fast.fa_diagnostic_code_of(text_of(code))
        check(self._core.lib.fa_diagnostic_raise(self._core.a, number, encoded(note)))
        _errors.latest.report = None

    def expect(self, condition: Any, words: str, code: str = "FA907") -> None:
        """An assertion that is reported, and lets the program go on."""
        if not condition:
            number = fast.fa_diagnostic_code_of(text_of(code))
            self._core.lib.fa_assertion_failed(self._core.a, number, text_of(words), None, 0, None)
            check(_abi.FA_OK)
            _errors.latest.report = None

    @property
    def context(self) -> DiagnosticContext:
        """Where the calling thread is: frame, tag, phase, names."""
        out = _abi.fa_diagnostic_context.new()
        check(self._core.lib.fa_diagnostic_get_context(self._core.a, ctypes.byref(out)))
        return DiagnosticContext.of(out)

    # Strict mode

    @property
    def strict_level(self) -> int:
        """FA_STRICT_*, as it is in force here."""
        return self._core.lib.fa_strict_level(self._core.a)

    def set_strict(self, level: Any) -> None:
        """Stops the program at the first "error" or "warning"; "off" again."""
        check(self._core.lib.fa_strict_set(self._core.a, choice("FA_STRICT_", level)))

    @contextlib.contextmanager
    def strict(self, level: Any = "error") -> Iterator[None]:
        """The same for a block of the calling thread."""
        check(self._core.lib.fa_strict_begin(self._core.a, choice("FA_STRICT_", level)))
        try:
            yield
        finally:
            check(self._core.lib.fa_strict_end(self._core.a))

    # Debug mode

    def configure_debug(self, *what: Any, **numbers: int) -> None:
        """Switches debug mode to what is named ("cheap", "poison", "guards", "sites", ..., "all"), or off without any;
        numbers are the other fields of fa_debug_options."""
        self._core.settle()
        flags = 0
        for word in what:
            flags |= choice("FA_DEBUG_", word)
        options = _abi.fa_debug_options.new(**{**numbers, "flags": flags})
        check(self._core.lib.fa_debug_configure(self._core.a, ctypes.byref(options)))

    @property
    def debug_options(self) -> Dict[str, int]:
        out = _abi.fa_debug_options.new()
        check(self._core.lib.fa_debug_get_options(self._core.a, ctypes.byref(out)))
        return {name: getattr(out, name) for name, _ in out._fields_ if name not in ("struct_size", "reserved")}

    @property
    def debug_stats(self) -> DebugStats:
        out = _abi.fa_debug_stats.new()
        check(self._core.lib.fa_debug_get_stats(self._core.a, ctypes.byref(out)))
        return DebugStats.of(out)

    def check_blocks(self) -> int:
        """Looks at every guard now; how many blocks were found damaged."""
        found = ctypes.c_uint64()
        check(self._core.lib.fa_debug_check(self._core.a, ctypes.byref(found)))
        return found.value

    def find_block(self, address: int) -> DebugBlock:
        """The newest block that an address belongs or belonged to; NotFoundError for none."""
        out = _abi.fa_debug_block.new()
        check(self._core.lib.fa_debug_find(self._core.a, address, ctypes.byref(out)))
        return DebugBlock.of(out)

    def leaks(self, seconds: float = 0, frames: int = 0) -> List[DebugLeak]:
        """What is in use for longer than that, by where it comes from, most bytes first."""
        return listed(self._core, _abi.fa_debug_leak, DebugLeak,
                      lambda *room: self._core.lib.fa_debug_leaks(self._core.a, int(seconds * 1e9), frames, *room))

    def report_old(self, seconds: float = 0, frames: int = 0) -> int:
        """Reports the same (FA510); how many blocks are so old."""
        found = ctypes.c_uint64()
        check(self._core.lib.fa_debug_report_old(self._core.a, int(seconds * 1e9), frames, ctypes.byref(found)))
        return found.value

    def hot_sites(self) -> List[DebugHotSite]:
        """Stacks of calls that allocate, most often first."""
        return listed(self._core, _abi.fa_debug_hot_site, DebugHotSite,
                      lambda *room: self._core.lib.fa_debug_hot_sites(self._core.a, *room))

    def site_text(self, site: int) -> str:
        """A stack of calls, innermost first."""
        return written(lambda *room: self._core.lib.fa_debug_site_text(self._core.a, site, *room))

    def debug_report(self) -> str:
        """Figures, hot sites and what is in use, to read."""
        return written(lambda *room: self._core.lib.fa_debug_report(self._core.a, *room))

    # The behaviour filter

    def enable_filter(self, preset: Any = "default", **thresholds: Any) -> None:
        """Looks for memory that is used against its intent (BF001 to BF004)."""
        config = _abi.fa_filter_config.new()
        check(self._core.lib.fa_filter_preset(ctypes.byref(config), choice("FA_FILTER_", preset)))
        for name, value in thresholds.items():
            if name not in dict(_abi.fa_filter_config._fields_):
                raise TypeError(f"no such threshold: {name}")
            setattr(config, name, value)
        check(self._core.lib.fa_filter_enable(self._core.a, ctypes.byref(config)))

    def disable_filter(self) -> None:
        check(self._core.lib.fa_filter_disable(self._core.a))

    def reset_filter(self) -> None:
        """Forgets what was counted."""
        check(self._core.lib.fa_filter_reset(self._core.a))

    def filter_issues(self) -> List[FilterIssue]:
        """What has been found."""
        return listed(self._core, _abi.fa_filter_issue, FilterIssue,
                      lambda *room: self._core.lib.fa_filter_report(self._core.a, *room))

    def filter_report(self) -> str:
        """The same to read."""
        return self._complete(lambda *room: self._core.lib.fa_filter_format(self._core.a, _abi.FA_FILTER_TEXT, *room))

    # Engines and snapshots

    def attach_engine(self, name: str) -> Engine:
        """Says that an engine drives the frames: `with alloc.attach_engine("pygame") as engine:`"""
        return Engine(self._core, name)

    def configure_snapshots(self, folder: Optional[str], name: Optional[str] = None, **numbers: int) -> None:
        """Writes snapshots to a folder, for framealloc-top and framealloc-report; None switches them off."""
        if folder is None:
            check(self._core.lib.fa_snapshot_configure(self._core.a, None))
            return
        words = {"folder": os.fsencode(folder), "name": encoded(name)}
        config = _abi.fa_snapshot_config.new(**words, **numbers)
        check(self._core.lib.fa_snapshot_configure(self._core.a, ctypes.byref(config)))

    def request_snapshot(self) -> None:
        """Asks for one at the end of the next frame."""
        check(self._core.lib.fa_snapshot_request(self._core.a))

    def snapshot(self) -> Dict[str, Any]:
        """A snapshot now, as the object that its schema describes."""
        self._core.settle()
        found: Dict[str, Any] = json.loads(self._complete(
            lambda *room: self._core.lib.fa_snapshot_write(self._core.a, *room)))
        return found

    @property
    def snapshot_stats(self) -> SnapshotStats:
        out = _abi.fa_snapshot_stats.new()
        check(self._core.lib.fa_snapshot_get_stats(self._core.a, ctypes.byref(out)))
        return SnapshotStats.of(out)

    @staticmethod
    def _complete(write: Callable[..., int]) -> str:
        """A text that the library writes whole, or says what room it needs."""
        needed, room = ctypes.c_size_t(), ctypes.create_string_buffer(8192)
        while (status := write(room, len(room), ctypes.byref(needed))) == _abi.FA_ERROR_FULL:
            room = ctypes.create_string_buffer(needed.value + 4096)
        if status:
            fail(status)
        return room.value.decode("utf-8", "replace")
