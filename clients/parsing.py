"""The server's JSON read into the types of ``messages``; it is read here and nowhere else.

What a newer server adds is ignored: unknown fields are dropped and an unknown push becomes ``Unknown``.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from clients.errors import ProtocolError, Refusal
from clients.fields import (
    Json,
    as_object,
    integer,
    items,
    named_numbers,
    number,
    numbers,
    object_,
    optional_object,
    text,
)
from clients.messages import (
    Ack,
    ActorState,
    Attempt,
    Checkpoint,
    Checkpoints,
    Choices,
    ClockAnswer,
    Declared,
    Event,
    Grade,
    Live,
    Message,
    Ok,
    Phase,
    Radio,
    Refused,
    Say,
    Scenario,
    Stage,
    Track,
    Unknown,
    Way,
    Ways,
    Welcome,
)

__all__ = ["actor_on", "parse"]


def parse(message: str | bytes) -> Message:
    """Return what ``message`` says; ``ProtocolError`` when a known message is not as PROTOCOL.md says."""
    try:
        data = json.loads(message)
    except ValueError as error:
        raise ProtocolError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ProtocolError(f"a message is a JSON object, not {type(data).__name__}")
    kind = text(data, "type")
    reader = _READERS.get(kind)
    return Unknown(kind) if reader is None else reader(data)


def _track(data: Json) -> Track:
    return Track(
        track=integer(data, "track"),
        stream=text(data, "stream"),
        label=text(data, "label"),
        columns=tuple(map(str, items(data, "columns"))),
        rate=number(data, "rate"),
        next_seq=integer(data, "next_seq"),
    )


def _welcome(data: Json) -> Welcome:
    session = object_(data, "session")
    return Welcome(
        ref=integer(data, "ref"),
        session=text(session, "id"),
        phase=text(session, "phase"),
        attempt=integer(session, "attempt"),
        t=number(session, "t"),
        ms=integer(session, "ms"),
        tracks=tuple(_track(as_object(each, "tracks")) for each in items(data, "tracks")),
        scenario=object_(data, "scenario"),
        calibration=optional_object(data, "calibration"),
        sensors=tuple(_declared(as_object(each, "sensors")) for each in items(data, "sensors")),
    )


def _declared(data: Json) -> Declared:
    return Declared(
        name=text(data, "name"),
        unit=text(data, "unit"),
        description=text(data, "description"),
        privacy=text(data, "privacy"),
        rate=number(data, "rate"),
        agreed=None if data.get("agreed") is None else data["agreed"] is True,
    )


def _clock(data: Json) -> ClockAnswer:
    return ClockAnswer(integer(data, "ref"), number(data, "t0_ms"), number(data, "t1_ms"), number(data, "t2_ms"))


def _ok(data: Json) -> Ok:
    return Ok(integer(data, "ref"), {key: value for key, value in data.items() if key not in ("type", "ref")})


def _error(data: Json) -> Refused:
    ref = None if data.get("ref") is None else integer(data, "ref")
    known = ("type", "ref", "code", "message", "retry")
    details = {key: value for key, value in data.items() if key not in known}
    retry = data.get("retry") is True
    return Refused(ref, Refusal(text(data, "code"), text(data, "message"), retry, details))


def _ack(data: Json) -> Ack:
    tracks = object_(data, "tracks")
    try:
        return Ack({int(track): integer(tracks, track) for track in tracks})
    except ValueError as error:
        raise ProtocolError(f"ack names a track that is not a number: {error}") from error


def _phase(data: Json) -> Phase:
    return Phase(text(data, "phase"), number(data, "t"), integer(data, "ms"), str(data.get("reason") or ""))


def _stage(data: Json) -> Stage:
    return Stage(number(data, "t"), integer(data, "ms"), object_(data, "actors"))


def actor_on(stage: Stage, name: str) -> ActorState | None:
    """Return one actor, or None when it is not on the stage; ``ProtocolError`` as ``parse``."""
    if name not in stage.actors:
        return None
    data = object_(stage.actors, name)
    x, y, z = numbers(data, "p", 3)
    qx, qy, qz, qw = numbers(data, "q", 4)
    return ActorState(
        p=(x, y, z),
        q=(qx, qy, qz, qw),
        posture=text(data, "posture"),
        gesture=text(data, "gesture"),
        arousal=number(data, "arousal"),
        speed=number(data, "speed"),
    )


def _say(data: Json) -> Say:
    return Say(
        integer(data, "event"), number(data, "t"), text(data, "actor"), text(data, "line"), text(data, "text")
    )


def _choices(data: Json) -> Choices:
    return Choices(tuple(map(str, items(data, "offered"))))


def _radio(data: Json) -> Radio:
    return Radio(text(data, "request"), text(data, "status"))


def _live(data: Json) -> Live:
    return Live(
        t=number(data, "t"),
        ms=integer(data, "ms"),
        pose=None if data.get("pose") is None else numbers(data, "pose", 7),
        voice=optional_object(data, "voice"),
        distance=named_numbers(data, "distance"),
        states=named_numbers(data, "states"),
        why=object_(data, "why"),
        nodes=object_(data, "nodes"),
        recording=object_(data, "recording"),
    )


def _event(data: Json) -> Event:
    ms = None if data.get("ms") is None else integer(data, "ms")
    return Event(
        seq=integer(data, "seq"),
        t=number(data, "t"),
        ms=ms,
        actor=text(data, "actor"),
        kind=text(data, "kind"),
        data=object_(data, "data"),
    )


def _attempt(data: Json) -> Attempt:
    return Attempt(
        integer(data, "attempt"), integer(data, "checkpoint"), number(data, "t"), integer(data, "ms")
    )


def _scenario(data: Json) -> Scenario:
    return Scenario(object_(data, "scenario"))


def _checkpoints(data: Json) -> Checkpoints:
    found = (as_object(each, "checkpoints") for each in items(data, "checkpoints"))
    return Checkpoints(tuple(
        Checkpoint(
            checkpoint=integer(one, "checkpoint"),
            attempt=integer(one, "attempt"),
            t=number(one, "t"),
            ms=integer(one, "ms"),
            why=text(one, "why"),
            node=text(one, "node"),
            label=text(one, "label"),
        )
        for one in found
    ))  # fmt: skip


def _ways(data: Json) -> Ways:
    regions = object_(data, "regions")
    return Ways({name: tuple(_way(as_object(each, name)) for each in items(regions, name)) for name in regions})


def _way(data: Json) -> Way:
    targets = [as_object(each, "to") for each in items(data, "to")]
    return Way(
        rule=text(data, "rule"),
        to={text(target, "node"): number(target, "weight") for target in targets},
        label=text(data, "label"),
        when=text(data, "when"),
        held=data.get("held") is True,
        holds=None if data.get("holds") is None else data["holds"] is True,
        due_ms=None if data.get("due_ms") is None else integer(data, "due_ms"),
    )


def _grade(data: Json) -> Grade:
    reason = data.get("reason")
    return Grade(text(data, "status"), None if reason is None else str(reason))


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
    "attempt": _attempt,
    "scenario": _scenario,
    "checkpoints": _checkpoints,
    "ways": _ways,
    "grade": _grade,
}
