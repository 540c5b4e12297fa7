#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""clean.py FA-LINT INCLUDE [BUILD-FOLDER]: nothing is found where nothing is wrong.

Our own examples, from the compilation database of the build folder, and programs of Debian that know nothing of framealloc,
which are downloaded as Debian distributes them.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

import tap

FA_LINT, INCLUDE, *BUILD = (os.path.abspath(name) for name in sys.argv[1:4])
KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ARCHIVE = "http://deb.debian.org/debian"

# Source packages, the sources of them that compile as they are, and with which options.
PACKAGES = {
    "cjson": ("*.c", []),
    "lua5.4": ("src/l*.c", ["-DLUA_COMPAT_5_3"]),
    "zlib": ("*.c", ["-DHAVE_UNISTD_H"]),
}


def lint(folder, *words):
    done = tap.run(FA_LINT, "--no-cache", "--format=json", "--all", "--figures", "-q", *words, cwd=folder)
    tap.expect(done.returncode in (0, 1), f"ended with {done.returncode}: {done.stderr}")
    print("# " + next(line for line in done.stderr.splitlines() if line.startswith("figures")))
    found = [f"{each['file']}:{each['line']}: {each['code']} {each['message']}" for each in json.loads(done.stdout)["findings"]]
    tap.expect(not found, "\n".join(found))


def check_examples():
    database = pathlib.Path(BUILD[0]) / "compile_commands.json" if BUILD else None
    if database is None or not database.exists():
        raise tap.Skip("no build folder of the library is given")
    entries = [entry for entry in json.loads(database.read_text()) if "docs/examples" in entry["file"]]
    if not entries:
        raise tap.Skip("the examples are not built")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(entries))
        lint(folder, "-p", folder)


def guides():
    root = pathlib.Path(__file__).resolve().parents[3]
    return sorted((root / "docs").glob("*.md")) + [root / "README.md"]


def whole_programs(path):
    """The programs in a guide that are complete: they can be compiled as they stand."""
    return [block for block in re.findall(r"```c\n(.*?)```", path.read_text(), re.S) if "#include <framealloc/" in block and "int main(" in block]


def check_guides():
    programs = [(path.name, program) for path in guides() if path.exists() for program in whole_programs(path)]
    if not programs:
        raise tap.Skip("the guides have no whole programs here")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, program) in enumerate(programs):
            (pathlib.Path(folder) / f"{name}_{number}.c").write_text(program)
        lint(folder, *sorted(path.name for path in pathlib.Path(folder).glob("*.c")), "--", "-I", INCLUDE)


def fetch(folder):
    """apt with lists and a cache of its own, which leaves the machine as it was."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-source") or not KEYRING.exists():
        raise tap.Skip("this is not Debian")
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    (folder / "sources.list").write_text(f"deb-src [signed-by={KEYRING}] {ARCHIVE} bookworm main\n")
    options = ["-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null", "-o", f"Dir::State::lists={folder}/lists",
               "-o", f"Dir::Cache={folder}/cache", "-o", "APT::Sandbox::User=root", "-o", "Acquire::http::Timeout=20"]
    for words in (["update"], ["source", *PACKAGES]):
        done = tap.run("apt-get", "-qq", *options, *words, cwd=folder)
        if done.returncode != 0:
            raise tap.Skip("Debian's sources are out of reach: " + done.stderr.strip().splitlines()[-1][:100])


def check_debian():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fetch(folder)
        for package, (pattern, options) in PACKAGES.items():
            unpacked = [path for path in folder.iterdir() if path.is_dir() and re.match(rf"{re.escape(package)}-", path.name)]
            tap.expect(len(unpacked) == 1, f"{package}: {unpacked}")
            sources = [path.relative_to(unpacked[0]) for path in sorted(unpacked[0].glob(pattern)) if path.name != "luac.c"]
            tap.expect(len(sources) > 0, f"{package}: no sources")
            print(f"# {unpacked[0].name}: {len(sources)} files")
            lint(unpacked[0], *sources, "--", "-I.", "-Isrc", *options)


if __name__ == "__main__":
    tap.main([("our examples", check_examples), ("our guides", check_guides), ("programs of Debian", check_debian)])
