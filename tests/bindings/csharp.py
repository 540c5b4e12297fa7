#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""csharp.py LIBRARY CHECK [ASSEMBLY]: the tests of the C# package, on Mono with ASSEMBLY and on .NET; the same with
collectors that run all the time, and under Valgrind; how programs end; the package that is made of it, as a new project
uses it; its benchmark; the blocks of its guide."""

import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings/csharp"
MAP = PACKAGE / "Framealloc/Framealloc.dll.config"
MCS = ["mcs", "-unsafe", "-langversion:7.2", "-optimize+", "-warn:4", "-warnaserror+", "-r:System.Core.dll"]
NO_SOURCE = re.compile(r"error NU(1100|1101|1102|1301)")
RIDS = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}
PROGRAM = """
using System;
using System.IO;
using Framealloc;

using (var allocator = new Allocator())
using (var frame = allocator.BeginFrame())
{
    frame.Alloc<int>(25).Fill(1);
    Console.WriteLine(Allocator.LibraryVersion + " " + allocator.Stats.Frame.LiveBytes);
}
foreach (string line in File.ReadLines("/proc/self/maps"))
{
    if (line.Contains("libframealloc"))
    {
        Console.WriteLine(line.Substring(line.IndexOf('/')));
        break;
    }
}
"""
SOURCES = """<configuration><packageSources><clear/><add key="here" value="{}"/></packageSources></configuration>
"""
PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
    <PropertyGroup>
        <OutputType>Exe</OutputType>
        <TargetFramework>net$(BundledNETCoreAppTargetFrameworkVersion)</TargetFramework>
    </PropertyGroup>
    <ItemGroup><PackageReference Include="Framealloc" Version="1.0.0"/></ItemGroup>
</Project>
"""
PLAIN = """<Project Sdk="Microsoft.NET.Sdk">
    <PropertyGroup>
        <OutputType>Exe</OutputType>
        <TargetFramework>net$(BundledNETCoreAppTargetFrameworkVersion)</TargetFramework>
        <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
        <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
        <ImplicitUsings>disable</ImplicitUsings>
        <NoWarn>$(NoWarn);CA2255</NoWarn>
    </PropertyGroup>
    <ItemGroup>{}</ItemGroup>
</Project>
"""
# Settings with which collectors run all the time; the last one is so slow that it is for a few tests.
MONO_STRESS = ({"MONO_GC_DEBUG": "collect-before-allocs=20"}, {"MONO_GC_PARAMS": "nursery-size=128k"})
DOTNET_STRESS = (({"DOTNET_GCgen0size": "0x10000"}, []), ({"DOTNET_GCStress": "3"}, ["ReentryTests.WhatIs"]))
BLOCK = re.compile(r"^```csharp\n(.*?)^```", re.M | re.S)
GUIDE = """using System;
using System.Threading;
using Framealloc;

public struct Vec3 {{ public float X, Y, Z; }}
public struct Unit {{ public float X; public int Health; }}

internal static class Guide
{{
    private static void Main()
    {{
        {body}
    }}
}}
"""


class Failed(Exception):
    pass


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def need(program):
    if not shutil.which(program):
        skip(f"{program} is not installed")


class Unreachable(Exception):
    """NuGet does not have what is asked for."""


