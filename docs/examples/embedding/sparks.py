# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the engine draws: floats in memory of the engine's running frame, filled by Python."""

import engine
import framealloc

COUNT = 200
state = {}


def prepare(_):
    memory = state["memory"] = framealloc.Allocator.borrow(engine.allocator)
    state["ends"] = 0
    memory.listen(count, ["frame-end"])


def count(_):
    state["ends"] += 1


def update(number):
    with state["memory"].running_frame() as frame:
        heat = frame.bytes(COUNT * 4).cast("f")
        for i in range(COUNT):
            heat[i] = (i + number) % 10
        return heat


def finish(_):
    print(f"Python heard of {state['ends']} frames", flush=True)
    if state["ends"] % 2 == 0:  # otherwise the end of Python does it
        state["memory"].close()
