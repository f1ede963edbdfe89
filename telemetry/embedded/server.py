"""`start()`: the embedded database of one data folder, shared by the processes that use it.

The first process to come starts the server, the last to leave stops it. Each holds a shared file lock while
it uses the database; who can take that lock for itself alone was the last. A killed process loses its lock
with its life, so the next one attaches to the server it left behind and stops that in the end.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
from psycopg import sql

from telemetry.embedded import cluster as clusters
from telemetry.embedded import engine as engines
from telemetry.embedded import locks, owner, timescale
from telemetry.embedded.cluster import Cluster
from telemetry.embedded.engine import Engine, Progress
from telemetry.embedded.errors import EmbeddedError, NotBuiltError
from telemetry.embedded.paths import default_cache_dir, make_folder

DATABASE = "talkdown"
# Within the data folder; a folder without it has no database yet.
FOLDER = f"postgresql-{engines.MAJOR}"

# Another process may be in the midst of a build on one slow core, or of a start after a crash, or of both.
BUILD_WAIT_S = 1500.0
START_WAIT_S = BUILD_WAIT_S + 300.0


@dataclass(slots=True)
class EmbeddedDatabase:
    """A running embedded database; use it in a `with` block, or call `stop()`.

    `uri` connects to its database `talkdown` as superuser. `timescaledb` is the extension's version, or None
    on plain PostgreSQL, and then `plain_reason` says why.
    """

    uri: str
    data_dir: Path
    server_version: str
    timescaledb: str | None
    plain_reason: str | None
    _cluster: Cluster
    _use: locks.FileLock | None
    _settings: Mapping[str, str]

    def describe(self) -> str:
        """One line for people: "PostgreSQL 16.14 with TimescaleDB 2.19.3 (embedded)"."""
        extension = f"with TimescaleDB {self.timescaledb}" if self.timescaledb else "without TimescaleDB"
        return f"PostgreSQL {self.server_version} {extension} (embedded)"

    def pids(self) -> tuple[int, ...]:
        """The ids of the server's processes at this moment; empty when it does not run."""
        server = clusters.postmaster(self._cluster)
        if server is None:
            return ()
        try:
            return (server.pid, *(child.pid for child in server.children(recursive=True)))
        except psutil.NoSuchProcess:
            return ()

    def cpu_seconds(self) -> float:
        """CPU seconds the server has used since it started, with those of connections that have ended."""
        server = clusters.postmaster(self._cluster)
        if server is None:
            return 0.0
        times = server.cpu_times()
        # PostgreSQL waits for each child that ends, so the system adds their time to its own.
        spent = times.user + times.system + times.children_user + times.children_system
        return float(spent) + sum(_spent(child) for child in server.children(recursive=True))

    def revive(self) -> bool:
        """Start the server again if it was killed or crashed, and say whether that was so.

        One that somebody stopped in order, or that hangs, is left as it is. Raises `EmbeddedError` when it does
        not start.
        """
        if not clusters.died(self._cluster):
            return False
        with _turn(self.data_dir, _silent):
            if self._use is None or not clusters.died(self._cluster):
                return False
            clusters.launch(self._cluster, self._settings)
        return True

    def stop(self) -> None:
        """Leave the database; the last process to leave stops the server and waits for its end.

        Calling it again does nothing. Raises `EmbeddedError` when the server does not stop.
        """
        if self._use is None:
            return
        with _turn(self.data_dir, _silent):
            use, self._use = self._use, None
            _leave(self._cluster, use)

    def __enter__(self) -> Self:
        """Use the database within the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the database; see `stop`."""
        self.stop()