def run(*command, ends_with=0, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if NO_SOURCE.search(done.stdout):
        raise Unreachable
    if done.returncode != ends_with:
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def on_mono(library):
    """Mono looks beside the assembly, and then where the system has libraries."""
    return {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}


def on_dotnet(library):
    return {**os.environ, "FRAMEALLOC_LIBRARY": str(library), "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1"}


def compiled(room, assembly, *sources):
    """A program of Mono beside the package."""
    need("mcs")
    need("mono")
    for path in (assembly, MAP):
        shutil.copy(path, room)
    program = room / "program.exe"
    run(*MCS, f"-r:{room / 'Framealloc.dll'}", f"-out:{program}", *sources)
    return program


def copied(room):
    """The sources in a place where building leaves its traces."""
    need("dotnet")
    ignored = shutil.ignore_patterns("bin", "obj")
    shutil.copytree(PACKAGE, room / "bindings/csharp", ignore=ignored)
    (room / "docs").mkdir()
    shutil.copy(ROOT / "docs/csharp.md", room / "docs")
    return room / "bindings/csharp"


def mono(library, room, assembly):
    program = compiled(room, assembly, *PACKAGE.glob("tests/*.cs"), *PACKAGE.glob("tests/mono/*.cs"))
    print(run("mono", "--debug", program, env=on_mono(library)))


def dotnet(library, room, _):
    place = copied(room)
    try:
        said = run("dotnet", "test", "-v", "q", cwd=place / "tests", env=on_dotnet(library))
    except Unreachable:
        print("without xunit, which cannot be restored")
        print(run(built(place, "tests/*.cs", "tests/mono/*.cs"), env=on_dotnet(library)))
        return
    counts = re.search(r"Passed: *(\d+), Skipped: *(\d+)", said)
    if not counts or int(counts.group(1)) < 50 or int(counts.group(2)):
        raise Failed(said)
    print(counts.group(0))


def built(place, *sources):
    """A program of .NET out of the sources of the package and others; it needs nothing of NuGet."""
    project = place / "program"
    project.mkdir()
    paths = [place / "Framealloc/*.cs", *(place / source for source in sources)]
    items = "".join(f'<Compile Include="{path}"/>' for path in paths)
    (project / "program.csproj").write_text(PLAIN.format(items), encoding="utf-8")
    run("dotnet", "build", "-v", "q", "-o", project / "out", cwd=project, env=on_dotnet(place))
    return project / "out/program"


def programs(library, room, assembly, *sources):
    """The same program for each runtime there is: its command, its surroundings, and whether it is Mono."""
    on_both = (assembly and shutil.which("mcs") and shutil.which("mono"), shutil.which("dotnet"))
    if not any(on_both):
        skip("neither Mono nor .NET is installed")
    if on_both[0]:
        paths = [path for source in sources for path in PACKAGE.glob(source)]
        yield ["mono", "--debug", compiled(room, assembly, *paths)], on_mono(library), True
    if on_both[1]:
        yield [built(copied(room), *sources)], on_dotnet(library), False


def stress(library, room, assembly):
    for command, surroundings, on in programs(library, room, assembly, "tests/*.cs", "tests/mono/*.cs"):
        for settings, tests in [(one, []) for one in MONO_STRESS] if on else DOTNET_STRESS:
            print(settings, run(*command, *tests, env={**surroundings, **settings}).strip())


def ending(library, room, assembly):
    """Programs that return, exit elsewhere or fail while frames are open and threads at work; none hangs or crashes."""
    for command, surroundings, on in programs(library, room, assembly, "tests/ending/*.cs"):
        for how, status in (("returns", 0), ("exits", 7), ("throws", 1 if on else -signal.SIGABRT)):
            for _ in range(3):
                run(*command, how, ends_with=status, env=surroundings, timeout=60)
        print("Mono" if on else ".NET", "ends well")


def memory(library, room, assembly):
    """Under Valgrind, which is told by the library what is out of bounds; it has to see what is wrong on purpose."""
    need("valgrind")
    program = compiled(room, assembly, *PACKAGE.glob("tests/*.cs"), *PACKAGE.glob("tests/mono/*.cs"))
    watched = ["valgrind", "-q", "--error-exitcode=9", "--smc-check=all-non-file", "--leak-check=no",
               f"--suppressions={ROOT / 'tests/bindings/mono.supp'}", "mono"]
    print(run(*watched, program, "ReentryTests", "FormTests", "CollectionTests", env=on_mono(library)))
    said = run(*watched, compiled(room, assembly, PACKAGE / "tests/wrong/Wrong.cs"), ends_with=9, env=on_mono(library))
    if "Invalid write of size 4" not in said:
        raise Failed(f"Valgrind does not see a write to memory of a frame that has ended:\n{said}")


def package(library, room, _):
    try:
        packed(library, room)
    except Unreachable:
        skip("what the package is built with cannot be restored")


def packed(library, room):
    source, feed = copied(room), room / "feed"
    rid = RIDS[platform.machine()]
    run("dotnet", "pack", "-c", "Release", "-o", feed, f"-p:FrameallocLibrary={library}", f"-p:FrameallocRid={rid}",
        source / "Framealloc.csproj", env=on_dotnet(library))
    (made,) = feed.iterdir()
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
    wanted = {f"runtimes/{rid}/native/libframealloc.so", "lib/net8.0/Framealloc.dll", "lib/net8.0/Framealloc.xml",
              "csharp.md"}
    if made.name != "Framealloc.1.0.0.nupkg" or not wanted <= names:
        raise Failed(f"{made.name} holds {sorted(names)}")
    print(used_by_a_new_project(room / "new", feed))


def used_by_a_new_project(place, feed):
    place.mkdir()
    (place / "NuGet.config").write_text(SOURCES.format(feed), encoding="utf-8")
    (place / "new.csproj").write_text(PROJECT, encoding="utf-8")
    (place / "Program.cs").write_text(PROGRAM, encoding="utf-8")
    surroundings = {**os.environ, "NUGET_PACKAGES": str(place / "packages")}
    surroundings.pop("FRAMEALLOC_LIBRARY", None)
    said = run("dotnet", "run", "-v", "q", cwd=place, env=surroundings)
    lines = said.splitlines()
    if len(lines) != 2 or lines[0] != "1.0.0 112" or not lines[1].startswith(str(place)):
        raise Failed(f"the new project says:\n{said}")
    lost = subprocess.run(["dotnet", "run", "--no-build"], cwd=place, capture_output=True, text=True, check=False,
                          env={**surroundings, "FRAMEALLOC_LIBRARY": str(place / "missing.so")})
    if lost.returncode == 0 or "missing.so" not in lost.stderr:
        raise Failed(f"a library that is not there is taken for one:\n{lost.stdout}{lost.stderr}")
    return said


def benchmark(library, room, assembly):
    """Runs shortly on what there is; a window has to be cheaper than an array of C# and its share of the collector."""
    said = []
    if shutil.which("mcs") and shutil.which("mono"):
        program = compiled(room, assembly, *PACKAGE.glob("benchmark/*.cs"))
        said.append(run("mono", program, "30", env=on_mono(library)))
    if shutil.which("dotnet"):
        place = copied(room) / "benchmark"
        said.append(run("dotnet", "run", "-c", "Release", "-v", "q", "--", "30", cwd=place, env=on_dotnet(library)))
    for table in said:
        print(table)
        window, arrays = (float(re.search(rf"^{row}.*?(\d+\.\d) +\d+\.\d$", table, re.M).group(1))
                          for row in ("window of a frame", r"new float\[16\], kept"))
        if window >= arrays:
            raise Failed(f"a window takes {window} ns, an array {arrays} ns")
    if not said:
        skip("neither Mono nor .NET is installed")


def guide(library, room, assembly):
    """The blocks of docs/csharp.md as one program, with the output that they show."""
    text = (ROOT / "docs/csharp.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    source = room / "Guide.cs"
    source.write_text(GUIDE.format(body="\n".join(blocks)), encoding="utf-8")
    said = run("mono", compiled(room, assembly, source), env=on_mono(library))
    expected = "".join(f"{line}\n" for block in blocks for line in re.findall(r"^ *// -> (.*)$", block, re.M))
    if said != expected or len(blocks) < 5:
        raise Failed(f"{len(blocks)} blocks say\n{said}instead of\n{expected}")
    print(f"{len(blocks)} blocks")


def main(*checks):
    library, what = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    assembly = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    if assembly is None and what in ("mono", "guide", "memory", "layouts"):
        skip("Mono is not installed")
    check = {one.__name__: one for one in checks}[what]
    with tempfile.TemporaryDirectory() as name:
        try:
            check(library, pathlib.Path(name).resolve(), assembly)
        except Unreachable:
            skip("packages that are needed cannot be restored")
        except Failed as failure:
            print(failure)
            sys.exit(1)


if __name__ == "__main__":
    main(mono, dotnet, stress, ending, memory, package, benchmark, guide)
