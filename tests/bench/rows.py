# SPDX-License-Identifier: MIT OR Apache-2.0
"""The rows of the target table: which figures of one round make a ratio, and what it must reach."""

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional

Figures = Dict[str, float]
MALLOCS = ["tcmalloc", "jemalloc", "mimalloc"]
EMPTY = "floor/empty_call"
BUMP = "floor/inline_bump"


class Missing(Exception):
    """A figure that this machine could not deliver."""


@dataclass
class Row:
    operation: str
    group: str  # benchmarks that run together, so that a ratio never spans a change of the machine's mood
    ours: str
    yardstick: Callable[[Figures], float]
    target: str
    limit: float
    shown: List[str]
    strict: bool = False  # "faster than" rather than "at most"
    at_least: bool = False

    def ratio(self, figures: Figures) -> float:
        ours, reference = look_up(figures, self.ours), self.yardstick(figures)
        return reference / ours if self.at_least else ours / reference

    def met(self, ratio: float) -> bool:
        if self.at_least:
            return ratio >= self.limit
        return ratio < self.limit if self.strict else ratio <= self.limit


@dataclass
class Group:
    name: str
    plain: str  # filter for the run on the system's malloc
    preloaded: Optional[str] = None  # filter for the runs on the other mallocs
    repetitions: int = 1  # the best counts; more than one where both processors must be free


GROUPS = [
    Group("frame", "^(floor/empty_call|[a-z_]+/frame)/", "^(malloc|mimalloc_heap)/frame/"),
    Group("variants",
          "^(framealloc/frame|framealloc/frame_without_statistics|framealloc/frame_ahead|floor/empty_call)/"),
    Group("window", "^(floor/inline_bump|floor/inline_bump_that_counts|framealloc/window|pmr_monotonic/frame)/"),
    Group("lifecycle", "^(floor/empty_call|framealloc/frame_empty|framealloc/frame_after)/"),
    Group("batch", "^framealloc/(frame|batch|eight_at_once|eight_single|soa|soa_single)/"),
    Group("pair", "^(floor/empty_call|[a-z_]+/(pool|magazine)_pair)/", "^malloc/pool_pair/"),
    Group("thousand", "^[a-z_]+/pool_1000_", "^malloc/pool_1000_"),
    Group("remote", "^[a-z_]+/remote/", "^malloc/remote/", 5),
    Group("transfer", "^[a-z_]+/transfer/", "^malloc/transfer/", 3),
    Group("scaling", "^[a-z_]+/scaling_", None, 5),
    Group("heap", "^[a-z_]+/heap_", "^malloc/heap_"),
    Group("accounts", "^(floor|framealloc)/account_"),
    Group("collections", "^[a-z_]+/collections_"),
    Group("stores", "^[a-z_]+/stores_", "^malloc/stores_"),
    Group("barrier", "^[a-z_]+/barrier", None, 3),
    Group("steady", "^framealloc/steady"),
]


def look_up(figures: Figures, name: str) -> float:
    if name not in figures:
        raise Missing(f"no figure for {name}")
    return figures[name]


def times(factor: float, name: str) -> Callable[[Figures], float]:
    return lambda figures: factor * look_up(figures, name)


def best_of(names: List[str]) -> Callable[[Figures], float]:
    """The fastest of several, all of which must be there: a missing peer must not make a target easier."""
    return lambda figures: min(look_up(figures, name) for name in names)


def of_each(subjects: List[str], operation: str) -> List[str]:
    return [f"{subject}/{operation}" for subject in subjects]


