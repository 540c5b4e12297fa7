# SPDX-License-Identifier: MIT OR Apache-2.0
import subprocess
import sys

import framealloc
import pytest

WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None
import framealloc
with framealloc.Allocator() as alloc:
    with alloc.frame() as frame:
        grid = frame.zeros("f4", (3, 4))
        grid[2, 3] = 1.5
        print(type(grid).__name__, grid.shape, grid.format, grid[2, 3], grid[0, 0])
        grid.release()
        try:
            frame.array("complex64", 3)
        except TypeError as error:
            print("TypeError")
"""


def run(program):
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_numpy_is_not_imported_before_it_is_wanted():
    assert run("import sys, framealloc; print('numpy' in sys.modules)") == "False\n"


def test_without_numpy():
    assert run(WITHOUT_NUMPY) == "memoryview (3, 4) f 1.5 0.0\nTypeError\n"


AT_ONCE = """
import framealloc, sys, threading
ready, threads = threading.Barrier(4), []
def work():
    with alloc.frame() as frame:
        ready.wait()
        frame.array("f4", 10)
with framealloc.Allocator() as alloc:
    for _ in range(4):
        threads.append(threading.Thread(target=work))
        threads[-1].start()
    for thread in threads:
        thread.join()
"""


def test_numpy_is_imported_by_several_threads_at_once():
    pytest.importorskip("numpy")
    done = subprocess.run([sys.executable, "-c", AT_ONCE], check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_arrays_of_numpy(alloc):
    numpy = pytest.importorskip("numpy")
    with alloc.frame() as frame:
        contacts, ids = frame.array("f4", (1024, 3)), frame.array("u8", 10)
        contacts[:] = 1
        ids[:] = 2
        more = [frame.array("u8", 10) for _ in range(100)]
        for number, one in enumerate(more):
            one[:] = number
        assert contacts.dtype == numpy.float32 and contacts.shape == (1024, 3)
        assert contacts.sum() == 3072 and ids.sum() == 20
        assert all((one == number).all() for number, one in enumerate(more))
        assert all(one.__array_interface__["data"][0] % 16 == 0 for one in more)
        del contacts, ids, more, one


def test_mixed_types_keep_their_alignment(alloc):
    pytest.importorskip("numpy")
    with alloc.frame() as frame:
        made = [frame.array(kind, count) for count in range(1, 40) for kind in ("u1", "f8", "i2", "c16")]
        for array in made:
            array[:] = 1
        assert sum(int(array.sum().real) for array in made) == 4 * sum(range(1, 40))
        assert all(array.flags.aligned for array in made)
        del array, made


def test_an_array_that_outlives_its_frame(strict):
    pytest.importorskip("numpy")
    for derive in (lambda array: array, lambda array: array[3:7], lambda array: array.reshape(4, 4).T):
        with pytest.raises(framealloc.SurvivorError):
            with strict.frame() as frame:
                frame.array("f4", 16)
                kept = derive(frame.array("f4", 16))
                kept[:] = 3
        with strict.frame() as frame:
            frame.zeros("f4", 1000)
        assert (kept == 3).all()
        del kept
        assert strict.quarantined == 0


def test_a_copy_may_outlive_its_frame(strict):
    pytest.importorskip("numpy")
    with strict.frame() as frame:
        copy = frame.zeros("f4", 16).copy()
    assert copy.sum() == 0


def test_zeros_and_empty_shapes(alloc):
    pytest.importorskip("numpy")
    with alloc.frame() as frame:
        assert frame.zeros("i4", (100, 100)).any() == False  # noqa: E712
        assert frame.array("i4", 0).size == 0
        assert frame.array("i4", (3, 0)).shape == (3, 0)


def test_blocks_and_views_as_arrays(alloc):
    pytest.importorskip("numpy")
    block = alloc.block(400)
    array = block.array("f4", 100)
    array[:] = 2
    with pytest.raises(framealloc.PinnedError):
        block.release()
    assert block.array("f4", 100).sum() == 200
    del array
    block.release()
    with alloc.frame() as frame:
        view = frame.view(40)
        assert len(view.array("u4")) == 10
