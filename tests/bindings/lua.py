#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""lua.py LIBRARY CORES tests|leaks|closing|rock|guide: the tests of the Lua module on every interpreter, what Valgrind
makes of them, states that are closed while objects live, the rock, and the blocks of docs/lua.md.

CORES is the directory in which the C core for each version of Lua was built.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "install"))
import tap  # noqa: E402
from tap import output  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
LUA = ROOT / "bindings/lua"
#: What runs it, and the core that it takes; none is LuaJIT's ffi.
FLAVOURS = {
    "Lua 5.1": (["lua5.1"], "5.1"), "Lua 5.2": (["lua5.2"], "5.2"), "Lua 5.3": (["lua5.3"], "5.3"),
    "Lua 5.4": (["lua5.4"], "5.4"), "LuaJIT": (["luajit"], None), "LuaJIT, interpreted": (["luajit", "-joff"], None),
    "LuaJIT with the C core": (["luajit"], "jit"),
}
VALGRIND = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--error-exitcode=9"]
#: Everything is alive when the state is closed, in a frame that runs, with callbacks that C has.
CLOSING = """
local fa = require "framealloc"
local a = fa.new {debug_mode = true}
kept = {a, a:begin_frame(), a:block("int", 4), a:group "g", a:stream(1000), a:task "t", a:lane "l",
        a:object_pool(fa.struct {{"x", "int"}}), fa.borrow(a:pointer())}
a:listen(function() end)
a:on_diagnostic(function() end)
a:on_budget(function() end)
kept[6]:on_end(function() error "not while the state is closed" end)
kept[10] = kept[2]:array("int", 10)
"""
#: A function that C is never told to forget.
LOSE = 'require "framealloc.core".register("event", print)'
BORROWED = """
local fa = require "framealloc"
local host, told = fa.new(), 0
local function guest(number)
    local a = fa.borrow(host:pointer())
    local function count() told = told + 1 return "allow" end
    a:listen(count)
    a:on_diagnostic(count)
    a:on_budget(count)
    a:on_relocated(count)
    a:set_budget {hard = 100, tag = "t", decide = count}
    a:stream(1000, count):reserve(10)
    a:task("t" .. number):on_end(count)
    a:emit {code = "GAME1", message = "heard"}
end
for number = 1, 3 do
    guest(number)
    collectgarbage()
    collectgarbage()
    assert(host:references() == 1, host:references())
    assert(told >= number, told)
    local before = told
    host:emit {code = "GAME1", message = "not heard"}
    host:frame(function(frame) host:tag("t", frame.bytes, frame, 1000) end)
    assert(told == before)
end
fa.calls.fa_allocator_retain(host:pointer())
local last = fa.borrow(host:pointer())
last:listen(print)
last:task("last"):on_end(print)
"""


