#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Installs the Python package as its users do: from a wheel that was built, and straight from the source tree."""

import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "install"))
import tap  # noqa: E402
from tap import expect, output  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = """
import framealloc, pathlib
with framealloc.Allocator(frame_cap="1 MiB") as alloc:
    with alloc.frame() as frame:
        frame.bytes(100)[:] = b"x" * 100
        print(framealloc.library_version, alloc.stats.frame.live_bytes)
print(pathlib.Path(framealloc.library_path).parent)
"""
PIP = ["-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
OFFLINE = ["--no-build-isolation", "--no-deps", "--no-index", "-q"]


class Wheel:
    def __init__(self, room):
        self.room, self.python, self.wheel = room, None, None
        for python in (sys.executable, "/usr/bin/python3"):
            wanted = "import mesonpy, pip, venv"
            if subprocess.run([python, "-c", wanted], stderr=subprocess.DEVNULL, check=False).returncode == 0:
                self.python = python
        self.source = room / "source"

    def build(self):
        if self.python is None:
            raise tap.Skip("meson-python is not installed")
        shutil.copytree(ROOT, self.source, ignore=shutil.ignore_patterns("build-*", ".git", "__pycache__", "data"))
        output(self.python, *PIP, "wheel", *OFFLINE, self.source, "-w", self.room / "wheels")
        (self.wheel,) = (self.room / "wheels").iterdir()
        platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
        expect(self.wheel.name == f"framealloc-1.0.0-py3-none-{platform}.whl", f"built {self.wheel.name}")
        with zipfile.ZipFile(self.wheel) as archive:
            names = archive.namelist()
            tags = archive.read("framealloc-1.0.0.dist-info/WHEEL").decode()
        expect(f"Tag: py3-none-{platform}" in tags and "Root-Is-Purelib: false" in tags, tags)
        expect({"framealloc/py.typed", "framealloc/_abi.py"} <= set(names), f"holds {names}")
        strangers = [name for name in names if not re.match(r"framealloc[-/]|\.framealloc\.mesonpy\.libs/", name)
                     or re.search(r"\.(h|c|pc|a|cmake|schema\.json)$", name)]
        expect(not strangers, f"holds {strangers}")

    def installed(self, name, what):
        if self.python is None or not self.source.exists():
            raise tap.Skip("meson-python is not installed")
        place = self.room / name
        output(self.python, "-m", "venv", "--system-site-packages", place)
        output(place / "bin/python", *PIP, "install", *OFFLINE, what)
        said = output(place / "bin/python", "-I", "-c", PROGRAM, cwd="/")
        expect(said.startswith("1.0.0 112\n"), f"says {said}")
        expect(said.splitlines()[1].startswith(str(place.resolve())), f"took the library from {said.splitlines()[1]}")
        output(place / "bin/python", *PIP, "uninstall", "-y", "-q", "framealloc")
        left = [path for path in place.rglob("*framealloc*") if path.is_file()]
        expect(not left, f"left behind: {left}")


def main():
    with tempfile.TemporaryDirectory() as name:
        wheel = Wheel(pathlib.Path(name).resolve())
        tap.main([
            ("pip wheel", wheel.build),
            ("pip install of the wheel", lambda: wheel.installed("from-wheel", wheel.wheel)),
            ("pip install of the source tree", lambda: wheel.installed("from-source", wheel.source)),
        ])


if __name__ == "__main__":
    main()
