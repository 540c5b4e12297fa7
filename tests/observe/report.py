#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""report.py FRAMEALLOC_REPORT BUSY: the page that framealloc-report makes, as text and in a real browser."""

import html.parser
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

from watched import busy, run, skip, snapshots, wait_for

REPORT, BUSY = (os.path.abspath(argument) for argument in sys.argv[1:])
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page(html.parser.HTMLParser):
    """Elements by name with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag, **wanted):
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]


def make(*arguments):
    done = run(sys.executable, REPORT, *arguments)
    assert done.returncode == 0, done.stderr
    return done


def check_page(text):
    page = Page(text)
    for identity in ("s0-intents", "s0-tags", "s0-budgets", "s0-tree", "s0-lanes", "s0-reports"):
        assert page.of("section", id=identity), identity
    assert len(page.of("svg")) == 2 and len(page.of("polygon")) >= 4 + 5
    assert not page.of("img") and not page.of("link") and not page.of("iframe")
    assert not re.search(r"https?:|url\(|@import", text), "the page asks for something"
    assert not [found for _, found in page.elements if "src" in found or any(key.startswith("on") for key in found)]
    for expected in ("world", "terrain", "日本語", "not \ufffd utf-8", "FA005", "tag world::water",
                     "</script><img src=x onerror="):
        assert expected in page.text, expected
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), "control characters"
    assert "default-src 'none'" in page.of("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    return page


def browse(folder, page, theme, *arguments):
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run([BROWSER, "--headless", *sandbox, "--disable-gpu", "--hide-scrollbars",
                           "--window-size=1100,1600", f"--user-data-dir={folder}/profile", *arguments,
                           f"{pathlib.Path(page).as_uri()}#{theme}"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unfiltered(kind, line, before, depth):
    """A row of a PNG (RFC 2083, filters 0 to 4)."""
    out = bytearray(line)
    for i in range(len(line)):
        left = out[i - depth] if i >= depth else 0
        up = before[i]
        corner = before[i - depth] if i >= depth else 0
        nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                      (abs(left + up - 2 * corner), 2, corner))[2]
        out[i] = (out[i] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return bytes(out)


def colours(path):
    """How many pixels of each colour a PNG has, of every fifth row."""
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, bits, kind = struct.unpack(">IIBB", data[16:26])
    depth = {2: 3, 6: 4}[kind]
    assert bits == 8 and width == 1100 and height >= 1000
    at, packed = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, stride, found = zlib.decompress(packed), width * depth, {}
    before = bytes(stride)
    for row in range(height):
        start = row * (stride + 1)
        before = unfiltered(raw[start], raw[start + 1:start + 1 + stride], before, depth)
        for i in range(0, stride if row % 5 == 0 else 0, depth):
            found[before[i:i + 3]] = found.get(before[i:i + 3], 0) + 1
    return found


def check_screenshot(folder, page, theme, background, area):
    picture = f"{folder}/{theme}.png"
    browse(folder, page, theme, f"--screenshot={picture}")
    found = colours(picture)
    total = sum(found.values())
    assert found.get(bytes.fromhex(background), 0) > total / 20, f"{theme}: the page has another background"
    assert found.get(bytes.fromhex(area), 0) > total / 200, f"{theme}: no area of that colour"
    assert len(found) > 50, f"{theme}: only {len(found)} colours"


def test_page(folder):
    page = f"{folder}/page.html"
    with busy(BUSY, folder):
        wait_for("three snapshots", lambda: len(snapshots(folder)) >= 3)
    make(folder, "-o", page)
    text = pathlib.Path(page).read_text(encoding="utf-8")
    check_page(text)
    assert make(folder, "-o", "-").stdout == text
    assert sorted(os.listdir(folder)) == sorted([*snapshots(folder), "page.html"])
    if BROWSER is None:
        skip("no chromium is installed")
    rendered = browse(folder, page, "dark", "--dump-dom")
    assert '<html lang="en" data-theme="dark">' in rendered and "<title>Memory of observe-busy</title>" in rendered
    assert Page(rendered).of("button", id="theme") == [{"id": "theme"}], "the script did not run"
    check_screenshot(folder, page, "light", "f9f9f7", "eda100")
    check_screenshot(folder, page, "dark", "0d0d0d", "c98500")


def test_several(folder):
    with busy(BUSY, folder, name="one") as first, busy(BUSY, folder, name="two") as second:
        wait_for("the first", lambda: [name for name in snapshots(folder) if first in name])
        wait_for("the second", lambda: [name for name in snapshots(folder) if second in name])
    text = make(folder, "-o", "-").stdout
    assert "“one”" in text and "“two”" in text and Page(text).of("a", href="#s1")
    pid = first.split("-")[0]
    text = make(folder, "-o", "-", "--pid", pid).stdout
    assert "“one”" in text and "“two”" not in text


def test_one_snapshot(folder):
    with busy(BUSY, folder):
        wait_for("a snapshot", lambda: snapshots(folder))
    for name in snapshots(folder)[1:]:
        os.unlink(f"{folder}/{name}")
    check_page(make(folder, "-o", "-").stdout)


def test_bad_files(folder):
    for i, content in enumerate((b"{", b'{"version": 2}', b"[" * 100000, b"\xff\xfe", b'{"version": 1}', b"7",
                                 b'{"version": 1, "summary": [], "tags": 3, "threads": [], "diagnostics": []}')):
        pathlib.Path(folder, f"snapshot-20200101T00000{i}.000000Z-1-1.json").write_bytes(content)
    done = run(sys.executable, REPORT, folder, "-o", "-")
    assert done.returncode == 2 and "no snapshots there" in done.stderr and done.stderr.count("left out") == 7, done
    with busy(BUSY, folder, name="good"):
        wait_for("a good one", lambda: len(snapshots(folder)) >= 8)
    done = make(folder, "-o", "-")
    assert done.stderr.count("left out") == 7 and Page(done.stdout).of("section", id="unreadable")


def test_bad_arguments(folder):
    for arguments, message in (
        ([f"{folder}/missing"], "No such file"),
        ([folder], "no snapshots there"),
        ([], "which folder"),
    ):
        done = run(sys.executable, REPORT, *arguments, FRAMEALLOC_SNAPSHOTS="")
        assert done.returncode == 2 and message in done.stderr, done
    with busy(BUSY, folder):
        wait_for("a snapshot", lambda: snapshots(folder))
    done = run(sys.executable, REPORT, folder, "-o", f"{folder}/missing/page.html")
    assert done.returncode == 2 and "No such file" in done.stderr and "Traceback" not in done.stderr, done


def main():
    for test in (test_bad_files, test_bad_arguments, test_one_snapshot, test_several, test_page):
        with tempfile.TemporaryDirectory() as folder:
            print(test.__name__, flush=True)
            test(folder)


if __name__ == "__main__":
    main()
