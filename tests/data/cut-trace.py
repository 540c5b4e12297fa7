#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Keeps the first frames of a recorded allocation trace.

    cut-trace.py IN OUT --frames N

IN and OUT are plain or, if the name ends in .zst, packed with the zstd command.
Whole frames are kept, with every record in them; objects are numbered anew in
the order in which they are allocated, and the header is made to fit.
"""
import argparse
import pathlib
import struct
import subprocess

HEADER = struct.Struct("<8sIIIIQ")
RECORD = struct.Struct("<BBBBII")
ALLOCATE, FREE, FRAME_END = 1, 2, 3


def read(path):
    if path.suffix != ".zst":
        return path.read_bytes()
    return subprocess.run(["zstd", "-dcq", str(path)], check=True, stdout=subprocess.PIPE).stdout


def write(path, data):
    if path.suffix != ".zst":
        path.write_bytes(data)
        return
    subprocess.run(["zstd", "--ultra", "-22", "-qfo", str(path)], check=True, input=data)


def first_frames(records, frames):
    """The records up to the end of the frame with number `frames` - 1."""
    for record in records:
        yield record
        if record[0] == FRAME_END and record[5] == frames - 1:
            return
    raise SystemExit(f"the trace has fewer than {frames} frames")


def renumber(records):
    """The same records with object ids that leave no gap, and how many there are."""
    numbers = {}
    kept = []
    for op, thread, align, zeroed, size, number in records:
        if op != FRAME_END:
            number = numbers.setdefault(number, len(numbers))
        kept.append(RECORD.pack(op, thread, align, zeroed, size, number))
    return kept, len(numbers)


def cut(data, frames):
    magic, version, _, threads, _, _ = HEADER.unpack_from(data)
    if magic != b"FATRACE1" or version != 1:
        raise SystemExit("not a trace of version 1")
    records, objects = renumber(first_frames(RECORD.iter_unpack(data[HEADER.size:]), frames))
    return HEADER.pack(magic, version, frames, threads, objects, len(records)) + b"".join(records)


def main():
    parser = argparse.ArgumentParser(description="Keeps the first frames of a recorded allocation trace.")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--frames", type=int, required=True)
    arguments = parser.parse_args()
    write(arguments.target, cut(read(arguments.source), arguments.frames))


if __name__ == "__main__":
    main()
