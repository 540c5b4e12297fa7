#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""codes.py FA-LINT INCLUDE: one registry of codes: what fa-lint knows is what the registries say, no number means two things.

codes.txt holds every code that fa-lint ever gave out. A new one is added to it; no line of it changes.
"""

import pathlib
import re
import sys
import tempfile
import tomllib

import tap
from project import FA_LINT, same

HERE = pathlib.Path(__file__).resolve().parent
OWN, MAKER, LEDGER = HERE.parent / "codes.toml", HERE.parent / "make-codes.py", HERE / "codes.txt"
LIBRARY = HERE.parents[2]


def library(path):
    if not (LIBRARY / path).exists():
        raise tap.Skip(f"there is no {path} here")
    return LIBRARY / path


def registry(path):
    return tomllib.loads(path.read_text())


def listed():
    return [line.split(None, 3) for line in tap.run(FA_LINT, "list").stdout.splitlines()]


def check_listed():
    """Nothing is left out of the list, and nothing is made up."""
    run_time = registry(library("lib/diag/codes.toml"))
    wanted = [(code, entry["severity"], entry["category"], entry["title"]) for code, entry in sorted(registry(OWN).items())]
    wanted += [(code, entry["severity"], "run-time", entry["message"]) for code, entry in sorted(run_time.items())]
    same([tuple(words) for words in listed()], wanted)


def explained(code):
    return " ".join(tap.run(FA_LINT, "explain", code).stdout.split())


def check_explained():
    for path in (OWN, library("lib/diag/codes.toml")):
        for code, entry in registry(path).items():
            told = explained(code)
            for text in (entry.get("title", entry.get("message")), entry["explain"], entry["help"]):
                tap.expect(" ".join(text.split()) in told, f"{code}: {text!r} is not told")


def check_ledger():
    given = dict(line.split() for line in LEDGER.read_text().splitlines())
    same({code: entry["name"] for code, entry in registry(OWN).items()}, given)


def check_both_ledgers():
    """A number that one side has ever given out is not taken by the other, but for those that say so."""
    run_time = registry(library("lib/diag/codes.toml"))
    numbers = {int(number) for number in re.findall(r" ([0-9]+)$", library("tests/abi/codes.txt").read_text(), re.M)}
    both = {line.split()[0] for line in LEDGER.read_text().splitlines() if int(line.split()[0][2:]) in numbers}
    same(both, {code for code, entry in registry(OWN).items() if "run-time" in entry})
    same({code: registry(OWN)[code]["run-time"] for code in both}, {code: run_time[code]["name"] for code in both})


def made(own, run_time):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "own.toml").write_text(own)
        (folder / "run-time.toml").write_text(run_time)
        return tap.run(sys.executable, MAKER, folder / "out.c", folder / "out.d", folder / "own.toml", folder / "run-time.toml")


ENTRY = '[%s]\nname = "%s"\nseverity = "error"\ncategory = "dirtymem"\ntitle = "t"\nhelp = "h"\nexplain = "e"\n'
OTHER = '[%s]\nname = "%s"\nseverity = "error"\nmessage = "m"\nhelp = "h"\nexplain = "e"\n'


def check_clash():
    """A clash ends the build."""
    same(made(ENTRY % ("FA601", "A"), OTHER % ("FA001", "B")).returncode, 0)
    same(made(ENTRY % ("FA001", "A") + 'run-time = "B"\n', OTHER % ("FA001", "B")).returncode, 0)
    for own, other in [(ENTRY % ("FA001", "A"), OTHER % ("FA001", "B")), (ENTRY % ("FA001", "A") + 'run-time = "C"\n', OTHER % ("FA001", "B")),
                       (ENTRY % ("FA601", "A") + 'run-time = "B"\n', OTHER % ("FA001", "B")), (ENTRY % ("FA601", "A") + ENTRY % ("FA602", "A"), OTHER % ("FA001", "B"))]:
        done = made(own, other)
        tap.expect(done.returncode != 0 and done.stderr, f"nothing is wrong with\n{own}{other}")


def check_page():
    text = library("docs/codes.md").read_text()
    for code, entry in registry(OWN).items():
        tap.expect(f"### {code}: {entry['title']}" in text, f"{code} is not in docs/codes.md")


if __name__ == "__main__":
    tap.main([
        ("list", check_listed),
        ("explain", check_explained),
        ("nothing is reused", check_ledger),
        ("one number, one meaning", check_both_ledgers),
        ("a clash ends the build", check_clash),
        ("reference page", check_page),
    ])
