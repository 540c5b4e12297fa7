# SPDX-License-Identifier: MIT OR Apache-2.0
import concurrent.futures
import queue
import threading

import framealloc
import pytest


def run_in_thread(function):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_each_thread_has_frames_of_its_own(alloc):
    def work(number):
        for _ in range(200):
            with alloc.frame() as frame:
                block = frame.bytes(100)
                block[:] = bytes([number]) * 100
                assert bytes(block) == bytes([number]) * 100
                del block
        return True

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert alloc.stats.frame.live_bytes == 0 and 1 <= len(alloc.lanes()) <= 5


def test_blocks_are_freed_elsewhere(alloc):
    blocks = [alloc.block(64, "pool") for _ in range(500)]
    run_in_thread(lambda: [block.release() for block in blocks])
    assert alloc.stats.pool.live_count == 0
    assert alloc.deferred_stats.sent == 500
    alloc.process_deferred()
    assert alloc.deferred_stats.pending == 0


def test_a_full_queue_may_wait(alloc):
    alloc.configure_deferred("explicit", capacity=10, full="block")
    assert alloc.deferred_config["capacity"] == 10
    blocks, stop = [alloc.block(64, "pool") for _ in range(100)], threading.Event()
    thread = threading.Thread(target=lambda: ([block.release() for block in blocks], stop.set()))
    thread.start()
    while not stop.wait(0.001):
        alloc.process_deferred(5)
    thread.join()
    alloc.process_deferred()
    assert alloc.deferred_stats.processed == 100


def test_lanes_are_bound_by_hand(alloc):
    job = alloc.lane("job")
    with job.bound():
        frame = alloc.frame()
        frame.__enter__()
        block = frame.bytes(100)
        block[:] = b"j" * 100
    with alloc.frame() as other:
        other.bytes(100)[:] = b"o" * 100
    with job.bound():
        assert alloc.in_frame and bytes(block) == b"j" * 100
        del block
        frame.end()
    assert job.stats.name == "job" and job.stats.frame_number == 1
    job.release()
    with pytest.raises(framealloc.StaleError):
        job.release()


def test_a_lane_in_use_is_not_bound(alloc):
    lane, errors = alloc.current_lane(), []
    alloc.block(8).release()

    def bind():
        try:
            with lane.bound():
                pass
        except framealloc.BusyError as error:
            errors.append(error)

    run_in_thread(bind)
    assert len(errors) == 1


def test_barrier(alloc):
    barrier, order, lock = alloc.barrier(seats=3, name="frame"), [], threading.Lock()

    def worker():
        for generation in range(20):
            with alloc.frame() as frame:
                frame.bytes(10)
                with lock:
                    order.append(generation)
            barrier.wait()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == sorted(order) and barrier.generation >= 20
    assert barrier.stats.arrivals >= 60


def test_barrier_times_out(alloc):
    barrier = alloc.barrier(seats=2)
    with pytest.raises(TimeoutError):
        barrier.wait(timeout=0.01)
    run_in_thread(barrier.signal)
    barrier.wait(timeout=5)
    barrier.destroy()
    with pytest.raises(framealloc.StaleError):
        barrier.wait()


def test_transfers(alloc):
    mail = queue.Queue()

    def receive():
        with alloc.frame():
            value = alloc.receive(mail.get(timeout=5))
            assert bytes(value.memory) == b"v" * 50
            block = value.take()
        return bytes(block.memory)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(receive)
        with alloc.frame():
            value = alloc.transfer(50)
            value.memory[:] = b"v" * 50
            mail.put(value.send())
        assert answer.result() == b"v" * 50
    assert alloc.transfer_stats.taken == 1 and alloc.transfer_stats.dropped == 0
    assert alloc.stats.pool.live_count == 0


def test_transfers_that_are_misused(alloc):
    with alloc.frame():
        value = alloc.transfer(50)
        looked_at = value.memory
        with pytest.raises(framealloc.PinnedError):
            value.send()
        del looked_at
        ident = value.send()
        with pytest.raises(framealloc.StaleError):
            value.memory[0]
        with pytest.raises(framealloc.StaleError):
            value.send()
        received = alloc.receive(ident)
        with pytest.raises(framealloc.Error, match="FA207"):
            alloc.receive(ident)
        received.drop()
        with pytest.raises(framealloc.NotFoundError):
            alloc.receive()


def test_events(alloc):
    seen = []
    with alloc.listen(lambda event: seen.append((event.kind, event.bytes)), ["frame-end", "alloc"]):
        with alloc.frame() as frame:
            frame.bytes("1 MiB")
        alloc.block(100, "pool").release()
    alloc.block(100, "pool").release()
    assert (2, 1 << 20) in seen and (2, 100) in seen
    assert sum(kind == 1 for kind, _ in seen) == 1 and len(seen) == 3


def test_a_listener_that_raises(alloc):
    def listener(event):
        raise ArithmeticError(event.kind)
    with alloc.listen(listener, ["frame-begin"]):
        with pytest.raises(ArithmeticError):
            with alloc.frame():
                pass
    assert not alloc.in_frame or alloc._core.lib.fa_frame_end(alloc.address) == 0


def test_frame_times(alloc):
    alloc.measure_frames()
    for _ in range(5):
        with alloc.frame() as frame:
            frame.bytes(1000)
    times = alloc.current_lane().frame_times
    assert times.frames == 5 and times.total_bytes >= 5000 and times.longest_ns >= times.last_ns > 0
