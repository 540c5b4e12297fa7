#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""languages.py LIBRARY: the same program prints the same in every language that this machine has."""

import difflib
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "install"))
import tap  # noqa: E402
from tap import output  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "docs/examples/languages"
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]


def compare(said):
    expected = (PROGRAMS / "expected.txt").read_text(encoding="utf-8")
    if said != expected:
        raise tap.Failure("\n".join(difflib.unified_diff(expected.splitlines(), said.splitlines(), "expected", "said")))


def in_c(library):
    if not shutil.which("cc"):
        raise tap.Skip("there is no C compiler")
    with tempfile.TemporaryDirectory() as name:
        program = pathlib.Path(name) / "simulation"
        output("cc", "-std=c17", *WARNINGS, f"-I{ROOT / 'include'}", PROGRAMS / "simulation.c", "-o", program, library,
               f"-Wl,-rpath,{library.parent}")
        compare(output(program))


def in_python(library):
    environment = {**os.environ, "FRAMEALLOC_LIBRARY": str(library), "PYTHONPATH": str(ROOT / "bindings/python")}
    compare(output(sys.executable, PROGRAMS / "simulation.py", env=environment))


def main():
    library = pathlib.Path(sys.argv[1]).resolve()
    tap.main([("C", lambda: in_c(library)), ("Python", lambda: in_python(library))])


if __name__ == "__main__":
    main()
