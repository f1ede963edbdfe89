"""The asyncio shell: addresses, endings, lost lines, and requests that nobody answers."""

import asyncio

import pytest

from clients.connection import Connection, socket_url
from clients.errors import ClientError, EndedError, ProtocolError, UnansweredError, UsageError
from clients.messages import Phase, Push
from clients.wire import Hello
from tests.clients.model import HELLO, served

WATCHER = Hello(role="instructor", run="r", name="test", key="k", session="s", streams={})


def no_wait() -> float:
    return 0.0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("https://train.example/", "wss://train.example/ws"),
        ("https://train.example/talkdown", "wss://train.example/talkdown/ws"),
        ("ws://127.0.0.1:8000/ws", "ws://127.0.0.1:8000/ws"),
    ],
)
def test_the_socket_s_address_follows_from_the_server_s(url: str, expected: str) -> None:
    assert socket_url(url) == expected


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "train.example", "ftp://train.example", "http://", ""])
def test_what_is_no_server_s_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(UsageError, match=r"no server's address; such as http://"):
        socket_url(url)


async def test_pushes_arrive_in_order() -> None:
    pushes: list[Push] = []
    async with served() as server, Connection(server.url, WATCHER, on_push=pushes.append) as connection:
        await connection.joined()
        for ms in range(50):
            await server.push("phase", phase="running", t=0.0, ms=ms, reason="")
        await connection.until(lambda: len(pushes) == 50)
        assert [push.ms for push in pushes if isinstance(push, Phase)] == list(range(50))


async def test_a_long_message_and_a_fragmented_one_arrive_whole() -> None:
    pushes: list[Push] = []
    async with served() as server, Connection(server.url, WATCHER, on_push=pushes.append) as connection:
        await connection.joined()
        await server.push("phase", phase="x" * 60_000, t=0.0, ms=1, reason="")
        await server.sockets[-1].send(['{"type":"phase","phase":"run', 'ning","t":0,', '"ms":2}'])
        await connection.until(lambda: len(pushes) == 2)
        assert [push.phase[:7] for push in pushes if isinstance(push, Phase)] == ["xxxxxxx", "running"]


async def test_it_comes_back_after_a_restart_with_the_same_run() -> None:
    async with served() as server, Connection(server.url, HELLO, jitter=no_wait) as connection:
        await connection.joined()
        await server.sockets[-1].close(1012, "restart")
        await connection.until(lambda: len(server.sockets) == 2 and connection.wire.joined)
        assert (connection.losses, connection.last_loss) == (1, "1012 restart")


async def test_it_waits_for_a_server_that_is_not_there_yet() -> None:
    async with served() as server:
        url = server.url
    async with Connection(url, HELLO, jitter=lambda: 0.1) as connection:
        joining = asyncio.ensure_future(connection.joined())
        await asyncio.sleep(0.05)
        async with served(int(url.rpartition(":")[2])):
            await joining
            assert connection.losses == 0


async def test_superseded_is_final_for_everyone_who_waits() -> None:
    async with served() as server, Connection(server.url, HELLO, jitter=no_wait) as connection:
        await connection.joined()
        waiting = asyncio.ensure_future(connection.until(lambda: False))
        await asyncio.sleep(0)
        await server.sockets[-1].close(4001, "superseded")
        with pytest.raises(EndedError, match="close code 4001 superseded"):
            await waiting
        with pytest.raises(EndedError):
            await connection.request("begin")
        assert len(server.sockets) == 1


async def test_a_request_cut_off_fails_as_unanswered() -> None:
    async with served() as server, Connection(server.url, HELLO, jitter=no_wait) as connection:
        await connection.joined()
        server.model.receive = lambda message: None  # type: ignore[method-assign]
        asking = asyncio.ensure_future(connection.request("begin"))
        await asyncio.sleep(0)
        connection.drop()
        with pytest.raises(UnansweredError, match="begin was not answered"):
            await asking


async def test_closing_fails_what_is_still_open() -> None:
    async with served() as server:
        async with Connection(server.url, HELLO) as connection:
            await connection.joined()
            server.model.receive = lambda message: None  # type: ignore[method-assign]
            asking = asyncio.ensure_future(connection.request("begin"))
            await asyncio.sleep(0)
        with pytest.raises(UnansweredError):
            await asking


async def test_a_server_that_breaks_the_protocol_is_left() -> None:
    async with served() as server, Connection(server.url, HELLO) as connection:
        await connection.joined()
        await server.push("ack", tracks={"1": 99})
        with pytest.raises(ProtocolError, match="only 0 rows exist"):
            await connection.until(lambda: False)
        await server.sockets[-1].wait_closed()
        assert server.sockets[-1].close_code == 1002


async def test_the_clock_is_compared_by_a_client_that_sends_samples() -> None:
    async with served() as server, Connection(server.url, HELLO) as connection:
        await connection.joined()
        await connection.joined()
        clock = connection.wire.clock
        assert clock is not None
        await connection.until(lambda: clock.previous is not None)
        assert clock.round_trip_ms is not None


async def test_a_handler_that_fails_ends_its_own_connection_only() -> None:
    def fail(push: Push) -> None:
        raise ZeroDivisionError

    async with served() as server, Connection(server.url, WATCHER) as other:
        await other.joined()
        async with Connection(server.url, HELLO, on_push=fail) as connection:
            await connection.joined()
            await server.push("phase", phase="running", t=0.0, ms=0, reason="")
            with pytest.raises(ClientError, match="handler failed: ZeroDivisionError"):
                await connection.until(lambda: False)
            assert other.error is None
