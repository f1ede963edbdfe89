"""Data quality as JSON: its exact shape, in reports and in `core.quality`. NaN never occurs; null is not observed."""

from __future__ import annotations

from typing import Literal, TypedDict

Verdict = Literal["good", "limited", "poor", "none"]
"""What a stream is good for: all that it is graded by, most of it, little of it; `none`: there is nothing.

Thresholds stand in `verdict`.
"""


class GapJson(TypedDict):
    """One gap: session times of the rows beside it, row numbers `missing`, why; `reason` in the client's word.

    `cause`: `declared` (the client says that it gave rows up, and why), `lost` (numbers are missing and nobody says
    why), `silent` (no numbers are missing), `asleep` (the client's clock stood still meanwhile), `pruned` (removed
    on purpose since).
    """

    t_start: float
    t_end: float
    missing: int
    cause: str
    reason: str


class CauseJson(TypedDict):
    """All gaps of one cause."""

    count: int
    seconds: float
    missing: int


class SpreadJson(TypedDict):
    """How a time was spread, ms; null where there is no bound (a clock never compared)."""

    median: float | None
    p95: float | None
    worst: float | None


class StreamJson(TypedDict):
    """One stream (and label) in the running time; several client runs of it as one.

    `why`: sentences that say what the verdict rests on, at least one. `rate_hz`: rows per observed second, null
    without any. `coverage`: observed share of the running time. `missing`: numbers lost without a word;
    `declared`, `pruned`: those accounted for. `gaps`: `count`, `seconds` and `longest_s` of all, by cause in
    `causes`, the longest few in order of time in `longest`. `clock_ms`: session times were right to this; null on
    the server's own clock and where unknown; `epochs`: how many clock epochs there were, 1
    where the client's clock never stood still. `lag_ms`: arrival
    after measurement. `clipped`: of a voice, the share of samples at full scale. `worn`, `visible`: of a headset's
    state, shares of the time of which it says either.
    """

    stream: str
    label: str
    station: str
    verdict: Verdict
    why: list[str]
    rows: int
    implausible: int
    nominal_hz: float
    rate_hz: float | None
    coverage: float
    missing: int
    declared: int
    pruned: int
    gaps: GapsJson
    clock_ms: SpreadJson | None
    epochs: int
    lag_ms: SpreadJson | None
    clipped: float | None
    worn: float | None
    visible: float | None


class GapsJson(TypedDict):
    """The gaps of one stream."""

    count: int
    seconds: float
    longest_s: float
    causes: dict[str, CauseJson]
    longest: list[GapJson]


class DamageJson(TypedDict):
    """What the journal could not give back: of this session for certain, and of nobody knows which session.

    A place may be a part of a record, many records, or many segments; how many these bytes were is known to nobody.
    """

    places: int
    bytes: int
    unplaced_places: int
    unplaced_bytes: int


class QualityJson(TypedDict):
    """The data quality of an attempt, of `seconds` running time; `summary` is one sentence on the whole."""

    seconds: float
    summary: str
    streams: list[StreamJson]
    damage: DamageJson
