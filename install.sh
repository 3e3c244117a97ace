#!/bin/sh
# Installs rolecall for the current user: a released program or, in a checkout, one built from it.
set -eu

# The one place from which programs are downloaded (packaging/facts.toml has it too).
repository=https://github.com/rolecall/rolecall

usage() {
    cat <<'END'
Usage: install.sh [--to DIR] [--provision] [--program-only] [--version VERSION]
                  [--no-provenance]
       install.sh --uninstall [--to DIR] [--program-only]
       ./install.sh --demo

Installs rolecall as DIR/rolecall, with man pages and completions for bash, zsh
and fish in ~/.local/share (or $XDG_DATA_HOME). In a checkout of rolecall, builds
it; elsewhere, or with --version, downloads a release and checks its SHA-256 and,
if 'gh' is installed and signed in, where it was built. The old program stays
until the new one has answered. Never asks for root privileges.

  --to DIR           install in DIR [default: ~/.local/bin]
  --provision        also install rolecall-provision, which 'rolecall s3', 'iam'
                     and 'keys rotate' run; building takes about twice as long
  --program-only     skip man pages and completions; with --uninstall, keep them
  --version VERSION  download this release instead of the newest one
  --no-provenance    don't ask 'gh' where the release was built
  --uninstall        remove what this script has installed; asks whether sessions
                     and access keys are to be deleted too
  --demo             afterwards, take the tour with the installed program (in a
                     checkout)
  --help             print this help

ROLECALL_RELEASES names another place to download from, with the same files.
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

# Both programs are one build: they share most crates, and the linker works on both at once. The tour is a
# build of its own: crate features that only it needs must not get into the others, or the next call of
# this script would build everything again.
build() {
    choose_target
    kind=${target:+static, }
    set -- ${target:+--target "$target"} --release
    if [ "$provision" = yes ]; then
        cargo_build 'rolecall and rolecall-provision' "${kind}4 to 10 minutes the first time" "$@" \
            -p rolecall -p rolecall-provision
        provisioner=$(built rolecall-provision)
        [ -n "$provisioner" ] || fail 'cargo did not report where it put rolecall-provision'
    else
        cargo_build rolecall "${kind}2 to 6 minutes the first time" "$@" --bin rolecall
    fi
    rolecall=$(built rolecall)
    [ -n "$rolecall" ] || fail 'cargo did not report where it put rolecall'
    if [ "$demo" = yes ]; then
        cargo_build 'the tour' 'less than a minute' -p rolecall-tour
        tour=$(built rolecall-tour)
        [ -n "$tour" ] || fail 'cargo did not report where it put the tour'
    fi
}

# Before anything is built or downloaded, so that nobody waits for nothing.
prepare_directory() {
    elsewhere='use --to with a directory that you can write to'
    existing=$to made=$to # at once, for clean_up
    while [ ! -d "$existing" ]; do existing=$(dirname -- "$existing"); done
    mkdir -p -- "$to" || fail "can't create $to" "$elsewhere"
    to=$(cd -- "$to" && pwd)
    check_owners 'update it with the same tool, or use --to with another directory'
    new=$(new_file "$to") || fail "can't write to $to" "$elsewhere"
    rm -f "$new"
    new=
}

# Fails if one of the programs in $to must not be replaced or removed here; $1 says what to do instead.
check_owners() {
    for program in rolecall rolecall-provision; do
        owner=$(package_of "$to/$program")
        [ -z "$owner" ] || fail "$to/$program is installed by $owner" "$1"
        [ ! -d "$to/$program" ] || fail "$to/$program is a directory"
    done
}

# Creates a file in the folder $1, which is renamed when it is complete, and prints its path. Removes
# those that a call left there which was killed more than a day ago.
new_file() {
    find "$1/." ! -name . -prune -name '.rolecall.??????' -type f -mtime +0 -exec rm -f {} + \
        2>/dev/null || true
    mktemp "$1/.rolecall.XXXXXX"
}

# Sets `answer` to the first line of what the program $1 says of its version. Fails if it doesn't run
# or takes longer than 10 s. Not by a pipe, which a child of a program that hangs would keep open.
answer_of() {
    answer=
    set -- "$1" --version
    if timeout -k 1 10 true 2>/dev/null; then
        set -- timeout -k 1 10 "$@"
    elif have perl; then
        set -- perl -e 'alarm 10; exec @ARGV; exit 126' -- "$@" # macOS has no timeout
    fi
    "$@" >"$work/answer" 2>"$work/answer.log" </dev/null || return 1
    IFS= read -r answer <"$work/answer" || [ -n "$answer" ]
}

# Copies $2, the new program $1, beside the one that it will replace, and lets it answer there: programs
# may be unable to run in the temporary folder. Sets `staged`.
stage() {
    staged=$(new_file "$to") || fail "can't write to $to" "$elsewhere"
    if ! cp "$2" "$staged" || ! chmod 755 "$staged"; then
        fail "can't write to $to" "$elsewhere"
    fi
    answer_of "$staged" || {
        cat "$work/answer.log" >&2
        fail "the new $1 doesn't run on this machine, so nothing was installed" \
            "see the reason above; if $to is mounted with noexec, use --to with another directory"
    }
    [ -z "$number" ] || [ "$answer" = "$1 $number" ] ||
        fail "the downloaded program is not $1 $number, so nothing was installed"
}

# Installs the programs. Each is renamed over the old one, which may be running. They only work with one
# another: if one of two can't be replaced, the other is restored.
put_programs() {
    stage rolecall "$rolecall"
    new=$staged
    staged=
    [ -z "$provisioner" ] || stage rolecall-provision "$provisioner"
    was=
    if [ -f "$to/rolecall" ]; then
        [ -z "$provisioner" ] || cp -p "$to/rolecall" "$work/old"
        answer_of "$to/rolecall" || true
        case $answer in
        'rolecall '*) was=" (was $answer)" ;;
        *) was=' (the old program did not report a version)' ;;
        esac
    fi
    # Nothing may end the script between the two.
    trap '' HUP INT PIPE TERM
    mv -f "$new" "$to/rolecall" || fail "can't replace $to/rolecall" "$elsewhere"
    if [ -n "$provisioner" ] && ! mv -f "$staged" "$to/rolecall-provision"; then
        if [ ! -f "$work/old" ]; then
            rm -f "$to/rolecall"
        elif cp -p "$work/old" "$new"; then
            mv -f "$new" "$to/rolecall"
        fi
        fail "can't replace $to/rolecall-provision" "$elsewhere"
    fi
    new=
    staged=
    made=$existing
    catch_signals
    answer_of "$to/rolecall" || fail "$to/rolecall does not answer"
    say "installed $to/rolecall: $answer$was"
    [ -n "$provisioner" ] || return 0
    version=${answer#rolecall }
    answer_of "$to/rolecall-provision" || true
    [ "$answer" = "rolecall-provision $version" ] ||
        fail "$to has programs of two versions: something else has installed there at the same time" \
            'run install.sh again'
    say "installed $to/rolecall-provision"
}

