# SPDX-License-Identifier: MIT OR Apache-2.0
"""Everything that C offers is there, and takes what programs of Python pass."""

import ctypes
import pathlib
import re
import threading

import framealloc
import pytest
from framealloc import _abi

# Functions that Python does not call, and what serves instead.
ELSEWHERE = {
    "fa_alloc_array": "array, new", "fa_heap_alloc": "block", "fa_heap_alloc_zeroed": "block",
    "fa_heap_alloc_array": "block", "fa_pool_alloc": "block", "fa_pool_alloc_zeroed": "block",
    "fa_pool_alloc_array": "block", "fa_group_alloc_zeroed": "zeros", "fa_group_alloc_array": "array",
    "fa_scratch_pool_alloc_zeroed": "zeros", "fa_scratch_pool_alloc_array": "array",
    "fa_scratch_pool_reset_all": "reset_scratch_pools, which waits for who looks", "fa_frame_alloc_zeroed": "zeros",
    "fa_frame_alloc_array_zeroed": "zeros", "fa_frame_alloc_batch": "batch", "fa_frame_alloc_2": "batch",
    "fa_frame_alloc_4": "batch", "fa_frame_alloc_8": "batch", "fa_tagged_alloc_array": "Tagged.array",
    "fa_frame_speculate": "checkpoint", "fa_subframe_begin": "subframe", "fa_subframe_end": "subframe",
    "fa_frame_give_back": "subframe, which sees who looks", "fa_frame_realloc": "subframe, array",
    "fa_frame_cleanup": "on_end", "fa_frame_text": "text", "fa_frame_strdup": "text", "fa_frame_join": "join",
    "fa_frame_printf": "text of an f-string", "fa_frame_vprintf": "text of an f-string", "fa_tag_nested": "Tag.nested",
    "fa_tag_depth": "with statements", "fa_phase_depth": "with statements", "fa_window_refill": "Frame.bytes",
    "fa_handle_resolve": "pin", "fa_handle_defragment": "defragment", "fa_map_add": "Map.add",
    "fa_map_remove_at": "del", "fa_text_key_set": "str keys", "fa_vector_refuse": "FullError",
    "fa_vector_miss": "IndexError", "fa_object_pool_give_object": "Object.give", "fa_object_pool_each": "iteration",
    "fa_clear_last_status": "exceptions", "fa_version": "library_version",
}


def test_nothing_of_c_is_left_out():
    package = pathlib.Path(framealloc.__file__).parent
    written = set(package.glob("*.py")) - {package / "_abi.py", package / "_records.py"}
    used = set(re.findall(r"\bfa_\w+", "\n".join(path.read_text(encoding="utf-8") for path in written)))
    assert {name for name, *_ in _abi.FUNCTIONS} - used == set(ELSEWHERE)


def test_memory_for_a_tag_that_is_not_current(alloc):
    ai = alloc.tagged("ai")
    with alloc.frame() as frame, alloc.tag("render"):
        frame.bytes(16)
        kept = ai.bytes(100)
        assert len(ai.zeros("i4", 4)) == 4
        block = ai.block(64, "pool")
        assert ai.tag.stats.frame.live_bytes == 128 and ai.tag.stats.pool.live_count == 1
        assert alloc.tag("render").stats.frame.live_bytes == 16
        kept[:] = b"k" * 100
    assert bytes(kept) == b"k" * 100 and alloc.quarantined == 1
    del kept
    with pytest.raises(framealloc.FrameError, match="FA001"):
        ai.bytes(1)
    with pytest.raises(ValueError):
        ai.block(1, "frame")
    block.release()


def test_tags_within_tags(alloc):
    with alloc.tag("ai"), alloc.subtag("paths"):
        assert alloc.current_tag == "ai::paths"
    assert alloc.current_tag is None and alloc.tag("ai").nested("paths").id == alloc.tag("ai::paths").id


