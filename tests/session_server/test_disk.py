"""A disk that is nearly full, full, or refuses: nothing acknowledged is lost, everybody is told, and it passes."""

import asyncio
import errno
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.issued import TrackRange
from session_server.core.errors import Refusal
from session_server.net import app as apps
from session_server.net import recorder as recorders
from session_server.net.disk import EVENTS_BYTES, SESSION_BYTES, Disk, Space
from session_server.store.audit import audit
from telemetry import frames
from telemetry.journal import JournalWriter
from telemetry.segments import path_of
from tests.session_server.live import PATIENCE_S, Json, LiveServer, Raw, live_server
from tests.telemetry.oracle import Issued, journal_in

GIB = 1 << 30


def disk(free: int, *, sessions: int = 0, reserve: int = 1000) -> Disk:
    made = Disk(Path("/nowhere"), sessions=lambda: sessions, reserve_bytes=reserve, measure=lambda _: free)
    made.look()
    return made


@given(st.integers(0, 4 * GIB), st.integers(0, 50), st.integers(0, GIB))
def test_what_is_taken_leaves_room_for_what_is_not_refused(free: int, sessions: int, reserve: int) -> None:
    found = disk(free, sessions=sessions, reserve=reserve)
    events = sessions * EVENTS_BYTES
    if found.space is Space.ENOUGH:  # one more session fits beside all that run
        assert free >= reserve + events + (sessions + 1) * SESSION_BYTES
    if found.space is not Space.FULL:
        assert free >= reserve + events
        found.admit_samples()
    else:
        with pytest.raises(Refusal, match="storage_full"):
            found.admit_samples()
    if found.space is not Space.ENOUGH:
        with pytest.raises(Refusal, match=r"storage_full: \d+ MiB are free on the disk of /nowhere"):
            found.admit_session()


def test_samples_are_taken_again_only_with_some_room_to_spare() -> None:
    free = 999
    found = Disk(Path("/nowhere"), sessions=lambda: 0, reserve_bytes=1000, measure=lambda _: free)
    seen = []
    for free in (1000, 999, 1000, 1249, 1250, 1001):  # noqa: B007 - measured
        found.look()
        seen.append(found.full)
    assert seen == [False, True, True, True, False, False]


