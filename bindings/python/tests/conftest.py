# SPDX-License-Identifier: MIT OR Apache-2.0
import framealloc
import pytest


@pytest.fixture(name="alloc")
def _alloc():
    """An allocator that must have nothing in use when the test is over."""
    allocator = framealloc.Allocator()
    yield allocator
    allocator.close()
    assert allocator._core._in_use == 0, "something outlived the test"


@pytest.fixture(name="strict")
def _strict():
    """An allocator that lets no view outlive its frame."""
    with framealloc.Allocator(grace=0) as allocator:
        yield allocator
