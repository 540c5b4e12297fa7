#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""make-codes.py OUT DEPFILE CODES [RUN-TIME-CODES]: the registries of codes as C tables. A number that both use must say so."""

import json
import pathlib
import sys
import tomllib

SEVERITIES = {"hint": 0, "note": 0, "warning": 1, "error": 2}
FIELDS = {"name", "severity", "category", "title", "help", "explain"}


def read(path):
    return tomllib.loads(pathlib.Path(path).read_text())


def problems_of(own, others):
    for code, entry in own.items():
        if set(entry) - {"run-time"} != FIELDS:
            yield f"{code}: has {sorted(entry)}, needs {sorted(FIELDS)}"
        if others and entry.get("run-time") != others.get(code, {}).get("name"):
            yield f"{code}: the library means {others.get(code, {}).get('name')} by it, and here run-time is {entry.get('run-time')}"
    names = [entry.get("name") for entry in own.values()]
    for name in {name for name in names if names.count(name) > 1}:
        yield f"{name}: used twice"


def row(code, entry):
    texts = (entry.get("category", ""), entry.get("title", entry.get("message")), entry["help"], " ".join(entry["explain"].split()))
    return f"    {{{json.dumps(code)}, {SEVERITIES[entry['severity']]}, {', '.join(json.dumps(text) for text in texts)}}},"


def main():
    out, depfile, *registries = sys.argv[1:]
    own, others = read(registries[0]), read(registries[1]) if registries[1:] else {}
    if problems := list(problems_of(own, others)):
        sys.exit("\n".join(problems))
    pathlib.Path(depfile).write_text(f"{out}: {' '.join(path.replace(' ', chr(92) + ' ') for path in registries)}\n")
    lines = [row(code, entry) for registry in (own, others) for code, entry in sorted(registry.items())]
    pathlib.Path(out).write_text('/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n#include "codes.h"\n\n'
                                 "const struct code codes[] = {\n" + "\n".join(lines) + "\n};\n\n"
                                 "const size_t code_count = sizeof codes / sizeof *codes;\n")


if __name__ == "__main__":
    main()
