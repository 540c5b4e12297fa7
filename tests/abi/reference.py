#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""reference.py DIRECTORY: every declaration has its words in the reference pages, and Doxygen had nothing to say."""

import html
import pathlib
import re
import sys

import abi


def main():
    pages = pathlib.Path(sys.argv[1])
    warnings = (pages.parent / "doxygen-warnings.log").read_text(encoding="utf-8")
    problems = warnings.splitlines()
    text = "".join(page.read_text(encoding="utf-8") for page in pages.glob("*_8h.html"))
    entries = [re.sub(r"<[^>]*>", "", entry) for entry in re.findall(r'<td class="memname">(.*?)</td>', text)]
    shown = {re.split(r"[\s*;]", html.unescape(entry).strip())[-1] for entry in entries}
    problems += [f"{name}() has no entry" for name in abi.declared_functions() if name not in shown]
    problems += [f"struct {name} has no page" for name in abi.public_structs()
                 if not (pages / f"struct{name.replace('_', '__')}.html").exists()]
    abi.finish(problems)


if __name__ == "__main__":
    main()
