"""Clocks that drift, jump and sleep, through the real server into the real database: times hold to their bounds."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from clients.clock import ClockEpoch
from clients.frames import as_sent, encode_block, encode_frame
from clients.motion import POSE_COLUMNS
from clients.sampling import COLUMNS, StationClock
from clients.station import Station
from session_server.net import house
from session_server.net.room import Room
from telemetry import journal, trace
from telemetry.records import RecordKind, decode_samples
from tests.session_server.live import PATIENCE_S, LiveServer, Raw, live_server

RATE = 72.0
#: Rows of a backlog in one frame: about half a minute of poses.
FRAME_ROWS = 1500


@dataclass
class World:
    """A station whose clock is known. Time passes for it and the server at once, as much as is wanted of it."""

    room: Room
    drift: float = 0.0
    c: float = 500.0
    run: str = field(default_factory=lambda: str(uuid4()))
    epoch: ClockEpoch = field(default_factory=ClockEpoch)
    true: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self.t = self.room.now()

    def now(self) -> float:
        """What the station's clock shows."""
        t = self.room.now()
        self.c += (t - self.t) * (1 + self.drift)
        self.t = t
        return self.c

    def passes(self, seconds: float, *, asleep: bool = False, measured: bool = True) -> None:
        """Let time pass; awake, the station measures poses meanwhile."""
        c, t = self.now(), self.t
        self.room.opened -= seconds
        if asleep:
            self.t += seconds
            return
        if measured:
            times = np.arange(np.floor(t * RATE) + 1, np.floor((t + seconds) * RATE) + 1) / RATE
            self.true += times.tolist()
            self.client += (as_sent((c + (times - t) * (1 + self.drift)) * 1e3) / 1e3).tolist()

    @asynccontextmanager
    async def joined(self, server: LiveServer, code: str) -> AsyncIterator[Raw]:
        async with Raw.of(server.url) as raw:
            await raw.join(code, self.run, {"head_pose": RATE})
            yield raw

    async def compare(self, raw: Raw, times: int) -> None:
        """So many exchanges that count: each is told with the next request."""
        previous = None
        for _ in range(times + 1):
            t0_ms = self.now() * 1e3
            await raw.ask("clock", t0_ms=t0_ms, previous=previous, **self.epoch.fields())
            previous = {"t0_ms": t0_ms, "t3_ms": self.now() * 1e3}

    async def send(self, raw: Raw) -> None:
        """Send all that was measured, and wait until it is acknowledged."""
        while self.sent < len(self.client):
            times = np.array(self.client[self.sent : self.sent + FRAME_ROWS])
            steps = np.flatnonzero((np.diff(times) < 0) | (np.diff(times) > 60))
            times = times[: int(steps[0]) + 1] if len(steps) else times
            block = encode_block(1, self.sent, times * 1e3, np.zeros((len(POSE_COLUMNS), len(times)), np.float32))
            await raw.send(encode_frame(self.now() * 1e3, [block]))
            self.sent += len(times)
            await raw.until(type="ack", tracks={"1": self.sent})

    async def lives(self, raw: Raw, seconds: int) -> None:
        """Measure, send and compare clocks for a while."""
        for _ in range(seconds):
            self.passes(1.0)
            await self.compare(raw, 1)
            await self.send(raw)

    def declares(self) -> None:
        self.epoch = ClockEpoch(self.epoch.number + 1, self.now() * 1e3)