def frame_rows() -> List[Row]:
    peers = [EMPTY, *of_each(["obstack", "apr", "pmr_monotonic", "mimalloc_heap", "glibc", *MALLOCS], "frame")]
    alone = [EMPTY, "framealloc/frame"]
    rows = [
        Row("frame allocation, out of line", "frame", "framealloc/frame", times(1, EMPTY), "<= 1.15 x empty call",
            1.15, peers),
        Row("frame allocation, statistics off", "variants", "framealloc/frame_without_statistics", times(1, EMPTY),
            "<= 1.15 x empty call", 1.15, alone),
        Row("frame allocation, one frame ahead", "variants", "framealloc/frame_ahead", times(1, EMPTY),
            "(none; shown)", float("inf"), alone),
        Row("frame allocation, inline window", "window", "framealloc/window", times(1, BUMP), "<= 1.05 x inline bump",
            1.05, [BUMP, "pmr_monotonic/frame"]),
        Row("(the same against a bump that counts its blocks)", "window", "framealloc/window",
            times(1, "floor/inline_bump_that_counts"), "(none; shown)", float("inf"),
            ["floor/inline_bump_that_counts"]),
        Row("begin + end of an empty frame", "lifecycle", "framealloc/frame_empty", times(1, EMPTY),
            "<= 2.2 x empty call", 2.2, [EMPTY]),
    ]
    for count in (1, 1000, 1000000):
        rows.append(Row(f"begin + end after {count:,} allocations", "lifecycle",
                        f"framealloc/frame_empty_after_{count}", times(1, EMPTY),
                        "<= 2.2 x empty call", 2.2, [EMPTY, "framealloc/frame_empty"]))
    rows.append(Row("batch of 1,000", "batch", "framealloc/batch", times(1, "framealloc/frame"),
                    "<= 1.5 x one frame allocation", 1.5, ["framealloc/frame"]))
    rows.append(Row("8 blocks at once", "batch", "framealloc/eight_at_once", times(1, "framealloc/eight_single"),
                    "faster than 8 single ones", 1, ["framealloc/eight_single"], strict=True))
    rows.append(Row("structure of 4 arrays", "batch", "framealloc/soa", times(1, "framealloc/soa_single"),
                    "(none; shown)", float("inf"), ["framealloc/soa_single"]))
    return rows


def pool_rows() -> List[Row]:
    pair = [EMPTY, *of_each([*MALLOCS, "glibc", "pmr_pool"], "pool_pair"), "gslice/pool_pair"]
    tcmalloc = "tcmalloc/pool_pair"
    rows = [
        Row("pool allocate + free", "pair", "framealloc/pool_pair", times(2, EMPTY), "<= 1.2 x two empty calls", 1.2,
            pair),
        Row("pool allocate + free", "pair", "framealloc/pool_pair", times(1, tcmalloc), "<= 0.9 x tcmalloc", 0.9,
            [tcmalloc]),
        Row("pool pair, inline magazine", "pair", "framealloc/magazine_pair", times(1, tcmalloc),
            "<= 0.35 x tcmalloc", 0.35, [tcmalloc]),
    ]
    for order in ("in_order", "in_reverse", "shuffled"):
        peers = of_each([*MALLOCS, "glibc", "gslice", "pmr_pool"], f"pool_1000_{order}")
        rows.append(Row(f"pool: 1,000 allocated, freed {order.replace('_', ' ')}", "thousand",
                        f"framealloc/pool_1000_{order}", best_of(peers), "<= 0.85 x best peer", 0.85, peers))
    for peer in [*MALLOCS, "glibc"]:
        rows.append(Row("freed by another thread", "remote", "framealloc/remote", times(1, f"{peer}/remote"),
                        f"faster than {peer}", 1, [f"{peer}/remote"], strict=True))
    for size, words in (("64", "64 B"), ("65536", "64 KiB")):
        rows.append(shown(f"transfer of {words} to another thread", "transfer", f"framealloc/transfer/{size}",
                          *of_each(["glibc", *MALLOCS], f"transfer/{size}")))
    return rows


def machine_rows() -> List[Row]:
    rows = []
    for path in ("frame", "pool", "heap_8KiB", "heap_100KiB"):
        one, two = (f"framealloc/scaling_{path}/threads:{n}" for n in (1, 2))
        rows.append(Row(f"two threads against one, {path.replace('_', ' ')}", "scaling", two, times(1, one),
                        ">= 1.9 x", 1.9, [one], at_least=True))
    one, two = (f"floor/scaling_empty_call/threads:{n}" for n in (1, 2))
    rows.append(Row("(the machine: empty call, two against one)", "scaling", two, times(1, one), "(none; shown)", 0,
                    [one], at_least=True))
    peers = of_each(["glibc", *MALLOCS], "heap_8KiB")
    rows.append(Row("heap allocate + free, 8 KiB", "heap", "framealloc/heap_8KiB", times(1, peers[0]),
                    "<= 1.3 x malloc", 1.3, peers))
    peers = of_each(["glibc", *MALLOCS], "heap_100KiB")
    rows.append(Row("heap allocate + free, 100 KiB", "heap", "framealloc/heap_100KiB", times(1, peers[0]),
                    "faster than malloc", 1, peers, strict=True))
    return rows


