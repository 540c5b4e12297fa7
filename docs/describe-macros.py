#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Doxygen input filter: gives each macro the words that stand beside it in the header.

A comment above a run of #define lines speaks for all of them, and the annotation macros are described by the table at
the head of their header. Doxygen wants a comment per macro.
"""

import re
import sys

DEFINE = re.compile(r"#define (FA_\w+|fa_\w+)")
TABLE_ROW = re.compile(r"^ \* \| (FA_[^|]*) \| ([^|]*) \|$", re.M)
COMPILER_SUPPORT = "Spells what the annotations above need from the compiler."


def annotations(text: str) -> dict:
    return {
        name: meaning
        for names, meaning in TABLE_ROW.findall(text)
        for name in re.findall(r"FA_\w+", names)
    }


def described(lines: list, table: dict) -> list:
    result, run = [], ""
    for previous, line in zip([""] + lines, lines):
        define = DEFINE.match(line)
        if previous.endswith("*/") and previous.startswith("/**"):
            run = previous.strip("/* ")
        elif not (previous.startswith("#define") or previous.endswith("\\") or previous.startswith("    ")):
            run = ""
        if define and "/**" not in line and not previous.endswith("*/"):
            words = table.get(define.group(1), run or (COMPILER_SUPPORT if table else ""))
            result += [f"/** {words} */"] if words else []
        result.append(line)
    return result


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        content = source.read()
    if sys.argv[1].endswith(".h"):
        content = "\n".join(described(content.split("\n"), annotations(content)))
    sys.stdout.write(content)
