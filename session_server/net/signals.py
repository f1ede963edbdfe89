"""The live signals that guards read, and the server's own streams, from the newest samples.

Guards see samples on arrival: zero-order hold until a signal's ``stale_after``, then unknown.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scenario_assets.language import Scenario
from scenario_assets.runtime import Gaze, quantise
from session_server.core.messages import HeadsetState, VoiceState
from telemetry import derive
from telemetry.streams import STREAMS

Value = float | bool | None

#: A pose older than this says nothing about where the trainee is: ten frames have not come.
POSE_STALE_S: Final = 1.0
LOUDNESS, SPEAKING = (STREAMS["voice"].names.index(name) for name in ("loudness", "speaking"))
WORN, VISIBLE = (STREAMS["headset_state"].names.index(name) for name in ("worn", "visible"))


class Proximity(NamedTuple):
    """Where the trainee stands towards one actor: m, m/s (own movement only, positive closing), share hidden."""

    distance: float
    closing_speed: float
    cover: float


#: Which of them is which quantity of a scenario's signal.
_COLUMNS: Final = {"distance_to": 0, "closing_speed_to": 1, "cover_from": 2}


class Signals:
    """The newest samples of the trainee's station, read once per tick."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._boxes = _boxes(scenario)
        self._wanted = _wanted(scenario)
        self._withins = {wanted.within for wanted in self._wanted}
        self._motion = derive.OwnMotion()
        self._pose: tuple[float, ...] | None = None
        self._pose_at = -math.inf
        self._voice: tuple[float, bool] | None = None
        self._voice_at = -math.inf
        #: What the station last said, however long ago: a headset that was taken off says nothing more.
        self.headset: HeadsetState | None = None
        #: What the newest signals were read from, those signals, and until when they hold.
        self._read_from: tuple[object, ...] | None = None
        self._read: Mapping[str, Value] = {}
        self._until = -math.inf
        #: For each actor: the pose and their eyes of the newest proximity, and that itself.
        self._near: dict[str, tuple[object, Gaze, Proximity]] = {}
        #: The same of all actors together.
        self._all_near: tuple[object, object, Mapping[str, Proximity]] = None, None, {}

    def use(self, scenario: Scenario) -> None:
        """Read the signals of another version of the scenario from now on; the newest samples stay."""
        self._scenario = scenario
        self._boxes = _boxes(scenario)
        self._wanted = _wanted(scenario)
        self._withins = {wanted.within for wanted in self._wanted}
        self._near.clear()
        self._all_near = None, None, {}
        self._read_from = None

    def take(self, stream: str, values: npt.NDArray[np.float32], now: float) -> None:
        """Take newly arrived rows, shape (rows, columns)."""
        if stream == "head_pose":
            self._pose, self._pose_at = tuple(values[-1].tolist()), now
            self._motion.update(now, self._pose[0], self._pose[2])
        elif stream == "voice":
            # A few numbers only: numpy's own any() takes five times as long.
            self._voice, self._voice_at = (float(values[-1, LOUDNESS]), any(values[:, SPEAKING].tolist())), now
        elif stream == "headset_state":
            self.headset = HeadsetState(float(values[-1, WORN]), float(values[-1, VISIBLE]))

    def pose(self, now: float, *, within: float) -> tuple[float, ...] | None:
        """Return the newest head pose, unless it is older than ``within`` seconds."""
        return self._pose if now - self._pose_at <= within else None

    def voice(self, now: float, *, within: float, baseline: float | None) -> VoiceState | None:
        """Return the newest voice level, unless it is older than ``within`` seconds."""
        if self._voice is None or now - self._voice_at > within:
            return None
        loudness, speaking = self._voice
        return VoiceState(loudness, None if baseline is None else loudness - baseline, speaking)

    def proximity(self, actors: Mapping[str, Gaze], now: float) -> Mapping[str, Proximity]:
        """Return where the trainee stands towards each actor; empty without a fresh pose."""
        pose = self.pose(now, within=POSE_STALE_S)
        if pose is None:
            return {}
        known = self._all_near
        if known[0] is not pose or known[1] is not actors:
            near = {name: self._proximity(name, eyes, pose) for name, eyes in actors.items()}
            known = self._all_near = pose, actors, near
        return known[2]

    def _proximity(self, name: str, eyes: Gaze, pose: tuple[float, ...]) -> Proximity:
        """Work it out anew only if somebody has moved: every second tick sees no new pose, and most actors stand."""
        known = self._near.get(name)
        if known is not None and known[0] is pose and known[1][:3] == eyes[:3]:
            return known[2]
        x, y, z, _ = eyes
        near = Proximity(
            derive.distance(pose[0], pose[2], x, z), _known(self._motion.towards(x, z)),
            float(derive.cover(pose[:3], (x, y, z), self._boxes)),
        )  # fmt: skip
        self._near[name] = pose, eyes, near
        return near

    def after_tick(self, near: Mapping[str, Proximity], actors: Mapping[str, Gaze]) -> Mapping[str, Proximity]:
        """Return ``near`` with the distances to where the tick has moved the actors.

        Guards saw them a tick earlier; the record's rows of one time must hold one moment.
        """
        if self._pose is None:
            return {}
        if actors is self._all_near[1]:
            return near
        x, z = self._pose[0], self._pose[2]
        after = {}
        for name, one in near.items():
            eyes = actors.get(name)
            if eyes is not None:
                distance = derive.distance(x, z, eyes.x, eyes.z)
                after[name] = one if distance == one.distance else one._replace(distance=distance)
        return after

    def read(self, near: Mapping[str, Proximity], baseline: float | None, now: float) -> Mapping[str, Value]:
        """Return every signal the scenario declares, quantised; unknown ones are ``None``.

        Every second tick sees what the one before it saw, unless something has become stale meanwhile.
        """
        inputs = (self._pose_at, self._voice_at, baseline, near)
        if inputs != self._read_from or now >= self._until:
            self._read_from = inputs
            self._read = {
                wanted.name: quantise(self._scenario, wanted.name, self._value(wanted, near, baseline, now))
                for wanted in self._wanted
            }
            self._until = self._next_stale(now)
        return self._read

    def _value(self, wanted: "_Wanted", near: Mapping[str, Proximity], baseline: float | None, now: float) -> Value:
        if wanted.column is not None:
            one = near.get(wanted.actor)
            return None if one is None or now - self._pose_at > wanted.within else one[wanted.column]
        voice = self.voice(now, within=wanted.within, baseline=baseline)
        if voice is None:
            return None
        return voice.speaking if wanted.quantity == "speaking" else voice.relative

    def _next_stale(self, now: float) -> float:
        """When the next signal becomes stale if nothing comes."""
        until = math.inf
        for within in self._withins:
            for end in (self._pose_at + within, self._voice_at + within):
                if now <= end < until:
                    until = end
        return until


class _Wanted(NamedTuple):
    """What a signal reads: the quantity, or the column of its ``Proximity`` to an actor; seconds until it is stale."""

    name: str
    quantity: str
    actor: str
    column: int | None
    within: float


def _boxes(scenario: Scenario) -> derive.Boxes:
    return derive.Boxes.of((box.center, box.size) for box in scenario.scene.cover)


def _wanted(scenario: Scenario) -> list[_Wanted]:
    wanted = []
    for name, signal in scenario.signals.items():
        quantity, _, actor = signal.source.removeprefix("trainee.").partition(".")
        wanted.append(_Wanted(name, quantity, actor, _COLUMNS.get(quantity), signal.stale_after / 1000))
    return wanted


def _known(speed: float) -> float:
    """On the very spot of somebody there is no direction towards them, and no closing in."""
    return 0.0 if math.isnan(speed) else speed
