#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""editor.py FA-LINT INCLUDE: the language server, by hand and in Neovim: findings inline, explanations, quick fixes."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tap

FA_LINT, INCLUDE = (os.path.abspath(name) for name in sys.argv[1:3])
HERE = pathlib.Path(__file__).resolve().parent
SOURCE = """#include <framealloc/framealloc.h>
void drop(fa_allocator *a)
{
    void *block = fa_pool_alloc(a, 16, 16);
    fa_release(a, block);
    /* \u00e4\U0001f600 */ fa_release(a, block);
}
"""


def make_project(folder):
    path = pathlib.Path(folder) / "drop.c"
    path.write_text(SOURCE)
    entry = {"directory": folder, "file": "drop.c", "arguments": ["cc", "-I", INCLUDE, "-c", "drop.c"]}
    (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps([entry]))
    return path


def frame(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def messages_of(output):
    while output:
        head, _, rest = output.partition(b"\r\n\r\n")
        length = int(head.split(b":")[1])
        yield json.loads(rest[:length])
        output = rest[length:]


def talk(folder, messages):
    done = subprocess.run([FA_LINT, "lsp", "--no-cache"], input=b"".join(messages), capture_output=True, cwd=folder, timeout=60)
    return done, list(messages_of(done.stdout))


def check_protocol():
    with tempfile.TemporaryDirectory() as folder:
        uri = make_project(folder).as_uri()
        document = {"uri": uri, "languageId": "c", "version": 1, "text": SOURCE}
        done, answers = talk(folder, [
            frame({"id": 1, "method": "initialize", "params": {"rootUri": pathlib.Path(folder).as_uri(), "capabilities": {}}}),
            frame({"method": "initialized", "params": {}}),
            frame({"method": "textDocument/didOpen", "params": {"textDocument": document}}),
            frame({"id": 2, "method": "textDocument/none", "params": {}}),
            frame({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}}),
            frame({"id": 3, "method": "shutdown"}), frame({"method": "exit"})])
        tap.expect(done.returncode == 0, f"ended with {done.returncode}")
        by_id = {answer.get("id"): answer for answer in answers if "id" in answer}
        tap.expect(by_id[1]["result"]["capabilities"]["hoverProvider"] is True, str(by_id[1]))
        tap.expect(by_id[2]["error"]["code"] == -32601 and by_id[3]["result"] is None, str(by_id))
        published = [answer["params"] for answer in answers if answer.get("method") == "textDocument/publishDiagnostics"]
        start = published[0]["diagnostics"][0]["range"]["start"]
        # The place counts UTF-16 units: the second character of the comment takes two.
        tap.expect(start == {"line": 5, "character": SOURCE.splitlines()[5].index("fa_release") + 1}, str(start))


def check_bad_input():
    with tempfile.TemporaryDirectory() as folder:
        for bytes_sent in (b"", b"nonsense\r\n\r\n", b"Content-Length: 5\r\n\r\n{", b"Content-Length: 99999999999\r\n\r\n", frame({"id": 1})):
            done = subprocess.run([FA_LINT, "lsp", "--no-cache"], input=bytes_sent, capture_output=True, cwd=folder, timeout=60)
            tap.expect(done.returncode == 1, f"{bytes_sent!r}: ended with {done.returncode}")


def check_neovim():
    neovim = shutil.which("nvim")
    if neovim is None:
        raise tap.Skip("Neovim is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path, report = make_project(folder), pathlib.Path(folder) / "report.json"
        environment = {**os.environ, "FA_LINT": FA_LINT, "FA_FILE": str(path), "FA_REPORT": str(report), "HOME": folder,
                       "XDG_STATE_HOME": folder, "XDG_DATA_HOME": folder}
        done = tap.run(neovim, "--headless", "--clean", "-n", "-c", f"luafile {HERE / 'editor.lua'}", env=environment)
        tap.expect(report.exists(), done.stderr)
        result = json.loads(report.read_text())
        tap.expect("error" not in result, str(result))
        tap.expect([(each["line"], each["code"]) for each in result["opened"]] == [(6, "FA612")], str(result["opened"]))
        tap.expect(any(piece["line"] == 6 and "released twice" in piece["text"] for piece in result["shown"]), f"nothing inline: {result['shown']}")
        tap.expect("FA612" in result["hover"]["contents"]["value"], str(result["hover"]))
        titles = [action["title"] for action in result["actions"]]
        tap.expect(titles == ["remove the second release", "silence FA612 here"], str(titles))
        tap.expect("\n".join(result["mended"]).count("fa_release") == 1, str(result["mended"]))
        tap.expect("expected" in result["broken"][0]["text"], str(result["broken"]))


if __name__ == "__main__":
    tap.main([("protocol", check_protocol), ("bad input", check_bad_input), ("Neovim shows a finding inline", check_neovim)])
