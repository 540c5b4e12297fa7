#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Counts the instructions of each fast path exactly and compares them with the limits in instructions.json.

The program runs under callgrind with two different repeat counts. What its functions differ by, divided by what the
counts differ by, is the cost of one operation: everything that happens once cancels out. The bare loop is taken off.
"""

import argparse
import collections
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Dict, List

FEW, MANY = 1000, 3000
SKIPPED = 77


def skip(reason: str) -> None:
    print(f"SKIP: {reason}")
    sys.exit(SKIPPED)


def inclusive_costs(profile: str) -> Dict[str, int]:
    """Instructions spent in and below each op_ function, from the calls lines of a callgrind profile."""
    names: Dict[str, str] = {}
    costs: Dict[str, int] = collections.Counter()
    callee, expect_cost = "", False
    for line in profile.splitlines():
        named = re.match(r"c?fn=(\(\d+\))(?: (.*))?", line)
        if named:
            names.setdefault(named[1], named[2] or "")
            callee = names[named[1]] if line.startswith("cfn=") else ""
        elif expect_cost:
            costs[callee] += int(line.split()[-1])
        expect_cost = line.startswith("calls=")
    return {name.split("'")[0]: cost for name, cost in costs.items() if name.startswith("op_")}


def run(command: List[str], **environment: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"FAIL: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}")


def count(directory: pathlib.Path, repeats: int) -> Dict[str, int]:
    profile = directory / f"profile-{repeats}"
    run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", str(directory / "program"), str(repeats)],
        LD_LIBRARY_PATH=str(directory))
    return inclusive_costs(profile.read_text())


def per_operation(program: str, library: str, soname: str) -> Dict[str, float]:
    """Counts on copies without debug information, which valgrind may be too old to read."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        run(["strip", "--strip-debug", "-o", str(directory / "program"), program])
        run(["strip", "--strip-debug", "-o", str(directory / soname), library])
        few, many = count(directory, FEW), count(directory, MANY)
    cost = {name[len("op_"):]: (many[name] - few[name]) / (MANY - FEW) for name in many}
    loop = cost.pop("loop")
    return {name: value - loop for name, value in cost.items()}


def compare(measured: Dict[str, float], limits: Dict[str, int]) -> bool:
    good = True
    for name in sorted({*measured, *limits}):
        if name not in measured or name not in limits:
            found = f"{measured[name]:.2f} instructions, no limit" if name in measured else "not measured"
            print(f"FAIL {name}: {found}")
            good = False
            continue
        within = measured[name] <= limits[name]
        print(f"{'ok  ' if within else 'FAIL'} {name}: {measured[name]:.2f} instructions, at most {limits[name]}")
        good = good and within
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the compiled instructions.c")
    parser.add_argument("--library", required=True, help="the shared library it is linked with")
    parser.add_argument("--soname", default="libframealloc.so.1")
    parser.add_argument("--limits", default=str(pathlib.Path(__file__).with_name("instructions.json")))
    parser.add_argument("--optimization", default="2", help="optimisation level of the build; limits hold for 2 and 3")
    parser.add_argument("--sanitize", default="none", help="sanitizers of the build")
    arguments = parser.parse_args()
    if arguments.sanitize != "none":
        skip(f"instructions of a build with {arguments.sanitize} sanitizer say nothing")
    if arguments.optimization not in ("2", "3"):
        skip(f"limits are those of optimised builds, this one is -O{arguments.optimization}")
    if platform.machine() != "x86_64":
        skip(f"limits are those of x86_64, this is {platform.machine()}")
    for tool in ("valgrind", "strip"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    limits = json.loads(pathlib.Path(arguments.limits).read_text())
    sys.exit(0 if compare(per_operation(arguments.program, arguments.library, arguments.soname), limits) else 1)


if __name__ == "__main__":
    main()
