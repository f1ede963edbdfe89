#!/bin/sh
# Resolve the Python and npm dependencies anew and write the lock files: every platform, every hash, no registry.
# Whoever installs uses the registry their own machine is set up for. Needs uv (in .venv, or on PATH) and npm.
set -eu
cd "$(dirname "$0")/.."

PATH="$PWD/.venv/bin:$PATH"
command -v uv >/dev/null || { echo "make lock needs uv: .venv/bin/pip install uv" >&2; exit 1; }

compile() { # output file, then what to lock
    output=$1
    shift
    # Find-links and index addresses may come from the environment; neither belongs in a file for everyone.
    env -u PIP_FIND_LINKS -u UV_FIND_LINKS uv pip compile pyproject.toml "$@" \
        --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
        --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command "make lock" --output-file "$output"
    if grep -n '://' "$output"; then
        echo "$output names an address" >&2
        exit 1
    fi
}

compile requirements.lock --extra timescale --group build
compile requirements-dev.lock --extra timescale --group dev --constraint requirements.lock
npm install --package-lock-only --silent
if grep -n '"resolved"' package-lock.json; then
    echo "package-lock.json names a registry" >&2
    exit 1
fi
