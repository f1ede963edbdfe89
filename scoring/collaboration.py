"""Collaboration with CIT officers, co-responders, counsellors and medical personnel (component C5)."""

from __future__ import annotations

from scoring.evidence import Lapse, clock, lasting
from scoring.measurement import Measure, Measurement, Rule, Status, measured, never, unusable
from scoring.observed import Observed


def help_called(seen: Observed, rule: Rule) -> Measurement:
    """K1, the running seconds from the first indication that help is needed to the first request that counts.

    A request before the indication counts as 0 s. Never requested is 0 points, unless the scenario ended before
    the time of full points was over.
    """
    if seen.help is None:
        return unusable(rule, Status.NOT_APPLICABLE, "this scenario has no occasion to call for help")
    if seen.help.called:
        return unusable(rule, Status.NOT_APPLICABLE, "help had been called for before this attempt began")
    if seen.help.indicated is None:
        return unusable(rule, Status.NOT_APPLICABLE, "nothing had called for help before the scenario ended")
    indicated, full = seen.help.indicated, rule.value.full[1]
    requested = min((act.t for act in seen.radio if act.name in seen.help.counts), default=None)
    until = max(indicated, requested if requested is not None else seen.window.end)
    waited = seen.between(indicated, until)
    text = f"From {clock(indicated)} on help was indicated for {seen.name}"
    if requested is None:
        text += ", and until the end you did not request any."
    else:
        later = f"{lasting(waited)} later, at {clock(until)}"
        text += f"; you requested it {later}. Up to {lasting(full)} costs nothing."
    lapse = Lapse(
        t_start=seen.session_t(indicated),
        t_end=seen.session_t(until),
        kind="late",
        observed=None if requested is None else waited,
        expected=full,
        unit="s",
        text=text,
        stream="events",
        share=1.0,
    )
    if requested is not None:
        return measured(rule, waited, n=1, coverage=1.0, lapses=[lapse] if waited > full else [])
    if waited < full:
        reason = f"the scenario ended {lasting(waited)} after help was indicated, before a call was due"
        return unusable(rule, Status.INSUFFICIENT, reason, coverage=1.0)
    return never(rule, "no help was requested", lapse=lapse, coverage=1.0)


MEASURES = (Measure("help_called", "s", help_called, ("late",)),)