# Installs the output of `rolecall completions $2` as $data/$1.
put_completions() {
    mkdir -p "$(dirname "$data/$1")" || return 1
    new=$(new_file "$(dirname "$data/$1")") || return 1
    "$to/rolecall" completions "$2" >"$new" && chmod 644 "$new" && mv -f "$new" "$data/$1" ||
        return 1
    new=
}

# Sets `data` to where the shells and man look for a user's own files, or to nothing.
find_data() {
    case ${XDG_DATA_HOME:-}:${HOME:-} in
    /*:*) data=$XDG_DATA_HOME ;;
    *:/*) data=$HOME/.local/share ;;
    *) data= ;;
    esac
}

# Installs completions and man pages.
put_beside() {
    find_data
    [ -n "$data" ] || {
        say 'Note: completions and man pages were not installed, because HOME is not set.'
        return
    }
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

# Prints the package that the file $1 belongs to, or nothing. The package may know it by another path,
# because /bin is a link to /usr/bin.
package_of() {
    [ -e "$1" ] || return 0
    for file in "$1" "$(cd -P -- "$(dirname -- "$1")" && pwd -P)/${1##*/}"; do
        # Not 'dpkg -S': busybox sh runs its own dpkg, which doesn't know that.
        if have dpkg-query && found=$(dpkg-query -S "$file" 2>/dev/null); then
            printf 'the Debian package %s\n' "${found%%:*}"
        elif have rpm && found=$(rpm -qf "$file" 2>/dev/null); then
            printf 'the RPM package %s\n' "$found"
        elif have pacman && found=$(pacman -Qqo "$file" 2>/dev/null); then
            printf 'the Arch package %s\n' "$found"
        else
            case $file:$(readlink "$file" 2>/dev/null || true) in
            */Cellar/* | */homebrew/* | */linuxbrew/*) printf 'Homebrew\n' ;;
            *:/nix/store/* | /nix/* | */.nix-profile/*) printf 'Nix\n' ;;
            "${CARGO_HOME:-${HOME:-}/.cargo}"/bin/*) printf "'cargo install'\n" ;;
            *) continue ;;
            esac
        fi
        return
    done
}

# Prints the path of each other rolecall that a shell or a credential_process line may run.
other_programs() {
    seen=:$(readlink -f "$to/rolecall" 2>/dev/null || printf '%s' "$to/rolecall"):
    IFS=:
    for folder in ${PATH:-} "${HOME:-/nowhere}/.local/bin" "${HOME:-/nowhere}/.cargo/bin" /usr/bin \
        /usr/local/bin /opt/homebrew/bin; do
        unset IFS
        case $folder in
        /*) ;;
        *) continue ;;
        esac
        other=$(readlink -f "$folder/rolecall" 2>/dev/null) || other=$folder/rolecall
        if [ ! -f "$other" ] || [ ! -x "$other" ]; then continue; fi
        case "$seen" in *":$other:"*) continue ;; esac
        seen=$seen:$other:
        printf '%s\n' "$other"
    done
}

# Two of different versions, of which each shell and each credential_process line may run another, are a
# riddle.
report_others() {
    remedy='install.sh --uninstall'
    [ "$to" = "${HOME:-}/.local/bin" ] || remedy="$remedy --to $to"
    other_programs | while IFS= read -r other; do
        owner=$(package_of "$other")
        answer='its version is unknown'
        # Not if another user could have put it there.
        [ -z "$(find "$other" -prune \( -user 0 -o -user "$(id -u)" \) ! -perm -002)" ] ||
            answer_of "$other" || answer='(did not answer)'
        say "Note: $other is installed too${owner:+, by $owner}: $answer"
        say "      Remove one of the two: '$remedy' removes this one."
    done
}

advise() {
    report_others
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
    [ ! -e "$to/rolecall-provision" ] || [ -n "$provisioner" ] ||
        say "Note: $to/rolecall-provision was not updated: it only works with its own version."
}

# Sets `machine` to the part of an archive's name that says what it is for.
find_machine() {
    system=$(uname -s) processor=$(uname -m)
    case $system:$processor in
    Linux:x86_64 | Linux:amd64) machine=x86_64-unknown-linux-musl ;;
    Linux:aarch64 | Linux:arm64) machine=aarch64-unknown-linux-musl ;;
    Darwin:*) machine=universal-apple-darwin ;;
    MINGW*:* | MSYS*:* | CYGWIN*:*)
        fail 'this script does not install on Windows' \
            "download the .zip for x86_64-pc-windows-msvc from $repository/releases/latest"
        ;;
    *)
        fail "there is no release for this machine: $system on $processor" \
            'clone the repository and run ./install.sh in it, which builds rolecall'
        ;;
    esac
}

# Downloads $1 to $2, over HTTPS only, also after a redirect, but for a server on this machine. Only curl can
# do that: wget follows redirects to HTTP, and that of busybox accepts any certificate.
download() {
    case $1 in
    https://*) protocol='=https' ;;
    http://*@*) fail "not an HTTPS address: $1" ;;
    http://127.0.0.1:* | http://localhost:* | 'http://[::1]:'*) protocol='=http' ;;
    *) fail "not an HTTPS address: $1" ;;
    esac
    curl --proto "$protocol" --tlsv1.2 --fail --silent --show-error --location --retry 2 \
        --connect-timeout 15 --speed-time 60 --speed-limit 100 --output "$2" "$1" \
        2>"$work/download.log" || {
        reason=$(tail -n 1 "$work/download.log" 2>/dev/null)
        fail "can't download $1${reason:+: $reason}" \
            'check the network, a proxy (HTTPS_PROXY) and, with --version, that it exists'
    }
}

# Before anything is downloaded. Sets `sum` to the program that computes a SHA-256.
find_programs() {
    for program in curl tar; do
        have "$program" || fail "$program is not installed" "install $program"
    done
    if have sha256sum; then
        sum=sha256sum
    elif have shasum; then
        sum='shasum -a 256'
    elif have openssl; then
        sum='openssl dgst -sha256 -r'
    else
        fail 'no program here computes a SHA-256' 'install coreutils or openssl'
    fi
}

# Downloads the archive of the program $1 and checks it. Sets `fetched` to the program.
fetch() {
    archive=$1-$number-$machine.tar.gz
    wanted=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$work/SHA256SUMS" | head -n 1)
    [ -n "$wanted" ] || fail "release $number has no $1 for $machine" \
        'clone the repository and run ./install.sh in it, which builds rolecall'
    say "Downloading $archive"
    download "$releases/download/v$number/$archive" "$work/$archive"
    # shellcheck disable=SC2086 # a program with its options
    found=$($sum <"$work/$archive" | cut -d ' ' -f 1)
    [ "$found" = "$wanted" ] || fail "$archive is not what was released, so nothing was installed" \
        "its SHA-256 is $found, and should be $wanted" \
        'try again; if it stays so, please report it as SECURITY.md says'
    check_provenance "$work/$archive"
    # Nothing but this file, whatever else the archive contains.
    member=${archive%.tar.gz}/$1
    tar -xzf "$work/$archive" -C "$work" "$member" || fail "can't unpack $member from $archive"
    fetched=$work/$member
    if [ ! -f "$fetched" ] || [ -L "$fetched" ]; then
        fail "$archive has no program $1 in it"
    fi
}

# Asks GitHub which workflow built the file $1, if there is a 'gh' that can.
check_provenance() {
    if [ "$provenance" = no ] || ! have gh; then
        return 0
    fi
    project=${repository#https://github.com/}
    if ! gh attestation verify --help 2>/dev/null | grep -q -e --source-ref; then
        say 'Note: this gh is too old to check where the program was built.'
    elif ! GH_HOST=github.com gh auth status --hostname github.com >/dev/null 2>&1; then
        say "Note: where the program was built was not checked: 'gh auth login' first."
    elif GH_HOST=github.com gh attestation verify "$1" --repo "$project" \
        --signer-workflow "$project/.github/workflows/release.yml" --source-ref "refs/tags/v$number" \
        --deny-self-hosted-runners >"$work/gh.log" 2>&1; then
        say 'checked: built by the release workflow of the repository'
    else
        cat "$work/gh.log" >&2
        # What gh says if GitHub attests something else; otherwise it could not ask.
        ! grep -Eiq 'no attestations found|HTTP 404|verification failed|verifying with issuer|expected .* to be' \
            "$work/gh.log" ||
            fail "the release workflow did not build ${1##*/}, so nothing was installed" \
                'please report it as SECURITY.md says'
        fail "where ${1##*/} was built could not be checked, so nothing was installed" \
            'see the reason above and try again, or use --no-provenance to skip this check'
    fi
}

