"""Run the application on a socket of its own, with the database it needs."""

import asyncio
import gc
import json
import logging
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from session_server.net.direct import DirectProtocol
from session_server.store.archive import UnavailableError, prepare
from telemetry import embedded
from telemetry.embedded import EmbeddedDatabase, EmbeddedError
from telemetry.migrate import migrate

log = logging.getLogger(__name__)

#: So long a person waits for the database without being told that this is what is waited for.
SILENCE_S: Final = 2.0
#: How often somebody looks whether the embedded database is still there. Sessions wait in the journal meanwhile.
REVIVE_S: Final = 2.0
#: A peer that acknowledges nothing for this long is gone: without it a stalled reader is held forever (measured).
USER_TIMEOUT_MS: Final = 4000
#: Bounds what a slow reader can be behind in the kernel: 0.36 MB instead of 3.9 MB (measured).
SEND_BUFFER: Final = 128 << 10
#: Above the protocol's own 64 KiB, so that a message that is too large gets its coded answer before the close.
WEBSOCKET_MAX_BYTES: Final = 1 << 18
#: How long a thread may hold the interpreter while another waits for it. The journal's thread asks for it three times
#: in each commit, and every acknowledgement waits for that; the default is 5 ms.
SWITCH_S: Final = 0.001
#: Objects made between two looks for garbage among the young, and looks among them for one among the older, for one
#: among all. A node keeps some thousand objects for each session and makes little that refers to itself: the default
#: (700, 10, 10) looks at them again and again, and the last of these looks holds the loop for tens of milliseconds.
GARBAGE: Final = (10_000, 20, 100)
#: Handlers that do not notice the end are cancelled after this; the default waits forever (measured).
SHUTDOWN_S: Final = 5


@dataclass(frozen=True, slots=True)
class Database:
    """A database: how to reach it, what it is, and whose processor time it uses (``None`` where unknown).

    ``ready``: it was reached and its schema is up to date.
    """

    url: str
    description: str
    cpu_seconds: Callable[[], float | None]
    ready: bool = True


@contextmanager
def open_database(
    data: Path, url: str | None, *, progress: Callable[[str], None], wait: bool = True
) -> Iterator[Database]:
    """Use the database at ``url``, or else the embedded one in ``data``; its schema is brought up to date.

    Without ``wait`` one at ``url`` that does not answer is used all the same, not ``ready``: who serves sessions needs
    it later. With it, that is an ``UnavailableError``. Without ``wait`` the embedded one is started again if it dies.
    ``progress`` hears when it takes longer than somebody sits before a screen that says nothing.
    """
    slow = threading.Timer(SILENCE_S, progress, ["The database does not answer yet; still waiting for it ..."])
    slow.daemon = True
    slow.start()
    try:
        with _opened(data, url, progress=progress, wait=wait) as database:
            slow.cancel()
            yield database
    finally:
        slow.cancel()


@contextmanager
def _opened(data: Path, url: str | None, *, progress: Callable[[str], None], wait: bool) -> Iterator[Database]:
    if url is None:
        with embedded.start(data, progress=progress) as server, nullcontext() if wait else _kept(server):
            migrate(server.uri)
            yield Database(server.uri, server.describe(), server.cpu_seconds)
        return
    try:
        database = Database(url, prepare(url), lambda: None)
    except UnavailableError as error:
        if wait:
            raise
        progress(f"{error}\nSessions are recorded to the journal and stored when it comes back.")
        database = Database(url, "not reached yet", lambda: None, ready=False)
    yield database


@contextmanager
def _kept(server: EmbeddedDatabase) -> Iterator[None]:
    """Start an embedded database again that is killed within the block, in a thread: starting takes seconds."""
    over = threading.Event()

    def keep() -> None:
        told = ""
        while not over.wait(REVIVE_S):
            try:
                if server.revive():
                    log.warning("the database had died and was started again; nothing is lost")
                told = ""
            except EmbeddedError as error:
                if str(error) != told:
                    log.error("the database has died, everything stays in the journal: %s", error)
                told = str(error)

    keeper = threading.Thread(target=keep, name="database keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; ``port`` 0 takes a free one. ``OSError`` where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket, *, tls: bool) -> str:
    """Return the address that a listening socket is reached at."""
    host, port = listener.getsockname()[:2]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"{'https' if tls else 'http'}://{f'[{shown}]' if ':' in shown else shown}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, without its signal handlers: they would end the process before database and journal are closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to ``until_told``."""
        yield


def tune() -> None:
    """Prepare the interpreter for a server that has just started: what it has imported is no garbage."""
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


async def until_told() -> None:
    """Wait for Ctrl-C or SIGTERM; while waiting, neither does anything else."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def running(
    app: FastAPI, listener: socket.socket, *, certificate: Path | None = None, key: Path | None = None
) -> AsyncIterator[None]:
    """Serve ``app`` while the block runs; leaving it lets connections finish and stops everything in order."""
    server = _Server(
        uvicorn.Config(
            app, ws=DirectProtocol, ws_per_message_deflate=False, ws_max_size=WEBSOCKET_MAX_BYTES,
            http="httptools", proxy_headers=False, server_header=False, log_config=None, access_log=False,
            lifespan="on", timeout_graceful_shutdown=SHUTDOWN_S, ssl_certfile=certificate, ssl_keyfile=key,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="uvicorn")
    try:
        while not server.started:
            if serving.done():
                serving.result()
                raise RuntimeError("the server did not start; its log says why")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await serving


@contextmanager
def announced(data: Path, *, url: str, database: str, pid: int) -> Iterator[None]:
    """Tell in ``data/server.json`` where the server is reached, for tools on this machine, while the block runs."""
    path = data / "server.json"
    path.write_text(json.dumps({"url": url, "database": database, "pid": pid}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
