"""The report for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import cast

from scoring.document import ComponentJson, EvidenceJson, GradeJson, MeasureJson, ReportJson
from scoring.evidence import clock, lasting

WIDTH = 100
"""Columns; a terminal of 80 wraps the longest lines once."""
MOMENTS = 6
"""Lines of evidence shown for a measure; the others are counted and stand in the report."""
STATUS = {
    "insufficient": "too little to judge", "missing": "not observed", "invalid": "not usable",
    "not_applicable": "does not apply",
}  # fmt: skip
BASIS = {"E": "empirical", "C": "curriculum", "D": "Talkdown's judgement, to be set locally"}


def text_of(report: Mapping[str, object]) -> str:
    """Return a report (as `Report.to_json` makes it) as text: grade, components, measures, evidence."""
    return "\n".join(_lines(cast(ReportJson, report)))


def _lines(report: ReportJson) -> Iterator[str]:
    session, profile = report["session"], report["profile"]
    start = session["from_t"]
    yield f"{session['title']} - {lasting(session['duration_s'])} - {_ending(session['outcome'])}"
    if session["attempts"] > 1:
        since = clock(session["from_ms"] / 1000)
        yield f"Attempt {session['attempt']} of {session['attempts']}, begun at {since} {session['began']}"
    yield ""
    yield from _grade(report["grade"])
    for component in report["components"]:
        yield ""
        yield from _component(component)
    if report["influenced"]:
        yield ""
        yield "What the instructor changed"
        yield from (f"  {clock(each['t'] - start)}  {each['what']}, by {each['by']}" for each in report["influenced"])
    yield ""
    yield from textwrap.wrap(report["statement"], WIDTH)
    version = f"{profile['version']} ({profile['sha256'][:12]})"
    yield f"Profile {profile['name']} {version}, Talkdown {report['software']}"


def _grade(grade: GradeJson) -> Iterator[str]:
    precision = "approximate" if grade["precision"] == "approximate" else "low precision: a short session says little"
    if grade["total"] is None:
        yield from textwrap.wrap(f"Not graded: {grade['reason']}. What was observed is shown below.", WIDTH)
    else:
        yield f"Grade  {grade['total']:.0f} of 100{_between(grade['low'], grade['high'])} ({precision})"


def _component(component: ComponentJson) -> Iterator[str]:
    score, low, high = component["score"], component["low"], component["high"]
    worth = f"{score:3.0f}" if score is not None else "  -"
    unscored = f": {STATUS.get(component['status'], 'not graded')}"
    standing = unscored if score is None or low is None or high is None else _between(low, high)
    yield f"{worth}  {component['title']}{standing}"
    for measure in component["measures"]:
        yield from _measure(measure)


def _between(low: float, high: float) -> str:
    """The interval, unless it is narrower than what is shown: that would look like certainty."""
    return f", between {low:.0f} and {high:.0f}" if round(low) != round(high) else ""


def _measure(measure: MeasureJson) -> Iterator[str]:
    if measure["score"] is None:
        yield f"       -  {measure['title']}: {STATUS[measure['status']]}"
        yield from _indented(measure["reason"] or "", 10)
        return
    quantity = None if measure["value"] is None else _quantity(measure["value"], measure["unit"])
    value = ", ".join(filter(None, (quantity, measure["reason"])))
    yield f"     {measure['score']:3.0f}  {measure['title']}: {value}"
    yield from _indented(f"{measure['threshold']}. Basis: {BASIS[measure['basis']]}.", 10)
    dearest = sorted(measure["evidence"], key=_price)[:MOMENTS]
    for evidence in sorted(dearest, key=lambda each: each["t_start"]):
        yield from _evidence(evidence)
    if (others := len(measure["evidence"]) - MOMENTS) > 0:
        yield f"{'':10}and {others} more that cost less, in the full report"


def _evidence(evidence: EvidenceJson) -> Iterator[str]:
    points = f"{_price(evidence):+.1f}" if _price(evidence) < 0 else "-"
    first, *others = textwrap.wrap(evidence["text"], WIDTH - 18)
    yield f"          {points:>6}  {first}"
    yield from (f"{'':18}{line}" for line in others)
    if evidence["steered"]:
        yield from _indented("The instructor had a hand in what happened here; see below.", 18)
    yield from _indented(f"Another way: {evidence['alternative']}", 18)


def _price(evidence: EvidenceJson) -> float:
    """What a moment cost: of the total, or of its measure where there is no total."""
    return evidence["points"] if evidence["total_points"] is None else evidence["total_points"]


def _indented(text: str, columns: int) -> Iterator[str]:
    return (f"{'':{columns}}{line}" for line in textwrap.wrap(text, WIDTH - columns))


def _quantity(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.0%}"
    return f"{value:+.1f} {unit}" if unit == "LU" else f"{value:.1f} {unit}"


def _ending(outcome: str | None) -> str:
    return f"outcome: {outcome.replace('_', ' ')}" if outcome else "ended before an outcome"