# Downloads the release $number, or the newest one.
fetch_release() {
    releases=${ROLECALL_RELEASES:-$repository/releases}
    find_machine
    find_programs
    if [ -n "$number" ]; then
        download "$releases/download/v$number/SHA256SUMS" "$work/SHA256SUMS"
    else
        download "$releases/latest/download/SHA256SUMS" "$work/SHA256SUMS"
        number=$(sed -n 's/^[0-9a-f]\{64\} [ *]rolecall-\([0-9][0-9A-Za-z.+-]*\)-'"$machine"'\.tar\.gz$/\1/p' \
            "$work/SHA256SUMS" | head -n 1)
        [ -n "$number" ] || fail "the newest release has no rolecall for $machine" \
            'clone the repository and run ./install.sh in it, which builds rolecall'
        check_number "$number" || fail "the newest release has no valid version: $number"
    fi
    # The two only work with one another.
    [ ! -e "$to/rolecall-provision" ] || provision=yes
    fetch rolecall
    rolecall=$fetched
    [ "$provision" = no ] || {
        fetch rolecall-provision
        provisioner=$fetched
    }
}

# Succeeds if $1 is a version: it becomes part of an address and of paths. grep alone would accept a line.
check_number() {
    case $1 in
    *[!0123456789.]*) return 1 ;;
    esac
    printf '%s\n' "$1" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+'
}

