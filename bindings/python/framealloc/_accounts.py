# SPDX-License-Identifier: MIT OR Apache-2.0
"""Whose memory it is, and how much it may be: tags, phases, budgets."""

import ctypes
from typing import Any, Callable, List, Optional

from . import _abi, _callbacks
from ._core import Core, choice, text_of
from ._errors import check, need
from ._memory import Size, size_of
from ._records import BudgetEvent, BudgetUsage, PhaseStats, PromotionSummary, TagStats


class Tag:
    """A part of the program whose memory is counted; tags nest: "ai::pathfinding". Used in a `with` statement."""

    def __init__(self, core: Core, path: str) -> None:
        self._core, self.path = core, path
        self.id: int = core.lib.fa_tag_get(core.a, text_of(path))
        if not self.id:
            need(None)

    def __enter__(self) -> "Tag":
        self._core.settle()
        check(self._core.lib.fa_tag_push(self._core.a, self.id))
        return self

    def __exit__(self, *_: Any) -> None:
        self._core.settle()
        check(self._core.lib.fa_tag_pop(self._core.pointer))

    @property
    def stats(self) -> TagStats:
        self._core.settle()
        out = _abi.fa_tag_stats.new()
        check(self._core.lib.fa_tag_get_stats(self._core.a, self.id, ctypes.byref(out)))
        return TagStats.of(out)

    @property
    def remaining(self) -> int:
        """Bytes left under its budget and those around it."""
        self._core.settle()
        return self._core.lib.fa_budget_remaining(self._core.a, self.id)

    @property
    def budget(self) -> BudgetUsage:
        self._core.settle()
        out = _abi.fa_budget_usage.new()
        check(self._core.lib.fa_budget_get_tag(self._core.a, self.id, ctypes.byref(out)))
        return BudgetUsage.of(out)

    def nested(self, name: str) -> "Tag":
        """A tag inside this one."""
        return Tag(self._core, f"{self.path}::{name}")

    def __repr__(self) -> str:
        return f"<Tag {self.path}>"


class Subtag:
    """A tag by its name in the one that is current when the `with` statement is entered."""

    def __init__(self, core: Core, name: str) -> None:
        self._core, self.name = core, name

    def __enter__(self) -> "Subtag":
        self._core.settle()
        check(self._core.lib.fa_tag_push_name(self._core.a, text_of(self.name)))
        return self

    def __exit__(self, *_: Any) -> None:
        self._core.settle()
        check(self._core.lib.fa_tag_pop(self._core.pointer))


def tags(core: Core) -> List[Tag]:
    total = ctypes.c_size_t()
    check(core.lib.fa_tag_list(core.a, None, 0, ctypes.byref(total)))
    room = (ctypes.c_uint64 * (total.value + 8))()
    check(core.lib.fa_tag_list(core.a, room, len(room), ctypes.byref(total)))
    return [Tag(core, path_of(core, tag)) for tag in room[:min(total.value, len(room))]]


def path_of(core: Core, tag: int) -> str:
    length = core.lib.fa_tag_path(core.a, tag, None, 0)
    room = ctypes.create_string_buffer(length + 1)
    core.lib.fa_tag_path(core.a, tag, room, length + 1)
    return room.value.decode("utf-8", "replace")


def current(core: Core) -> Optional[str]:
    """The path of the calling lane's current tag."""
    tag = core.lib.fa_tag_current(core.a)
    return path_of(core, tag) if tag else None


def promotions(core: Core, tag: Optional[str], phase: Optional[str]) -> PromotionSummary:
    out = _abi.fa_promotion_summary.new()
    if tag is None and phase is None:
        check(core.lib.fa_promotions_total(core.a, ctypes.byref(out)))
    elif phase is not None:
        check(core.lib.fa_promotions_of_phase(core.a, text_of(phase), ctypes.byref(out)))
    else:
        found = core.lib.fa_tag_find(core.a, text_of(tag)) if tag else 0
        check(core.lib.fa_promotions_of_tag(core.a, found, ctypes.byref(out)))
    return PromotionSummary.of(out)


class Phase:
    """A named part of a frame, whose bytes and time are counted. Used in a `with` statement."""

    def __init__(self, core: Core, name: str) -> None:
        self._core, self.name = core, name

    def __enter__(self) -> "Phase":
        self._core.settle()
        check(self._core.lib.fa_phase_begin(self._core.a, text_of(self.name)))
        return self

    def __exit__(self, *_: Any) -> None:
        self._core.settle()
        check(self._core.lib.fa_phase_end(self._core.pointer))


def phases(core: Core, which: int) -> List[PhaseStats]:
    """The phases of the running frame, or of the last one."""
    core.settle()
    found = []
    for index in range(core.lib.fa_phase_count(core.a, which)):
        out = _abi.fa_phase_stats.new()
        check(core.lib.fa_phase_at(core.a, which, index, ctypes.byref(out)))
        found.append(PhaseStats.of(out))
    return found


def find_phase(core: Core, name: str, which: int) -> PhaseStats:
    core.settle()
    out = _abi.fa_phase_stats.new()
    check(core.lib.fa_phase_find(core.a, which, text_of(name), ctypes.byref(out)))
    return PhaseStats.of(out)


def make_budget(core: Core, hard: Size, soft: Size, warning_percent: int, policy: Any,
                decide: Optional[Callable[[BudgetEvent], Any]]) -> Any:
    """The struct of a budget, and the key of its decision function."""
    budget = _abi.fa_budget.new(hard_limit=size_of(hard), soft_limit=size_of(soft), warning_percent=warning_percent,
                                policy=_abi.FA_BUDGET_CUSTOM if decide else choice("FA_BUDGET_", policy))
    if decide is not None:
        asked = decide
        budget.user = core.keep(lambda event: choice("FA_BUDGET_", asked(BudgetEvent.of(event.contents))))
        budget.decide = ctypes.cast(_callbacks.budget_decide, ctypes.c_void_p)
    return budget


def poll(core: Core) -> List[BudgetEvent]:
    """Events of budgets since the last call, oldest first."""
    room, count = (_abi.fa_budget_event * 64)(), ctypes.c_size_t()
    check(core.lib.fa_budget_poll(core.a, room, len(room), ctypes.byref(count), None))
    return [BudgetEvent.of(event) for event in room[:count.value]]
