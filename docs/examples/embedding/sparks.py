# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the engine draws: floats in memory of the engine's running frame, filled by Python."""

import engine
import framealloc

COUNT = 200
state = {}


def prepare(_):
    state["memory"] = framealloc.Allocator.borrow(engine.allocator)


def update(number):
    with state["memory"].running_frame() as frame:
        heat = frame.bytes(COUNT * 4).cast("f")
        for i in range(COUNT):
            heat[i] = (i + number) % 10
        return heat


def finish(_):
    state["memory"].close()
