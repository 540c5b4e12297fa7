#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Builds and tests everything. `sh tests/run.sh STAGE...` runs some stages only; --list names them.
set -eu
cd "$(dirname "$0")/.."
if ! command -v apt-get >/dev/null || ! sh tests/setup.sh; then
    echo "packages were not installed; stages that lack a tool are skipped"
fi
exec python3 tests/run.py "$@"
