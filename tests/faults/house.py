"""A server with its drain and its database as real processes, which can be stopped, frozen and killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from session_server.net.auth import load_key
from telemetry import embedded, journal, status
from tests.session_server.rehearsal import SMALL

#: Nothing here takes longer unless it never comes; a noisy machine gets its time.
PATIENCE_S: Final = 90.0
POLL_S: Final = 0.02

LIMIT = ("limit: {after: 60 s", "limit: {after: 7200 s")


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S:.0f} s"
        time.sleep(POLL_S)


class Database:
    """An embedded database server of one's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: embedded.EmbeddedDatabase | None = None
        self._frozen: tuple[int, ...] = ()

    @property
    def uri(self) -> str:
        """The address, the same after each start."""
        assert self._server is not None, "it was never started"
        return self._server.uri

    def start(self) -> None:
        """Let it run, whatever was done to it."""
        self.thaw()
        if self._server is not None and self._server.pids():
            return
        self._server = embedded.start(self._folder, progress=lambda line: None)

    def stop(self) -> None:
        """Stop it in order: every connection is closed."""
        self.thaw()
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        """End all its processes at once, as when the machine loses its power."""
        assert self._server is not None
        self._signal(self._server.pids(), signal.SIGKILL)
        until(lambda: self._server is None or not self._server.pids(), "the database's end")
        self._server.stop()

    def freeze(self) -> None:
        """Stop all its processes where they are: connections are accepted, and nobody answers."""
        assert self._server is not None
        self._frozen = self._server.pids()
        # The first is the one that starts others.
        self._signal(self._frozen, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let its processes go on."""
        self._signal(self._frozen, signal.SIGCONT)
        self._frozen = ()

    def create(self) -> str:
        """Make another, empty database on this server; returns its address."""
        name = f"house_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        address = make_conninfo(self.uri, dbname=name)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        return address

    @staticmethod
    def _signal(pids: Sequence[int], number: int) -> None:
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


class House:
    """A server process on a port and a folder of its own; it comes back at the same place."""

    def __init__(self, data: Path, database: str) -> None:
        self.data = data
        self.database = database
        self.port = _free_port()
        self.key = load_key(data / "console.key")
        self._scenario = data / "small.yaml"
        # As long as a test lasts: nobody's rows end because the scenario does.
        text = SMALL.read_text()
        assert LIMIT[0] in text
        self._scenario.write_text(text.replace(*LIMIT))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def journal(self) -> Path:
        """The folder of its journal."""
        return self.data / "journal"

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, failpoint: str | None = None) -> None:
        """Start it, and wait until it answers; with a ``failpoint`` it kills itself there (see `failing`)."""
        if self.running:
            return
        (self.data / "server.json").unlink(missing_ok=True)
        program = ["session_server.cli"] if failpoint is None else ["tests.faults.failing", failpoint]
        with (self.data / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *program, "serve", "--port", str(self.port), "--data", str(self.data),
                 "--scenario", str(self._scenario)],
                env=os.environ | {"TALKDOWN_DATABASE_URL": self.database}, stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: self._announced() or not self.running, "the server's start")
        assert self.running, f"the server ended instead of starting:\n{self.log()}"

    def kill(self) -> None:
        """End it at once, if it lives; its drain notices and ends by itself."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def died(self) -> bool:
        """Whether it has ended by SIGKILL."""
        return self._process is not None and self._process.poll() == -signal.SIGKILL

    def drain(self) -> psutil.Process | None:
        """Return its drain's process, if there is one at the moment."""
        assert self._process is not None
        for child in psutil.Process(self._process.pid).children():
            try:
                if "telemetry.drain" in child.cmdline():
                    return child
            except psutil.Error:
                continue
        return None

    def kill_drain(self) -> None:
        """End its drain at once, and wait for the other that the server starts."""
        killed: psutil.Process | None = None

        def another() -> bool:
            return (drain := self.drain()) is not None and drain != killed

        until(another, "the drain's start")
        if (killed := self.drain()) is not None:
            killed.kill()
        until(another, "the start of another drain")

    def stored(self) -> None:
        """Wait until all that is in the journal is in the database."""
        end = journal.synced(self.journal)
        assert end is not None
        until(lambda: status.stored(self.journal).position >= end, "storing what is in the journal")

    def log(self) -> str:
        """Return the end of what it has said."""
        return "\n".join((self.data / "server.log").read_text(errors="replace").splitlines()[-30:])

    def _announced(self) -> bool:
        try:
            told = json.loads((self.data / "server.json").read_text())
        except (FileNotFoundError, ValueError):
            return False
        return self._process is not None and told["pid"] == self._process.pid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
