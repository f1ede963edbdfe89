"""Clocks that drift and are set, headsets that sleep and bring what they kept: no row is lost, altered or misdated.

The truth is known: stations and server share the machine's monotonic clock, so that a row's time in the session, less
the real time at which it was measured, must be one and the same for all rows, to the bound that is stored with them.
"""

import asyncio
import itertools
import random
from dataclasses import dataclass

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from clients.sampling import RATES, StationClock
from clients.station import Station
from clients.wire import FRAME_MS
from tests.faults.crowd import Crowd, Noise
from tests.faults.house import House
from tests.faults.ledger import check
from tests.faults.seeds import seeds

DAY_S = 86_400.0
#: Long enough for a clock to be set back by a day.
START_MS = 2 * DAY_S * 1000
DRIFT_PPM = 200.0
BACKLOG_S = 600.0
#: Times of rows are stored in microseconds, and those of clients as multiples of 1/256 ms.
ROUNDING_S = 1e-5
#: What the clock of a station that was connected for some seconds is known to, on one machine and a busy day.
KNOWN_S = 0.5

#: A jump in seconds, and whether the station tells of it.
JUMPS = [(DAY_S, True), (-DAY_S, True), (DAY_S, False), (-DAY_S, False)]


def epochs(conninfo: str, session: str) -> set[int]:
    """The clock epochs that are stored with a session's rows."""
    query = "SELECT DISTINCT epoch FROM research.clock WHERE session = %s"
    with psycopg.connect(conninfo) as connection:
        return {row[0] for row in connection.execute(query, [session])}


@dataclass(frozen=True)
class Dated:
    """A session's head poses by number: client seconds, session seconds, and the bound that is stored for them."""

    client_s: NDArray[np.float64]
    t: NDArray[np.float64]
    bound_s: NDArray[np.float64]

    def misdated(self, real_s: NDArray[np.float64]) -> list[tuple[float, float, float]]:
        """Rows that are off by more than they say, if they were measured at these times of any clock that is right.

        (client seconds, off by, bound) of each; the row with the least bound is what the others are compared to.
        """
        best = np.argmin(self.bound_s)
        off = self.t - real_s
        off -= off[best]
        bad = np.abs(off) > self.bound_s + self.bound_s[best] + ROUNDING_S
        return list(zip(self.client_s[bad], off[bad], self.bound_s[bad], strict=True))


def dated(conninfo: str, session: str) -> Dated:
    rows = "SELECT seq, client_ms / 1000, t FROM research.head_pose WHERE session = %s ORDER BY seq"
    bounds = (
        "SELECT c.seq, c.bound_s FROM research.clock c JOIN research.tracks k USING (session, track)"
        " WHERE session = %s AND k.stream = 'head_pose' ORDER BY c.seq"
    )
    with psycopg.connect(conninfo) as connection:
        seqs, client_s, t = np.array(connection.execute(rows, [session]).fetchall(), np.float64).T
        at, bound_s = np.array(connection.execute(bounds, [session]).fetchall(), np.float64).T
    # Stored once a second: between two of them, the wider one.
    before = np.maximum(np.searchsorted(at, seqs, side="right") - 1, 0)
    after = np.minimum(before + 1, len(at) - 1)
    return Dated(client_s, t, np.maximum(bound_s[before], bound_s[after]))


async def settled(house: House, crowd: Crowd) -> None:
    """All rows are acknowledged, stored once and unaltered."""
    await crowd.fresh()
    await crowd.settle()
    await asyncio.to_thread(house.stored)
    account = await asyncio.to_thread(check, house.database, crowd)
    assert account.issued == account.acknowledged == account.stored > 0


@pytest.mark.parametrize("seconds", [2.0, pytest.param(120.0, marks=pytest.mark.slow)])
async def test_clocks_that_drift(house: House, seconds: float) -> None:
    drifts = [DRIFT_PPM, -DRIFT_PPM, 0.0]
    async with Crowd(house, 3, clock=lambda i: StationClock(drift_ppm=drifts[i], start_ms=START_MS)) as crowd:
        await asyncio.sleep(seconds)
        await settled(house, crowd)
    for drift, session in zip(drifts, crowd.sessions, strict=True):
        rows = dated(house.database, session)
        assert rows.misdated((rows.client_s - START_MS / 1000) / (1 + drift * 1e-6)) == [], f"{drift} ppm"
        assert rows.bound_s.min() < KNOWN_S
        assert epochs(house.database, session) == {0}, "drift is no jump"


