"""Declared losses through the real server and database: what a station gave up is told apart from what was lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest_asyncio
from numpy.typing import NDArray

from clients.issued import IssuedTrack
from clients.motion import POSE_COLUMNS
from clients.sampling import COLUMNS
from clients.station import Station
from clients.unacked import Unacked
from session_server.core.effects import Record, RecordSamples
from session_server.store.audit import audit
from session_server.store.recorded import in_journal
from telemetry import trace
from telemetry.frames import GapReason, decode, encode, encode_block, encode_gap
from telemetry.journal import JournalWriter
from telemetry.records import GENESIS, encode_event
from tests.session_server.live import PATIENCE_S, LiveServer, Raw, live_server
from tests.session_server.rehearsal import IDENTITY, RUN, TRAINEE, Rehearsal, dated


@pytest_asyncio.fixture
async def server(tmp_path: Path, database: str) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, database) as running:
        yield running


class Counting:
    """Rows whose values are their times; the microphone can be switched off."""

    def __init__(self) -> None:
        self.deaf = False

    def advance(self, now_ms: float) -> None:
        pass

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32] | None:
        if self.deaf and stream == "voice":
            return None
        return np.repeat((client_ms[None, :] / 1e6).astype(np.float32), len(COLUMNS[stream]), axis=0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - of things that no message tells
            await asyncio.sleep(0.02)


def cut(station: Station) -> bool:
    """Cut the line, if there is one; always true."""
    station.connection.drop()
    return True


def of(station: Station, stream: str) -> IssuedTrack:
    [track] = [track for track in station.issued.values() if track.stream == stream]
    return track


async def test_what_a_full_buffer_gave_up_and_a_deaf_microphone_missed_is_stored_as_declared(
    server: LiveServer, database: str
) -> None:
    session, code = server.open()
    sensors = Counting()
    station = Station(server.url, code, lambda welcome, now_ms: sensors)
    # Some frames' worth, which a line that is cut again and again soon fills.
    station.connection.wire.rows = Unacked(limit_bytes=2000)
    async with station:
        await station.consent()
        await until(lambda: station.rows_acked > 100)
        await until(lambda: cut(station) and bool(of(station, "head_pose").declared))
        await until(lambda: station.connection.wire.rows.empty)
        numbered = of(station, "voice").end_seq
        sensors.deaf = True
        await until(lambda: of(station, "voice").end_seq > numbered + 20)
        sensors.deaf = False
        await until(lambda: of(station, "voice").seq()[-1] > numbered + 20)
        assert await station.drain(PATIENCE_S)
    await server.stored()

    found = await asyncio.to_thread(audit, database, station.ranges(session))
    assert (found.rows_lost, found.rows_duplicated, found.rows_foreign) == (0, 0, 0)
    assert found.rows_declared == station.rows_declared > 20
    assert found.rows_stored == station.rows_sent - station.rows_declared

    recorded = await asyncio.to_thread(trace.read, database, UUID(session))
    for stream in ("head_pose", "voice"):
        samples, issued = recorded.stream(stream), of(station, stream)
        np.testing.assert_array_equal(samples.seq, issued.seq())
        np.testing.assert_array_equal(samples.client_ms, issued.times())
        np.testing.assert_array_equal([samples[name] for name in COLUMNS[stream]], issued.values())
        lost = [seq for gap in samples.declared for seq in range(gap.first_seq, gap.first_seq + gap.rows)]
        assert lost == [seq for first, end in issued.declared for seq in range(first, end)]
        starts = [(gap.first_seq, gap.t_start) for gap in samples.declared]
        every = sorted([*zip(samples.seq, samples.t, strict=True), *starts])
        # A gap's first row was due between the rows around it.
        assert np.all(np.diff([t for _, t in every]) > 0)
    assert "not_measured" in {gap.reason for gap in recorded.stream("voice").declared}
    assert "buffer_full" in {gap.reason for gap in recorded.stream("head_pose").declared}


async def test_a_gap_is_known_after_a_restart_and_nobody_asks_for_its_rows(tmp_path: Path, database: str) -> None:
    pose = encode_block(1, 0, 1000 + np.arange(7) * 13.9, np.full((7, len(POSE_COLUMNS)), 0.25))
    gap = encode_gap(1, 7, 700, 1097.3, 10_813.0, GapReason.BUFFER_FULL)
    play = Rehearsal()
    play.join()
    for block in (pose, gap):
        blocks = decode(encode(1100.0, [block])).blocks
        fresh = play.session.fresh_rows(blocks, TRAINEE, run=str(RUN))
        play.take(play.session.take_rows(blocks, dated(fresh), TRAINEE))
    write(tmp_path / "journal", play)
    [(session, events)] = in_journal(tmp_path / "journal").items()
    assert (session, len(events)) == (IDENTITY, len(play.events))

    async with live_server(tmp_path, database) as server, Raw.of(server.url) as raw:
        welcome = await raw.join(server.house.code(IDENTITY), str(RUN))
        assert isinstance(welcome["tracks"], list)
        assert [track["next_seq"] for track in welcome["tracks"]] == [707, 0]
        without_reason = gap[:12] + bytes(4) + gap[16:]
        await raw.send(encode(1100.0, [without_reason]))
        wrong = await raw.until(code="frame_invalid")
        assert "its reason is 0; known: 1 buffer_full, 2 not_measured" in str(wrong["message"])
        await raw.send(encode(11_000.0, [encode_gap(1, 708, 12, 10_827.0, 11_000.0, GapReason.BUFFER_FULL)]))
        early = await raw.until(code="sequence_gap")
        assert (early["track"], early["expected"], early["retry"]) == (1, 707, True)
        overlapping = encode_gap(1, 700, 20, 10_800.0, 11_000.0, GapReason.BUFFER_FULL)
        for expected, block in ((707, gap), (720, overlapping), (720, pose)):
            await raw.send(encode(11_000.0, [block]))
            assert await raw.until(type="ack") == {"type": "ack", "tracks": {"1": expected}}
        await server.stored()
    recorded = await asyncio.to_thread(trace.read, database, IDENTITY)
    [track] = [track for track in recorded.tracks if track.track == 1]
    assert track.seq.tolist() == list(range(7))
    assert [(gap.first_seq, gap.rows, gap.reason) for gap in track.declared] == [
        (7, 700, "buffer_full"), (707, 13, "buffer_full"),
    ]  # fmt: skip


def write(folder: Path, play: Rehearsal) -> None:
    """Journal all that came out of a session, in its order."""
    writer, chain = JournalWriter(folder), GENESIS
    for effect in play.effects:
        if isinstance(effect, Record):
            payload = encode_event(effect.event, chain)
            chain = payload[: len(GENESIS)]
            writer.append(effect.event.kind, IDENTITY, payload)
        elif isinstance(effect, RecordSamples):
            writer.append(effect.samples.kind, IDENTITY, effect.samples.encode())
    writer.close()
