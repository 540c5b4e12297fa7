#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""generate.py [--check]: writes framealloc.abi.json from the public headers, and from it what other languages need.

--check writes nothing, and fails if a file in the tree is not what would be written.
"""

import difflib
import json
import pathlib
import re
import sys

import calls
import proof
import python
from declarations import Parser
from lexer import AbiError
from model import Model

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON = ROOT / "bindings/python/framealloc"
TOP = "framealloc.h"
WIDTH = 120


def version(root):
    return re.search(r"version: '([\d.]+)'", (root / "meson.build").read_text(encoding="utf-8")).group(1)


def describe(root=ROOT):
    """The description of the interface; AbiError where the headers do not give it."""
    include = root / "include" / "framealloc"
    parser = Parser(include, TOP).parse()
    for header in sorted(include.glob("*.h")):
        exports = re.search(r"^FA_API\b", header.read_text(encoding="utf-8"), re.M)
        if exports and header.name not in parser.reader.seen:
            raise AbiError(f"framealloc/{header.name}:1", f"exports functions, but {TOP} does not include it")
    return Model(parser, version(root)).describe()


def readable(value, indent=""):
    """JSON with what fits on a line on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + readable(part, inner) for part in value) + f"\n{indent}]"
    parts = (f"{inner}{json.dumps(name)}: {readable(part, inner)}" for name, part in value.items())
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def outputs(root=ROOT):
    """Path and text of every generated file."""
    abi = describe(root)
    return {
        HERE / "framealloc.abi.json": readable(abi) + "\n",
        HERE / "proof.c": proof.write(abi),
        HERE / "calls.c": calls.write(abi),
        PYTHON / "_abi.py": python.low(abi),
        PYTHON / "_records.py": python.records(abi),
    }


def differences(path, text):
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = list(difflib.unified_diff(old.splitlines(), text.splitlines(), "in the tree", "from the headers",
                                      lineterm="", n=1))
    return [f"{path.name} is not what the headers say; run bindings/abi/generate.py", *lines[:30]] if lines else []


def main(arguments):
    try:
        files = outputs()
    except AbiError as error:
        sys.exit(str(error))
    if arguments == ["--check"]:
        problems = [line for path, text in files.items() for line in differences(path, text)]
        print("\n".join(problems) if problems else f"{len(files)} files are as generated")
        sys.exit(1 if problems else 0)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
