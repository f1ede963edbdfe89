"""A ``Wire`` on real sockets: connects, reconnects with jitter, and resolves requests.

One task per connection opens sockets and waits; everything else happens in the socket's calls and in timers,
so that some hundred connections fit into one process.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urlsplit, urlunsplit

from clients._socket import ABNORMAL, Socket, open_socket
from clients.errors import ClientError, EndedError, RefusedError, UnansweredError, UsageError
from clients.messages import Push, Welcome
from clients.wire import (
    Acked,
    Answered,
    Broken,
    Denied,
    Ended,
    Happening,
    Hello,
    Joined,
    Pushed,
    Reconnect,
    Unanswered,
    Wire,
)

__all__ = ["Connection", "monotonic_ms", "socket_url"]

_LOG = logging.getLogger("talkdown.clients")

#: Enough to see what goes wrong; a bot in the wrong phase must not fill memory.
POSTS_KEPT: Final = 100


def monotonic_ms() -> float:
    """Return this process's monotonic clock in milliseconds."""
    return time.monotonic() * 1000


def socket_url(url: str) -> str:
    """Return the WebSocket's URL for a server's address such as ``http://127.0.0.1:8000``.

    Raises ``UsageError`` for what is none.
    """
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.netloc:
        raise UsageError(f"{url!r} is no server's address; such as http://127.0.0.1:8600: is http:// missing?")
    path = parts.path.rstrip("/")
    return urlunsplit((scheme, parts.netloc, path if path.endswith("/ws") else f"{path}/ws", "", ""))


