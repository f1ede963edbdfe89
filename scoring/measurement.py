"""What a measure is told, what it reports, and what a trainee loses by it.

A measure is a pure function `(Observed, Rule) -> Measurement`. What it could not observe it says with a
status and a reason, never with a zero. Where points are lost it lists `Lapse`s, the moments that cost them;
their evidence adds up to the loss exactly.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from scoring.evidence import Evidence, Lapse, shared
from scoring.resampling import limits
from scoring.values import FULL, ValueFunction

if TYPE_CHECKING:
    from scoring.observed import Observed

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Points that floating point may lose; nobody need explain them."""
NOTHING_S = 1e-6
"""Less time than this has not passed: times are kept to the microsecond."""
LEAST_COVERAGE = 0.5
"""A measure that saw less than half of its time is insufficient (scoring model 7.6)."""

Basis = Literal["E", "C", "D"]
"""What a threshold rests on: E empirical, C curriculum or consensus, D a judgement of ours, to be set
locally.
"""


class Status(enum.StrEnum):
    """Whether a measure counts, and if not, why (scoring model 7.6)."""

    OK = "ok"
    INSUFFICIENT = "insufficient"
    """Observed, but too little of it to judge."""
    MISSING = "missing"
    """The signal never arrived."""
    INVALID = "invalid"
    """The signal arrived and cannot be trusted."""
    NOT_APPLICABLE = "not_applicable"
    """The scenario gave no occasion for it: leaves the weights, costs nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One measure as a profile sets it; `alternatives` names an act to try instead, by kind of lapse."""

    id: str
    component: str
    title: str
    unit: str
    weight: float
    value: ValueFunction
    parameters: Mapping[str, float]
    threshold: str
    basis: Basis
    source: str
    alternatives: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measure of one session.

    `value` is in `rule.unit`, None where there is none ("never" has a score and no value). `score`, `low` and
    `high` are points, 0 to 100; the limits of a measure that is not ok are all that it could have been. `n`
    counts what the value rests on, `coverage` is the share of the time in question that was observed.
    `replicates` are the scores of the drawn sessions, None for a value that one session observes only once. `down` and
    `up` say by how many points the score could differ had everything been observed: a gap could hold the worst or the
    best, and widens the interval.
    """

    rule: Rule
    status: Status
    value: float | None
    score: float | None
    low: float | None
    high: float | None
    n: int
    coverage: float
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()
    replicates: Floats | None = field(default=None, repr=False, compare=False)
    down: float = 0.0
    up: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether the measure has a score."""
        return self.status is Status.OK

    @property
    def applicable(self) -> bool:
        """Whether the measure keeps its weight."""
        return self.status is not Status.NOT_APPLICABLE


MeasureFunction = Callable[["Observed", Rule], Measurement]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as code offers it: what a profile may and must set for it.

    `parameters` gives each parameter's lowest and highest admissible value, `optional` those that may be left
    out; `kinds` are the kinds of lapse it reports, each of which needs an alternative act in the profile.
    """

    id: str
    unit: str
    function: MeasureFunction
    kinds: tuple[str, ...]
    parameters: Mapping[str, tuple[float, float]] = field(default_factory=lambda: MappingProxyType({}))
    optional: frozenset[str] = frozenset()


def measured(
    rule: Rule,
    value: float,
    *,
    n: int,
    coverage: float,
    lapses: Sequence[Lapse],
    drawn: Floats | None = None,
    unseen: tuple[float, float] | None = None,
    note: str | None = None,
) -> Measurement:
    """Return a measure with a value; `drawn` are the values of the drawn sessions, NaN where one has none.

    `unseen`: the lowest and the highest that the value could be had everything been observed, None: it has been.
    `note` says what the value rests on, where that is not evident; it stands as the measure's `reason`.
    """
    score = rule.value(value)
    score = score if FULL - score > ROUNDING else FULL
    replicates = None if drawn is None else _scores(rule, drawn, score)
    return _scored(rule, score, value, n, coverage, lapses, replicates, note, unseen)


def never(
    rule: Rule, reason: str, *, lapse: Lapse, coverage: float, unseen: tuple[float, float] | None = None
) -> Measurement:
    """Return a measure of an act that was expected, could be observed, and was never done: 0 points, no value.

    `unseen`: what its value could be had it been done where nothing was observed, None: everything was.
    """
    return _scored(rule, 0.0, None, 0, coverage, (lapse,), None, reason, unseen)


def share_with(part: float, whole: float, unseen: float) -> tuple[float, float] | None:
    """Return the lowest and the highest share had `unseen` more been observed, all in seconds; None without any."""
    return (part / (whole + unseen), (part + unseen) / (whole + unseen)) if unseen > NOTHING_S else None


def unusable(
    rule: Rule, status: Status, reason: str, *, value: float | None = None, n: int = 0, coverage: float = 0.0
) -> Measurement:
    """Return a measure without a score, and say why."""
    low, high = (None, None) if status is Status.NOT_APPLICABLE else (0.0, FULL)
    return Measurement(rule, status, value, None, low, high, n, coverage, reason)


def _scores(rule: Rule, drawn: Floats, score: float) -> Floats:
    scores = rule.value.over(drawn)
    return np.where(np.isnan(scores), score, scores)


def _scored(
    rule: Rule, score: float, value: float | None, n: int, coverage: float, lapses: Sequence[Lapse],
    replicates: Floats | None, reason: str | None, unseen: tuple[float, float] | None,
) -> Measurement:  # fmt: skip
    low, high = (score, score) if replicates is None else limits(replicates)
    down, up = (0.0, 0.0) if unseen is None else _beyond(rule.value, score, unseen)
    evidence = shared(lapses, FULL - score, rule.alternatives)
    # A percentile interval may miss a skewed value by a little; the value itself is always possible.
    low, high = max(min(low, score) - down, 0.0), min(max(high, score) + up, FULL)
    return Measurement(rule, Status.OK, value, score, low, high, n, coverage, reason, evidence, replicates, down, up)


def _beyond(value: ValueFunction, score: float, unseen: tuple[float, float]) -> tuple[float, float]:
    """Return by how many points a score could be lower, and higher, if its value lay anywhere within `unseen`.

    A value function has no valley: it is worth least at one of the ends, and most there or where it is full.
    """
    ends = [value(unseen[0]), value(unseen[1])]
    if unseen[0] <= value.full[1] and unseen[1] >= value.full[0]:
        ends.append(FULL)
    return max(score - min(ends), 0.0), max(max(ends) - score, 0.0)
