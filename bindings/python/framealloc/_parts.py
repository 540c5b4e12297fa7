# SPDX-License-Identifier: MIT OR Apache-2.0
"""Parts of a frame: views that know when it has ended, scopes within it, and what keeps it."""

from typing import TYPE_CHECKING, Any

from ._core import Core, Stretch
from ._errors import check, need
from ._memory import array_on, array_size

if TYPE_CHECKING:
    from ._frame import Frame


class View:
    """Bytes of a frame that do not keep it waiting: using one after its frame raises StaleError."""

    __slots__ = ("_stretch", "_start", "_end")

    def __init__(self, stretch: Stretch, start: int, end: int) -> None:
        self._stretch, self._start, self._end = stretch, start, end

    @property
    def memory(self) -> memoryview:
        """The bytes themselves, for as long as the frame runs."""
        root = self._stretch.alive()
        if root is None:
            self._stretch.refuse()
        return memoryview(root).cast("B")[self._start:self._end]

    @property
    def valid(self) -> bool:
        """Whether its frame still runs."""
        return self._stretch.alive() is not None

    def array(self, dtype: Any) -> Any:
        """The same bytes as an array, which does keep its frame's memory."""
        kind, itemsize, extents = array_size(dtype, (self._end - self._start) // array_size(dtype, 0)[1])
        self.memory.release()
        return array_on(self._stretch.root, self._start, kind, itemsize, extents)

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, index: Any) -> Any:
        found = self.memory[index]
        return bytes(found) if isinstance(index, slice) else found

    def __setitem__(self, index: Any, value: Any) -> None:
        self.memory[index] = value

    def __repr__(self) -> str:
        return f"<View of {len(self)} bytes, {'valid' if self.valid else 'stale'}>"


class Checkpoint:
    """A part of a frame that can be undone. Memory that somebody still looks at stays until the frame ends."""

    def __init__(self, frame: "Frame", keep_on_success: bool) -> None:
        self._frame, self._keep = frame, keep_on_success
        self._mark = self._transfers = self._id = self._before = 0
        #: Something from outside points into it: a key of a map.
        self.needed = False
        #: Bytes that were in use in the scope when it ended.
        self.used = 0

    def __enter__(self) -> "Checkpoint":
        frame = self._frame
        frame._check()
        frame.settle()
        core = frame._core
        self._before = core.lib.fa_frame_used(core.pointer)
        self._mark, self._transfers = len(frame._stretches), len(frame._transfers)
        self._id = core.lib.fa_frame_checkpoint(core.pointer)
        if not self._id:
            need(None)
        frame._checkpoints.append(self)
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if self._id:
            self._end(keep=self._keep and error is None)

    def rollback(self) -> None:
        """Undoes the scope now."""
        self._end(keep=False)

    def commit(self) -> None:
        """Keeps what the scope took, whatever comes."""
        self._end(keep=True)

    def _end(self, keep: bool) -> None:
        frame, core = self._frame, self._frame._core
        frame._check()
        frame.settle()
        checkpoint, self._id = self._id, 0
        if self in frame._checkpoints:
            del frame._checkpoints[frame._checkpoints.index(self):]
        self.used = core.lib.fa_frame_used(core.pointer) - self._before
        keep = keep or self.needed or self._looked_at()
        if not keep:
            for transfer in frame._transfers[self._transfers:]:
                transfer.go()
            del frame._stretches[self._mark:], frame._transfers[self._transfers:]
        check((core.lib.fa_frame_commit if keep else core.lib.fa_frame_rollback)(core.pointer, checkpoint))

    def _looked_at(self) -> bool:
        frame = self._frame
        inside = frame._stretches[self._mark:]
        for stretch in inside:
            stretch.root = None
        return any(stretch.reference() is not None for stretch in inside) or \
            any(transfer.looked_at() for transfer in frame._transfers[self._transfers:])


class Hold:
    """A frame that is held; its memory goes when the last one of it is released."""

    def __init__(self, core: Core, token: int) -> None:
        self._core, self._token = core, token
        core.use()

    def release(self) -> None:
        token, self._token = self._token, 0
        if token:
            try:
                check(self._core.lib.fa_frame_token_release(self._core.pointer, token))
            finally:
                self._core.unuse()

    def __enter__(self) -> "Hold":
        return self

    def __exit__(self, *_: Any) -> None:
        self.release()
