"""Evidence: which moments cost how many points, in words a trainee can check against the replay.

The loss of a measure is shared over its lapses, so that the evidence adds up to the loss exactly (scoring
model 7.8). A text says what was observed and what was needed, at which moment; never what the trainee felt or
meant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lapse:
    """A moment that cost points: `share` is its part of the measure's loss, relative to the other lapses.

    `t_start` and `t_end` are seconds since the session opened; `observed` and `expected` are in `unit`, None
    where nothing was there to observe. `stream` names where to look in the record.
    """

    t_start: float
    t_end: float
    kind: str
    observed: float | None
    expected: float
    unit: str
    text: str
    stream: str
    share: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A lapse with its price: `points` of the measure, zero or less; `total_points` of the total, None if
    ungraded.
    """

    t_start: float
    t_end: float
    kind: str
    observed: float | None
    expected: float
    unit: str
    text: str
    alternative: str
    stream: str
    points: float
    total_points: float | None = None


def shared(lapses: Sequence[Lapse], loss: float, alternatives: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Share `loss` points over `lapses`, in order of time; without a loss each of them cost nothing.

    Raises `ValueError` for a loss without a lapse: every lost point must be explained.
    """
    if loss > 0 and not lapses:
        raise ValueError(f"{loss} points are lost and no lapse explains them; a measure must list what cost them")
    whole = math.fsum(lapse.share for lapse in lapses)
    ordered = sorted(lapses, key=lambda lapse: (lapse.t_start, lapse.t_end, lapse.text))
    return tuple(
        _priced(lapse, -loss * (lapse.share / whole if whole > 0 else 1 / len(ordered)), alternatives)
        for lapse in ordered
    )


def _priced(lapse: Lapse, points: float, alternatives: Mapping[str, str]) -> Evidence:
    return Evidence(
        t_start=lapse.t_start,
        t_end=lapse.t_end,
        kind=lapse.kind,
        observed=lapse.observed,
        expected=lapse.expected,
        unit=lapse.unit,
        text=lapse.text,
        alternative=alternatives[lapse.kind],
        stream=lapse.stream,
        points=points or 0.0,  # no -0.0
    )


def clock(seconds: float) -> str:
    """Return seconds into the scenario as the replay's clock shows them: `02:14`, from an hour on `1:02:14`."""
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes:02d}:{second:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{second:02d}"


def lasting(seconds: float) -> str:
    """Return a duration in words: tenths below ten seconds, then whole seconds, then minutes and seconds."""
    if (tenths := round(seconds, 1)) < 10:
        return f"{tenths:g} s"
    minutes, second = divmod(round(seconds), 60)
    return " ".join(part for part in (f"{minutes} min" * (minutes > 0), f"{second} s" * (second > 0)) if part)
