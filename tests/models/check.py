#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Searches every state of a Promela model, then has each mutant of it (#ifdef MUTANT_x) caught: a model that cannot
fail proves nothing."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "install"))
import tap  # noqa: E402

MEBIBYTES = 2000
DEPTH = 1000000
SECONDS = 120
VERIFIER = ["gcc", "-O2", "-w", "-DSAFETY", "-DNOFAIR", "-DCOLLAPSE", f"-DMEMLIM={MEBIBYTES}", "-o", "pan", "pan.c"]


def search(model, mutant=None):
    """What the verifier says of the model."""
    with tempfile.TemporaryDirectory() as place:
        define = [f"-DMUTANT_{mutant}"] if mutant else []
        tap.output("spin", *define, "-a", model, cwd=place, timeout=SECONDS)
        tap.output(*VERIFIER, cwd=place, timeout=SECONDS)
        return tap.output("./pan", f"-m{DEPTH}", cwd=place, timeout=SECONDS)


def errors(said):
    found = re.search(r"errors: (\d+)", said)
    tap.expect(found, f"the verifier did not end as it should:\n{said}")
    return int(found.group(1))


def unreached(said):
    """Lines of the model that no execution comes to; not every model uses all that memory.pml offers."""
    lines = re.findall(r"^\t(\S+:\d+, state \d+, .*)$", said, re.MULTILINE)
    return [line for line in lines if "memory.pml" not in line and not line.endswith('"-end-"')]


def holds(model):
    said = search(model)
    tap.expect(errors(said) == 0, said)
    tap.expect("Search not completed" not in said and "max search depth too small" not in said, said)
    tap.expect(not unreached(said), "never executed:\n" + "\n".join(unreached(said)))
    states = re.search(r"(\d+) states, stored", said).group(1)
    memory = re.search(r"([\d.]+)\s+total actual memory usage", said).group(1)
    print(f"# {states} states, {memory} MiB")


def is_caught(model, mutant):
    said = search(model, mutant)
    tap.expect(errors(said) > 0, f"nothing is wrong without it:\n{said}")
    print(f"# {mutant}: {next(line for line in said.splitlines() if line.startswith('pan:'))}")


def main(model):
    mutants = sorted(set(re.findall(r"MUTANT_(\w+)", model.read_text(encoding="utf-8"))))
    if not shutil.which("spin") or not shutil.which("gcc"):
        print("1..0 # SKIP spin or gcc is not installed")
        return
    tap.expect(mutants, f"{model} has no mutants")
    tap.main([("every state", lambda: holds(model))] +
             [(f"mutant {name}", lambda name=name: is_caught(model, name)) for name in mutants])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
