# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ends of interpreters, forks, and memory that must stay flat."""

import os
import subprocess
import sys
import threading

import framealloc
import pytest

AT_EXIT = """
import atexit, framealloc, threading
alloc = framealloc.Allocator()
frame = alloc.frame()
frame.__enter__()
kept = [frame.bytes(100), alloc.block(100).memory, alloc.group("g").bytes(10)]
frame.on_end(lambda: print("cleanup"))
alloc.on_budget(print)
alloc.on_diagnostic(print)
thread = threading.Thread(target=lambda: alloc.block(64).memory)
thread.start()
{last}
print("done")
"""


@pytest.mark.parametrize("last", ["", "import sys; sys.exit(0)", "frame.end(quiet=True)", "alloc.close()",
                                  "atexit.register(lambda: kept.clear())", "atexit.register(alloc.close)",
                                  "alloc.self = alloc; del alloc, frame", "del kept, frame; alloc.close()"])
def test_the_interpreter_ends(last):
    program = AT_EXIT.format(last=last)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert ("done" in done.stdout) == ("exit(0)" not in last)


def child_of(work):
    """Runs a function in the child of a fork; what it returned, or None if it failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, work())
        except BaseException as error:  # pylint: disable=broad-except
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    return said if os.waitpid(child, 0)[1] == 0 else None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork(alloc):
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            with alloc.frame() as frame:
                frame.bytes(1000)
            alloc.block(100).release()

    def work():
        block = frame.bytes(50)
        block[:] = b"c" * 50
        other = alloc.block(5000)
        other.memory[:] = b"d" * 5000
        said = bytes(parents) + bytes(block[:1]) + bytes(other.memory[:1])
        del block
        frame.end(quiet=True)
        mine = alloc.frame().__enter__()
        mine.bytes(100)
        mine.end(quiet=True)  # the parent's block is still looked at
        other.release()
        return said

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            with alloc.frame() as frame:
                parents = frame.bytes(10)
                parents[:] = b"p" * 10
                assert child_of(work) == b"p" * 10 + b"cd"
                assert bytes(parents) == b"p" * 10
                del parents
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def resident():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def everything(alloc):
    with alloc.tag("a"), alloc.frame() as frame, alloc.phase("p"):
        blocks = [frame.bytes(100) for _ in range(50)]
        with frame.subframe():
            frame.bytes(5000)
        frame.on_end(lambda: None)
        frame.view(10)
        del blocks
    with alloc.group("g") as group, alloc.task("t") as task, alloc.scratch("s").scope() as scratch:
        for scope in (group, task, scratch):
            scope.bytes(1000)
    for intent in ("pool", "heap"):
        alloc.block(3000, intent).memory[0] = 1
    try:
        alloc.block(1 << 62)
    except MemoryError:
        pass
    kept = None
    with alloc.frame() as frame:
        kept = frame.bytes(10)
    kept[0] = 1


def test_memory_stays_flat():
    for warming in (True, False):
        with framealloc.Allocator() as alloc:
            before, objects = resident(), len(framealloc._callbacks.functions)
            for _ in range(500 if warming else 3000):
                everything(alloc)
            stats = alloc.stats
            assert stats.frame.live_bytes <= 16 and stats.pool.live_count == stats.heap.live_count == 0
            assert len(framealloc._callbacks.functions) <= objects + 1
    assert resident() - before < 4 << 20


def test_allocators_do_not_leak():
    for warming in (True, False):
        before = resident()
        for _ in range(50 if warming else 500):
            with framealloc.Allocator() as alloc:
                everything(alloc)
    assert resident() - before < 4 << 20


def test_threads_that_come_and_go_leave_nothing(alloc):
    def work():
        with alloc.frame() as frame:
            frame.bytes(100)
        alloc.block(64).release()
    for _ in range(200):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(alloc.lanes()) < 100  # join() comes back a moment before the thread has handed its lane on
    assert alloc.stats.frame.live_bytes == 0
