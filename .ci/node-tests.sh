#!/bin/sh
# The pages' own tests. The files are named one by one: what a folder means to `node --test` differs between versions.
set -eu
cd "$(dirname "$0")/.."
files=$(find clients/web -name '*.test.js' -not -path '*/vendor/*' | sort)
[ -n "$files" ] || exit 0
# shellcheck disable=SC2086 # the names of our own files hold no spaces
exec node --test $files