@seeds(1, 10)
async def test_clocks_that_are_set_by_a_day(house: House, seed: int) -> None:
    chance = random.Random(seed)
    async with Crowd(house, len(JUMPS), seed=seed, clock=lambda i: StationClock(start_ms=START_MS)) as crowd:
        await crowd.fresh()
        await asyncio.sleep(chance.uniform(0, 1))
        for station, (by_s, declare) in zip(crowd.stations, JUMPS, strict=True):
            station.jump(by_s, declare=declare)
        await asyncio.sleep(chance.uniform(0, 1))
        await compared(crowd)
        await settled(house, crowd)
    for (by_s, declare), session in zip(JUMPS, crowd.sessions, strict=True):
        rows = dated(house.database, session)
        set_at = np.flatnonzero(np.abs(np.diff(rows.client_s)) > DAY_S / 2)
        assert len(set_at) == 1
        real_s = rows.client_s.copy()
        real_s[set_at[0] + 1 :] -= by_s
        assert rows.misdated(real_s) == [], f"by {by_s} s, {declare=}"
        # Of a jump that nobody told of the server is sure only in time; until then it says that it is not.
        assert not declare or rows.bound_s[-1] < KNOWN_S
        assert epochs(house.database, session) == {0, 1}


def bring(station: Station) -> None:
    """Have the station issue ten minutes that it measured while it had no connection, in its usual portions.

    Of the voice there is nothing: nobody has been asked yet.
    """
    noise, until_ms = Noise([1]), station.clock()
    for track in station.issued.values():
        assert not track.rows
        if track.stream == "voice":
            continue
        times = np.arange(until_ms - BACKLOG_S * 1000, until_ms, 1000 / RATES[track.stream])
        frames = np.flatnonzero(np.diff((times // FRAME_MS).astype(np.int64))) + 1
        for first, end in itertools.pairwise([0, *frames.tolist(), times.size]):
            values = noise.sample(track.stream, times[first:end])
            number = station.connection.wire.issue(track.track, times[first:end], values)
            assert number == (track.end_seq, True), "what a station keeps in ten minutes has room"
            track.end_seq += end - first
            track.keep(times[first:end], values)


async def compared(crowd: Crowd) -> None:
    """Wait until the stations have compared clocks anew, and rows have come to which that applies."""
    clocks = [station.connection.wire for station in crowd.stations]
    await crowd.all(lambda index: (clock := clocks[index].clock) is not None and clock.offset_ms is not None)
    for _ in range(2):
        await crowd.fresh()


@pytest.mark.parametrize("asleep_s", [1.0, pytest.param(60.0, marks=pytest.mark.slow)])
async def test_a_headset_that_sleeps_and_uploads_ten_minutes(house: House, asleep_s: float) -> None:
    async with Crowd(house, 1, clock=lambda i: StationClock(start_ms=START_MS), joined=bring) as crowd:
        station = crowd.stations[0]
        # Sooner than a frame each 100 ms, which is all that a station would take its time for.
        while not station.connection.wire.rows.empty:
            station.connection.seal()
            await asyncio.sleep(FRAME_MS / 4000)
            if all(t.acked >= BACKLOG_S * RATES[t.stream] for t in station.issued.values() if t.stream != "voice"):
                break
        await crowd.fresh()
        await station.sleep(asleep_s)
        # From here on by the station's own word: what it measured before it had noticed is of the old epoch.
        since_s = station.connection.wire.epoch.since_ms / 1000
        await compared(crowd)
        await settled(house, crowd)
    rows = dated(house.database, crowd.sessions[0])
    assert len(rows.t) > BACKLOG_S * RATES["head_pose"]
    assert rows.misdated(rows.client_s + np.where(rows.client_s >= since_s, asleep_s, 0.0)) == []
    assert rows.bound_s[-1] < KNOWN_S
    assert epochs(house.database, crowd.sessions[0]) == {0, 1}
