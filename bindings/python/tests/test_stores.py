# SPDX-License-Identifier: MIT OR Apache-2.0
import ctypes

import framealloc
import pytest


class Unit(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("health", ctypes.c_int32)]


def test_object_pool(alloc):
    with alloc.object_pool(Unit, maximum=3) as units:
        first, second = units.take(x=1.5), units.take(health=7)
        assert (first.value.x, first.value.health, second.value.health) == (1.5, 0, 7)
        first.value.x += 1
        assert units[first.id].x == 2.5 and first.id in units and len(units) == 2
        units.take()
        with pytest.raises(framealloc.FullError):
            units.take()
        assert {unit.id for unit in units} >= {first.id, second.id}
        first.give()
        assert not first.alive and first.id not in units and len(units) == 2
        with pytest.raises(framealloc.StaleError):
            first.value.x = 1
        with pytest.raises(framealloc.StaleError, match="FA401"):
            units.give(first)
        again = units.take()
        assert again.id != first.id and again != first and again == framealloc.Object(units, again.id)
        units.clear()
        assert (len(units), units.maximum) == (0, 3)


def test_constructor_and_destructor(alloc):
    gone = []
    def construct(unit):
        unit.x, unit.health = 0, 100
    with alloc.object_pool(Unit, constructor=construct, destructor=lambda unit: gone.append(unit.health)) as units:
        unit = units.take(x=3)
        assert (unit.value.x, unit.value.health) == (3, 100)
        unit.value.health = 40
        unit.give()
        units.take()
    assert gone == [40, 100]


def test_a_constructor_that_raises(alloc):
    def construct(unit):
        raise KeyError("no such unit")
    with alloc.object_pool(Unit, constructor=construct) as units:
        with pytest.raises(KeyError, match="no such unit"):
            units.take()
        assert len(units) == 0


def test_handles(alloc):
    handle = alloc.handle(100)
    with handle.pin() as memory:
        memory[:] = b"h" * 100
        with pytest.raises(framealloc.PinnedError, match="FA403"):
            handle.free()
        del memory
    assert handle.valid and len(handle) == 100
    handle.free()
    assert not handle.valid
    with pytest.raises(framealloc.StaleError, match="FA401"):
        with handle.pin():
            pass


def test_a_pin_lasts_as_long_as_somebody_looks(alloc):
    handle = alloc.handle(10)
    with handle.pin() as memory:
        pass
    memory[0] = 1
    with pytest.raises(framealloc.PinnedError):
        handle.free()
    del memory
    handle.free()


def test_defragmentation(alloc):
    moved = []
    alloc.on_relocated(lambda handle, before, after, size: moved.append(size))
    handles = [alloc.handle(1000) for _ in range(2000)]
    for number, handle in enumerate(handles):
        with handle.pin() as memory:
            memory[:2] = number.to_bytes(2, "little")
            del memory
    for handle in handles[::2]:
        handle.free()
    before = alloc.handle_stats
    done = alloc.defragment()
    after = alloc.handle_stats
    assert done.finished and done.moved == len(moved) > 0 and set(moved) == {1000}
    assert after.reserved_bytes < before.reserved_bytes and after.live_count == 1000
    for number, handle in enumerate(handles):
        if number % 2:
            with handle.pin() as memory:
                assert int.from_bytes(memory[:2], "little") == number
                del memory
    assert sum(handle.moves for handle in handles[1::2]) == len(moved)
    alloc.on_relocated(None)
    for handle in handles[1::2]:
        handle.free()


def test_an_exception_in_a_relocation(alloc):
    def relocated(*_):
        raise LookupError("moved")
    alloc.on_relocated(relocated)
    handles = [alloc.handle(1000) for _ in range(2000)]
    for handle in handles[::2]:
        handle.free()
    with pytest.raises(LookupError, match="moved"):
        alloc.defragment()
    alloc.on_relocated(None)


def load(asset, data):
    with asset.load() as memory:
        memory[:] = data
        del memory


def test_streaming(alloc):
    told = []
    with alloc.stream("1 KiB", on_evicted=lambda ident, memory: told.append((ident, bytes(memory[:1])))) as stream:
        first = stream.reserve(600, name="first")
        assert not first.ready and first.info.name == "first"
        load(first, b"f" * 600)
        assert first.ready
        with first.pin() as memory:
            assert bytes(memory) == b"f" * 600
            with pytest.raises(framealloc.BudgetError, match="FA402"):
                stream.reserve(600)
            del memory
        second = stream.reserve(600, priority="high")
        assert told == [(first.id, b"f")] and stream.evicted() == [first.id] and stream.evicted() == []
        load(second, b"s" * 600)
        with pytest.raises(framealloc.Error, match="FA404"):
            load(second, b"s" * 600)
        with second.load(replace=100) as memory:
            memory[:] = b"t" * 100
            del memory
        with second.pin() as memory:
            assert bytes(memory) == b"t" * 100
            del memory
        assert stream.stats.ready_assets == 1 and stream.stats.used == 100
        assert stream.budget(50) == 50
        assert stream.evict(0) == 100
        second.free()
        with pytest.raises(framealloc.StaleError):
            second.info


def test_a_load_that_fails_is_abandoned(alloc):
    with alloc.stream() as stream:
        asset = stream.reserve(100)
        with pytest.raises(OSError):
            with asset.load() as memory:
                asset.progress(50)
                raise OSError(len(memory))
        assert asset.info.loading == 0 and not asset.ready and stream.stats.abandoned == 1
        load(asset, b"x" * 100)
        assert asset.ready
