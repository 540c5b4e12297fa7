#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the replay program on the recorded games in tests/data and on damaged traces.

    test_replay.py REPLAY [DATA]

Prints a line for each check and exits with 1 if one failed.
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

REPLAY = os.path.abspath(sys.argv[1])
DATA = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent / "data")
# Frames, and allocations and frees after the first one, of the traces in DATA.
GAMES = {"supertux": (300, 44512), "love": (105, 219995)}
RESULT_KEYS = ["trace", "allocator", "frames", "operations", "ns_per_op", "frame_us_p50", "frame_us_p99", "peak_bytes"]
NUMBERS = RESULT_KEYS[2:]

ALLOCATE, FREE, FRAME_END = 1, 2, 3
HEADER = struct.Struct("<8sIIIIQ")
RECORD = struct.Struct("<BBBBII")

failures = 0


def check(name, good, detail=""):
    global failures
    failures += not good
    print(("ok " if good else "FAIL ") + name + ("" if good else f": {detail}"), flush=True)


def run(*arguments):
    command = [REPLAY, *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def trace(records, **header):
    """The bytes of a trace; the header fits the records unless told otherwise."""
    values = {
        "magic": b"FATRACE1",
        "version": 1,
        "frames": sum(record[0] == FRAME_END for record in records),
        "threads": 1 + max((record[1] for record in records), default=0),
        "objects": 1 + max((record[5] for record in records if record[0] != FRAME_END), default=0),
        "record_count": len(records),
    }
    values.update(header)
    return HEADER.pack(*values.values()) + b"".join(RECORD.pack(*record) for record in records)


def allocate(number, size=64, thread=0, align=0, zeroed=0):
    return (ALLOCATE, thread, align, zeroed, size, number)


def free(number, thread=0):
    return (FREE, thread, 0, 0, 0, number)


def frame_end(number):
    return (FRAME_END, 0, 0, 0, 0, number)


def counted(path):
    """What a trace holds after its first frame: frames in all, and operations."""
    packed = path.read_bytes()
    data = subprocess.run(["zstd", "-dcq"], input=packed, check=True, stdout=subprocess.PIPE).stdout
    operations = frames = 0
    for record in RECORD.iter_unpack(data[HEADER.size:]):
        frames += record[0] == FRAME_END
        operations += record[0] != FRAME_END and frames > 0
    return frames, operations


def check_results(results):
    rows = [(row["trace"], row["allocator"]) for row in results]
    wanted = [(game, allocator) for game in GAMES for allocator in ("framealloc", "malloc")]
    check("JSON has a row for each trace and allocator", rows == wanted, rows)
    for row in results:
        name = f"JSON {row['trace']} {row['allocator']}"
        check(f"{name}: keys", list(row) == RESULT_KEYS, list(row))
        known = row if row["peak_bytes"] is not None else {**row, "peak_bytes": 1}
        check(f"{name}: positive numbers", all(known[key] > 0 for key in NUMBERS), row)
        check(f"{name}: percentiles in order", row["frame_us_p50"] <= row["frame_us_p99"], row)
        check(f"{name}: frames and operations", (row["frames"], row["operations"]) == GAMES[row["trace"]], row)


def check_counts():
    """The recorded games hold what this test expects of them, where there is a zstd command to look."""
    for game, known in GAMES.items():
        if shutil.which("zstd") is None:
            print(f"skip counting {game}: no zstd command")
        else:
            truth = counted(DATA / f"{game}.fatrace.zst")
            check(f"{game} holds the frames and operations known of it", truth == known, truth)


def check_svg(path):
    root = ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(text.itertext()) for text in root.iter(space + "text")]
    check("SVG is an svg document", root.tag == space + "svg", root.tag)
    check("SVG has an area for each intent", len(list(root.iter(space + "path"))) >= 8, "too few areas")
    for word in (*GAMES, "frame", "in flight", "pool", "heap", "MiB"):
        check(f"SVG names {word}", any(word in text for text in texts), texts)


def check_games(work):
    files = [DATA / f"{game}.fatrace.zst" for game in GAMES]
    done = run("--verify", "--repeat", 1, "--json", work / "out.json", "--svg", work / "out.svg", *files)
    check("recorded games replay and verify", done.returncode == 0, done.stderr)
    check("nothing on stderr without a terminal", done.stderr == "", done.stderr)
    for game, (frames, _) in GAMES.items():
        check(f"table has {game}", any(line.startswith(f"{game} ") and f" {frames} " in line and "ns/op" in line
                                       for line in done.stdout.splitlines()), done.stdout)
        check(f"every block of {game} verified", f"blocks of {game} kept their pattern" in done.stdout, done.stdout)
    if done.returncode == 0:
        check_results(json.loads((work / "out.json").read_text())["results"])
        check_svg(work / "out.svg")


def write_plain(work, records, **header):
    path = work / "made.fatrace"
    path.write_bytes(trace(records, **header))
    return path


