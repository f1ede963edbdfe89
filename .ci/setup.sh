#!/bin/sh
# Make a fresh checkout ready: sh .ci/setup.sh demo | check | test
#
# Each part is skipped when what it would install is already there, so a second run takes a fraction of a second.
# Long steps show a line and how long they took; their output goes to .talkdown/setup.log. What cannot be installed
# here is named with the command that would install it.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:-demo}
log=$PWD/.talkdown/setup.log
mkdir -p .talkdown
: >"$log"

fail() { # the lines of a message
    printf '\nmake: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '    %s\n' "$@" >&2
    exit 1
}

step() { # what is done, then the command
    printf '%s ... ' "$1"
    shift
    began=$(date +%s)
    printf '$ %s\n' "$*" >>"$log"
    if "$@" >>"$log" 2>&1 </dev/null; then
        printf '%s s\n' "$(($(date +%s) - began))"
    else
        printf 'failed\n\n' >&2
        tail -n 20 "$log" >&2
        fail "this step failed; its whole output: $log"
    fi
}

is_root() { [ "$(id -u)" -eq 0 ]; }

apt_install() { # packages
    command -v apt-get >/dev/null || return 1
    is_root || return 1
    step "Debian packages: $*" sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive \
        apt-get -q install --yes --no-install-recommends "$@"' sh "$@"
}

digest() { cat "$@" | cksum | tr ' ' '-'; }

# --- Python ---------------------------------------------------------------------------------------------------

find_python() { # prints the first interpreter that is new enough
    for name in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    python=$(find_python) || fail "Python 3.11 or newer was not found" "apt-get install python3 python3-venv"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        apt_install "python$version-venv" ||
            fail "$python cannot make virtual environments" "sudo apt-get install python$version-venv"
    fi
    step "Python $version: virtual environment in .venv" "$python" -m venv --clear .venv
}

python_packages() { # name of the lock file
    wanted="$1 $(digest "$1" pyproject.toml)"
    have=$(cat .venv/.talkdown 2>/dev/null || true)
    .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { have=; make_venv; }
    # The development lock holds all of the other one.
    case "$have" in
    "$wanted" | "requirements-dev.lock $(digest requirements-dev.lock pyproject.toml)") return ;;
    esac
    step "Python packages from $1 (a minute or two)" .venv/bin/python -m pip --disable-pip-version-check \
        --no-input install --quiet --require-hashes --only-binary :all: -r "$1"
    step "Talkdown itself" .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
        --no-deps --no-build-isolation --editable .
    echo "$wanted" >.venv/.talkdown
}

# --- pages ----------------------------------------------------------------------------------------------------

npm_packages() { # "all", or "runtime" for what the pages themselves load
    wanted="$1 $(digest package-lock.json .ci/vendor.sh)"
    have=$(cat node_modules/.talkdown 2>/dev/null || true)
    case "$have" in
    "$wanted" | "all ${wanted#* }") [ -f clients/web/vendor/three/three.module.js ] && return ;;
    esac
    for tool in node npm; do
        command -v $tool >/dev/null || fail "$tool was not found; the pages' libraries come from npm" \
            "sudo apt-get install nodejs npm"
    done
    if [ "$1" = all ]; then omit=; else omit=--omit=dev; fi
    step "npm packages" npm ci --no-progress $omit
    step "the pages' libraries into clients/web/vendor" sh .ci/vendor.sh
    echo "$wanted" >node_modules/.talkdown
}

# --- what only the tests need ---------------------------------------------------------------------------------

test_database() {
    [ -z "${TEST_DATABASE_URL:-}" ] || return 0
    .venv/bin/python -m telemetry.embedded ||
        fail "the tests need TimescaleDB; or name a server that has it" "make test TEST_DATABASE_URL=postgresql://..."
}

browser() {
    for name in chromium chromium-browser google-chrome; do
        ! command -v $name >/dev/null || return 0
    done
    apt_install chromium fonts-dejavu-core ||
        fail "the tests drive Chromium, which was not found" "sudo apt-get install chromium"
}

case "$purpose" in
demo)
    python_packages requirements.lock
    npm_packages runtime
    ;;
check)
    python_packages requirements-dev.lock
    npm_packages all
    ;;
test)
    python_packages requirements-dev.lock
    npm_packages all
    test_database
    browser
    ;;
*) fail "usage: sh .ci/setup.sh demo | check | test" ;;
esac
