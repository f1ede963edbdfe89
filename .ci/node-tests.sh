#!/bin/sh
# The pages' own tests. The files are named one by one: what a folder means to `node --test` differs between versions.
set -eu
cd "$(dirname "$0")/.."
files=$(find clients/web -name '*.test.js' -not -path '*/vendor/*' | sort)
[ -n "$files" ] || exit 0
echo "node --test"
# Every browser has `crypto`; Debian 12's Node 18 shows it only when asked, and later ones do not know the question.
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
    NODE_OPTIONS="${NODE_OPTIONS:-} --experimental-global-webcrypto"
    export NODE_OPTIONS
fi
mkdir -p .talkdown
log=.talkdown/node-tests.log
# shellcheck disable=SC2086 # the names of our own files hold no spaces
if node --test $files >"$log" 2>&1; then
    grep -E '^(#|ℹ) (tests|pass|fail) ' "$log"
else
    cat "$log"
    exit 1
fi