def check_small_traces(work):
    odd = [allocate(0, 0), allocate(1, 100, align=12, zeroed=1), frame_end(0), allocate(2, 0), allocate(3, 3 << 20),
           allocate(4, 40, zeroed=1), allocate(5, 5000, align=12), free(2), free(3), frame_end(1), free(4), free(5),
           frame_end(2)]
    done = run("--verify", "--repeat", 1, write_plain(work, odd))
    check("plain trace with sizes 0 and 3 MiB, alignment 4096", done.returncode == 0, done.stderr)
    lanes = [frame_end(0)]
    for frame in range(1, 20):
        base = frame * 6
        lanes += [allocate(base + i, 100 + i, thread=i % 3) for i in range(6)] + [free(base, 2), free(base + 1, 0)]
        lanes += [free(base - 6 + i, i % 2) for i in (2, 3)] if frame > 1 else []
        lanes += [free(base - 42 + 4, 1)] if frame > 7 else []
        lanes += [free(base - 48 + 5, 0)] if frame > 8 else []
        lanes += [frame_end(frame)]
    lanes = [record if record[0] == FRAME_END else (*record[:5], record[5] - 6) for record in lanes]
    done = run("--verify", "--repeat", 2, write_plain(work, lanes, threads=3))
    check("threads that free each other's blocks, up to 8 frames later", done.returncode == 0, done.stderr)


def damaged_traces():
    """Name, bytes, and what the message has to say."""
    good = [allocate(0), frame_end(0), allocate(1), free(1), frame_end(1)]
    data = trace(good)
    yield "empty file", b"", "empty"
    yield "garbage", b"\x00garbage" * 50, "not a trace"
    yield "header cut off", data[:20], "truncated"
    yield "wrong magic", trace(good, magic=b"FATRACE9"), "not a trace"
    yield "wrong version", trace(good, version=2), "version 2"
    yield "truncated in a record", data[:-5], "truncated"
    yield "truncated between records", data[:-12], "truncated"
    yield "bytes behind the end", data + b"x", "behind"
    yield "no records", trace([], objects=0), "no records"
    yield "no threads", trace(good, threads=0), "threads"
    yield "too many objects", trace(good, objects=0xffffffff), "objects"
    yield "huge record count", trace(good, record_count=1 << 63), "truncated"
    yield "one frame only", trace(good[:2]), "frames"
    yield "wrong frame count", trace(good, frames=3), "frames"
    yield "unknown operation", trace([*good[:4], (7, 0, 0, 0, 0, 0), good[4]]), "record 4"
    yield "operation 0", trace([(0, 0, 0, 0, 0, 0), *good]), "record 0"
    yield "object out of range", trace(good, objects=1), "out of range"
    yield "thread out of range", trace([allocate(0, thread=3), *good[1:]], threads=2), "thread"
    yield "alignment out of range", trace([allocate(0, align=31), *good[1:]]), "alignment"
    yield "zeroed out of range", trace([allocate(0, zeroed=2), *good[1:]]), "zeroed"
    yield "double free", trace([*good[:4], free(1), good[4]]), "double free of object 1"
    yield "free before allocation", trace([free(0), *good[1:]]), "not allocated"
    yield "second allocation", trace([allocate(0), *good]), "second allocation of object 0"
    yield "frame end out of order", trace([*good[:4], frame_end(5)]), "out of order"


def check_refused(name, path, words):
    done = run("--repeat", 1, path)
    lines = done.stderr.splitlines()
    check(f"{name}: exit status 2", done.returncode == 2, (done.returncode, done.stderr))
    check(f"{name}: one line that names the file", len(lines) == 1 and str(path) in lines[0], done.stderr)
    check(f"{name}: says what is wrong", words in done.stderr, done.stderr)


def check_damaged(work):
    path = work / "damaged.fatrace"
    for name, data, words in damaged_traces():
        path.write_bytes(data)
        check_refused(name, path, words)
    packed = (DATA / "love.fatrace.zst").read_bytes()
    path.write_bytes(packed[:len(packed) // 2])
    check_refused("truncated zstd", path, "truncated")
    path.write_bytes(packed[:1000] + bytes(64) + packed[1064:])
    check_refused("damaged zstd", path, "zstd")
    path.write_bytes(packed[:4] + b"\xff" * 200)
    check_refused("zstd magic, then garbage", path, "zstd")
    check_refused("missing file", work / "missing.fatrace", "No such file")
    check_refused("directory", work, "directory")


def check_renamed(work):
    """Packed or not is seen from the content, whatever the name says."""
    path = work / "packed-without-ending"
    shutil.copy(DATA / "love.fatrace.zst", path)
    done = run("--repeat", 1, path)
    named = "packed-without-ending" in done.stdout
    check("packed trace under another name", done.returncode == 0 and named, done.stderr)


def check_usage(work):
    good = DATA / "love.fatrace.zst"
    cases = {"no trace": [], "unknown option": ["--what", good], "repeat 0": ["--repeat", "0", good],
             "repeat not a number": ["--repeat", "3x", good], "option without value": ["--json"]}
    for name, arguments in cases.items():
        done = run(*arguments)
        check(f"{name}: exit status 2 and usage", done.returncode == 2 and "usage: replay" in done.stderr, done.stderr)
    done = run("--help")
    check("--help: exit status 0", done.returncode == 0 and "--verify" in done.stdout, done.stderr)
    for option in ("--json", "--svg"):
        done = run("--repeat", 1, option, work / "no" / "such" / "file", good)
        check(f"{option} into a missing directory", done.returncode == 2 and "cannot be written" in done.stderr,
              (done.returncode, done.stderr))


def main():
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        check_counts()
        check_games(work)
        check_small_traces(work)
        check_damaged(work)
        check_renamed(work)
        check_usage(work)
    print(f"{failures} failed" if failures else "all good")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
