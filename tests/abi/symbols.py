#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""symbols.py LIBRARY: the symbol map, the headers and the library list the same functions."""

import re
import sys

import abi

NODE = "FRAMEALLOC_1.0"


def mapped():
    text = re.sub(r"/\*.*?\*/", "", (abi.ROOT / "lib/framealloc.map").read_text(encoding="utf-8"), flags=re.S)
    node = re.search(re.escape(NODE) + r"\s*\{\s*global:(.*?)local:\s*\*;\s*\};", text, re.S)
    return [name.strip() for name in node.group(1).split(";")[:-1]]


def exported(library):
    """Defined dynamic symbols, but for the version node itself."""
    table = abi.output(abi.need("readelf"), "--dyn-syms", "--wide", library)
    rows = [row.split() for row in table.splitlines() if re.match(r"\s*\d+:", row)]
    symbols = [row[7] for row in rows if len(row) > 7 and row[6] != "UND"]
    return [symbol for symbol in symbols if symbol.partition("@")[0] != NODE]


def differences(left, right, left_name, right_name):
    problems = [f"{name}: in {left_name}, not in {right_name}" for name in sorted(set(left) - set(right))]
    problems += [f"{name}: in {right_name}, not in {left_name}" for name in sorted(set(right) - set(left))]
    return problems


def main():
    symbols = exported(sys.argv[1])
    problems = [f"{symbol}: not of version {NODE}" for symbol in symbols if not symbol.endswith("@@" + NODE)]
    names = [symbol.partition("@")[0] for symbol in symbols]
    declared, map_names = abi.declared_functions(), mapped()
    problems += [f"{name}: declared twice" for name in set(declared) if declared.count(name) > 1]
    problems += differences(declared, map_names, "the headers", "the map")
    problems += differences(declared, names, "the headers", "the library")
    print(f"{len(declared)} functions declared, {len(map_names)} in the map, {len(names)} exported")
    abi.finish(problems if declared else ["no function found in the headers"])


if __name__ == "__main__":
    main()
