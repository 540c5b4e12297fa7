#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The simulation in Python: see README.md."""

import ctypes

import framealloc

FRAMES, BODIES, ENTITIES_MAX = 120, 256, 16


class Entity(ctypes.Structure):
    _fields_ = [("born", ctypes.c_int32), ("health", ctypes.c_int32)]


def physics(alloc, frame, number):
    with alloc.tag("physics"):
        bodies = frame.array("f4", BODIES)
        for index in range(BODIES):
            bodies[index] = number * 0.25 + index
        return float(sum(float(body) for body in bodies))


def particles(alloc, frame, number):
    with alloc.tag("particles"):
        for _ in range(number % 50):
            frame.bytes(48)


def planning(frame):
    """A guess that does not work out: what it took is undone."""
    before = frame.used
    with frame.subframe():
        frame.bytes(10_000)
    return frame.used - before


def births_and_deaths(entities, number):
    if number % 10 == 0:
        entities.take(born=number, health=100)
    for entity in entities:
        entity.value.health -= 1
        if entity.value.health == 0 or number - entity.value.born > 60:
            entity.give()


def report_level(alloc):
    with alloc.group("level") as level:
        for index in range(1, 11):
            level.bytes(index * 100)
        print(f"level: {level.stats.count} blocks, {level.stats.bytes} bytes")


def report_refusal(alloc):
    with alloc.frame() as frame, alloc.tag("particles"):
        try:
            frame.bytes(100_000)
        except framealloc.BudgetError as error:
            print(f"100000 bytes of particles: status {error.status}")


def main():
    with framealloc.Allocator(frame_cap="1 MiB") as alloc:
        alloc.set_budget(hard="64 KiB", tag="particles")
        with alloc.object_pool(Entity, ENTITIES_MAX) as entities:
            total, undone = 0.0, 0
            for number in range(1, FRAMES + 1):
                with alloc.frame() as frame:
                    total += physics(alloc, frame, number)
                    particles(alloc, frame, number)
                    undone += planning(frame)
                    births_and_deaths(entities, number)
            print(f"{FRAMES} frames, sum {total:.1f}, {undone} bytes left of planning")
            taken = {name: alloc.tag(name).stats.frame_total_bytes for name in ("physics", "particles")}
            print(f"physics {taken['physics']} bytes, particles {taken['particles']} bytes")
            print(f"{len(entities)} entities")
            report_level(alloc)
            report_refusal(alloc)
        stats = alloc.stats
        print(f"left: {stats.frame.live_bytes} frame bytes, {stats.heap.live_count} heap blocks")


if __name__ == "__main__":
    main()