def test_magazines(alloc):
    with alloc.magazine(64) as magazine:
        blocks = [magazine.block() for _ in range(100)]
        for number, block in enumerate(blocks):
            block.memory[:] = bytes([number]) * 64
        assert all(set(block.memory) == {number} for number, block in enumerate(blocks))
        blocks.clear()
        del block
        held = len(magazine)
        assert held > 0
        again = [magazine.block() for _ in range(held)]
        assert len(magazine) == 0 and len({block.address for block in again}) == held
        outlives = again.pop()
        thread = threading.Thread(target=again.clear)
        thread.start()
        thread.join()
        errors = []

        def elsewhere():
            try:
                magazine.block()
            except framealloc.ThreadError as error:
                errors.append(error)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert len(errors) == 1
    with pytest.raises(framealloc.StaleError):
        magazine.block()
    alloc.process_deferred()
    assert alloc.stats.pool.live_count == 1
    outlives.release()
    assert alloc.stats.pool.live_count == 0


def test_attempts_report_nothing():
    with framealloc.Allocator(frame_cap="64 KiB", memory_limit="4 MiB") as alloc:
        with alloc.frame() as frame:
            assert frame.try_bytes("1 MiB") is None and len(frame.try_bytes(100)) == 100
            with pytest.raises(framealloc.ArgumentError):
                frame.try_bytes(10, align=3)
        with alloc.group() as group, alloc.task() as task:
            for scope in (group, task):
                assert scope.try_bytes("8 MiB") is None and len(scope.try_bytes(10)) == 10
        assert alloc.try_block("8 MiB", "heap") is None
        for intent in ("pool", "heap"):
            alloc.try_block(100, intent).release()
        assert alloc.recent_diagnostics() == []
        with pytest.raises(ValueError):
            alloc.try_block(10, "frame")


def test_resizing_in_place(alloc):
    block = alloc.block(100, "pool")
    block.memory[:] = b"b" * 100
    looked_at = block.memory
    with pytest.raises(framealloc.PinnedError):
        block.resize(200)
    del looked_at
    same = block.resize(block.usable)
    larger = same.resize(100_000)
    assert bytes(larger.memory[:100]) == b"b" * 100 and alloc.stats.pool.live_count == 0
    with pytest.raises(MemoryError):
        larger.resize(1 << 62)
    assert len(larger) == 100_000 and larger.memory[0] == ord("b")
    with pytest.raises(framealloc.StaleError):
        same.memory
    larger.release()
    assert alloc.stats.heap.live_count == 0


def test_what_is_there_already(alloc):
    with alloc.group("a"), alloc.group("b"):
        assert [group.stats.name for group in alloc.groups()] == ["b", "a"]
    with pytest.raises(framealloc.NotFoundError):
        alloc.find_scratch("none")
    pool = alloc.scratch("some")
    assert alloc.find_scratch("some").pointer == pool.pointer
    handle = alloc.handle(40)
    assert len(alloc.find_handle(handle.id)) == 40
    handle.free()
    with pytest.raises(framealloc.StaleError):
        alloc.find_handle(handle.id)
    with alloc.frame(), alloc.phase("plan"):
        assert alloc.find_phase("plan", running=True).name == "plan"
    with pytest.raises(framealloc.NotFoundError):
        alloc.find_phase("other")
    with alloc.task("load") as task:
        assert alloc.current_task == task.id
    assert alloc.current_task == 0 and not alloc.profiler_attached
    alloc.start_history(4)
    alloc.frame().__enter__().end()
    assert alloc.history_newest == 1
    with alloc.object_pool(ctypes.c_int64) as numbers:
        taken = numbers.take()
        assert numbers.find(taken.value) == taken
        with pytest.raises(framealloc.Error):
            numbers.find(ctypes.c_int64())
    framealloc.check_config(frame_cap="1 MiB")
    with pytest.raises(framealloc.ArgumentError):
        framealloc.check_config(frame_chunk_min=5)


