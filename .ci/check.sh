#!/bin/sh
# Everything that is read and not run: ruff, mypy strict, tsc. All three report before one of them fails the check.
set -u
cd "$(dirname "$0")/.."
status=0
echo "ruff"
.venv/bin/ruff check --quiet . || status=1
echo "mypy"
.venv/bin/mypy --no-error-summary || status=1
echo "tsc"
node_modules/.bin/tsc --noEmit -p clients/web || status=1
exit $status
