#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The compilers' analysers see wrong releases through the attributes in the headers, and no fault where there is none.

Releasing with the wrong function is beyond clang before version 20, whose analyser knows one family of allocators.
"""

import pathlib
import re
import shutil

import abi

HERE = pathlib.Path(__file__).parent
ANALYSERS = {
    "gcc": (
        ["gcc", "-std=c17", "-fanalyzer", "-c", "-o", "/dev/null"],
        {
            "mismatched_free": "should have been deallocated with .fa_release. but was deallocated with .free.",
            "mismatched_release": "should have been deallocated with .free. but was deallocated with .fa_release.",
            "leak": "leak of .block.",
            "twice": "double-.fa_release. of .block.",
        },
    ),
    "clang": (
        ["clang", "-std=c17", "--analyze", "-Xclang", "-analyzer-output=text"],
        {
            "leak": "Potential leak of memory pointed to by 'block'",
            "twice": "Attempt to free released memory",
        },
    ),
}


def function_lines(source):
    """First and last line of each function definition."""
    lines, places, name, start = source.read_text(encoding="utf-8").splitlines(), {}, None, 0
    for number, line in enumerate(lines, 1):
        if re.match(r"\w.*\)$", line):
            name, start = re.search(r"(\w+)\(", line).group(1), number
        elif line == "}":
            places[name] = range(start, number + 1)
    return places


def warnings(command, source):
    text = abi.output(*command, "-I", abi.INCLUDE, source)
    return [(int(line), words) for line, words in re.findall(r"\.c:(\d+):\d+: warning: (.*)", text)]


def main():
    wrong, right, problems = HERE / "analyzed_wrong.c", HERE / "analyzed_right.c", []
    places = function_lines(wrong)
    for name, (command, expected) in ANALYSERS.items():
        if not shutil.which(name):
            print(f"left out: {name} is not installed")
            continue
        seen = warnings(command, wrong)
        problems += [f"{name} does not report {function}()" for function, words in expected.items()
                     if not any(line in places[function] and re.search(words, text) for line, text in seen)]
        problems += [f"{name} reports a right program: {text}" for _, text in warnings(command, right)]
    abi.finish(problems)


if __name__ == "__main__":
    main()