def given(data: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Epoch and bound that the journal has for every row of track 1."""
    epochs: list[int] = []
    bounds: list[float] = []
    for _, record in journal.read(data / "journal"):
        if record.kind is RecordKind.SAMPLES:
            samples = decode_samples(record.payload)
            rows = sum(block.rows for block in samples.blocks() if block.track == 1)
            epochs += [samples.epoch] * rows
            bounds += [samples.bound_s] * rows
    return np.array(epochs), np.array(bounds)


def epochs_of(database: str, session: str) -> list[tuple[int, int]]:
    """The epochs of track 1 and the first row of each, as researchers see them."""
    query = "SELECT epoch, min(seq) FROM research.clock WHERE session = %s AND track = 1 GROUP BY epoch ORDER BY epoch"
    with psycopg.connect(database) as connection:
        return [(int(epoch), int(seq)) for epoch, seq in connection.execute(query, [session])]


async def check(server: LiveServer, session: str, world: World) -> trace.Trace:
    """Every row is stored, right to its bound, in order within its epoch, its raw time as it was sent."""
    await server.stored()
    found = await asyncio.to_thread(trace.read, server.desk._settings.database_url, UUID(session))
    rows = found.stream("head_pose")
    epochs, bounds = given(server.data)
    assert len(rows) == len(world.true) == len(bounds)
    assert rows.client_ms == pytest.approx(np.array(world.client) * 1e3, abs=1e-6)
    assert np.all(np.abs(rows.t - np.array(world.true)) <= bounds + 1e-5)
    same = epochs[1:] == epochs[:-1]
    assert np.all(np.diff(rows.t)[same] >= 0.0)
    assert np.all(np.diff(epochs) >= 0)
    return found


@pytest.mark.parametrize("declare", [True, False])
async def test_ten_minutes_of_backlog_and_a_sleep_of_a_clock_that_drifts(
    tmp_path: Path, database: str, declare: bool
) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        world = World(server.house.rooms[UUID(session)], drift=200e-6)
        async with world.joined(server, code) as raw:
            await world.compare(raw, 3)
            await world.lives(raw, 12)
        world.passes(600.0)
        world.now()
        fell_asleep = world.t
        world.passes(60.0, asleep=True)
        if declare:
            world.declares()
        async with world.joined(server, code) as raw:
            await world.compare(raw, 3)
            await world.lives(raw, 5)
        found = await check(server, session, world)
    rows = found.stream("head_pose")
    epochs = await asyncio.to_thread(epochs_of, database, session)
    assert [epoch for epoch, _ in epochs] == [0, 1]
    [began] = found.events_of("clock_epoch")
    assert began.data["epoch"] == 1
    assert began.data["run"] == world.run
    assert began.data["cause"] == ("declared" if declare else "noticed")
    assert began.data["jump_s"] == pytest.approx(60.0, abs=0.5)
    if declare:
        # The sleep is a hole of a minute, and where it ends the epoch says why.
        [hole] = np.flatnonzero(np.diff(rows.t) > 50.0)
        assert rows.t[hole] == pytest.approx(fell_asleep, abs=0.5)
        assert epochs[1] == (1, int(hole) + 1)


@pytest.mark.parametrize(
    ("days", "declare"),
    [
        (1, False),
        (-1, True),
        pytest.param(1, True, marks=pytest.mark.slow),
        pytest.param(-1, False, marks=pytest.mark.slow),
    ],
)
async def test_a_clock_set_by_a_day(tmp_path: Path, database: str, days: int, declare: bool) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        world = World(server.house.rooms[UUID(session)], drift=-200e-6, c=200_000.0)
        async with world.joined(server, code) as raw:
            await world.compare(raw, 3)
            await world.lives(raw, 5)
            # The rows of half a second are still to be sent when the clock is set.
            world.passes(0.5)
            world.now()
            world.c += days * 86_400.0
            if declare:
                world.declares()
                await world.compare(raw, 1)
            await world.send(raw)
            await world.lives(raw, 5)
        found = await check(server, session, world)
    assert set(found.stream("head_pose").flags.tolist()) == {0}  # type: ignore[union-attr]
    [began] = found.events_of("clock_epoch")
    assert began.data["jump_s"] == pytest.approx(-days * 86_400.0, abs=1.0)


async def test_a_block_a_day_ahead_is_kept_and_its_times_are_marked(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        world = World(server.house.rooms[UUID(session)])
        async with world.joined(server, code) as raw:
            await world.compare(raw, 2)
            await world.lives(raw, 2)
            world.client += [world.now() + 86_400.0]
            world.true += [world.t]
            await world.send(raw)
            await world.lives(raw, 2)
        await server.stored()
        rows = (await asyncio.to_thread(trace.read, database, UUID(session))).stream("head_pose")
    assert rows.flags is not None
    assert np.flatnonzero(rows.flags).tolist() == [2 * int(RATE)]
    assert rows.t[2 * int(RATE)] < world.t + 61.0
    assert await asyncio.to_thread(epochs_of, database, session) == [(0, 0)]


class _SetBack(datetime):
    """A wall clock that somebody has set back by an hour."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize("set_back", [False, True])
async def test_over_a_restart_times_go_on(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, set_back: bool
) -> None:
    """The same page comes back: session time never runs back, and rows go on in their clock's epoch."""
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        world = World(server.house.rooms[UUID(session)], drift=200e-6)
        async with world.joined(server, code) as raw:
            await world.compare(raw, 3)
            for _ in range(20):
                await asyncio.sleep(0.02)
                world.passes(0.0, measured=False)
                world.client.append(float(as_sent(np.array([world.now() * 1e3]))[0] / 1e3))
                world.true.append(world.t)
                await world.send(raw)
        before = world.t
    if set_back:
        monkeypatch.setattr(house, "datetime", _SetBack)
    async with live_server(tmp_path, database) as server:
        world.room = server.house.rooms[UUID(session)]
        after = world.room.now()
        assert after >= before
        # The station's clock has run on by what session time has.
        async with world.joined(server, code) as raw:
            world.client.append(float(as_sent(np.array([world.now() * 1e3]))[0] / 1e3))
            world.true.append(world.t)
            await world.send(raw)
            await world.compare(raw, 3)
            await world.lives(raw, 2)
        found = await check(server, session, world)
    rows = found.stream("head_pose")
    assert await asyncio.to_thread(epochs_of, database, session) == [(0, 0)]
    times = [event.t for event in found.events]
    assert all(earlier <= later for earlier, later in itertools.pairwise(times))
    assert np.all(np.diff(rows.t) >= 0.0)


class _Still:
    """A performer that stands still."""

    def advance(self, now_ms: float) -> None:
        """Nothing happens."""

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32]:
        """Zeros: nobody looks at them."""
        return np.zeros((len(COLUMNS[stream]), client_ms.size), np.float32)


