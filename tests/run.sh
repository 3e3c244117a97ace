#!/bin/sh
# Installs what the tests talk to, and runs them all: nothing is left out.
set -eu

# A version 1 of the AWS CLI, for version 2 is not on PyPI; and boto3, which stands for the SDKs.
pins='awscli==1.46.3 boto3==1.44.5'

usage() {
    cat <<'END'
Usage: tests/run.sh [ARGUMENT]...

Runs every test, with ARGUMENTs for `cargo test`. Under plain `cargo test`, what
needs a program that is not installed is left out; here that is a failure.

First it installs what is missing:
  - packages of the system, where there is apt-get and the right to use it
    (root, or sudo): a keyring, D-Bus, keyutils, libfaketime, Python,
    pinentry, a C compiler
  - the AWS CLI and boto3, of versions set in this script, into
    target/test-tools/venv, by pip

  --help   print this
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

# The program $1 must be there: package $2 has it.
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

# Compiled C needs more than a compiler: the headers and start files of the C library.
cc_works() {
    have cc || return 1
    program=$(mktemp)
    works=0
    printf '#include <string.h>\nint main(void) { return (int)strlen(""); }\n' |
        cc -x c -o "$program" - >/dev/null 2>&1 || works=1
    rm -f "$program"
    return $works
}

# Sets `missing` and `packages`.
look() {
    missing=
    packages=
    want dbus-daemon dbus
    want dbus-send dbus
    want gnome-keyring-daemon gnome-keyring
    want secret-tool libsecret-tools
    want keyctl keyutils
    want setsid util-linux
    want openssl openssl
    want bash bash
    want pinentry-curses pinentry-curses
    set -- /usr/lib/*/faketime/libfaketime.so.1
    [ -e "$1" ] || lack libfaketime libfaketime
    want python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || lack "python3's venv" python3-venv
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
        fail "missing: $missing; it takes root, or sudo, to install them" "$by_hand"
    say "installing$packages"
    apt -q update || say 'the list of packages could not be brought up to date'
    # shellcheck disable=SC2086 # one word for each package
    apt -q install -y --no-install-recommends $packages ||
        fail "apt-get could not install$packages" 'its reason is above' "$by_hand"
    look
    [ -z "$missing" ] ||
        fail "still missing: $missing" "another program of that name may come first in PATH: $PATH"
}

# The file `pins` is written last, so what was broken off is begun anew.
install_clients() {
    venv=$PWD/target/test-tools/venv
    if [ "$(cat "$venv/pins" 2>/dev/null)" = "$pins" ] &&
        "$venv/bin/aws" --version >/dev/null 2>&1; then
        return 0
    fi
    say "installing $pins into target/test-tools/venv"
    rm -rf "$venv"
    mkdir -p "${venv%/*}"
    python3 -m venv "$venv" || fail "python3 can't make a virtual environment in $venv"
    # shellcheck disable=SC2086 # one word for each pin
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input $pins >&2 ||
        fail "pip could not install $pins" 'its reason is above; it needs PyPI, and Python 3.10'
    "$venv/bin/aws" --version >/dev/null || fail 'the AWS CLI was installed, but does not start'
    printf '%s\n' "$pins" >"$venv/pins"
}

main() {
    case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
    esac
    unset CDPATH
    cd -- "$(dirname -- "$0")/.."
    have cargo || fail 'Rust is not installed: there is no cargo in PATH' \
        'https://rustup.rs says how to get it; then open a new shell'
    install_packages
    install_clients
    ROLECALL_TEST_ALL=1 ROLECALL_TEST_VENV=$venv exec cargo test --locked --workspace "$@"
}

{ main "$@"; }
