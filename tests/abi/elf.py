#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""elf.py LIBRARY: what the dynamic linker is told, and how much static TLS the library takes."""

import re
import sys

import abi

STATIC_TLS_MAX = 64


def dynamic_problems(table):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", table)
    soname = re.findall(r"\(SONAME\).*\[(.*)\]", table)
    flags = " ".join(re.findall(r"\((?:FLAGS|FLAGS_1)\)\s*(.*)", table)).split()
    problems = []
    if soname != ["libframealloc.so.1"]:
        problems.append(f"soname is {soname}")
    foreign = [name for name in needed if not re.match(r"(libc\.so|ld-linux|ld-musl|libc\.musl)", name)]
    if foreign or not needed:
        problems.append(f"needs {needed}")
    for flag in ("BIND_NOW", "NOW", "NODELETE"):
        if flag not in flags:
            problems.append(f"flag {flag} is missing: {flags}")
    if "TEXTREL" in table:
        problems.append("has text relocations")
    if re.search(r"\((RPATH|RUNPATH)\)", table):
        problems.append("has a run path")
    return problems


def segment_problems(table):
    segments = {row.split()[0]: row.split() for row in table.splitlines() if re.match(r"\s+[A-Z_]+\s+0x", row)}
    problems = []
    tls = int(segments["TLS"][5], 16) if "TLS" in segments else 0
    print(f"{tls} bytes of static TLS")
    if tls > STATIC_TLS_MAX:
        problems.append(f"static TLS is above {STATIC_TLS_MAX} bytes")
    if "GNU_RELRO" not in segments:
        problems.append("not relro")
    if "GNU_STACK" not in segments or "E" in segments["GNU_STACK"][6]:
        problems.append("asks for an executable stack")
    return problems


def main():
    readelf = abi.need("readelf")
    problems = dynamic_problems(abi.output(readelf, "--dynamic", "--wide", sys.argv[1]))
    abi.finish(problems + segment_problems(abi.output(readelf, "--program-headers", "--wide", sys.argv[1])))


if __name__ == "__main__":
    main()
