"""How good a session's data are: what came of each track, what is missing, how well its clock was known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite

import numpy as np

from telemetry.trace import Samples, Trace

__all__ = ["Gap", "TrackQuality", "of"]

# Rows further apart than this many nominal periods have a gap between them: one late frame (100 ms) is none.
GAP_PERIODS = 5.0
# And never less than this: a page in the background, a dropped frame, a browser's pause are not losses.
GAP_MIN_S = 0.25


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without rows; `missing` rows were numbered but are not there."""

    t_start: float
    t_end: float
    missing: int


@dataclass(frozen=True, slots=True)
class TrackQuality:
    """One track: what was promised and what came. Seconds and Hz; None is not observed."""

    stream: str
    track: int
    label: str
    station: str
    rows: int
    missing: int
    """Rows that were numbered and are not there."""
    implausible: int
    """Rows flagged for a value or a time out of bounds."""
    rate: float
    """Nominal rate of the stream."""
    achieved_rate: float | None
    t_start: float | None
    t_end: float | None
    gaps: tuple[Gap, ...]
    clock_bound_s: float | None
    clipped: float | None
    """Of a voice: share of the samples at full scale."""

    def to_json(self) -> dict[str, object]:
        """As reports carry it."""
        return asdict(self)


def of(trace: Trace) -> tuple[TrackQuality, ...]:
    """The quality of every track of a session, in the order of their numbers."""
    return tuple(_of_track(track) for track in trace.tracks)


def _of_track(track: Samples) -> TrackQuality:
    rows = len(track)
    numbered = int(track.seq[-1]) + 1 if rows else 0
    seconds = float(track.t[-1] - track.t[0]) if rows else 0.0
    clipped = float(track["clipped"].mean()) if rows and "clipped" in track.columns else None
    return TrackQuality(
        stream=track.stream.name,
        track=track.track,
        label=track.label,
        station=track.station,
        rows=rows,
        missing=numbered - rows,
        implausible=0 if track.flags is None else int(np.count_nonzero(track.flags)),
        rate=track.stream.rate,
        achieved_rate=(rows - 1) / seconds if seconds > 0 else None,
        t_start=float(track.t[0]) if rows else None,
        t_end=float(track.t[-1]) if rows else None,
        gaps=_gaps(track),
        clock_bound_s=track.bound_s if isfinite(track.bound_s) else None,
        clipped=clipped,
    )


def _gaps(track: Samples) -> tuple[Gap, ...]:
    missing = np.diff(track.seq) - 1
    long = np.diff(track.t) > max(GAP_PERIODS / track.stream.rate, GAP_MIN_S)
    return tuple(
        Gap(float(track.t[at]), float(track.t[at + 1]), int(missing[at])) for at in np.flatnonzero((missing > 0) | long)
    )