def start(
    data_dir: Path,
    *,
    timescale: bool = True,
    progress: Progress = print,
    cache_dir: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> EmbeddedDatabase:
    """Start, or join, the database whose data live in `data_dir/postgresql-16`.

    With `timescale` a new data folder gets TimescaleDB, built on first use with a `progress` line for each
    long step, or plain PostgreSQL where that is impossible (`plain_reason` tells). A folder stays what it was
    made as. `settings` overrides PostgreSQL's when this call starts the server. `cache_dir` holds the
    programs.

    Raises `EmbeddedError`: a private folder on the way as root, a folder of someone else's, no server for
    this machine, or a server that does not start.
    """
    # As root the server is another user, who must pass through but need not list.
    mode = 0o711 if owner.is_root() else 0o700
    data_dir = make_folder(data_dir.expanduser().absolute(), mode=mode).resolve()
    path = data_dir / FOLDER
    account = owner.of(path)
    account.require_reach(data_dir, what="The data folder")

    def waiting() -> None:
        progress("Database: waiting for another process that is starting or stopping it ...")

    with _turn(data_dir, waiting):
        engine, reason = _engine(path, timescale, progress, _cache(cache_dir))
        if timescale and reason:
            progress(f"Database: plain PostgreSQL, without TimescaleDB: {reason}")
        account.require_reach(engine.prefix / "bin", what="The cache folder")
        return _join(Cluster(path, engine, account), reason, settings or {}, progress)


def running(data_dir: Path, *, cache_dir: Path | None = None) -> str | None:
    """The address of the database in `data_dir`, if its server runs; nothing is made, started or held for it.

    So it may be stopped at any moment. Raises `EmbeddedError` for a folder of someone else's.
    """
    path = data_dir.expanduser().absolute().resolve() / FOLDER
    if not path.exists():
        return None
    cluster = Cluster(path, engines.location(_cache(cache_dir)), owner.of(path))
    return clusters.uri(cluster, DATABASE) if clusters.postmaster(cluster) else None


def prepare(*, progress: Progress = print, cache_dir: Path | None = None) -> Engine:
    """Make the programs ready, TimescaleDB included, so that starts are quick; raises `NotBuiltError`."""
    engine, reason = _prepared(_cache(cache_dir), timescale=True, progress=progress)
    if reason is not None:
        raise NotBuiltError(reason)
    return engine


def prepared_timescaledb(*, cache_dir: Path | None = None) -> str | None:
    """The TimescaleDB version that is built and ready; None when a start would build it first."""
    return engines.location(_cache(cache_dir)).timescaledb()


def _engine(path: Path, wanted: bool, progress: Progress, cache: Path) -> tuple[Engine, str | None]:
    """The programs for the data folder `path`, and why they come without TimescaleDB if they do."""
    if not path.exists():
        return _prepared(cache, timescale=wanted, progress=progress)
    made_for = clusters.record_of(path)
    engine, reason = _prepared(cache, timescale=made_for is not None, progress=progress)
    if made_for is None:
        return engine, f"the data in {path} were made without it; another data folder gets it"
    if reason is not None:
        raise EmbeddedError(f"The data in {path} need TimescaleDB {made_for}, which is missing: {reason}")
    if engine.timescaledb() != made_for:
        raise EmbeddedError(
            f"The data in {path} were made with TimescaleDB {made_for}; here is {engine.timescaledb()} now. "
            f"Choose another data folder, or an older cache folder than {cache}"
        )
    return engine, None


def _prepared(cache: Path, *, timescale: bool, progress: Progress) -> tuple[Engine, str | None]:
    make_folder(cache, mode=0o755)

    def waiting() -> None:
        progress("Database: waiting for another process that is building it ...")

    with locks.exclusive(cache / "build.lock", timeout_s=BUILD_WAIT_S, waiting=waiting):
        engine = engines.prepare(cache, progress)
        return engine, _build(engine, progress) if timescale else "it was not asked for"


def _build(engine: Engine, progress: Progress) -> str | None:
    try:
        timescale.build(engine, progress)
    except NotBuiltError as error:
        return str(error)
    return None


def _join(
    cluster: Cluster, reason: str | None, settings: Mapping[str, str], progress: Progress
) -> EmbeddedDatabase:
    extension = None if reason else cluster.engine.timescaledb()
    if not cluster.path.exists():
        progress(f"Database: making {cluster.path} ...")
        clusters.create(cluster, extension)
    use = locks.try_lock(_users(cluster.path.parent), shared=True)
    if use is None:
        raise EmbeddedError(f"{_users(cluster.path.parent)} is held by a program that is not Talkdown")
    try:
        chosen = {**(clusters.TIMESCALEDB_SETTINGS if extension else {}), **settings}
        clusters.launch(cluster, chosen)
        version = _open_database(cluster, extension is not None)
    except BaseException:
        _leave(cluster, use)
        raise
    uri = clusters.uri(cluster, DATABASE)
    return EmbeddedDatabase(uri, cluster.path.parent, version, extension, reason, cluster, use, chosen)


def _leave(cluster: Cluster, use: locks.FileLock) -> None:
    """End our use of the server, and the server too when nobody else uses it; the caller has the turn."""
    use.release()
    last = locks.try_lock(_users(cluster.path.parent))
    if last is None:
        return
    try:
        clusters.stop(cluster)
    finally:
        last.release()


def _open_database(cluster: Cluster, extension: bool) -> str:
    """Make sure that our database exists; returns the server's version."""
    with psycopg.connect(clusters.uri(cluster, clusters.SUPERUSER), autocommit=True) as connection:
        row = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if row is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        version = connection.info.parameter_status("server_version") or "unknown"
    if extension:
        with psycopg.connect(clusters.uri(cluster, DATABASE), autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    return version


def _turn(data_dir: Path, waiting: Callable[[], None]) -> AbstractContextManager[None]:
    return locks.exclusive(data_dir / "database.lock", timeout_s=START_WAIT_S, waiting=waiting)


def _cache(chosen: Path | None) -> Path:
    return (chosen or default_cache_dir()).expanduser().absolute()


def _users(data_dir: Path) -> Path:
    return data_dir / "database.users"


def _spent(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _silent() -> None:
    """Nobody is told that a stop waits its turn."""
