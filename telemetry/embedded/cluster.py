"""One PostgreSQL data folder ("cluster"): made, started, found running, stopped."""

import json
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from telemetry.embedded.engine import Engine
from telemetry.embedded.errors import CommandError, EmbeddedError
from telemetry.embedded.owner import Owner
from telemetry.embedded.paths import socket_folder
from telemetry.embedded.process import Step, run

SUPERUSER = "postgres"
PORT = 5432

# 0.7 s measured; a slow disk under load may need much longer.
INIT_TIMEOUT_S = 120
# Starting replays the log after a crash: up to max_wal_size of it, which takes seconds, on a slow disk
# minutes.
START_TIMEOUT_S = 180
# A fast stop writes what is in shared_buffers.
STOP_TIMEOUT_S = 120
# After `kill -9` of the server, its children notice at their next wake-up and leave.
LEFTOVER_S = 10.0
POLL_S = 0.1

# The server's own log starts anew when it is larger than this; it holds warnings and checkpoints.
LOG_BYTES = 8 << 20

SETTINGS: Mapping[str, str] = {
    # A socket in a private folder is the only door.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    # A chunk's index being written should fit in a quarter of memory; small enough for a 2 GB machine.
    "shared_buffers": "256MB",
    # Ingest writes some 100 bytes of log a row; more room means fewer checkpoints, and the same pages written
    # less often.
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "15min",
    # A server, a drain, reports and a researcher; each connection costs memory.
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}

TIMESCALEDB_SETTINGS: Mapping[str, str] = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    # The Apache part has no background jobs but one that prunes the history of jobs, and logs a licence error
    # instead.
    "timescaledb.max_background_workers": "0",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data folder `path`, run by `owner` with the programs of `engine`."""

    path: Path
    engine: Engine
    owner: Owner

    @property
    def log(self) -> Path:
        """The server's log; it is in the data folder, where its user may write."""
        return self.path / "server.log"

    @property
    def commands_log(self) -> Path:
        """The output of initdb and pg_ctl, which we write ourselves."""
        return self.path.parent / "database-commands.log"


def record_of(path: Path) -> str | None:
    """The TimescaleDB version the data folder was made for; None when made for plain PostgreSQL."""
    try:
        version = json.loads((path / "talkdown.json").read_text())["timescaledb"]
    except FileNotFoundError:
        return None
    return None if version is None else str(version)


