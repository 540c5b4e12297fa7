# SPDX-License-Identifier: MIT OR Apache-2.0
"""Nothing is freed under somebody who looks, whatever ends first: scope, frame, thread, lane or allocator."""

import ctypes
import gc
import os
import signal
import threading

import framealloc
import pytest
from framealloc import _callbacks, _core


def run_in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def filled(view, byte=b"v"):
    view[:] = byte * len(view)
    return view


def overwrite(alloc):
    """Uses memory that may have come free."""
    for _ in range(10):
        frame = alloc.frame().__enter__()
        filled(frame.bytes(100_000), b"o")
        filled(frame.ahead(1, 1000), b"o")
        frame.end(quiet=True)
    for intent in ("pool", "heap"):
        for block in [alloc.block(1000, intent) for _ in range(50)]:
            filled(block.memory, b"o")
    filled(alloc.scratch().bytes(1000), b"o")


def untouched(view):
    return set(bytes(view)) == {ord("v")}


def references(pointer):
    return framealloc.calls.fa_allocator_references(pointer)


def of_frame(alloc):
    return filled(alloc.frame().__enter__().bytes(100_000))


def of_group(alloc):
    return filled(alloc.group("level").bytes(100_000))


def of_task(alloc):
    return filled(alloc.task("load").task("decode").bytes(1000))


def of_scratch(alloc):
    return filled(alloc.scratch("paths").bytes(100_000))


def of_lane_scratch(alloc):
    return filled(alloc.scratch().bytes(100_000))


def of_handle(alloc):
    alloc.pin = alloc.handle(100_000).pin()
    return filled(alloc.pin.__enter__())


def of_transfer(alloc):
    frame = alloc.frame().__enter__()
    alloc.value = alloc.transfer(100_000)
    view = filled(alloc.value.memory)
    frame.end()
    return view


@pytest.mark.parametrize("make", [of_frame, of_group, of_task, of_scratch, of_lane_scratch, of_handle, of_transfer])
@pytest.mark.parametrize("close", [lambda alloc: alloc.close(), lambda alloc: gc.collect()])
def test_the_allocator_goes_first(make, close):
    alloc = framealloc.Allocator()
    pointer, view = alloc.address, make(alloc)
    alloc.ring = alloc  # for the collector
    close(alloc)
    del alloc
    gc.collect()
    assert references(pointer) == 1 and untouched(view)
    with framealloc.Allocator() as other:
        overwrite(other)
    assert untouched(view)


def test_a_frame_goes_on_when_another_thread_closes_the_allocator():
    alloc, running, closed, said = framealloc.Allocator(), threading.Event(), threading.Event(), []

    def work():
        with alloc.frame() as frame:
            frame.bytes(64)
            running.set()
            closed.wait()
            said.append(untouched(filled(frame.bytes(64))) and untouched(filled(frame.bytes(100_000))))

    thread, pointer = threading.Thread(target=work), alloc.address
    thread.start()
    running.wait()
    alloc.close()
    assert references(pointer) == 1
    closed.set()
    thread.join()
    assert said == [True] and references(pointer) == 0


def test_destroy_refuses_while_a_frame_runs():
    alloc = framealloc.Allocator()
    with alloc.frame():
        with pytest.raises(framealloc.BusyError):
            alloc.destroy()
    alloc.destroy()


def take_in_frame(alloc, out):
    out.append(alloc.frame().__enter__())
    out.append(filled(out[0].bytes(64)))


def take_ahead(alloc, out):
    with alloc.frame() as frame:
        out.append(filled(frame.ahead(2, 64)))


def take_scratch(alloc, out):
    out.append(filled(alloc.scratch().bytes(64)))


@pytest.mark.parametrize("take", [take_in_frame, take_ahead, take_scratch])
def test_the_thread_goes_first(alloc, take):
    out = []
    run_in_thread(lambda: take(alloc, out))
    run_in_thread(lambda: overwrite(alloc))
    overwrite(alloc)
    assert untouched(out[-1])
    out.clear()
    assert alloc.quarantined == 0


def test_the_lane_goes_first(alloc):
    job = alloc.lane("job")
    with job.bound():
        view = filled(alloc.frame().__enter__().bytes(64))
    job.release()
    run_in_thread(lambda: overwrite(alloc))
    overwrite(alloc)
    assert untouched(view)
    del view


def test_frames_move_between_threads_with_their_lane(alloc):
    job = alloc.lane("job")
    with job.bound():
        frame = alloc.frame().__enter__()
        view = filled(frame.bytes(64))
    with pytest.raises(framealloc.ThreadError, match="not bound"):
        frame.bytes(10)

    def go_on():
        nonlocal view
        (same,) = [lane for lane in alloc.lanes() if lane.stats.name == "job"]
        with same.bound(), alloc.running_frame() as running:
            assert running is frame and untouched(view)
            view = None
            frame.bytes(64)
            assert frame.used == 128
            frame.end()

    run_in_thread(go_on)
    assert job.stats.frame_number == 1 and not alloc.in_frame


