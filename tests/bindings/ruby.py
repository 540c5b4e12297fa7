#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""ruby.py LIBRARY JSON: the binding that was written from the description alone does what its page says."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPECTED = """4950 counted, 100 frames cleaned up
physics took 25600 bytes, 0 are left
group level has 1 block of 1000 bytes
refused: the checkpoint, token, window, magazine, lane, id or collection has ended
live: 0 of 100 frame blocks, 0 heap blocks
"""


def main():
    library, description = (str(pathlib.Path(name).resolve()) for name in sys.argv[1:])
    if not shutil.which("ruby"):
        print("skipped: ruby is not installed")
        sys.exit(77)
    environment = {**os.environ, "FRAMEALLOC_LIBRARY": library, "FRAMEALLOC_ABI": description}
    done = subprocess.run(["ruby", "-W", ROOT / "docs/examples/ruby/frames.rb"], capture_output=True, text=True,
                          check=False, env=environment)
    print(done.stdout + done.stderr)
    sys.exit(0 if done.returncode == 0 and done.stdout == EXPECTED and not done.stderr else 1)


if __name__ == "__main__":
    main()