class Machine:
    def __init__(self, library, cores):
        self.library, self.cores = pathlib.Path(library).resolve(), pathlib.Path(cores).resolve()

    def run(self, flavour, *arguments, before=(), status=0):
        command, core = FLAVOURS[flavour]
        if not shutil.which(command[0]):
            raise tap.Skip(f"{command[0]} is not installed")
        if core and not (self.cores / core / "framealloc/core.so").exists():
            raise tap.Skip(f"the core was built without the headers of {flavour}")
        environment = {**os.environ, "LUA_PATH": f"{LUA}/?.lua;{LUA}/tests/?.lua;;", "LUA_CPATH": ";;",
                       "FRAMEALLOC_LIBRARY": str(self.library)}
        if core:
            environment |= {"LUA_CPATH": f"{self.cores}/{core}/?.so;;", "FRAMEALLOC_LUA_CORE": "c"}
        done = subprocess.run([*before, *command, *arguments], env=environment, timeout=100, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        tap.expect(done.returncode == status, f"{flavour} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout


def tests(machine, flavour):
    said = machine.run(flavour, LUA / "tests/run.lua")
    expected = "core: c" if FLAVOURS[flavour][1] else "core: ffi"
    tap.expect(expected in said, f"not with the {expected}:\n{said}")


def closing(machine, flavour):
    for ending, status in (("", 0), ("os.exit(0, true)", 0), ("error 'closed by an error'", 1)):
        said = machine.run(flavour, "-e", CLOSING + ending, status=status)
        tap.expect("not while" not in said, said)


def leaks(machine, flavour):
    """No block is lost and no memory misused; a block that is lost on purpose is found."""
    if not shutil.which("valgrind"):
        raise tap.Skip("valgrind is not installed")
    machine.run(flavour, LUA / "tests/run.lua", before=VALGRIND)
    machine.run(flavour, "-e", CLOSING, before=VALGRIND)
    said = machine.run(flavour, "-e", LOSE, before=VALGRIND, status=9)
    tap.expect("are definitely lost" in said, said)


def borrowed(machine, flavour):
    """The host's allocator goes on when what has borrowed it is forgotten; nothing of Lua is called any more."""
    machine.run(flavour, "-e", BORROWED)


def rock(machine, flavour):
    """A rock made from the sources is installed beside an installed library, and used from there."""
    if not shutil.which("luarocks"):
        raise tap.Skip("luarocks is not installed")
    (interpreter,), version = FLAVOURS[flavour]
    if not shutil.which(interpreter) or not (machine.cores / version / "framealloc/core.so").exists():
        raise tap.Skip(f"{flavour} or its headers are not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copytree(LUA, folder / "source")
        (folder / "lib").mkdir()
        for link in ("libframealloc.so", "libframealloc.so.1"):
            (folder / "lib" / link).symlink_to(machine.library)
        environment = {**os.environ, "HOME": name}
        output("luarocks", "--lua-version", version, "--tree", folder / "tree", "make", "--deps-mode", "none",
               f"FRAMEALLOC_INCDIR={ROOT / 'include'}", f"FRAMEALLOC_LIBDIR={folder / 'lib'}",
               "framealloc-1.0.0-1.rockspec", cwd=folder / "source", env=environment, timeout=200)
        environment |= {"LUA_PATH": f"{folder}/tree/share/lua/{version}/?.lua",
                        "LUA_CPATH": f"{folder}/tree/lib/lua/{version}/?.so", "LD_LIBRARY_PATH": str(folder / "lib")}
        expected = (ROOT / "docs/examples/languages/expected.txt").read_text(encoding="utf-8")
        for each in [interpreter, "luajit"] if version == "5.1" and shutil.which("luajit") else [interpreter]:
            said = output(each, ROOT / "docs/examples/languages/simulation.lua", env=environment)
            tap.expect(said == expected, f"{each} says {said}")


def guide(machine, flavour):
    """The blocks of the guide, one program, print what the lines that begin with --> say."""
    text = (ROOT / "docs/lua.md").read_text(encoding="utf-8")
    program = "\n".join(re.findall(r"^```lua\n(.*?)^```", text, re.M | re.S))
    expected = re.findall(r"^--> (.*)$", program, re.M)
    tap.expect(len(expected) > 5, "the guide shows no output")
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(program)
        file.flush()
        said = machine.run(flavour, file.name).splitlines()
    tap.expect(said == expected, f"says {said}\nexpected {expected}")


def main():
    machine, what = Machine(*sys.argv[1:3]), sys.argv[3]
    job = {"tests": [tests], "closing": [closing, borrowed], "leaks": [leaks], "guide": [guide], "rock": [rock]}[what]
    flavours = {"leaks": ["Lua 5.1", "Lua 5.4"], "rock": list(FLAVOURS)[:4]}.get(what, list(FLAVOURS))
    tap.main([(f"{each.__name__}, {flavour}", lambda each=each, flavour=flavour: each(machine, flavour))
              for each in job for flavour in flavours])


if __name__ == "__main__":
    main()
