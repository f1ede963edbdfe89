"""Recorded sessions made by hand, for the tests of scoring: what was done is said, the trace follows from it.

Daniel stands at the origin of the scene and the trainee on the z axis, so that `distance` is the trainee's z.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import numpy as np
import numpy.typing as npt

from scenario_assets.language import Scenario, load
from scoring import Profile, Report, score
from scoring.catalogue import COMPONENTS
from scoring.measurement import Measurement
from scoring.observed import observe
from telemetry.streams import STREAMS
from telemetry.trace import Event, Samples, SessionInfo, Trace

Floats = npt.NDArray[np.float64]
Path1 = Callable[[Floats], Floats]

BASELINE, NOISE = -30.0, -65.0
"""The normal voice and the room of every trainee here, LUFS."""


@cache
def shelter() -> Scenario:
    """Daniel is calm at first; `upset` needs 2.0 m; help is indicated by the event `needs_help`."""
    return load(Path(__file__).parent / "shelter.yaml")


def still(metres: float) -> Path1:
    """Stand at this distance."""
    return lambda t: np.full(len(t), metres)


def steps(*places: tuple[float, float]) -> Path1:
    """Walk straight from place to place: (seconds, metres), held before the first and after the last."""
    return lambda t: np.interp(t, [at for at, _ in places], [metres for _, metres in places])


@dataclass(frozen=True, kw_only=True)
class Play:
    """What happened, in seconds since the scenario began; see `trace`.

    `speech` holds (from, to, LU above the normal voice); `branches` (at, target, rule); `radio`
    (at, request); `said` (at, source); `frozen` (from, to). `ended` is the reason of the last phase, None if
    there was none. `lost` holds what was not measured, (from, to) by stream.
    """

    seconds: float = 120.0
    start: float = 16.0
    pose_hz: float = 72.0
    distance: Path1 = field(default_factory=lambda: still(3.0))
    person_z: Path1 = field(default_factory=lambda: still(0.0))
    agitation: Path1 = field(default_factory=lambda: still(40.0))
    speech: Sequence[tuple[float, float, float]] = ((4.0, 20.0, 0.0), (30.0, 40.0, -1.0))
    gain: float = 0.0
    microphone: bool = True
    gain_control: bool | None = False
    calibrated: bool | None = True
    clipped: float = 0.0
    noise: float = NOISE
    branches: Sequence[tuple[float, str, str]] = ()
    indicated: float | None = 12.0
    radio: Sequence[tuple[float, str]] = ((20.0, "co_responder"),)
    said: Sequence[tuple[float, str]] = ()
    injects: Sequence[float] = ()
    frozen: Sequence[tuple[float, float]] = ()
    ended: str | None = "outcome"
    lost: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)

    def but(self, **changes: object) -> Play:
        """Return the same play with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the caller names fields of this class


def trace(play: Play) -> Trace:
    """Return what would have been recorded."""
    info = SessionInfo(
        id=UUID(int=7), opened_at=datetime(2024, 6, 11, tzinfo=UTC), scenario="shelter",
        scenario_sha256=shelter().sha256, profile="formative", profile_sha256="", software="test", seed=1,
        pseudonym="P1", attempt=1,
    )  # fmt: skip
    tracks = [_head(play), _person(play), _agitation(play)] + ([_voice(play)] if play.microphone else [])
    return Trace(info, _events(play), tuple(_without(play, track) for track in tracks))


def shifted(recorded: Trace, seconds: float) -> Trace:
    """Return the same session at another time."""
    return replace(
        recorded,
        events=tuple(replace(event, t=event.t + seconds) for event in recorded.events),
        tracks=tuple(replace(track, t=track.t + seconds).marked() for track in recorded.tracks),
    )


def chunked(recorded: Trace, parts: int) -> Trace:
    """Return the same session with each track cut into several, as several runs of a client leave it."""
    cut = []
    for track in recorded.tracks:
        for number, rows in enumerate(np.array_split(np.arange(len(track)), parts)):
            cut.append(_taken(replace(track, track=100 * track.track + number), rows))
    return replace(recorded, tracks=tuple(reversed(cut)))


def _taken(track: Samples, rows: npt.NDArray[np.intp]) -> Samples:
    columns = {name: column[rows] for name, column in track.columns.items()}
    return replace(track, t=track.t[rows], seq=track.seq[rows], client_ms=track.client_ms[rows], columns=columns)


def _without(play: Play, track: Samples) -> Samples:
    t = track.t - play.start
    kept = np.ones(len(t), np.bool_)
    for low, high in play.lost.get(track.stream.name, ()):
        kept &= (t < low) | (t >= high)
    rows = np.flatnonzero(kept)
    return replace(_taken(track, rows), seq=np.arange(len(rows))).marked()