def create(cluster: Cluster, timescaledb: str | None) -> None:
    """Make the data folder, and record for which TimescaleDB; an interrupted attempt counts for nothing."""
    draft = cluster.path.with_name(f"{cluster.path.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    cluster.owner.take(draft, 0o700)
    words: list[str | Path] = [cluster.engine.program("initdb"), "-D", draft, "-U", SUPERUSER]
    words += ["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C", "--data-checksums"]
    run(Step(words, draft, INIT_TIMEOUT_S), log=cluster.commands_log, owner=cluster.owner)
    record = draft / "talkdown.json"
    record.write_text(json.dumps({"timescaledb": timescaledb}))
    cluster.owner.take(record, 0o600)
    draft.rename(cluster.path)


def launch(cluster: Cluster, settings: Mapping[str, str]) -> None:
    """Start the server unless it runs already; returns when it accepts connections."""
    if postmaster(cluster) is None:
        _clear_stale_pid(cluster)
        _limit_log(cluster)
        _start(cluster, settings)
    _wait_for_connection(cluster)


def stop(cluster: Cluster) -> None:
    """Stop the server: connections are closed, committed data are kept. Raises `CommandError` if it stays."""
    folder = _socket_folder(cluster)
    _end(cluster)
    if folder != cluster.path:
        with suppress(OSError):  # removed by someone tidying the temporary folder: as good
            folder.rmdir()


def _end(cluster: Cluster) -> None:
    for mode in ("fast", "immediate"):
        if postmaster(cluster) is None:
            return
        words = _pg_ctl(cluster, "stop", "-m", mode, "-t", str(STOP_TIMEOUT_S))
        try:
            run(Step(words, cluster.path, STOP_TIMEOUT_S + 5), log=cluster.commands_log, owner=cluster.owner)
        except CommandError:
            if mode == "immediate" and postmaster(cluster) is not None:
                raise


def postmaster(cluster: Cluster) -> psutil.Process | None:
    """The running server process of this data folder, or None."""
    pid = _recorded_pid(cluster)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        # A number may be given to another program after a restart of the machine or container.
        ours = process.name() == "postgres" and str(cluster.path) in process.cmdline()
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def died(cluster: Cluster) -> bool:
    """Whether the server is gone without having been stopped: then its `postmaster.pid` is left."""
    return _recorded_pid(cluster) is not None and postmaster(cluster) is None


def uri(cluster: Cluster, database: str) -> str:
    """The connection URI of `database` on the running server."""
    folder = quote(str(_socket_folder(cluster)), safe="")
    return f"postgresql://{SUPERUSER}@/{quote(database)}?host={folder}&port={PORT}"


def _start(cluster: Cluster, settings: Mapping[str, str]) -> None:
    folder = socket_folder(cluster.path, cluster.owner)
    # The setting is a list; quotes keep a comma or space in the path.
    options = {**SETTINGS, "unix_socket_directories": f'"{folder}"', **settings}
    words = _pg_ctl(cluster, "start", "-t", str(START_TIMEOUT_S), "-l", cluster.log)
    words += ["-o", " ".join(f"-c {name}={_quoted(value)}" for name, value in options.items())]
    deadline = time.monotonic() + LEFTOVER_S
    while True:
        try:
            run(Step(words, cluster.path, START_TIMEOUT_S + 5), log=cluster.commands_log, owner=cluster.owner)
            return
        except CommandError as error:
            leftover = "still in use" in _end_of_log(cluster)
            if not leftover or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not start: {error}\n{_end_of_log(cluster)}") from error
            time.sleep(POLL_S)


def _pg_ctl(cluster: Cluster, command: str, *words: str | Path) -> list[str | Path]:
    return [cluster.engine.program("pg_ctl"), command, "-w", "-D", cluster.path, *words]


def _quoted(value: str) -> str:
    # pg_ctl hands the options to a shell.
    return "'" + value.replace("'", "'\\''") + "'"


def _wait_for_connection(cluster: Cluster) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(uri(cluster, SUPERUSER), connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if postmaster(cluster) is None or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The database does not answer: {error}\nIts log: {cluster.log}"
                ) from error
            time.sleep(POLL_S)


def _clear_stale_pid(cluster: Cluster) -> None:
    """Remove lock files whose number another program has now; PostgreSQL would refuse to start.

    Those of a dead process are left: PostgreSQL reads in them whether children of the killed server still
    live. A process that is dead but not yet collected by its parent counts as alive there: that is waited
    for, and where nobody collects it, its children have had their time to leave.
    """
    pid = _recorded_pid(cluster)
    deadline = time.monotonic() + LEFTOVER_S
    while pid is not None and _uncollected(pid) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    if pid is not None and psutil.pid_exists(pid):
        (_socket_folder(cluster) / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        (cluster.path / "postmaster.pid").unlink(missing_ok=True)


def _uncollected(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _recorded_pid(cluster: Cluster) -> int | None:
    lines = _pid_lines(cluster)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _socket_folder(cluster: Cluster) -> Path:
    """Where the running server has its socket."""
    lines = _pid_lines(cluster)
    # postmaster.pid: number, data folder, start time, port, socket folder, ...
    return Path(lines[4]) if len(lines) > 4 and lines[4] else cluster.path


def _pid_lines(cluster: Cluster) -> list[str]:
    try:
        return (cluster.path / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _limit_log(cluster: Cluster) -> None:
    if cluster.log.exists() and cluster.log.stat().st_size > LOG_BYTES:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))


def _end_of_log(cluster: Cluster) -> str:
    if not cluster.log.exists():
        return ""
    lines = cluster.log.read_text(errors="replace").splitlines()[-8:]
    return "\n".join([f"The end of its log {cluster.log}:", *(f"    {line}" for line in lines)])
