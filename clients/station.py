"""A training station without a person: samples a performer on its own clock and never loses a row.

72 head poses, 50 voice rows and 2 of the headset's state per second, closed into ten frames per second; rows are kept
until they are acknowledged. In the lobby, before the trainee has been asked, there are no voice rows. What the station
issued is on record, so that an oracle can compare it with what was stored.
"""

import asyncio
import random
import uuid
from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from clients.connection import Connection
from clients.errors import ProtocolError, UsageError
from clients.issued import IssuedTrack, TrackRange
from clients.messages import Attempt, Choices, Grade, Phase, Push, Radio, Say, Stage, Track, Welcome
from clients.sampling import COLUMNS, RATES, Performer, Sampler, StationClock, station_clock
from clients.wire import FRAME_MS, Acked, Hello

__all__ = ["OVER", "Station"]

#: In this phase nobody has agreed to anything yet, and after those nobody is measured (PROTOCOL.md, "Phases").
BEFORE_CONSENT: Final = "lobby"
OVER: Final = frozenset({"debrief", "closed"})

#: Lines kept of what was said; a scenario has some dozens.
SAID_LINES: Final = 500


class Station:
    """One trainee's station, as an async context manager that joins by ``code``.

    ``perform`` makes the performer once the scenario is known. Without ``keep_rows`` only the numbers of
    issued rows are on record. ``frame_delay_s`` shifts this station's frames against those of others.
    """

    def __init__(
        self,
        url: str,
        code: str,
        perform: Callable[[Welcome, float], Performer],
        *,
        microphone: bool = True,
        run: str | None = None,
        keep_rows: bool = True,
        frame_delay_s: float = 0.0,
        clock: Callable[[], float] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare a station for the session with this ``code`` at the server's ``url``."""
        streams = {name: rate for name, rate in RATES.items() if microphone or name != "voice"}
        run = run or str(uuid.uuid4())
        hello = Hello(role="trainee", code=code, run=run, name="talkdown-bot", streams=streams)
        self.clock = clock or station_clock()
        self.connection = Connection(
            url,
            hello,
            on_push=self._pushed,
            on_acked=self._acked,
            on_joined=self._joined,
            clock=self.clock,
            jitter=jitter,
        )
        self.microphone = microphone
        self.phase = ""
        self.attempt = 1
        self.stage: Stage | None = None
        self.offered: tuple[str, ...] = ()
        self.radio_status: dict[str, str] = {}
        self.said: deque[Say] = deque(maxlen=SAID_LINES)
        self.heard: set[str] = set()  # the ids of all lines said so far, by whomever
        self.grade: Grade | None = None
        self.issued: dict[int, IssuedTrack] = {}
        #: From sealing a block to the arrival of its acknowledgement (ms), one entry per block.
        self.waits_ms = array("d")
        self.performer: Performer | None = None
        self._perform = perform
        self._keep_rows = keep_rows
        self._samplers: list[Sampler] = []
        self._frame_delay_s = frame_delay_s
        self._timer: asyncio.TimerHandle | None = None
        self._sampling = False
        self._asleep = False
        # Scenario time as last told, and when that was on our clock (ms, ms).
        self._told = (0.0, 0.0)

    async def __aenter__(self) -> Self:
        """Connect and join; samples flow from now on, of the voice after consent."""
        await self.connection.__aenter__()
        try:
            await self.connection.joined()
        except BaseException:
            await self.connection.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sampling and close; rows not yet acknowledged stay counted as such, see ``drain``."""
        self.stop_sampling()
        if self._timer is not None:
            self._timer.cancel()
        await self.connection.close()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, looked at after every message of the server."""
        await self.connection.until(condition)

    async def consent(self, *, sensors: Sequence[str] = ()) -> None:
        """Agree to the content note, to the microphone when there is one, and to these declared sensors."""
        settings = {"autoGainControl": False, "noiseSuppression": False, "echoCancellation": False}
        told = {**settings, "sampleRate": 48_000} if self.microphone else None
        await self.connection.request(
            "consent", content=True, microphone=self.microphone, settings=told, sensors=list(sensors)
        )

    async def calibrate(
        self, room_ms: tuple[float, float], voice_ms: tuple[float, float]
    ) -> Mapping[str, object]:
        """Calibrate on two spans of this station's clock, both past; returns the server's ``calibration``."""
        needed = {track.track: track.end_seq for track in self.issued.values() if track.stream == "voice"}
        await self.until(lambda: all(self.issued[track].acked >= end for track, end in needed.items()))
        answer = await self.connection.request("calibrate", room_ms=room_ms, voice_ms=voice_ms)
        calibration = answer.get("calibration")
        if not isinstance(calibration, Mapping):
            raise ProtocolError(f"calibrate was answered without a calibration: {answer}")
        return calibration

    async def begin(self) -> None:
        """Start the scenario."""
        await self.connection.request("begin")

    async def choose(self, choice: str) -> None:
        """Take one of the offered choices."""
        await self.connection.request("choose", choice=choice)

    async def act(self, act: str) -> None:
        """Do something that is not said."""
        await self.connection.request("act", act=act)

    async def radio(self, request: str) -> None:
        """Ask for somebody by radio."""
        await self.connection.request("radio", request=request)

    async def stop(self) -> None:
        """Say the safety word."""
        await self.connection.request("stop")

    def stop_sampling(self) -> None:
        """Issue no more rows; what was issued still goes out."""
        self._sampling = False

    async def sleep(self, seconds: float, *, declare: bool = True) -> None:
        """Take the headset off for a while: its clock stands still and nothing is measured or sent.

        Needs a ``StationClock``. With ``declare`` False the station does not notice, and the server has to.
        """
        self._own_clock().sleep(seconds)
        self._asleep = True
        await asyncio.sleep(seconds)
        self._asleep = False
        self.connection.clock_jumped(declare=declare)

    def jump(self, seconds: float, *, declare: bool = True) -> None:
        """Have the clock set by so much, forward or back. Needs a ``StationClock``."""
        clock = self._own_clock()
        if self._sampling:
            self._sample(clock())
        clock.jump(seconds)
        told_ms, at_ms = self._told
        self._told = (told_ms, at_ms + seconds * 1000)
        for sampler in self._samplers:
            sampler.start_ms += seconds * 1000
        self.connection.clock_jumped(declare=declare)

    def _own_clock(self) -> StationClock:
        if not isinstance(self.clock, StationClock):
            raise UsageError("only a StationClock sleeps and jumps: make the station with one")
        return self.clock

    async def drain(self, timeout_s: float) -> bool:
        """Stop sampling and wait until every row is acknowledged; False when that did not happen in time."""
        self.stop_sampling()
        try:
            await asyncio.wait_for(self.until(lambda: self.connection.wire.rows.empty), timeout_s)
        except TimeoutError:
            return False
        return True

    def ranges(self, session: str) -> tuple[TrackRange, ...]:
        """Return which rows of ``session`` this station issued."""
        return tuple(
            TrackRange(
                session, track.track, track.stream, track.first_seq, track.end_seq, track.acked, tuple(track.declared)
            )
            for track in self.issued.values()
        )

    def scenario_ms(self, now_ms: float) -> float:
        """Return scenario time at ``now_ms`` of this station's clock, from what was last told."""
        told_ms, at_ms = self._told
        return told_ms + (now_ms - at_ms if self.phase == "running" else 0.0)

    @property
    def rows_sent(self) -> int:
        """Rows that got a sequence number, those declared as lost included."""
        return sum(track.rows for track in self.issued.values())

    @property
    def rows_declared(self) -> int:
        """Rows that were given up and told to the server as gaps."""
        return sum(track.rows_declared for track in self.issued.values())

    @property
    def rows_acked(self) -> int:
        """Rows that the server says are on disk."""
        return sum(track.acked - track.first_seq for track in self.issued.values())

    def _joined(self, welcome: Welcome) -> None:
        self._enter(welcome.phase)
        self.attempt = welcome.attempt
        self._told = (welcome.ms, self.clock())
        if self.performer is None:
            self._start(welcome)

    def _start(self, welcome: Welcome) -> None:
        now_ms = self.clock()
        self.performer = self._perform(welcome, now_ms)
        for track in welcome.tracks:
            ours = COLUMNS.get(track.stream)
            if track.columns != ours:
                raise ProtocolError(f"{track.stream} has columns {track.columns} at the server, {ours} here")
            self._samplers.append(Sampler(track, now_ms))
            start = track.next_seq
            self.issued[track.track] = IssuedTrack(track.track, track.stream, start, start, start)
        self._sampling = welcome.phase not in OVER
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._frame_delay_s + FRAME_MS / 1000, self._tick, loop.time())

    def _tick(self, due: float) -> None:
        """Sample what is due and close a frame; a late call catches up and skips the calls it missed."""
        if self.connection.error is not None:
            return
        if not self._asleep:
            if self._sampling:
                self._sample(self.clock())
            self.connection.seal()
        loop = asyncio.get_running_loop()
        due = max(due + FRAME_MS / 1000, loop.time())
        self._timer = loop.call_at(due, self._tick, due)

    def _sample(self, now_ms: float) -> None:
        if self.performer is None:
            return
        self.performer.advance(now_ms)
        for sampler in self._samplers:
            times = sampler.due(now_ms)
            if times.size and not self._unasked(sampler):
                self._number(sampler.track, times, self.performer.sample(sampler.track.stream, times))

    def _unasked(self, sampler: Sampler) -> bool:
        """Whether the trainee has not been asked yet for what this would measure: it is neither numbered nor kept."""
        return self.phase == BEFORE_CONSENT and sampler.track.stream == "voice"

    def _enter(self, phase: str) -> None:
        """Go on in another phase; what was due in the one before is of that one."""
        for sampler in self._samplers:
            if self._unasked(sampler):
                sampler.due(self.clock())
        self.phase = phase

    def _number(self, track: Track, times: NDArray[np.float64], values: NDArray[np.float32] | None) -> None:
        """Hand rows to the wire and put on record what became of them."""
        wire, issued = self.connection.wire, self.issued[track.track]
        if values is None:
            span = {"start_ms": float(times[0]), "end_ms": float(times[-1])}
            first, kept = wire.not_measured(track.track, times.size, **span), False
        else:
            first, kept = wire.issue(track.track, times, values)
        issued.end_seq = first + times.size
        if not kept:
            issued.declare(first, issued.end_seq)
        elif self._keep_rows and values is not None:
            issued.keep(times, values)

    def _acked(self, acked: Acked) -> None:
        track = self.issued.get(acked.track)
        if track is not None:
            track.acked = max(track.acked, acked.expected)
        self.waits_ms.extend(acked.waits_ms)

    def _pushed(self, push: Push) -> None:
        match push:
            case Stage():
                self.stage = push
                self._told = (push.ms, self.clock())
            case Phase():
                self._enter(push.phase)
                self._told = (push.ms, self.clock())
                if push.phase in OVER:
                    self.stop_sampling()
            case Attempt():
                self.attempt = push.attempt
                self.radio_status.clear()
                self._told = (push.ms, self.clock())
            case Choices():
                self.offered = push.offered
            case Radio():
                self.radio_status[push.request] = push.status
            case Say():
                self.said.append(push)
                self.heard.add(push.line)
                self.connection.post("presented", event=push.event, client_ms=self.clock())
            case Grade():
                self.grade = push
            case _:
                pass