def test_a_frame_is_not_used_on_another_lane(alloc):
    job = alloc.lane("job")
    with alloc.frame() as frame:
        frame.bytes(10)
        with job.bound(), alloc.frame() as other:
            with pytest.raises(framealloc.ThreadError):
                frame.bytes(10)
            other.bytes(10)
        frame.bytes(10)
        assert frame.used == 32


def test_the_running_frame_is_the_frame_that_python_began(alloc):
    with alloc.frame() as frame:
        frame.bytes(64)
        with alloc.running_frame() as same:
            same.bytes(64)
            frame.bytes(64)
        assert frame.used == 192


@pytest.mark.parametrize("first,second", [
    (lambda alloc: alloc.groups()[0] if alloc.groups() else alloc.group("level"),
     lambda alloc: alloc.find_group("level").destroy()),
    (lambda alloc: alloc.scratch("paths"), lambda alloc: alloc.scratch("paths").reset()),
    (lambda alloc: alloc.scratch(), lambda alloc: alloc.scratch().reset()),
    (lambda alloc: alloc.scratch("paths"), lambda alloc: alloc.reset_scratch_pools()),
])
def test_two_objects_for_one_thing(alloc, first, second):
    view = filled(first(alloc).bytes(64))
    second(alloc)
    for _ in range(10):
        filled(first(alloc).bytes(64), b"o")
    assert untouched(view)
    del view


def test_a_scope_by_one_object_and_memory_by_another(alloc):
    scratch = alloc.scratch()
    with alloc.scratch().scope():
        view = filled(scratch.bytes(64))
    filled(scratch.bytes(64), b"o")
    assert untouched(view)
    del view
    scratch.reset()
    assert scratch.used == 0


def test_scopes_within_scopes_wait_for_who_looks(alloc):
    pool = alloc.scratch("paths")
    with pool.scope():
        with pool.scope():
            view = filled(pool.bytes(64))
        filled(pool.bytes(64), b"o")
    pool.reset()
    filled(pool.bytes(64), b"o")
    assert untouched(view) and pool.stats.scopes == 2
    del view
    assert pool.stats.scopes == 0 and pool.stats.blocks.live_count == 0


def test_scopes_are_ended_innermost_first(alloc):
    pool = alloc.scratch("paths")
    outer, inner = pool.scope(), pool.scope()
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(framealloc.FrameError, match="FA008"):
        outer.__exit__(None, None, None)
    inner.__exit__(None, None, None)
    outer.__exit__(None, None, None)
    assert pool.stats.scopes == 0


def test_what_is_taken_after_clear_stays(alloc):
    group = alloc.group()
    before = group.bytes(64)
    group.clear()
    after = filled(group.bytes(64))
    del before
    filled(group.bytes(64), b"o")
    assert untouched(after) and group.stats.count == 3
    group.clear()
    group.destroy()
    del after
    assert alloc.groups() == []


def test_a_block_freed_early_and_its_group(alloc):
    group = alloc.group()
    view = filled(group.bytes(64))
    part = view[8:]
    group.free(view)
    group.destroy()
    assert untouched(part)
    del part
    assert alloc.quarantined == 0 and alloc.groups() == [] and alloc.recent_diagnostics() == []


def test_tasks_wait_for_who_looks_at_those_below_them(alloc):
    with alloc.task("load") as task:
        inner = task.task("decode")
        view = filled(inner.bytes(64))
        inner.end()
    overwrite(alloc)
    assert untouched(view) and alloc.task_count == 2
    del view
    assert alloc.task_count == 0 and alloc.recent_diagnostics() == []


def test_transfers_that_go_with_their_frame(alloc):
    with alloc.frame():
        sent = alloc.transfer_of(b"v" * 64)
        ident = sent.send()
        received, owned = alloc.receive(ident), alloc.transfer(64)
        views = [received.memory, filled(owned.memory)]
    overwrite(alloc)
    assert all(map(untouched, views))
    for value in (received, owned):
        with pytest.raises(framealloc.StaleError):
            value.memory
    views.clear()
    assert alloc.quarantined == 0 and alloc.stats.pool.live_count == 0


def test_transfers_that_go_with_a_part_of_their_frame(alloc):
    with alloc.frame() as frame:
        with frame.subframe():
            looked_at, gone = alloc.transfer(64), alloc.transfer(64)
            view = filled(looked_at.memory)
        overwriting = [filled(alloc.block(64, "pool").memory, b"o") for _ in range(50)]
        assert untouched(view) and len(overwriting) == 50
        del view
        with frame.subframe():
            value = alloc.transfer(64)
        with pytest.raises(framealloc.StaleError):
            value.memory
        assert gone.memory.nbytes == 64  # as somebody looked at what was taken with it


def test_views_of_loads_and_pins_end_with_them(strict):
    handle = strict.handle(64)
    with handle.pin() as memory:
        filled(memory)
    with pytest.raises(ValueError):
        memory[0]
    with pytest.raises(framealloc.SurvivorError):
        with handle.pin() as memory:
            part = memory[:8]
    del part
    handle.free()


