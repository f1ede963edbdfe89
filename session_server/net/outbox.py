"""What waits to be sent to one client: reliable messages in order, and states of which only the newest matters.

The reliable queue is bounded: a client that reads too slowly is cut off with close code 4008 and may come back, so
that it never delays anyone else.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

#: A reader this far behind is better served by a fresh welcome.
MAX_BYTES: Final = 1 << 20


class Outbox:
    """One writer task drains it; everybody else only puts and never waits.

    While nothing waits and the socket has room, a message is written where it is put.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], write: Callable[[bytes], bool] = lambda message: False,
        *, on_overflow: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """``write`` writes a message at once, or returns False because it cannot.

        ``on_overflow`` is told of a reader that is too slow: the writer itself may be waiting for it.
        """
        self._send = send
        self._write = write
        self._on_overflow = on_overflow
        self._reliable: deque[bytes] = deque()
        self._newest: dict[str, bytes] = {}
        self._bytes = 0
        self._wake = asyncio.Event()
        self._closing = False
        #: Whether the writer has taken a message out and waits for the socket.
        self._sending = False
        self.overflowed = False

    def put(self, message: bytes) -> None:
        """Queue a message that must arrive, in order."""
        if self._at_once(message):
            return
        if self._bytes + len(message) > MAX_BYTES:
            self.overflowed = True
            self._on_overflow()
        else:
            self._reliable.append(message)
            self._bytes += len(message)
        self._wake.set()

    def post(self, key: str, message: bytes) -> None:
        """Replace the waiting state ``key``."""
        if self._at_once(message):
            return
        self._newest[key] = message
        self._wake.set()

    def _at_once(self, message: bytes) -> bool:
        if self._reliable or self._newest or self._sending or self._closing or self.overflowed:
            return False
        return self._write(message)

    def close(self) -> None:
        """Let ``run`` return once what is queued has been sent."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        """Send until closed or overflowed."""
        while not self.overflowed:
            self._sending = True
            while self._reliable and not self.overflowed:
                message = self._reliable.popleft()
                self._bytes -= len(message)
                await self._send(message.decode())
            while self._newest and not self._reliable and not self.overflowed:
                await self._send(self._newest.pop(next(iter(self._newest))).decode())
            self._sending = False
            if self._reliable or self._newest or self.overflowed:
                continue
            if self._closing:
                return
            self._wake.clear()
            await self._wake.wait()
