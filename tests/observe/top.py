#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""top.py FRAMEALLOC_TOP BUSY: what framealloc-top prints, and what it does in a real terminal (tmux)."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from watched import busy, run, skip, snapshots, wait_for

TOP, BUSY = (os.path.abspath(argument) for argument in sys.argv[1:])


def printed(*arguments, **environment):
    done = run(TOP, "--once", *arguments, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_picture(text, width):
    lines = text.splitlines()
    assert all(len(line) <= width for line in lines), max(lines, key=len)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), "control characters"
    for expected in (r"\btotal \d+ KiB", r"^ frame +48\.8 KiB", r"^ heap +799 KiB", r"^ TAGS", r"^ LANES", r"^ REPORTS",
                     r"FA005 error"):
        assert re.search(expected, text, re.M), expected
    terrain = next(line for line in lines if "world::terrain" in line)
    assert re.search(r"704 KiB .* 69% of 1\.0 MiB", terrain), terrain
    water = next(line for line in lines if "world::water" in line)
    assert re.search(r" \d\d% of 117 KiB", water), water
    return terrain


def test_once(folder):
    with busy(BUSY, folder) as identity:
        wait_for("two snapshots", lambda: len(snapshots(folder)) >= 2)
        pid, allocator = identity.split("-")
        text = printed(folder)
        assert "█" in check_picture(text, 80)
        assert "日本語" in text and "not \ufffd utf-8" in text and 'allocator 1 "busy"' in text and f"pid {pid}" in text
        assert re.search(r"drawing +0 B +48\.8 KiB", text), "bytes in a frame"
        assert " live" in text.splitlines()[0]
        plain = printed("--ascii", "--width=100", folder)
        assert "#" in check_picture(plain, 100) and plain.isascii()
        assert printed(folder, LC_ALL="C").isascii()
        narrow = printed("--width=60", folder)
        assert re.search(r"^ world::terrain +704 KiB ", narrow, re.M) and "TREND" not in narrow.split("TAGS")[1], narrow
        assert printed(FRAMEALLOC_SNAPSHOTS=folder) and printed("-p", pid, "-a", allocator, folder)
    assert "has ended" in printed(folder).splitlines()[0]


def test_bad_arguments(folder):
    for arguments, message in (
        ([folder, "--once"], "no snapshots there"),
        ([folder + "/missing", "--once"], "No such file"),
        ([folder + "/missing"], "this is no terminal"),
        ([folder, "more", "--once"], "one folder is enough"),
        (["--pid=x", folder], "no number"),
        (["--interval=1", folder], "no number"),
        (["--request-file=a/b", folder], "no slash"),
        (["--nonsense"], "--help"),
        ([], "which folder"),
    ):
        done = run(TOP, *arguments, FRAMEALLOC_SNAPSHOTS="")
        assert done.returncode == 2 and message in done.stderr and done.stdout == "", (arguments, done)
    assert run(TOP, "--help").stdout.startswith("usage:") and run(TOP, "--version").stdout.startswith("framealloc-top ")


def test_bad_files(folder):
    for i, content in enumerate(("{", '{"version": 2, "summary": {}}', "[" * 100000,
                                 '{"version": 1, "summary": {}, "tags": 5, "threads": [1, null], "diagnostics": [{}]}',
                                 '{"version": 1, "summary": {"total_bytes": 1e999}}')):
        pathlib.Path(folder, f"snapshot-20200101T00000{i}.000000Z-1-1.json").write_text(content)
    done = run(TOP, "--once", folder)
    assert done.returncode == 0 and "total 0 B" in done.stdout, done


class Terminal:
    """A program in tmux, which stays when the program ends."""

    def __init__(self, folder, width, height):
        self.socket = str(pathlib.Path(folder, "tmux"))
        self.status = pathlib.Path(folder, "status")
        command = f"{TOP} {folder}; echo $? > {self.status}; sleep 1000"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), command)

    def tmux(self, *arguments):
        done = run("tmux", "-u", "-S", self.socket, *arguments, FRAMEALLOC_SNAPSHOTS="")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def shows(self, text):
        return wait_for(f"{text!r} on the screen:\n{self.screen()}", lambda: text in self.screen() and self.screen())

    def end(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], stderr=subprocess.DEVNULL)


def drive(terminal, folder):
    terminal.shows("no snapshots so far")
    with busy(BUSY, folder, mode="request", name="watched") as identity:
        pathlib.Path(folder, f"snapshot.request.{identity}").touch()
        screen = terminal.shows('"watched"')
        assert len(screen.splitlines()) == 24
        check_picture(screen[:screen.rindex("\n q quit")], 80)
        terminal.press("r")
        terminal.shows("a snapshot is asked for")
        wait_for("the snapshot that was asked for", lambda: len(snapshots(folder)) == 2)
        terminal.shows("q quit")
        terminal.press("s")
        terminal.shows("sort: frame")
        terminal.press("s", "s")
        terminal.shows("sort: name")
        assert re.search(r"^ world .*\n   terrain .*\n   water ", terminal.shows("   water"), re.M)
        terminal.tmux("resize-window", "-x", "80", "-y", "16")
        terminal.shows("TAGS 1-2/8")
        terminal.press("Down")
        terminal.shows("TAGS 2-3/8")
        terminal.press("End")
        terminal.shows("TAGS 7-8/8")
        terminal.press("Home", "j", "k", "PPage")
        terminal.shows("TAGS 1-2/8")
        terminal.press("p")
        terminal.shows("paused")
        terminal.press("p", "?")
        terminal.shows("sort tags by bytes")
        terminal.press("?", "Tab", "Tab")
        terminal.tmux("resize-window", "-x", "120", "-y", "40")
        wait_for("the new size", lambda: any(len(line) > 100 for line in terminal.screen().splitlines()))
        terminal.tmux("resize-window", "-x", "30", "-y", "5")
        terminal.shows("too small")
        terminal.tmux("resize-window", "-x", "80", "-y", "24")
        terminal.shows("world")
    terminal.shows("has ended")
    terminal.press("q")
    wait_for("the end of the program", lambda: terminal.status.exists() and terminal.status.read_text() == "0\n")


def test_terminal(folder):
    if not shutil.which("tmux"):
        skip("tmux is not installed")
    terminal = Terminal(folder, 80, 24)
    try:
        drive(terminal, folder)
    finally:
        terminal.end()


def main():
    for test in (test_once, test_bad_arguments, test_bad_files, test_terminal):
        with tempfile.TemporaryDirectory() as folder:
            print(test.__name__, flush=True)
            test(folder)


if __name__ == "__main__":
    main()