def test_an_asset_that_its_loader_looks_at_is_not_evicted(alloc):
    with alloc.stream("1 KiB") as stream:
        asset = stream.reserve(600)
        with asset.load() as memory:
            part = filled(memory)[:100]
        with pytest.raises(ValueError):
            memory[0]
        assert stream.evict() == 0 and untouched(part)
        del part
        assert stream.evict() == 600
        with pytest.raises(OSError):
            with asset.load() as memory:
                part = filled(memory)[:100]
                raise OSError()
        assert asset.info.loading == 600 and untouched(part)
        del part
        assert asset.info.loading == 0


def test_vectors_and_maps_of_a_part_of_a_frame(alloc):
    with alloc.frame() as frame:
        names = frame.map(ctypes.c_int64, 100)
        with frame.subframe():
            vector, inner = frame.vector(ctypes.c_int64, 8), frame.map(ctypes.c_int64, 8)
            vector.extend(range(8))
            inner["a"] = 1
        filled(frame.bytes(1000), b"o")
        for use in (lambda: vector[0], lambda: vector.append(1), lambda: vector.pop(), lambda: vector.clear(),
                    lambda: inner["a"], lambda: inner.update(b=1), lambda: list(inner)):
            with pytest.raises(framealloc.StaleError):
                use()
        with frame.subframe():
            for number in range(50):
                names[f"name {number} " + "x" * 50] = number
        for _ in range(100):
            filled(frame.bytes(64), b"o")
        assert dict(names) == {f"name {number} " + "x" * 50: number for number in range(50)}


def test_a_thread_of_the_parent_had_the_lock(alloc):
    has_it, forked = threading.Event(), threading.Event()

    def hold():
        with alloc._core._lock:
            has_it.set()
            forked.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    has_it.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        alloc.block(64).release()
        os._exit(0)
    forked.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_nothing_is_kept_of_what_was_not_closed():
    gc.collect()
    functions, cores = len(_callbacks.functions), len(_core._cores)
    alloc = framealloc.Allocator()
    alloc.on_budget(print)
    alloc.listen(print)
    alloc.attach_profiler(print)
    pool, stream = alloc.object_pool(ctypes.c_int64, destructor=print), alloc.stream(on_evicted=print)
    pointer = alloc.address
    del pool, stream
    alloc.close()
    assert references(pointer) == 0
    other = framealloc.Allocator()
    other.on_budget(print)
    other.destroy()
    assert (len(_callbacks.functions), len(_core._cores)) == (functions, cores)


def test_every_error_has_its_code(alloc):
    with alloc.frame():
        for _ in range(40):
            with pytest.raises(framealloc.FrameError) as caught:
                alloc.frame().__enter__()
            assert caught.value.code == "FA004"


def test_a_listener_that_raises_leaves_nothing_behind(alloc):
    def listener(event):
        raise ArithmeticError(event.kind)
    with alloc.listen(listener, ["alloc", "frame-begin"]):
        for call in (lambda: alloc.block(64, "pool"), lambda: alloc.frame().__enter__()):
            with pytest.raises(ArithmeticError):
                call()
    assert alloc.stats.pool.live_count == 0 and not alloc.in_frame
    alloc.frame().__enter__().end()


def test_a_frame_that_cannot_be_ended_goes_on(alloc):
    frame = alloc.frame().__enter__()
    view = frame.bytes(64)
    hold = alloc._core.lib.fa_frame_hold
    alloc._core.lib.fa_frame_hold = lambda *_: framealloc.constants.FA_ERROR_OUT_OF_MEMORY
    try:
        with pytest.raises(MemoryError):
            frame.end()
    finally:
        alloc._core.lib.fa_frame_hold = hold
    assert alloc.in_frame and untouched(filled(view))
    frame.bytes(64)
    frame.end()
    assert not alloc.in_frame and untouched(view)
    del view


def test_stores_that_have_ended_say_so(alloc):
    pool, stream = alloc.object_pool(ctypes.c_int64), alloc.stream()
    unit, asset = pool.take(), stream.reserve(10)
    pool.destroy()
    stream.destroy()
    for use in (pool.take, lambda: len(pool), pool.clear, lambda: stream.reserve(1), lambda: stream.stats,
                lambda: asset.info, stream.evicted):
        with pytest.raises(framealloc.ClosedError, match="destroyed"):
            use()
    with pytest.raises(framealloc.StaleError):
        unit.value
    assert not unit.alive


def test_an_exception_that_its_thread_could_not_raise(alloc, monkeypatch):
    heard = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: heard.append(kind))

    def listener(event):
        raise ArithmeticError(event.kind)

    block = [alloc.block(64, "pool")]
    with pytest.raises(ArithmeticError), alloc.listen(listener, ["free"]):
        run_in_thread(block.clear)
        assert heard == [ArithmeticError] and not _callbacks.kept
        alloc.block(10, "heap")
        run_in_thread(lambda: alloc.stats)  # no business of that thread
        assert len(_callbacks.kept) == 1
        alloc.stats


def test_a_scratch_pool_of_the_same_name_begins_anew(alloc):
    pool = alloc.scratch("paths")
    pool.scope().__enter__()
    pool.destroy()
    again = alloc.scratch("paths")
    with again.scope():
        again.bytes(64)
    assert again.stats.blocks.live_count == 0