def test_a_disk_that_cannot_be_asked_refuses_nothing_new() -> None:
    def measure(_: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    found = Disk(Path("/nowhere"), sessions=lambda: 0, measure=measure)
    found.look()
    found.admit_session()
    found.admit_samples()


def frame(track: int, first_seq: int, rows: int = 7) -> bytes:
    """A frame of head poses that stand still."""
    times = 1000 + np.arange(first_seq, first_seq + rows) * (1000 / 72)
    values = np.tile(np.array([0, 1.6, 5, 0, 0, 0, 1], np.float32), (rows, 1))
    return frames.encode(float(times[-1]), [frames.encode_block(track, first_seq, times, values)])


@asynccontextmanager
async def watched(server: LiveServer, session: str, code: str) -> AsyncIterator[tuple[Raw, Raw, int]]:
    """A trainee in the running scenario, the instructor, and the trainee's track of head poses."""
    async with Raw.of(server.url) as trainee, Raw.of(server.url) as instructor:
        await instructor.watch(session, server.key)
        welcome = await trainee.join(code)
        await trainee.ask("consent", content=True, microphone=False)
        await trainee.ask("begin")
        tracks = cast("list[Json]", welcome["tracks"])
        yield trainee, instructor, int(str(next(one["track"] for one in tracks if one["stream"] == "head_pose")))


async def all_acknowledged(trainee: Raw, track: int, rows: int) -> None:
    """Send again, as a station does, what a refused frame has left out."""
    acked = 0
    async with asyncio.timeout(PATIENCE_S):
        while acked < rows:
            await trainee.send(frame(track, acked, min(100, rows - acked)))
            ack = await trainee.until(type="ack")
            acked = int(str(cast("Json", ack["tracks"])[str(track)]))
            await asyncio.sleep(0.03)


async def alarm(instructor: Raw, is_it: Callable[[Json], bool]) -> Json:
    """The next state of the record that is it, as the instructor's page gets it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            live = await instructor.until(type="live")
            recording = cast("Json", live["recording"])
            if is_it(recording):
                return recording


async def figures(server: LiveServer) -> dict[str, float]:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
        text = (await client.get("/metrics")).text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_a_disk_with_little_room_opens_no_session_and_at_last_takes_no_samples(
    tmp_path: Path, database: str
) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        key = {"Authorization": f"Bearer {server.key}"}
        found = server.house.disk
        async with (
            httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S, headers=key) as client,
            watched(server, session, code) as (trainee, instructor, track),
        ):
            found.measure = lambda _: found._lower(1) + 1
            found.look()
            answer = await client.post("/api/sessions", json={"scenario": "small"})
            assert answer.status_code == 507
            assert (answer.json()["code"], answer.json()["retry"]) == ("storage_full", True)
            await trainee.send(frame(track, 0))
            assert (await trainee.until(type="ack"))["tracks"] == {str(track): 7}

            found.measure = lambda _: found._lower(1) - 1
            found.look()
            await trainee.send(frame(track, 7))
            refused = await trainee.until(type="error")
            assert (refused["code"], refused["retry"]) == ("storage_full", True)
            assert (await alarm(instructor, lambda r: bool(r["full"])))["failing"] is None
            health = (await client.get("/api/health")).json()
            assert (health["status"], health["disk"]["space"]) == ("degraded", "full")
            assert "disk_low" in health["problems"]
            # What happens in the session goes on being recorded.
            assert (await instructor.ask("freeze"))["type"] != "error"
            assert (await instructor.ask("resume"))["type"] != "error"
            told = await figures(server)
            assert told['talkdown_disk_space{space="full"}'] == 1
            assert told['talkdown_refused_total{code="storage_full"}'] == 2

            found.measure = lambda _: GIB * 100
            await alarm(instructor, lambda r: not r["full"])
            await trainee.send(frame(track, 7))
            assert (await trainee.until(type="ack"))["tracks"] == {str(track): 14}
            assert (await client.post("/api/sessions", json={"scenario": "small"})).status_code == 201


class Fault:
    """An ``fdatasync`` that fails while told to."""

    def __init__(self) -> None:
        self.error: int | None = None

    def __call__(self, descriptor: int) -> None:
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        os.fdatasync(descriptor)


async def test_a_disk_that_refuses_is_told_within_the_second_and_nothing_is_acknowledged(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault()
    monkeypatch.setattr(apps, "JournalWriter", partial(JournalWriter, fdatasync=fault))
    monkeypatch.setattr(recorders, "RETRY_S", 0.2)
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        async with watched(server, session, code) as (trainee, instructor, track):
            await instructor.until(type="live")
            fault.error = errno.EIO
            await trainee.send(frame(track, 0))
            told = await alarm(instructor, lambda r: "Input/output error" in str(r["failing"]))
            assert told["state"] == "off"
            with pytest.raises(Refusal, match=r"nothing can be recorded at present: .*Input/output error"):
                server.open()
            assert not [one for one in trainee.got if one["type"] == "ack"]
            fault.error = None
            assert (await trainee.until(type="ack"))["tracks"] == {str(track): 7}
            assert (await alarm(instructor, lambda r: r["state"] != "off"))["failing"] is None
            assert (await figures(server))["talkdown_journal_failures_total"] >= 1
        assert len(list((tmp_path / "journal").glob("*.journal"))) >= 2
        await server.stored()
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
            assert (await client.get("/api/health")).json()["damage"] == {"places": 0, "bytes": 0, "bytes_at_start": 0}


async def test_a_disk_that_hangs_is_told_like_one_that_refuses(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    goes_on.set()

    def fdatasync(descriptor: int) -> None:
        goes_on.wait(PATIENCE_S)
        os.fdatasync(descriptor)

    monkeypatch.setattr(apps, "JournalWriter", partial(JournalWriter, fdatasync=fdatasync))
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        async with watched(server, session, code) as (trainee, instructor, track):
            goes_on.clear()
            await trainee.send(frame(track, 0))
            told = await alarm(instructor, lambda r: r["failing"] is not None)
            assert "has not answered" in str(told["failing"])
            goes_on.set()
            assert (await trainee.until(type="ack"))["tracks"] == {str(track): 7}


async def test_what_is_lost_at_the_start_is_counted_to_the_byte_and_shown(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    begin = writer.sync()
    session.batch(1, 7)
    end = writer.sync()
    session.close()
    writer.close()
    with path_of(writer.directory, 1).open("r+b") as file:
        file.seek(begin.offset + 40)
        file.write(b"\xff\xff\xff\xff")
    size = end.offset - begin.offset
    async with (
        live_server(tmp_path, database) as server,
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client,
        asyncio.timeout(PATIENCE_S),
    ):
        assert (await figures(server))["talkdown_damage_at_start_bytes"] == size
        while (damage := (await client.get("/api/health")).json()["damage"])["places"] == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert damage == {"places": 1, "bytes": size, "bytes_at_start": size}
        assert (await figures(server))["talkdown_damage_bytes"] == size


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("a small file system can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


async def test_on_a_disk_that_is_really_full_nothing_acknowledged_is_lost(
    small_disk: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC itself, below what the measure would have refused: no half segment, and it goes on by itself."""
    monkeypatch.setattr(recorders, "RETRY_S", 0.2)
    async with live_server(small_disk, database) as server:
        server.house.disk.measure = lambda _: 100 * GIB
        server.house.disk.look()
        session, code = server.open()
        async with watched(server, session, code) as (trainee, instructor, track):
            filler = small_disk / "filler"
            with pytest.raises(OSError, match="No space left"):
                fill(filler)
            sent = 0
            while not server.house.recorder.counts.failures:
                await trainee.send(frame(track, sent, 100))
                sent += 100
                await asyncio.sleep(0.03)
            await alarm(instructor, lambda r: "No space left on device" in str(r["failing"]))
            segments = sorted((small_disk / "journal").glob("*.journal"))
            failures = server.house.recorder.counts.failures
            async with asyncio.timeout(PATIENCE_S):
                while server.house.recorder.counts.failures < failures + 3:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
            # An attempt may be in progress at either moment; those that failed have left nothing.
            assert abs(len(sorted((small_disk / "journal").glob("*.journal"))) - len(segments)) <= 1
            filler.unlink()
            await all_acknowledged(trainee, track, sent)
        await server.stored()
        found = audit(database, [TrackRange(session, track, "head_pose", 0, sent, sent)])
    assert (found.rows_stored, found.rows_lost, found.rows_duplicated) == (sent, 0, 0)
