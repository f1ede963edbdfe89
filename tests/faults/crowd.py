"""Stations at a house that remember every row they issued, with an instructor who watches one of them."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from clients.instructor import Instructor
from clients.messages import Welcome
from clients.sampling import COLUMNS
from clients.sessions import Sessions
from clients.station import OVER, Station
from clients.wire import FRAME_MS
from tests.faults.house import PATIENCE_S, House

#: Of the longest pause between attempts to connect: soon, since a test waits for it.
JITTER: Final = 0.1
#: Where nobody is crowded: the noise is a metre around it.
STANDING: Final = np.array([0, 1, 7], np.float32)


class Noise:
    """Rows that no other station issues, so that a mixed-up or altered one is seen."""

    def __init__(self, seed: list[int]) -> None:
        self._random = np.random.default_rng(seed)

    def advance(self, now_ms: float) -> None:
        """Nothing to decide."""

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32]:
        rows = self._random.random((len(COLUMNS[stream]), client_ms.size), np.float32)
        if stream == "head_pose":
            rows[:3] += STANDING[:, None]
        return rows


class Crowd:
    """``size`` stations, each in a running session of its own, as an async context manager.

    ``clock`` makes the clock of the station of an index; by default each has one that runs as the machine's.
    ``joined`` gets each station before it has measured anything.
    """

    def __init__(
        self, house: House, size: int, *, seed: int = 0, clock: Callable[[int], Callable[[], float]] | None = None,
        joined: Callable[[Station], None] = lambda station: None,
    ) -> None:  # fmt: skip
        self._house = house
        self._size = size
        self._seed = seed
        self._clock = clock
        self._joined = joined
        self._open = AsyncExitStack()
        self.stations: list[Station] = []
        #: The session of each station, in the same order.
        self.sessions: list[str] = []
        #: All that ever issued rows, with those whose page was left.
        self.issuers: list[tuple[str, Station]] = []
        self.codes: list[str] = []

    async def __aenter__(self) -> Self:
        # asyncio's debug mode takes longer than fifty stations do.
        asyncio.get_running_loop().set_debug(False)
        try:
            sessions = Sessions(self._house.url, self._house.key)
            for index in range(self._size):
                opened = await asyncio.to_thread(sessions.open, "small")
                self.sessions.append(opened.id)
                self.codes.append(opened.code)
                self.stations.append(await self.join(index))
            for station in self.stations:
                await station.consent()
                await station.begin()
            watched = Instructor(self._house.url, self._house.key, self.sessions[0])
            self.instructor = await self._open.enter_async_context(watched)
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def join(self, index: int) -> Station:
        """Let a page join the session of this index."""
        noise = Noise([self._seed, len(self.issuers)])
        station = Station(
            self._house.url, self.codes[index], lambda welcome, now_ms: self._perform(welcome, noise),
            frame_delay_s=index / self._size * FRAME_MS / 1000, jitter=lambda: JITTER,
            clock=self._clock(index) if self._clock else None,
        )  # fmt: skip
        self.issuers.append((self.sessions[index], station))
        await self._open.enter_async_context(station)
        self._joined(station)
        return station

    async def reload(self, index: int) -> None:
        """Leave the page of this index without a word, and join from a new one."""
        left = self.stations[index]
        left.stop_sampling()
        left.connection.drop()
        await left.connection.close()
        self.stations[index] = await self.join(index)

    async def fresh(self) -> None:
        """Wait until each station has rows of every track acknowledged that it issued from now on."""
        marks = [{t.track: t.end_seq for t in station.issued.values()} for station in self.stations]

        def reached(station: Station, mark: dict[int, int]) -> bool:
            return all(track.acked > mark[track.track] for track in station.issued.values())

        await self.all(lambda index: reached(self.stations[index], marks[index]))

    async def all(self, condition: Callable[[int], bool]) -> None:
        """Wait until ``condition`` holds for every station's index."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(
                *(station.until(lambda i=i: condition(i)) for i, station in enumerate(self.stations))  # type: ignore[misc]
            )

    async def recording(self, **told: object) -> None:
        """Wait until the instructor's page tells this of the record, and the server's health agrees."""

        def agrees(recording: object) -> bool:
            return isinstance(recording, Mapping) and all(recording[name] == value for name, value in told.items())

        live = self.instructor
        async with asyncio.timeout(PATIENCE_S):
            await live.until(lambda: live.live is not None and agrees(live.live.recording))
            while not agrees((health := await self.health())["recording"]):  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)
        if "state" in told:
            assert (health["status"] == "ok") is (told["state"] == "storing"), health

    async def health(self) -> Mapping[str, object]:
        """Return the server's health."""
        return await asyncio.to_thread(Sessions(self._house.url, self._house.key).health)

    async def problem(self, name: str) -> None:
        """Wait until the server's health names this problem."""
        async with asyncio.timeout(PATIENCE_S):
            while name not in str((await self.health())["problems"]):  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)

    async def settle(self) -> None:
        """Let no row be on its way any more: all are acknowledged, and the sessions are over."""
        drained = await asyncio.gather(*(station.drain(PATIENCE_S) for station in self.stations))
        assert all(drained), f"rows were not acknowledged within {PATIENCE_S:.0f} s"
        for station in self.stations:
            if station.phase not in OVER:
                await station.stop()

    @property
    def losses(self) -> int:
        """How often connections broke."""
        return sum(station.connection.losses for station in self.stations)

    def _perform(self, welcome: Welcome, noise: Noise) -> Noise:
        return noise