class Connection:
    """One client's connection, as an async context manager.

    ``on_push`` and ``on_acked`` run on the event loop while a message is handled and must not block.
    ``clock`` is the client's own monotonic clock in ms; ``jitter`` draws uniformly from [0, 1).
    """

    def __init__(
        self,
        url: str,
        hello: Hello,
        *,
        on_push: Callable[[Push], None] | None = None,
        on_acked: Callable[[Acked], None] | None = None,
        on_joined: Callable[[Welcome], None] | None = None,
        clock: Callable[[], float] = monotonic_ms,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare a connection of ``hello`` to the server at ``url`` (http, https, ws or wss)."""
        self.wire = Wire(hello)
        self.welcome: Welcome | None = None
        #: How often the connection was lost after it had joined, and why it last was.
        self.losses = 0
        self.last_loss = ""
        #: What became of the latest posts that were not done.
        self.failed_posts: deque[ClientError] = deque(maxlen=POSTS_KEPT)
        #: Set when the connection is over for good.
        self.error: ClientError | None = None
        self._url = socket_url(url)
        self._on_push, self._on_acked, self._on_joined = on_push, on_acked, on_joined
        self._clock, self._jitter = clock, jitter
        self._socket: Socket | None = None
        self._futures: dict[int, asyncio.Future[Mapping[str, object]]] = {}
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._closed: asyncio.Future[tuple[int, str]] | None = None
        self._poll: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        """Start connecting; ``joined`` waits for the welcome."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="talkdown connection")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close politely and stop."""
        await self.close()

    async def joined(self) -> Welcome:
        """Wait until the server has taken us in; raises ``EndedError`` when it never will."""
        await self.until(lambda: self.wire.joined and self.error is None)
        return cast(Welcome, self.welcome)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, looked at after every message; raises when the connection ends."""
        if condition():
            return
        if self.error is not None:
            raise self.error
        waiter = asyncio.get_running_loop().create_future()
        entry = (condition, waiter)
        self._waiters.append(entry)
        try:
            await waiter
        finally:
            if entry in self._waiters:
                self._waiters.remove(entry)

    async def request(self, kind: str, /, **fields: object) -> Mapping[str, object]:
        """Ask the server and return what ``ok`` carried.

        Raises ``RefusedError`` (the server said no), ``UnansweredError`` (it may or may not have been done)
        and ``EndedError``.
        """
        await self.joined()
        ref = self.wire.request(kind, fields)
        future: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()
        self._futures[ref] = future
        self._flush()
        return await future

    def post(self, kind: str, /, **fields: object) -> None:
        """Tell the server something whose answer nobody waits for; without a connection it is not said.

        ``failed_posts`` keeps the latest that were refused, or whose connection broke before the answer.
        """
        if self.wire.joined:
            self.wire.request(kind, fields)
            self._flush()

    def seal(self) -> None:
        """Close a frame and send it; call it every 100 ms. While the peer does not read, the rows wait."""
        now_ms = self._clock()
        if self._socket is not None and self._socket.writable:
            self.wire.seal(now_ms)
        self._flush()

    def clock_jumped(self, *, declare: bool = True) -> None:
        """Go on after our clock stood still or was set; with ``declare``, tell the server that an epoch begins now."""
        self.wire.clock_jumped(self._clock(), declare=declare)
        self._stop_polling()
        self._keep_polling()

    def drop(self) -> None:
        """Cut the socket without a word, as a lost network does; the connection comes back by itself."""
        if self._socket is not None:
            self._socket.abort()

    async def close(self) -> None:
        """Close for good; requests still open fail with ``UnansweredError``."""
        self._closing = True
        if self._socket is not None and self._closed is not None:
            self._socket.close()
            await self._closed
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._finish(EndedError(1000, "closed by this client"))

    async def _run(self) -> None:
        try:
            pause_s = await self._one_socket()
            while pause_s is not None:
                await asyncio.sleep(pause_s)
                pause_s = await self._one_socket()
        except Exception as error:
            _LOG.exception("connection task failed")
            self._finish(ClientError(f"connection task failed: {error!r}"))

    async def _one_socket(self) -> float | None:
        """Live through one socket; return how long to wait before the next, or None when it is over."""
        self._closed = asyncio.get_running_loop().create_future()
        try:
            self._socket = await open_socket(
                self._url, on_open=self._opened, on_message=self._received, on_close=self._lost
            )
            # A server on this machine may have opened the socket before we held it; what was to go out then goes now.
            self._flush()
        except (OSError, TimeoutError) as error:
            self._closed.set_result((ABNORMAL, str(error)))
        code, reason = await self._closed
        self._socket = None
        self._stop_polling()
        joined = self.wire.joined
        self.last_loss = f"{code} {reason}".rstrip()
        for happening in self.wire.disconnected(code, reason, jitter=self._jitter()):
            if isinstance(happening, Reconnect) and not self._closing and self.error is None:
                self.losses += joined
                _LOG.info("connection lost (%s), again in %.2f s", self.last_loss, happening.delay_s)
                return happening.delay_s
            self._happened(happening)
        return None

    def _opened(self) -> None:
        self.wire.connected(self._clock())
        self._flush()

    def _lost(self, code: int, reason: str) -> None:
        if self._closed is not None and not self._closed.done():
            self._closed.set_result((code, reason))

    def _received(self, message: str | bytes) -> None:
        """Handle one message; a fault of either side ends this connection and nothing else."""
        try:
            for happening in self.wire.received(message, self._clock()):
                self._happened(happening)
            self._wake()
        except Exception as error:
            _LOG.exception("message could not be handled")
            fault = error if isinstance(error, ClientError) else ClientError(f"handler failed: {error!r}")
            self._break(fault)

    def _happened(self, happening: Happening) -> None:
        match happening:
            case Acked():
                if self._on_acked is not None:
                    self._on_acked(happening)
            case Pushed(push):
                if self._on_push is not None:
                    self._on_push(push)
            case Answered(ref, body):
                self._resolve(ref, body)
            case Denied(ref, kind, refusal) if kind != "hello":
                self._resolve(ref, RefusedError(kind, refusal))
            case Unanswered(ref, kind):
                self._resolve(ref, UnansweredError(f"{kind} was not answered: the connection broke"))
            case Denied():
                self._close_socket(1000)
            case Joined(welcome):
                self._join(welcome)
            case Broken(refusal):
                self._break(RefusedError("frame", refusal))
            case Ended(code, reason, refusal):
                self._finish(EndedError(code, reason, refusal))
            case Reconnect():
                pass  # closing, or already failed: nobody wants to come back

    def _join(self, welcome: Welcome) -> None:
        self.welcome = welcome
        self._stop_polling()
        self._keep_polling()
        if self._on_joined is not None:
            self._on_joined(welcome)

    def _resolve(self, ref: int, result: Mapping[str, object] | ClientError) -> None:
        future = self._futures.pop(ref, None)
        if future is None and isinstance(result, ClientError):
            self.failed_posts.append(result)
        if future is None or future.done():
            return
        if isinstance(result, ClientError):
            future.set_exception(result)
        else:
            future.set_result(result)

    def _break(self, error: ClientError) -> None:
        self._finish(error)
        self._close_socket(1002)

    def _close_socket(self, code: int) -> None:
        if self._socket is not None:
            self._socket.close(code)

    def _finish(self, error: ClientError) -> None:
        """Nothing more will come: tell everyone who waits."""
        if self.error is None:
            self.error = error
        for ref in list(self._futures):
            self._resolve(ref, UnansweredError(f"the connection ended: {self.error}"))
        for _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(self.error)
        self._waiters.clear()

    def _wake(self) -> None:
        for condition, waiter in self._waiters:
            if not waiter.done() and condition():
                waiter.set_result(None)

    def _flush(self) -> None:
        if self._socket is not None and (messages := self.wire.outgoing()):
            self._socket.send(messages)

    def _keep_polling(self) -> None:
        """Exchange clocks when it is due, and notice a server that has gone silent."""
        now_ms = self._clock()
        if self.wire.silent(now_ms):
            self.drop()
            return
        due_ms = self.wire.poll(now_ms)
        self._flush()
        if due_ms is not None:
            delay_s = max(0.0, due_ms - now_ms) / 1000
            self._poll = asyncio.get_running_loop().call_later(delay_s, self._keep_polling)

    def _stop_polling(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None
