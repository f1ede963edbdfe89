"""What waits for a slow reader: order kept, states replaced, a bound that cuts off."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace

import pytest
from starlette.websockets import WebSocketState

from session_server.net import outbox, websocket
from session_server.net.outbox import Outbox
from session_server.net.websocket import Connection


class Reader:
    """Takes messages only while ``open`` is set."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.open = asyncio.Event()

    async def take(self, message: str) -> None:
        await self.open.wait()
        self.got.append(message)


async def test_reliable_messages_keep_their_order_and_states_are_only_the_newest() -> None:
    reader = Reader()
    box = Outbox(reader.take)
    running = asyncio.create_task(box.run())
    box.put(b"first")
    await asyncio.sleep(0)
    for number in range(100):
        box.post("stage", f"stage {number}".encode())
        box.put(f"event {number}".encode())
    box.close()
    reader.open.set()
    await running
    assert reader.got == ["first", *(f"event {number}" for number in range(100)), "stage 99"]


async def test_a_reader_too_far_behind_is_cut_off_and_nothing_more_is_kept_for_it() -> None:
    reader = Reader()
    box = Outbox(reader.take)
    running = asyncio.create_task(box.run())
    message = b"x" * 10_000
    for _ in range(outbox.MAX_BYTES // len(message) + 2):
        box.put(message)
    assert box.overflowed
    reader.open.set()
    await running
    assert len(reader.got) <= 1


async def test_closing_sends_what_is_queued_first() -> None:
    reader = Reader()
    reader.open.set()
    box = Outbox(reader.take)
    box.put(b"last words")
    box.close()
    await box.run()
    assert reader.got == ["last words"]


async def test_a_reader_that_takes_nothing_is_cut_off_while_a_message_waits_for_it() -> None:
    reader, told = Reader(), asyncio.Event()
    box = Outbox(reader.take, on_overflow=told.set)
    running = asyncio.create_task(box.run())
    box.put(b"waits")
    await asyncio.sleep(0)
    for _ in range(outbox.MAX_BYTES // 10_000 + 1):
        assert not told.is_set()
        box.put(b"x" * 10_000)
    assert told.is_set()
    running.cancel()


async def test_the_connection_of_such_a_reader_ends_at_once_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []

    class Socket:
        client, client_state = None, WebSocketState.CONNECTED
        scope: Mapping[str, object] = MappingProxyType({})

        async def accept(self) -> None: ...

        async def receive(self) -> None:
            await asyncio.Event().wait()

        async def send_text(self, text: str) -> None:
            await asyncio.Event().wait()

        async def close(self, code: int) -> None:
            ended.append(code)

    connection = Connection(Socket(), SimpleNamespace(next_connection=lambda: 1))  # type: ignore[arg-type]

    async def enter() -> tuple[object, object]:
        return SimpleNamespace(leave=lambda member: ended.append("left")), None

    monkeypatch.setattr(connection, "_enter", enter)
    running = asyncio.create_task(connection.run())
    async with asyncio.timeout(websocket.FLUSH_WITHIN_S):
        while not running.done():
            connection._outbox.put(b"x" * 10_000)
            await asyncio.sleep(0)
    assert ended == ["left", websocket.CLOSE_SLOW]
