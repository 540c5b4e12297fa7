#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""guide.py LIBRARY: the blocks of docs/python.md run and print what they say; the example draws its picture."""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
PNG_LEAST = 10_000


def run_blocks():
    """Problems of the guide; the import of the package finds the library by the environment."""
    text, names, problems, count = (ROOT / "docs/python.md").read_text(encoding="utf-8"), {}, [], 0
    for match in BLOCK.finditer(text):
        code, said = match.group(1), io.StringIO()
        line = text.count("\n", 0, match.start()) + 2
        with contextlib.redirect_stdout(said):
            exec(compile("\n" * (line - 1) + code, "docs/python.md", "exec"), names)  # pylint: disable=exec-used
        expected = "".join(f"{words}\n" for words in re.findall(r"^# -> (.*)$", code, re.M))
        count += 1
        if said.getvalue() != expected:
            problems.append(f"docs/python.md:{line}: says\n{said.getvalue()}instead of\n{expected}")
    print(f"{count} blocks")
    return problems if count > 5 else [*problems, "too few blocks"]


def example(library):
    """Draws the picture with an interpreter that has matplotlib."""
    environment = {**os.environ, "FRAMEALLOC_LIBRARY": library, "PYTHONPATH": str(ROOT / "bindings/python")}
    for python in (sys.executable, "/usr/bin/python3"):
        needs = [python, "-c", "import matplotlib, numpy"]
        if subprocess.run(needs, stderr=subprocess.DEVNULL, check=False).returncode == 0:
            break
    else:
        print("left out: the example, matplotlib is not installed")
        return []
    with tempfile.TemporaryDirectory() as name:
        picture = pathlib.Path(name) / "loop.png"
        done = subprocess.run([python, ROOT / "docs/examples/python/frame_loop.py", picture], capture_output=True,
                              env={**environment, "MPLCONFIGDIR": name}, text=True, check=False)
        print(done.stdout + done.stderr)
        drawn = picture.read_bytes() if picture.exists() else b""
    good = drawn.startswith(b"\x89PNG") and len(drawn) > PNG_LEAST and "the last frame left 0 bytes" in done.stdout
    return [] if good and done.returncode == 0 else ["the example draws nothing"]


def main():
    library = str(pathlib.Path(sys.argv[1]).resolve())
    os.environ["FRAMEALLOC_LIBRARY"] = library
    sys.path.insert(0, str(ROOT / "bindings/python"))
    problems = run_blocks() + example(library)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
