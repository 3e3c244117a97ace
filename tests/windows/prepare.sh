#!/bin/sh
# Prepares target/wine for the tests of rolecall's build for Windows: the program, what it needs there,
# and a Windows for Wine to run it in. Prints the folder.
set -eu

say() {
    printf 'tests/windows/prepare.sh: %s\n' "$*" >&2
}

fail() {
    say "$1"
    shift
    [ $# -eq 0 ] || printf 'hint: %s\n' "$@" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

install_packages() {
    packages=
    have wine || packages="$packages wine wine64"
    have x86_64-w64-mingw32-gcc || packages="$packages gcc-mingw-w64-x86-64"
    [ -n "$packages" ] || return 0
    have apt-get || fail "missing:$packages (names as in Debian and Ubuntu)"
    say "installing$packages"
    as_root apt-get -q update </dev/null >&2 || say 'could not update the package list'
    # shellcheck disable=SC2086 # one word for each package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends $packages </dev/null >&2 ||
        fail "apt-get could not install$packages"
}

# A new prefix, from which each test gets a copy. Without programs that only a desktop needs.
make_prefix() {
    stamp=$(WINEDEBUG=-all wine --version)
    [ "$(cat "$folder/prefix/stamp" 2>/dev/null)" != "$stamp" ] || return 0
    rm -rf "$folder/prefix"
    say 'making a Windows for Wine'
    (
        export WINEPREFIX="$folder/prefix" WINEDEBUG=-all
        export WINEDLLOVERRIDES='winemenubuilder.exe,mscoree,mshtml=d'
        unset DISPLAY WAYLAND_DISPLAY
        wineboot --init
        wineserver --wait
    ) </dev/null >/dev/null 2>&1 || fail 'wineboot could not make a Windows'
    printf '%s\n' "$stamp" >"$folder/prefix/stamp"
}

main() {
    cd -- "$(dirname -- "$0")/../.."
    [ "$(uname -m)" = x86_64 ] || fail "the build for Windows can't be run on $(uname -m)"
    target=x86_64-pc-windows-gnu
    folder=$PWD/target/wine
    install_packages
    have rustup && rustup target add $target >&2
    cargo build --locked --target $target --bin rolecall >&2 ||
        fail "rolecall can't be built for Windows" "Rust needs its target $target"
    mkdir -p "$folder/program"
    cp "target/$target/debug/rolecall.exe" "$folder/program/"
    x86_64-w64-mingw32-gcc -shared -o "$folder/program/bcryptprimitives.dll" \
        tests/windows/bcryptprimitives.c -ladvapi32
    for name in hold interrupted; do
        x86_64-w64-mingw32-gcc -o "$folder/program/$name.exe" "tests/windows/$name.c"
    done
    make_prefix
    printf '%s\n' "$folder"
}

{ main "$@"; }
