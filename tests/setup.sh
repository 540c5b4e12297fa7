#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Installs the Debian packages that building, testing and measuring need; those that are there already are left alone.
set -eu

packages="gcc g++ clang meson ninja-build pkg-config python3 cmake make binutils libzstd-dev libjansson-dev libffi-dev libncurses-dev"
if [ "${1:-}" != build ]; then
    packages="$packages abigail-tools spin valgrind strace gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
        python3-pytest mypy python3-numpy python3-matplotlib python3-mesonpy python3-pip python3-venv patchelf ruby
        doxygen libbenchmark-dev libapr1-dev libglib2.0-dev
        libmimalloc-dev libjemalloc-dev libgoogle-perftools-dev uthash-dev libnuma1 libuv1-dev libsdl2-dev libc6-dbg
        python3-jsonschema tmux chromium fonts-dejavu-core"
fi

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq </dev/null
# shellcheck disable=SC2086
$as_root apt-get install -qq -y --no-install-recommends $missing </dev/null >/dev/null
