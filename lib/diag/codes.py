#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""codes.py [--write]: what is made from the registry of diagnostic codes, codes.toml. Without --write, compares.

    include/framealloc/codes.h   the constants
    lib/diag/codes.def           the texts, as the library compiles them in
    docs/codes.md                the reference page, which knows the codes of fa-lint as well
"""

import pathlib
import re
import sys
import textwrap
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "lib/diag/codes.toml"
LINT = ROOT / "subprojects/fa-lint/codes.toml"
FAMILIES = {"FA": 0, "BF": 10000}
CHAPTERS = {
    "FA0": "Frames",
    "FA1": "Engines",
    "FA2": "Threads",
    "FA3": "Budgets",
    "FA4": "Handles, streams and objects",
    "FA5": "Blocks",
    "FA9": "Everything else",
    "BF0": "Behaviour filter",
}
FIELDS = ("name", "severity", "message", "help", "explain")
SWITCHES = {"async": "async-safety"}


def number(code):
    """What a code is in C: FA001 is 1, BF001 is 10001."""
    return FAMILIES[code[:2]] + int(code[2:])


def problems_of(code, entry):
    if not re.fullmatch(r"(FA|BF)[0-9]{3}", code):
        yield f"{code}: not FA or BF and three digits"
    if set(entry) != set(FIELDS):
        yield f"{code}: has {sorted(entry)}, needs {sorted(FIELDS)}"
    elif entry["severity"] not in ("note", "warning", "error"):
        yield f"{code}: severity {entry['severity']}"
    elif any(len(entry[field]) > 120 for field in ("message", "help")):
        yield f"{code}: message or help is longer than a line"


def read():
    registry = tomllib.loads(REGISTRY.read_text())
    problems = [problem for code, entry in registry.items() for problem in problems_of(code, entry)]
    names = [entry.get("name") for entry in registry.values()]
    problems += [f"{name}: used twice" for name in {name for name in names if names.count(name) > 1}]
    if problems:
        sys.exit("\n".join(problems))
    for entry in registry.values():
        entry["explain"] = " ".join(entry["explain"].split())
    return dict(sorted(registry.items(), key=lambda item: number(item[0])))


def read_lint(registry):
    """The codes of fa-lint. A number that is given out on both sides must say what it means on the other."""
    lint = tomllib.loads(LINT.read_text())
    wrong = [code for code, entry in lint.items() if entry.get("run-time") != registry.get(code, {}).get("name")]
    if wrong:
        sys.exit(f"used by fa-lint and by the library: {', '.join(wrong)}")
    return dict(sorted(lint.items()))


def string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def header(registry):
    widest = max(len(entry["name"]) for entry in registry.values())
    lines = [
        "/* SPDX-License-Identifier: MIT OR Apache-2.0 */",
        "/* Made by lib/diag/codes.py from lib/diag/codes.toml. */",
        "/**",
        " * @file codes.h",
        " * @brief The diagnostic codes: FA001 is 1, BF001 is 10001. None is ever reused.",
        " */",
        "#ifndef FRAMEALLOC_CODES_H",
        "#define FRAMEALLOC_CODES_H",
        "",
        '#include "annotations.h"',
        "",
    ]
    for code, entry in registry.items():
        define = f"#define FA_CODE_{entry['name']:<{widest}} {number(code)}"
        lines.append(f"{define} /**< {code} {entry['severity']}: {entry['message']}. */")
    return "\n".join(lines + ["", "#endif", ""])


def quoted(text):
    """A C string over several lines."""
    pieces = textwrap.wrap(text, 100, drop_whitespace=False)
    return "\n              ".join(string(piece) for piece in pieces)


def table(registry):
    lines = [
        "/* SPDX-License-Identifier: MIT OR Apache-2.0 */",
        "/* Made by lib/diag/codes.py from lib/diag/codes.toml: FA_DIAGNOSTIC(code, severity, message, help, explain). */",
    ]
    for code, entry in registry.items():
        lines.append(
            f"FA_DIAGNOSTIC({code}, {number(code)}, {entry['severity'].upper()}, {string(entry['message'])},\n"
            f"              {string(entry['help'])},\n"
            f"              {quoted(entry['explain'])})"
        )
    return "\n".join(lines) + "\n"


def section(title, line, entry):
    return ["", title, "", line, "", textwrap.fill(" ".join(entry["explain"].split()), 118), "", f"**Help:** {entry['help']}."]


def lint_sections(lint):
    lines = [
        "",
        "## Found by fa-lint",
        "",
        "What [static analysis](static-analysis.md) says before a program runs. Numbers go on from those above; where both sides",
        "have one, the library's meaning is the one above.",
    ]
    for code, entry in lint.items():
        switch = SWITCHES.get(entry["category"], entry["category"])
        both = f"; at run time `FA_CODE_{entry['run-time']}`" if "run-time" in entry else ""
        lines += section(f"### {code}: {entry['title']}", f"*{entry['severity']}, `--{switch}`{both}*", entry)
    return lines


def page(registry, lint):
    lines = [
        "# Diagnostic codes",
        "",
        "<!-- Made by lib/diag/codes.py from lib/diag/codes.toml and subprojects/fa-lint/codes.toml. -->",
        "",
        "What the library says when something is wrong, and what to do about it. The same texts are there at run time",
        "(`fa_diagnostic_describe()`) and on the command line (`fa-lint explain`). How to receive reports is told in",
        "[diagnostics.md](diagnostics.md). What fa-lint finds in sources comes last.",
    ]
    chapter = None
    for code, entry in registry.items():
        if CHAPTERS[code[:3]] != chapter:
            chapter = CHAPTERS[code[:3]]
            lines += ["", f"## {chapter}"]
        lines += section(f"### {code}: {entry['message']}", f"*{entry['severity']}, `FA_CODE_{entry['name']}`*", entry)
    return "\n".join(lines + lint_sections(lint)) + "\n"


def main():
    registry = read()
    made = {
        "include/framealloc/codes.h": header(registry),
        "lib/diag/codes.def": table(registry),
        "docs/codes.md": page(registry, read_lint(registry)),
    }
    stale = [name for name, text in made.items() if not (ROOT / name).exists() or (ROOT / name).read_text() != text]
    if "--write" in sys.argv[1:]:
        for name in stale:
            (ROOT / name).write_text(made[name])
        print(f"{len(registry)} codes, {len(stale)} files written")
    elif stale:
        sys.exit(f"not what codes.toml says, run lib/diag/codes.py --write: {', '.join(stale)}")
    else:
        print(f"{len(registry)} codes, {len(made)} files agree")


if __name__ == "__main__":
    main()
