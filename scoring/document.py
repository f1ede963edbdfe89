"""The report as JSON: its exact shape. NaN never occurs; what was not observed is null, with a reason
beside it.
"""

from __future__ import annotations

from typing import TypedDict

from telemetry.quality import QualityJson


class SessionJson(TypedDict):
    """Which session: `started_at` is when it opened (ISO 8601).

    Which of its `attempts`: it began at scenario time `from_ms` (`began` says at which moment), its scenario ran
    from session time `from_t` on, for `duration_s`.
    """

    id: str
    scenario: str
    title: str
    attempt: int
    attempts: int
    from_ms: int
    began: str
    started_at: str
    from_t: float
    duration_s: float
    outcome: str | None


class ProfileJson(TypedDict):
    """Which profile, by the hash of its file."""

    name: str
    version: str
    sha256: str


class GradeJson(TypedDict):
    """The total from `low` to `high`; `precision` is `approximate` or `low`."""

    status: str
    total: float | None
    low: float
    high: float
    reason: str | None
    precision: str


class EvidenceJson(TypedDict):
    """One moment: `points` of its measure and `total_points` of the total, both zero or less; times in
    session `t`. `steered`: an instructor had a hand in it.
    """

    t_start: float
    t_end: float
    kind: str
    observed: float | None
    expected: float
    unit: str
    points: float
    total_points: float | None
    text: str
    alternative: str
    stream: str
    steered: bool


class MeasureJson(TypedDict):
    """One measure; the points of its evidence add up to `score` - 100."""

    id: str
    title: str
    value: float | None
    unit: str
    status: str
    reason: str | None
    score: float | None
    weight: float
    coverage: float
    n: int
    low: float | None
    high: float | None
    threshold: str
    basis: str
    source: str
    evidence: list[EvidenceJson]


class ComponentJson(TypedDict):
    """One component; its score is the weighted mean of its measures' that are ok."""

    id: str
    title: str
    weight: float
    status: str
    score: float | None
    low: float | None
    high: float | None
    measures: list[MeasureJson]


class InfluenceJson(TypedDict):
    """Something an instructor did; what `steers` made the session easier or harder up to session time
    `until`.
    """

    t: float
    until: float
    by: str
    what: str
    steers: bool


class ReportJson(TypedDict):
    """The whole report."""

    session: SessionJson
    profile: ProfileJson
    software: str
    statement: str
    grade: GradeJson
    components: list[ComponentJson]
    quality: QualityJson
    influenced: list[InfluenceJson]
