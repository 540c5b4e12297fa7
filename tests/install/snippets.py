#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""snippets.py LIBRARY: compiles every C block of the README and the guides, and runs those that are programs.

A block with a main() is a program, one that starts at the left margin with a function stands at file level, and any
other is a stretch of code in a function that has an allocator `a`.
"""

import pathlib
import re
import sys
import tempfile

import tap

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-pthread", f"-I{ROOT / 'include'}"]
BLOCK = re.compile(r"^```c\n(.*?)^```", re.M | re.S)
FUNCTION = re.compile(r"^[a-z][\w \*]*\([^;]*\)\n\{", re.M)
PRELUDE = "#include <framealloc/framealloc.h>\n#include <assert.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <string.h>\n"


def blocks():
    for guide in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = guide.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            yield guide, line, match.group(1)


def compile_block(directory, library, guide, line, block):
    program = "int main(" in block
    if program:
        text = f'#line {line} "{guide}"\n{block}'
    elif FUNCTION.search(block):
        text = f'{PRELUDE}#line {line} "{guide}"\n{block}'
    else:
        text = f'{PRELUDE}void snippet(fa_allocator *a);\nvoid snippet(fa_allocator *a)\n{{\n#line {line} "{guide}"\n{block}}}\n'
    source, binary = directory / "snippet.c", directory / "snippet"
    source.write_text(text, encoding="utf-8")
    if not program:
        tap.output("cc", *FLAGS, "-fsyntax-only", source)
        return
    tap.output("cc", *FLAGS, source, "-o", binary, library, f"-Wl,-rpath,{pathlib.Path(library).resolve().parent}")
    tap.expect(tap.output(binary).strip() != "", f"{guide}:{line}: the program prints nothing")


def main():
    library = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        tap.main([
            (f"{guide.relative_to(ROOT)} line {line}",
             lambda guide=guide, line=line, block=block: compile_block(directory, library, guide, line, block))
            for guide, line, block in blocks()
        ])


if __name__ == "__main__":
    main()
