# SPDX-License-Identifier: MIT OR Apache-2.0
import framealloc
import pytest
from framealloc import _abi


def test_tags_count_what_is_taken_under_them(alloc):
    with alloc.frame() as frame:
        frame.bytes(160)
        with alloc.tag("ai"):
            frame.bytes(320)
            with alloc.tag("ai::pathfinding"):
                frame.bytes(640)
            frame.bytes(320)
        frame.bytes(160)
        assert alloc.tag("ai").stats.frame.live_bytes == 640
        assert alloc.tag("ai::pathfinding").stats.frame.live_bytes == 640
        assert alloc.tag("ai").stats.nested_live_bytes == 1280
    assert alloc.tag("ai").stats.frame.live_bytes == 0
    assert [tag.path for tag in alloc.tags()] == ["ai", "ai::pathfinding"]


def test_blocks_keep_their_tag(alloc):
    with alloc.tag("audio"):
        block = alloc.block(64, "pool")
    assert alloc.tag("audio").stats.pool.live_count == 1
    block.release()
    assert alloc.tag("audio").stats.pool.live_count == 0


def test_tags_that_cannot_be(alloc):
    for path in ("", "a::", "x" * 100):
        with pytest.raises(framealloc.ArgumentError):
            alloc.tag(path)
    tag = alloc.tag("once")
    with pytest.raises(framealloc.FrameError, match="FA008"):
        tag.__exit__(None, None, None)


def test_phases(alloc):
    with alloc.frame() as frame:
        with alloc.phase("physics"):
            frame.bytes(320)
            with alloc.phase("broad"):
                frame.bytes(640)
        with alloc.phase("render"):
            frame.bytes(160)
        assert [phase.name for phase in alloc.phases(running=True)] == ["physics", "broad", "render"]
    physics, broad, render = alloc.phases()
    assert (physics.bytes, broad.bytes, render.bytes) == (960, 640, 160)
    assert (physics.level, broad.level, broad.parent, broad.entered) == (0, 1, 0, 1)
    with pytest.raises(framealloc.FrameError, match="FA001"):
        with alloc.phase("outside"):
            pass


def test_budget_of_a_tag(alloc):
    alloc.set_budget(hard="64 KiB", soft="32 KiB", tag="net")
    told = []
    alloc.on_budget(told.append)
    with alloc.frame() as frame, alloc.tag("net") as tag:
        with pytest.raises(framealloc.BudgetError, match="FA302"):
            for _ in range(100):
                frame.bytes(4096)
        assert 32_768 < tag.budget.used <= 65_536
        assert tag.remaining < 8192
    kinds = {event.kind for event in told}
    assert kinds >= {_abi.FA_BUDGET_EVENT_SOFT, _abi.FA_BUDGET_EVENT_HARD}
    assert [event.kind for event in alloc.budget_events()] == [event.kind for event in told]
    alloc.on_budget(None)


def test_a_decision_in_python(alloc):
    asked = []

    def decide(event):
        asked.append(event.requested)
        return "allow" if len(asked) < 3 else "fail"

    alloc.set_budget(hard="4 KiB", tag="mods", decide=decide)
    with alloc.tag("mods"):
        blocks = [alloc.block(4096, "heap"), alloc.block(4096, "heap"), alloc.block(4096, "heap")]
        with pytest.raises(MemoryError):
            alloc.block(4096, "heap")
    assert len(asked) == 3 and len(blocks) == 3


def test_a_decision_that_raises(alloc):
    def decide(event):
        raise RuntimeError("undecided")
    alloc.set_budget(hard="4 KiB", tag="mods", decide=decide)
    with alloc.tag("mods"):
        with pytest.raises(RuntimeError, match="undecided"):
            alloc.block(100_000, "heap")


def test_budgets_of_allocator_and_lane(alloc):
    alloc.set_budget(hard="1 MiB")
    assert alloc.budget().hard_limit == 1 << 20 and alloc.remaining <= 1 << 20
    with pytest.raises(framealloc.BudgetError, match="FA301"):
        alloc.block("8 MiB")
    alloc.set_budget(hard="8 KiB", intent="pool")
    assert alloc.budget(intent="pool").hard_limit == 8192
    with pytest.raises(framealloc.BudgetError, match="FA303"):
        kept = [alloc.block(1024, "pool") for _ in range(9)]
        print(len(kept))
    with pytest.raises(ValueError, match="none of"):
        alloc.set_budget(hard=1, policy="maybe")