async def test_a_simulated_station_sleeps_and_jumps_and_loses_no_row(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        clock = StationClock(drift_ppm=200.0, start_ms=100e6)
        async with Station(server.url, code, lambda *_: _Still(), microphone=False, clock=clock) as station:

            async def rows(more: int) -> None:
                enough = station.rows_acked + more
                async with asyncio.timeout(PATIENCE_S):
                    await station.until(lambda: station.rows_acked >= enough)

            await rows(30)
            await station.sleep(0.5)
            await rows(30)
            station.jump(86_400.0)
            await rows(30)
            station.jump(-90_000.0, declare=False)
            await rows(30)
            assert await station.drain(PATIENCE_S)
            assert station.connection.error is None
            issued = next(track for track in station.issued.values() if track.stream == "head_pose")
        await server.stored()
        found = await asyncio.to_thread(trace.read, database, UUID(session))
    track = found.stream("head_pose")
    assert track.client_ms == pytest.approx(issued.times(), abs=1e-6)
    assert track.flags is not None
    assert not track.flags.any()
    epochs = await asyncio.to_thread(epochs_of, database, session)
    assert [epoch for epoch, _ in epochs] == [0, 1, 2, 3]
    told = [(event.data["epoch"], event.data["cause"]) for event in found.events_of("clock_epoch")]
    assert told == [(1, "declared"), (2, "declared"), (3, "noticed")]
    [slept, forward, back] = [float(str(event.data["jump_s"])) for event in found.events_of("clock_epoch")]
    assert slept == pytest.approx(0.5, abs=0.3)
    assert forward == pytest.approx(-86_400.0, abs=1.0)
    assert back == pytest.approx(90_000.0, abs=1.0)
