"""The short way between a socket and its connection: uvicorn's WebSocket protocol without a queue, a task and ASGI.

A station sends ten frames a second and is sent twenty messages. By way of ASGI each of them wakes a task, and each
that comes pauses and resumes reading: a sixth of the server's time (155 us a frame instead of 130; tests/bench). So
once the application has asked for it, whole data messages (RFC 6455 section 5.2: masked, final, uncompressed) are
handed over where they are read, and messages are written where they are made. All else, control frames, fragments and
whatever is wrong, goes the way it always went.
"""

from asyncio import BaseTransport
from collections.abc import Callable
from typing import Final, Protocol

from fastapi import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

try:
    from websockets.speedups import apply_mask
except ImportError:  # built without its C extension
    from websockets.utils import apply_mask

#: Where an ASGI application finds the protocol.
EXTENSION: Final = "talkdown.direct"
#: First byte of a final frame without extensions; second byte: masked, and these lengths stand for longer ones.
TEXT, BINARY, PING = 0x81, 0x82, 0x89
MASKED, SIXTEEN_BITS, SIXTY_FOUR_BITS = 0x80, 126, 127
KEY_BYTES: Final = 4
#: Messages taken from one connection before others have their turn. A backlog is read in pieces of 256 kB, some 500
#: frames: without this bound, a busy loop that finds one on every socket would commit and answer nothing for seconds.
TURN: Final = 4
#: Of one message; it is bounded in bytes too, but empty fragments have none and are kept all the same.
FRAGMENTS: Final = 1024

#: Takes a message: its text, or its bytes.
Taker = Callable[[str | None, bytes | None], None]


class Direct(Protocol):
    """What a connection may ask of the protocol it runs on."""

    def hand_over(self, taker: Taker) -> bool:
        """Give every message to ``taker`` from now on; False, and nothing changes, while some wait elsewhere."""
        ...

    def write(self, message: bytes) -> bool:
        """Write a text message; False, and nothing is written, while the peer reads too slowly or is gone."""
        ...


def direct_of(websocket: WebSocket) -> Direct | None:
    """Return the short way of a WebSocket, where its server has one."""
    found: Direct | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    return found


class DirectProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol with the short way."""

    _taker: Taker | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """A new connection: nothing of a frame has come yet."""
        super().connection_made(transport)
        #: Whether frames are cut here: from the handshake on, so that the library never holds half a frame, and
        #: until something is so wrong that it must see the rest as it comes.
        self._cutting = self._given_up = False
        self._partial = bytearray()
        #: How much of it must be there before another look is worth while.
        self._needed = 0
        self._resting = False

    def handle_connect(self, event: Request) -> None:
        """Let the application find this protocol; its task has not run yet."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]  # ours is no dict
            extensions[EXTENSION] = self

    def hand_over(self, taker: Taker) -> bool:
        """See ``Direct``."""
        if not self._cutting or not self.queue.empty() or self.frames:
            return False
        self._taker = taker
        return True

    def write(self, message: bytes) -> bool:
        """See ``Direct``. The frame's header is that of a final text message without a mask."""
        if self.close_sent or self.disconnected or not self.writable.is_set() or self.transport.is_closing():
            return False
        size = len(message)
        if size < SIXTEEN_BITS:
            header = bytes((TEXT, size))
        elif size < 1 << 16:
            header = bytes((TEXT, SIXTEEN_BITS)) + size.to_bytes(2, "big")
        else:
            header = bytes((TEXT, SIXTY_FOUR_BITS)) + size.to_bytes(8, "big")
        self.transport.write(header + message)
        return True

    def data_received(self, data: bytes) -> None:
        """Cut what came into whole frames; the library gets those that are no message of ours, each whole."""
        if not self._cutting:
            super().data_received(data)
            # uvicorn's HTTP protocol passes the whole handshake on, and nothing else with it.
            self._cutting = self.handshake_initiated and not self._given_up
            return
        if self._partial:
            self._partial += data
            if len(self._partial) < self._needed:
                return
            data = bytes(self._partial)
            self._partial.clear()
        at, size, messages = 0, len(data), 0
        while at < size and not self.transport.is_closing():
            # The least that says how long the frame is.
            body = end = at + 2 + KEY_BYTES
            if size >= body:
                length = data[at + 1] ^ MASKED
                if length == SIXTEEN_BITS:
                    body += 2
                    length = int.from_bytes(data[at + 2 : at + 4], "big")
                end = body + length
                if length > self.config.ws_max_size or not MASKED <= data[at + 1] < MASKED + SIXTY_FOUR_BITS:
                    # Too long for us, or against the protocol: the library says so and closes.
                    self._give_up(data[at:])
                    return
            if size < end or messages == TURN:
                self._partial += data[at:]
                self._needed = end - at
                if size >= end:
                    self._rest()
                return
            if self._message(data[at], data[body - KEY_BYTES : body], data[body:end]):
                messages += 1
            elif data[at] != PING or self.writable.is_set():
                # Who reads nothing gets no answers to pings: they would wait here without bound.
                super().data_received(data[at:end])
            at = end

    def _give_up(self, data: bytes) -> None:
        """Let the library have this and all that comes, for good."""
        self._cutting, self._given_up, self._taker = False, True, None
        super().data_received(data)

    def _rest(self) -> None:
        """Let others have their turn; what has come already is taken in the loop's next one."""
        if not self._resting:
            self._resting = True
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        if self.transport.is_closing():
            return
        self.data_received(b"")
        if not self._resting and not self.read_paused:
            self.transport.resume_reading()

    def handle_cont(self, event: Frame) -> None:
        """A message's next fragment."""
        super().handle_cont(event)
        if len(self.frames) > FRAGMENTS:
            self.frames = []
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, f"more than {FRAGMENTS} fragments")
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """A message that the library has put together from fragments: hand it over too, or it would be overtaken."""
        first = TEXT if self.curr_msg_data_type == "text" else BINARY
        if self._given(first, b"".join(self.frames)):
            self.frames = []
        else:
            super().send_receive_event_to_app()

    def _message(self, first: int, key: bytes, payload: bytes) -> bool:
        """Hand over a whole message; False if it is none, or comes within another."""
        return first in (TEXT, BINARY) and not self.frames and self._given(first, apply_mask(payload, key))

    def _given(self, first: int, payload: bytes) -> bool:
        """Hand over; False without a taker, or if a text is none: the library then says so and closes."""
        if self._taker is None or self.close_sent:
            return False
        if first == BINARY:
            self._taker(None, payload)
            return True
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            return False
        self._taker(text, None)
        return True
