"""The short way of a WebSocket: whatever is sent and however it is cut, the messages come whole and in order."""

import asyncio
import struct

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState
from websockets.speedups import apply_mask

from session_server.net.direct import EXTENSION, FRAGMENTS, TURN, DirectProtocol

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT, BINARY, PING, CLOSE = 1, 2, 9, 8
LARGEST = 70_000
#: On both sides of where a frame's header grows; longer ones are refused, by the long way.
SIZES = (0, 1, 125, 126, 127, 255, 256, 5000, 65_535)
KEYS = st.binary(min_size=4, max_size=4)


class Transport(asyncio.Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self.closed = False
        self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Server:
    """A protocol whose application accepts and then waits, and what was handed over."""

    def __init__(self) -> None:
        self.got: list[str | bytes] = []
        self.transport = Transport()
        config = uvicorn.Config(self.app, ws=DirectProtocol, interface="asgi3", ws_max_size=LARGEST,
                                ws_per_message_deflate=False, log_config=None, lifespan="off")  # fmt: skip
        config.load()
        self.protocol = DirectProtocol(config, ServerState(), {})
        self.ended: object = None

    async def app(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # ASGI's own shapes
        assert scope["extensions"][EXTENSION] is self.protocol
        await receive()
        await send({"type": "websocket.accept"})
        assert self.protocol.hand_over(self.take)
        self.ended = await receive()

    def take(self, text: str | None, data: bytes | None) -> None:
        message = text if data is None else data
        assert message is not None
        self.got.append(message)

    async def open(self) -> None:
        self.protocol.connection_made(self.transport)
        self.protocol.data_received(UPGRADE)
        for _ in range(5):
            await asyncio.sleep(0)
        self.transport.written = b""

    async def close(self) -> None:
        self.protocol.connection_lost(None)
        for _ in range(5):
            await asyncio.sleep(0)


def frame(opcode: int, payload: bytes, key: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    first, mask = opcode | (0x80 if final else 0), 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        header = bytes((first, mask | size))
    elif size < 1 << 16:
        header = bytes((first, mask | 126)) + struct.pack(">H", size)
    else:
        header = bytes((first, mask | 127)) + struct.pack(">Q", size)
    return header + (key + apply_mask(payload, key) if masked else payload)


MESSAGES = st.lists(
    st.tuples(
        st.one_of(st.text(max_size=200), st.binary(max_size=200), st.sampled_from(SIZES)),
        KEYS, st.sampled_from(["whole", "cut", "ping before", "ping within"]),
    ),
    max_size=8,
)  # fmt: skip


@given(MESSAGES, st.lists(st.sampled_from([1, 2, 3, 6, 130, 900, 5000, 20_000]), min_size=6, max_size=30))
def test_messages_come_whole_and_in_order_however_they_are_cut(
    messages: list[tuple[str | bytes | int, bytes, str]], cuts: list[int]
) -> None:
    """A number stands for so many zero bytes."""
    stream, pings, expected = b"", 0, [bytes(one) if isinstance(one, int) else one for one, _, _ in messages]
    for message, (_, key, how) in zip(expected, messages, strict=True):
        opcode, payload = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)
        ping = frame(PING, b"?", key)
        pings += how.startswith("ping")
        stream += ping if how == "ping before" else b""
        if how in ("cut", "ping within"):
            half = len(payload) // 2
            stream += frame(opcode, payload[:half], key, final=False)
            stream += ping if how == "ping within" else b""
            stream += frame(0, payload[half:], key)
        else:
            stream += frame(opcode, payload, key)

    async def run() -> None:
        server = Server()
        await server.open()
        at = 0
        for number in range(len(stream)):
            if at >= len(stream):
                break
            size = cuts[number % len(cuts)]
            server.protocol.data_received(stream[at : at + size])
            at += size
        for _ in messages:
            await asyncio.sleep(0)
        assert server.got == expected
        assert server.transport.written.count(b"\x8a\x01?") == pings
        await server.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (frame(BINARY, bytes(LARGEST + 1), b"abcd"), 1009),
        (frame(BINARY, b"x", b"", masked=False), 1002),
        (frame(3, b"x", b"abcd"), 1002),
        (frame(0, b"x", b"abcd"), 1002),
        (frame(TEXT, b"\xff\xfe", b"abcd"), 1007),
        (frame(TEXT, b"a", b"abcd", final=False) + frame(TEXT, b"b", b"abcd"), 1002),
    ],
)
async def test_what_is_against_the_protocol_is_closed_as_ever(wrong: bytes, code: int) -> None:
    server = Server()
    await server.open()
    server.protocol.data_received(frame(TEXT, b"before", b"abcd") + wrong + frame(TEXT, b"after", b"abcd"))
    assert server.got == ["before"]
    assert server.transport.written.startswith(b"\x88")
    assert int.from_bytes(server.transport.written[2:4], "big") == code
    await server.close()


