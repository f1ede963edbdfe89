"""How well the record is: what each stream really delivered while the scenario ran."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scoring.spans import LONGEST_GAP, held
from scoring.window import Window
from telemetry.trace import Samples, Trace


@dataclass(frozen=True, slots=True)
class StreamQuality:
    """One stream (and label): rows per running second, covered share of that time, gaps longer than 0.5 s.

    Its times were right to `clock_bound_ms` for 95 % of the session; None where no clock was ever compared.
    """

    rows: int
    rate_hz: float
    nominal_hz: float
    coverage: float
    gaps: int
    longest_gap_s: float
    clock_bound_ms: float | None


def quality(trace: Trace, window: Window) -> dict[str, StreamQuality]:
    """Return the quality of each recorded stream by `name` or `name:label`, in order of name."""
    names = sorted({(track.stream.name, track.label) for track in trace.tracks})
    return {
        f"{stream}:{label}" if label else stream: _of(trace.stream(stream, label or None), window)
        for stream, label in names
    }


def _of(samples: Samples, window: Window) -> StreamQuality:
    t = np.sort(window.times(samples.t), kind="stable")
    ran, dt = held(window.running, t)
    t = t[ran]
    steps = np.diff(t)
    seconds = max(window.seconds, 1e-6)
    return StreamQuality(
        rows=len(t),
        rate_hz=len(t) / seconds,
        nominal_hz=samples.stream.rate,
        coverage=min(1.0, float(np.sum(dt)) / seconds),
        gaps=int(np.sum(steps > LONGEST_GAP)),
        longest_gap_s=float(np.max(steps, initial=0.0)),
        clock_bound_ms=samples.bound_s * 1000 if math.isfinite(samples.bound_s) else None,
    )
