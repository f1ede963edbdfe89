"""From measures to components to a total, with an interval, or with the reason why there is none.

The aggregation is additive, so that every point of the total can be traced: a component is the weighted mean
of its measures, the total the weighted mean of its components. What is missing does not count in the point
estimate; in the interval it counts as the worst at the low end and as the best at the high end, a measure as 0 and
as 100 points, so that it never raises a score.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from scoring.measurement import Floats, Measurement
from scoring.profile import Component, Profile
from scoring.resampling import DRAWS, limits
from scoring.values import FULL

LEAST_OF_COMPONENT = 0.5
"""Usable share of a component's weight below which it is insufficient (scoring model 7.4)."""
LEAST_OF_TOTAL = 0.6
"""Usable share of all weight below which there is no total (scoring model 7.4)."""
LOW_PRECISION_S = 120.0
"""Sessions shorter than this hold fewer than six blocks of 20 s: their interval says little."""
STOPPED = "the session was stopped; stopping is always possible and is never graded"
CUT_OFF = "the record ends before the scenario does"
ENDINGS: Mapping[str | None, str | None] = {
    "outcome": None, "end": None, "rewind": None, "stop": STOPPED, None: CUT_OFF,
}  # fmt: skip
"""Why a session that ended so is not graded; None if it is.

The instructor's `end` is an ordinary end, and so is going back: what was done until then can be graded.
"""


class Standing(enum.StrEnum):
    """Whether a component counts."""

    OK = "ok"
    INSUFFICIENT = "insufficient"
    NOT_APPLICABLE = "not_applicable"
    NOT_GRADED = "not_graded"
    """The session as a whole is not graded; the measures are there all the same."""


