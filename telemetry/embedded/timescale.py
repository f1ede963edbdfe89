"""Building TimescaleDB's Apache-licensed part into the engine.

Some 15 s on two cores, once: the engine then keeps a record of it. Needs a C compiler, make, patch (or git)
and cmake, and a Debian archive to fetch the signed source from.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from telemetry.embedded import debian
from telemetry.embedded.engine import Engine, Progress
from telemetry.embedded.errors import CommandError, NotBuiltError
from telemetry.embedded.process import Step, run

LOG = "timescaledb-build.log"

# What the build needs and what installs it; of several programs, the first that is there is used. The cmake
# of our own environment is found before the machine's.
TOOLS: Mapping[tuple[str, ...], str] = {
    ("cc",): "apt-get install build-essential",
    ("make",): "apt-get install build-essential",
    ("patch", "git"): "apt-get install build-essential",
    ("cmake",): "pip install cmake, or apt-get install cmake",
}
APPLY: Mapping[str, tuple[str, ...]] = {"patch": ("patch", "-p1", "-i"), "git": ("git", "apply", "-p1")}

# As Debian builds it (Apache part, no telemetry), less what needs OpenSSL, Perl or clang, which a newcomer
# may lack.
OPTIONS = (
    "-DAPACHE_ONLY=1",
    "-DUSE_TELEMETRY=OFF",
    "-DSEND_TELEMETRY_DEFAULT=OFF",
    "-DREGRESS_CHECKS=OFF",
    "-DTAP_CHECKS=OFF",
    "-DLINTER=OFF",
    "-DUSE_OPENSSL=0",
    "-DWARNINGS_AS_ERRORS=OFF",
    "-DCMAKE_BUILD_TYPE=Release",
)

# Measured on two cores: 1 s, 14 s, 1 s. The bounds allow for a single slow core under load.
PATCH_TIMEOUT_S = 20
CONFIGURE_TIMEOUT_S = 180
COMPILE_TIMEOUT_S = 1200
INSTALL_TIMEOUT_S = 60


def build(engine: Engine, progress: Progress) -> str:
    """Build and install the extension unless it is there; returns its version. The caller has the lock.

    Raises `NotBuiltError` with the reason, and the command that would remove it where there is one.
    """
    if built := engine.timescaledb():
        return built
    _require_tools()
    log = engine.root.parent / LOG
    log.write_bytes(b"")
    work = Path(tempfile.mkdtemp(dir=engine.root.parent, prefix=".build-"))
    try:
        progress(f"TimescaleDB: fetching Debian's source package ... (log: {log})")
        source = debian.fetch(work, log)
        version = source.name.removeprefix(f"{debian.SOURCE}-")
        _compile(engine, source, version, progress, log)
    except CommandError as error:
        raise NotBuiltError(f"TimescaleDB did not build: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _write_record(engine, version)
    return version


def missing() -> str | None:
    """What this machine lacks for a build, with the commands that would install it, or None."""
    lacks = [f"{tools[0]} ({command})" for tools, command in TOOLS.items() if _first(*tools) is None]
    reasons = [f"not installed: {', '.join(lacks)}"] if lacks else []
    if reason := debian.available():
        reasons.append(reason)
    return "; ".join(reasons) or None


def _require_tools() -> None:
    if reason := missing():
        raise NotBuiltError(f"TimescaleDB cannot be built here: {reason}")


def _compile(engine: Engine, source: Path, version: str, progress: Progress, log: Path) -> None:
    extra = {"PATH": _path(), "GIT_CEILING_DIRECTORIES": str(source.parent)}
    patches = source.parent / "debian" / "patches"
    apply = APPLY[_first("patch", "git") or "patch"]
    for name in _series(patches):
        run(Step([*apply, patches / name], source, PATCH_TIMEOUT_S), log=log, extra=extra)
    progress(f"TimescaleDB: configuring {version} ...")
    words = ["./bootstrap", *OPTIONS, f"-DPG_CONFIG={engine.program('pg_config')}"]
    run(Step(words, source, CONFIGURE_TIMEOUT_S), log=log, extra=extra)
    progress(f"TimescaleDB: compiling {version}, some 15 s on two cores ...")
    jobs = f"-j{os.cpu_count() or 1}"
    run(Step(["make", jobs], source / "build", COMPILE_TIMEOUT_S), log=log, extra=extra)
    run(Step(["make", "install"], source / "build", INSTALL_TIMEOUT_S), log=log, extra=extra)


def _series(patches: Path) -> list[str]:
    series = patches / "series"
    lines = series.read_text().splitlines() if series.exists() else []
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def _write_record(engine: Engine, version: str) -> None:
    draft = engine.record.with_suffix(".draft")
    draft.write_text(
        json.dumps({"timescaledb": version, "source": f"Debian {debian.SUITE}", "options": OPTIONS})
    )
    draft.rename(engine.record)


def _first(*tools: str) -> str | None:
    return next((tool for tool in tools if shutil.which(tool, path=_path())), None)


def _path() -> str:
    """The search path with our own environment's programs first, for its locked cmake."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
