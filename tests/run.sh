#!/bin/sh
# Installs the programs that the tests use, and runs every test: none is skipped.
set -eu

usage() {
    cat <<'END'
Usage: tests/run.sh [--windows] [ARGUMENT]...
       tests/run.sh --install

Runs every test, and passes each ARGUMENT to `cargo test`. Plain `cargo test`
skips tests that need a program that isn't installed; here those fail.

First it installs what is missing:
  - system packages, if there is an apt-get and you may use it (as root or with
    sudo): a keyring, D-Bus, keyutils, libfaketime, pinentry, a C compiler, zsh,
    fish, bash-completion, groff, curl, iproute2, Chromium, the AWS CLI version 2,
    Python, npm, Go
  - the AWS CLI version 1, the AWS SDKs for Python, JavaScript and Go, and moto,
    in target/test-tools: tests/clients/install.sh does that

  --install  only install what is missing
  --windows  also test the build for Windows, under Wine: tests/windows/prepare.sh
             installs Wine and a compiler, and builds it, which takes minutes.
             Without this, those tests are left out.
  --help     print this help
END
}

say() {
    printf 'tests/run.sh: %s\n' "$*" >&2
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

# The program $1 must be installed: it is in package $2.
want() {
    have "$1" || lack "$1" "$2"
}

lack() {
    case " $packages " in
    *" $2 "*) ;;
    *) packages="$packages $2" ;;
    esac
    missing=${missing:+$missing, }$1
}

# Compiling C takes more than a compiler: the headers and startup files of the C library.
cc_works() {
    have cc || return 1
    program=$(mktemp)
    works=0
    printf '#include <string.h>\nint main(void) { return (int)strlen(""); }\n' |
        cc -x c -o "$program" - >/dev/null 2>&1 || works=1
    rm -f "$program"
    return $works
}

# Only where the system installs it, because the tests use the system's PATH; and not a version 1.
aws_cli_2() {
    for aws in /usr/local/bin/aws /usr/bin/aws; do
        case $("$aws" --version 2>/dev/null) in
        aws-cli/2.*) return 0 ;;
        esac
    done
    return 1
}

# Sets `missing` and `packages`.
look() {
    missing=
    packages=
    want dbus-daemon dbus
    want dbus-send dbus
    want gnome-keyring-daemon gnome-keyring
    want secret-tool libsecret-tools
    want jq jq
    want zsh zsh
    want keyctl keyutils
    want setsid util-linux
    want curl curl
    want ip iproute2
    want openssl openssl
    want bsdtar libarchive-tools
    want bash bash
    want fish fish
    want groff groff-base
    [ -e /usr/share/bash-completion/bash_completion ] || lack bash-completion bash-completion
    want pinentry-curses pinentry-curses
    set -- /usr/lib/*/faketime/libfaketime.so.1
    [ -e "$1" ] || lack libfaketime libfaketime
    want chromium chromium
    want python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || lack "python3's venv" python3-venv
    aws_cli_2 || lack 'the AWS CLI version 2' awscli
    want npm npm
    want go golang-go
    cc_works || {
        lack 'a C compiler (cc)' gcc
        lack "the C library's headers" libc6-dev
    }
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

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null >&2
}

install_packages() {
    look
    [ -n "$missing" ] || return 0
    by_hand="install these and run this again:$packages (names as in Debian and Ubuntu)"
    have apt-get || fail "missing: $missing; there is no apt-get to install them with" "$by_hand"
    [ "$(id -u)" = 0 ] || have sudo ||
        fail "missing: $missing; installing them needs root or sudo" "$by_hand"
    say "installing$packages"
    apt -q update || say 'could not update the package list'
    # shellcheck disable=SC2086 # one word for each package
    apt -q install -y --no-install-recommends $packages ||
        fail "apt-get could not install$packages" 'see its message above' "$by_hand"
    look
    [ -z "$missing" ] ||
        fail "still missing: $missing" "another program of that name may come first in PATH: $PATH"
}

main() {
    case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
    esac
    windows=
    if [ "${1:-}" = --windows ]; then
        windows=1
        shift
    fi
    unset CDPATH
    cd -- "$(dirname -- "$0")/.."
    have cargo || fail 'Rust is not installed: no cargo in PATH' \
        'install it from https://rustup.rs, then open a new shell'
    install_packages
    tests/clients/install.sh
    [ "${1:-}" != --install ] || return 0
    if [ -n "$windows" ]; then
        ROLECALL_TEST_WINDOWS=$(tests/windows/prepare.sh)
        export ROLECALL_TEST_WINDOWS
    fi
    # Most tests wait most of the time, for a lock, a time limit or another program.
    : "${RUST_TEST_THREADS:=$((2 * $(getconf _NPROCESSORS_ONLN)))}"
    export RUST_TEST_THREADS
    ROLECALL_TEST_ALL=1 exec cargo test --locked --workspace "$@"
}

{ main "$@"; }