def store_rows() -> List[Row]:
    peers = of_each(["glibc", *MALLOCS], "stores_group_free")
    return [
        shown("task of 16 blocks, begun, filled and ended", "stores", "framealloc/stores_task",
              *of_each(["glibc", *MALLOCS], "stores_task")),
        Row("group free of 10,000 blocks", "stores", "framealloc/stores_group_free", best_of(peers),
            "faster than freeing one by one", 1, peers, strict=True),
        Row("going over 10,000 objects, a quarter gone", "stores", "framealloc/stores_each",
            times(1, "floor/stores_each"), "(none; shown)", float("inf"), ["floor/stores_each"]),
        shown("1,000 handles resolved", "stores", "framealloc/stores_resolve", "floor/stores_table",
              "floor/stores_pointer"),
        shown("4 MiB of handles compacted", "stores", "framealloc/stores_defragment_4MiB", "floor/stores_pointer"),
        shown("1,000 assets accessed", "stores", "framealloc/stores_access", "floor/stores_access"),
        shown("scratch pool, 1,000 blocks and a reset", "stores", "framealloc/stores_scratch", "glibc/stores_scratch",
              *of_each(MALLOCS, "stores_scratch")),
    ]


def shown(operation: str, group: str, ours: str, yardstick: str, *others: str) -> Row:
    """A row without a target."""
    return Row(operation, group, ours, times(1, yardstick), "(none; shown)", float("inf"), [yardstick, *others])


def account_rows() -> List[Row]:
    return [
        shown("8 frame allocations under a tag", "accounts", "framealloc/account_tag", "framealloc/account_none",
              "floor/account_by_hand"),
        shown("8 frame allocations in a phase", "accounts", "framealloc/account_phase", "floor/account_time_by_hand",
              "framealloc/account_none"),
        shown("pool allocate + free under a tag", "accounts", "framealloc/account_tagged_pool_pair",
              "framealloc/account_pool_pair"),
    ]


def collection_rows() -> List[Row]:
    peers = of_each(["uthash", "ghashtable"], "collections_fill")
    found = of_each(["uthash", "ghashtable"], "collections_get")
    return [
        shown("vector, 1,000 pushed", "collections", "framealloc/collections_push", "floor/collections_push"),
        Row("map, 1,000 keys put", "collections", "framealloc/collections_fill", best_of(peers), "faster than both", 1,
            peers, strict=True),
        Row("map, 1,000 keys found", "collections", "framealloc/collections_get", best_of(found), "faster than both", 1,
            found, strict=True),
    ]


def barrier_rows() -> List[Row]:
    """Figures of one worker: a boundary takes as many times as much as there are workers."""
    return [shown(f"frame boundary of {n} workers", "barrier", f"framealloc/barrier/threads:{n}",
                  f"pthread/barrier/threads:{n}", f"floor/barrier_by_hand/threads:{n}") for n in (2, 4, 8)]


def trace_rows(traces: List[str]) -> List[Row]:
    return [Row(f"recorded game {trace}, per operation", "traces", f"framealloc/trace:{trace}",
                times(1, f"tcmalloc/trace:{trace}"), "<= 0.5 x tcmalloc", 0.5,
                of_each(["glibc", *MALLOCS], f"trace:{trace}")) for trace in traces]


def derive(figures: Figures) -> None:
    """Adds the cost of a frame after N allocations: that of an empty one, and what single timings of both differ by."""
    empty, single = figures.get("framealloc/frame_empty"), "framealloc/frame_after"
    for count in (1, 1000, 1000000):
        if empty is not None and f"{single}/0" in figures and f"{single}/{count}" in figures:
            more = figures[f"{single}/{count}"] - figures[f"{single}/0"]
            figures[f"framealloc/frame_empty_after_{count}"] = empty + more


def all_rows(traces: List[str]) -> List[Row]:
    return [*frame_rows(), *pool_rows(), *machine_rows(), *account_rows(), *collection_rows(), *store_rows(),
            *barrier_rows(), *trace_rows(traces)]
