#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the benchmarks beside their peers and prints the table of targets.

Each round runs every group of benchmarks once on the system's malloc and once on each malloc that can be preloaded, one
right after the other. Ratios are taken within a round; the table shows medians over the rounds.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from typing import Dict, List, Tuple

sys.dont_write_bytecode = True  # running the benchmarks leaves nothing behind in the sources

import rows
from rows import Figures, Missing, Row

PRELOADS = {
    "tcmalloc": "libtcmalloc_minimal.so.4",
    "jemalloc": "libjemalloc.so.2",
    "mimalloc": "libmimalloc.so.2",
}

# The kernel counts resident pages in batches; one byte lost per frame would be four times this much.
RESIDENT_SLACK_KIB = 256


def environment(preload: str) -> Dict[str, str]:
    return {**os.environ, "LD_PRELOAD": preload} if preload else dict(os.environ)


def run(command: List[str], preload: str = "") -> str:
    done = subprocess.run(command, env=environment(preload), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command)} failed ({done.returncode}):\n{done.stderr}")
    return done.stdout


def figure(entry: Dict) -> Figures:
    """The nanoseconds of one benchmark: its own reading, real time where threads take part, else processor time."""
    if entry.get("error_occurred") or entry["run_type"] != "iteration":
        return {}
    name = re.sub("/real_time|/place:[0-9]+", "", entry["name"])
    if "ns" in entry:
        return {re.sub("/iterations:[0-9]+", "", name): entry["ns"]}
    if "backend_calls" in entry:
        return {"steady/backend_calls": entry["backend_calls"], "steady/resident_kib": entry["resident_kib"]}
    return {name: entry["real_time" if "/real_time" in entry["name"] else "cpu_time"]}


def run_group(bench: str, pattern: str, seconds: float, peer: str, repetitions: int = 1) -> Figures:
    preload = PRELOADS.get(peer, "")
    output = json.loads(run([bench, f"--benchmark_filter={pattern}", f"--benchmark_min_time={seconds}",
                             f"--benchmark_repetitions={repetitions}", "--benchmark_format=json"], preload))
    in_use = output["context"]["malloc"]
    if in_use != peer:
        raise Missing(f"{preload} was not loaded, malloc is {in_use}")
    figures: Figures = {}
    for entry in output["benchmarks"]:
        for name, value in figure(entry).items():
            figures[name] = min(value, figures.get(name, value))  # the fastest place and repetition count
    return {re.sub("^malloc/", f"{peer}/", name): value for name, value in figures.items()}


def run_replay(replay: str, traces: List[str], repeat: int, peer: str) -> Figures:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        run([replay, "--repeat", str(repeat), "--json", file.name, *traces], PRELOADS.get(peer, ""))
        results = json.load(file)["results"]
    figures = {}
    for result in results:
        subject = peer if result["allocator"] == "malloc" else result["allocator"]
        if subject == peer or peer == "glibc":
            figures[f"{subject}/trace:{trace_name(result['trace'])}"] = result["ns_per_op"]
    return figures


def trace_name(path: str) -> str:
    return pathlib.Path(path).name.split(".")[0]


def peers_here(bench: str) -> Tuple[List[str], Dict[str, str]]:
    """Which mallocs can be preloaded, and why the others are skipped."""
    present, skipped = [], {}
    for peer in PRELOADS:
        try:
            run_group(bench, "^malloc/pool_pair/", 0.001, peer)
            present.append(peer)
        except Missing as reason:
            skipped[peer] = str(reason)
    return present, skipped


def one_round(arguments, peers: List[str]) -> Dict[str, Figures]:
    found_by_group: Dict[str, Figures] = {}
    for group in rows.GROUPS:
        found = run_group(arguments.bench, group.plain, arguments.seconds, "glibc", group.repetitions)
        for peer in peers if group.preloaded else []:
            found.update(run_group(arguments.bench, group.preloaded, arguments.seconds, peer, group.repetitions))
        rows.derive(found)
        found_by_group[group.name] = found
    if arguments.replay and arguments.trace_files:
        found_by_group["traces"] = {}
        for peer in ["glibc", *peers]:
            found_by_group["traces"].update(run_replay(arguments.replay, arguments.trace_files, arguments.repeat, peer))
    return found_by_group


def median_of(rounds: List[Dict[str, Figures]], group: str, name: str) -> float:
    return statistics.median(rows.look_up(figures.get(group, {}), name) for figures in rounds)