def test_importance(alloc):
    with alloc.frame() as frame:
        for word in ("ephemeral", "reusable", "persistent"):
            frame.important(32, word)[:] = b"i" * 32
        line = frame.cache_lines(10)
        assert ctypes.addressof(ctypes.c_char.from_buffer(line)) % 64 == 0
        del line
    assert [promotion.policy for promotion, _ in frame.promotions] == [
        _abi.FA_RETAIN_DISCARD, _abi.FA_RETAIN_TO_POOL, _abi.FA_RETAIN_TO_HEAP]


def test_maps_that_add(alloc):
    with alloc.frame() as frame:
        found = frame.map(ctypes.c_int64, 4)
        found.add("a", 1)
        with pytest.raises(framealloc.ExistsError):
            found.add("a", 2)
        assert dict(found) == {"a": 1}


def test_numbers_and_types_of_numpy(alloc):
    numpy = pytest.importorskip("numpy")
    five, points = numpy.int64(5), [("x", "f4"), ("y", "f4")]
    with alloc.frame() as frame:
        assert len(frame.bytes(five)) == len(frame.view(five)) == 5 and len(frame.zeros("i4", five)) == 5
        assert frame.array("i4", (five, 2)).shape == frame.array("i4", numpy.array([5, 2])).shape == (5, 2)
        for _ in range(5):
            record, scalar = frame.array(points, 10), frame.array("f4", ())
            record["y"], scalar[...] = 2, 3
            assert record.shape == (10,) and scalar.shape == () and scalar == 3
            frame.array(points, (2, 3))["x"] = 1
        assert record["y"].sum() == 20
        with pytest.raises(TypeError):
            frame.array("O", 10)
        vector = frame.vector(ctypes.c_double, 8)
        vector.extend([1, 2, 3])
        vector.array()[:] *= 2
        assert list(vector) == [2, 4, 6]
        del record, scalar


def test_batches_of_any_size(alloc):
    with alloc.frame() as frame:
        assert [len(block) for block in frame.batch(3, 0)] == [0, 0, 0] and frame.batch(0, 16) == []
        assert len(frame.batch(2, "1 KiB")[1]) == 1024
        for count, size in ((-1, 8), (3, -8)):
            with pytest.raises(ValueError):
                frame.batch(count, size)


def test_numbers_that_c_cannot_take(alloc):
    for size in (1 << 64, (1 << 64) + 16, "99999999 TiB"):
        for take in (alloc.block, alloc.handle, alloc.group().bytes, alloc.scratch().bytes, alloc.transfer,
                     alloc.set_budget):
            with alloc.frame(), pytest.raises(MemoryError):
                take(size)
    with alloc.frame() as frame:
        for shape in ((1 << 61) + 2, (1 << 33, 1 << 33), (1 << 64, 0)):
            with pytest.raises((MemoryError, ValueError)):
                frame.array("f8", shape)
    for settings in ({"frame_cap": -1}, {"magazine_size": 1 << 40}, {"debug_mode": 1 << 32}):
        with pytest.raises((ValueError, TypeError)):
            framealloc.Allocator(**settings)
    barrier = alloc.barrier(seats=1)
    barrier.wait(timeout=float("inf"))
    barrier.wait(timeout=1e12)


def test_texts_that_c_cannot_take(alloc):
    for use in (alloc.tag, alloc.subtag("a\0b").__enter__, alloc.group, alloc.find_group, alloc.scratch, alloc.task,
                alloc.tagged, alloc.attach_engine, framealloc.explain, lambda name: alloc.emit("GAME1", name)):
        with pytest.raises(ValueError, match="zero byte"):
            use(*(["a\0b"] if use.__name__ != "__enter__" else []))
    assert alloc.tags() == []


def test_words_of_another_report(alloc):
    alloc.on_diagnostic(lambda report: None)
    alloc.report("FA401")
    with pytest.raises(framealloc.StaleError) as caught:
        framealloc._errors.fail(_abi.FA_ERROR_STALE)
    assert caught.value.code == ""


def test_borrowing_checks_its_words(alloc):
    with pytest.raises(ValueError):
        framealloc.Allocator.borrow(alloc.address, survivors="hide")
    for address in (0, None):
        with pytest.raises(framealloc.ClosedError):
            framealloc.Allocator.borrow(address)
