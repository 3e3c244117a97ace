#!/bin/sh
# Builds rolecall from this checkout and installs it for the current user.
set -eu

usage() {
    cat <<'END'
Usage: ./install.sh [--to DIR] [--provision] [--program-only] [--demo]

Builds rolecall from this checkout and installs it as DIR/rolecall. Installs man
pages and completions for bash, zsh and fish in ~/.local/share (or
$XDG_DATA_HOME). Changes nothing else outside the checkout's build directory,
and never asks for root privileges.

  --to DIR         install in DIR [default: ~/.local/bin]
  --provision      also install rolecall-provision, which 'rolecall s3', 'iam'
                   and 'keys rotate' run; building takes about twice as long
  --program-only   skip man pages and completions
  --demo           afterwards, take the tour with the installed program
  --help           print this help
END
}

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf 'hint: %s\n' "$@" >&2
    exit 1
}

wrong_usage() {
    printf 'install.sh: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Succeeds if version $1 is $2 or newer; both are up to three numbers with dots.
at_least() {
    awk -v have="$1" -v want="$2" 'BEGIN {
        split(have, h, "."); split(want, w, ".")
        for (i = 1; i <= 3; i++) {
            if (h[i] + 0 > w[i] + 0) exit 0
            if (h[i] + 0 < w[i] + 0) exit 1
        }
    }'
}

check_rust() {
    if ! have cargo || ! have rustc; then
        fail 'Rust is not installed: no cargo in PATH' \
            'install it from https://rustup.rs, then open a new shell'
    fi
    wanted=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)
    version=$(rustc --version) || fail 'rustc does not run' 'rustup default stable'
    found=$(printf '%s\n' "$version" | sed 's/^rustc \([0-9.]*\).*/\1/')
    at_least "$found" "${wanted:-0}" ||
        fail "Rust $wanted or newer is required, but this is $found" 'rustup update stable'
}

# A dependency compiles C, and Rust itself links with the C compiler. The compiler may be installed
# without the headers and startup files of the C library, so try it.
check_c_compiler() {
    remedy='on Debian and Ubuntu: apt-get install gcc libc6-dev'
    [ "$(uname -s)" != Darwin ] || remedy='xcode-select --install'
    have cc || fail 'no C compiler found: no cc in PATH' "$remedy"
    printf '#include <string.h>\nint main(void) { return (int)strlen(""); }\n' >"$work/try.c"
    cc -o "$work/try" "$work/try.c" >"$work/try.log" 2>&1 || {
        cat "$work/try.log" >&2
        fail "the C compiler (cc) can't build a program" "$remedy"
    }
}

# A static program starts in half the time and runs on every Linux. Building one needs Rust's musl
# target and a C compiler for it: sets `target` to that, or to nothing.
choose_target() {
    target=
    [ "$(uname -s)" = Linux ] || return 0
    musl=$(uname -m)-unknown-linux-musl
    libraries=$(rustc --print target-libdir --target "$musl" 2>/dev/null) || libraries=
    if [ -n "$libraries" ] && [ -d "$libraries" ] && have musl-gcc; then
        target=$musl
    else
        say "This build needs the C library of this machine. For a static one that starts faster,"
        say "first: rustup target add $musl; on Debian and Ubuntu: apt-get install musl-tools"
    fi
}

# Prints the path of the program $1 that cargo has just built. Only cargo knows which target
# directory is configured.
built() {
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$work/messages" | grep "/$1\$" | tail -n 1
}

# Runs `cargo build --locked` with these arguments, after saying what is built and how long it takes.
# cargo shows its progress on stderr.
cargo_build() {
    say "Building $1 ($2)"
    what=$1
    shift 2
    cargo build --locked "$@" --message-format=json-render-diagnostics >"$work/messages" ||
        fail "$what could not be built" 'see the reason above'
}

# Each program is a build of its own: crate features that only one of them needs must not get into
# the others, or the next call of this script would build everything again.
build() {
    choose_target
    kind=${target:+static, }
    set -- ${target:+--target "$target"} --release
    cargo_build rolecall "${kind}2 to 6 minutes the first time" "$@" --bin rolecall
    rolecall=$(built rolecall)
    [ -n "$rolecall" ] || fail 'cargo did not report where it put rolecall'
    if [ "$provision" = yes ]; then
        cargo_build rolecall-provision "${kind}3 to 8 minutes the first time" "$@" -p rolecall-provision
        provisioner=$(built rolecall-provision)
        [ -n "$provisioner" ] || fail 'cargo did not report where it put rolecall-provision'
    fi
    if [ "$demo" = yes ]; then
        cargo_build 'the tour' 'less than a minute' -p rolecall-tour
        tour=$(built rolecall-tour)
        [ -n "$tour" ] || fail 'cargo did not report where it put the tour'
    fi
}

