# SPDX-License-Identifier: MIT OR Apache-2.0
"""An allocator seen through one tag."""

import ctypes
from typing import Any, Tuple

from . import _abi, _accounts
from ._blocks import Block
from ._core import Core, choice, text_of
from ._errors import FrameError, check, got, need
from ._memory import Memory, Size, size_of


class Tagged(Memory):
    """Memory for one tag, whatever the current one is: `bytes`, `array` and the rest come from the running frame,
    `block` from pool or heap. Any thread may use it."""

    def __init__(self, core: Core, path: str) -> None:
        self._core = core
        self._view = _abi.fa_tagged()
        check(core.lib.fa_tagged_init(ctypes.byref(self._view), core.a, text_of(path)))
        #: The tag.
        self.tag = _accounts.Tag(core, path)

    def _take(self, size: int, align: int) -> Tuple[Any, int]:
        frame = self._core.frame
        if frame is None:
            raise FrameError("[FA001] no frame runs on this thread; enter alloc.running_frame() for one of the host's",
                             _abi.FA_ERROR_NO_FRAME)
        if size < 0:
            raise ValueError(f"{size} bytes")
        frame.settle()
        address = need(self._core.lib.fa_tagged_alloc(ctypes.byref(self._view), _abi.FA_INTENT_FRAME, size, align))
        return frame.stretch_at(address, size).root, 0

    def block(self, size: Size, intent: str = "auto", align: int = 16) -> Block:
        """A block of the pool or the heap, which goes back when nobody looks at it any more."""
        if intent not in ("auto", "pool", "heap"):
            raise ValueError(f"a block is of intent auto, pool or heap, not {intent!r}")
        core, size = self._core, size_of(size)
        kind = choice("FA_INTENT_", intent)
        core.a  # pylint: disable=pointless-statement  # refuses when closed
        return Block(core, got(core.lib.fa_tagged_alloc(ctypes.byref(self._view), kind, size, align)), size)
