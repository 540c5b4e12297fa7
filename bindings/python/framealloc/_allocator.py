# SPDX-License-Identifier: MIT OR Apache-2.0
"""The allocator: where everything else comes from."""

import ctypes
import functools
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import _abi, _accounts, _blocks, _callbacks, _scratch, _stores, _streams, _threads
from ._backend import allocate_for_c, deallocate_for_c
from ._core import RAISE, WARN, Core, borrowed, choice, text_of
from ._errors import BusyError, check, got, lacking, need
from ._frame import Frame, RunningFrame
from ._load import fast, patient
from ._magazine import Magazine
from ._memory import Size, size_of
from ._observe import Observed
from ._profile import Profiled
from ._records import BudgetEvent, BudgetUsage, Defragmentation, HandleStats, LaneStats, PhaseStats, PromotionSummary
from ._tagged import Tagged
from ._threaded import Threaded

FAMILIES = {"backend_kind": "FA_BACKEND_", "frame_reset_policy": "FA_RESET_"}
SIZES = ("frame_chunk_min", "frame_chunk_max", "frame_cap", "frame_keep_bytes", "pool_page_size", "pool_heap_threshold",
         "heap_cache_limit", "memory_limit")


def configuration(preset: Any, settings: Dict[str, Any]) -> Any:
    """The struct of a configuration, from what C calls its fields."""
    config = _abi.fa_config.new()
    check(fast.fa_config_preset(ctypes.byref(config), choice("FA_PRESET_", preset)))
    known = [name for name, _ in _abi.fa_config._fields_ if name not in ("struct_size", "reserved", "backend")]
    for name, value in settings.items():
        if name not in known:
            raise TypeError(f"no such setting: {name}; there are {', '.join(known)}")
        if name in SIZES:
            value = size_of(value)
        value = choice(FAMILIES[name], value) if name in FAMILIES else int(value)
        setattr(config, name, value)
        if getattr(config, name) != value:
            raise ValueError(f"{name} cannot be {value}")
    return config


def backend_available(kind: Any) -> bool:
    """Whether a backend ("system", "mmap", "numa") can be used on this machine."""
    return bool(fast.fa_backend_available(choice("FA_BACKEND_", kind)))


def known_choice(survivors: str) -> None:
    if survivors not in (RAISE, WARN):
        raise ValueError(f"survivors is {RAISE!r} or {WARN!r}, not {survivors!r}")


def check_config(preset: Any = "default", **settings: Any) -> None:
    """Raises what Allocator() would raise for these settings, and makes none."""
    check(fast.fa_config_check(ctypes.byref(configuration(preset, settings))))


