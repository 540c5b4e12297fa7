#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""languages.py LIBRARY CORES [ASSEMBLY]: the same program prints the same in every language that this machine has."""

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


def in_lua(library, cores, name):
    core = cores / name.removeprefix("lua") / "framealloc/core.so"
    if not shutil.which(name):
        raise tap.Skip(f"{name} is not installed")
    if name != "luajit" and not core.exists():
        raise tap.Skip(f"there is no core for {name}")
    environment = {**os.environ, "FRAMEALLOC_LIBRARY": str(library), "LUA_PATH": f"{ROOT / 'bindings/lua'}/?.lua;;",
                   "LUA_CPATH": f"{core.parents[1]}/?.so;;"}
    compare(output(name, PROGRAMS / "simulation.lua", env=environment))


def in_csharp(library, assembly):
    if assembly is None or not shutil.which("mono"):
        raise tap.Skip("Mono is not installed")
    with tempfile.TemporaryDirectory() as name:
        room = pathlib.Path(name)
        shutil.copy(assembly, room)
        shutil.copy(ROOT / "bindings/csharp/Framealloc/Framealloc.dll.config", room)
        program = room / "simulation.exe"
        output("mcs", "-langversion:7.2", "-warn:4", "-warnaserror+", f"-r:{room / 'Framealloc.dll'}", f"-out:{program}",
               PROGRAMS / "simulation.cs")
        compare(output("mono", program, env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)}))


def main():
    library, cores, *assembly = (pathlib.Path(name).resolve() for name in sys.argv[1:])
    lua = [(name, lambda name=name: in_lua(library, cores, name))
           for name in ("lua5.1", "lua5.2", "lua5.3", "lua5.4", "luajit")]
    tap.main([
        ("C", lambda: in_c(library)),
        ("Python", lambda: in_python(library)),
        *lua,
        ("C#", lambda: in_csharp(library, assembly[0] if assembly else None)),
    ])


if __name__ == "__main__":
    main()
