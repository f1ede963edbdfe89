"""Values of a sensor that the agency declared, from lines of text to a session: no code is needed for one.

A line is a number, or a number and the time it was measured at, in ms on this machine's monotonic clock:

    72
    72.5 81234567.0

What is measured before the trainee has been asked is not kept anywhere. From then on nothing is lost: rows wait
for their acknowledgement and are sent again after a reconnect, as a station does.
"""

import asyncio
import math
import random
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, NamedTuple, Self

import numpy as np

from clients.connection import Connection, monotonic_ms
from clients.errors import DisconnectedError, EndedError, Refusal, RefusedError, UsageError
from clients.messages import Declared, Phase, Push, Welcome
from clients.wire import FRAME_MS, Hello

__all__ = ["Fed", "Reading", "SensorFeed", "feed", "read_line"]

#: Before these nobody has agreed to anything; after those nobody is measured (PROTOCOL.md, "Phases").
BEFORE: Final = "lobby"
OVER: Final = frozenset({"debrief", "closed"})

#: The close code that says so.
SESSION_OVER: Final = 4010

#: Two programs on one machine read one clock; a second is room for rounding.
AHEAD_MS: Final = 1000.0

#: No value beyond it is taken (PROTOCOL.md, "Errors").
GREATEST: Final = 1e6

#: How long nobody answers before that is said; a server that restarts takes no longer.
SILENCE_S: Final = 3.0

#: How long to wait for the last acknowledgements.
DRAIN_S: Final = 10.0


class Reading(NamedTuple):
    """One value, and when it was measured (ms on this machine's monotonic clock); None: now."""

    value: float
    ms: float | None


