#!/bin/sh
# Installs the AWS clients that the tests run, in pinned versions, in target/test-tools.
set -eu

# Version 1 of the AWS CLI (version 2 is not on PyPI), and boto3.
pins='awscli==1.46.3 boto3==1.44.5'
# A stand-in for IAM and S3, in its own environment because it needs another botocore.
moto_pins='moto[server]==5.2.5'

usage() {
    cat <<'END'
Usage: tests/clients/install.sh

Installs the following in target/test-tools, unless it is already there:
  - with pip, the AWS CLI version 1 and boto3, and separately moto_server, in the
    versions set in this script
  - with npm, the AWS SDK for JavaScript, in the versions set in tests/clients/js,
    and Node.js, if the system has no version 20 or newer
  - with go, the program in tests/clients/go, with the AWS SDK versions set there

Requires Python, npm and Go; tests/run.sh installs those first.

  --help   print this help
END
}

say() {
    printf 'tests/clients/install.sh: %s\n' "$*" >&2
}

fail() {
    say "$1"
    shift
    [ $# -eq 0 ] || printf 'hint: %s\n' "$@" >&2
    exit 1
}

# Creates the virtual environment $1 and installs $2 in it; the command $3 must then work. The file
# `pins` is written last, here and below, so an interrupted installation is started again.
install_python() {
    venv=$tools/$1
    # shellcheck disable=SC2086 # a program and its argument
    if [ "$(cat "$venv/pins" 2>/dev/null)" = "$2" ] && "$venv/bin/"$3 >/dev/null 2>&1; then
        return 0
    fi
    say "installing $2 into target/test-tools/$1"
    rm -rf "$venv"
    python3 -m venv "$venv" || fail "python3 can't create a virtual environment in $venv"
    # shellcheck disable=SC2086 # one word for each pin
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input $2 >&2 ||
        fail "pip could not install $2" 'see its message above; it needs PyPI and Python 3.10'
    # shellcheck disable=SC2086
    "$venv/bin/"$3 >/dev/null || fail "$2 was installed, but '$3' fails"
    printf '%s\n' "$2" >"$venv/pins"
}

install_javascript_client() {
    js=$tools/js
    # Look where the tests do: their sandboxes use the system's PATH.
    omit=--omit=optional
    PATH=/usr/local/bin:/usr/bin:/bin node -e \
        'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null || omit=
    wanted=$(cat package-lock.json && printf '%s\n' "$omit")
    [ "$(cat "$js/pins" 2>/dev/null)" != "$wanted" ] || return 0
    say 'installing the AWS SDK for JavaScript into target/test-tools/js'
    rm -rf "$js"
    mkdir -p "$js"
    cp package.json package-lock.json "$js"
    # shellcheck disable=SC2086 # none, or one word
    npm ci --prefix "$js" --ignore-scripts --no-audit --no-fund --loglevel=error $omit >&2 ||
        fail 'npm could not install the AWS SDK for JavaScript' 'see its message above'
    printf '%s\n' "$wanted" >"$js/pins"
}

# go itself decides what to rebuild.
build_go_client() {
    go build -buildvcs=false -o "$tools/go/client" . ||
        fail 'the program in tests/clients/go could not be built' \
            'see its message above; it needs Go 1.19 or newer'
}

main() {
    case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
    esac
    unset CDPATH
    cd -- "$(dirname -- "$0")"
    tools=${PWD%/tests/clients}/target/test-tools
    mkdir -p "$tools"
    install_python venv "$pins" 'aws --version'
    install_python moto "$moto_pins" 'moto_server --help'
    (cd js && install_javascript_client)
    (cd go && build_go_client)
}

{ main "$@"; }
