# SPDX-License-Identifier: MIT OR Apache-2.0
import ctypes
import gc
import mmap
import threading

import framealloc
import pytest
from framealloc import _abi, _callbacks, _load


def test_configuration():
    with framealloc.Allocator("high-performance", frame_cap="64 MiB", frame_reset_policy="decay") as alloc:
        config = alloc.config
        assert config["frame_cap"] == 64 << 20 and config["frame_reset_policy"] == _abi.FA_RESET_DECAY
    for settings, error in (({"frame_capp": 1}, TypeError), ({"frame_cap": "big"}, ValueError),
                            ({"preset": "tiny"}, ValueError), ({"frame_chunk_min": 5}, framealloc.ArgumentError),
                            ({"survivors": "hide"}, ValueError)):
        with pytest.raises(error):
            framealloc.Allocator(**settings)


def test_closed():
    alloc = framealloc.Allocator()
    frame, tag = alloc.frame(), alloc.tag("x")
    alloc.close()
    alloc.close()
    assert alloc.closed and "closed" in repr(alloc)
    for use in (alloc.frame().__enter__, frame.__enter__, tag.__enter__, lambda: alloc.stats, lambda: alloc.block(1),
                alloc.trim, lambda: alloc.address):
        with pytest.raises(framealloc.ClosedError):
            use()


def test_it_goes_with_its_last_name():
    alloc = framealloc.Allocator()
    pointer = alloc.address
    del alloc
    gc.collect()
    assert _load.fast.fa_allocator_references(pointer) == 0


def test_reports_become_exceptions_with_their_words(alloc):
    heard = []
    alloc.on_diagnostic(heard.append)
    with pytest.raises(framealloc.StaleError) as caught:
        with alloc.group() as group:
            group.destroy()
            group.bytes(1)
    assert caught.value.code == "FA401" and caught.value.status == _abi.FA_ERROR_STALE
    assert "help: " in str(caught.value) and caught.value.diagnostic.note
    assert heard[0].code == "FA401"


def test_warnings_of_the_library_are_warnings(alloc):
    with pytest.warns(framealloc.DiagnosticWarning, match="FA009"):
        with alloc.frame() as frame:
            frame.retained(10)
            alloc._core.state.promotes = 0


def test_an_exception_in_the_sink(alloc):
    def sink(diagnostic):
        raise NotImplementedError(diagnostic.code)
    alloc.on_diagnostic(sink)
    with pytest.raises(NotImplementedError, match="FA501"):
        framealloc._errors.check(alloc._core.lib.fa_release(alloc.address, 4096))


def test_callbacks_are_forgotten():
    gc.collect()
    before = len(_callbacks.functions)
    for _ in range(50):
        with framealloc.Allocator() as alloc:
            alloc.on_budget(lambda event: None)
            alloc.set_budget(hard="1 MiB", tag="x", decide=lambda event: "fail")
            with alloc.frame() as frame:
                frame.on_end(lambda: None)
            with alloc.listen(lambda event: None):
                pass
    assert len(_callbacks.functions) == before
    assert not _callbacks.kept


def test_callbacks_survive_collection(alloc):
    said = []
    with alloc.frame() as frame:
        frame.on_end(lambda: said.append(len(said)))
        gc.collect()
    with alloc.listen(lambda event: said.append("event"), ["alloc"]):
        gc.collect()
        alloc.block(10).release()
    assert said == [0, "event"]


def test_exceptions_of_cleanup_functions(alloc):
    with pytest.raises(KeyError, match="first"):
        with alloc.frame() as frame:
            frame.on_end(lambda: {}["second"])
            frame.on_end(lambda: {}["first"])
    with alloc.frame():
        pass


def test_a_borrowed_allocator():
    host = framealloc.Allocator()
    lib, a = host._core.lib, host.address
    assert lib.fa_frame_begin(a) == 0
    with framealloc.Allocator.borrow(a) as guest:
        with guest.running_frame() as frame:
            frame.bytes(100)[:] = b"g" * 100
            view = frame.view(10)
            kept = frame.bytes(10)
            kept[:] = b"k" * 10
        assert guest.in_frame and lib.fa_frame_used(a) == 144
        assert lib.fa_frame_end(a) == 0
        assert not view.valid and bytes(kept) == b"k" * 10 and guest.quarantined == 1
        with pytest.raises(framealloc.FrameError):
            with guest.running_frame() as frame:
                frame.bytes(10)
        del kept
        assert guest.quarantined == 0
        host.close()
        assert lib.fa_allocator_references(a) == 1
        guest.block(10).release()
    assert lib.fa_allocator_references(a) == 0
    with pytest.raises(framealloc.ClosedError):
        framealloc.Allocator.borrow(a)


