"""Many stations at once against a real server, and an honest account of what became of their rows.

Each station opens a session of its own, joins it, starts the scenario and then walks and talks the same
minute over and over, shifted against the others. What each issued is reported as ranges of sequence
numbers, so that a caller with access to the database can say which rows were stored, lost or duplicated; a
row that was sent and not acknowledged when the time was up is counted as just that.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.errors import ClientError, UsageError
from clients.headset import HEADSET_RATE, headset_rows
from clients.issued import TrackRange
from clients.messages import Welcome
from clients.motion import POSE_RATE, Body
from clients.sampling import Performer
from clients.scene import Scene, read_scene
from clients.sessions import OpenSession, Sessions
from clients.station import OVER, Station
from clients.voice import VOICE_RATE, Voice
from clients.wire import FRAME_MS

__all__ = ["AckMs", "Simulation", "simulate"]

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

#: The minute that simulated stations live over and over.
LOOP_S: Final = 60
#: Walking a metre to the side and back every 12 s, speaking 3 s of every 10: both divide the loop.
SWAY_S: Final = 12
SWAY_M: Final = 1.0
TALK_S: Final = (3, 10)

#: Stations join at this rate per process: 200 at the same instant would measure the opening of sessions.
JOINS_PER_S: Final = 50.0

#: How long to wait for the last acknowledgements: a hundred times what a healthy server needs.
DRAIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class AckMs:
    """From sealing a block to its acknowledgement, in ms; nan when nothing was acknowledged."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """What was done. ``rows_acked`` of ``rows_sent`` are, by the server's word, on its disk."""

    stations: int
    seconds: float
    rows_sent: int
    rows_acked: int
    rows_declared: int
    reconnects: int
    ack_ms: AckMs
    generator_cpu_seconds: float
    issued: tuple[TrackRange, ...] = field(repr=False)
    #: Stations that could not do their part, and why, in words.
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """The account of one process."""

    seconds: float
    issued: tuple[TrackRange, ...]
    waits_ms: NDArray[np.float64]
    declared: int
    reconnects: int
    cpu_seconds: float
    failures: tuple[str, ...]


def simulate(
    url: str,
    key: str,
    *,
    scenario: str,
    stations: int,
    seconds: float,
    processes: int = 1,
    loop_factory: LoopFactory | None = None,
) -> Simulation:
    """Let ``stations`` play ``scenario`` for ``seconds`` at the server ``url``; blocks until done.

    ``key`` is the console key, which opens the sessions; raises ``ClientError`` when they cannot be opened.
    Stations are spread over ``processes``, one core each.
    ``loop_factory`` makes another event loop than asyncio's own, such as ``uvloop.new_event_loop``.
    """
    if stations < 1 or seconds <= 0:
        raise UsageError(f"{stations} stations for {seconds} s: at least one station and some time are needed")
    processes = max(1, min(processes, stations))
    opened = [Sessions(url, key).open(scenario) for _ in range(stations)]
    shares = [opened[part::processes] for part in range(processes)]
    if processes == 1:
        parts = [_part(url, shares[0], seconds, 0, loop_factory)]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            futures = [
                pool.submit(_part, url, share, seconds, part, loop_factory)
                for part, share in enumerate(shares)
            ]
            parts = [future.result() for future in futures]
    return _account(stations, parts)


def _account(stations: int, parts: Iterable[_Part]) -> Simulation:
    parts = list(parts)
    issued = tuple(track for part in parts for track in part.issued)
    waits = np.concatenate([part.waits_ms for part in parts])
    quantiles = np.quantile(waits, (0.5, 0.95, 0.99)) if waits.size else np.full(3, np.nan)
    return Simulation(
        stations=stations,
        seconds=max(part.seconds for part in parts),
        rows_sent=sum(track.end_seq - track.first_seq for track in issued),
        rows_acked=sum(track.acked - track.first_seq for track in issued),
        rows_declared=sum(part.declared for part in parts),
        reconnects=sum(part.reconnects for part in parts),
        ack_ms=AckMs(*(round(float(value), 3) for value in quantiles)),
        generator_cpu_seconds=sum(part.cpu_seconds for part in parts),
        issued=issued,
        failures=tuple(failure for part in parts for failure in part.failures),
    )


def _part(
    url: str, opened: list[OpenSession], seconds: float, part: int, loop_factory: LoopFactory | None
) -> _Part:
    """Run one process's share; ``part`` shifts its minute against the other processes'."""
    began = time.process_time()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runs = runner.run(_drive(url, opened, seconds, part))
    return _Part(
        seconds=max((run.seconds for run in runs), default=0.0),
        issued=tuple(track for run in runs for track in run.station.ranges(run.session)),
        waits_ms=np.concatenate([np.array(run.station.waits_ms, np.float64) for run in runs]),
        declared=sum(run.station.rows_declared for run in runs),
        reconnects=sum(run.station.connection.losses for run in runs),
        cpu_seconds=time.process_time() - began,
        failures=tuple(run.failure for run in runs if run.failure),
    )