prepare_directory() {
    elsewhere='use --to with a directory that you can write to'
    if [ ! -d "$to" ]; then
        mkdir -p "$to" || fail "can't create $to" "$elsewhere"
        made=$to
    fi
    to=$(cd "$to" && pwd)
}

# Installs the program $1 as $2. The old one may be running: rename over it, never write into it.
put() {
    [ ! -d "$to/$2" ] || fail "$to/$2 is a directory"
    new=$(mktemp "$to/.rolecall.XXXXXX") || fail "can't write to $to" "$elsewhere"
    cp "$1" "$new"
    chmod 755 "$new"
    mv -f "$new" "$to/$2"
    new=
    made=
    say "installed $to/$2"
}

# Installs the output of `rolecall completions $2` as $data/$1.
put_completions() {
    mkdir -p "$(dirname "$data/$1")" || return 1
    new=$(mktemp "$(dirname "$data/$1")/.rolecall.XXXXXX") || return 1
    "$to/rolecall" completions "$2" >"$new" && chmod 644 "$new" && mv -f "$new" "$data/$1" ||
        return 1
    new=
}

# Installs completions and man pages where the shells and man look for a user's own.
put_beside() {
    case ${XDG_DATA_HOME:-} in
    /*) data=$XDG_DATA_HOME ;;
    *) data=${HOME:-}/.local/share ;;
    esac
    if put_completions bash-completion/completions/rolecall bash &&
        put_completions zsh/site-functions/_rolecall zsh &&
        put_completions fish/vendor_completions.d/rolecall.fish fish &&
        "$to/rolecall" man --dir "$data/man/man1"; then
        say "installed completions and man pages in $data"
    else
        say "Note: completions and man pages could not be installed in $data."
        return
    fi
    case ${SHELL:-} in
    */zsh)
        say "For completions in zsh, add this line to ~/.zshrc, before the one with compinit:"
        say "    fpath=(\"$data/zsh/site-functions\" \$fpath)"
        ;;
    */bash)
        for package in /usr/share /usr/local/share /opt/homebrew/share; do
            [ ! -e "$package/bash-completion/bash_completion" ] || return 0
        done
        say "For completions in bash, add this line to ~/.bashrc:"
        say "    source \"$data/bash-completion/completions/rolecall\""
        ;;
    esac
}

advise() {
    case ":${PATH:-}:" in
    *":$to:"*)
        first=$(command -v rolecall || true)
        [ "$first" = "$to/rolecall" ] || [ -z "$first" ] ||
            say "Note: $first comes first in your PATH."
        ;;
    *)
        say "$to is not in your PATH. To run rolecall by its name, add this line to your"
        say "shell's startup file (~/.profile, ~/.bashrc, ~/.zshrc):"
        say "    export PATH=\"$to:\$PATH\""
        ;;
    esac
}

clean_up() {
    rm -rf "$work"
    [ -z "$new" ] || rm -f "$new"
    [ -z "$made" ] || rmdir "$made" 2>/dev/null || true
}

main() {
    to=
    demo=no
    beside=yes
    provision=no
    while [ $# -gt 0 ]; do
        case $1 in
        --to)
            [ -n "${2:-}" ] || wrong_usage '--to needs a directory'
            to=$2
            shift
            ;;
        --to=?*) to=${1#--to=} ;;
        --to=) wrong_usage '--to needs a directory' ;;
        --program-only) beside=no ;;
        --demo) demo=yes ;;
        --provision) provision=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) wrong_usage "unknown argument: $1" ;;
        esac
        shift
    done
    if [ -z "$to" ]; then
        [ -n "${HOME:-}" ] || wrong_usage 'HOME is not set: use --to DIR'
        to=$HOME/.local/bin
    fi
    case $to in
    /*) ;;
    # The shell doesn't expand the ~ of --to=~/bin.
    \~/*) to=${HOME:?}/${to#??} ;;
    *) to=$PWD/$to ;;
    esac

    unset CDPATH
    cd -- "$(dirname -- "$0")"
    [ -f Cargo.toml ] || fail 'this is not a checkout of rolecall: there is no Cargo.toml here' \
        'clone the repository and run ./install.sh in it'
    new=
    made=
    work=$(mktemp -d)
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM

    check_rust
    check_c_compiler
    build
    prepare_directory
    put "$rolecall" rolecall
    [ "$provision" = no ] || put "$provisioner" rolecall-provision
    [ "$beside" = no ] || put_beside
    advise
    if [ "$demo" = yes ]; then
        clean_up
        trap - EXIT HUP INT TERM
        exec "$tour" "$to/rolecall"
    fi
}

{ main "$@"; }
