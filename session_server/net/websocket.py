"""One WebSocket: the first message lets it into a room, then text is requests and binary is frames of samples."""

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from session_server.core.codec import MAX_BYTES, dump, parse, ref_of
from session_server.core.errors import Refusal
from session_server.core.messages import Error, Hello
from session_server.net.direct import direct_of
from session_server.net.house import House
from session_server.net.member import Member
from session_server.net.outbox import Outbox
from session_server.net.room import Room
from telemetry.frames import FrameError, decode

log = logging.getLogger(__name__)

#: A client has its hello ready when it connects.
HELLO_WITHIN_S: Final = 5.0
#: What is still queued when a connection is closed gets this long; a stalled reader must not hold the server.
FLUSH_WITHIN_S: Final = 2.0
CLOSE_SLOW: Final = 4008
#: RFC 6455's registry: try again later.
CLOSE_LATER: Final = 1013
TOO_MANY: Final = "too many messages; keep what was not acknowledged and slow down"
#: What one connection may send: people and pages stay far below; a backlog of frames after a reconnect is bounded
#: by what a client keeps.
REQUESTS: Final = (20.0, 100.0)
FRAMES: Final = (40.0, 400.0)


class Allowance:
    """A token bucket: so many per second, and so many at once."""

    def __init__(self, per_second: float, at_once: float) -> None:
        self._per_second, self._at_once = per_second, at_once
        self._left, self._since = at_once, 0.0

    def take(self, now: float) -> bool:
        """Use one up, if there is one."""
        self._left = min(self._at_once, self._left + (now - self._since) * self._per_second)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def origin_allowed(websocket: WebSocket, extra: frozenset[str]) -> bool:
    """Whether the page that opens this socket is ours. A client that is no browser sends no Origin, nor cookies."""
    origin = websocket.headers.get("origin")
    if origin is None or origin in extra:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == websocket.headers.get("host")


class Connection:
    """The life of one connection."""

    def __init__(self, websocket: WebSocket, house: House) -> None:
        self._websocket = websocket
        self._house = house
        self._number = house.next_connection()
        self._address = websocket.client.host if websocket.client else "?"
        self._direct = direct_of(websocket)
        self._code: int | None = None
        self._done = asyncio.Event()
        at_once = {"write": self._direct.write} if self._direct else {}
        self._outbox = Outbox(websocket.send_text, **at_once, on_overflow=self._done.set)
        self._requests = Allowance(*REQUESTS)
        self._frames = Allowance(*FRAMES)

    async def run(self) -> None:
        """Serve until either side goes; every task it starts ends with it."""
        await self._websocket.accept()
        log.info("#%d < connected from %s", self._number, self._address)
        entered = await self._enter()
        if entered is None:
            return
        room, member = entered
        writer = asyncio.create_task(self._outbox.run(), name=f"writer-{self._number}")
        reader = asyncio.create_task(self._read(room, member), name=f"reader-{self._number}")
        closing = asyncio.create_task(self._done.wait(), name=f"closing-{self._number}")
        try:
            await asyncio.wait({writer, reader, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            room.leave(member)
            reader.cancel()
            closing.cancel()
            await self._finish(writer)
            await asyncio.gather(writer, reader, closing, return_exceptions=True)
            log.info("#%d > gone (%s)", self._number, self._code or "peer")

    def close(self, code: int) -> None:
        """Ask for this connection to end with ``code``."""
        self._code = self._code or code
        self._done.set()

    async def _enter(self) -> tuple[Room, Member] | None:
        """Wait for ``hello``; without a valid one, answer why and close."""
        ref = None
        try:
            try:
                text = await asyncio.wait_for(self._websocket.receive_text(), HELLO_WITHIN_S)
            except (TimeoutError, KeyError):
                raise Refusal("hello_required", "the first message must be hello, within 5 s") from None
            ref = ref_of(text)
            hello = parse(text)
            if not isinstance(hello, Hello):
                raise Refusal("hello_required", f"the first message must be hello, not {hello.type!r}")
            room = self._house.admit(hello, self._address)
            member = Member(room.sender(hello, self._number), str(hello.run), self._outbox, self.close)
            room.join(hello, member)
        except WebSocketDisconnect:
            return None
        except Refusal as refusal:
            await self._refuse(ref, refusal)
            return None
        log.info("#%d < hello as %s in session %s", self._number, member.sender.id, room.session.id)
        return room, member

    async def _refuse(self, ref: int | None, refusal: Refusal) -> None:
        error = Error(ref=ref, code=refusal.code, message=refusal.message, retry=refusal.retry, details=refusal.details)
        log.info("#%d > %s", self._number, refusal.code)
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.send_text(dump(error).decode())
            await self._websocket.close(refusal.close or (CLOSE_LATER if refusal.retry else 4002))

    async def _read(self, room: Room, member: Member) -> None:
        """Take messages as they come; by the short way, once nothing waits on the long one."""
        take = partial(self._try, room, member)
        while not self._done.is_set():
            if self._direct:
                self._direct.hand_over(take)
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            take(message.get("text"), message.get("bytes"))

    def _try(self, room: Room, member: Member, text: str | None, data: bytes | None) -> None:
        """Take a message, or answer why not; a frame waits for company."""
        if self._done.is_set():
            return
        if text is None:
            room.gather(partial(self._try_frame, data or b"", room, member, room.now()))
            return
        try:
            self._take_request(text, room, member)
        except Exception as error:
            self._answer(error, ref_of(text), room, member)

    def _try_frame(self, data: bytes, room: Room, member: Member, came: float) -> None:
        try:
            self._take_frame(data, room, member, came)
        except Exception as error:
            self._answer(error, None, room, member)

    def _answer(self, error: Exception, ref: int | None, room: Room, member: Member) -> None:
        """Say why a message was not taken; what is no refusal is a fault of ours."""
        if isinstance(error, Refusal):
            refusal = error
        else:
            log.error("#%d a message failed", self._number, exc_info=error)
            refusal = Refusal("internal", "the server failed on this message; it is logged")
        room.refuse(member, ref, refusal)
        if refusal.close:
            self.close(refusal.close)

    def _take_request(self, text: str, room: Room, member: Member) -> None:
        if not self._requests.take(time.monotonic()):
            raise Refusal("rate_limited", TOO_MANY)
        request = parse(text)
        if isinstance(request, Hello):
            raise Refusal("malformed", "hello is the first message only")
        room.receive(request, member)

    def _take_frame(self, data: bytes, room: Room, member: Member, came: float) -> None:
        if not self._frames.take(time.monotonic()):
            raise Refusal("rate_limited", TOO_MANY)
        if len(data) > MAX_BYTES:
            raise Refusal("too_large", f"the frame has {len(data)} bytes; the most is {MAX_BYTES}")
        try:
            frame = decode(data)
        except FrameError as error:
            raise Refusal(error.code, error.message) from None
        room.receive_frame(frame, member, came)

    async def _finish(self, writer: "asyncio.Task[None]") -> None:
        """Send what is queued, within bounds, and close."""
        code = CLOSE_SLOW if self._outbox.overflowed else self._code
        self._outbox.close()
        if not self._outbox.overflowed:
            with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
                await asyncio.wait_for(asyncio.shield(writer), FLUSH_WITHIN_S)
        writer.cancel()
        if code is not None and self._websocket.client_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, TimeoutError, WebSocketDisconnect):
                await asyncio.wait_for(self._websocket.close(code), FLUSH_WITHIN_S)
