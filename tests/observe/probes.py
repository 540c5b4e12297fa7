#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The static probes: listed by readelf as documented, off while nobody traces, and told to gdb, perf and bpftrace.

Usage: probes.py WAY LIBRARY PROGRAM HEADER, where WAY is notes, off, gdb, perf or bpftrace
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

UPROBES = pathlib.Path("/sys/kernel/tracing/uprobe_events")
FRAMES = 3
BLOCKS = 5
SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], text=True, capture_output=True, check=False, **options)


def documented(header):
    """Probes and how many arguments each has, from the table of the header."""
    table = re.findall(r"^ \* \| (\w+) \| (lane.*) \|$", header.read_text(), re.M)
    return {name: len(arguments.split(",")) for name, arguments in table}


def notes(library, _program, header):
    text = run("readelf", "-n", "--wide", library).stdout
    found = re.findall(r"Provider: framealloc\s+Name: (\w+)\s+Location: \S+ Base: \S+ Semaphore: (\S+)\s+Arguments: (.*)", text)
    listed = {name: len(arguments.split()) for name, _, arguments in found}
    assert listed == documented(header), f"{listed} are listed, {documented(header)} are documented"
    assert len(found) == len(listed), "a probe has two places"
    assert all(int(semaphore, 16) != 0 for _, semaphore, _ in found), "a probe has no semaphore"
    assert len({semaphore for _, semaphore, _ in found}) == len(found), "two probes share a semaphore"
    return f"{len(listed)} probes"


def off(_library, program, _header):
    result = run(program)
    assert result.stdout == "0 calls failed, 0 probes are traced\n", result.stdout
    return result.stdout.strip()


def check_told(told, lanes):
    """told: how often each probe was hit."""
    expected = {
        "frame_begin": FRAMES, "frame_end": FRAMES, "alloc": FRAMES * (BLOCKS + 1), "free": FRAMES, "discard": FRAMES,
        "zone_begin": FRAMES, "zone_end": FRAMES, "report": 1,
    }
    assert told == expected, f"{told}, not {expected}"
    assert len(lanes) == 1 and lanes != {0}, f"lanes {lanes}"


def gdb(_library, program, header):
    if shutil.which("gdb") is None:
        skip("gdb is not there")
    script = ["set pagination off", "set breakpoint pending on", "set debuginfod enabled off", "set startup-with-shell off",
              "break main", "run"]
    for name, count in documented(header).items():
        if name in ("budget", "pressure"):
            continue
        values = ", ".join(f"(unsigned long long)$_probe_arg{i}" for i in range(count))
        form = " ".join(["%llu"] * count)
        script += [f"break -probe-stap framealloc:{name}", "commands", "silent", f'printf "told {name} {form}\\n", {values}',
                   "continue", "end"]
    script += ["continue"]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "script"
        path.write_text("\n".join(script) + "\n")
        result = run("gdb", "-nx", "-batch", "-x", path, program, timeout=120)
    if "ptrace: Operation not permitted" in result.stdout + result.stderr:
        skip("this machine lets nobody trace")
    lines = re.findall(r"^told (\w+) (.*)$", result.stdout, re.M)
    told, lanes = {}, set()
    for name, values in lines:
        told[name] = told.get(name, 0) + 1
        lanes.add(int(values.split()[0]))
    assert lines, result.stdout + result.stderr
    check_told(told, lanes)
    ends = [list(map(int, values.split())) for name, values in lines if name == "frame_end"]
    assert [end[1:4] for end in ends] == [[1 + i, 112 * BLOCKS, 112 * BLOCKS] for i in range(FRAMES)], ends
    assert all(end[4] > 0 for end in ends), ends
    frame_blocks = [values.split() for name, values in lines if name == "alloc" and values.split()[1] == "1"]
    assert all(block[3] == "100" for block in frame_blocks) and len(frame_blocks) == FRAMES * BLOCKS, frame_blocks
    assert "0 calls failed, 8 probes are traced" in result.stdout, result.stdout
    return f"gdb was told {len(lines)} times"


def need_tracefs():
    """Where nobody has mounted it, this process goes on in a mount namespace of its own, if it may."""
    try:
        UPROBES.read_text()
        return
    except OSError as error:
        why = f"{UPROBES}: {error.strerror}"
    if "PROBES_IN_NAMESPACE" in os.environ or os.geteuid() != 0 or shutil.which("unshare") is None:
        skip(why)
    environment = dict(os.environ, PROBES_IN_NAMESPACE="1")
    inside = 'mount -t tracefs nodev /sys/kernel/tracing 2>/dev/null; exec "$0" "$@"'
    command = ["unshare", "--mount", "sh", "-c", inside, sys.executable, *sys.argv]
    sys.stdout.flush()
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def perf(library, program, _header):
    if shutil.which("perf") is None:
        skip("perf is not there")
    need_tracefs()
    with tempfile.TemporaryDirectory() as folder:
        base = ["perf", "--buildid-dir", folder]
        added = run(*base, "buildid-cache", "--add", library)
        probed = run(*base, "probe", "--add", "sdt_framealloc:frame_end")
        if added.returncode != 0 or probed.returncode != 0:
            skip("perf cannot set a probe here: " + (added.stderr + probed.stderr).strip().splitlines()[-1])
        try:
            data = pathlib.Path(folder) / "data"
            recorded = run(*base, "record", "-q", "-o", data, "-e", "sdt_framealloc:frame_end", program)
            assert recorded.returncode == 0, recorded.stderr
            shown = run(*base, "script", "-i", data).stdout
        finally:
            run(*base, "probe", "--del", "sdt_framealloc:*")
    lines = re.findall(r"sdt_framealloc:frame_end: .*arg1=(\d+) arg2=(\d+) arg3=(\d+)", shown)
    assert [line[1] for line in lines] == [str(1 + i) for i in range(FRAMES)], shown
    assert all(line[2] == str(112 * BLOCKS) for line in lines), shown
    assert "1 probes are traced" in recorded.stdout, recorded.stdout
    return f"perf was told {len(lines)} times"


def await_tracer(tracer, program):
    """Until the kernel has raised the semaphore for processes to come."""
    while tracer.poll() is None:
        if "1 probes are traced" in run(program).stdout:
            return True
        time.sleep(0.2)
    return False


def bpftrace(library, program, _header):
    if shutil.which("bpftrace") is None:
        skip("bpftrace is not there")
    need_tracefs()
    script = f"usdt:{library}:framealloc:frame_end {{ printf(\"told %d %d\\n\", arg1, arg2); }}"
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(["bpftrace", "-e", script], stdout=out, stderr=errors) as tracer:
            traced = await_tracer(tracer, program)
            said = run(program).stdout if traced else ""
            tracer.send_signal(signal.SIGINT)
        out.seek(0)
        errors.seek(0)
        shown, why = out.read(), errors.read()
    if not traced:
        skip("bpftrace cannot trace here: " + (why.strip().splitlines() or ["no reason given"])[-1])
    lines = re.findall(r"^told (\d+) (\d+)$", shown, re.M)[-FRAMES:]
    assert lines == [(str(1 + i), str(112 * BLOCKS)) for i in range(FRAMES)], shown + why
    assert said == "0 calls failed, 1 probes are traced\n", said
    return f"bpftrace was told {len(lines)} times"


WAYS = {"notes": notes, "off": off, "gdb": gdb, "perf": perf, "bpftrace": bpftrace}


def main():
    way, library, program, header = sys.argv[1:5]
    try:
        print(WAYS[way](pathlib.Path(library).resolve(), program, pathlib.Path(header)))
    except AssertionError as problem:
        print(problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
