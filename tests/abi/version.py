#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""version.py PROJECT_VERSION LIBRARY: build files, header, library, symbol map and CHANGELOG name one version."""

import ctypes
import re
import sys

import abi


def main():
    project = sys.argv[1]
    library = ctypes.CDLL(sys.argv[2])
    library.fa_version_string.restype = ctypes.c_char_p
    library.fa_version.restype = ctypes.c_uint32
    header = abi.code(abi.INCLUDE / "framealloc/version.h")
    parts = [re.search(rf"FA_VERSION_{part} (\d+)", header).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
    number = int(parts[0]) * 1000000 + int(parts[1]) * 1000 + int(parts[2])
    changes = (abi.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    said = {
        "FA_VERSION_MAJOR, _MINOR, _PATCH": ".".join(parts),
        "FA_VERSION_STRING": re.search(r'FA_VERSION_STRING "(.*)"', header).group(1),
        "fa_version_string()": library.fa_version_string().decode(),
        "CHANGELOG.md": re.search(r"^## (\d+\.\d+\.\d+)", changes, re.M).group(1),
    }
    problems = [f"{place} says {version}, the project is {project}" for place, version in said.items()
                if version != project]
    if library.fa_version() != number:
        problems.append(f"fa_version() says {library.fa_version()}, the header {number}")
    abi.finish(problems)


if __name__ == "__main__":
    main()
