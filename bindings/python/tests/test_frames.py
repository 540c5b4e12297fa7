# SPDX-License-Identifier: MIT OR Apache-2.0
import ctypes
import struct
import threading

import framealloc
import pytest


class Particle(ctypes.Structure):
    _fields_ = [("x", ctypes.c_float), ("y", ctypes.c_float), ("life", ctypes.c_int32)]


def test_bytes_are_writable_and_do_not_overlap(alloc):
    with alloc.frame() as frame:
        blocks = [frame.bytes(size) for size in (1, 16, 17, 100, 5000, 100_000)]
        for number, block in enumerate(blocks):
            block[:] = bytes([number]) * len(block)
        for number, block in enumerate(blocks):
            assert bytes(block) == bytes([number]) * len(block)
        del blocks, block


def test_books_are_exact(alloc):
    with alloc.frame() as frame:
        for _ in range(1000):
            frame.bytes(24)
        assert frame.used == 32_000
        assert alloc.stats.frame.allocations == 1000
        assert alloc.stats.frame.live_count == 1000
    assert alloc.stats.frame.live_bytes == 0


def test_views_alike_one_after_another(alloc):
    for _ in range(3):
        with alloc.frame() as frame:
            small = [frame.bytes(24) for _ in range(3000)]
            mixed = [frame.bytes(size) for _ in range(50) for size in (8, 8, 40)]
            for number, view in enumerate(small + mixed):
                view[:] = bytes([number % 251]) * len(view)
            assert frame.used == 3000 * 32 + 50 * (16 + 16 + 48)
            assert alloc.stats.frame.live_count == 3150
            with frame.subframe():
                frame.bytes(24)
                frame.bytes(24)
                frame.bytes(24)
            after = [frame.bytes(24) for _ in range(40)]
            for view in after:
                view[:] = b"a" * 24
            for number, view in enumerate(small + mixed):
                assert set(view) == {number % 251} and len(view) in (24, 8, 40)
            del small, mixed, after, view
        assert alloc.stats.frame.live_bytes == 0 and alloc.quarantined == 0


def test_alignment(alloc):
    with alloc.frame() as frame:
        for align in (16, 64, 4096):
            block = frame.bytes(10, align)
            assert ctypes.addressof(ctypes.c_char.from_buffer(block)) % align == 0
        del block


def test_text_copy_and_join(alloc):
    with alloc.frame() as frame:
        assert bytes(frame.text("grün")) == "grün".encode()
        assert bytes(frame.copy(b"abc")) == b"abc"
        assert bytes(frame.join(["a", "b"], ", ")) == b"a, b"


def test_ctypes_objects(alloc):
    with alloc.frame() as frame:
        one, many = frame.new(Particle), frame.new(Particle, 100)
        one.life = 7
        many[99].x = 0.5
        assert (one.life, many[99].x) == (7, 0.5)
        del one, many


def test_batch(alloc):
    with alloc.frame() as frame:
        blocks = frame.batch(1000, 20)
        assert len(blocks) == 1000 and all(len(block) == 20 for block in blocks)
        struct.pack_into("<q", blocks[0], 0, -1)
        assert bytes(blocks[1][:8]) != b"\xff" * 8 or bytes(blocks[0][:8]) == b"\xff" * 8
        blocks[999][0] = 1
        del blocks


def test_a_loop_of_frames_uses_the_same_memory(alloc):
    def frame_of_work():
        with alloc.frame() as frame:
            for _ in range(100):
                frame.bytes(1000)
    for _ in range(20):
        frame_of_work()
    before = alloc.stats
    for _ in range(500):
        frame_of_work()
    after = alloc.stats
    assert after.backend_allocations == before.backend_allocations
    assert after.reserved_bytes == before.reserved_bytes
    assert after.frame.live_bytes == 0


def test_variables_of_the_last_frame_are_no_mistake(alloc):
    for number in range(50):
        with alloc.frame() as frame:
            block = frame.bytes(64)
            block[0] = number
    assert block[0] == 49
    assert alloc.quarantined == 1
    del block
    assert alloc.quarantined == 0


