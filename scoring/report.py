"""The report: one session's grade with all that explains it, as data, as JSON and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from scenario_assets.language import Scenario
from scenario_assets.language.review import UNREVIEWED
from scoring import document
from scoring.catalogue import COMPONENTS
from scoring.errors import TraceError, UnreviewedError
from scoring.evidence import Evidence
from scoring.grade import ComponentGrade, Grade, grade, why_ungraded
from scoring.influence import Influence, influences
from scoring.measurement import Measurement, Rule, Status, unusable
from scoring.observed import Observed, observe
from scoring.profile import Profile
from scoring.text import text_of
from telemetry import quality
from telemetry.attempts import Attempt
from telemetry.quality import QualityJson
from telemetry.spans import spans
from telemetry.trace import SessionInfo, Trace

STATEMENT = (
    "A training aid: every point is explained and can be contested with your instructor. Not validated for "
    "hiring, discipline or certification, nor as a prediction of conduct in real encounters. Distances kept "
    "in a headset are larger than real ones would be; compare sessions only on the same kind of station."
)
"""Stands on every report."""
PRACTICE_ONLY = f"This scenario is {UNREVIEWED}: it is for practice, and not for summative use."
"""Stands on the reports of scenarios whose `reviewed_by` names nobody."""
NEVER_RAN = "the scenario never began"


@dataclass(frozen=True, slots=True)
class Report:
    """A graded attempt. Its scenario (`title`) began to run at session time `from_t` and did for `duration_s`
    seconds.
    """

    session: SessionInfo
    attempt: Attempt
    title: str
    from_t: float
    duration_s: float
    outcome: str | None
    statement: str
    profile: Profile
    software: str
    grade: Grade
    quality: QualityJson
    influenced: tuple[Influence, ...]

    def to_json(self) -> dict[str, object]:
        """Return the report as JSON-able data in the shape of `document.ReportJson`."""
        return cast(dict[str, object], _report(self))

    def to_text(self) -> str:
        """Return the report as text for a terminal."""
        return text_of(self.to_json())


def score(trace: Trace, scenario: Scenario, profile: Profile, *, software: str, attempt: int | None = None) -> Report:
    """Return the report of an attempt, the last one unless told; the same trace always gives the same report.

    `software` is the version to be named in it. Raises `UnreviewedError` if the profile may not be used with this
    scenario, `TraceError` if the trace was recorded with another scenario, and telemetry's `UnknownAttempt`.
    """
    tried = Attempt.of(trace, attempt)
    check_use(profile, scenario)
    _check(trace, tried, scenario)
    seen = observe(trace, scenario, tried)
    measurements = {rule.id: _measurement(rule, seen) for component in profile.components for rule in component.rules}
    seconds = seen.window.seconds if seen is not None else 0.0
    ungraded = NEVER_RAN if seen is None else why_ungraded(seen.window.ended)
    outcomes = tried.events_of("outcome")
    return Report(
        session=trace.session,
        attempt=tried,
        title=scenario.title,
        from_t=seen.window.start if seen is not None else 0.0,
        duration_s=seconds,
        outcome=str(outcomes[-1].data["outcome"]) if outcomes else None,
        statement=STATEMENT if scenario.reviewed_by else f"{STATEMENT} {PRACTICE_ONLY}",
        profile=profile,
        software=software,
        grade=grade(profile, measurements, ungraded=ungraded, seconds=seconds),
        quality=quality.of(trace, seen.window.session if seen is not None else spans(())),
        influenced=influences(tried, scenario, seen.window) if seen is not None else (),
    )


def check_use(profile: Profile, scenario: Scenario) -> None:
    """Raise `UnreviewedError` where a summative profile meets a scenario whose `reviewed_by` names nobody."""
    if profile.summative and not scenario.reviewed_by:
        raise UnreviewedError(
            f"{scenario.id} is {UNREVIEWED}: the summative profile {profile.name!r} does not grade it; use a "
            "formative one, or have it reviewed and name the reviewers in `reviewed_by`"
        )


def _check(trace: Trace, attempt: Attempt, scenario: Scenario) -> None:
    played = attempt.scenario_sha256
    if played != scenario.sha256:
        raise TraceError(
            f"session {trace.session.id} was played with scenario {trace.session.scenario} {played[:12]}, "
            f"this is {scenario.id} {scenario.sha256[:12]}: grade it with the file it was played with"
        )


def _measurement(rule: Rule, seen: Observed | None) -> Measurement:
    if seen is None:
        return unusable(rule, Status.MISSING, NEVER_RAN)
    return COMPONENTS[rule.component][rule.id].function(seen, rule)


# --- the same as JSON ---------------------------------------------------------------------------------------


def _report(report: Report) -> document.ReportJson:
    session, profile, total = report.session, report.profile, report.grade
    return {
        "session": {
            "id": str(session.id),
            "scenario": session.scenario,
            "title": report.title,
            "attempt": report.attempt.number,
            "attempts": report.attempt.count,
            "from_ms": report.attempt.from_ms,
            "began": _began(report.attempt),
            "started_at": (session.started_at or session.opened_at).isoformat(),
            "from_t": report.from_t,
            "duration_s": report.duration_s,
            "outcome": report.outcome,
        },
        "profile": {"name": profile.name, "version": profile.version, "sha256": profile.sha256},
        "software": report.software,
        "statement": report.statement,
        "grade": {
            "status": "not_graded" if total.total is None else "graded",
            "total": total.total,
            "low": total.low,
            "high": total.high,
            "reason": total.reason,
            "precision": "low" if total.low_precision else "approximate",
        },
        "components": [_component(part, report.influenced) for part in total.components],
        "quality": report.quality,
        "influenced": [
            {"t": each.t, "until": each.until, "by": each.by, "what": each.what, "steers": each.steers}
            for each in report.influenced
        ],
    }


def _began(attempt: Attempt) -> str:
    """Say at which moment an attempt began."""
    named = f": {attempt.label}" if attempt.label else ""
    match attempt.why:
        case "branch":
            return f"when a branch had been taken{named}"
        case "mark":
            return f"when speech had been marked{named}"
        case "flag":
            return f"at a flagged moment{named}"
        case _:
            return "at the start"


def _component(part: ComponentGrade, influenced: Sequence[Influence]) -> document.ComponentJson:
    return {
        "id": part.component.id,
        "title": part.component.title,
        "weight": part.component.weight,
        "status": part.standing.value,
        "score": part.score,
        "low": part.low,
        "high": part.high,
        "measures": [_measure(each, influenced) for each in part.measurements],
    }


def _measure(one: Measurement, influenced: Sequence[Influence]) -> document.MeasureJson:
    rule = one.rule
    return {
        "id": rule.id,
        "title": rule.title,
        "value": one.value,
        "unit": rule.unit,
        "status": one.status.value,
        "reason": one.reason,
        "score": one.score,
        "weight": rule.weight,
        "coverage": one.coverage,
        "n": one.n,
        "low": one.low,
        "high": one.high,
        "threshold": rule.threshold,
        "basis": rule.basis,
        "source": rule.source,
        "evidence": [_evidence(row, influenced) for row in one.evidence],
    }


def _evidence(row: Evidence, influenced: Sequence[Influence]) -> document.EvidenceJson:
    steered = any(each.covers(row.t_start, row.t_end) for each in influenced)
    return cast(document.EvidenceJson, asdict(row) | {"steered": steered})