class Allocator(Observed, Profiled, Threaded):
    """Memory by intent for programs that run in frames.

        with framealloc.Allocator(frame_cap="64 MiB") as alloc:
            with alloc.frame() as frame:
                contacts = frame.array("f4", (1024, 3))

    Settings are the fields of fa_config: sizes are numbers or texts such as "64 MiB", choices are words.
    `survivors` says what becomes of views that outlive their frame by `grace` frames: "raise" or "warn" (FA002).
    `backend` is a pair of functions, allocate(size, alignment) and deallocate(address, size, alignment).
    """

    def __init__(self, preset: Any = "default", *, survivors: str = RAISE, grace: int = 1,
                 backend: Optional[Tuple[Callable[[int, int], int], Callable[[int, int, int], Any]]] = None,
                 **settings: Any) -> None:
        known_choice(survivors)
        config, key = configuration(preset, settings), 0
        if backend is not None:
            calls = backend
            key = _callbacks.register(lambda call, *arguments: calls[call](*arguments))
            config.backend_kind = _abi.FA_BACKEND_CUSTOM
            config.backend = _abi.fa_backend(ctypes.cast(allocate_for_c, ctypes.c_void_p),
                                             ctypes.cast(deallocate_for_c, ctypes.c_void_p), key)
        lib = fast if backend is None else patient
        self._core = Core(need(lib.fa_allocator_create(ctypes.byref(config))), lib, survivors, grace)
        if key:
            self._core.keys.add(key)
        self.on_diagnostic(None)
        self.configure_diagnostics()

    @classmethod
    def borrow(cls, address: int, *, survivors: str = RAISE, grace: int = 1) -> "Allocator":
        """An allocator that the host made, by the address of its fa_allocator. Python adds a reference of its own; the
        host's sink, budgets and listeners stay as they are. Functions that Python registers are taken back when it is
        closed, and at the interpreter's exit."""
        known_choice(survivors)
        allocator = cls.__new__(cls)
        allocator._core = borrowed(Core(need(fast.fa_allocator_retain(address)), fast, survivors, grace))
        return allocator

    # Lifetime

    @property
    def address(self) -> int:
        """The fa_allocator, for C."""
        return self._core.a

    @property
    def references(self) -> int:
        """References that Python and the host hold."""
        return self._core.lib.fa_allocator_references(self._core.pointer)

    @property
    def closed(self) -> bool:
        return self._core.closed

    def close(self) -> None:
        """Gives up Python's reference; a frame that runs, and memory that is looked at, stay until that is over."""
        if not self._core.closed:
            self._core.settle()
        self._core.close()

    def destroy(self, timeout: float = 0) -> None:
        """Destroys the allocator if nobody else uses it; BusyError if somebody still does after so many seconds."""
        core, until = self._core, time.monotonic() + timeout
        core.settle()
        while True:
            if not core.in_use and not core.lib.fa_allocator_destroy(core.a, 0):
                core.gone()
                return
            if time.monotonic() >= until:
                raise BusyError("the allocator is in use", _abi.FA_ERROR_BUSY)
            time.sleep(0.001)

    def __enter__(self) -> "Allocator":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self, leaving: Callable[[], bool] = sys.is_finalizing) -> None:
        core = getattr(self, "_core", None)
        if core is not None and not core.closed and not leaving():  # callbacks cannot run any more
            core.close()

    def __repr__(self) -> str:
        return "<Allocator, closed>" if self.closed else f"<Allocator {self._core.lib.fa_allocator_id(self._core.a)}>"

    # Frames and scopes

    def frame(self) -> Frame:
        """A frame of the calling thread: `with alloc.frame() as frame:`"""
        return Frame(self._core)

    def running_frame(self) -> RunningFrame:
        """The frame that runs on this thread, begun by the host or in Python: `with alloc.running_frame() as frame:`.
        The end of the block does not end it."""
        return RunningFrame(self._core)

    @property
    def in_frame(self) -> bool:
        return bool(self._core.lib.fa_frame_active(self._core.a))

    def tag(self, path: str) -> _accounts.Tag:
        """A tag by its whole path: `with alloc.tag("ai::pathfinding"):`"""
        return _accounts.Tag(self._core, path)

    def subtag(self, name: str) -> _accounts.Subtag:
        """A tag nested in whichever is current: `with alloc.tag("ai"), alloc.subtag("pathfinding"):`"""
        return _accounts.Subtag(self._core, name)

    def tagged(self, path: str) -> Tagged:
        """The allocator seen through one tag: what is taken from it belongs to that, whatever the current one is."""
        return Tagged(self._core, path)

    def tags(self) -> List[_accounts.Tag]:
        return _accounts.tags(self._core)

    @property
    def current_tag(self) -> Optional[str]:
        """The path of the tag that the calling thread takes memory under."""
        return _accounts.current(self._core)

    def promotions(self, tag: Optional[str] = None, phase: Optional[str] = None) -> PromotionSummary:
        """What became of retained blocks: of a tag or a phase in the last frame or, without either, of all frames."""
        return _accounts.promotions(self._core, tag, phase)

    def phase(self, name: str) -> _accounts.Phase:
        """A phase of the running frame: `with alloc.phase("broad"):`"""
        return _accounts.Phase(self._core, name)

    def phases(self, running: bool = False) -> List[PhaseStats]:
        """What each phase of the last frame took, or of the running one."""
        return _accounts.phases(self._core, _abi.FA_PHASES_RUNNING if running else _abi.FA_PHASES_LAST)

    def find_phase(self, name: str, running: bool = False) -> PhaseStats:
        """The first phase of a name, of the last frame or of the running one; NotFoundError if there is none."""
        return _accounts.find_phase(self._core, name, _abi.FA_PHASES_RUNNING if running else _abi.FA_PHASES_LAST)

    # Blocks and stores

    def block(self, size: Size, intent: str = "auto", align: int = 16, zeroed: bool = False) -> _blocks.Block:
        """A block of the pool or the heap, which goes back when nobody looks at it any more."""
        if intent not in ("auto", "pool", "heap"):
            raise ValueError(f"a block is of intent auto, pool or heap, not {intent!r}")
        core, size = self._core, size_of(size)
        take = core.lib.fa_alloc_zeroed if zeroed else core.lib.fa_alloc
        return _blocks.Block(core, got(take(core.a, choice("FA_INTENT_", intent), size, align)), size)

    def try_block(self, size: Size, intent: str = "pool", align: int = 16) -> Optional[_blocks.Block]:
        """The same, but None where memory is lacking: nothing is raised or reported."""
        core, size = self._core, size_of(size)
        take = {"pool": core.lib.fa_pool_try_alloc, "heap": core.lib.fa_heap_try_alloc}.get(intent)
        if take is None:
            raise ValueError(f"a block is tried of intent pool or heap, not {intent!r}")
        address = take(core.a, size, align)
        return None if lacking(address) else _blocks.Block(core, got(address), size)

    def magazine(self, size: Size, align: int = 16) -> Magazine:
        """Pool blocks of one size, for loops that take and give back many: `with alloc.magazine(64) as magazine:`"""
        return Magazine(self._core, size_of(size), align)

    def group(self, name: Optional[str] = None) -> _blocks.Group:
        """Blocks that are freed together: `with alloc.group("level") as level:`"""
        return _blocks.Group(self._core, name)

    def find_group(self, name: str) -> _blocks.Group:
        """The group of this name; NotFoundError if there is none."""
        found = ctypes.c_uint64()
        check(self._core.lib.fa_group_find(self._core.a, text_of(name), ctypes.byref(found)))
        return _blocks.Group(self._core, name, found.value)

    def groups(self) -> List[_blocks.Group]:
        """The groups, newest first."""
        return _blocks.groups(self._core)

    def scratch(self, name: Optional[str] = None) -> _scratch.ScratchPool:
        """Scratch memory: of a named pool, which is made if there is none, or of the calling thread."""
        return _scratch.LaneScratch(self._core) if name is None else _scratch.ScratchPool(self._core, name)

    def find_scratch(self, name: str) -> _scratch.ScratchPool:
        """The scratch pool of this name; NotFoundError if there is none."""
        return _scratch.ScratchPool(self._core, name, create=False)

    def scratch_pools(self) -> List[str]:
        """Names of the scratch pools."""
        return _scratch.scratch_names(self._core)

    def reset_scratch_pools(self) -> None:
        """Resets every named pool, each once nobody looks at it any more."""
        for name in self.scratch_pools():
            self.scratch(name).reset()

    @property
    def current_task(self) -> int:
        """Id of the task that the calling thread works for, 0 for none."""
        return self._core.lib.fa_task_current(self._core.a)

    @property
    def task_count(self) -> int:
        """Tasks that have begun and not ended."""
        return self._core.lib.fa_task_count(self._core.a)

    def task(self, name: Optional[str] = None) -> _blocks.Task:
        """Memory of a task: `with alloc.task("load") as task:`"""
        return _blocks.Task(self._core, name)

    def object_pool(self, kind: Any, maximum: int = 0, constructor: Optional[Callable[[Any], Any]] = None,
                    destructor: Optional[Callable[[Any], Any]] = None) -> _stores.ObjectPool:
        """A pool of objects of a ctypes type."""
        return _stores.ObjectPool(self._core, kind, maximum, constructor, destructor)

    def handle(self, size: Size, align: int = 16, zeroed: bool = False) -> _stores.Handle:
        """A block that may move."""
        return _stores.Handle.make(self._core, size_of(size), align, zeroed)

    def find_handle(self, ident: int) -> _stores.Handle:
        """The handle of an id, as C or a script keeps it; StaleError if it was freed."""
        size = self._core.lib.fa_handle_size(self._core.a, ident)
        if not size:
            check(self._core.lib.fa_last_status())
        return _stores.Handle(self._core, ident, size)

    def defragment(self, most_bytes: Size = 0, most_seconds: float = 0) -> Defragmentation:
        """Compacts the blocks of handles, all or a slice."""
        out = _abi.fa_defragmentation.new()
        check(self._core.lib.fa_handle_defragment_step(self._core.a, size_of(most_bytes), int(most_seconds * 1e9),
                                                       ctypes.byref(out)))
        return Defragmentation.of(out)

    def on_relocated(self, function: Optional[Callable[[int, int, int, int], Any]]) -> None:
        """Has function(handle id, address before, address after, size) called for every block that is moved."""
        core = self._core
        core.replace("relocated", function, lambda key: check(core.lib.fa_handle_set_relocated(
            core.a, _callbacks.relocated if key else _callbacks.nothing(_abi.fa_handle_relocated), key)))

    @property
    def handle_stats(self) -> HandleStats:
        return _stores.handle_stats(self._core)

    def stream(self, budget: Size = "64 MiB",
               on_evicted: Optional[Callable[[int, memoryview], Any]] = None) -> _streams.Stream:
        """Assets within a budget: `with alloc.stream("256 MiB") as stream:`"""
        return _streams.Stream(self._core, budget, on_evicted)

    # Budgets

    def set_budget(self, hard: Size = 0, soft: Size = 0, *, warning_percent: int = 0, policy: Any = "fail",
                   decide: Optional[Callable[[BudgetEvent], Any]] = None, tag: Optional[str] = None,
                   intent: Optional[str] = None, lane: Optional[_threads.Lane] = None) -> None:
        """Sets a budget: of a tag, of a lane's frames or pool blocks (with `intent`), or of the whole allocator.
        `decide` is asked about requests that meet the hard limit, and says "fail", "warn", "allow" or "promote"."""
        core = self._core
        core.settle()
        budget = ctypes.byref(_accounts.make_budget(core, hard, soft, warning_percent, policy, decide))
        if tag is not None:
            call: Callable[[Any], int] = functools.partial(core.lib.fa_budget_set_tag, core.a, self.tag(tag).id)
        elif intent is not None:
            pointer = lane.pointer if lane else core.lib.fa_lane_current(core.a)
            call = functools.partial(core.lib.fa_budget_set_lane, core.a, pointer, choice("FA_INTENT_", intent))
        else:
            call = functools.partial(core.lib.fa_budget_set_global, core.a)
        check(call(budget))
        if decide is not None:
            core.promise(("budget", tag, intent, lane and lane.pointer), lambda: call(None))

    def budget(self, intent: Optional[str] = None, lane: Optional[_threads.Lane] = None) -> BudgetUsage:
        """The budget of the allocator or, with `intent`, of a lane. That of a tag is its `budget`."""
        core, out = self._core, _abi.fa_budget_usage.new()
        core.settle()
        if intent is None:
            check(core.lib.fa_budget_get_global(core.a, ctypes.byref(out)))
        else:
            check(core.lib.fa_budget_get_lane(core.a, lane and lane.pointer, choice("FA_INTENT_", intent),
                                              ctypes.byref(out)))
        return BudgetUsage.of(out)

    @property
    def remaining(self) -> int:
        """Bytes left under the hard limit of the allocator."""
        return self._core.lib.fa_budget_remaining_global(self._core.a)

    def budget_events(self) -> List[BudgetEvent]:
        """Events of budgets since the last call."""
        return _accounts.poll(self._core)

    def on_budget(self, function: Optional[Callable[[BudgetEvent], Any]]) -> None:
        """Has a function told of budget events as they happen; None for nobody."""
        core = self._core
        told = None if function is None else lambda event: function(BudgetEvent.of(event.contents))
        core.replace("budget", told, lambda key: check(core.lib.fa_budget_set_listener(
            core.a, _callbacks.budget_listener if key else _callbacks.nothing(_abi.fa_budget_listener), key)))

    # Figures

    @property
    def lane_stats(self) -> LaneStats:
        """Figures of the calling thread's lane."""
        return self.current_lane().stats

    @property
    def config(self) -> Dict[str, int]:
        """The configuration in force."""
        out = _abi.fa_config.new()
        check(self._core.lib.fa_allocator_config(self._core.a, ctypes.byref(out)))
        return {name: getattr(out, name) for name, _ in _abi.fa_config._fields_
                if name not in ("struct_size", "reserved", "backend")}

    def owns(self, address: int) -> bool:
        return bool(self._core.lib.fa_owns(self._core.a, address))

    def trim(self) -> int:
        """Gives memory that nobody uses back to the backend; how many bytes."""
        self._core.settle()
        released = ctypes.c_size_t()
        check(self._core.lib.fa_allocator_trim(self._core.a, ctypes.byref(released)))
        return released.value
