"""What a stream is good for, by thresholds that are named here, in sentences that say what decided.

The thresholds are judgements of ours: what the measures of the grade need to see. A measure itself refuses to judge
below half of its time; these words warn well before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from telemetry.quality.document import StreamJson, Verdict

__all__ = ["Bound", "judge"]


class Bound(NamedTuple):
    """A value up to (or down to) `good` is good, up to `limited` limited, beyond that poor."""

    good: float
    limited: float


COVERAGE = Bound(0.95, 0.8)
"""Observed share of the running time. Below half the measures do not judge; four fifths leave them room."""
RATE = Bound(0.8, 0.5)
"""Rows per observed second, of the nominal rate: a headset at 72 Hz of 90, a browser at 60 of 72 are in order."""
LONGEST_GAP_S = Bound(2.0, 10.0)
"""In two seconds somebody takes one step; in ten a whole approach is missed."""
LOST = Bound(0.001, 0.01)
"""Share of numbered rows that are missing without a word: none should be; some mean a fault of ours."""
IMPLAUSIBLE = Bound(0.01, 0.05)
"""Share of rows out of bounds: now and then tracking jumps."""
CLOCK_MS = Bound(50.0, 250.0)
"""95 % of times are right to this: a tick of the scenario, a reaction time."""
CLIPPED = Bound(0.001, 0.01)
"""Share of samples at full scale; loudness is measured too low where it clips (profiles refuse 1 % of speech)."""

_ORDER: tuple[Verdict, ...] = ("good", "limited", "poor", "none")


def judge(stream: StreamJson, *, regular: bool, away_s: float = 0.0) -> tuple[Verdict, list[str]]:
    """Return the verdict on a stream and the sentences that say why; the verdict of the worst of its points.

    `regular`: its rows come all the time, so that rate and coverage say something; `away_s`: seconds of the running
    time in which the headset says that nobody was there to observe.
    """
    absent = [f"The headset was off, or showed something else, for {away_s:.1f} s."] if away_s > 0 else []
    if not stream["rows"]:
        pruned = f"; {stream['pruned']} rows were removed on purpose since" if stream["pruned"] else ""
        return "none", [f"Nothing is recorded of the time in which the scenario ran{pruned}."]
    if stream["coverage"] <= 0:
        return "none", ["Nothing of it was observed while the scenario ran.", *absent]
    points = list(_points(stream, regular=regular))
    worst: Verdict = max((verdict for verdict, _ in points), key=_ORDER.index)
    if worst == "good":
        return "good", [_praise(stream)]
    return worst, [sentence for verdict, sentence in points if verdict != "good"] + absent


def _praise(stream: StreamJson) -> str:
    rate = stream["rate_hz"]
    at = "" if rate is None else f" at {rate:.3g} of {stream['nominal_hz']:.3g} Hz"
    return f"{_percent(stream['coverage'])} of the running time was observed{at}."


def _points(stream: StreamJson, *, regular: bool) -> Iterator[tuple[Verdict, str]]:
    """Every point that is looked at, with its own verdict."""
    gaps, rows = stream["gaps"], stream["rows"]
    if regular:
        coverage, rate, nominal = stream["coverage"], stream["rate_hz"], stream["nominal_hz"]
        said = f"{_percent(coverage)} of the running time was observed; {_percent(COVERAGE.good)} is good."
        yield _down(coverage, COVERAGE), said
        if rate is not None:
            said = f"{rate:.3g} rows came per second; from {RATE.good * nominal:.3g} on of {nominal:.3g} it is good."
            yield _down(rate / nominal, RATE), said
        said = f"The longest gap lasted {gaps['longest_s']:.1f} s; up to {LONGEST_GAP_S.good:g} s is good."
        yield _up(gaps["longest_s"], LONGEST_GAP_S), said
    if (lost := stream["missing"]) > 0:
        # Lost rows are a fault, however few: never good.
        share = lost / (rows + lost)
        said = f"{lost} of {rows + lost} rows were lost, and nobody knows why."
        yield max(_up(share, LOST), "limited", key=_ORDER.index), said
    share = stream["implausible"] / rows
    said = f"{_percent(share)} of the rows cannot be right; up to {_percent(IMPLAUSIBLE.good)} is good."
    yield _up(share, IMPLAUSIBLE), said
    if stream["clock_ms"] is not None:
        p95 = stream["clock_ms"]["p95"]
        if p95 is None:
            yield "poor", "The station's clock was never compared with the server's."
        else:
            yield _up(p95, CLOCK_MS), f"Times were right to {p95:.0f} ms; up to {CLOCK_MS.good:g} ms is good."
    if stream["clipped"] is not None:
        said = f"{_percent(stream['clipped'])} of the voice was cut off at full scale; up to"
        yield _up(stream["clipped"], CLIPPED), f"{said} {_percent(CLIPPED.good)} is good."


def _up(value: float, bound: Bound) -> Verdict:
    return "good" if value <= bound.good else "limited" if value <= bound.limited else "poor"


def _down(value: float, bound: Bound) -> Verdict:
    return "good" if value >= bound.good else "limited" if value >= bound.limited else "poor"


def _percent(share: float) -> str:
    """As few digits as tell it from nothing and from all."""
    percent = 100 * share
    return f"{percent:.0f} %" if share in (0.0, 1.0) or 1 <= percent <= 99 else f"{percent:.2g} %"
