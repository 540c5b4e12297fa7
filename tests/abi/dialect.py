#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""dialect.py GENERATOR: a declaration that cannot be described is refused with its file and line, and why."""

import importlib.util
import pathlib
import re
import shutil
import sys
import tempfile

import abi

DOC = "/** @brief Does. Thread safety: any thread. */\n"
API = DOC + "FA_API FA_SINCE(1, 0)\n"
WRONG = {
    "int32_t fa_naked(void);": "declaration not understood at 'int32_t'",
    API + "fa_status fa_wrong(fa_missing *m);": "unknown type 'fa_missing'",
    API + "fa_status fa_wrong(fa_allocator *a, uint64_t *out);":
        "out is uint64_t *, but does not say FA_OUT or FA_INOUT",
    API + "fa_status fa_wrong(FA_OUT const uint64_t *out);": "out is written to, but is const uint64_t *",
    API + "fa_status fa_wrong(FA_OUT FA_ARRAY(many) uint64_t *out, size_t few);":
        "fa_wrong has no parameter of that name",
    API + "void *fa_wrong(void);": "does not say how long its result is valid",
    API + "fa_status fa_wrong(FA_SOMEHOW void *p);": "unknown annotation FA_SOMEHOW",
    API + "fa_status fa_wrong(fa_allocator a);": "fa_allocator can only be pointed to",
    API + "fa_status wrong(void);": "'wrong' is no name of a function",
    API + "fa_status fa_wrong(void)": "the file ends inside a declaration",
    API + "FA_LIFETIME(weekend) void *fa_wrong(void);": "does not say how long its result is valid",
    API + "FA_RELEASED_BY(fa_nobody) void *fa_wrong(void);": "released by unknown functions: fa_nobody",
    DOC + "FA_API\nfa_status fa_wrong(void);": "does not say since when it is there",
    "FA_API FA_SINCE(1, 0)\nfa_status fa_wrong(void);": "fa_wrong has no documentation",
    "/** @brief Does. */\nFA_API FA_SINCE(1, 0)\nfa_status fa_wrong(void);": "does not say which threads may call it",
    "/** @brief Does. @param b what. */\nFA_API FA_SINCE(1, 0)\nfa_status fa_wrong(fa_allocator *a);":
        "documents b, which it does not take",
    "/** Bits. */\ntypedef struct fa_bits {\n    uint32_t a : 3; /**< Three. */\n} fa_bits;":
        "expected '[' or ';', found ':'",
    "/** Nameless. */\ntypedef struct fa_odd {\n    uint32_t a;\n} fa_odd;": "member a has no documentation",
    "/** Words. */\ntypedef enum fa_words { FA_ONE } fa_words;": "unknown type 'enum'",
    "#define FA_STRANGE __LINE__ /**< A line. */": "__LINE__ is no part of a constant",
    "#define FA_STRANGE_INIT {1} /**< Of nothing. */": "initialises no struct of that name",
    "#pragma once": "directive not understood",
}
RIGHT = API + "fa_status fa_right(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(most) uint64_t *out, size_t most);"


def generator(path):
    sys.path.insert(0, str(pathlib.Path(path).parent))
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def described(generate, declaration):
    """The description of the headers with a declaration at the end of the last one, or the refusal, and its line."""
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        shutil.copytree(abi.INCLUDE, root / "include")
        shutil.copy(abi.ROOT / "meson.build", root)
        header = root / "include/framealloc/window.h"
        text = header.read_text(encoding="utf-8").rstrip().removesuffix("#endif")
        header.write_text(f"{text}{declaration}\n#endif\n", encoding="utf-8")
        line = text.count("\n") + 1
        try:
            return generate.describe(root), line
        except generate.AbiError as error:
            return str(error), line


def check(generate, declaration, reason):
    said, first = described(generate, declaration)
    if not isinstance(said, str):
        return [f"accepted: {declaration}"]
    print(said)
    problems = [] if reason in said else [f"{declaration}\n  said {said}\n  not {reason}"]
    place = re.match(r"framealloc/window\.h:(\d+): ", said)
    if place and not first <= int(place.group(1)) <= first + declaration.count("\n") + 1:
        problems.append(f"{said}: the declaration is at line {first}")
    if not place and "unknown functions" not in said and "file ends" not in said:
        problems.append(f"{said}: no file and line")
    return problems


def main():
    generate = generator(sys.argv[1])
    problems = [problem for declaration, reason in WRONG.items() for problem in check(generate, declaration, reason)]
    said, _ = described(generate, RIGHT)
    found = {} if isinstance(said, str) else {function["name"]: function for function in said["functions"]}
    array = found["fa_right"]["parameters"][1] if "fa_right" in found else {}
    if (array.get("direction"), array.get("nullable"), array.get("array")) != ("out", True, {"count": "most"}):
        problems.append(f"not described as it was declared: {array or said}")
    abi.finish(problems)


if __name__ == "__main__":
    main()
