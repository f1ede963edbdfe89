"""A stored session's last attempt as arrays for the stage: everything on one raster of 10 rows per second."""

import json
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from scenario_assets.language import Scenario, public
from scenario_assets.runtime import drawn_variants
from session_server.store.archive import available
from session_server.store.played import Sources, as_played
from telemetry import trace
from telemetry.attempts import Attempt
from telemetry.trace import Samples, Trace

HZ: Final = 10
#: Arousal is told in twentieths: less is not seen in a figure's bearing.
VISIBLE_STEP: Final = 0.05
#: A row is shown as observed while its newest sample is no older than this; longer gaps are shown as gaps.
HOLD_S: Final = 0.5
#: How the actors' bearing is told in events; everything else about them is in the streams.
_POSE: Final = ("px", "py", "pz", "qx", "qy", "qz", "qw")

Rows = list[list[float] | None]


def playback(conninfo: str, session: UUID, sources: Sources) -> bytes:
    """Return what ``GET /api/sessions/{id}/replay`` answers, as JSON; ``UnavailableError`` without the database."""
    with available():
        recorded = trace.read(conninfo, session)
    return json.dumps(of_trace(recorded, as_played(recorded, sources)), separators=(",", ":")).encode()


def of_trace(recorded: Trace, scenario: Scenario) -> dict[str, object]:
    """Return the playback of a trace's last attempt; times in seconds since the session opened."""
    attempt = Attempt.of(recorded)
    start, end = _span(attempt)
    t = np.arange(int((end - start) * HZ) + 1) / HZ + start
    actors = [track.label for track in recorded.tracks if track.stream.name == "actor_pose"]
    calibrated = recorded.events_of("calibrated")
    baseline = calibrated[-1].data["baseline_lufs"] if calibrated and calibrated[-1].data["accepted"] else None
    voice = _scalar(recorded.stream("voice"), "loudness", t)
    return {
        "session": str(recorded.session.id),
        "scenario": public(
            scenario, role="instructor", media_base=f"/media/{scenario.id}",
            variants=drawn_variants(scenario, recorded.session.seed),
        ),
        "hz": HZ,
        "from_t": start,
        "t": np.round(t, 3).tolist(),
        "trainee": _poses(recorded.stream("head_pose"), t),
        "actors": {name: _poses(recorded.stream("actor_pose", name), t) for name in actors},
        "poses": {name: _bearing(recorded, attempt, scenario, name, start) for name in actors},
        "distance": {
            name: _scalar(recorded.stream("proximity", name, optional=True), "distance", t) for name in actors
        },
        "voice": _relative(voice, baseline),
        "states": {
            track.label: _scalar(track, "value", t) for track in recorded.tracks if track.stream.name == "person_state"
        },
        "events": [
            {"seq": e.seq, "t": e.t, "ms": e.ms, "actor": e.actor, "kind": e.type, "data": e.data}
            for e in attempt.events if e.type != "signals"
        ],
    }  # fmt: skip


def _relative(voice: list[float | None], baseline: object) -> list[float | None]:
    """Return loudness as LU above the calibrated normal voice; nothing without one."""
    if not isinstance(baseline, float):
        return [None] * len(voice)
    return [None if value is None else round(value - baseline, 2) for value in voice]


def _span(attempt: Attempt) -> tuple[float, float]:
    """From when the attempt first ran, or from the session's opening where it never did, to its end."""
    phases = attempt.events_of("phase")
    begun = [event.t for event in phases if event.data["phase"] == "running"]
    ended = [event.t for event in phases if event.data["phase"] == "debrief"]
    last = attempt.events[-1].t if attempt.events else 0.0
    return (begun[0] if begun else 0.0), (ended[-1] if ended else last)


def _at(samples: Samples, t: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return the index of the newest row at each ``t``, and where there is one within ``HOLD_S``.

    The server's first rows come one tick after the start; they stand for the start too, or it would show nobody.
    """
    held = np.clip(np.searchsorted(samples.t, t, side="right") - 1, 0, None)
    if not len(samples.t):
        return held, np.zeros(len(t), bool)
    age = t - samples.t[held]
    return held, (age <= HOLD_S) & (age > -1 / HZ)


def _poses(samples: Samples, t: npt.NDArray[np.float64]) -> Rows:
    if not len(samples.t):
        return [None] * len(t)
    index, seen = _at(samples, t)
    rows = np.round(np.stack([samples[name] for name in _POSE], axis=1)[index].astype(float), 4).tolist()
    return [row if there else None for row, there in zip(rows, seen, strict=True)]


def _scalar(samples: Samples, column: str, t: npt.NDArray[np.float64]) -> list[float | None]:
    if not len(samples.t):
        return [None] * len(t)
    index, seen = _at(samples, t)
    values = np.round(samples[column][index].astype(float), 3).tolist()
    return [value if there else None for value, there in zip(values, seen, strict=True)]


def _bearing(
    recorded: Trace, attempt: Attempt, scenario: Scenario, actor: str, start: float
) -> list[dict[str, object]]:
    """Return when the actor's posture, gesture or visible arousal (0 to 1) changed, with all three at that time."""
    moves = [(e.t, e.data) for e in attempt.events_of("moved") if e.data["actor"] == actor]
    person = scenario.actors[actor]
    turns = {t for t, _ in moves} | set(_arousal_changes(recorded, scenario, actor))
    changes = sorted({start} | {t for t in turns if t > start})
    bearing: list[dict[str, object]] = []
    posture: object = person.posture
    gesture: object = person.gesture
    for t in changes:
        while moves and moves[0][0] <= t:
            posture, gesture = moves[0][1]["posture"], moves[0][1]["gesture"]
            moves.pop(0)
        arousal = _arousal(recorded, scenario, actor, t)
        bearing.append({"t": t, "posture": posture, "gesture": gesture, "arousal": arousal})
    return bearing


def _arousal_changes(recorded: Trace, scenario: Scenario, actor: str) -> list[float]:
    """Return when visible arousal moved by a step that can be seen."""
    state = scenario.actors[actor].arousal
    if not isinstance(state, str):
        return []
    samples = recorded.stream("person_state", state, optional=True)
    low, high = scenario.dynamics[state].range
    steps = np.floor((samples["value"] - low) / (high - low) / VISIBLE_STEP)
    return [float(t) for t in samples.t[np.flatnonzero(np.diff(steps, prepend=np.nan))]]


def _arousal(recorded: Trace, scenario: Scenario, actor: str, t: float) -> float:
    state = scenario.actors[actor].arousal
    if not isinstance(state, str):
        return float(state)
    samples = recorded.stream("person_state", state, optional=True)
    if not len(samples.t):
        return 0.0
    low, high = scenario.dynamics[state].range
    index = int(np.clip(np.searchsorted(samples.t, t, side="right") - 1, 0, None))
    return round(float((samples["value"][index] - low) / (high - low)), 3)
