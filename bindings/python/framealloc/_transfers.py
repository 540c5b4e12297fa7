# SPDX-License-Identifier: MIT OR Apache-2.0
"""Values that one thread hands to another."""

import ctypes
from typing import Any, List, Optional

from . import _abi
from ._blocks import Block, give_back
from ._core import Core
from ._errors import PinnedError, StaleError, check, got, need
from ._memory import Roots, bytes_of, root_at
from ._records import TransferInfo, TransferStats
from ._threads import Lane


class Transfer:
    """A value of a frame that is handed to another thread, without a copy. It goes with its frame unless it is sent, or
    taken where it was received; views of it that outlive that are safe."""

    def __init__(self, core: Core, ident: int, address: int, size: int) -> None:
        self._core, self.id, self.size = core, ident, size
        self._roots = Roots()
        self._own(root_at(address, size))
        if core.frame is not None:
            core.frame.attach(self)

    def _own(self, root: Any) -> None:
        self._root: Any = self._roots.add(self._core.roots_of("transfers").add(root))

    @classmethod
    def make(cls, core: Core, size: int, align: int) -> "Transfer":
        ident = ctypes.c_uint64()
        address = need(core.lib.fa_transfer_alloc(core.a, size, align, ctypes.byref(ident)))
        return cls(core, ident.value, address, size)

    @classmethod
    def of(cls, core: Core, data: Any) -> "Transfer":
        """A transfer with a copy of some bytes."""
        source, ident = memoryview(data).cast("B"), ctypes.c_uint64()
        size = source.nbytes
        raw = (ctypes.c_ubyte * size).from_buffer_copy(source)
        address = need(core.lib.fa_transfer_copy(core.a, raw, size, 16, ctypes.byref(ident)))
        return cls(core, ident.value, address, size)

    @classmethod
    def received(cls, core: Core, ident: int) -> "Transfer":
        size = ctypes.c_size_t()
        address = need(core.lib.fa_transfer_receive(core.a, ident, ctypes.byref(size)))
        return cls(core, ident, address, size.value)

    @property
    def memory(self) -> memoryview:
        """Its bytes, until it is sent or its frame ends."""
        if self._root is None or self.state not in (_abi.FA_TRANSFER_OWNED, _abi.FA_TRANSFER_RECEIVED):
            raise StaleError("the transfer was sent or taken, or went with its frame", _abi.FA_ERROR_STALE)
        return bytes_of(self._root, self.size)

    def looked_at(self) -> bool:
        """Whether anybody has a view of it; the transfer itself does not count."""
        root, self._root = self._root, None
        if root is None:
            return False
        address = ctypes.addressof(root)
        del root
        alive = self._roots.alive()
        self._own(alive[0] if alive else root_at(address, self.size))
        return bool(alive)

    def leave_frame(self) -> List[Any]:
        """Its frame ends, and it with that. If somebody looks at it, the block stays until that is over; the roots."""
        if not self.looked_at():
            self.go()
            return []
        core, alive = self._core, self._roots.alive()
        self.go()
        if self.state == _abi.FA_TRANSFER_OWNED:
            check(core.lib.fa_transfer_send(core.pointer, self.id))
            got(core.lib.fa_transfer_receive(core.pointer, self.id, None))
        if self.state != _abi.FA_TRANSFER_RECEIVED:
            return []
        address = got(core.lib.fa_transfer_take(core.pointer, self.id))
        core.quarantine(alive, lambda: give_back(core, address))
        return alive

    def go(self) -> None:
        """It has gone with its frame, or a part of it."""
        self._root = None

    def _let_go(self, doing: str) -> None:
        """A value that leaves must not be looked at any more."""
        root, self._root = self._root, None
        if root is None:
            raise StaleError("the transfer was sent or taken, or went with its frame", _abi.FA_ERROR_STALE)
        del root
        alive = self._roots.survivors()
        if alive:
            self._root = alive[0]
            raise PinnedError(f"a value that is still looked at cannot be {doing}", _abi.FA_ERROR_PINNED)

    def send(self, lane: Optional[Lane] = None) -> int:
        """Sends it to whoever receives its id, or to one lane; the id."""
        self._let_go("sent")
        calls = self._core.lib
        check(calls.fa_transfer_send(self._core.a, self.id) if lane is None else
              calls.fa_transfer_send_to(self._core.a, self.id, lane.pointer))
        return self.id

    def take(self) -> Block:
        """Takes a received value for good: an ordinary block."""
        self._let_go("taken")
        return Block(self._core, need(self._core.lib.fa_transfer_take(self._core.a, self.id)), self.size)

    def drop(self) -> None:
        """Frees a value that nobody takes."""
        self._let_go("dropped")
        check(self._core.lib.fa_transfer_drop(self._core.a, self.id))

    @property
    def state(self) -> int:
        """FA_TRANSFER_*."""
        return self._core.lib.fa_transfer_state(self._core.a, self.id)

    @property
    def info(self) -> TransferInfo:
        out = _abi.fa_transfer_info.new()
        check(self._core.lib.fa_transfer_get_info(self._core.a, self.id, ctypes.byref(out)))
        return TransferInfo.of(out)


def transfer_stats(core: Core) -> TransferStats:
    out = _abi.fa_transfer_stats.new()
    check(core.lib.fa_transfer_get_stats(core.a, ctypes.byref(out)))
    return TransferStats.of(out)
