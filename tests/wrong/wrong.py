#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""wrong.py TOOL NAME PROGRAM: runs a program that misuses memory and checks that the tool names the mistake."""

import os
import re
import shutil
import subprocess
import sys
from typing import Dict, List

SKIPPED = 77

# What each tool has to say, in this order, as regular expressions. None: the tool says nothing of this kind of mistake.
ALLOCATED_BY_MAIN = r"allocated by main"
POISONED = r"ERROR: AddressSanitizer: use-after-poison"
FINDINGS: Dict[str, Dict[str, List[str]]] = {
    "pool_overflow": {
        "debug": [r"\[FA507\] error: write past the end of a block", r"40 bytes at 0x\w+ \(pool\): 1 byte past its end",
                  ALLOCATED_BY_MAIN],
        "asan": [POISONED, r"in write_too_far"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_too_far", r"0 bytes after a block of size 40 client-defined"],
    },
    "heap_overflow": {
        "debug": [r"\[FA507\]", r"100000 bytes at 0x\w+ \(heap\): 1 byte past its end is overwritten, the first at offset 100003",
                  ALLOCATED_BY_MAIN],
        "asan": [POISONED, r"in write_too_far"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_too_far", r"3 bytes after a block of size 100,000"],
    },
    "underflow": {
        "debug": [r"\[FA508\] error: write in front of a block", r"the nearest at offset -1", ALLOCATED_BY_MAIN],
        "asan": [POISONED, r"in write_too_early"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_too_early", r"1 bytes before a block of size 100"],
    },
    "frame_overflow": {
        "debug": [r"\[FA507\]", r"100 bytes at 0x\w+ \(frame\): 1 byte past its end", ALLOCATED_BY_MAIN],
        "asan": [POISONED, r"in write_too_far"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_too_far", r"0 bytes after a block of size 100"],
    },
    "use_after_release": {
        "debug": [r"\[FA509\] error: write into a block after its release", r"the first at offset 5", ALLOCATED_BY_MAIN,
                  r"released by main"],
        "asan": [POISONED, r"in write_late"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_late", r"5 bytes inside a block of size 64 free'd"],
    },
    "double_release": {
        "debug": [r"\[FA502\] error: block released twice", r"released before by main", ALLOCATED_BY_MAIN],
        "asan": [r"\[FA502\] error: block released twice"],
        "valgrind": [r"\[FA502\] error: block released twice"],
    },
    "use_after_frame": {
        "debug": [r"\[FA010\] error: frame memory used after its frame ended", r"is byte 7 of 64 bytes at", r"of frame 1",
                  ALLOCATED_BY_MAIN],
        "asan": [POISONED, r"in write_late"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_late", r"7 bytes inside a block of size 64 free'd",
                     r"end_slow|fa_frame_end"],
    },
    "use_after_rollback": {
        "asan": [POISONED, r"in write_late"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_late", r"7 bytes inside a block of size 64 free'd",
                     r"fa_frame_rollback"],
    },
    "use_after_scratch_reset": {
        "asan": [POISONED, r"in write_late"],
        "valgrind": [r"Invalid write of size 1", r"by 0x\w+: write_late", r"7 bytes inside a block of size 64 free'd",
                     r"fa_scratch_reset"],
    },
    "leak": {
        "debug": [r"\[FA506\] warning: block never released", r"1 block of 5000 bytes \(heap\), allocated by forget < main"],
        "asan": [r"\[FA506\] warning: block never released", r"1 block of 5000 bytes \(heap\), allocated by forget < main"],
        "valgrind": [r"\[FA506\] warning: block never released", r"1 block of 5000 bytes \(heap\), allocated by forget < main"],
    },
    "lost": {
        "debug": [r"\[FA510\] warning: blocks in use for long", r"1 block of 300 bytes \(pool\), allocated by forget < main"],
        "asan": [r"\[FA510\] warning: blocks in use for long", r"1 block of 300 bytes \(pool\), allocated by forget < main"],
        "valgrind": [r"\[FA510\] warning: blocks in use for long", r"1 block of 300 bytes \(pool\), allocated by forget < main"],
    },
    "right": {"debug": [], "asan": [], "valgrind": []},
}

COMMANDS = {
    "debug": [],
    "asan": [],
    "valgrind": ["valgrind", "--quiet", "--num-callers=30", "--leak-check=full", "--show-leak-kinds=definite"],
}
OPTIONS = {"debug": "all", "asan": "cheap", "valgrind": "cheap"}


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def output_of(tool: str, program: str) -> str:
    done = subprocess.run([*COMMANDS[tool], program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "FRAMEALLOC_DEBUG": OPTIONS[tool]})
    return done.stdout


def missing(patterns: List[str], text: str) -> List[str]:
    """The patterns that are not in the text, or not behind the one before."""
    absent = []
    at = 0
    for pattern in patterns:
        found = re.compile(pattern).search(text, at)
        if found is None:
            absent.append(pattern)
        else:
            at = found.end()
    return absent


def main() -> None:
    tool, name, program = sys.argv[1:]
    if tool not in FINDINGS[name]:
        skip(f"{tool} says nothing of this")
    if tool == "valgrind" and shutil.which("valgrind") is None:
        skip("valgrind is not installed")
    text = output_of(tool, program)
    print(text)
    patterns = FINDINGS[name][tool]
    if patterns == [] and text != "":
        sys.exit("FAIL: something was found where nothing is wrong")
    absent = missing(patterns, text)
    if absent:
        sys.exit("FAIL: not said, or not in this order:\n" + "\n".join(absent))


if __name__ == "__main__":
    main()
