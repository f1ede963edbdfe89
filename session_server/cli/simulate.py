"""``talkdown simulate``: many stations against a real server, and what became of each of their rows."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import psutil
import typer
import uvloop

from clients.simulate import Simulation
from clients.simulate import simulate as drive
from session_server.cli.options import Data, DatabaseUrl
from session_server.cli.terminal import console, progress
from session_server.net.auth import load_key
from session_server.net.server import Database, open_database
from session_server.store.audit import Audit, audit
from telemetry import status
from telemetry.journal import Position, synced

#: A server starts in two seconds; a slow disk may take longer.
START_WITHIN_S: Final = 60.0
#: What was journalled must be in the tables within this time after the last row.
STORED_WITHIN_S: Final = 120.0
STOP_WITHIN_S: Final = 30.0
POLL_S: Final = 0.05


def simulate(
    stations: Annotated[int, typer.Option(min=1, max=2000, help="Stations, one session each.")] = 20,
    seconds: Annotated[float, typer.Option("--for", min=1, help="Seconds to play once all have joined.")] = 10,
    scenario: Annotated[str, typer.Option(help="The scenario to play.")] = "bus-shelter",
    processes: Annotated[int, typer.Option(min=1, max=16, help="Processes that drive the stations.")] = 1,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Drive a real server over real WebSockets and compare the rows issued with the rows stored.

    Starts a server process of its own, with a journal and (unless told otherwise) a database of its own that are
    removed afterwards. Exit status 1 where an acknowledged row is missing, stored twice or was never sent.
    """
    with (
        _folder() as folder,
        open_database(data or folder, database_url, progress=progress) as database,
        _server(folder, database) as (server, url),
    ):
        key = load_key(folder / "console.key")
        before = _cpu_seconds(server), database.cpu_seconds()
        done = drive(url, key, scenario=scenario, stations=stations, seconds=seconds, processes=processes,
                     loop_factory=uvloop.new_event_loop)  # fmt: skip
        _wait_until_stored(folder / "journal")
        after = _cpu_seconds(server), database.cpu_seconds()
        found = audit(database.url, done.issued)
        spent = [None if a is None or b is None else round(a - b, 3) for a, b in zip(after, before, strict=True)]
        _tell(done, found, spent, database, as_json=as_json)
    failed = found.rows_lost or found.rows_duplicated or found.rows_foreign or done.failures
    raise typer.Exit(1 if failed else 0)


def _tell(
    done: Simulation, found: Audit, spent: list[float | None], database: Database, *, as_json: bool
) -> None:
    waits = done.ack_ms
    result = {
        "stations": done.stations, "seconds": round(done.seconds, 3), "rows_sent": done.rows_sent,
        "rows_acked": done.rows_acked, "rows_stored": found.rows_stored, "rows_lost": found.rows_lost,
        "rows_duplicated": found.rows_duplicated, "rows_foreign": found.rows_foreign,
        "rows_declared": found.rows_declared,
        "ack_ms": {"p50": _number(waits.p50), "p95": _number(waits.p95), "p99": _number(waits.p99)},
        "server_cpu_seconds": spent[0], "database_cpu_seconds": spent[1],
        "generator_cpu_seconds": round(done.generator_cpu_seconds, 3), "reconnects": done.reconnects,
        "failures": list(done.failures), "database": database.description,
    }  # fmt: skip
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        console.print(f"{name:24} {value}", markup=False)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that the embedded database's user may pass through."""
    with tempfile.TemporaryDirectory(prefix="talkdown-simulate-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o711)
        yield folder


@contextmanager
def _server(folder: Path, database: Database) -> Iterator[tuple[psutil.Process, str]]:
    """Run ``talkdown serve`` as a process of its own, so that its processor time can be told apart."""
    process = subprocess.Popen(
        [sys.executable, "-m", "session_server.cli", "serve", "--port", "0", "--data", str(folder)],
        env=os.environ | {"TALKDOWN_DATABASE_URL": database.url}, stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield psutil.Process(process.pid), _url(folder / "server.json", process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _url(announcement: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + START_WITHIN_S
    while not announcement.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise OSError(f"the server did not start within {START_WITHIN_S:.0f} s; its messages stand above")
        time.sleep(POLL_S)
    return str(json.loads(announcement.read_text())["url"])


def _wait_until_stored(journal: Path) -> None:
    deadline = time.monotonic() + STORED_WITHIN_S
    while status.read(journal).position < (synced(journal) or Position(0, 0)):
        if time.monotonic() > deadline:
            progress(f"not all is stored after {STORED_WITHIN_S:.0f} s; what is missing counts as lost")
            return
        time.sleep(POLL_S)


def _cpu_seconds(server: psutil.Process) -> float:
    """Return what the server, its drain and its grader have used."""
    spent = 0.0
    for process in [server, *server.children(recursive=True)]:
        times = process.cpu_times()
        spent += times.user + times.system
    return spent