@dataclass(frozen=True, slots=True)
class ComponentGrade:
    """One component: its points with an interval, and its measures; None where there are none."""

    component: Component
    standing: Standing
    score: float | None
    low: float | None
    high: float | None
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """The total, or None and the `reason`. `low` and `high` bound what it can be, missing measures
    included.
    """

    total: float | None
    low: float
    high: float
    reason: str | None
    low_precision: bool
    components: tuple[ComponentGrade, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """What a score can be: with what is missing at 0 (`low`) and at 100 (`high`), and the same in every
    drawn session.
    """

    low: float
    high: float
    low_drawn: Floats
    high_drawn: Floats

    @classmethod
    def of(cls, measurement: Measurement) -> Self:
        """Return the band of one measure that applies."""
        if measurement.score is None:
            return cls.unknown()
        score = measurement.score
        drawn = measurement.replicates if measurement.replicates is not None else np.full(DRAWS, score)
        down, up = measurement.down, measurement.up
        return cls(score - down, score + up, np.maximum(drawn - down, 0.0), np.minimum(drawn + up, FULL))

    @classmethod
    def unknown(cls) -> Self:
        """Return the band of something of which nothing is known."""
        return cls(0.0, FULL, np.zeros(DRAWS), np.full(DRAWS, FULL))

    @classmethod
    def mean(cls, parts: Sequence[tuple[float, Self]]) -> Self:
        """Return the band of a weighted mean."""
        whole = sum(weight for weight, _ in parts)
        return cls(
            sum(weight * part.low for weight, part in parts) / whole,
            sum(weight * part.high for weight, part in parts) / whole,
            np.sum([weight * part.low_drawn for weight, part in parts], axis=0) / whole,
            np.sum([weight * part.high_drawn for weight, part in parts], axis=0) / whole,
        )

    @property
    def limits(self) -> tuple[float, float]:
        """The interval: the 95 % limits of the drawn sessions, never inside what is possible anyway."""
        low, high = limits(self.low_drawn)[0], limits(self.high_drawn)[1]
        return max(0.0, min(self.low, low)), min(FULL, max(self.high, high))


def why_ungraded(ended: str | None) -> str | None:
    """Return why a session is not graded whose scenario ended so (None: it did not end), or None if it is."""
    return ENDINGS.get(ended, f"the session ended by {ended!r}")


def grade(
    profile: Profile, measurements: Mapping[str, Measurement], *, ungraded: str | None, seconds: float
) -> Grade:  # fmt: skip
    """Return the grade of one session.

    `measurements` holds one for each rule of the profile, by id; `ungraded` is why the session as a whole is
    not graded, if it is not; `seconds` is how long its scenario ran.
    """
    parts = [
        _component(component, tuple(measurements[rule.id] for rule in component.rules))
        for component in profile.components
    ]
    components = tuple(part for part, _ in parts)
    brief = seconds < LOW_PRECISION_S
    if ungraded is not None:
        # Neither has it bounds or components' points: they would be read as a grade.
        return Grade(None, 0.0, FULL, ungraded, brief, tuple(_without_points(part) for part in components))
    counting = [(part.component.weight, band) for part, band in parts if part.standing is not Standing.NOT_APPLICABLE]
    low, high = Band.mean(counting).limits if counting else (0.0, FULL)
    if (reason := _too_little(components)) is not None:
        return Grade(None, low, high, reason, brief, components)
    scored = [(part.component.weight, part.score) for part in components if part.score is not None]
    weight = sum(weight for weight, _ in scored)
    total = sum(weight * score for weight, score in scored) / weight
    return Grade(total, low, high, None, brief, tuple(_priced(part, weight) for part in components))


def _without_points(part: ComponentGrade) -> ComponentGrade:
    return replace(part, standing=Standing.NOT_GRADED, score=None, low=None, high=None)


def _component(component: Component, measurements: tuple[Measurement, ...]) -> tuple[ComponentGrade, Band]:
    """Return a component and the band it has in the total: an insufficient one is wholly unknown there."""
    applicable = [each for each in measurements if each.applicable and each.rule.weight > 0]
    if not applicable:
        return ComponentGrade(component, Standing.NOT_APPLICABLE, None, None, None, measurements), Band.unknown()
    band = Band.mean([(each.rule.weight, Band.of(each)) for each in applicable])
    low, high = band.limits
    usable = [(each.rule.weight, each.score) for each in applicable if each.score is not None]
    if _share(measurements) < LEAST_OF_COMPONENT:
        part = ComponentGrade(component, Standing.INSUFFICIENT, None, low, high, measurements)
        return part, Band.unknown()
    score = sum(weight * score for weight, score in usable) / sum(weight for weight, _ in usable)
    return ComponentGrade(component, Standing.OK, score, low, high, measurements), band


def _share(measurements: Sequence[Measurement]) -> float:
    """Return the usable share of the weight of the measures that apply."""
    applicable = sum(each.rule.weight for each in measurements if each.applicable)
    return sum(each.rule.weight for each in measurements if each.usable) / applicable


def _too_little(components: Sequence[ComponentGrade]) -> str | None:
    """Return why there cannot be a total, None if there can."""
    counting = [part for part in components if part.standing is not Standing.NOT_APPLICABLE]
    lacking = [part.component.title for part in counting if part.component.essential and part.score is None]
    if lacking:
        return f"too little was observed of: {'; '.join(lacking)}"
    whole = sum(part.component.weight for part in counting)
    usable = sum(part.component.weight * _share(part.measurements) for part in counting if part.score is not None)
    if not counting or usable < LEAST_OF_TOTAL * whole:
        share = usable / whole if counting else 0.0
        return f"only {share:.0%} of what is graded was observed; {LEAST_OF_TOTAL:.0%} are needed"
    return None


def _priced(part: ComponentGrade, whole: float) -> ComponentGrade:
    """Return a component whose evidence says what it cost of the total; `whole` is the weight of all that
    count.
    """
    if part.score is None:
        return part
    usable = sum(each.rule.weight for each in part.measurements if each.usable)
    return replace(part, measurements=tuple(
        replace(each, evidence=tuple(
            replace(row, total_points=row.points * each.rule.weight / usable * part.component.weight / whole)
            for row in each.evidence
        ))
        for each in part.measurements
    ))  # fmt: skip