def test_survivors_are_safe_and_reported(alloc):
    with alloc.frame() as frame:
        kept = frame.bytes(64)
        kept[:] = b"k" * 64
    with pytest.raises(framealloc.SurvivorError, match=r"FA002.*frame 1 "):
        with alloc.frame() as frame:
            frame.bytes(64)[:] = b"o" * 64
    for _ in range(10):
        with alloc.frame() as frame:
            frame.bytes(100_000)[:] = b"o" * 100_000
    assert bytes(kept) == b"k" * 64
    del kept
    assert alloc.quarantined == 0


def test_slices_and_casts_are_survivors_too(strict):
    for derive in (lambda view: view[3:5], lambda view: view.cast("I"), lambda view: ctypes.c_char.from_buffer(view)):
        with pytest.raises(framealloc.SurvivorError):
            with strict.frame() as frame:
                kept = derive(frame.bytes(64))
        del kept
        assert strict.quarantined == 0


def test_survivors_as_warnings():
    with framealloc.Allocator(survivors="warn", grace=0) as alloc:
        with pytest.warns(framealloc.SurvivorWarning, match="FA002"):
            with alloc.frame() as frame:
                kept = frame.bytes(64)
        del kept


def test_an_exception_is_not_hidden_by_survivors(strict):
    with pytest.raises(KeyError):
        with strict.frame() as frame:
            kept = frame.bytes(10)
            raise KeyError(len(kept))


def test_cycles_are_no_survivors(strict):
    with strict.frame() as frame:
        ring = [frame.bytes(10)]
        ring.append(ring)
        del ring


def test_a_view_is_stale_after_its_frame(alloc):
    with alloc.frame() as frame:
        view = frame.view(64)
        view[3] = 9
        view[4:6] = b"ab"
        assert (view[3], view[4:6], len(view), view.valid) == (9, b"ab", 64, True)
    assert not view.valid
    with pytest.raises(framealloc.StaleError, match="FA002"):
        view[3]
    with pytest.raises(ReferenceError):
        view[3] = 1
    assert alloc.quarantined == 0


def test_use_after_the_frame(alloc):
    with alloc.frame() as frame:
        pass
    for use in (lambda: frame.bytes(1), lambda: frame.view(1), frame.end, lambda: frame.on_end(print)):
        with pytest.raises(framealloc.StaleError):
            use()
    with pytest.raises(framealloc.FrameError):
        frame.__enter__()


def test_begun_twice(alloc):
    with alloc.frame():
        with pytest.raises(framealloc.FrameError, match="FA004"):
            with alloc.frame():
                pass
        assert alloc.in_frame
    assert not alloc.in_frame


def test_wrong_thread(alloc):
    errors = []

    def use(frame):
        for call in (lambda: frame.bytes(8), lambda: frame.array("f4", 8), frame.end):
            try:
                call()
            except framealloc.ThreadError as error:
                errors.append(error)

    with alloc.frame() as frame:
        frame.bytes(8)
        thread = threading.Thread(target=use, args=(frame,))
        thread.start()
        thread.join()
    assert len(errors) == 3


def test_subframe_gives_back(alloc):
    with alloc.frame() as frame:
        frame.bytes(1000)
        before = frame.used
        with frame.subframe() as scope:
            frame.bytes(50_000)
            assert frame.used > before
        assert frame.used == before
        assert 50_000 <= scope.used < 50_200  # and what the scope itself takes


def test_subframe_keeps_what_is_looked_at(alloc):
    with alloc.frame() as frame:
        with frame.subframe():
            kept = frame.bytes(32)
            kept[:] = b"k" * 32
        frame.bytes(32)[:] = b"o" * 32
        assert bytes(kept) == b"k" * 32
        del kept


def test_checkpoint_rolls_back_on_exceptions_only(alloc):
    with alloc.frame() as frame:
        with frame.checkpoint():
            frame.bytes(160)
        kept = frame.used
        assert kept >= 160
        with pytest.raises(ZeroDivisionError):
            with frame.checkpoint():
                frame.bytes(3200)
                print(1 / 0)
        assert frame.used == kept
        with frame.checkpoint() as attempt:
            view = frame.view(16)
            attempt.rollback()
            assert not view.valid
        assert frame.used == kept


