#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""check.py PROGRAM SCRIPTS CORE: the game runs in the engine's frames, and a script with a mistake gets an error."""

import os
import pathlib
import subprocess
import sys

GAME = """60 frames, 12000 sparks drawn, 144000 bytes under script::sparks, 0 left
script: 59 uses of an ended frame were errors, 60 frame ends were heard of
"""


def run(program, script, core):
    lua = script.resolve().parents[3] / "bindings/lua"
    environment = {**os.environ, "LUA_PATH": f"{lua}/?.lua", "LUA_CPATH": f"{core}/?.so"}
    return subprocess.run([program, script, "60"], capture_output=True, text=True, timeout=60, env=environment,
                          check=False)


def main():
    program, scripts, core = sys.argv[1:]
    game = run(program, pathlib.Path(scripts) / "game.lua", core)
    broken = run(program, pathlib.Path(scripts) / "broken.lua", core)
    print(game.stdout + game.stderr + broken.stderr)
    good = game.returncode == 0 and game.stdout == GAME and not game.stderr
    caught = broken.returncode == 1 and "broken.lua:10: [FA006] memory was used after its frame" in broken.stderr
    sys.exit(0 if good and caught else 1)


if __name__ == "__main__":
    main()
