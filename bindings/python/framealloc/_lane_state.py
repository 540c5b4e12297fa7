# SPDX-License-Identifier: MIT OR Apache-2.0
"""What Python knows of lanes, and which lane a thread is on."""

import collections
import sys
import threading
from typing import Any, Callable, Deque, List, Tuple

from ._memory import Roots


class LaneState:
    """What Python knows of one lane: the frame that runs on it, and memory that somebody still looked at."""

    def __init__(self) -> None:
        self.frame: Any = None
        self.cell: Any = None
        self.quarantine: Deque[Tuple[int, int, Roots]] = collections.deque()  # due, the frame it is of, its roots
        self.ahead: List[Tuple[int, Any]] = []  # the frame it lives to the end of, its stretch
        self.scratch = Arena()
        self.promotes = 0  # the last frame that ends with promotions

    def looked_at(self) -> List[Any]:
        """Roots of what goes when the lane's thread does."""
        ahead = [stretch.reference() for _, stretch in self.ahead]
        return self.scratch.roots.alive() + [root for root in ahead if root is not None]


class Arena:
    """What Python knows of scratch memory: its roots, and the scopes that are open or wait for who looks."""

    def __init__(self) -> None:
        self.roots = Roots()
        self.scopes: List[Any] = []
        self.reset_wanted = False


class ThreadState:
    """Which lane a thread is on. It goes with the thread. C then ends the frame and forgets scratch memory: here, what
    somebody looks at is kept."""

    def __init__(self, core: Any, lane: LaneState) -> None:
        self.core, self.lane, self.thread = core, lane, threading.get_ident()

    def __del__(self, leaving: Callable[[], bool] = sys.is_finalizing) -> None:
        if self.thread != threading.get_ident() or leaving():  # in the child of a fork, the threads of the parent
            return
        if self.lane.frame is not None:
            self.lane.frame.end(quiet=True)
        if self.lane.looked_at():
            self.core.keep_lane(self.lane.looked_at())
