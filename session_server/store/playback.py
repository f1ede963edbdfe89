"""A stored session as arrays for the stage: everything on one raster of 10 rows per second."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from scenario_assets.language import Scenario, load, public
from telemetry import trace
from telemetry.trace import Samples, Trace

HZ: Final = 10
#: A row is shown as observed while its newest sample is no older than this; longer gaps are shown as gaps.
HOLD_S: Final = 0.5
#: How the actors' bearing is told in events; everything else about them is in the streams.
_POSE: Final = ("px", "py", "pz", "qx", "qy", "qz", "qw")

Rows = list[list[float] | None]


def playback(conninfo: str, session: UUID, scenario: Path) -> dict[str, object]:
    """Return what ``GET /api/sessions/{id}/replay`` answers."""
    return of_trace(trace.read(conninfo, session), load(scenario))


def of_trace(recorded: Trace, scenario: Scenario) -> dict[str, object]:
    """Return the playback of a trace; times in seconds since the session opened."""
    start, end = _span(recorded)
    t = np.arange(int((end - start) * HZ) + 1) / HZ + start
    actors = [track.label for track in recorded.tracks if track.stream == "actor_pose"]
    calibrated = recorded.events_of("calibrated")
    baseline = calibrated[-1].data["baseline_lufs"] if calibrated and calibrated[-1].data["accepted"] else None
    voice = _scalar(recorded.stream("voice"), "loudness", t)
    return {
        "session": str(recorded.session.id),
        "scenario": public(scenario, role="instructor", media_base=f"/media/{scenario.id}"),
        "hz": HZ,
        "from_t": start,
        "t": np.round(t, 3).tolist(),
        "trainee": _poses(recorded.stream("head_pose"), t),
        "actors": {name: _poses(recorded.stream("actor_pose", name), t) for name in actors},
        "poses": {name: _bearing(recorded, name) for name in actors},
        "distance": {name: _scalar(recorded.stream("proximity", name), "distance", t) for name in actors},
        "voice": [None if baseline is None or value is None else round(value - float(str(baseline)), 2) for value in voice],
        "states": {
            track.label: _scalar(track, "value", t) for track in recorded.tracks if track.stream == "person_state"
        },
        "events": [
            {"seq": e.seq, "t": e.t, "ms": e.ms, "actor": e.actor, "kind": e.type, "data": e.data}
            for e in recorded.events if e.type != "signals"
        ],
    }  # fmt: skip


def _span(recorded: Trace) -> tuple[float, float]:
    """From the start of the scenario, or of the session where it never began, to the end of both."""
    phases = recorded.events_of("phase")
    begun = [event.t for event in phases if event.data["phase"] == "running"]
    ended = [event.t for event in phases if event.data["phase"] == "debrief"]
    last = recorded.events[-1].t if recorded.events else 0.0
    return (begun[0] if begun else 0.0), (ended[-1] if ended else last)


def _at(samples: Samples, t: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return the index of the newest row at each ``t``, and where there is one within ``HOLD_S``."""
    index = np.searchsorted(samples.t, t, side="right") - 1
    held = np.clip(index, 0, None)
    seen = (index >= 0) & (t - samples.t[held] <= HOLD_S) if len(samples.t) else np.zeros(len(t), bool)
    return held, seen


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


def _bearing(recorded: Trace, actor: str) -> list[Mapping[str, object]]:
    """Return when the actor's posture, gesture or arousal changed."""
    return [{"t": e.t, **e.data} for e in recorded.events_of("moved") if e.data.get("actor") == actor]