def test_a_host_is_not_left_with_functions_of_python():
    with framealloc.Allocator() as host:
        told = []
        guest = framealloc.Allocator.borrow(host.address)
        guest.listen(told.append, ["frame-end"])
        guest.on_budget(told.append)
        guest.on_diagnostic(told.append)
        guest.attach_profiler(told.append)
        guest.set_budget(hard=1000, tag="script", decide=lambda event: told.append(event) or "fail")
        guest.close()
        with host.attach_profiler(lambda event: None):  # there is one place for a profiler
            with host.frame() as frame, host.tag("script"):
                frame.bytes(5000)
        assert not told and host.tag("script").budget.hard_limit == 0 and host.references == 1


def test_a_view_of_a_frame_that_the_host_ends():
    with framealloc.Allocator() as host:
        lib, a = host._core.lib, host.address
        lib.fa_frame_begin(a)
        with host.running_frame() as frame:
            view = frame.view(16)
            view[0] = 1
            lib.fa_frame_end(a)
            with pytest.raises(framealloc.StaleError):
                view[0]
            lib.fa_frame_begin(a)
            with pytest.raises(framealloc.StaleError):
                view[0]
            frame._limit = 0
        lib.fa_frame_end(a)


def test_a_backend_in_python():
    taken = {}

    def allocate(size, alignment):
        memory = mmap.mmap(-1, size + alignment)
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        address = (base + alignment - 1) & -alignment
        taken[address] = (memory, size, alignment)
        return address

    def deallocate(address, size, alignment):
        assert taken.pop(address)[1:] == (size, alignment)

    with framealloc.Allocator(backend=(allocate, deallocate)) as alloc:
        with alloc.frame() as frame:
            frame.bytes(100_000)[:] = b"b" * 100_000
        alloc.block("1 MiB", "heap").release()
        assert sum(size for _, size, _ in taken.values()) == alloc.stats.reserved_bytes > 0
        threads = [threading.Thread(target=lambda: alloc.block(5000).release()) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        alloc.trim()
    assert not taken


def test_a_backend_that_raises():
    def allocate(size, alignment):
        raise PermissionError(size)
    with pytest.raises((PermissionError, MemoryError)):
        with framealloc.Allocator(backend=(allocate, lambda *_: None)) as alloc:
            alloc.block("1 MiB", "heap")
    _callbacks.kept.clear()


def test_destroy_waits_or_refuses():
    alloc = framealloc.Allocator()
    view = alloc.block(10).memory
    with pytest.raises(framealloc.BusyError):
        alloc.destroy(timeout=0.01)
    del view
    alloc.destroy()
    assert alloc.closed


def test_trim_and_heap_blocks(alloc):
    blocks = [alloc.block("1 MiB", "heap") for _ in range(3)]
    assert {address for address, _ in alloc.heap_blocks()} == {block.address for block in blocks}
    for block in blocks:
        block.release()
    assert alloc.trim() >= 3 << 20
    assert framealloc.library_version == framealloc.__version__


def test_the_low_layer_is_there_for_the_rest(alloc):
    assert framealloc.backend_available("mmap") and not framealloc.backend_available(99)
    assert framealloc.calls.fa_version() == framealloc.constants.FA_VERSION
    magazine = framealloc.constants.fa_magazine()
    assert framealloc.calls.fa_magazine_open(alloc.address, ctypes.byref(magazine), 64, 16) == 0
    block = framealloc.calls.fa_magazine_refill(ctypes.byref(magazine))
    assert alloc.owns(block)
    assert framealloc.calls.fa_magazine_empty(ctypes.byref(magazine), block) == 0
    assert framealloc.calls.fa_magazine_close(ctypes.byref(magazine)) == 0
    assert alloc.stats.pool.live_count == 0
