#!/bin/sh
# Make .venv and install what is locked. "run": what Solde runs on; "dev": that and the tools of test and check.
# Does nothing when all is there: a stamp in .venv names the lock it was made from.
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-dev}
here=$(pwd -P)
log=.venv/setup.log

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

is_good() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_good "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    die "no Python 3.11 or newer found. Debian: apt-get install python3 python3-venv; macOS: brew install python. Or name one: make PYTHON=/path/to/python3"
}

# Debian ships Python without ensurepip; python3-venv adds it.
ensure_venv_module() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing $package"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; } >/dev/null 2>&1 \
            || die "apt-get could not install $package; install it by hand and try again"
    else
        die "this Python cannot make virtual environments; install $package first: sudo apt-get install $package"
    fi
}

fingerprint() {
    .venv/bin/python - "$here" "$1" <<'PYTHON'
import hashlib, pathlib, sys
parts = [sys.argv[1], sys.version, *(pathlib.Path(name).read_text() for name in (sys.argv[2], "pyproject.toml"))]
print(hashlib.sha256("\0".join(parts).encode()).hexdigest())
PYTHON
}

# Scripts in .venv/bin carry its full path: an environment that was moved, or whose Python is gone, is made anew.
venv_is_sound() {
    [ "$(cat .venv/made-in 2>/dev/null || echo "$here")" = "$here" ] && is_good .venv/bin/python \
        && .venv/bin/python -c 'import pip' >/dev/null 2>&1
}

make_venv() {
    python=$(find_python)
    ensure_venv_module "$python"
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || die "could not make .venv"
}

install() {
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore .venv/bin/python -m pip install --quiet --no-input "$@" \
        >>"$log" 2>&1 || { tail -n 25 "$log" >&2; die "pip failed; the whole log is $log"; }
}

venv_is_sound || make_venv
echo "$here" >.venv/made-in

lock=requirements/$wanted.txt
stamp=.venv/stamp-$wanted
mark=$(fingerprint "$lock")
[ "$(cat "$stamp" 2>/dev/null || true)" = "$mark" ] && exit 0
# What development needs includes what running needs.
[ "$wanted" = run ] && [ "$(cat .venv/stamp-dev 2>/dev/null || true)" = "$(fingerprint requirements/dev.txt)" ] && exit 0

: >"$log"
say "installing $(grep -c '^[a-z0-9]' "$lock") packages from $lock (a minute or two the first time)"
install --require-hashes --only-binary :all: -r "$lock"
say "installing solde"
install --no-deps --no-build-isolation --editable .
echo "$mark" >"$stamp"