def describe(row: Row, rounds: List[Dict[str, Figures]], skipped: Dict[str, str]) -> Dict:
    """One row of the table as data."""
    result = {"operation": row.operation, "target": row.target, "references": {}, "ns": None, "ratio": None}
    for name in row.shown:
        subject = name.split("/")[0].replace("mimalloc_heap", "mimalloc")
        try:
            result["references"][name] = median_of(rounds, row.group, name)
        except Missing as reason:
            result["references"][name] = "skipped: " + skipped.get(subject, str(reason))
    try:
        result["ns"] = median_of(rounds, row.group, row.ours)
        ratios = [row.ratio(figures[row.group]) for figures in rounds]
        result["ratio"], result["ratios"] = statistics.median(ratios), ratios
        result["met"] = "yes" if row.met(result["ratio"]) else "no"
    except (Missing, KeyError) as reason:
        result["met"] = f"skipped: {reason}"
    if row.target.startswith("("):
        result["met"] = "-"
    return result


def describe_steady(rounds: List[Dict[str, Figures]]) -> Dict:
    calls = max(figures["steady"]["steady/backend_calls"] for figures in rounds)
    growth = max(figures["steady"]["steady/resident_kib"] for figures in rounds)
    return {"operation": "steady loop, 1,000,000 frames", "ns": None, "ratio": None,
            "references": {"backend calls": calls, "resident growth KiB": growth},
            "target": "0 backend calls, flat resident size",
            "met": "yes" if calls == 0 and growth <= RESIDENT_SLACK_KIB else "no"}


def short(name: str) -> str:
    subject, _, operation = name.partition("/")
    if subject == "floor":
        return operation.replace("_", " ").split("/")[0]
    return "one thread" if operation.endswith("threads:1") else subject.replace("_", " ")


def print_table(results: List[Dict], conditions: str) -> None:
    table = [["operation", "framealloc ns", "references ns", "ratio", "target", "met"]]
    for result in results:
        references = ", ".join(f"{short(name)} {value:.2f}" if isinstance(value, float) else f"{short(name)} {value}"
                               for name, value in result["references"].items())
        numbers = ["-" if result[key] is None else f"{result[key]:.2f}" for key in ("ns", "ratio")]
        table.append([result["operation"], numbers[0], references, numbers[1], result["target"], result["met"]])
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    table.insert(1, ["-" * width for width in widths])
    for line in table:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
    print("\n" + conditions)


def processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


HOW_MEASURED = """
Ratios taken within a round, medians shown. Blocks of 64 bytes, first 8 bytes written; each loop compiled at three
places, of which the fastest counts; frames and arenas reset every 1,024 blocks (inline arenas: 4,096). Recorded games:
blocks that die in their own frame from the frame, in the next from frames in flight, the rest from pool or heap by
size; first byte of each block touched, loading left out.
"""


def conditions_of(arguments, load: float) -> str:
    machine = f"{processor()}, {os.cpu_count()} processors, load {load:.1f} at the start"
    system = f"Linux {platform.release()}, {' '.join(platform.libc_ver())}"
    built = arguments.built or "build unknown"
    return f"{machine}; {system}; {built}; {arguments.rounds} rounds." + HOW_MEASURED.rstrip()


def find_replay(arguments) -> str:
    if arguments.replay:
        return arguments.replay
    for path in sorted(pathlib.Path(arguments.build_root).rglob("replay")) if arguments.build_root else []:
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return ""


def trace_files(arguments) -> List[str]:
    files = []
    for path in map(pathlib.Path, arguments.traces):
        files += sorted(path.glob("*.fatrace.zst")) if path.is_dir() else [path]
    return [str(path) for path in files]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help="the benchmark program")
    parser.add_argument("--replay", default="", help="the replay program; found below --build-root if left out")
    parser.add_argument("--build-root", default="", help="build directory")
    parser.add_argument("--traces", nargs="*", default=[str(pathlib.Path(__file__).parent.parent / "data")],
                        help="trace files, or directories of *.fatrace.zst")
    parser.add_argument("--output", default="bench.json", help="where all figures are kept")
    parser.add_argument("--rounds", type=int, default=0, help="rounds to run (5, with --quick 2)")
    parser.add_argument("--quick", action="store_true", help="short and rough")
    parser.add_argument("--built", default="", help="compiler and flags, for the conditions")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (2 if arguments.quick else 5)
    arguments.seconds = 0.01 if arguments.quick else 0.05
    arguments.repeat = 1 if arguments.quick else 5
    arguments.replay = find_replay(arguments)
    arguments.trace_files = trace_files(arguments)
    return arguments


def main() -> None:
    arguments = parse()
    load = os.getloadavg()[0]
    peers, skipped = peers_here(arguments.bench)
    rounds = []
    for number in range(arguments.rounds):
        print(f"bench: round {number + 1} of {arguments.rounds}", file=sys.stderr)
        rounds.append(one_round(arguments, peers))
    traces = [trace_name(path) for path in arguments.trace_files]
    results = [describe(row, rounds, skipped) for row in rows.all_rows(traces)] + [describe_steady(rounds)]
    conditions = conditions_of(arguments, load)
    pathlib.Path(arguments.output).write_text(
        json.dumps({"conditions": conditions, "skipped": skipped, "rows": results, "rounds": rounds}, indent=1) + "\n")
    print_table(results, conditions)


if __name__ == "__main__":
    main()
