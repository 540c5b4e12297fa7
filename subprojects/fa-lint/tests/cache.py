#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""cache.py FA-LINT INCLUDE: the incremental cache: what has changed is read again, whatever has become of the cache."""

import json
import os
import shutil
import signal
import subprocess
import time

import tap
from project import CLEAN, FA_LINT, FOUND, MISTAKES, Folder, found, project, same


def reused(folder, *words):
    return int(folder.lint("--cache", "cache", "--figures", *words).stderr.split("reused=")[1].split()[0])


def check_cache():
    with project() as folder:
        same([reused(folder), reused(folder)], [0, 2])
        folder.write("main.c", MISTAKES + "\n")
        same([reused(folder), reused(folder)], [1, 2])
        for entry in (folder.path / "cache").iterdir():
            entry.write_bytes(entry.read_bytes()[:-100])
        same(reused(folder), 0)
        same(found(folder.lint("--cache", "cache", "--format=json")), FOUND)


def entries(folder):
    return sorted((folder.path / "cache").iterdir())


def check_spoilt():
    """An entry that is cut off, empty, or not what was written is made anew, and no finding is lost."""
    with project() as folder:
        folder.lint("--cache", "cache")
        whole = {path: path.read_bytes() for path in entries(folder)}
        for spoil in (lambda data: data[:-1], lambda data: data[:len(data) // 2], lambda data: b"", lambda data: b"x" * len(data),
                      lambda data: data[:len(data) // 3] + bytes([data[len(data) // 3] ^ 1]) + data[len(data) // 3 + 1:]):
            for path, data in whole.items():
                path.write_bytes(spoil(data))
            done = folder.lint("--cache", "cache", "--format=json", "--figures")
            same(found(done), FOUND)
            tap.expect("reused=0" in done.stderr, done.stderr)
            same({path: path.read_bytes() for path in entries(folder)}.keys(), whole.keys())


def check_headers():
    with Folder(main__c='#include "make.h"\n' + MISTAKES, make__h="#define COUNT 1\n") as folder:
        folder.database("main.c")
        same([reused(folder), reused(folder)], [0, 1])
        folder.write("make.h", "#define COUNT 2\n")
        same([reused(folder), reused(folder)], [0, 1])
        (folder.path / "make.h").unlink()
        done = folder.lint("--cache", "cache")
        tap.expect(done.returncode == 2 and "make.h" in done.stderr, done.stderr)
        folder.write("make.h", "#define COUNT 2\n")
        same([reused(folder), reused(folder)], [0, 1])


def check_options():
    with project() as folder:
        same([reused(folder), reused(folder)], [0, 2])
        path = folder.path / "compile_commands.json"
        path.write_text(path.read_text().replace('"-O2"', '"-DNEW"'))
        same([reused(folder), reused(folder)], [0, 2])
        (folder.path / "clean.c").unlink()
        done = folder.lint("--cache", "cache", "--format=json")
        tap.expect(done.returncode == 2 and found(done) == FOUND, done.stderr)


def check_other_build():
    """What another build of the program has written is not believed."""
    with project() as folder:
        same([reused(folder), reused(folder)], [0, 2])
        other = folder.path / "other-fa-lint"
        shutil.copy(FA_LINT, other)
        done = tap.run(other, "--cache", "cache", "--figures", cwd=folder.path)
        tap.expect("reused=0" in done.stderr, done.stderr)


def check_unusable():
    with project() as folder:
        folder.write("file", "")
        done = folder.lint("--cache", "file/cache", "--format=json")
        same(found(done), FOUND)
        tap.expect("file/cache: no cache can be kept here" in done.stderr, done.stderr)
        temporary = folder.path / "tmp"
        temporary.mkdir()
        folder.lint("--no-cache", env={**os.environ, "TMPDIR": str(temporary)})
        same(list(temporary.iterdir()), [])


def check_two_at_once():
    with project() as folder:
        for name in ("a", "b", "c", "d", "e", "f"):
            folder.write(f"{name}.c", CLEAN.replace("take", f"take_{name}"))
        folder.database("main.c", "clean.c", *(f"{name}.c" for name in "abcdef"))
        for _ in range(4):
            shutil.rmtree(folder.path / "cache", ignore_errors=True)
            runs = [subprocess.Popen([FA_LINT, "--cache", "cache", "--format=json"], cwd=folder.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                    for _ in range(3)]
            for run in runs:
                out, err = run.communicate(timeout=100)
                same([(each["code"], each["line"]) for each in json.loads(out)["findings"]], FOUND)
                tap.expect(run.returncode == 1, err)
            same(len(entries(folder)), 8)
        same(reused(folder), 8)


def check_interrupted():
    """Who is interrupted leaves nothing behind, in spite of a worker that waits for ever."""
    with project() as folder:
        os.mkfifo(folder.path / "never.h")
        folder.write("clean.c", '#include "never.h"\n')
        temporary = folder.path / "tmp"
        temporary.mkdir()
        run = subprocess.Popen([FA_LINT, "--no-cache"], cwd=folder.path, env={**os.environ, "TMPDIR": str(temporary)}, stderr=subprocess.DEVNULL)
        while not any(temporary.glob("*/*.fair")):
            tap.expect(run.poll() is None, "the run ended by itself")
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        same(run.wait(timeout=60), -signal.SIGINT)
        same(list(temporary.iterdir()), [])


def check_jobs():
    """However many work at it, the same is found."""
    with project() as folder:
        same([found(folder.lint("--no-cache", "--format=json", "-j", jobs)) for jobs in ("1", "2", "7")], [FOUND] * 3)


if __name__ == "__main__":
    tap.main([
        ("cache", check_cache),
        ("spoilt entries", check_spoilt),
        ("headers", check_headers),
        ("options and deleted files", check_options),
        ("another build", check_other_build),
        ("a cache that cannot be kept", check_unusable),
        ("three at once", check_two_at_once),
        ("interrupted", check_interrupted),
        ("jobs", check_jobs),
    ])
