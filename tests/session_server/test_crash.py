"""What was acknowledged survives ``kill -9``: rows are stored once each, and sessions go on where they were."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clients.bots import Bot
from clients.instructor import Instructor
from clients.issued import TrackRange
from clients.policy import read_policy
from clients.sessions import Sessions
from clients.station import Station
from scenario_assets.language import load
from session_server.core.opening import Opening
from session_server.core.replay import replay
from session_server.net import recovery
from session_server.net.auth import load_key
from session_server.store.audit import audit
from telemetry import trace
from telemetry.drain import Drain
from telemetry.journal import journal_id
from tests.session_server.rehearsal import SMALL

PATIENCE_S = 60.0
STANDING = {
    "name": "nothing", "person": "person", "start": {"at": [0, 8], "yaw": 0},
    "steps": [{"do": "speak", "at_ms": 0, "every_ms": 3000, "level_lu": 0, "lasting_ms": 1500}],
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, database: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "session_server.cli", "serve", "--port", str(port), "--data", str(data),
         "--scenario", str(SMALL)],
        env=os.environ | {"TALKDOWN_DATABASE_URL": database}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until_up(data: Path, process: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not (data / "server.json").exists():
            assert process.poll() is None, "the server ended instead of starting"
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("after_s", [1.3, 2.1])
async def test_kill_dash_nine_loses_no_acknowledged_row_and_the_session_goes_on(
    tmp_path: Path, database: str, after_s: float
) -> None:
    port = free_port()
    url, key = f"http://127.0.0.1:{port}", load_key(tmp_path / "console.key")
    bot = Bot(read_policy(STANDING))
    with serving(tmp_path, database, port) as first:
        await until_up(tmp_path, first)
        opened = await asyncio.to_thread(Sessions(url, key).open, "small")
        async with bot.join(url, opened.code) as station, Instructor(url, key, opened.id) as instructor:
            await station.consent()
            await station.begin()
            await asyncio.sleep(after_s)
            (tmp_path / "server.json").unlink()
            first.send_signal(signal.SIGKILL)
            await asyncio.to_thread(first.wait)
            acknowledged = station.rows_acked
            assert acknowledged > 0
            with serving(tmp_path, database, port) as second:
                await until_up(tmp_path, second)
                await play_on(station, instructor)
                issued = station.ranges(opened.id)
                second.send_signal(signal.SIGTERM)
                await asyncio.to_thread(second.wait, PATIENCE_S)
    assert station.connection.losses >= 1
    assert all(track.acked == track.end_seq for track in issued)
    check_stored(tmp_path, database, issued)
    check_replay(tmp_path, database, opened.id)


async def play_on(station: Station, instructor: Instructor) -> None:
    """The rebuilt session waits, frozen, and goes on when the instructor lets it."""
    async with asyncio.timeout(PATIENCE_S):
        await station.until(lambda: station.phase == "frozen")
        await instructor.until(lambda: instructor.phase == "frozen")
        await instructor.resume()
        await station.until(lambda: station.phase == "running")
        await instructor.mark("open_question")
        sent = station.rows_sent
        await station.until(lambda: station.rows_acked > sent)
        assert await station.drain(PATIENCE_S)
        await instructor.end()


def check_stored(data: Path, database: str, issued: tuple[TrackRange, ...]) -> None:
    """What the drain had not stored when the server stopped is in the journal; store it, then look."""
    drain = Drain(data / "journal", database)
    while drain.step():
        pass
    drain.close()
    found = audit(database, issued)
    rows = sum(track.end_seq - track.first_seq for track in issued)
    assert (found.rows_stored, found.rows_lost, found.rows_duplicated, found.rows_foreign) == (rows, 0, 0, 0)


def check_replay(data: Path, database: str, session: str) -> None:
    """The journal and the database hold the same events, and both fold to the same state."""
    from uuid import UUID

    identity = UUID(session)
    recorded = trace.read(database, identity)
    kept = recovery.find(data / "journal").get(identity)
    assert [event.seq for event in recorded.events] == list(range(len(recorded.events)))

    def scenario_of(_: Opening):  # type: ignore[no-untyped-def]
        return load(SMALL)

    from telemetry.records import EventRecord

    copied = [EventRecord(e.seq, e.t, e.ms, e.actor, e.type, e.data) for e in recorded.events]
    from_database, _ = replay(identity, copied, scenario_of)
    if kept is not None:
        from_journal, _ = replay(identity, kept.events, scenario_of)
        assert from_journal.digest() == from_database.digest()
    assert journal_id(data / "journal") is not None
    assert any(event.type == "freeze" and event.actor == "system" for event in recorded.events)
