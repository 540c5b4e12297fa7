# SPDX-License-Identifier: MIT OR Apache-2.0
import framealloc
import pytest


@pytest.mark.parametrize("intent,figures", [("pool", "pool"), ("heap", "heap"), ("auto", "pool")])
def test_blocks_by_intent(alloc, intent, figures):
    block = alloc.block(100, intent)
    block.memory[:] = b"x" * 100
    assert getattr(alloc.stats, figures).live_count == 1
    assert len(block) == 100 and block.usable >= 100 and alloc.owns(block.address)
    block.release()
    block.release()
    assert getattr(alloc.stats, figures).live_count == 0
    with pytest.raises(framealloc.StaleError):
        block.memory[0]


def test_a_block_goes_back_by_itself(alloc):
    view = alloc.block("1 MiB", "heap").memory
    assert alloc.stats.heap.live_count == 1
    view[0] = 1
    del view
    assert alloc.stats.heap.live_count == 0


def test_a_block_that_is_looked_at_is_not_released(alloc):
    with pytest.raises(BufferError):
        with alloc.block(10) as block:
            view = block.memory
    view[0] = 1
    del view
    block.release()


def test_resize(alloc):
    block = alloc.block(10)
    block.memory[:] = b"0123456789"
    larger = block.resize(10_000)
    assert bytes(larger.memory[:10]) == b"0123456789"
    assert alloc.stats.pool.live_count + alloc.stats.heap.live_count == 1
    larger.release()


def test_zeroed_and_wrong_intent(alloc):
    assert not any(alloc.block(5000, "heap", zeroed=True).memory)
    with pytest.raises(ValueError):
        alloc.block(1, "frame")


def test_a_block_outlives_the_allocator():
    alloc = framealloc.Allocator()
    view = alloc.block(100).memory
    core = alloc._core
    alloc.close()
    view[:] = b"y" * 100
    assert bytes(view) == b"y" * 100
    assert core.lib.fa_allocator_references(core.pointer) == 1
    del view
    assert core.lib.fa_allocator_references(core.pointer) == 0


def test_groups(alloc):
    with alloc.group("level") as level:
        for size in (10, 1000, 100_000):
            level.bytes(size)[:] = b"l" * size
        assert level.stats.count == 3 and level.stats.bytes == 101_010
        assert alloc.find_group("level").id == level.id
        with pytest.raises(framealloc.ExistsError):
            alloc.group("level")
        level.clear()
        assert level.stats.count == 0
    with pytest.raises(framealloc.NotFoundError):
        alloc.find_group("level")
    with pytest.raises(framealloc.StaleError, match="FA401"):
        level.bytes(1)


def test_a_group_waits_for_who_looks(alloc):
    with alloc.group() as group:
        kept = group.bytes(64)
        kept[:] = b"k" * 64
    assert alloc.quarantined == 1
    assert bytes(kept) == b"k" * 64 and group.stats.count == 1
    del kept
    assert alloc.quarantined == 0
    with pytest.raises(framealloc.StaleError):
        group.stats


def test_a_strict_group_reports(strict):
    with pytest.raises(framealloc.SurvivorError, match="group level"):
        with strict.group("level") as group:
            kept = group.bytes(8)
    del kept


def test_tasks(alloc):
    ended = []
    with alloc.task("load") as task:
        task.on_end(lambda: ended.append("outer"))
        task.bytes(1000)
        inner = task.task("decode")
        inner.on_end(lambda: ended.append("inner"))
        inner.bytes(10)
        assert task.stats.live_bytes == 1000 and task.stats.children == 1
        assert ended == []
    assert ended == ["inner", "outer"]
    assert alloc.stats.pool.live_count == 0
    with pytest.raises(framealloc.StaleError):
        task.bytes(1)


def test_scratch_pools(alloc):
    pool = alloc.scratch("path finding")
    pool.bytes(1000)
    with pool.scope():
        pool.bytes(5000)
        assert pool.stats.blocks.live_bytes > 5000
    assert pool.stats.blocks.live_bytes < 1100
    pool.limit("4 KiB")
    with pytest.raises(framealloc.FullError):
        pool.bytes(10_000)
    pool.reset()
    assert pool.stats.blocks.live_count == 0
    pool.destroy()
    with pytest.raises(framealloc.StaleError):
        pool.bytes(1)


def test_scratch_memory_of_the_thread(alloc):
    scratch = alloc.scratch()
    scratch.bytes(100)
    with scratch.scope():
        scratch.bytes(1000)
        assert scratch.used >= 1100
    assert scratch.used < 200
    scratch.reset()
    assert scratch.used == 0


def test_a_reset_waits_for_who_looks(alloc):
    pool = alloc.scratch("a")
    kept = pool.bytes(10)
    pool.reset()
    assert pool.stats.blocks.live_count == 1
    del kept
    assert pool.stats.blocks.live_count == 0
