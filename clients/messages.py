"""What the server says, as frozen types; JSON is read here and nowhere else.

Fields are those of ``PROTOCOL.md``. What a newer server adds is ignored: unknown fields are dropped and an
unknown push becomes ``Unknown``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clients.errors import ProtocolError, Refusal

__all__ = [
    "Ack",
    "ActorState",
    "Choices",
    "ClockAnswer",
    "Event",
    "Grade",
    "Live",
    "Ok",
    "Phase",
    "Push",
    "Radio",
    "Refused",
    "Say",
    "Stage",
    "Track",
    "Unknown",
    "Welcome",
    "parse",
]

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Track:
    """One track of this run; ``columns`` in the order the server expects them."""

    track: int
    stream: str
    columns: tuple[str, ...]
    rate: float
    next_seq: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to ``hello``; ``scenario`` is what this role may know, ``t`` in s, ``ms`` scenario time."""

    ref: int
    session: str
    phase: str
    attempt: int
    t: float
    ms: int
    tracks: tuple[Track, ...]
    scenario: Json
    calibration: Json | None


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """Server milliseconds at which the request arrived and the answer left."""

    ref: int
    t0_ms: float
    t1_ms: float
    t2_ms: float


@dataclass(frozen=True, slots=True)
class Ok:
    """Done, and on disk. ``body`` holds what a request answers with, such as ``calibration`` or ``event``."""

    ref: int
    body: Json


@dataclass(frozen=True, slots=True)
class Refused:
    """An error; without ``ref`` it answers no request but a frame or a message that could not be read."""

    ref: int | None
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Ack:
    """Rows below these numbers are on disk, by track."""

    expected: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Phase:
    """The session entered a phase."""

    phase: str
    t: float
    ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class ActorState:
    """One actor on the stage: eyes at ``p`` (m), looking along ``q`` (x, y, z, w)."""

    p: tuple[float, float, float]
    q: tuple[float, float, float, float]
    posture: str
    gesture: str
    arousal: float
    speed: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everyone is at ``t``; newest wins, so an actor is read from the JSON only when asked for."""

    t: float
    ms: int
    actors: Json

    def actor(self, name: str) -> ActorState | None:
        """Return one actor, or None when it is not on the stage."""
        return _actor(_object(self.actors, name)) if name in self.actors else None


@dataclass(frozen=True, slots=True)
class Say:
    """An actor speaks."""

    event: int
    t: float
    actor: str
    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices offered now."""

    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radio:
    """What became of a radio request: requested, en_route, on_scene or unavailable."""

    request: str
    status: str


@dataclass(frozen=True, slots=True)
class Live:
    """What an instructor sees ten times a second; distances in m, states by name, nodes by region."""

    t: float
    ms: int
    pose: tuple[float, ...] | None
    voice: Json | None
    distance: Mapping[str, float]
    states: Mapping[str, float]
    why: Json
    nodes: Json
    recording: Json


@dataclass(frozen=True, slots=True)
class Event:
    """One journalled event, as an instructor gets it."""

    seq: int
    t: float
    ms: int | None
    actor: str
    kind: str
    data: Json


@dataclass(frozen=True, slots=True)
class Grade:
    """What became of the grade: pending, ready or failed."""

    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A push of a newer server."""

    type: str


Push = Phase | Stage | Say | Choices | Radio | Live | Event | Grade | Unknown
Message = Welcome | ClockAnswer | Ok | Refused | Ack | Push


def parse(text: str | bytes) -> Message:
    """Return the message in ``text``; ``ProtocolError`` when a known message is not as PROTOCOL.md says."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ProtocolError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ProtocolError(f"a message is a JSON object, not {type(data).__name__}")
    kind = _text(data, "type")
    reader = _READERS.get(kind)
    return Unknown(kind) if reader is None else reader(data)


def _track(data: Json) -> Track:
    return Track(
        track=_int(data, "track"),
        stream=_text(data, "stream"),
        columns=tuple(map(str, _list(data, "columns"))),
        rate=_float(data, "rate"),
        next_seq=_int(data, "next_seq"),
    )


def _welcome(data: Json) -> Welcome:
    session = _object(data, "session")
    return Welcome(
        ref=_int(data, "ref"),
        session=_text(session, "id"),
        phase=_text(session, "phase"),
        attempt=_int(session, "attempt"),
        t=_float(session, "t"),
        ms=_int(session, "ms"),
        tracks=tuple(_track(_as_object(each, "tracks")) for each in _list(data, "tracks")),
        scenario=_object(data, "scenario"),
        calibration=_optional(data, "calibration"),
    )


def _clock(data: Json) -> ClockAnswer:
    return ClockAnswer(_int(data, "ref"), _float(data, "t0_ms"), _float(data, "t1_ms"), _float(data, "t2_ms"))


