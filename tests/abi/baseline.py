#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""baseline.py [--record] LIBRARY: compares the library's ABI with the recorded one, or records it.

Additions are allowed; a change or removal of what a program may use is not.
"""

import pathlib
import platform
import re
import sys
import tempfile

import abi

BASELINE = pathlib.Path(__file__).with_name("framealloc-1.abi.xml")
OPAQUE = pathlib.Path(__file__).with_name("opaque.abignore")


def describe(library, path):
    abi.output(abi.need("abidw"), "--headers-dir", abi.INCLUDE, "--no-corpus-path", "--no-comp-dir-path",
               "--no-show-locs", "--drop-private-types", "--exported-interfaces-only", "--out-file", path, library)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(path|filepath)='[^']*?/((?:lib|include)/)", r"\1='\2", text), encoding="utf-8")


def compare(library):
    if not BASELINE.exists():
        abi.finish([f"{BASELINE.name} is missing; record it with baseline.py --record LIBRARY"])
    if platform.machine() not in BASELINE.read_text(encoding="utf-8")[:1000].replace("amd-x86_64", "x86_64"):
        abi.skip(f"the baseline was not recorded on {platform.machine()}")
    if ".debug_info" not in abi.output(abi.need("readelf"), "--sections", "--wide", library):
        abi.skip("the library has no debug information to read types from")
    with tempfile.TemporaryDirectory() as directory:
        now = pathlib.Path(directory) / "now.abi.xml"
        describe(library, now)
        done = abi.run(abi.need("abidiff"), "--no-added-syms", "--suppressions", OPAQUE, BASELINE, now)
    print(done.stdout)
    abi.finish([f"abidiff ended with {done.returncode}"] if done.returncode else [])


def main():
    abi.need("abidiff")
    if sys.argv[1] == "--record":
        describe(sys.argv[2], BASELINE)
    else:
        compare(sys.argv[1])


if __name__ == "__main__":
    main()
