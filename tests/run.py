#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the stages of the test command and counts. Logs stay in the build directories below build-tests/."""

import collections
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILDS = ROOT / "build-tests"
JOBS = os.environ.get("JOBS", str(min(os.cpu_count() or 1, 4)))
LEAN = [f"-D{name}=disabled" for name in ("benchmarks", "examples", "docs", "tools", "lint", "python", "lua", "csharp")]
GOOD = {"OK", "EXPECTEDFAIL"}

Stage = collections.namedtuple("Stage", "options suites tools compiler setup environment", defaults=("", "", {}))


def sanitized(what):
    return [f"-Db_sanitize={what}", "-Db_lundef=false", *LEAN]


def variant(suites, *options):
    return Stage([*options, *LEAN], suites, [])


QUIET_PLACE = {"TSAN_OPTIONS": "halt_on_error=1:allocator_may_return_null=1", "UBSAN_OPTIONS": "halt_on_error=1",
               "ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1"}

# One stage soaks as long as FRAMEALLOC_SOAK_SECONDS says.
LONG_SOAK, SHORT_SOAK_SECONDS = "release", "5"

# Every stage treats compiler warnings as errors.
STAGES = {
    "release": Stage([], [], ["gcc", "doxygen"], "gcc"),
    "clang": Stage(LEAN, ["unit", "property", "stress"], ["clang"], "clang"),
    "ndebug": Stage(["-Db_ndebug=true", "--buildtype=release", *LEAN], ["unit", "property", "ndebug"], []),
    "address": Stage(sanitized("address,undefined"), ["unit", "property", "stress"], ["gcc"], "gcc", "", QUIET_PLACE),
    "thread": Stage(sanitized("thread"), ["unit", "stress"], ["gcc"], "gcc", "", QUIET_PLACE),
    "valgrind": Stage(LEAN, ["unit"], ["valgrind"], "", "valgrind"),
    # Most unit tests check by the figures, which this build has not; these do without them.
    "no-statistics": Stage(["-Dstatistics=false"], ["options", "abi"], []),
    "no-prefetch": variant(["unit", "options"], "-Dprefetch=false"),
    "no-debug": variant(["unit", "options"], "-Ddebug_support=false"),
    "dynamic-tls": variant(["unit", "options", "stress"], "-Dtls_model=dynamic"),
    "aarch64": Stage(["--cross-file", "tests/cross/aarch64.ini", *LEAN], ["unit", "property", "stress"],
                     ["aarch64-linux-gnu-gcc", "qemu-aarch64"], "", "emulated", {"FRAMEALLOC_STRESS_SCALE": "2"}),
}


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, result):
        if result in GOOD:
            self.passed += 1
        elif result == "SKIP":
            self.skipped += 1
        else:
            self.failed += 1

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self):
        line = f"{self.passed} passed, {self.failed} failed"
        return line + f", {self.skipped} skipped" if self.skipped else line


def execute(command, environment):
    """Runs a command; its output is shown only if it fails."""
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-60:]), flush=True)
    return done.returncode == 0


def build(directory, stage, environment):
    shutil.rmtree(directory, ignore_errors=True)
    return execute(["meson", "setup", directory, ROOT, "--werror", "-Dtests=enabled", *stage.options], environment) and \
        execute(["meson", "compile", "-C", directory, "-j", JOBS], environment)


def show(test):
    print(f"  {test['result']}: {test['name']}")
    for stream in ("stdout", "stderr"):
        for line in (test.get(stream) or "").splitlines()[-25:]:
            print(f"    {line}")


def reasons(test):
    lines = ((test.get("stdout") or "") + (test.get("stderr") or "")).splitlines()
    said = [line for line in lines if "skip" in line.lower()]
    return said[0].strip() if said else "no reason given"


def test(directory, stage, environment):
    """Runs the tests of a stage and counts what the log says."""
    log = directory / "meson-logs" / f"testlog{'-' + stage.setup if stage.setup else ''}.json"
    command = ["meson", "test", "-C", directory, "--no-rebuild", "--num-processes", JOBS]
    command += [word for suite in stage.suites for word in ("--suite", suite)]
    command += ["--setup", stage.setup] if stage.setup else []
    subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.STDOUT, check=False)
    count = Count()
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    for entry in entries:
        count.add(entry["result"])
        if entry["result"] == "SKIP":
            print(f"  skipped: {entry['name']}: {reasons(entry)}")
        elif entry["result"] not in GOOD:
            show(entry)
    if not entries:
        print("  no test was run")
        count.failed += 1
    return count


def hindrance(name, stage):
    if name == platform.machine():
        return "this machine is one, and all other stages run on it"
    tools = ["meson", "ninja", *stage.tools]
    return next((f"{tool} is not installed" for tool in tools if not shutil.which(tool)), None)


def run(name, stage):
    count, start, directory = Count(), time.monotonic(), BUILDS / name
    environment = {**os.environ, **stage.environment, **({"CC": stage.compiler} if stage.compiler else {})}
    if name != LONG_SOAK:
        environment["FRAMEALLOC_SOAK_SECONDS"] = SHORT_SOAK_SECONDS
    hindered = hindrance(name, stage)
    print(f"== {name}", flush=True)
    if hindered:
        print(f"  skipped: {hindered}")
        count.skipped += 1
    elif not build(directory, stage, environment):
        print("  does not build")
        count.failed += 1
    else:
        count = test(directory, stage, environment)
    print(f"== {name}: {count}; {time.monotonic() - start:.0f} s", flush=True)
    return count


def main(names):
    if names == ["--list"]:
        print("\n".join(STAGES))
        return 0
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"no such stage: {', '.join(unknown)}; there are {', '.join(STAGES)}")
        return 2
    total = Count()
    for name in names or STAGES:
        total += run(name, STAGES[name])
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
