#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Installs into an empty prefix and builds programs against it the ways their authors would."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tap
from tap import expect, output

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VERSION = "1.0.0"
LEAN = ["-Dtests=disabled", "-Dbenchmarks=disabled", "-Dexamples=disabled", "-Ddocs=disabled"]


def need(tool):
    if not shutil.which(tool):
        raise tap.Skip(f"{tool} is not installed")


class Consumers:
    def __init__(self, room):
        self.room, self.prefix = room, room / "prefix"
        self.libdir = self.prefix / "lib"
        self.environment = {
            **os.environ,
            "PKG_CONFIG_PATH": f"{self.libdir}/pkgconfig:{os.environ.get('PKG_CONFIG_PATH', '')}",
            "LD_LIBRARY_PATH": str(self.libdir),
        }

    def install(self):
        output("meson", "setup", self.room / "build", ROOT, f"--prefix={self.prefix}", "--libdir=lib", *LEAN)
        output("meson", "compile", "-C", self.room / "build", "-j2")
        output("meson", "install", "-C", self.room / "build", "--no-rebuild")
        for path in ("lib/libframealloc.so", "lib/libframealloc.so.1", "lib/libframealloc.so.1.0.0",
                     "lib/libframealloc.a", "lib/pkgconfig/framealloc.pc", "include/framealloc/framealloc.h",
                     "lib/cmake/framealloc/framealloc-config.cmake", "share/doc/framealloc/LICENSE-MIT"):
            expect((self.prefix / path).exists(), f"{path} is not installed")
        installed = {path.name for path in (self.prefix / "include/framealloc").iterdir()}
        expect(installed == {path.name for path in (ROOT / "include/framealloc").glob("*.h")},
               f"headers installed: {sorted(installed)}")

    def destdir(self):
        output("meson", "install", "-C", self.room / "build", "--no-rebuild", "--destdir", self.room / "stage")
        staged = self.room / "stage" / self.prefix.relative_to("/")
        expect((staged / "lib/libframealloc.so.1").exists(), "nothing under DESTDIR")
        for path in (staged / "lib/pkgconfig/framealloc.pc", staged / "lib/cmake/framealloc/framealloc-config.cmake"):
            expect("stage" not in path.read_text(encoding="utf-8"), f"{path.name} names DESTDIR")

    def runs(self, program, shared):
        said = output(program, env=self.environment)
        expect(said == VERSION + "\n", f"{program} says {said!r}")
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "--dynamic", "--wide", program))
        expect(("libframealloc.so.1" in needed) == shared, f"{program} needs {needed}")

    def pkg_config(self, *arguments):
        return output("pkg-config", *arguments, "framealloc", env=self.environment).split()

    def pkg_config_shared(self):
        need("pkg-config")
        expect(self.pkg_config("--modversion") == [VERSION], "the version in framealloc.pc is wrong")
        flags = self.pkg_config("--cflags", "--libs")
        program = self.room / "shared"
        output("cc", "-std=c17", "-Wall", "-Wextra", "-Werror", HERE / "consumer.c", "-o", program, *flags)
        self.runs(program, shared=True)

    def description(self):
        """Whoever binds another language finds the description through pkg-config, also in a prefix of its own."""
        need("pkg-config")
        path = pathlib.Path(self.pkg_config("--variable=abi_json")[0])
        expect(path == self.prefix / "share/framealloc/framealloc.abi.json", f"abi_json is {path}")
        abi = json.loads(path.read_text(encoding="utf-8"))
        expect(abi["library"]["version"] == VERSION, f"describes {abi['library']}")
        expect((path.parent / abi["$schema"]).exists(), "the schema is not beside it")

    def pkg_config_static(self):
        need("pkg-config")
        flags = self.pkg_config("--static", "--cflags", "--libs")
        expect("-pthread" in flags, f"no -pthread in {flags}")
        flags = ["-l:libframealloc.a" if flag == "-lframealloc" else flag for flag in flags]
        program = self.room / "static"
        output("cc", "-std=c17", HERE / "consumer.c", "-o", program, *flags)
        self.runs(program, shared=False)

    def cmake(self):
        """The installed tree was moved, which CMake package files must survive."""
        need("cmake")
        moved = self.room / "moved"
        shutil.copytree(self.prefix, moved, symlinks=True)
        output("cmake", "-S", HERE / "cmake", "-B", self.room / "cmake", f"-DCMAKE_PREFIX_PATH={moved}")
        output("cmake", "--build", self.room / "cmake")
        expect(str(moved) in output("ldd", self.room / "cmake/consumer"), "the moved library is not the one used")
        self.runs(self.room / "cmake/consumer", shared=True)
        self.runs(self.room / "cmake/consumer-static", shared=False)

    def subproject(self, kind):
        source = self.room / f"project-{kind}"
        shutil.copytree(HERE / "subproject", source)
        shutil.copy(HERE / "consumer.c", source)
        (source / "subprojects/framealloc").symlink_to(ROOT)
        output("meson", "setup", source / "build", source, "--wrap-mode=forcefallback", f"-Ddefault_library={kind}")
        output("meson", "compile", "-C", source / "build", "-j2")
        self.runs(source / "build/consumer", shared=kind == "shared")

    def engine_library(self):
        """A shared object with the static library inside, which a binding is told to load."""
        library = self.room / "libengine.so"
        output("cc", "-shared", "-o", library, "-Wl,--whole-archive", self.libdir / "libframealloc.a",
               "-Wl,--no-whole-archive", "-pthread")
        environment = {**self.environment, "FRAMEALLOC_LIBRARY": str(library), "PYTHONPATH": str(ROOT / "bindings/python")}
        program = "import framealloc; print(framealloc.library_path, framealloc.Allocator().block(10).memory.nbytes)"
        said = output(sys.executable, "-c", program, env=environment)
        expect(said == f"{library} 10\n", f"Python says {said!r}")

    def lua_inside(self):
        """One static program, with the core of the Lua binding compiled in."""
        need("pkg-config")
        if subprocess.run(["pkg-config", "--exists", "lua5.4", "libffi"], check=False).returncode != 0:
            raise tap.Skip("liblua5.4-dev or libffi-dev is not installed")
        flags = output("pkg-config", "--cflags", "--libs", "lua5.4", "libffi").split()
        core = [path for path in sorted((ROOT / "bindings/lua").glob("*.c")) if path.name != "benchmark.c"]
        program = self.room / "lua-engine"
        output("cc", "-std=c17", f"-I{self.prefix}/include", HERE / "lua_engine.c", *core, "-o", program,
               self.libdir / "libframealloc.a", *flags, "-pthread")
        said = output(program, env={**self.environment, "LUA_PATH": f"{ROOT}/bindings/lua/?.lua"})
        expect(said == "c\t10\t1\n", f"{program} says {said!r}")
        expect("libframealloc" not in output("readelf", "--dynamic", "--wide", program), "it needs the shared library")

    def replay(self):
        need("pkg-config")
        need("make")
        directory = self.room / "replay"
        directory.mkdir()
        output("make", "-f", ROOT / "docs/examples/replay/Makefile", cwd=directory, env=self.environment)
        trace = min((ROOT / "tests/data").glob("*.fatrace.zst"), key=lambda path: path.stat().st_size)
        said = output(directory / "replay", "--repeat", "1", "--verify", trace, cwd=directory, env=self.environment)
        expect("framealloc" in said, f"replay says {said}")


def main():
    with tempfile.TemporaryDirectory() as directory:
        consumers = Consumers(pathlib.Path(directory))
        tap.main([
            ("install into an empty prefix", consumers.install),
            ("install under DESTDIR", consumers.destdir),
            ("pkg-config, shared", consumers.pkg_config_shared),
            ("description of the interface", consumers.description),
            ("pkg-config, static", consumers.pkg_config_static),
            ("CMake", consumers.cmake),
            ("Meson subproject, shared", lambda: consumers.subproject("shared")),
            ("Meson subproject, static", lambda: consumers.subproject("static")),
            ("engine library for a binding", consumers.engine_library),
            ("static program with Lua", consumers.lua_inside),
            ("replay from its Makefile", consumers.replay),
        ])


if __name__ == "__main__":
    main()
