#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""check.py PROGRAM: runs the game with its hooks in order, and with each mistake that the library is to name."""

import subprocess
import sys

TURN = 'on thread "engine-sdl"'
RUNS = [
    ([], 0, "60 turns, 60 frames, 30000 sparks drawn, 0 hooks missing", []),
    (
        ["--minimise", "5"],
        2,
        "60 turns, 59 frames, 29500 sparks drawn, 2 hooks missing",
        [
            "[framealloc][FA102] error: frame hooks not run this frame\n"
            f"  note: the pre-frame hook of SDL engine did not run in turn 6 of its loop ({TURN}, after frame 5)\n",
            f"  note: the post-frame hook of SDL engine did not run in turn 6 of its loop ({TURN}, after frame 5)\n",
        ],
    ),
    (
        ["--forget", "post", "--turns", "3"],
        3,
        "3 turns, 3 frames, 1500 sparks drawn, 3 hooks missing",
        [
            "[framealloc][FA101] error: engine hooks not registered\n"
            f"  note: the post-frame hook of SDL engine has never run by turn 1 of its loop ({TURN}, in frame 1)\n"
            "  help: call fa_engine_pre_frame() at the start and fa_engine_post_frame() at the end of the engine's loop\n",
        ],
    ),
    (
        ["--forget", "pre", "--turns", "3"],
        3,
        "3 turns, 0 frames, 0 sparks drawn, 3 hooks missing",
        ["[framealloc][FA001] error", "[framealloc][FA005] error", "the pre-frame hook of SDL engine has never run"],
    ),
]


def problems_of(program, arguments, result, summary, messages):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != result:
        yield f"result {done.returncode}, expected {result}"
    for text, stream in [(summary, done.stdout)] + [(message, done.stderr) for message in messages]:
        if text not in stream:
            yield f"{text!r} is not in\n{stream}"
    if not messages and done.stderr:
        yield f"says {done.stderr}"


def main():
    failed = False
    for arguments, result, summary, messages in RUNS:
        for problem in problems_of(sys.argv[1], arguments, result, summary, messages):
            print(f"{' '.join(arguments)}: {problem}")
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
