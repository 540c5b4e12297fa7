# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs a list of named checks and prints TAP. A check raises Failure or Skip, or returns."""

import subprocess
import sys


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def output(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def expect(holds, otherwise):
    if not holds:
        raise Failure(otherwise)


def run_one(number, name, check):
    try:
        check()
    except Skip as skip:
        print(f"ok {number} - {name} # SKIP {skip}", flush=True)
        return True
    except Failure as failure:
        print("\n".join("# " + line for line in str(failure).splitlines()))
        print(f"not ok {number} - {name}", flush=True)
        return False
    print(f"ok {number} - {name}", flush=True)
    return True


def main(checks):
    print(f"1..{len(checks)}", flush=True)
    results = [run_one(number, name, check) for number, (name, check) in enumerate(checks, 1)]
    sys.exit(0 if all(results) and results else 1)