def read_line(line: str) -> Reading:
    """Return the reading that a line tells; raises ``UsageError`` for anything else."""
    words = line.split()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not all(map(math.isfinite, numbers)):
        raise UsageError(f"{line.strip()[:60]!r} is no reading; write VALUE, or VALUE and its time in ms")
    return Reading(numbers[0], numbers[1] if len(numbers) == 2 else None)


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of the lines: ``early`` came before the trainee had agreed, ``unread`` were no readings."""

    rows_sent: int
    rows_acked: int
    early: int
    unread: int


class SensorFeed:
    """One sensor at the session with this ``code``, as an async context manager."""

    def __init__(
        self,
        url: str,
        code: str,
        sensor: str,
        *,
        run: str | None = None,
        tell: Callable[[str], None] | None = None,
        clock: Callable[[], float] = monotonic_ms,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare the feed of ``sensor``, by its declared name; nothing is sent before ``async with``.

        ``tell`` hears when nobody answers; it is tried again all the same.
        """
        self.sensor = sensor
        self._url, self._tell = url, tell
        self.phase = ""
        self.rows_sent = 0
        self._clock = clock
        self._last_ms = 0.0
        self._wanted_from_ms: float | None = None
        self._track = 0
        self._timer: asyncio.TimerHandle | None = None
        hello = Hello(
            role="sensor",
            code=code,
            run=run or str(uuid.uuid4()),
            name="talkdown-sensor",
            modality="sensor",
            streams={f"sensor.{sensor}": 1.0},
        )
        self.connection = Connection(
            url, hello, on_push=self._pushed, on_joined=self._joined, clock=clock, jitter=jitter
        )

    async def __aenter__(self) -> Self:
        """Connect and join."""
        await self.connection.__aenter__()
        try:
            await self._answered()
            if self.declared.agreed is False:
                why = f"the trainee has not agreed to {self.sensor!r}"
                raise RefusedError("sensor", Refusal("forbidden", why, retry=False))
        except BaseException:
            await self.connection.close()
            raise
        self._tick()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; see ``drain`` for the rows that are still on their way."""
        if self._timer is not None:
            self._timer.cancel()
        await self.connection.close()

    @property
    def declared(self) -> Declared:
        """How the agency declared this sensor."""
        welcome = self.connection.welcome
        if welcome is None:
            raise UsageError("what a sensor is declared as is known once it has joined")
        return next(one for one in welcome.sensors if one.name == self.sensor)

    @property
    def wanted(self) -> bool:
        """Whether values are taken now: the trainee has been asked, and the session is not over."""
        return self.phase not in (BEFORE, *OVER)

    @property
    def rows_acked(self) -> int:
        """How many readings the server says are on its disk."""
        return self.connection.wire.rows.acked(self._track)

    def put(self, reading: Reading) -> bool:
        """Send a reading, unless it was measured before or after values are taken.

        Raises ``UsageError`` for a time before that of the last one or yet to come, and for a value that the
        server never takes.
        """
        now_ms = self._clock()
        ms = now_ms if reading.ms is None else reading.ms
        if not self.wanted or self._wanted_from_ms is None or ms < self._wanted_from_ms:
            return False
        if abs(reading.value) > GREATEST:
            raise UsageError(f"{reading.value:g} is no value; {GREATEST:g} is the greatest: is the unit right?")
        if ms > now_ms + AHEAD_MS:
            raise UsageError(f"measured at {ms:g} ms, which is yet to come ({now_ms:.0f} now): another clock's?")
        if ms < self._last_ms:
            raise UsageError(f"measured at {ms:.0f} ms, {self._last_ms - ms:.0f} ms before the last: is it sorted?")
        self.connection.wire.issue(self._track, np.array([ms]), np.array([[reading.value]], np.float32))
        self._last_ms = ms
        self.rows_sent += 1
        return True

    async def over(self) -> None:
        """Wait until the session is over; raises what ended the connection before that."""
        try:
            await self.connection.until(lambda: self.phase in OVER)
        except EndedError as ended:
            if ended.code != SESSION_OVER:
                raise

    async def drain(self, timeout_s: float = DRAIN_S) -> bool:
        """Wait until every row is acknowledged; False when that did not happen in time."""
        try:
            await asyncio.wait_for(self.connection.until(lambda: self.connection.wire.rows.empty), timeout_s)
        except (TimeoutError, DisconnectedError):
            return False
        return True

    async def _answered(self) -> None:
        joined = asyncio.create_task(self.connection.joined(), name="sensor joins")
        try:
            await asyncio.wait({joined}, timeout=SILENCE_S)
            if not joined.done() and self._tell is not None:
                why = f" ({self.connection.last_loss})" if self.connection.last_loss else ""
                self._tell(f"no answer from {self._url} yet{why}; it is tried until there is one: does the server run?")
            await joined
        finally:
            joined.cancel()

    def _joined(self, welcome: Welcome) -> None:
        self._track = welcome.tracks[0].track
        self._enter(welcome.phase)

    def _pushed(self, push: Push) -> None:
        if isinstance(push, Phase):
            self._enter(push.phase)

    def _enter(self, phase: str) -> None:
        self.phase = phase
        if self.wanted and self._wanted_from_ms is None:
            self._wanted_from_ms = self._clock()

    def _tick(self) -> None:
        if self.connection.error is None:
            self.connection.seal()
            self._timer = asyncio.get_running_loop().call_later(FRAME_MS / 1000, self._tick)


async def feed(
    url: str,
    code: str,
    sensor: str,
    lines: AsyncIterator[str],
    *,
    tell: Callable[[str], None],
    clock: Callable[[], float] = monotonic_ms,
) -> Fed:
    """Send what ``lines`` tell until they or the session end; ``tell`` hears what a person should know.

    Raises ``ClientError`` when the server does not take this sensor, or is lost for good.
    """
    async with SensorFeed(url, code, sensor, tell=tell, clock=clock) as source:
        about = source.declared
        tell(f"{about.name}: {about.description} ({about.unit})")
        if not source.wanted:
            tell("waiting for the trainee to agree; what is measured before is not kept")
        counts = {"early": 0, "unread": 0}
        reading = asyncio.create_task(_read(source, lines, counts, tell), name="sensor lines")
        over = asyncio.create_task(source.over(), name="sensor session")
        kept = asyncio.create_task(_kept(source, tell), name="sensor kept")
        try:
            await asyncio.wait({reading, over}, return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, over):
                if task.done():
                    task.result()
        finally:
            for task in (reading, over, kept):
                task.cancel()
            await asyncio.gather(reading, over, kept, return_exceptions=True)
        if not await source.drain():
            tell(f"{source.rows_sent - source.rows_acked} readings were not acknowledged")
        return Fed(source.rows_sent, source.rows_acked, **counts)


async def _kept(source: SensorFeed, tell: Callable[[str], None]) -> None:
    """Say it once the server has a value on its disk: before that it might still refuse the sensor."""
    await source.connection.until(lambda: source.rows_acked > 0)
    tell("the trainee has agreed, and values are kept from now on")


async def _read(
    source: SensorFeed, lines: AsyncIterator[str], counts: dict[str, int], tell: Callable[[str], None]
) -> None:
    number = 0
    async for line in lines:
        number += 1
        if not line.strip():
            continue
        try:
            counts["early"] += not source.put(read_line(line))
        except UsageError as error:
            counts["unread"] += 1
            tell(f"line {number}: {error}")
