#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""make-codes.py OUT CODES [RUN-TIME-CODES]: the registries of codes as C tables."""

import json
import pathlib
import sys
import tomllib

SEVERITIES = {"hint": 0, "note": 0, "warning": 1, "error": 2}
FIELDS = {"severity", "category", "title", "help", "explain"}


def rows(registry, category=None):
    for name, entry in sorted(tomllib.loads(pathlib.Path(registry).read_text()).items()):
        if category is None and set(entry) != FIELDS:
            sys.exit(f"{registry}: {name} has {sorted(entry)}, needs {sorted(FIELDS)}")
        title = entry.get("title", entry.get("message"))
        texts = (entry.get("category", category), title, entry["help"], " ".join(entry["explain"].split()))
        yield name, SEVERITIES[entry["severity"]], texts


def main():
    out, own, *others = sys.argv[1:]
    entries = list(rows(own)) + [row for registry in others for row in rows(registry, "")]
    lines = [f"    {{{json.dumps(name)}, {severity}, {', '.join(json.dumps(text) for text in texts)}}},"
             for name, severity, texts in entries]
    pathlib.Path(out).write_text('/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n#include "codes.h"\n\n'
                                 "const struct code codes[] = {\n" + "\n".join(lines) + "\n};\n\n"
                                 "const size_t code_count = sizeof codes / sizeof *codes;\n")


if __name__ == "__main__":
    main()
