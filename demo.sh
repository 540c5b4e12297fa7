#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Builds the library and replays recorded games on it and on malloc. Arguments are handed to replay.
set -eu
cd "$(dirname "$0")"
if command -v apt-get >/dev/null; then
    sh tests/setup.sh build
fi
if [ ! -f build-demo/build.ninja ]; then
    meson setup build-demo --buildtype=release -Dexamples=enabled -Dtests=disabled -Dbenchmarks=disabled -Ddocs=disabled
fi
meson compile -C build-demo
if [ $# = 0 ]; then
    set -- tests/data/*.fatrace.zst
fi
exec build-demo/docs/examples/replay/replay "$@"
