"""A fault of ours, of the disk's or of a rude client's stays where it is."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import numpy as np
import psycopg
import pytest
import pytest_asyncio

from session_server.net import house
from session_server.net.auth import load_key
from session_server.net.recovery import Found, find
from telemetry.frames import encode_block
from telemetry.journal import JournalWriter, Record
from telemetry.records import GENESIS, EventRecord, RecordKind, SampleRecord, encode_event
from telemetry.segments import path_of
from tests.session_server.live import PATIENCE_S, LiveServer, Raw, live_server
from tests.session_server.rehearsal import Rehearsal


@pytest_asyncio.fixture
async def server(tmp_path: Path, database: str) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, database) as running:
        yield running


def write(folder: Path, session: UUID, events: list[EventRecord]) -> None:
    writer, chain = JournalWriter(folder / "journal"), GENESIS
    for event in events:
        payload = encode_event(event, chain)
        chain = payload[: len(GENESIS)]
        writer.append(RecordKind.EVENT, session, payload)
    writer.close()


def test_an_emptied_key_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "console.key"
    path.write_text("\n")
    with pytest.raises(OSError, match="remove the file"):
        load_key(path)


def test_a_journal_of_another_version_is_told_in_a_few_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = JournalWriter(tmp_path)
    for _ in range(100):
        writer.append(RecordKind.SAMPLES, uuid4(), bytes(16))
    writer.close()
    assert find(tmp_path) == {}
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 4
    assert "the record that ends at byte " in told[0]
    assert told[-1].endswith("100 whole records were passed over in all: was it written by another version?")


async def test_a_large_body_is_refused_before_it_is_read(server: LiveServer) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
        answer = await client.post("/api/sessions", content=b"[" + b"[]," * 100_000 + b"[]]")
        assert answer.status_code == 413


async def test_http_errors_are_coded_whatever_is_wrong(server: LiveServer) -> None:
    key = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S, headers=key) as client:
        for body in (b"{", b"[]", b'{"scenario": "\\ud800"}', b'{"scenario": 1}', b'{"\\ud800": 1}', b"\xff"):
            answer = await client.post("/api/sessions", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), body
            assert answer.json()["code"] == "malformed"
        for method, path in (("GET", "/api/nothing"), ("DELETE", "/api/sessions"), ("GET", "/api/sessions/x")):
            answer = await client.request(method, path)
            assert {"code", "message", "retry"} <= set(answer.json()), path


async def test_one_unreadable_session_does_not_keep_the_server_from_starting(tmp_path: Path, database: str) -> None:
    good, bad = Rehearsal(), uuid4()
    opening = good.events[0]
    strange = EventRecord(0, 0.0, None, "system", "session_opened", {**opening.data, "colour": "blue"})
    write(tmp_path, bad, [strange])
    write(tmp_path, good.session.id, good.events)
    async with live_server(tmp_path, database) as server:
        assert set(server.house.rooms) == {good.session.id}
    assert bad not in find(tmp_path / "journal"), "it is closed in the record, once and for all"


async def test_a_record_with_a_hole_is_closed_not_rolled_back(tmp_path: Path, database: str) -> None:
    play = Rehearsal()
    play.begin()
    write(tmp_path, play.session.id, [event for event in play.events if event.seq != 4])
    async with live_server(tmp_path, database) as server:
        assert not server.house.rooms
        room = server.house.open("small", pseudonym="P2")
        assert room.session.id in server.house.rooms


async def test_rows_whose_track_the_record_lost_do_not_keep_the_server_from_starting(
    tmp_path: Path, database: str
) -> None:
    """Damage at the very end: the events that opened the track are gone, and nothing that comes later shows it."""
    good, bad = Rehearsal(), uuid4()
    write(tmp_path, good.session.id, good.events)
    write(tmp_path, bad, good.events[:1])
    block = encode_block(99, 0, np.array([5.0]), np.zeros((1, 7), np.float32))
    writer = JournalWriter(tmp_path / "journal")
    writer.append(RecordKind.SAMPLES, bad, SampleRecord(0, 0.0, 0.0, 0.0, 0.0, 1.0, block).encode())
    writer.close()
    async with live_server(tmp_path, database) as server:
        assert set(server.house.rooms) == {good.session.id}
    assert bad not in find(tmp_path / "journal")


async def test_numbers_that_the_journal_has_lost_and_the_database_has_are_not_given_out_again(
    tmp_path: Path, database: str
) -> None:
    """Else what is recorded under them would be taken for what is stored, acknowledged and then passed over."""
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        async with Raw.of(server.url) as raw:
            await raw.join(code)
            await raw.ask("consent", content=True, microphone=False)
        await server.stored()
        last = server.house.recorder.position
        with psycopg.connect(database) as connection:
            before = connection.execute("SELECT next_event, chain FROM core.session").fetchone()
    path = path_of(tmp_path / "journal", last.segment)
    content = bytearray(path.read_bytes())
    content[last.offset - 1] ^= 1
    path.write_bytes(content)
    async with live_server(tmp_path, database) as server:
        assert UUID(session) not in server.house.rooms
        await server.stored()
        with psycopg.connect(database) as connection:
            after = connection.execute("SELECT phase, closed_at IS NOT NULL FROM core.session").fetchone()
            seqs = [seq for (seq,) in connection.execute("SELECT seq FROM core.event ORDER BY seq")]
    assert before is not None
    assert seqs[:-1] == list(range(before[0]))
    assert seqs[-1] > before[0]
    assert after == ("closed", True)
    assert [(damage.segment, damage.offset + damage.size) for damage in server.house.damage] == [tuple(last)]


async def test_an_older_copy_of_the_journal_is_told_of_and_sessions_run_all_the_same(
    tmp_path: Path, database: str
) -> None:
    folder = tmp_path / "journal"
    async with live_server(tmp_path, database) as server:
        server.open()
        await server.stored()
    shutil.copytree(folder, tmp_path / "copy")
    async with live_server(tmp_path, database) as server:
        server.open()
        await server.stored()
    shutil.rmtree(folder)
    (tmp_path / "copy").rename(folder)
    with psycopg.connect(database) as connection:
        before = connection.execute("SELECT session, next_event FROM core.session ORDER BY 1").fetchall()
    async with (
        live_server(tmp_path, database) as server,
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client,
        asyncio.timeout(PATIENCE_S),
    ):
        session, code = server.open()
        while "older copy" not in str(server.desk.drain().error):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert "not_storing" in (await client.get("/api/health")).json()["problems"]
        async with Raw.of(server.url) as raw:
            await raw.join(code)
            await raw.ask("consent", content=True, microphone=False)
        assert UUID(session) in server.house.rooms
        with psycopg.connect(database) as connection:
            after = connection.execute("SELECT session, next_event FROM core.session ORDER BY 1").fetchall()
    assert len(before) == 2
    assert after == before


def test_a_session_is_in_doubt_until_all_that_goes_on_has_gone_on() -> None:
    play = Rehearsal()
    play.join()
    tracks = [track.track for track in play.session.fold.tracks]
    assert len(tracks) > 1
    found = Found()

    def event(record: EventRecord) -> None:
        found.add(Record(RecordKind.EVENT, play.session.id, encode_event(record, GENESIS)))

    def row(track: int, seq: int) -> None:
        block = encode_block(track, seq, np.array([5.0 + seq]), np.zeros((1, 7), np.float32))
        payload = SampleRecord(0, 0.0, 0.0, 0.0, 0.0, 1.0, block).encode()
        found.add(Record(RecordKind.SAMPLES, play.session.id, payload))

    for record in play.events:
        event(record)
    row(1, 0)
    assert not found.in_doubt
    found.damaged()
    assert found.in_doubt
    event(EventRecord(len(play.events), 2.0, None, "system", "left", {"who": "nobody"}))
    assert found.in_doubt, "the track's next row may be lost, and may be stored"
    row(1, 1)
    for track in tracks[1:]:
        assert found.in_doubt, "so may the first rows of the tracks that have none left"
        row(track, 0)
    assert not found.in_doubt

    found.damaged()
    opened = {"stream": "head_pose", "station": "trainee", "run": "another", "label": "", "rate": 72.0}
    event(EventRecord(len(play.events) + 1, 3.0, None, "system", "track_opened", {"track": len(tracks) + 1, **opened}))
    for track in play.session.fold.tracks:
        if track.station == "server":
            assert found.in_doubt
            row(track.track, 1)
    assert not found.in_doubt, "the page was loaded anew: nothing follows on the old tracks"


async def test_a_session_that_fails_comes_back_frozen_from_its_record(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, code = server.open()
    other, _ = server.open()
    async with Raw.of(server.url) as raw:
        await raw.join(code)
        await raw.ask("consent", content=True, microphone=False)
        await raw.ask("begin")
        room = server.house.rooms[UUID(session)]
        with monkeypatch.context() as fault:
            fault.setattr(room.session.fold, "advance", lambda ms: 1 / 0)
            assert await raw.closed() == 1011
        assert raw.got[-1]["code"] == "internal"
    async with asyncio.timeout(PATIENCE_S):
        while UUID(session) not in server.house.rooms:  # noqa: ASYNC110 - the house tells nobody
            await asyncio.sleep(0.02)
    async with Raw.of(server.url) as again:
        welcome = await again.join(code)
        assert isinstance(welcome["session"], dict)
        assert welcome["session"]["phase"] == "frozen"
    assert UUID(other) in server.house.rooms


async def test_who_comes_while_a_failed_session_is_brought_back_is_told_to_come_again(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk can make it take long; a refusal for good would end the station's session with it."""
    session, code = server.open()
    held = threading.Event()

    def slowly(journal: Path) -> dict[UUID, Found]:
        assert held.wait(PATIENCE_S)
        return find(journal)

    monkeypatch.setattr(house, "find", slowly)
    async with Raw.of(server.url) as raw:
        await raw.join(code)
        await raw.ask("consent", content=True, microphone=False)
        await raw.ask("begin")
        monkeypatch.setattr(server.house.rooms[UUID(session)].session.fold, "advance", lambda ms: 1 / 0)
        assert await raw.closed() == 1011
    for trainee in (True, False):
        async with Raw.of(server.url) as raw:
            told = await (raw.join(code) if trainee else raw.watch(session, server.key))
            assert (told["code"], told["retry"]) == ("internal", True)
            assert await raw.closed() == 1013
    held.set()
    async with asyncio.timeout(PATIENCE_S):
        while UUID(session) not in server.house.rooms:  # noqa: ASYNC110 - the house tells nobody
            await asyncio.sleep(0.02)
    async with Raw.of(server.url) as raw:
        assert (await raw.join(code))["type"] == "welcome"


async def test_a_flood_is_slowed_down_and_the_connection_lives(server: LiveServer) -> None:
    _, code = server.open()
    async with Raw.of(server.url) as raw:
        await raw.join(code)
        for ref in range(100, 400):
            await raw.send({"type": "begin", "ref": ref})
        codes = {(await raw.until(ref=ref))["code"] for ref in range(100, 400)}
        assert codes == {"wrong_phase", "rate_limited"}


async def test_a_right_code_is_let_in_however_many_wrong_ones_came_from_here(server: LiveServer) -> None:
    _, code = server.open()
    for _ in range(12):
        async with Raw.of(server.url) as raw:
            await raw.join("WWWW-WWWW")
            await raw.closed()
    async with Raw.of(server.url) as raw:
        assert (await raw.join(code))["type"] == "welcome"