# Asks $1 at the terminal: this script may come from stdin. No is the answer without one.
confirm() {
    # In a subshell: where there is no terminal, opening it would end the script.
    (exec </dev/tty) 2>/dev/null || return 1
    printf '%s [y/N] ' "$1" >/dev/tty
    read -r reply </dev/tty || return 1
    case $reply in
    [Yy] | [Yy][Ee][Ss]) ;;
    *) return 1 ;;
    esac
}

# What is stored stays stored if nobody says otherwise: keys can't be restored.
forget_stored() {
    if confirm 'Delete all stored sessions?'; then
        "$to/rolecall" logout --all || fail 'the sessions could not be deleted' 'nothing was removed'
    else
        say "Sessions stay where they are until they expire ('rolecall logout --all' deletes them)."
    fi
    # Only those in a store of this machine: a config may name keys of others.
    keys=$("$to/rolecall" keys list --output json 2>/dev/null | tr -d ' \n' | tr '{' '\n' |
        sed -n -e '/"where":"file"/d' -e '/"where":null/d' \
            -e 's/.*"access_key_id":"\([A-Z0-9]*\)".*/\1/p' | sort -u)
    [ -n "$keys" ] || return 0
    "$to/rolecall" keys list || true
    if confirm 'Delete these access keys from the keychain? Without a copy, they are lost.'; then
        for key in $keys; do
            "$to/rolecall" keys remove "$key" --force ||
                say "Note: access key $key could not be deleted, and stays in the keychain."
        done
    else
        say 'Access keys stay in the keychain. To use them again, install rolecall again.'
    fi
}

