# SPDX-License-Identifier: MIT OR Apache-2.0
"""Memory by intent for programs that run in frames: the Python binding of libframealloc.

    import framealloc

    with framealloc.Allocator(frame_cap="64 MiB") as alloc:
        for _ in range(600):
            with alloc.frame() as frame, alloc.tag("physics"):
                contacts = frame.array("f4", (1024, 3))    # a NumPy array where NumPy is installed
                scratch = frame.bytes(4096)                # a writable memoryview
        print(alloc.stats)
"""

from . import _abi as constants
from ._abi import VERSION as __version__
from ._accounts import Phase, Tag
from ._allocator import Allocator, backend_available, check_config
from ._blocks import Block, Group, Task
from ._collections import Map, Vector
from ._errors import (ArgumentError, BudgetError, BusyError, ClosedError, Diagnostic, DiagnosticWarning, Error,
                      ExistsError, FileError, FrameError, FullError, NotFoundError, OutOfMemoryError, PinnedError,
                      StaleError, SurvivorError, SurvivorWarning, ThreadError, UnsupportedError, WaitTimeout)
from ._frame import Frame
from ._load import PATH
from ._load import fast as calls
from ._magazine import Magazine
from ._observe import Engine, codes, explain
from ._parts import Checkpoint, Hold, View
from ._profile import Profiler
from ._scratch import ScratchPool
from ._stores import Handle, Object, ObjectPool
from ._streams import Asset, Stream
from ._tagged import Tagged
from ._threads import Barrier, Lane, Listener
from ._transfers import Transfer

#: Version of the library that was loaded.
library_version = calls.fa_version_string().decode()
#: The file that it was loaded from.
library_path = PATH

__all__ = [
    "Allocator", "ArgumentError", "Asset", "Barrier", "Block", "BudgetError", "BusyError", "Checkpoint",
    "ClosedError", "Diagnostic", "DiagnosticWarning", "Engine", "Error", "ExistsError", "FileError", "Frame",
    "FrameError", "FullError", "Group", "Handle", "Hold", "Lane", "Listener", "Magazine", "Map", "NotFoundError",
    "Object", "ObjectPool", "OutOfMemoryError", "Phase", "PinnedError", "Profiler", "ScratchPool", "StaleError", "Stream",
    "SurvivorError", "SurvivorWarning", "Tag", "Tagged", "Task", "ThreadError", "Transfer", "UnsupportedError",
    "Vector", "View", "WaitTimeout", "__version__", "backend_available", "calls", "check_config", "codes", "constants",
    "explain", "library_path", "library_version",
]
