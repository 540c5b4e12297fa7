# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the ABI tests share: reading the public headers, running tools, and the two ways to end a test."""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
HEADERS = sorted((INCLUDE / "framealloc").glob("*.h"))
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def finish(problems):
    """Ends the test; it fails if there is a problem."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


def need(tool):
    found = shutil.which(tool)
    if not found:
        skip(f"{tool} is not installed")
    return found


def run(*command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)


def output(*command):
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


def code(header):
    """A header without its comments."""
    return re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)


def declared_functions():
    names = []
    for header in HEADERS:
        for declaration in re.findall(r"^FA_API\b([^;]*);", code(header), re.M):
            plain = re.sub(r"\bFA_[A-Z_]+(\([^()]*\))?", " ", declaration)
            names.append(re.search(r"\b(fa_\w+)\s*\(", plain).group(1))
    return names


def public_structs():
    """Name and members of every struct in the headers that framealloc.h takes in; others are code of the program."""
    structs = {}
    taken_in = re.findall(r'#include "(\w+\.h)"', code(INCLUDE / "framealloc" / "framealloc.h"))
    for header in (header for header in HEADERS if header.name in taken_in):
        for name, body in re.findall(r"typedef struct (fa_\w+) \{(.*?)\} \1;", code(header), re.S):
            structs[name] = [re.search(r"(\w+)\s*(\[[^\]]*\])?\s*$", line).group(1) for line in body.split(";")[:-1]]
    return structs
