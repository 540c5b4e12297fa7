#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""corpus.py FA-LINT INCLUDE: every program of the corpus compiles, and gets the findings that its comments expect, no more.

A program is corpus/<CODE>/{wrong,right}_*; `// expect: FA601` stands in the line of a finding. Printed at the end: precision,
recall, lines per second, memory.
"""

import json
import pathlib
import re
import shutil
import sys

import tap

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
LEAST_PROGRAMS = 6
HINTS = {"FA203", "FA312"}
LANGUAGES = {".c": ["-x", "c", "-std=c17"], ".cpp": ["-x", "c++", "-std=c++20"]}


class Score:
    def __init__(self):
        self.found = self.missed = self.wrong = self.lines = self.memory = 0
        self.seconds = 0.0


def sources(folder):
    return sorted(path for path in folder.iterdir() if path.suffix in LANGUAGES)


def expected(path):
    lines = path.read_text().splitlines()
    return {(number, code) for number, line in enumerate(lines, 1) for comment in re.findall(r"// expect: (.*)", line)
            for code in re.findall(r"FA\d+", comment)}


def command(fa_lint, include, path, extra=()):
    settings = path.parent / ".fa.toml"
    hints = [f"--allow={code}" for code in HINTS - {path.parent.name}]
    config = ["--config", settings] if settings.exists() else []
    return [fa_lint, "--format=json", "--min-severity=hint", "--no-cache", "--figures", "-q", *hints, *config, *extra, path, "--",
            *LANGUAGES[path.suffix][2:], "-I", include, "-I", CORPUS]


def findings(fa_lint, include, path, score):
    done = tap.run(*command(fa_lint, include, path))
    tap.expect(done.returncode in (0, 1), f"{path.name}: ended with {done.returncode}: {done.stderr}")
    figures = dict(re.findall(r"(\w+)=([\d.]+)", done.stderr))
    score.lines += int(figures["lines"])
    score.seconds += float(figures["seconds"])
    score.memory = max(score.memory, int(figures["peak_kib"]))
    report = json.loads(done.stdout)["findings"]
    return {(finding["line"], finding["code"]) for finding in report}


def compile_check(include, path):
    compiler = shutil.which("clang" if path.suffix == ".c" else "clang++") or shutil.which("cc" if path.suffix == ".c" else "c++")
    done = tap.run(compiler, *LANGUAGES[path.suffix], "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-Wno-error=unused-but-set-variable",
                   "-Wno-uninitialized", "-Wno-missing-field-initializers", "-fsyntax-only", "-I", include, "-I", CORPUS, path)
    tap.expect(done.returncode == 0, done.stderr)


def check_program(fa_lint, include, path, score):
    compile_check(include, path)
    want, got = expected(path), findings(fa_lint, include, path, score)
    tap.expect(bool(want) == path.name.startswith("wrong_"), f"{path.name}: the name does not fit what is expected")
    score.found += len(want & got)
    score.missed += len(want - got)
    score.wrong += len(got - want)
    texts = [f"{path.name}:{line}: {code} is not found" for line, code in sorted(want - got)]
    texts += [f"{path.name}:{line}: {code} is found, and not expected" for line, code in sorted(got - want)]
    if texts:
        raise tap.Failure("\n".join(texts))


def check_folder(fa_lint, include, folder, score):
    problems = []
    names = [path.name for path in sources(folder)]
    for start in ("wrong_", "right_"):
        count = sum(name.startswith(start) for name in names)
        if count < LEAST_PROGRAMS:
            problems.append(f"{count} {start} programs")
    for path in sources(folder):
        try:
            check_program(fa_lint, include, path, score)
        except tap.Failure as failure:
            problems.append(str(failure))
    tap.expect(not problems, "\n".join(problems))


def check_score(score):
    reported, real = score.found + score.wrong, score.found + score.missed
    precision, recall = score.found / max(reported, 1), score.found / max(real, 1)
    print(f"# {real} mistakes expected, {score.found} found, {score.wrong} reported in vain")
    print(f"# precision {precision:.1%}, recall {recall:.1%}")
    print(f"# {score.lines / max(score.seconds, 1e-9):.0f} lines per second (headers included), {score.memory / 1024:.1f} MiB at most")
    tap.expect(real > 0 and score.wrong == 0, "precision is not 100 %")
    tap.expect(recall >= 0.95, "recall is below 95 %")


def check_codes(fa_lint):
    listed = [line.split() for line in tap.run(fa_lint, "list").stdout.splitlines()]
    own = {words[0] for words in listed if words[2] != "run-time"}
    tap.expect(own == {folder.name for folder in CORPUS.iterdir() if folder.is_dir()}, "not every code has a folder in the corpus")


def main():
    fa_lint, include = sys.argv[1:3]
    score = Score()
    folders = sorted(folder for folder in CORPUS.iterdir() if folder.is_dir())
    checks = [(folder.name, lambda folder=folder: check_folder(fa_lint, include, folder, score)) for folder in folders]
    checks.append(("every code has its programs", lambda: check_codes(fa_lint)))
    checks.append(("precision and recall", lambda: check_score(score)))
    tap.main(checks)


if __name__ == "__main__":
    main()
