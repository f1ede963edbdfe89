"""A real server on a real socket with a real database, and a bare client to be rude with."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from session_server.net.app import create_app
from session_server.net.desk import Desk
from session_server.net.house import House
from session_server.net.server import listen, running, url_of
from session_server.net.settings import Settings
from tests.session_server.rehearsal import SMALL

#: Nothing here takes longer unless it never comes; a noisy machine gets its time.
PATIENCE_S = 30.0

Json = dict[str, object]


@dataclass
class LiveServer:
    house: House
    desk: Desk
    url: str
    data: Path
    key: str

    def open(self, scenario: str = "small") -> tuple[str, str]:
        """Open a session; return its id and code."""
        room = self.house.open(scenario, pseudonym="P1", seed=7)
        return str(room.session.id), self.house.code(room.session.id)

    async def stored(self) -> None:
        """Wait until everything recorded so far is in the database."""
        async with asyncio.timeout(PATIENCE_S):
            await self.desk.stored(await self.house.recorder.durable())


@asynccontextmanager
async def live_server(
    data: Path, database: str, *, scenario: Path = SMALL, origins: frozenset[str] = frozenset()
) -> AsyncIterator[LiveServer]:
    app = create_app(Settings(data, database, "test database", origins), scenario)
    listener = listen("127.0.0.1", 0)
    async with running(app, listener):
        yield LiveServer(app.state.house, app.state.desk, url_of(listener, tls=False), data, app.state.house.key)


@dataclass
class Raw:
    """A client that sends what it is told, and keeps all that it got."""

    socket: ClientConnection
    got: list[Json] = field(default_factory=list)
    refs: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def of(cls, url: str, **options: object) -> AsyncIterator[Self]:
        address = url.replace("http", "ws", 1) + "/ws"
        # A client with unread messages does not see the server's half of the closing handshake; it need not wait.
        async with connect(address, compression=None, max_size=1 << 20, close_timeout=1, **options) as socket:  # type: ignore[arg-type]
            yield cls(socket)

    async def send(self, message: str | bytes | Mapping[str, object]) -> None:
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def until(self, **fields: object) -> Json:
        """Return the next message with these fields."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message: Json = json.loads(await self.socket.recv())
                self.got.append(message)
                if all(message.get(name) == value for name, value in fields.items()):
                    return message

    async def ask(self, kind: str, **fields: object) -> Json:
        """Send a request and return its answer."""
        ref = next(self.refs)
        await self.send({"type": kind, "ref": ref, **fields})
        return await self.until(ref=ref)

    async def closed(self) -> int:
        """Wait for the server to close; return its code."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while True:
                    self.got.append(json.loads(await self.socket.recv()))
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006

    async def join(self, code: str, run: str | None = None, streams: Mapping[str, float] | None = None) -> Json:
        """Join as trainee."""
        return await self.ask(
            "hello", protocol=1, role="trainee", code=code, run=run or str(uuid4()),
            client={"name": "raw", "modality": "bot"}, streams=streams or {"head_pose": 72, "voice": 50},
        )  # fmt: skip

    async def watch(self, session: str, key: str) -> Json:
        """Join as instructor."""
        return await self.ask(
            "hello", protocol=1, role="instructor", key=key, session=session, run=str(uuid4()),
            client={"name": "raw", "modality": "browser"}, streams={},
        )  # fmt: skip
