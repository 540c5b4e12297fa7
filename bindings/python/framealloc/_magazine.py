# SPDX-License-Identifier: MIT OR Apache-2.0
"""Pool blocks of one size that are taken and given back without a call."""

import ctypes
import threading
from typing import Any

from . import _abi
from ._blocks import Block, give_back
from ._core import Core
from ._errors import StaleError, ThreadError, check, got


class Magazine:
    """A stack of free pool blocks of one size, refilled and emptied many at a time. Used by the thread that made it;
    its blocks may go anywhere."""

    def __init__(self, core: Core, size: int, align: int) -> None:
        self._core, self.size, self._thread = core, size, threading.get_ident()
        self._magazine = _abi.fa_magazine()
        self._at = ctypes.byref(self._magazine)
        check(core.lib.fa_magazine_open(core.a, self._at, size, align))
        self._open, self._busy = True, False
        core.use()

    def block(self) -> Block:
        """A block, which comes back here when nobody looks at it any more, or when it is released."""
        magazine = self._magazine
        if self._thread != threading.get_ident():
            raise ThreadError("a magazine belongs to the thread that made it", _abi.FA_ERROR_WRONG_LANE)
        if not self._open:
            raise StaleError("[FA006] the magazine is closed", _abi.FA_ERROR_STALE)
        self._busy = True  # the collector may give a block back at any point of this
        try:
            if magazine.count:
                magazine.takes += 1
                magazine.count -= 1
                address = magazine.blocks[magazine.count]
            else:
                address = got(self._core.lib.fa_magazine_refill(self._at))
        finally:
            self._busy = False
        return Block(self._core, address, self.size, self._take_back)

    def _take_back(self, core: Core, address: int) -> None:
        magazine = self._magazine
        if self._busy or not self._open or self._thread != threading.get_ident():
            give_back(core, address)
        elif magazine.count < magazine.capacity:
            magazine.blocks[magazine.count] = address
            magazine.count += 1
        else:
            check(core.lib.fa_magazine_empty(self._at, address))

    def __len__(self) -> int:
        """Free blocks that it holds."""
        return self._magazine.count

    def close(self) -> None:
        """Gives its free blocks back to the pool."""
        if self._open:
            self._open = False
            try:
                check(self._core.lib.fa_magazine_close(self._at))
            finally:
                self._core.unuse()

    def __enter__(self) -> "Magazine":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