remove() {
    for file; do
        [ -e "$file" ] || [ -L "$file" ] || continue
        rm -f "$file" || fail "can't remove $file"
        say "removed $file"
    done
}

uninstall() {
    [ -e "$to/rolecall" ] || [ -L "$to/rolecall" ] || [ -e "$to/rolecall-provision" ] ||
        fail "there is no rolecall in $to" 'use --to with the directory that it is in'
    # Before anything that is stored is deleted.
    check_owners 'remove it with the same tool'
    [ -w "$to" ] || fail "can't write to $to, so nothing was removed"
    config=${AWS_CONFIG_FILE:-${HOME:-}/.aws/config}
    users=$(grep -Ec '^[[:space:]]*credential_process[[:space:]]*=.*rolecall' "$config" 2>/dev/null || true)
    [ "${users:-0}" = 0 ] ||
        say "Note: $users profiles in $config use rolecall, and will give no credentials without it." \
            "'rolecall profile release --all' restores those that it has adopted."
    if answer_of "$to/rolecall"; then
        forget_stored
    fi
    # One that no package installed has no other completions and man pages.
    other_programs | while IFS= read -r other; do
        [ -n "$(package_of "$other")" ] || printf '%s\n' "$other"
    done >"$work/others"
    remove "$to/rolecall" "$to/rolecall-provision"
    find_data
    if [ -s "$work/others" ]; then
        say "Not removed: completions and man pages, for $(head -n 1 "$work/others")"
    elif [ "$beside" = yes ] && [ -n "$data" ]; then
        remove "$data/bash-completion/completions/rolecall" "$data/zsh/site-functions/_rolecall" \
            "$data/fish/vendor_completions.d/rolecall.fish" "$data/man/man1/rolecall.1" \
            "$data"/man/man1/rolecall-*.1
    fi
    say "Not removed: the two AWS files, rolecall's state in ${XDG_STATE_HOME:-~/.local/state}/rolecall, and" \
        "what the store 'file' has in ${XDG_CACHE_HOME:-~/.cache}/rolecall"
}

