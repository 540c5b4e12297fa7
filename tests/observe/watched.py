# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the tests of the programs that show snapshots have in common."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

PATIENCE = 30


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def wait_for(what, condition):
    """Until the condition gives something; how long that takes does not matter, within reason."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


@contextlib.contextmanager
def busy(program, folder, mode="automatic", name="busy"):
    """A process that writes snapshots; gives PID-ALLOCATOR."""
    process = subprocess.Popen([program, folder, mode, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.stdout.close()
        assert process.wait() == 0


def snapshots(folder):
    return sorted(path.name for path in pathlib.Path(folder).glob("snapshot-*.json"))


def run(*command, **environment):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **environment})
