"""One WebSocket on an asyncio transport: the shell around websockets' sans-I/O ``ClientProtocol``.

Messages arrive as plain calls, not through a queue and a task, which at some hundred stations in one process
is what limits the simulator (figures in README.md).
No compression is offered (PROTOCOL.md, "Connection").
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Final, cast

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from clients.frames import MAX_BYTES

__all__ = ["Socket", "open_socket"]

#: Opening includes TCP, TLS and the HTTP upgrade; a closing handshake that takes longer is cut.
OPEN_S: Final = 10.0
CLOSE_S: Final = 2.0

#: No close frame arrived (RFC 6455, 7.1.5).
ABNORMAL: Final = 1006

# The library logs every frame at debug level; a logger of our own keeps sample frames out of everyone's logs.
_LOGGER = logging.getLogger("talkdown.clients.socket")
_LOGGER.setLevel(logging.WARNING)


class Socket(asyncio.Protocol):
    """An open or opening WebSocket; the three callbacks run on the event loop and must not block."""

    def __init__(
        self,
        url: str,
        *,
        on_open: Callable[[], None],
        on_message: Callable[[str | bytes], None],
        on_close: Callable[[int, str], None],
    ) -> None:
        """Make the protocol of one socket; ``open_socket`` connects it."""
        self._protocol = ClientProtocol(parse_uri(url), max_size=MAX_BYTES, logger=_LOGGER)
        self._on_open, self._on_message, self._on_close = on_open, on_message, on_close
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._opcode = Opcode.TEXT
        self._deadline: asyncio.TimerHandle | None = None
        #: False while the peer does not read as fast as we write; keep rows in the buffer then.
        self.writable = True

    def send(self, messages: list[str | bytes]) -> None:
        """Send messages in order; on a socket that is not open they are lost, as on a broken network."""
        if self._protocol.state is not State.OPEN:
            return
        for message in messages:
            if isinstance(message, str):
                self._protocol.send_text(message.encode())
            else:
                self._protocol.send_binary(message)
        self._flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake; ``on_close`` follows within ``CLOSE_S``."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
            self._arm(CLOSE_S)
        else:
            self.abort()

    def abort(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast(asyncio.Transport, transport)
        self._arm(OPEN_S)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Hand complete messages on."""
        opening = self._protocol.state is State.CONNECTING
        self._protocol.receive_data(data)
        events = self._protocol.events_received()
        if opening and self._protocol.state is not State.CONNECTING:
            self._disarm()
            self._on_open()
        for event in events:
            if isinstance(event, Frame):
                self._frame(event)
        self._flush()
        if self._protocol.close_expected():
            self._arm(CLOSE_S)

    def eof_received(self) -> None:
        """Let the transport close; ``connection_lost`` follows."""
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the close code, 1006 when there was none."""
        self._disarm()
        self._protocol.receive_eof()
        told = self._protocol.close_rcvd
        reason = told.reason if told is not None else str(self._protocol.handshake_exc or exc or "")
        self._on_close(self._protocol.close_code or ABNORMAL, reason)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self.writable = False

    def resume_writing(self) -> None:
        """The transport's buffer has drained."""
        self.writable = True

    def _frame(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode, self._parts = frame.opcode, []
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            data = b"".join(self._parts)
            self._on_message(data.decode() if self._opcode is Opcode.TEXT else data)

    def _flush(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        chunks = self._protocol.data_to_send()
        if chunks:
            transport.write(b"".join(chunks))
            if chunks[-1] == b"":  # websockets' sign for the end of the stream
                transport.close()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = asyncio.get_running_loop().call_later(seconds, self.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


async def open_socket(
    url: str,
    *,
    on_open: Callable[[], None],
    on_message: Callable[[str | bytes], None],
    on_close: Callable[[int, str], None],
) -> Socket:
    """Connect to ``url`` (ws or wss) and begin the upgrade; raises ``OSError`` when nobody listens."""
    uri = parse_uri(url)
    context = ssl.create_default_context() if uri.secure else None
    loop = asyncio.get_running_loop()

    def make() -> Socket:
        return Socket(url, on_open=on_open, on_message=on_message, on_close=on_close)

    connecting = loop.create_connection(make, uri.host, uri.port, ssl=context)
    _, socket = await asyncio.wait_for(connecting, OPEN_S)
    return socket