async def _drive(url: str, opened: list[OpenSession], seconds: float, part: int) -> list["_Run"]:
    runs = [
        _Run(url, session, index, len(opened), LOOP_S * (part + index / len(opened)))
        for index, session in enumerate(opened)
    ]
    gate = _Gate(len(runs))
    await asyncio.gather(*(run.live(seconds, gate) for run in runs))
    return runs


class _Gate:
    """Opens when everyone has arrived; who fails on the way must arrive, too, or nobody goes on."""

    def __init__(self, expected: int) -> None:
        self._missing = expected
        self._open = asyncio.Event()

    def arrive(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self._open.set()

    async def wait(self) -> None:
        await self._open.wait()


class _Run:
    """One simulated station."""

    def __init__(self, url: str, session: OpenSession, index: int, of: int, shift_s: float) -> None:
        self.session = session.id
        self.failure = ""
        self.seconds = 0.0
        self._join_after_s = index / JOINS_PER_S
        self.station = Station(
            url,
            session.code,
            lambda welcome, now_ms: _Loop(welcome, shift_s),
            keep_rows=False,
            frame_delay_s=index / of * FRAME_MS / 1000,
        )

    async def live(self, seconds: float, gate: _Gate) -> None:
        """Join, begin, wait for the others, play, and wait for the last acknowledgements."""
        await asyncio.sleep(self._join_after_s)
        try:
            async with self.station as station:
                await self._begin(station, gate)
                await self._play(station, seconds)
                if not await station.drain(DRAIN_S):
                    self._failed(f"rows unacknowledged after {DRAIN_S:.0f} s")
                if station.phase not in OVER:
                    await station.stop()  # nobody is graded here; the session need not stay open
        except ClientError as error:
            self._failed(str(error))

    async def _begin(self, station: Station, gate: _Gate) -> None:
        try:
            await station.consent()
            await station.begin()
        finally:
            gate.arrive()
        await gate.wait()

    async def _play(self, station: Station, seconds: float) -> None:
        began = time.monotonic()
        try:
            await asyncio.wait_for(station.until(lambda: station.phase in OVER), seconds)
            self._failed(f"the scenario ended after {station.stage.ms if station.stage else 0} ms")
        except TimeoutError:
            pass
        self.seconds = time.monotonic() - began

    def _failed(self, why: str) -> None:
        self.failure = self.failure or f"session {self.session}: {why}"


class _Loop(Performer):
    """A minute computed once per scene, played from ``shift_s`` on; each station only takes slices of it."""

    def __init__(self, welcome: Welcome, shift_s: float) -> None:
        self._rows = _minute(read_scene(welcome.scenario))
        self._at = {"head_pose": int(shift_s * POSE_RATE), "voice": int(shift_s * VOICE_RATE), "headset_state": 0}

    def advance(self, now_ms: float) -> None:
        """Nothing to decide."""

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the next rows of the minute."""
        rows = self._rows[stream]
        start = self._at[stream] % rows.shape[1]
        self._at[stream] = start + client_ms.size
        if start + client_ms.size <= rows.shape[1]:
            return rows[:, start : start + client_ms.size]
        return np.take(rows, np.arange(start, start + client_ms.size), axis=1, mode="wrap")


@cache
def _minute(scene: Scene) -> Mapping[str, NDArray[np.float32]]:
    """Return the rows (columns, rows) of each stream for the minute that simulated stations repeat."""
    headset = headset_rows(int(LOOP_S * HEADSET_RATE))
    return {"head_pose": _walk(scene), "voice": _talk(), "headset_state": headset}


def _walk(scene: Scene) -> NDArray[np.float32]:
    """Step to the side and back, facing where one faced."""
    period_ms = 1000 / POSE_RATE
    times = np.arange(int(LOOP_S * POSE_RATE), dtype=np.float64) * period_ms
    side = (scene.start[0] + SWAY_M * np.cos(scene.yaw), scene.start[1] - SWAY_M * np.sin(scene.yaw))
    ahead = (scene.start[0] - 100 * np.sin(scene.yaw), scene.start[1] - 100 * np.cos(scene.yaw))
    body = Body(0.0, scene.start, scene.yaw, bounds=scene.bounds)
    poses = []
    for end_ms in np.arange(FRAME_MS, LOOP_S * 1000 + FRAME_MS, FRAME_MS):
        away = (end_ms / 1000) % SWAY_S < SWAY_S / 2
        body.step(float(end_ms), towards=side if away else scene.start, looking_at=ahead)
        poses.append(body.rows(times[(times >= end_ms - FRAME_MS) & (times < end_ms)]))
    return np.concatenate(poses, axis=1)


def _talk() -> NDArray[np.float32]:
    """Speak at the normal level for some seconds of every ten."""
    voice, talk_s, of_s = Voice(), *TALK_S
    rows = []
    for second in range(LOOP_S):
        voice.level = 0.0 if second % of_s < talk_s else None
        rows.append(voice.rows(int(VOICE_RATE)))
    return np.concatenate(rows, axis=1)