def _times(play: Play, hz: float) -> Floats:
    """From 2 s before the start to 1 s after the end."""
    return np.arange(-2 * hz, (play.seconds + 1) * hz) / hz


def _track(number: int, stream: str, label: str, play: Play, t: Floats, columns: dict[str, Floats]) -> Samples:
    filled = {name: columns.get(name, np.zeros(len(t))).astype(np.float32) for name in STREAMS[stream].names}
    seq = np.arange(len(t))
    return Samples(STREAMS[stream], number, label, "trainee", t + play.start, seq, 1000 * t, filled)


def _head(play: Play) -> Samples:
    t = _times(play, play.pose_hz)
    return _track(1, "head_pose", "", play, t, {"pz": play.distance(t), "py": np.full(len(t), 1.7)})


def _person(play: Play) -> Samples:
    t = np.arange(0, play.seconds * 20 + 1) / 20
    return _track(2, "actor_pose", "daniel", play, t, {"pz": play.person_z(t)})


def _agitation(play: Play) -> Samples:
    t = np.arange(0, play.seconds * 20 + 1) / 20
    return _track(3, "person_state", "agitation", play, t, {"value": play.agitation(t)})


def _voice(play: Play) -> Samples:
    t = _times(play, 50.0)
    power, speaking = np.full(len(t), play.noise), np.zeros(len(t))
    for low, high, level in play.speech:
        spoken = (t >= low) & (t < high)
        power[spoken], speaking[spoken] = BASELINE + level, 1.0
    power = power + play.gain
    clipped = np.where(speaking > 0, play.clipped, 0.0)
    return _track(
        4, "voice", "", play, t, {"power": power, "loudness": power, "clipped": clipped, "speaking": speaking}
    )


def _events(play: Play) -> tuple[Event, ...]:
    happened: list[tuple[float, str, str, dict[str, object]]] = [
        (-10.0, "trainee", "consent", {"microphone": play.microphone, "settings": {
            "autoGainControl": play.gain_control, "noiseSuppression": False, "echoCancellation": False,
            "sampleRate": 48000,
        }}),
        (0.0, "system", "phase", {"phase": "running", "reason": "begin"}),
    ]  # fmt: skip
    if play.calibrated is not None:
        happened.append((-5.0, "system", "calibrated", {
            "accepted": play.calibrated, "baseline_lufs": BASELINE + play.gain,
            "noise_lufs": NOISE + play.gain, "snr_db": BASELINE - NOISE, "speech_s": 18.0, "clipped": 0.0,
            "reasons": [] if play.calibrated else ["too noisy"],
        }))  # fmt: skip
    for at, target, rule in play.branches:
        data: dict[str, object] = {"region": "person", "source": "calm", "target": target, "rule": rule}
        happened.append((at, "scenario", "branch", data))
    if play.indicated is not None:
        happened.append((play.indicated, "scenario", "emit", {"event": "needs_help"}))
    happened += [(at, "trainee", "radio", {"request": request}) for at, request in play.radio]
    happened += [
        (at, "trainee", "said", {"kind": "open_question", "source": source, "by": "instructor"})
        for at, source in play.said
    ]
    happened += [(at, "instructor", "inject", {"inject": "siren"}) for at in play.injects]
    for low, high in play.frozen:
        happened.append((low, "instructor", "freeze", {}))
        happened.append((low, "system", "phase", {"phase": "frozen", "reason": "freeze"}))
        happened.append((high, "system", "phase", {"phase": "running", "reason": "resume"}))
    if play.ended == "outcome":
        happened.append((play.seconds, "scenario", "outcome", {"outcome": "stalemate", "node": "person.calm"}))
    if play.ended == "end":
        happened.append((play.seconds, "instructor", "end", {}))
    if play.ended is not None:
        happened.append((play.seconds, "system", "phase", {"phase": "debrief", "reason": play.ended}))
    happened.sort(key=lambda each: each[0])
    return tuple(
        Event(seq, play.start + at, max(0, round(at * 1000)), actor, kind, data)
        for seq, (at, actor, kind, data) in enumerate(happened)
    )


RULES = {rule.id: rule for component in Profile.load().components for rule in component.rules}


def measure(name: str, play: Play, **parameters: float) -> Measurement:
    """Return one measure of a play, by the shipped profile with changed parameters."""
    rule = replace(RULES[name], parameters={**RULES[name].parameters, **parameters})
    seen = observe(trace(play), shelter())
    assert seen is not None
    return COMPONENTS[rule.component][name].function(seen, rule)


def report(play: Play) -> Report:
    """Return the report of a play by the shipped profile."""
    return score(trace(play), shelter(), Profile.load(), software="0.1.0")
