# SPDX-License-Identifier: MIT OR Apache-2.0
"""Memory of a frame that is copied to where it lasts when the frame ends."""

import ctypes
from typing import Any, List, Optional, Tuple

from . import _abi
from ._blocks import Block
from ._core import Core, choice, encoded
from ._errors import check, need
from ._memory import Memory, Size, address_of, bytes_of, root_at, size_of
from ._records import Promotion, PromotionSummary


class Retaining(Memory):
    """The part of a frame that retains."""

    _core: Core
    _lane: Any
    #: What became of the blocks that were retained, once the frame has ended.
    promotions: List[Tuple[Promotion, Any]]
    #: The same in figures.
    summary: Optional[PromotionSummary]

    def _check(self) -> None:
        """Refuses a frame that does not run, or runs elsewhere."""
        raise NotImplementedError

    def settle(self) -> None:
        """Closes the window, if one is open."""
        raise NotImplementedError

    def _add(self, root: Any) -> Any:
        raise NotImplementedError

    def retained(self, size: Size, to: str = "heap", *, scratch: Optional[str] = None,
                 type_name: Optional[str] = None, ahead: int = 0) -> memoryview:
        """Bytes that are copied to the pool, the heap or a scratch pool when the frame ends, or the one that comes
        `ahead` frames later; see `promotions` of that frame."""
        self._check()
        self.settle()
        core, size = self._core, size_of(size)
        how = self._retention(to, scratch, type_name, ahead)
        address = need(core.lib.fa_frame_alloc_retained(core.pointer, size, 16, ctypes.byref(how)))
        self._promote_in(ahead)
        return bytes_of(self._add(root_at(address, size)), size)

    def important(self, size: Size, importance: Any, scratch: Optional[str] = None) -> memoryview:
        """The same by how important it is: "ephemeral", "reusable", "persistent" or "scratch"."""
        self._check()
        self.settle()
        core, size, level = self._core, size_of(size), choice("FA_IMPORTANCE_", importance)
        address = need(core.lib.fa_frame_alloc_important(core.pointer, size, 16, level, encoded(scratch)))
        self._promote_in(0)
        return bytes_of(self._add(root_at(address, size)), size)

    def retain(self, view: memoryview, to: str = "heap", *, scratch: Optional[str] = None,
               type_name: Optional[str] = None) -> None:
        """Has bytes of this frame copied when it ends, as if they had been taken with retained()."""
        self._check()
        self.settle()
        how, core = self._retention(to, scratch, type_name, 0), self._core
        check(core.lib.fa_frame_retain(core.pointer, address_of(view), view.nbytes, 1, ctypes.byref(how)))
        self._promote_in(0)

    def _promote_in(self, frames: int) -> None:
        """The frame that comes so many after this one ends with promotions."""
        number = self._core.lib.fa_frame_number(self._core.pointer) + frames
        self._lane.promotes = max(self._lane.promotes, number)

    @staticmethod
    def _retention(to: Any, scratch: Optional[str], type_name: Optional[str], ahead: int) -> Any:
        policy = choice("FA_RETAIN_", to if to in ("discard", "leak") or isinstance(to, int) else f"to_{to}")
        return _abi.fa_retention.new(policy=policy, frames_ahead=ahead, scratch=encoded(scratch),
                                     type_name=encoded(type_name))

    def drop_retained(self) -> int:
        """Forgets what was retained, for frames to come, too: it goes with them."""
        self._check()
        self._lane.promotes = 0
        return self._core.lib.fa_frame_retained_drop(self._core.pointer)

    def _end_with_promotions(self) -> None:
        core = self._core
        room = core.lib.fa_frame_retained_count(core.pointer)
        results, count = (_abi.fa_promotion * max(room, 1))(), ctypes.c_size_t()
        summary = _abi.fa_promotion_summary.new()
        check(core.lib.fa_frame_end_with_promotions(core.pointer, results, room, ctypes.byref(count),
                                                    ctypes.byref(summary)))
        self.summary = PromotionSummary.of(summary)
        self.promotions = [(Promotion.of(one), self._promoted(one)) for one in results[:count.value]]

    def _promoted(self, one: Any) -> Any:
        owned = one.policy in (_abi.FA_RETAIN_TO_POOL, _abi.FA_RETAIN_TO_HEAP)
        return Block(self._core, one.after, one.size) if owned and one.after else None
