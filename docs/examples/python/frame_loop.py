#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""frame_loop.py [PNG]: where the memory of a frame loop goes, as a picture. The cells run in any notebook editor."""

# %% A small game: particles that live for a while, contacts that live for a frame, a level that lives for long.
import ctypes
import math
import sys

import framealloc
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  pylint: disable=wrong-import-position

FRAMES = 240
KIB = 1024


class Particle(ctypes.Structure):
    _fields_ = [("x", ctypes.c_float), ("y", ctypes.c_float), ("frames_left", ctypes.c_int32)]


def physics(alloc, frame, number):
    """Contacts come in bursts: a pile that collapses, twice."""
    pile = 900 * math.exp(-((number - 80) / 14) ** 2) + 600 * math.exp(-((number - 170) / 9) ** 2)
    with alloc.tag("physics"), alloc.phase("physics"):
        contacts = frame.array("f4", (120 + int(pile), 8))
        contacts[:] = number
        with frame.subframe():
            frame.bytes(16 * KIB)  # the solver's, gone before rendering


def effects(alloc, frame, particles, number):
    with alloc.tag("effects"), alloc.phase("effects"):
        if number % 3 == 0:
            for spark in range(12):
                particles.take(x=spark, y=number, frames_left=20 + spark)
        for particle in list(particles):
            particle.value.frames_left -= 1
            if particle.value.frames_left <= 0:
                particle.give()
        for _ in range(len(particles)):
            frame.bytes(64)  # a vertex record for each


def draw(alloc, frame):
    with alloc.tag("render"), alloc.phase("render"):
        frame.bytes(40 * KIB)


# %% Run it, and note what each frame took, by phase.
def run():
    history = {"physics": [], "effects": [], "render": [], "peak": [], "reserved": [], "particles": []}
    with framealloc.Allocator(frame_cap="1 MiB") as alloc, alloc.object_pool(Particle) as particles:
        alloc.set_budget(hard="256 KiB", soft="48 KiB", tag="physics")
        for number in range(FRAMES):
            with alloc.frame() as frame:
                physics(alloc, frame, number)
                effects(alloc, frame, particles, number)
                draw(alloc, frame)
            for phase in alloc.phases():
                history[phase.name].append(phase.bytes / KIB)
            history["peak"].append(max(phase.peak_bytes for phase in alloc.phases()) / KIB)
            history["reserved"].append(alloc.stats.reserved_bytes / KIB)
            history["particles"].append(len(particles))
        warnings = [event for event in alloc.budget_events() if event.kind == framealloc.constants.FA_BUDGET_EVENT_SOFT]
        print(f"{FRAMES} frames, {alloc.stats.frame.allocations:,} blocks, {len(warnings)} times over the soft budget")
        print(f"the last frame left {alloc.stats.frame.live_bytes} bytes")
    return history


# %% Show it.
def plot(history, path):
    figure, (above, below) = plt.subplots(2, 1, figsize=(10, 6), sharex=True, height_ratios=[3, 1])
    names = ["render", "effects", "physics"]
    above.stackplot(range(FRAMES), *(history[name] for name in names), labels=names,
                    colors=["#9db4c0", "#5c6b73", "#e07a5f"])
    above.set_ylabel("KiB taken in a frame")
    above.set_title("Frame memory by phase: all of it goes at the end of each frame")
    above.legend(loc="upper right", frameon=False)
    below.plot(history["particles"], color="#3d405b", label="live particles in their pool")
    below.plot(history["reserved"], color="#81b29a", label="KiB held from the system")
    below.set_ylim(bottom=0)
    below.set_xlabel("frame")
    below.legend(loc="lower right", frameon=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    plot(run(), sys.argv[1] if len(sys.argv) > 1 else "frame-loop.png")
