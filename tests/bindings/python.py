#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""python.py LIBRARY pytest|newer|types|leaks: the tests of the Python package, also on a newer Python, its types, and
what Valgrind makes of a run through everything."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings/python"
PURE = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "attr", "attrs")
LEAKS = """
import ctypes, framealloc, sys
from test_process import everything
for _ in range(3):
    with framealloc.Allocator() as alloc:
        for _ in range(3):
            everything(alloc)
if sys.argv[1:] == ["lose"]:
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    malloc(12345)
"""
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def says(python, program):
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def with_module(module):
    """An interpreter that has a module: the one at hand, or the system's, to which Debian's packages belong."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and says(python, f"import {module}; print('there')"):
            return python
    return None


def environment(library, *paths):
    return {**os.environ, "FRAMEALLOC_LIBRARY": str(pathlib.Path(library).resolve()), "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(map(str, [PACKAGE, *paths]))}


def pytest(python, library, *paths, options=()):
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT,
               PACKAGE / "tests", *options]
    return subprocess.run(command, env=environment(library, *paths), check=False).returncode


def newer(library, python):
    """The tests on the newest other Python 3 at hand, with the pytest that the system's has."""
    version = says(python, "import sys; print(sys.version_info[1])")
    found = [path for minor in range(20, int(version), -1) for path in [shutil.which(f"python3.{minor}")] if path]
    runs = [path for path in found if says(path, "print('runs')")]
    if not runs:
        skip(f"no Python newer than 3.{version}")
    with tempfile.TemporaryDirectory() as name:
        for module in PURE:
            where = says(python, f"import {module}; print({module}.__file__)")
            source = pathlib.Path(where) if where else None
            if source:
                source = source.parent if source.name == "__init__.py" else source
                (pathlib.Path(name) / source.name).symlink_to(source)
        if not says(runs[0], f"import sys; sys.path.insert(0, {name!r}); import pytest; print('there')"):
            skip(f"{runs[0]} cannot use this pytest")
        print(runs[0], flush=True)
        return pytest(runs[0], library, name, options=["--assert=plain"])  # which no Python has outgrown


def types(library):
    tool = shutil.which("mypy")
    if not tool:
        skip("mypy is not installed")
    with tempfile.TemporaryDirectory() as cache:
        command = [tool, "--config-file", ROOT / "pyproject.toml", "--cache-dir", cache, "-p", "framealloc"]
        good = subprocess.run(command, cwd=PACKAGE, env=environment(library), check=False).returncode
        wrong = pathlib.Path(cache) / "wrong.py"
        wrong.write_text("import framealloc\nframealloc.Allocator().block(8).address.upper()\n", encoding="utf-8")
        done = subprocess.run([*command[:-2], wrong], env={**environment(library), "MYPYPATH": str(PACKAGE)},
                              check=False, capture_output=True, text=True)
    if '"int" has no attribute "upper"' not in done.stdout:
        print(f"a wrong program passes:\n{done.stdout}{done.stderr}")
        return 1
    return good


def leaks(library, python):
    """No block is lost and no memory misused; a block that is lost on purpose is found."""
    tool = shutil.which("valgrind")
    if not tool:
        skip("valgrind is not installed")
    command = [tool, "--quiet", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
               "--error-exitcode=9", python, "-c", LEAKS]
    surroundings = {**environment(library, PACKAGE / "tests"), "PYTHONMALLOC": "malloc"}
    clean = subprocess.run(command, env=surroundings, check=False).returncode
    wrong = subprocess.run([*command, "lose"], env=surroundings, capture_output=True, text=True, check=False)
    if "12,345 bytes in 1 blocks are definitely lost" not in wrong.stderr:
        print(f"a lost block is not found:\n{wrong.stderr}")
        return 1
    return clean


def main():
    library, what = sys.argv[1:]
    if what == "types":
        sys.exit(types(library))
    python = with_module("pytest")
    if python is None:
        skip("pytest is not installed")
    sys.exit({"newer": newer, "leaks": leaks}[what](library, python) if what != "pytest" else pytest(python, library))


if __name__ == "__main__":
    main()