def test_on_end_runs_newest_first(alloc):
    said = []
    with alloc.frame() as frame:
        frame.on_end(lambda: said.append(1))
        frame.on_end(lambda: said.append(2))
        frame.on_end(lambda: said.append(3), ahead=1)
        assert said == []
    assert said == [2, 1]
    with alloc.frame():
        pass
    assert said == [2, 1, 3]


def test_memory_of_frames_to_come(alloc):
    with alloc.frame() as frame:
        coming = frame.ahead(2, 100)
        coming[:] = b"c" * 100
    for _ in range(2):
        with alloc.frame() as frame:
            frame.bytes(100)[:] = b"o" * 100
            assert bytes(coming) == b"c" * 100
    assert alloc.quarantined == 1
    for _ in range(20):
        later = alloc.frame().__enter__()
        later.bytes(200_000)[:] = b"l" * 200_000
        later.end(quiet=True)
    assert bytes(coming) == b"c" * 100
    del coming
    assert alloc.quarantined == 0


def test_hold_keeps_the_memory(alloc):
    with alloc.frame() as frame:
        frame.bytes(10_000)
        hold = frame.hold()
    assert alloc.stats.frame.live_bytes == 10_000
    hold.release()
    hold.release()
    assert alloc.stats.frame.live_bytes == 0


def test_retention(alloc):
    with alloc.frame() as frame:
        result = frame.retained(100, to="heap", type_name="result")
        result[:] = b"r" * 100
        frame.retained(10, to="discard")
        del result
    (promotion, block), (_, nothing) = frame.promotions
    assert (promotion.type_name, promotion.size, nothing) == ("result", 100, None)
    assert bytes(block.memory) == b"r" * 100
    assert frame.summary.to_heap.count == 1
    block.release()
    assert alloc.heap_blocks() == []


def test_retention_in_a_frame_to_come(alloc):
    with alloc.frame() as first:
        first.retained(10, ahead=2)[:] = b"r" * 10
    with alloc.frame() as second:
        second.retained(10, ahead=2)
        second.retained(10)
    with alloc.frame() as third:
        pass
    ((promotion, block),) = third.promotions
    assert bytes(block.memory) == b"r" * 10 and promotion.size == 10
    assert first.promotions == [] and len(second.promotions) == 1
    with alloc.frame() as fourth:
        assert fourth.drop_retained() == 1
    assert fourth.promotions == [] and alloc.recent_diagnostics() == []


def test_structure_of_arrays(alloc):
    with alloc.frame() as frame:
        columns = frame.soa(50, x="f4", id="u8")
        assert (len(columns["x"]), len(columns["id"])) == (50, 50)
        columns["id"][49] = 7
        assert columns["id"][49] == 7
        del columns


def test_bad_sizes(alloc):
    with alloc.frame() as frame:
        for size, error in ((-1, ValueError), ("many", ValueError), (2**63, MemoryError)):
            with pytest.raises(error):
                frame.bytes(size)
        with pytest.raises(framealloc.ArgumentError):
            frame.bytes(10, align=3)
        with pytest.raises((ValueError, MemoryError)):
            frame.array("f4", -1)


def test_frame_cap():
    with framealloc.Allocator(frame_cap="128 KiB") as alloc:
        with alloc.frame() as frame:
            with pytest.raises(framealloc.BudgetError, match="FA003"):
                for _ in range(20):
                    frame.bytes(10_000)
            assert frame.used <= 131_072
            assert frame.used >= 120_000


@pytest.mark.parametrize("debug", [False, True])
def test_debug_mode_gives_the_same_results(debug):
    with framealloc.Allocator(debug_mode=debug) as alloc:
        with alloc.frame() as frame:
            blocks = [frame.bytes(size) for size in range(1, 200)]
            for number, block in enumerate(blocks):
                block[:] = bytes([number % 256]) * len(block)
            assert all(set(block) == {number % 256} for number, block in enumerate(blocks))
            assert alloc.stats.frame.allocations == 199
            del block, blocks