def _ok(data: Json) -> Ok:
    return Ok(_int(data, "ref"), {key: value for key, value in data.items() if key not in ("type", "ref")})


def _error(data: Json) -> Refused:
    ref = None if data.get("ref") is None else _int(data, "ref")
    known = ("type", "ref", "code", "message", "retry")
    details = {key: value for key, value in data.items() if key not in known}
    retry = data.get("retry") is True
    return Refused(ref, Refusal(_text(data, "code"), _text(data, "message"), retry, details))


def _ack(data: Json) -> Ack:
    tracks = _object(data, "tracks")
    try:
        return Ack({int(track): _int(tracks, track) for track in tracks})
    except ValueError as error:
        raise ProtocolError(f"ack names a track that is not a number: {error}") from error


def _phase(data: Json) -> Phase:
    return Phase(_text(data, "phase"), _float(data, "t"), _int(data, "ms"), str(data.get("reason") or ""))


def _stage(data: Json) -> Stage:
    return Stage(_float(data, "t"), _int(data, "ms"), _object(data, "actors"))


def _actor(data: Json) -> ActorState:
    x, y, z = _floats(data, "p", 3)
    qx, qy, qz, qw = _floats(data, "q", 4)
    return ActorState(
        p=(x, y, z),
        q=(qx, qy, qz, qw),
        posture=_text(data, "posture"),
        gesture=_text(data, "gesture"),
        arousal=_float(data, "arousal"),
        speed=_float(data, "speed"),
    )


def _say(data: Json) -> Say:
    return Say(
        _int(data, "event"), _float(data, "t"), _text(data, "actor"), _text(data, "line"), _text(data, "text")
    )


def _choices(data: Json) -> Choices:
    return Choices(tuple(map(str, _list(data, "offered"))))


def _radio(data: Json) -> Radio:
    return Radio(_text(data, "request"), _text(data, "status"))


def _live(data: Json) -> Live:
    return Live(
        t=_float(data, "t"),
        ms=_int(data, "ms"),
        pose=None if data.get("pose") is None else _floats(data, "pose", 7),
        voice=_optional(data, "voice"),
        distance=_numbers(data, "distance"),
        states=_numbers(data, "states"),
        why=_object(data, "why"),
        nodes=_object(data, "nodes"),
        recording=_object(data, "recording"),
    )


def _event(data: Json) -> Event:
    ms = None if data.get("ms") is None else _int(data, "ms")
    return Event(
        seq=_int(data, "seq"),
        t=_float(data, "t"),
        ms=ms,
        actor=_text(data, "actor"),
        kind=_text(data, "kind"),
        data=_object(data, "data"),
    )


def _grade(data: Json) -> Grade:
    reason = data.get("reason")
    return Grade(_text(data, "status"), None if reason is None else str(reason))


_READERS: Final[Mapping[str, Callable[[Json], Message]]] = {
    "welcome": _welcome,
    "clock": _clock,
    "ok": _ok,
    "error": _error,
    "ack": _ack,
    "phase": _phase,
    "stage": _stage,
    "say": _say,
    "choices": _choices,
    "radio": _radio,
    "live": _live,
    "event": _event,
    "grade": _grade,
}


def _text(data: Json, key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise _fault(data, key, "a string")
    return value


def _int(data: Json, key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _fault(data, key, "an integer")
    return value


def _float(data: Json, key: str) -> float:
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _fault(data, key, "a number")
    return float(value)


def _list(data: Json, key: str) -> Sequence[object]:
    value = data.get(key)
    if not isinstance(value, list):
        raise _fault(data, key, "a list")
    return value


def _floats(data: Json, key: str, count: int) -> tuple[float, ...]:
    values = _list(data, key)
    if len(values) != count or not all(isinstance(value, int | float) for value in values):
        raise _fault(data, key, f"{count} numbers")
    return tuple(float(value) for value in values if isinstance(value, int | float))


def _object(data: Json, key: str) -> Json:
    return _as_object(data.get(key), key, data)


def _as_object(value: object, key: str, data: Json | None = None) -> Json:
    if not isinstance(value, dict):
        raise _fault(data or {}, key, "an object")
    return value


def _optional(data: Json, key: str) -> Json | None:
    return None if data.get(key) is None else _object(data, key)


def _numbers(data: Json, key: str) -> Mapping[str, float]:
    inner = _object(data, key)
    return {name: _float(inner, name) for name in inner if inner[name] is not None}


def _fault(data: Json, key: str, expected: str) -> ProtocolError:
    found = repr(data.get(key))[:80]
    return ProtocolError(f"{data.get('type', 'message')}.{key} must be {expected}, not {found}")
