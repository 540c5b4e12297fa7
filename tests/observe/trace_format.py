#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks a trace against the Trace Event Format: the fields of every event, names of tracks, nesting of stretches.

Usage: trace_format.py TRACED (the program that writes the trace)
"""
import json
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

FRAMES = 50
FIELDS = {
    "M": {"ph", "name", "pid", "tid", "args"},
    "X": {"ph", "name", "pid", "tid", "cat", "ts", "dur", "args"},
    "i": {"ph", "name", "pid", "tid", "cat", "ts", "s", "args"},
    "C": {"ph", "name", "pid", "tid", "cat", "ts", "args"},
}
problems = []


def check(condition, message):
    if not condition:
        problems.append(message)


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    check(len(keys) == len(set(keys)), f"a key occurs twice: {keys}")
    return dict(pairs)


def check_fields(event):
    known = FIELDS.get(event.get("ph"))
    check(known is not None, f"unknown kind of event: {event}")
    if known is None:
        return
    check(set(event) <= known and known - {"args"} <= set(event), f"fields of {event}")
    check(all(isinstance(event[key], int) for key in ("pid", "tid")), f"pid and tid of {event}")
    check(isinstance(event["name"], str) and event["name"] != "", f"name of {event}")
    for key in ("ts", "dur"):
        check(key not in event or event[key] >= 0, f"{key} of {event}")
    if event["ph"] == "C":
        check(event["args"] and all(isinstance(v, int) and v >= 0 for v in event["args"].values()), f"values of {event}")
    if event["ph"] == "i":
        check(event["s"] in ("t", "p", "g"), f"scope of {event}")


def nanoseconds(microseconds):
    return round(microseconds * 1000)


def check_nesting(track, spans):
    """Two stretches of a track lie one in the other, or apart."""
    ends = []
    for begin, end, name in sorted(spans, key=lambda span: (span[0], -span[1])):
        while ends and ends[-1] <= begin:
            ends.pop()
        check(not ends or end <= ends[-1], f"\"{name}\" on track {track} ends after what it is in")
        ends.append(end)


def check_tracks(events):
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    check(len(set(names.values())) == len(names), f"two tracks have one name: {names}")
    spans = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            check(event["tid"] in names, f"the track of {event} has no name")
            begin = nanoseconds(event["ts"])
            spans[event["tid"]].append((begin, begin + nanoseconds(event["dur"]), event["name"]))
    for track, of_track in spans.items():
        check_nesting(names.get(track), of_track)
    check("worker <1>" in names.values() and "worker <1> (tags)" in names.values(), f"names of tracks: {names}")


def check_contents(events):
    count = Counter((event["ph"], event["name"]) for event in events)
    for name in ("frame", "update \"quoted\"", "physics\n", "ai", "ai::päths"):
        check(count["X", name] == 2 * FRAMES, f"{count['X', name]} of {name!r}")
    for name in ("frame mark", "discard: frame"):
        check(count["i", name] == 2 * FRAMES, f"{count['i', name]} of {name!r}")
    usage = [event["args"] for event in events if event["name"] == "live bytes by intent"]
    check(len(usage) == 2 * FRAMES, f"{len(usage)} samples of the intents")
    check(all(value == {"frame": 640, "pool": 1024, "heap": 0, "scratch": 0} for value in usage), f"values: {usage[:2]}")
    tags = [event["args"] for event in events if event["name"] == "tag ai::päths"]
    check(tags == [{"bytes": 640}], f"a value that stays is told once: {tags}")
    frames = [event["args"] for event in events if event["ph"] == "X" and event["name"] == "frame"]
    check([frame["number"] for frame in frames] == 2 * list(range(1, FRAMES + 1)), "numbers of frames")
    check(all(frame["bytes"] == 640 for frame in frames), "bytes of frames")


def check_summary(trace):
    other = trace["otherData"]
    check(other["events"] == len(trace["traceEvents"]), f"events: {other}")
    check(other["dropped_buffer_full"] == 0 and other["dropped_file_limit"] == 0, f"dropped: {other}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "trace.json"
        subprocess.run([sys.argv[1], path], check=True)
        trace = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=no_duplicates)
    check(set(trace) == {"displayTimeUnit", "traceEvents", "otherData"}, f"keys: {list(trace)}")
    for event in trace["traceEvents"]:
        check_fields(event)
    if not problems:
        check_tracks(trace["traceEvents"])
        check_contents(trace["traceEvents"])
        check_summary(trace)
    for problem in problems[:20]:
        print(problem)
    print(f"{len(trace['traceEvents'])} events, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
