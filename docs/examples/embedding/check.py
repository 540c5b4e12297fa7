#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""check.py lua|python SCRIPTS [TOOL...] PROGRAM: a script that wants too much gets an error; the engine goes on."""

import pathlib
import re
import subprocess
import sys

PACKAGES = {"lua": "liblua5.4-dev", "python": "libpython3-dev"}
FRAMES = 60
BUDGET = 262144
SCRIPTS = ("patrol.lua", "hoarder.lua", "reckless.lua")
USAGE = re.compile(r"^(\S+) +(\d+) bytes in use, +(\d+) at most of +(\d+), (\d+) refused$", re.M)
LUA_SAYS = ["[FA302] budget of a tag used up: ",
            "script::reckless stopped: ",
            "trail: a budget is used up",
            "script::hoarder stopped: not enough memory",
            "patrol: a large map: not enough memory; a small one has 1024"]
PYTHON_SAYS = ["[FA302] budget of a tag used up: ",
               "greedy: MemoryError",
               "Python heard of 60 frames",
               "60 frames, heat 54000, read from the frame in 60 of them, 2 references"]


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)
    print(done.stdout + done.stderr)
    return done


def expect(condition, problem):
    if not condition:
        sys.exit(problem)


def usage(text):
    return {name: tuple(map(int, figures)) for name, *figures in USAGE.findall(text)}


def runs(says, *command):
    done = run(*command)
    expect(done.returncode == 0 and not done.stderr, f"it ended with {done.returncode}")
    for words in says:
        expect(words in done.stdout, f"missing: {words}")
    return done.stdout


def lua_runs_with_a_runaway(scripts, program):
    said = runs(LUA_SAYS, *program, BUDGET, FRAMES, *[scripts / name for name in SCRIPTS])
    running, closed = map(usage, said.split("all closed\n"))
    expect(set(running) == {"script::patrol", "script::hoarder", "script::reckless"}, f"figures of {set(running)}")
    for name, (used, peak, limit, refused) in running.items():
        expect(0 < peak <= limit == BUDGET and refused > 0, f"{name}: {peak} of {limit}, {refused} refused")
        expect((used > 0) == (name == "script::patrol"), f"{name} uses {used} bytes after {FRAMES} frames")
    expect(all(used == 0 for used, *_ in closed.values()), "memory is left when all states are closed")


def lua_starts_within_any_budget(scripts, program):
    """Wherever memory runs out, the host gets an error of Lua: never an end of the process."""
    failures = 0
    for budget in range(256, 40000, 2503):
        done = run(*program, budget, 2, scripts / "patrol.lua")
        expect(done.returncode == 0, f"{budget} bytes: it ended with {done.returncode}")
        failures += "did not start" in done.stdout or "stopped" in done.stdout
    expect(failures > 5, f"only {failures} budgets were too small")


def python_runs_with_a_runaway(scripts, program):
    said = runs(PYTHON_SAYS, *program, scripts, FRAMES)
    used, peak, limit, refused = usage(said)["python"]
    expect(0 < used < peak <= limit and refused > 0, f"{used} bytes, {peak} of {limit}, {refused} refused")


def python_ends_with_a_listener(scripts, program):
    runs(["Python heard of 11 frames"], *program, scripts, 11)


CHECKS = {"lua": [lua_runs_with_a_runaway, lua_starts_within_any_budget],
          "python": [python_runs_with_a_runaway, python_ends_with_a_listener]}


def main():
    language, scripts, *program = sys.argv[1:]
    if not program:
        print(f"skipped: {PACKAGES[language]} is not installed")
        sys.exit(77)
    for check in CHECKS[language]:
        check(pathlib.Path(scripts), program)


if __name__ == "__main__":
    main()
