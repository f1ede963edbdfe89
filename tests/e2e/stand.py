"""The server as anybody runs it, a process of its own, with what a test asks it over HTTP and of its database."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from websockets.sync.client import ClientConnection, connect

from telemetry import trace
from telemetry.trace import Trace

#: Nothing here takes longer unless it never comes; a noisy machine gets its time.
PATIENCE_S: Final = 60.0
SCENARIO: Final = "bus-shelter"

T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    """Look until there is something; it is somebody else's to say that it is there."""
    until = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < until, f"{what} did not come within {PATIENCE_S:.0f} s"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Opened:
    """A session, and the code its trainee joins by."""

    id: str
    code: str


@dataclass(frozen=True)
class Stand:
    """A running server."""

    url: str
    key: str
    database: str

    def open(self, scenario: str = SCENARIO) -> Opened:
        status, answer = self.ask("POST", "/api/sessions", {"scenario": scenario})
        assert status == http.HTTPStatus.CREATED, answer
        return Opened(answer["id"], answer["code"])

    def station(self, opened: Opened) -> str:
        """The link a trainee is given."""
        return f"{self.url}/station#{opened.code}"

    def console(self, opened: Opened) -> str:
        """The link of the instructor's console of one session."""
        return f"{self.url}/instructor#{self.key}/{opened.id}"

    def report_page(self, opened: Opened) -> str:
        return f"{self.url}/report#{opened.id}/{self.key}"

    def report(self, opened: Opened) -> dict[str, Any]:
        """The report, once it is made."""

        def made() -> dict[str, Any] | None:
            status, answer = self.ask("GET", f"/api/sessions/{opened.id}/report")
            assert status in (http.HTTPStatus.OK, http.HTTPStatus.ACCEPTED), answer
            return answer if status == http.HTTPStatus.OK else None

        return wait_for(f"the report of {opened.id}", made)

    def stored(self, opened: Opened) -> Trace:
        """The session as the database has it, once it is closed there: then everything before is stored too."""

        def closed() -> Trace | None:
            with psycopg.connect(self.database) as connection:
                row = connection.execute(
                    "SELECT 1 FROM core.session WHERE session = %s AND phase = 'closed'", [opened.id]
                ).fetchone()
                return trace.read(connection, UUID(opened.id)) if row else None

        return wait_for(f"the stored session {opened.id}", closed)

    @contextmanager
    def instructor(self, opened: Opened) -> Iterator["Console"]:
        """Be a session's instructor, without a page."""
        with connect(f"{self.url.replace('http', 'ws', 1)}/ws", compression=None) as socket:
            hello = {
                "type": "hello", "ref": 1, "protocol": 1, "role": "instructor", "key": self.key, "session": opened.id,
                "run": str(uuid4()), "client": {"name": "e2e", "modality": "browser"}, "streams": {},
            }  # fmt: skip
            socket.send(json.dumps(hello))
            yield Console(socket)

    def end(self, opened: Opened) -> None:
        """End a session as its instructor, without a page."""
        with self.instructor(opened) as console:
            console.socket.send(json.dumps({"type": "end", "ref": 2}))
            answer = console.receive("ok", "error", ref=2)
            assert answer["type"] == "ok", answer

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """One exchange, as any program would have it."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE_S)
        try:
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            with connection.getresponse() as response:
                return response.status, json.loads(response.read())
        finally:
            connection.close()


@dataclass(frozen=True)
class Console:
    """An instructor's connection."""

    socket: ClientConnection

    def receive(self, *types: str, ref: int | None = None) -> dict[str, Any]:
        """The next message of one of these types, and with this ``ref``; what comes before it is passed over."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(PATIENCE_S))
            if message["type"] in types and (ref is None or message.get("ref") == ref):
                return message


@contextmanager
def serving(data: Path, database: str) -> Iterator[Stand]:
    """Run ``talkdown serve`` on a free port; its folder tells where it is reached."""
    command = [sys.executable, "-m", "session_server.cli", "serve", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        command, env=os.environ | {"TALKDOWN_DATABASE_URL": database}, stdout=subprocess.DEVNULL
    )

    def up() -> dict[str, str] | None:
        assert process.poll() is None, f"{' '.join(command)} ended with {process.returncode} instead of starting"
        path = data / "server.json"
        text = path.read_text() if path.exists() else ""
        return json.loads(text) if text else None

    try:
        url = wait_for("the server", up)["url"]
        yield Stand(url, (data / "console.key").read_text().strip(), database)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
