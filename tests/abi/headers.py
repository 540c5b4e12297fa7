#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Each public header compiles alone, and all of them in either order, as C17 and C++17 with every warning an error."""

import shutil

import abi

WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror".split()
COMPILERS = {
    "gcc": ["-x", "c", "-std=c17", "-Wstrict-prototypes"],
    "clang": ["-x", "c", "-std=c17", "-Wstrict-prototypes"],
    "g++": ["-x", "c++", "-std=c++17"],
    "clang++": ["-x", "c++", "-std=c++17"],
}


def programs():
    names = [header.name for header in abi.HEADERS]
    for name in names:
        yield name + " alone", [name]
        yield name + " twice", [name, name]
    yield "all in order", names
    yield "all in reverse", names[::-1]


def main():
    problems, compiled = [], 0
    for compiler, language in COMPILERS.items():
        if not shutil.which(compiler):
            print(f"left out: {compiler} is not installed")
            continue
        for what, names in programs():
            text = "".join(f"#include <framealloc/{name}>\n" for name in names)
            done = abi.run(compiler, *language, *WARNINGS, "-fsyntax-only", "-I", abi.INCLUDE, "-", input=text)
            compiled += 1
            if done.returncode != 0:
                problems.append(f"{what}, {compiler}:\n{done.stdout}")
    print(f"{compiled} compiled")
    abi.finish(problems if compiled else ["no compiler found"])


if __name__ == "__main__":
    main()
