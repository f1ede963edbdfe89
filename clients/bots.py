"""A scripted trainee on the real wire: sees the others on the ``stage``, walks, speaks, chooses, calls.

A bot does what its policy says and nothing else, so what it did is known exactly: ``Body.walk`` says where
it stood at any moment and ``Bot.spoken`` what it said how loudly.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.cover import Box, behind, way_round
from clients.errors import UsageError
from clients.headset import headset_rows
from clients.instructor import Instructor
from clients.issued import IssuedTrack, TrackRange
from clients.messages import Welcome
from clients.motion import Body, Knot, Place
from clients.parsing import actor_on
from clients.policy import (
    Act,
    Approach,
    Choose,
    Deed,
    Policy,
    Radio,
    Script,
    Speak,
    TakeCover,
    read_policy,
)
from clients.scene import read_scene
from clients.station import OVER, Station
from clients.voice import Voice

__all__ = ["Bot", "Played", "Utterance", "play"]

_LOG = logging.getLogger("talkdown.clients")

#: Calibration: the quiet room, a breath, then the normal voice (s). Over twice what the station page asks
#: for at least, so that the edges of the spans, which other samples blur, never decide.
ROOM_S: Final = 3.0
BREATH_S: Final = 0.5
VOICE_S: Final = 10.0
#: Left out at both ends of a span: momentary loudness looks back 400 ms.
EDGE_MS: Final = 400.0

#: Somebody who has arrived does not follow every sway of the other: 0.1 m, as in the engine's own
#: simulations.
CLOSE_ENOUGH_M: Final = 0.1
ARRIVED_M: Final = 0.001

#: Where somebody looks who looks straight ahead.
FAR_M: Final = 100.0

#: How long to wait for the last acknowledgements of a played session.
DRAIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Spoken from ``from_ms`` up to ``until_ms`` on the station's clock, in LU above the normal voice."""

    from_ms: float
    until_ms: float
    level_lu: float


