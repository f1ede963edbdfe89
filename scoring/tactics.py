"""Tactical de-escalation: time, distance, cover (component C3 of the scoring model).

Distances are horizontal, between the trainee's and the person's heads: a seat or a wheelchair changes
nothing. They are the scene's own metres and are never corrected for the compression of distance in headsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from scoring.evidence import Lapse, clock, lasting
from scoring.measurement import LEAST_COVERAGE, Measure, Measurement, Rule, Status, measured, share_with, unusable
from scoring.observed import Approach, Observed
from telemetry import derive
from telemetry.spans import TOUCHING, Floats, Mask, common, length, merged, runs, union, within, without

MERGED_S, LEAST_S = 0.5, 0.2
"""Lapses less than this apart are one; shorter ones are left out if others remain (scoring model 7.8)."""
SHOWN = MappingProxyType(
    {
        "calm": "calm",
        "agitated": "agitated",
        "contact_weapon": "holding a weapon",
        "firearm": "holding a firearm",
    }
)
"""What a text says of a person in each threat state that a distance can be required in."""
CHECKED_S = 0.1
"""The person's state is looked at so often: the server's rows come twenty times per second."""
EPS = 1e-9
"""Keeps a division by a distance that is not required from being one by zero."""
PER_MINUTE_OF_S = 60.0
"""A rate per minute is taken of one minute at least: one event in ten seconds is not six a minute."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The time in which a distance was required: `wanted` as it was, `inside` marks the tracked rows within
    it.

    `required` is the distance needed at each row of `approach`, m; 0 where none is.
    """

    wanted: Floats
    approach: Approach
    inside: Mask
    required: Floats

    @property
    def seconds(self) -> float:
        """For how long both were tracked in it."""
        return float(np.sum(self.approach.dt[self.inside]))

    @property
    def coverage(self) -> float:
        """The tracked share of it."""
        whole = length(self.wanted)
        return min(1.0, self.seconds / whole) if whole > 0 else 0.0

    @property
    def unseen(self) -> Floats:
        """Where in it they were not both tracked."""
        a = self.approach
        return without(self.wanted, union(np.stack([a.t, a.t + a.dt], axis=1)))


def required(seen: Observed, rule: Rule) -> dict[str, float]:
    """Return the required distance by threat state, m: the profile's, or the scenario's where it asks for
    more.

    A state that the profile has no distance for is not scored at all, whatever the scenario says: weapon
    distances are an agency's decision.
    """
    asked = {name: rule.parameters[f"{name}_m"] for name in SHOWN if f"{name}_m" in rule.parameters}
    return {name: max(metres, seen.distances.get(name, 0.0)) for name, metres in asked.items()}


def exposure(seen: Observed, rule: Rule) -> Exposure | Measurement:
    """Return the time in which a distance was required, or why it cannot be graded."""
    metres = required(seen, rule)
    scored = seen.threats.during(metres, seen.window.end)
    if seen.approach is None:
        return unusable(rule, Status.MISSING, f"your place or {seen.name}'s is not in the record")
    if not len(scored):
        return unusable(rule, Status.NOT_APPLICABLE, "at no time was a distance required that this profile scores")
    wanted = common(seen.engaged, scored)
    r = np.array([metres.get(name, 0.0) for name in seen.threats.names])[seen.threats.index(seen.approach.t)]
    found = Exposure(wanted, seen.approach, within(wanted, seen.approach.t), r)
    if found.coverage < LEAST_COVERAGE:
        reason = f"only {found.coverage:.0%} of the time with {seen.name} was tracked; half is needed"
    elif found.seconds < rule.parameters["least_s"]:
        reason = f"only {lasting(found.seconds)} with {seen.name}; {rule.parameters['least_s']:g} s are needed"
    else:
        return found
    return unusable(rule, Status.INSUFFICIENT, reason, n=int(np.sum(found.inside)), coverage=found.coverage)


def distance_kept(seen: Observed, rule: Rule) -> Measurement:
    """T1, the share of exposed time in which the required distance was kept.

    (1 / |E|) * integral over E of [d(t) >= tolerance * r(threat(t))] dt, where E is the engaged time in which
    a distance is required and both trainee and person were tracked.
    """
    exposed = exposure(seen, rule)
    if isinstance(exposed, Measurement):
        return exposed
    approach, inside = exposed.approach, exposed.inside
    near = inside & (approach.distance < rule.parameters["tolerance"] * exposed.required)
    kept = np.where(inside & ~near, approach.dt, 0.0)
    whole = seen.per_cell(approach.t, np.where(inside, approach.dt, 0.0))
    found = merged(runs(approach.t, approach.dt, near), approach.t, approach.dt, gap=MERGED_S, least=LEAST_S)
    seconds, unseen = float(np.sum(kept)), length(exposed.unseen)
    return measured(
        rule,
        seconds / exposed.seconds,
        unseen=share_with(seconds, exposed.seconds, unseen),
        n=int(np.sum(inside)),
        coverage=exposed.coverage,
        lapses=[_too_near(seen, exposed, near, first, last) for first, last in found.tolist()],
        drawn=seen.draws.ratios(seen.per_cell(approach.t, kept), whole),
    )


def _too_near(seen: Observed, exposed: Exposure, near: Mask, first: int, last: int) -> Lapse:
    """Tell of one stretch of time by its worst moment, where least of the required distance was left."""
    approach, rows = exposed.approach, slice(first, last)
    seconds = float(np.sum(approach.dt[rows][near[rows]]))
    relative = np.where(near[rows], approach.distance[rows] / np.maximum(exposed.required[rows], EPS), np.inf)
    worst = first + int(np.argmin(relative))
    start, end = float(approach.t[first]), float(approach.t[last - 1] + approach.dt[last - 1])
    distance, needed = float(approach.distance[worst]), float(exposed.required[worst])
    threat = seen.threats.names[int(seen.threats.index(approach.t[worst : worst + 1])[0])]
    return Lapse(
        t_start=seen.session_t(start),
        t_end=seen.session_t(end),
        kind="too_near",
        observed=distance,
        expected=needed,
        unit="m",
        text=f"At {clock(start)} you stood {distance:.1f} m from {seen.name}, too near for "
        f"{lasting(end - start)}; {needed:.1f} m was needed while {seen.name} was {SHOWN[threat]}.",
        stream="head_pose",
        share=seconds,
    )


def crowding(seen: Observed, rule: Rule) -> Measurement:
    """T3, how often the trainee walked at an agitated person who was already near, per minute of exposed
    time.

    An event is own closing speed > `speed_m_s` for >= `lasting_s` while d < `near` * r(threat) and the
    person's arousal is >= `arousal`. The person's own motion never counts.
    """
    if seen.arousal is None:
        return unusable(rule, Status.MISSING, f"how agitated {seen.name} was is not in the record")
    exposed = exposure(seen, rule)
    if isinstance(exposed, Measurement):
        return exposed
    approach = exposed.approach
    speed = derive.closing_speed(approach.t, _places(approach.px, approach.pz), _places(approach.qx, approach.qz))
    fast = exposed.inside & (speed > rule.parameters["speed_m_s"])
    fast &= approach.distance < rule.parameters["near"] * exposed.required
    fast &= arousal_at(seen.arousal, approach.t) >= rule.parameters["arousal"]
    found = runs(approach.t, approach.dt, fast)
    seconds = approach.t[found[:, 1] - 1] + approach.dt[found[:, 1] - 1] - approach.t[found[:, 0]]
    events = found[seconds >= rule.parameters["lasting_s"] - TOUCHING]
    starts = np.zeros(len(approach.t))
    starts[events[:, 0]] = 1.0
    minutes = max(exposed.seconds, PER_MINUTE_OF_S) / 60
    return measured(
        rule,
        len(events) / minutes,
        unseen=_rates(seen.arousal, rule, exposed, len(events)),
        n=len(events),
        coverage=exposed.coverage,
        lapses=[_crowded(seen, rule, exposed, speed, first, last) for first, last in events.tolist()],
        drawn=seen.draws.sums(seen.per_cell(approach.t, starts)) / minutes,
    )


def _rates(
    arousal: tuple[Floats, Floats] | float, rule: Rule, exposed: Exposure, events: int
) -> tuple[float, float] | None:
    """The lowest and the highest rate had everything been observed, None if it was.

    A gap can hold an event for each `lasting_s` of it, and of one that has begun or goes on the rest; none at a time
    when nobody was agitated.
    """
    gaps = exposed.unseen
    if not length(gaps) > TOUCHING:
        return None
    moments = [np.arange(low, high, CHECKED_S) for low, high in gaps.tolist()]
    upset = [bool(np.any(arousal_at(arousal, t) >= rule.parameters["arousal"])) for t in moments]
    more = sum(
        1 + int((high - low) / rule.parameters["lasting_s"])
        for (low, high), might in zip(gaps.tolist(), upset, strict=True)
        if might and high - low > TOUCHING
    )
    minutes = max(exposed.seconds + length(gaps), PER_MINUTE_OF_S) / 60
    return events / minutes, (events + more) / minutes


def _crowded(seen: Observed, rule: Rule, exposed: Exposure, speed: Floats, first: int, last: int) -> Lapse:
    approach = exposed.approach
    start, end = float(approach.t[first]), float(approach.t[last - 1] + approach.dt[last - 1])
    fastest, limit = float(np.max(speed[first:last])), rule.parameters["speed_m_s"]
    far, near = approach.distance[first], approach.distance[last - 1]
    return Lapse(
        t_start=seen.session_t(start),
        t_end=seen.session_t(end),
        kind="crowding",
        observed=fastest,
        expected=limit,
        unit="m/s",
        text=f"At {clock(start)} you walked towards {seen.name} at {fastest:.1f} m/s for "
        f"{lasting(end - start)}, from {far:.1f} m to {near:.1f} m, while {seen.name} was agitated; "
        f"up to {limit:g} m/s costs nothing.",
        stream="head_pose",
        share=1.0,
    )


def _places(x: Floats, z: Floats) -> Floats:
    return np.stack([x, z], axis=1)


def arousal_at(arousal: tuple[Floats, Floats] | float, t: Floats) -> Floats:
    """Return the person's arousal, 0 to 1, at each time: the last row recorded."""
    if isinstance(arousal, float | int):
        return np.full(len(t), float(arousal))
    rows_t, values = arousal
    return values[np.maximum(np.searchsorted(rows_t, t, side="right") - 1, 0)]


DISTANCE = MappingProxyType(
    {
        "calm_m": (0.3, 50.0),
        "agitated_m": (0.3, 50.0),
        "contact_weapon_m": (0.3, 50.0),
        "firearm_m": (0.3, 50.0),
        "least_s": (0.0, 600.0),
    }
)
"""What both measures need; distances with a weapon may be left out, and are by default."""
WEAPONS = frozenset({"contact_weapon_m", "firearm_m"})
MOTION = MappingProxyType({"speed_m_s": (0.1, 5.0), "lasting_s": (0.1, 5.0), "near": (1.0, 5.0), "arousal": (0.0, 1.0)})

MEASURES = (
    Measure("distance_kept", "share", distance_kept, ("too_near",), {**DISTANCE, "tolerance": (0.5, 1.0)}, WEAPONS),
    Measure("crowding", "/min", crowding, ("crowding",), {**DISTANCE, **MOTION}, WEAPONS),
)