clean_up() {
    rm -rf "$work"
    [ -z "$new" ] || rm -f "$new"
    [ -z "$staged" ] || rm -f "$staged"
    # Folders that are still empty.
    while [ "$made" != "$existing" ]; do
        rmdir "$made" 2>/dev/null || true
        made=$(dirname -- "$made")
    done
}

catch_signals() {
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 141' PIPE
    trap 'exit 143' TERM
}

main() {
    # Whatever the umask, nobody else may change what is installed; what root installs is for everyone.
    umask g-w,o-w
    [ "$(id -u)" != 0 ] || umask 022
    # Others may have set these for their own use.
    set +C
    unset CDPATH GZIP TAR_OPTIONS
    to=''
    demo=no
    beside=yes
    provision=no
    provenance=yes
    action=install
    wanted_version=''
    while [ $# -gt 0 ]; do
        case $1 in
        --to | --version)
            [ -n "${2:-}" ] || wrong_usage "$1 needs a value"
            if [ "$1" = --to ]; then to=$2; else wanted_version=$2; fi
            shift
            ;;
        --to=?*) to=${1#--to=} ;;
        --version=?*) wanted_version=${1#--version=} ;;
        --to= | --version=) wrong_usage "${1%=} needs a value" ;;
        --program-only) beside=no ;;
        --no-provenance) provenance=no ;;
        --demo) demo=yes ;;
        --provision) provision=yes ;;
        --uninstall) action=uninstall ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) wrong_usage "unknown argument: $1" ;;
        esac
        shift
    done
    number=${wanted_version#v}
    [ -z "$wanted_version" ] || check_number "$number" || wrong_usage "not a version: $wanted_version"
    [ "$action" = install ] || [ "$provision$demo$provenance$number" = nonoyes ] ||
        wrong_usage '--uninstall only works with --to and --program-only'
    if [ -z "$to" ]; then
        [ -n "${HOME:-}" ] || wrong_usage 'HOME is not set: use --to DIR'
        to=$HOME/.local/bin
    fi
    case $to in
    /*) ;;
    # The shell doesn't expand the ~ of --to=~/bin.
    \~) to=${HOME:?} ;;
    \~/*) to=${HOME:?}/${to#??} ;;
    *) to=$PWD/$to ;;
    esac

    existing='' made=''
    new=''
    staged=''
    rolecall=''
    provisioner=''
    work=$(mktemp -d) || fail "can't create a temporary folder" 'set TMPDIR to a folder that you can write to'
    trap clean_up EXIT
    catch_signals
    work=$(cd -- "$work" && pwd)

    # Read from a pipe, the script is in no folder, whatever lies in the present one.
    checkout=no
    case $0 in
    *install.sh)
        cd -- "$(dirname -- "$0")"
        ! grep -qs '^name = "rolecall"$' Cargo.toml || checkout=yes
        ;;
    esac
    [ "$checkout" = yes ] || [ "$demo" = no ] ||
        wrong_usage '--demo builds the tour: clone the repository and run ./install.sh --demo in it'
    [ -z "$wanted_version" ] || [ "$demo" = no ] ||
        wrong_usage "--demo can't be used with --version"
    if [ "$action" = uninstall ]; then
        uninstall
        return
    fi
    prepare_directory
    if [ "$checkout" = yes ] && [ -z "$wanted_version" ]; then
        check_rust
        check_c_compiler
        build
    else
        fetch_release
    fi
    put_programs
    [ "$beside" = no ] || put_beside
    advise
    if [ "$demo" = yes ]; then
        clean_up
        trap - EXIT HUP INT PIPE TERM
        exec "$tour" "$to/rolecall"
    fi
}

{ main "$@"; }
