#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The registry of diagnostic codes: what is made from it is up to date, what it names exists, nothing was reused.

codes.txt holds every code that was ever given out. A new one is added to it; no line of it changes."""

import pathlib
import re
import subprocess
import sys

import abi

ROOT = abi.ROOT
GENERATOR = ROOT / "lib/diag/codes.py"
LEDGER = pathlib.Path(__file__).with_name("codes.txt")


def reused(constants):
    given = dict(line.split() for line in LEDGER.read_text().splitlines())
    for name, number in given.items():
        if constants.get(name) != number:
            yield f"{name} was {number}, and is {constants.get(name, 'gone')}"
    for name in constants.keys() - given.keys():
        yield f"{name} is not in {LEDGER.name}"


def names_nothing(headers):
    known = set(re.findall(r"\b(?:fa|FA)_\w+", headers))
    texts = (ROOT / "lib/diag/codes.def").read_text()
    texts = re.sub(r'"\s*\n\s*"', "", texts)
    for name in sorted(set(re.findall(r"\b((?:fa|FA)_\w+)\*?", texts))):
        stem = name.rstrip("_")
        if stem != "FA_DIAGNOSTIC" and not any(found.startswith(stem) for found in known):
            yield f"the texts name {name}, which is in no header"


def main():
    problems = []
    done = subprocess.run([sys.executable, GENERATOR], capture_output=True, text=True)
    print(done.stdout, end="")
    if done.returncode != 0:
        problems.append(done.stderr)
    constants = dict(re.findall(r"#define (FA_CODE_\w+) +(\d+)", (abi.INCLUDE / "framealloc/codes.h").read_text()))
    headers = "".join(header.read_text() for header in abi.HEADERS)
    problems += reused(constants)
    problems += names_nothing(headers)
    abi.finish(problems)


if __name__ == "__main__":
    main()