async def test_a_backlog_is_taken_in_turns_and_nothing_more_is_read_meanwhile() -> None:
    server = Server()
    await server.open()
    backlog = [f"{number}" for number in range(3 * TURN + 1)]
    server.protocol.data_received(b"".join(frame(TEXT, one.encode(), b"abcd") for one in backlog))
    for turn in (1, 2, 3):
        assert server.got == backlog[: turn * TURN]
        assert server.transport.paused
        await asyncio.sleep(0)
    assert server.got == backlog
    assert not server.transport.paused
    await server.close()


async def test_half_a_frame_may_have_come_before_the_application_asks() -> None:
    server = Server()
    server.protocol.connection_made(server.transport)
    server.protocol.data_received(UPGRADE)
    stream = frame(TEXT, b"early", b"abcd")
    server.protocol.data_received(stream[:1])
    for _ in range(5):
        await asyncio.sleep(0)
    server.protocol.data_received(stream[1:])
    assert server.got == ["early"]
    await server.close()


async def test_when_the_server_closes_the_peer_s_answer_ends_the_connection() -> None:
    server = Server()
    await server.open()
    late = frame(TEXT, b"too late", b"abcd")
    server.protocol.data_received(late[:3])
    await server.protocol.send({"type": "websocket.close", "code": 4010, "reason": ""})
    server.protocol.data_received(late[3:])
    assert not server.transport.closed
    server.protocol.data_received(frame(CLOSE, struct.pack(">H", 4010), b"abcd"))
    assert server.transport.closed
    assert server.got == []
    await server.close()


async def test_writing_is_refused_while_the_peer_reads_too_slowly_or_has_gone() -> None:
    server = Server()
    await server.open()
    assert server.protocol.write(b"a" * 125)
    assert server.protocol.write(b"b" * 126)
    assert server.protocol.write(b"c" * 65_536)
    sizes = b"\x81\x7d" + b"a" * 125 + b"\x81\x7e\x00\x7e" + b"b" * 126 + b"\x81\x7f" + struct.pack(">Q", 65_536)
    assert server.transport.written == sizes + b"c" * 65_536
    server.protocol.pause_writing()
    assert not server.protocol.write(b"d")
    server.protocol.resume_writing()
    server.protocol.data_received(frame(CLOSE, struct.pack(">H", 1000), b"abcd"))
    assert not server.protocol.write(b"e")
    assert server.transport.written.count(b"d") == 0
    await server.close()


async def test_pings_of_a_peer_that_reads_nothing_are_not_answered_into_a_growing_buffer() -> None:
    server = Server()
    await server.open()
    server.protocol.pause_writing()
    server.protocol.data_received(frame(PING, b"?", b"abcd") * 1000 + frame(TEXT, b"taken", b"abcd"))
    assert server.transport.written == b""
    assert server.got == ["taken"]
    server.protocol.resume_writing()
    server.protocol.data_received(frame(PING, b"!", b"abcd"))
    assert server.transport.written == b"\x8a\x01!"
    await server.close()


async def test_a_message_in_fragments_without_end_is_too_large_even_if_they_are_empty() -> None:
    server = Server()
    await server.open()
    server.protocol.data_received(frame(BINARY, b"", b"abcd", final=False))
    for _ in range(FRAGMENTS + 1):
        server.protocol.data_received(frame(0, b"", b"abcd", final=False))
    assert server.transport.closed
    assert int.from_bytes(server.transport.written[2:4], "big") == 1009
    assert not server.protocol.frames
    await server.close()


async def test_nothing_is_handed_over_while_messages_wait_on_the_long_way() -> None:
    server = Server()
    server.protocol.connection_made(server.transport)
    server.protocol.queue.put_nowait({"type": "websocket.receive", "text": "first"})
    assert not server.protocol.hand_over(server.take)
