#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""benchmark.py [--check]: what allocations cost in Python, beside bytearray and numpy.empty doing the same job.

Every figure is the best of several rounds. The jobs of one row end with nothing left, as a frame does. --check fails
where the targets are missed: arrays that are taken at once cost no more than NumPy's, single ones at most twice as much.
"""

import gc
import sys
import time

import framealloc

try:
    import numpy
except ImportError:
    numpy = None

COUNT, ROUNDS, SIZE = 1000, 60, 64


def best(job):
    """Seconds of the fastest round."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        job()
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def singles(alloc, take):
    """A frame in which blocks are taken one by one, all there until its end."""
    def job():
        with alloc.frame() as frame:
            taker = take(frame)
            [taker() for _ in range(COUNT)]  # pylint: disable=expression-not-assigned
    return job


def repeated(make):
    def job():
        [make() for _ in range(COUNT)]  # pylint: disable=expression-not-assigned
    return job


def with_frame(alloc, work):
    def job():
        with alloc.frame() as frame:
            work(frame)
    return job


def rows_without_numpy(alloc):
    yield ("1,000 blocks of 64 bytes, one by one", singles(alloc, lambda frame: lambda: frame.bytes(SIZE)),
           "bytearray", repeated(lambda: bytearray(SIZE)), None)
    yield ("1,000 blocks of 64 KiB, one by one", singles(alloc, lambda frame: lambda: frame.bytes(65536)),
           "bytearray", repeated(lambda: bytearray(65536)), None)
    yield ("1,000 blocks of 64 bytes at once", with_frame(alloc, lambda frame: frame.batch(COUNT, SIZE)),
           "bytearray", lambda: [bytearray(SIZE) for _ in range(COUNT)], None)
    yield ("an empty frame", with_frame(alloc, lambda frame: None), "bytearray", lambda: bytearray(16), None)


def rows_with_numpy(alloc):
    yield ("1,000 arrays of 16 floats, one by one", singles(alloc, lambda frame: lambda: frame.array("f4", 16)),
           "numpy.empty", repeated(lambda: numpy.empty(16, "f4")), 2.0)
    yield ("1,000 arrays of 16 floats at once", with_frame(alloc, lambda frame: list(frame.array("f4", (COUNT, 16)))),
           "numpy.empty", lambda: [numpy.empty(16, "f4") for _ in range(COUNT)], 1.0)
    yield ("one array of 1,000,000 floats, filled", with_frame(alloc, lambda frame: frame.array("f4", 10**6).fill(1)),
           "numpy.empty", lambda: numpy.empty(10**6, "f4").fill(1), None)
    yield ("100 arrays of 128 KiB, filled",
           with_frame(alloc, lambda frame: [filled(frame.array("f4", 32768)) for _ in range(100)]),
           "numpy.empty", lambda: [filled(numpy.empty(32768, "f4")) for _ in range(100)], None)


def filled(array):
    array.fill(1)
    return array


def main():
    missed = []
    print(f"{'job':<44}{'framealloc':>12}{'the usual way':>16}   ratio")
    with framealloc.Allocator("high-performance") as alloc:
        rows = list(rows_without_numpy(alloc)) + (list(rows_with_numpy(alloc)) if numpy else [])
        gc.disable()
        for name, ours, usual, theirs, target in rows:
            mine, other = best(ours), best(theirs)
            print(f"{name:<44}{mine * 1e6:>9,.1f} us{other * 1e6:>10,.1f} us {mine / other:>8.2f}   {usual}")
            if target and mine > other * target:
                missed.append(f"{name}: {mine / other:.2f} of {usual}, the target is {target}")
    if "--check" in sys.argv[1:]:
        print("\n".join(missed) or "every target is met")
        sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