class Bot:
    """One scripted trainee; its ``station`` is on the wire, ``on_said`` hears what it says, by kind."""

    def __init__(self, policy: Policy, *, on_said: Callable[[str], None] | None = None) -> None:
        self.deeds: list[tuple[float, Deed]] = []
        self.spoken: list[Utterance] = []
        self.voice = Voice()
        self._station: Station | None = None
        self._body: Body | None = None
        self._policy = policy
        self._script = Script(policy)
        self._on_said = on_said
        self._cover: Mapping[str, Box] = {}
        self._going: Approach | TakeCover | None = None
        self._standing = False
        self._ahead: Place = (0.0, 0.0)

    def join(self, url: str, code: str, *, microphone: bool = True, keep_rows: bool = True) -> Station:
        """Return the station of this bot, to be entered as a context."""
        self._station = Station(url, code, self._perform, microphone=microphone, keep_rows=keep_rows)
        return self._station

    @property
    def station(self) -> Station:
        """The station that this bot is at."""
        if self._station is None:
            raise UsageError("a bot acts at a station: call join first")
        return self._station

    @property
    def body(self) -> Body:
        """Where the bot is and was; known once the station has joined."""
        if self._body is None:
            raise UsageError("a bot has a place when its station has joined")
        return self._body

    def advance(self, now_ms: float) -> None:
        """Do what is due, then move on until ``now_ms``."""
        station, body = self.station, self.body
        if station.phase == "running":
            ms = station.scenario_ms(now_ms)
            # Cut off, it goes on walking and talking, but what it would ask for waits for the line.
            for deed in self._script.due(ms, station.offered, station.heard) if station.connection.wire.joined else ():
                self.deeds.append((ms, deed))
                self._do(deed, station)
            self.voice.level = self._script.level(ms)
        elif station.phase == "frozen":
            self.voice.level = None
        self._note_voice(body.walk[-1].ms, now_ms)
        body.step(now_ms, towards=self._goal(body.place), looking_at=self._looking_at(), pace=self._pace)

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return what the sensors see; see ``Performer``."""
        match stream:
            case "head_pose":
                return self.body.rows(client_ms)
            case "voice":
                return self.voice.rows(client_ms.size)
            case _:
                return headset_rows(client_ms.size)

    async def calibrate(self) -> Mapping[str, object]:
        """Be silent, then speak normally, then ask the server to measure; returns its ``calibration``."""
        room = await self._span(None, ROOM_S)
        await asyncio.sleep(BREATH_S)
        voice = await self._span(0.0, VOICE_S)
        self.voice.level = None
        return await self.station.calibrate(room, voice)

    async def _span(self, level: float | None, seconds: float) -> tuple[float, float]:
        """Hold a level; return the part of it that is certainly that and nothing else (ms)."""
        self.voice.level = level
        begin_ms = self.station.clock()
        await asyncio.sleep(seconds)
        return begin_ms + EDGE_MS, self.station.clock() - EDGE_MS

    @property
    def _pace(self) -> float:
        return self._going.speed if self._going is not None else 1.0

    def _perform(self, welcome: Welcome, now_ms: float) -> "Bot":
        scene = read_scene(welcome.scenario)
        self._cover = {box.id: box for box in scene.cover}
        for step in self._policy.steps:
            if isinstance(step.deed, TakeCover) and step.deed.box not in self._cover:
                known = ", ".join(self._cover) or "none"
                raise UsageError(f"the policy goes behind {step.deed.box!r}; the scene's cover: {known}")
        self._body = Body(now_ms, scene.start, scene.yaw, bounds=scene.bounds)
        x, z = scene.start
        self._ahead = (x - FAR_M * math.sin(scene.yaw), z - FAR_M * math.cos(scene.yaw))
        return self

    def _do(self, deed: Deed, station: Station) -> None:
        match deed:
            case Approach() | TakeCover():
                self._going, self._standing = deed, False
            case Speak(said=said) if said is not None and self._on_said is not None:
                self._on_said(said)
            case Choose(choices):
                station.connection.post("choose", choice=choices[0])
            case Radio(request):
                station.connection.post("radio", request=request)
            case Act(act):
                station.connection.post("act", act=act)
            case _:
                pass

    def _place_of(self, actor: str) -> Place | None:
        stage = self.station.stage
        state = actor_on(stage, actor) if stage is not None else None
        return None if state is None else (state.p[0], state.p[2])

    def _goal(self, at: Place) -> Place:
        """Where to walk to now; where we are, while whom we go by is away, or once the place is reached."""
        going = self._going
        other = self._place_of(going.actor) if going is not None else None
        if going is None or other is None:
            return at
        if isinstance(going, Approach):
            goal = self.body.within(_at_distance(going, at, other))
            return at if self._stands(goal, at) else goal
        box = self._cover[going.box]
        goal = self.body.within(behind(box, other))
        return at if self._stands(goal, at) else way_round(at, goal, box, self.body.bounds)

    def _stands(self, goal: Place, at: Place) -> bool:
        """Whether the place is reached; who has reached it does not follow its every sway."""
        self._standing = math.dist(goal, at) < (CLOSE_ENOUGH_M if self._standing else ARRIVED_M)
        return self._standing

    def _looking_at(self) -> Place:
        return self._place_of(self._policy.person) or self._ahead

    def _note_voice(self, from_ms: float, until_ms: float) -> None:
        level = self.voice.level
        if level is None:
            return
        last = self.spoken[-1] if self.spoken else None
        if last is not None and last.until_ms == from_ms and last.level_lu == level:
            self.spoken[-1] = Utterance(last.from_ms, until_ms, level)
        else:
            self.spoken.append(Utterance(from_ms, until_ms, level))


def _at_distance(approach: Approach, at: Place, other: Place) -> Place:
    """Return the place on the line between us and the other one that is at the wanted distance."""
    dx, dz = at[0] - other[0], at[1] - other[1]
    distance = math.hypot(dx, dz)
    if distance == 0:
        return at
    share = approach.to_m / distance
    return other[0] + dx * share, other[1] + dz * share


@dataclass(frozen=True, slots=True)
class Played:
    """What a bot did, to be compared with the record; ``issued`` names its rows, ``tracks`` holds them."""

    issued: tuple[TrackRange, ...]
    rows_sent: int
    rows_acked: int
    calibration: Mapping[str, object]
    walk: tuple[Knot, ...] = field(repr=False)
    spoken: tuple[Utterance, ...] = field(repr=False)
    deeds: tuple[tuple[float, Deed], ...] = field(repr=False)
    tracks: tuple[IssuedTrack, ...] = field(repr=False)


async def play(
    url: str, *, code: str, key: str, session: str, policy: Mapping[str, object], seconds: float
) -> Played:
    """Play ``policy`` in ``session`` for ``seconds``, or until it ends by itself; then the session is graded.

    An instructor's connection marks what the bot says and ends the session, for a trainee's own stop is never
    graded. Raises ``ClientError`` when the server is lost for good.
    """
    async with Instructor(url, key, session) as instructor:
        bot = Bot(read_policy(policy), on_said=lambda kind: instructor.connection.post("mark", kind=kind))
        async with bot.join(url, code) as station:
            await station.consent()
            calibration = await bot.calibrate()
            await station.begin()
            await _play_on(station, seconds)
            if not await station.drain(DRAIN_S):
                _LOG.warning("rows of session %s unacknowledged after %.0f s", session, DRAIN_S)
            if instructor.phase not in OVER:
                await instructor.end()
        return _played(bot, station, session, calibration)


async def _play_on(station: Station, seconds: float) -> None:
    try:
        await asyncio.wait_for(station.until(lambda: station.phase in OVER), seconds)
    except TimeoutError:
        _LOG.info("the time is up after %.0f s", seconds)


def _played(bot: Bot, station: Station, session: str, calibration: Mapping[str, object]) -> Played:
    return Played(
        issued=station.ranges(session),
        rows_sent=station.rows_sent,
        rows_acked=station.rows_acked,
        calibration=calibration,
        walk=tuple(bot.body.walk),
        spoken=tuple(bot.spoken),
        deeds=tuple(bot.deeds),
        tracks=tuple(station.issued.values()),
    )
