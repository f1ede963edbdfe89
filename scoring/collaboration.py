"""Collaboration with CIT officers, co-responders, counsellors and medical personnel (component C5)."""

from __future__ import annotations

from scoring.evidence import Lapse, clock, lasting
from scoring.measurement import Measure, Measurement, Rule, Status, measured, never, unusable
from scoring.observed import Observed


def help_called(seen: Observed, rule: Rule) -> Measurement:
    """K1, the seconds from the first indication that help is needed to the first request that counts.

    A request before the indication counts as 0 s. Never requested is 0 points, unless the scenario ended
    before the time of full points was over.
    """
    if seen.help is None:
        return unusable(rule, Status.NOT_APPLICABLE, "this scenario has no occasion to call for help")
    if seen.help.indicated is None:
        return unusable(rule, Status.NOT_APPLICABLE, "nothing had called for help before the scenario ended")
    indicated = seen.help.indicated
    requested = [act.t for act in seen.radio if act.name in seen.help.counts]
    full = rule.value.full[1]
    waited = max(0.0, min(requested, default=seen.window.end) - indicated)
    text = _text(seen, indicated, waited, full, asked=bool(requested))
    lapse = Lapse(
        t_start=seen.session_t(indicated),
        t_end=seen.session_t(indicated + waited),
        kind="late",
        observed=waited if requested else None,
        expected=full,
        unit="s",
        text=text,
        stream="events",
        share=1.0,
    )
    if requested:
        return measured(rule, waited, n=1, coverage=1.0, lapses=[lapse])
    if waited < full:
        reason = f"the scenario ended {lasting(waited)} after help was indicated, before a call was due"
        return unusable(rule, Status.INSUFFICIENT, reason, coverage=1.0)
    return never(rule, "no help was requested", lapse=lapse, coverage=1.0)


def _text(seen: Observed, indicated: float, waited: float, full: float, *, asked: bool) -> str:
    due = f"From {clock(indicated)} on help was indicated for {seen.name}"
    if not asked:
        return f"{due}, and until the end you did not request any."
    later = f"{lasting(waited)} later, at {clock(indicated + waited)}"
    return f"{due}; you requested it {later}. Up to {lasting(full)} costs nothing."


MEASURES = (Measure("help_called", "s", help_called, ("late",)),)
