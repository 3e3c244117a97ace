#!/bin/sh
# Builds rolecall from this checkout and installs it for the user who runs this.
set -eu

usage() {
    cat <<'END'
Usage: ./install.sh [--to DIR] [--provision] [--program-only] [--demo]

Builds rolecall from this checkout and installs it as DIR/rolecall, with man
pages and what makes bash, zsh and fish complete its words, below
~/.local/share (or $XDG_DATA_HOME). Changes nothing else outside the checkout's
build directory, and never asks for more rights.

  --to DIR         install into DIR (otherwise ~/.local/bin)
  --provision      install rolecall-provision beside it, which 'rolecall s3', 'iam'
                   and 'keys rotate' run; building takes about twice as long
  --program-only   without man pages and completions
  --demo           then take the tour, with the program that was installed
  --help           print this
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

# Whether version $1 is $2 or newer; both are up to three numbers with dots.
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
        fail 'Rust is not installed: there is no cargo in PATH' \
            'https://rustup.rs says how to get it; then open a new shell'
    fi
    wanted=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)
    version=$(rustc --version) || fail 'rustc does not start' 'rustup default stable'
    found=$(printf '%s\n' "$version" | sed 's/^rustc \([0-9.]*\).*/\1/')
    at_least "$found" "${wanted:-0}" ||
        fail "Rust $wanted or newer is needed, and this is $found" 'rustup update stable'
}

# A dependency compiles C, and Rust itself links with the C compiler. It may be there without the
# headers and start files of the C library, so let it show what it can.
check_c_compiler() {
    remedy='on Debian and Ubuntu: apt-get install gcc libc6-dev'
    [ "$(uname -s)" != Darwin ] || remedy='xcode-select --install'
    have cc || fail 'there is no C compiler: no cc in PATH' "$remedy"
    printf '#include <string.h>\nint main(void) { return (int)strlen(""); }\n' >"$work/try.c"
    cc -o "$work/try" "$work/try.c" >"$work/try.log" 2>&1 || {
        cat "$work/try.log" >&2
        fail 'the C compiler (cc) cannot build a program' "$remedy"
    }
}

# The path of the program $1 that cargo has just built: it knows which target directory is set
# where. The rest of each line is the compiler's business.
built() {
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$work/messages" | grep "/$1\$" | tail -n 1
}

build() {
    set -- --bin rolecall
    [ "$demo" = no ] || set -- "$@" --example demo
    cargo build --release --locked "$@" --message-format=json-render-diagnostics \
        >"$work/messages" || fail 'rolecall could not be built' 'the reason is above'
    rolecall=$(built rolecall)
    tour=$(built demo)
    [ -n "$rolecall" ] || fail 'cargo did not say where it put rolecall'
    [ "$provision" = yes ] || return 0
    # On its own: what it needs of the crates that both have must not get into rolecall.
    cargo build --release --locked -p rolecall-provision --message-format=json-render-diagnostics \
        >"$work/messages" || fail 'rolecall-provision could not be built' 'the reason is above'
    provisioner=$(built rolecall-provision)
    [ -n "$provisioner" ] || fail 'cargo did not say where it put rolecall-provision'
}

prepare_directory() {
    elsewhere='./install.sh --to a directory of your own'
    if [ ! -d "$to" ]; then
        mkdir -p "$to" || fail "$to can't be made" "$elsewhere"
        made=$to
    fi
    to=$(cd "$to" && pwd)
}

# Puts the program $1 there as $2. Another one may be running in DIR: rename over it, never write
# into it.
put() {
    [ ! -d "$to/$2" ] || fail "$to/$2 is a directory"
    new=$(mktemp "$to/.rolecall.XXXXXX") || fail "nothing can be written in $to" "$elsewhere"
    cp "$1" "$new"
    chmod 755 "$new"
    mv -f "$new" "$to/$2"
    new=
    made=
    say "installed $to/$2"
}

# Installs at $data/$1 what `rolecall completions $2` prints.
put_completions() {
    mkdir -p "$(dirname "$data/$1")" || return 1
    new=$(mktemp "$(dirname "$data/$1")/.rolecall.XXXXXX") || return 1
    "$to/rolecall" completions "$2" >"$new" && chmod 644 "$new" && mv -f "$new" "$data/$1" ||
        return 1
    new=
}

# Where the shells and man look for what a user has installed.
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
        say "For completions in zsh, have this line in ~/.zshrc before the one with compinit:"
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
            say "Note: $first comes before it in your PATH."
        ;;
    *)
        say "$to is not in your PATH. To type just rolecall, add this line to your shell's"
        say "start file (~/.profile, ~/.bashrc, ~/.zshrc):"
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
        *) wrong_usage "unknown: $1" ;;
        esac
        shift
    done
    if [ -z "$to" ]; then
        [ -n "${HOME:-}" ] || wrong_usage 'HOME is not set: say --to DIR'
        to=$HOME/.local/bin
    fi
    case $to in
    /*) ;;
    # A shell leaves the ~ of --to=~/bin to the program.
    \~/*) to=${HOME:?}/${to#??} ;;
    *) to=$PWD/$to ;;
    esac

    unset CDPATH
    cd -- "$(dirname -- "$0")"
    [ -f Cargo.toml ] || fail 'this is not a checkout of rolecall: there is no Cargo.toml here' \
        'clone the repository, and run the install.sh in it'
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
