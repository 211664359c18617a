#!/bin/sh
# Lock pyproject.toml into requirements/run.txt and requirements/dev.txt, for every platform, with hashes.
# No address of an index is written: each machine asks the one it is set up for.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv

lock() {
    .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
        -p 3.11 "$@" pyproject.toml
}

lock "$@" --group build -o requirements/run.txt
lock "$@" --group dev -c requirements/run.txt -o requirements/dev.txt
echo "lock: requirements/run.txt requirements/dev.txt; 'make setup' installs them"
