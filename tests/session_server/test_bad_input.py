"""Bad input is boring: a coded answer, and everyone else's session goes on."""

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio

from telemetry.frames import encode, encode_block
from tests.session_server.live import LiveServer, Raw, live_server


@pytest_asyncio.fixture
async def server(tmp_path: Path, database: str) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, database) as running:
        yield running


def frame(track: int, first: int, rows: int = 7, columns: int = 7, *, value: float = 0.25) -> bytes:
    times = 1000 + np.arange(first, first + rows) * 13.9
    return encode(2000.0, [encode_block(track, first, times, np.full((rows, columns), value, np.float32))])


async def test_the_first_message_decides(server: LiveServer) -> None:
    session, code = server.open()
    cases: list[tuple[object, str, int]] = [
        ("nonsense", "malformed", 4002),
        ({"type": "begin", "ref": 1}, "hello_required", 4002),
        (b"\x00" * 20, "hello_required", 4002),
        (hello(code="WWWW-WWWW"), "unknown_session", 4003),
        (hello(code=code, protocol=2), "unsupported_protocol", 4002),
        (hello(role="instructor", key="wrong", session=session), "bad_key", 4003),
        (hello(role="instructor", key=server.key, session=str(uuid4())), "unknown_session", 4003),
        (hello(role="admin", code=code), "malformed", 4002),
    ]
    for message, error, close in cases:
        async with Raw.of(server.url) as raw:
            await raw.send(message)  # type: ignore[arg-type]
            assert (await raw.until(type="error"))["code"] == error
            assert await raw.closed() == close


def hello(**fields: object) -> dict[str, object]:
    return {
        "type": "hello", "ref": 1, "protocol": 1, "role": "trainee", "run": str(uuid4()),
        "client": {"name": "raw", "modality": "bot"}, "streams": {}, **fields,
    }  # fmt: skip


async def test_guessing_codes_is_slowed_down_after_ten(server: LiveServer) -> None:
    codes = []
    for _ in range(11):
        async with Raw.of(server.url) as raw:
            await raw.send(hello(code="WWWW-WWWW"))
            codes.append((await raw.until(type="error"))["code"])
    assert codes == ["unknown_session"] * 10 + ["rate_limited"]


async def test_a_bad_message_is_answered_and_the_session_goes_on(server: LiveServer) -> None:
    _, code = server.open()
    async with Raw.of(server.url) as raw:
        welcome = await raw.join(code)
        assert welcome["type"] == "welcome"
        for message, error in [
            ("{", "malformed"),
            ("[1, 2]", "malformed"),
            ('{"type": "dance", "ref": 50}', "unknown_type"),
            ('{"type": "choose", "ref": 51}', "malformed"),
            ('{"type": "choose", "ref": 52, "choice": "ask"}', "wrong_phase"),
            ('{"type": "inject", "ref": 53, "inject": "siren"}', "forbidden"),
            ('{"type": "hello", "ref": 54}', "malformed"),
        ]:
            await raw.send(message)
            answer = await raw.until(type="error")
            assert answer["code"] == error, answer
            assert isinstance(answer["message"], str)
            assert isinstance(answer["retry"], bool)
        assert (await raw.ask("consent", content=True, microphone=False))["type"] == "ok"


async def test_a_bad_frame_changes_nothing_and_rows_still_count_from_where_they_were(server: LiveServer) -> None:
    _, code = server.open()
    async with Raw.of(server.url) as raw:
        await raw.join(code)
        good = frame(1, 0)
        nan = good[:-4] + struct.pack("<f", float("nan"))
        version = good[:1] + b"\x09" + good[2:]
        for data, error in [
            (good[:-3], "frame_invalid"), (good + b"\0\0", "frame_invalid"), (nan, "frame_invalid"),
            (version, "frame_invalid"), (b"", "frame_invalid"), (frame(99, 0), "unknown_track"),
            (frame(1, 5), "sequence_gap"), (frame(1, 0, columns=5), "frame_invalid"),
        ]:  # fmt: skip
            await raw.send(data)
            answer = await raw.until(type="error")
            assert answer["code"] == error, answer
        await raw.send(good)
        assert (await raw.until(type="ack"))["tracks"] == {"1": 7}


async def test_a_message_over_the_limit_is_told_so_before_the_close(server: LiveServer) -> None:
    _, code = server.open()
    for huge in (b"\x54" * 70_000, "x" * 70_000):
        async with Raw.of(server.url) as raw:
            await raw.join(code)
            await raw.send(huge)
            assert (await raw.until(type="error"))["code"] == "too_large"
            assert await raw.closed() == 1009


async def test_one_connections_rubbish_does_not_reach_another_session(server: LiveServer) -> None:
    (_, mine), (_, theirs) = server.open(), server.open()
    async with Raw.of(server.url) as good, Raw.of(server.url) as bad:
        await good.join(mine)
        await bad.join(theirs)
        before = server.house.rooms.copy()
        for number in range(200):
            await bad.send(bytes([0x54, number % 256]) * (number % 40))
            await good.send(frame(1, 7 * number))
        acknowledged = 0
        while acknowledged < 1400:
            ack = await good.until(type="ack")
            tracks = ack["tracks"]
            assert isinstance(tracks, dict)
            acknowledged = tracks["1"]
        assert not [message for message in good.got if message["type"] == "error"]
        assert server.house.rooms == before


async def test_the_newer_connection_of_a_trainee_wins_and_says_so_to_the_older(server: LiveServer) -> None:
    _, code = server.open()
    run = str(uuid4())
    async with Raw.of(server.url) as first, Raw.of(server.url) as second:
        await first.join(code, run)
        await first.send(frame(1, 0))
        await first.until(type="ack")
        welcome = await second.join(code, run)
        assert await first.closed() == 4001
        tracks = welcome["tracks"]
        assert isinstance(tracks, list)
        assert [track["next_seq"] for track in tracks] == [7, 0]
        assert (await second.ask("consent", content=True, microphone=False))["type"] == "ok"


async def test_a_page_of_another_origin_is_not_let_in(server: LiveServer) -> None:
    from websockets.exceptions import InvalidStatus

    for origin in ("https://evil.example", "null", server.url + ".evil.example", server.url.replace("http", "ftp")):
        with pytest.raises(InvalidStatus):
            async with Raw.of(server.url, origin=origin):
                pass
    async with Raw.of(server.url, origin=server.url) as raw:
        await raw.send("x")
        await raw.until(type="error")


async def test_who_says_nothing_is_sent_away(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("session_server.net.websocket.HELLO_WITHIN_S", 0.2)
    async with Raw.of(server.url) as raw:
        assert await raw.closed() == 4002
    assert raw.got[-1]["code"] == "hello_required"


async def test_a_reader_that_stops_reading_delays_nobody(server: LiveServer) -> None:
    session, code = server.open()
    async with Raw.of(server.url) as trainee, Raw.of(server.url, max_queue=1) as stalled:
        await trainee.join(code)
        await stalled.watch(session, server.key)
        await trainee.ask("consent", content=True, microphone=False)
        await trainee.ask("begin")
        for _ in range(20):
            answer = await asyncio.wait_for(trainee.ask("choose", choice="ask"), 30)
            assert answer["type"] == "ok"
