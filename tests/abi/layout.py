#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Sizes and offsets of the public structs are the same however a program is compiled."""

import pathlib
import shutil
import tempfile

import abi

BUILDS = [
    ("gcc", "-std=c17", "-O0"),
    ("gcc", "-std=c17", "-O2", "-DNDEBUG"),
    ("gcc", "-std=gnu17", "-O3", "-g", "-D_GNU_SOURCE", "-DDEBUG", "-DFA_STATISTICS=0", "-DFA_DEBUG_SUPPORT=0"),
    ("gcc", "-std=c17", "-Os", "-fshort-enums", "-fsanitize=address"),
    ("g++", "-x", "c++", "-std=c++17", "-O2"),
    ("clang", "-std=c17", "-O0"),
    ("clang", "-std=c17", "-O2", "-DNDEBUG"),
    ("clang++", "-x", "c++", "-std=c++17", "-O2"),
]


def program(structs):
    lines = ["#include <framealloc/framealloc.h>", "#include <stdio.h>", "int main(void) {"]
    for name, members in structs.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        lines += [f'printf("{name}.{member} %zu\\n", offsetof({name}, {member}));' for member in members]
    return "\n".join(lines + ["return 0;", "}"])


def main():
    structs = abi.public_structs()
    seen = {}
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory) / "layout.c"
        source.write_text(program(structs), encoding="utf-8")
        for build in BUILDS:
            if shutil.which(build[0]):
                binary = source.with_suffix("")
                abi.output(*build, "-I", abi.INCLUDE, source, "-o", binary)
                seen[" ".join(build)] = abi.output(binary)
            else:
                print(f"left out: {build[0]} is not installed")
    first = next(iter(seen))
    print(f"{len(structs)} structs, {len(seen)} builds\n{seen[first]}")
    problems = [f"{build} differs from {first}:\n{text}" for build, text in seen.items() if text != seen[first]]
    if len(structs) < 5 or len(seen) < 2:
        problems.append("too little to compare")
    abi.finish(problems)


if __name__ == "__main__":
    main()
