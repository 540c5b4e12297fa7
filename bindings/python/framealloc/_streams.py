# SPDX-License-Identifier: MIT OR Apache-2.0
"""Streams: assets within a budget of bytes."""

import contextlib
import ctypes
import sys
from typing import Any, Callable, Iterator, List, Optional

from . import _abi, _callbacks
from ._core import Core, choice, encoded
from ._errors import ClosedError, check, fail, need
from ._memory import Roots, Size, bytes_of, let_go, root_at, size_of
from ._records import AssetInfo, StreamStats


class Asset:
    """An asset of a stream: reserved, loaded, looked at while pinned, evicted, and loaded again."""

    def __init__(self, stream: "Stream", ident: int) -> None:
        self._stream, self.id = stream, ident

    @property
    def _calls(self) -> Any:
        return self._stream._core.lib

    @contextlib.contextmanager
    def load(self, replace: Optional[Size] = None) -> Iterator[memoryview]:
        """The memory for the loader: at the end of the block the asset is ready, unless an exception leaves it.
        With `replace` a new version of that size is loaded while the old one stays in use. The view ends with the
        block; what was made of it and shows the same bytes pins the asset."""
        core, pointer, ident = self._stream._core, self._pointer, self.id
        memory, size = ctypes.c_void_p(), self.info.size if replace is None else size_of(replace)
        if replace is None:
            check(self._calls.fa_stream_begin_load(self._pointer, self.id, ctypes.byref(memory)))
        else:
            check(self._calls.fa_stream_begin_replace(self._pointer, self.id, size, ctypes.byref(memory)))
        root, roots = root_at(memory.value or 0, size), Roots()
        view = bytes_of(core.roots_of("pins").add(roots.add(root)), size)
        try:
            yield view
        except BaseException:
            let_go(view)
            del root, view
            core.end_scope(roots, lambda: check(self._calls.fa_stream_abandon_load(pointer, ident)), "a load")
            raise
        let_go(view)
        del root, view
        check(core.lib.fa_stream_finish_load(pointer, ident))
        if roots.alive():
            address = need(core.lib.fa_stream_pin(pointer, ident, None))
            core.end_scope(roots, lambda: check(self._calls.fa_stream_unpin(pointer, ident, address)), "a load")

    @property
    def _pointer(self) -> int:
        return self._stream.pointer

    def progress(self, loaded: int) -> None:
        """Tells how many bytes are loaded."""
        check(self._calls.fa_stream_report_progress(self._pointer, self.id, loaded))

    @contextlib.contextmanager
    def pin(self) -> Iterator[memoryview]:
        """Its bytes, which stay until the end of the block, or until nobody looks at them any more."""
        core, pointer, ident, size = self._stream._core, self._pointer, self.id, ctypes.c_size_t()
        address = need(core.lib.fa_stream_pin(pointer, ident, ctypes.byref(size)))
        root, roots = root_at(address, size.value), Roots()
        view = bytes_of(core.roots_of("pins").add(roots.add(root)), size.value)
        try:
            yield view
        finally:
            core.let_go(view)
            del root, view
            core.end_scope(roots, lambda: check(self._calls.fa_stream_unpin(pointer, ident, address)), "a pin")

    def read(self) -> Optional[bytes]:
        """A copy of its bytes, None if it is not ready; it becomes the one that was looked at last."""
        size = ctypes.c_size_t()
        address = self._calls.fa_stream_access(self._pointer, self.id, ctypes.byref(size))
        if address is not None:
            return ctypes.string_at(address, size.value)
        status = self._stream._core.lib.fa_last_status()
        return None if status == _abi.FA_ERROR_STATE else fail(status)

    @property
    def info(self) -> AssetInfo:
        out = _abi.fa_asset_info.new()
        check(self._calls.fa_stream_get_asset(self._pointer, self.id, ctypes.byref(out)))
        return AssetInfo.of(out)

    @property
    def ready(self) -> bool:
        return self.info.state == _abi.FA_ASSET_READY

    def priority(self, word: Any) -> None:
        check(self._calls.fa_stream_set_priority(self._pointer, self.id, choice("FA_PRIORITY_", word)))

    def evict(self) -> None:
        check(self._calls.fa_stream_evict(self._pointer, self.id))

    def free(self) -> None:
        check(self._calls.fa_stream_free(self._pointer, self.id))

    def __repr__(self) -> str:
        return f"<Asset {self.id}>"


class Stream:
    """Assets within a budget of bytes; what is looked at least goes first."""

    def __init__(self, core: Core, budget: Size, on_evicted: Optional[Callable[[int, memoryview], Any]] = None) -> None:
        self._core, self._key = core, 0
        config = _abi.fa_stream_config.new(budget=size_of(budget))
        if on_evicted is not None:
            listener = on_evicted

            def told(asset: int, memory: int, size: int) -> None:
                listener(asset, memoryview(ctypes.string_at(memory, size)))
            self._key = _callbacks.register(told)
            config.evicted, config.user = ctypes.cast(_callbacks.evicted, ctypes.c_void_p), self._key
        self._made: int = need(core.lib.fa_stream_create(core.a, ctypes.byref(config)))
        core.use()

    @property
    def pointer(self) -> int:
        """The fa_stream, for C."""
        if not self._made:
            raise ClosedError("the stream has been destroyed", _abi.FA_ERROR_STALE)
        return self._made

    def reserve(self, size: Size, priority: Any = "normal", name: Optional[str] = None) -> Asset:
        """Books room for an asset, evicting others if need be."""
        ident = ctypes.c_uint64()
        check(self._core.lib.fa_stream_reserve(self.pointer, size_of(size), choice("FA_PRIORITY_", priority),
                                               encoded(name), ctypes.byref(ident)))
        return Asset(self, ident.value)

    def budget(self, size: Size) -> int:
        """Changes the budget; the bytes in use beyond it."""
        excess = ctypes.c_uint64()
        check(self._core.lib.fa_stream_set_budget(self.pointer, size_of(size), ctypes.byref(excess)))
        return excess.value

    def evict(self, keep: Size = 0, most: int = 1 << 31) -> int:
        """Evicts until at most `keep` bytes are in use; the bytes evicted."""
        evicted = ctypes.c_uint64()
        check(self._core.lib.fa_stream_evict_step(self.pointer, size_of(keep), most, ctypes.byref(evicted)))
        return evicted.value

    def evicted(self) -> List[int]:
        """Ids of assets that were evicted since the last call."""
        room, count = (ctypes.c_uint64 * 256)(), ctypes.c_size_t()
        check(self._core.lib.fa_stream_poll_evicted(self.pointer, room, len(room), ctypes.byref(count), None))
        return list(room[:count.value])

    @property
    def stats(self) -> StreamStats:
        out = _abi.fa_stream_stats.new()
        check(self._core.lib.fa_stream_get_stats(self.pointer, ctypes.byref(out)))
        return StreamStats.of(out)

    def destroy(self) -> None:
        """Frees all assets; PinnedError while one is looked at."""
        if self._made:
            check(self._core.lib.fa_stream_destroy(self._made))
            self._made = 0
            _callbacks.forget(self._key)
            self._core.unuse()

    def __del__(self, leaving: Callable[[], bool] = sys.is_finalizing) -> None:
        if getattr(self, "_made", 0) and not leaving():
            self.destroy()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: Any) -> None:
        self.destroy()
