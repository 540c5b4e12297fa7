# SPDX-License-Identifier: MIT OR Apache-2.0
import ctypes

import framealloc
import pytest


class Contact(ctypes.Structure):
    _fields_ = [("depth", ctypes.c_double), ("body", ctypes.c_int32)]


def test_vector_of_numbers(alloc):
    with alloc.frame() as frame:
        vector = frame.vector(ctypes.c_int64, 8)
        vector.extend([5, 1, 4])
        vector.append(2)
        vector.insert(0, 9)
        assert list(vector) == [9, 5, 1, 4, 2] and len(vector) == 5 and vector.capacity == 8
        vector.sort()
        assert list(vector) == [1, 2, 4, 5, 9]
        vector.sort(key=lambda item: item % 4, reverse=True)
        assert list(vector) == [2, 1, 5, 9, 4]
        assert vector.find(lambda item: item > 4) == 2 and vector.find(lambda item: item > 99) is None
        assert vector.index(9) == 3 and vector.index(8) is None
        vector.remove(0)
        vector.remove(0, keep_order=False)
        assert list(vector) == [4, 5, 9] and vector.pop() == 9 and vector[-1] == 5
        vector[0] = 40
        assert vector.retain(lambda item: item > 10) == 1 and list(vector) == [40]
        with pytest.raises(framealloc.FullError):
            vector.extend(range(8))
        with pytest.raises(IndexError):
            vector[1]
        vector.clear()
        with pytest.raises(framealloc.NotFoundError):
            vector.pop()
    for use in (lambda: vector[0], lambda: vector.append(1), lambda: vector.find(bool), lambda: list(vector.sort())):
        with pytest.raises(framealloc.StaleError):
            use()


def test_vector_of_structs(alloc):
    with alloc.frame() as frame:
        contacts = frame.vector(Contact, 100)
        contacts.extend(Contact(depth, body) for depth, body in ((0.5, 1), (0.1, 2)))
        contacts.sort(key=lambda contact: contact.depth)
        assert [contact.body for contact in contacts] == [2, 1]


def test_exceptions_in_callbacks_of_vectors(alloc):
    def broken(item):
        raise KeyError(item)
    with alloc.frame() as frame:
        vector = frame.vector(ctypes.c_int32, 4)
        vector.extend([3, 1, 2])
        for call in (lambda: vector.sort(key=broken), lambda: vector.find(broken), lambda: vector.retain(broken)):
            with pytest.raises(KeyError):
                call()


@pytest.mark.parametrize("key,keys", [(str, ["one", "zwölf", "", "x" * 300]), (ctypes.c_int64, [1, -5, 0, 2**40])])
def test_maps(alloc, key, keys):
    with alloc.frame() as frame:
        found = frame.map(ctypes.c_double, 4, key)
        for number, name in enumerate(keys):
            found[name] = number
        found[keys[0]] = 0.5
        assert dict(found) == {keys[0]: 0.5, keys[1]: 1, keys[2]: 2, keys[3]: 3} and len(found) == 4
        assert keys[1] in found and found.get(keys[2]) == 2
        with pytest.raises(framealloc.FullError):
            found["another" if key is str else 77] = 1
        del found[keys[3]]
        with pytest.raises(KeyError):
            del found[keys[3]]
        with pytest.raises(KeyError):
            found[keys[3]]
        found.clear()
        assert list(found) == []
    for use in (lambda: found[keys[0]], lambda: list(found), lambda: found.clear()):
        with pytest.raises(framealloc.StaleError):
            use()


def test_one_block_of_many(alloc):
    for scope in (alloc.group("g"), alloc.task("t")):
        first, second = scope.bytes(100), scope.bytes(200)
        scope.free(first)
        with pytest.raises(ValueError):
            first[0]
        with pytest.raises(framealloc.ArgumentError):
            scope.free(memoryview(bytearray(10)))
        second[:] = b"s" * 200
        slice_of_second = second[10:]
        scope.free(second)
        assert bytes(slice_of_second) == b"s" * 190 and alloc.quarantined == 1
        del slice_of_second
        assert alloc.quarantined == 0
    scope.end()
    alloc.find_group("g").destroy()


def test_what_is_retained_by_tag_and_phase(alloc):
    with alloc.tag("save"), alloc.frame() as frame:
        with alloc.phase("write"):
            view = frame.bytes(64)
            view[:] = b"w" * 64
            frame.retain(view, to="pool")
            del view
    ((_, block),) = frame.promotions
    assert bytes(block.memory) == b"w" * 64
    assert alloc.promotions(tag="save").to_pool.bytes == 64
    assert alloc.promotions(phase="write").to_pool.count == 1
    assert alloc.promotions(phase="other").to_pool.count == 0
    assert alloc.promotions().to_pool.count == 1


def test_what_there_is(alloc):
    assert alloc.references == 1 and alloc.task_count == 0 and alloc.events_suppressed == 0
    alloc.scratch("s").bytes(10)
    assert alloc.scratch_pools() == ["s"]
    alloc.reset_scratch_pools()
    assert alloc.scratch("s").stats.blocks.live_count == 0
    with alloc.tag("a"), alloc.tag("a::b"):
        assert alloc.current_tag == "a::b"
    assert alloc.current_tag is None
    with alloc.frame():
        ident = alloc.transfer_of(b"copied").send()
        received = alloc.receive(ident)
        assert bytes(received.memory) == b"copied"
        received.drop()
    with alloc.stream() as stream:
        asset = stream.reserve(3)
        assert asset.read() is None
        with asset.load() as memory:
            memory[:] = b"abc"
        assert asset.read() == b"abc"
