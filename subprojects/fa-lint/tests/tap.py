# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs a list of named checks and prints TAP. A check raises Failure or Skip, or returns."""

import subprocess
import sys
import traceback


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **options)


def expect(holds, otherwise):
    if not holds:
        raise Failure(otherwise)


def run_one(number, name, check):
    try:
        check()
    except Skip as skip:
        print(f"ok {number} - {name} # SKIP {skip}", flush=True)
        return True
    except Exception as problem:
        text = str(problem) if isinstance(problem, Failure) else traceback.format_exc()
        print("\n".join("# " + line for line in text.splitlines()))
        print(f"not ok {number} - {name}", flush=True)
        return False
    print(f"ok {number} - {name}", flush=True)
    return True


def main(checks):
    print(f"1..{len(checks)}", flush=True)
    results = [run_one(number, name, check) for number, (name, check) in enumerate(checks, 1)]
    sys.exit(0 if all(results) and results else 1)
