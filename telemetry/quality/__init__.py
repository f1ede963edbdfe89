"""How good a session's data are: what came of each stream, what is missing and why, how well its clock was known.

Everything follows from the trace alone. `of` looks at an attempt, stream by stream, as reports show it; `of_tracks` at
every track of a whole session, as researchers read it (`research.quality`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from telemetry import attempts, spans
from telemetry.observation import Gap
from telemetry.presence import away
from telemetry.quality.document import CauseJson, DamageJson, GapJson, GapsJson, QualityJson, SpreadJson, StreamJson
from telemetry.quality.verdict import judge
from telemetry.spans import Floats
from telemetry.trace import Samples, Trace

__all__ = ["QualityJson", "StreamJson", "of", "of_tracks", "running"]

SHOWN = 8
"""Gaps told one by one, the longest; the others are counted."""
IRREGULAR = frozenset({"hand_pose"})
"""Streams whose rows come only while there is something to tell."""


def running(trace: Trace, attempt: int | None = None) -> Floats:
    """Return the session times (k, 2) in which the scenario ran: in all attempts, or in one (`UnknownAttempt`).

    The last span of one that has not ended goes up to the last event.
    """
    until = max((event.t for event in trace.events), default=0.0)
    if attempt is None:
        events = sorted(trace.events, key=lambda event: event.seq)
    else:
        found = attempts.Attempt.of(trace, attempt)
        events, until = list(found.events), until if found.left_t is None else found.left_t
    return spans.spans(attempts.running(events, until))


def of(trace: Trace, ran: Floats) -> QualityJson:
    """Return the quality of every stream (and label) in the session times `ran` (k, 2), in order of name."""
    named = sorted({(track.stream.name, track.label) for track in trace.tracks})
    streams = [
        _stream([track for track in trace.tracks if (track.stream.name, track.label) == name],
                trace.stream(name[0], name[1]), ran, away(trace, name[0]))
        for name in named
    ]  # fmt: skip
    lost = trace.damage
    damage: DamageJson = {
        "places": lost.places, "bytes": lost.bytes,
        "unplaced_places": lost.unplaced_places, "unplaced_bytes": lost.unplaced_bytes,
    }  # fmt: skip
    seconds = spans.length(ran)
    return {"seconds": _told(seconds), "summary": _summary(seconds, streams, damage), "streams": streams,
            "damage": damage}  # fmt: skip


def of_tracks(trace: Trace) -> dict[int, StreamJson]:
    """Return the quality of every track by its number, over all the time in which the scenario ran."""
    ran = running(trace)
    return {track.track: _stream([track], track, ran, away(trace, track.stream.name)) for track in trace.tracks}


def _stream(tracks: Sequence[Samples], whole: Samples, ran: Floats, gone: Floats) -> StreamJson:
    """`whole`: the tracks' rows as one; `gone`: when the trainee was away."""
    inside = spans.within(ran, np.round(whole.t, spans.DECIMALS))
    plausible = inside if whole.flags is None else inside & (whole.flags == 0)
    seen = spans.common(whole.observed, ran)
    seconds, present = spans.length(ran), spans.without(seen, gone)
    gaps = list(_during(whole.gaps, ran))
    found: StreamJson = {
        "stream": whole.stream.name,
        "label": whole.label,
        "station": whole.station,
        "verdict": "none",
        "why": [],
        "rows": int(np.count_nonzero(inside)),
        "implausible": int(np.count_nonzero(inside & ~plausible)),
        "nominal_hz": whole.nominal_hz,
        "rate_hz": _told(int(np.count_nonzero(plausible)) / spans.length(seen)) if spans.length(seen) > 0 else None,
        "coverage": _told(min(spans.length(present) / seconds, 1.0)) if seconds > 0 else 0.0,
        "missing": sum(gap.missing for gap, _ in gaps if gap.cause == "lost"),
        "declared": sum(gap.missing for gap, _ in gaps if gap.cause == "declared"),
        "pruned": sum(gap.missing for gap, _ in gaps if gap.cause == "pruned"),
        "gaps": _gaps(gaps),
        "clock_ms": _clock(tracks, ran),
        "epochs": sum(len(np.unique(track.clock.epoch)) for track in tracks if track.clock is not None),
        "lag_ms": _lag(tracks, ran),
        "clipped": _mean(whole, "clipped", plausible),
        "worn": _share(whole, "worn", plausible),
        "visible": _share(whole, "visible", plausible),
    }
    regular = whole.stream.origin == "station" and whole.stream.name not in IRREGULAR
    found["verdict"], found["why"] = judge(found, regular=regular, away_s=spans.length(spans.common(gone, ran)))
    return found


def _during(gaps: Iterable[Gap], ran: Floats) -> Iterator[tuple[Gap, float]]:
    """The gaps that lie in the running time, at least in part, with the seconds of it that they take."""
    for gap in gaps:
        seconds = spans.length(spans.common(np.array([[gap.t_start, gap.t_end]]), ran))
        if seconds > 0 or (gap.missing and spans.within(ran, np.array([gap.t_start]))[0]):
            yield gap, seconds


def _gaps(gaps: Sequence[tuple[Gap, float]]) -> GapsJson:
    causes: dict[str, CauseJson] = {}
    for gap, seconds in gaps:
        of_cause = causes.setdefault(gap.cause, {"count": 0, "seconds": 0.0, "missing": 0})
        of_cause["count"] += 1
        of_cause["seconds"] = _told(of_cause["seconds"] + seconds)
        of_cause["missing"] += gap.missing
    longest = sorted(gaps, key=lambda each: -each[1])[:SHOWN]
    return {
        "count": len(gaps),
        "seconds": _told(sum(seconds for _, seconds in gaps)),
        "longest_s": _told(max((seconds for _, seconds in gaps), default=0.0)),
        "causes": causes,
        "longest": [_gap(gap) for gap, _ in sorted(longest, key=lambda each: each[0].t_start)],
    }


def _gap(gap: Gap) -> GapJson:
    return {"t_start": _told(gap.t_start), "t_end": _told(gap.t_end), "missing": gap.missing, "cause": gap.cause,
            "reason": gap.reason}  # fmt: skip


def _clock(tracks: Sequence[Samples], ran: Floats) -> SpreadJson | None:
    """How exactly times were known while the scenario ran, about once per second."""
    return _spread([track.clock.bound_s[_lately(track.clock.t, ran)] for track in tracks if track.clock is not None])


def _lag(tracks: Sequence[Samples], ran: Floats) -> SpreadJson | None:
    """How long after its first row a batch arrived, about once per second."""
    found = []
    for track in tracks:
        if track.clock is None or not len(track):
            continue
        at = np.minimum(np.searchsorted(track.seq, track.clock.seq), len(track) - 1)
        there = (track.seq[at] == track.clock.seq) & _lately(track.clock.t, ran)
        found.append((track.clock.t - track.t[at])[there])
    return _spread(found)


def _lately(t: Floats, ran: Floats) -> spans.Mask:
    """Which times lie between the beginning and the end of the running time, pauses included."""
    if not len(ran):
        return np.zeros(len(t), np.bool_)
    inside: spans.Mask = (t >= ran[0, 0]) & (t < ran[-1, 1])
    return inside


def _spread(parts: Sequence[Floats]) -> SpreadJson | None:
    every = np.concatenate(parts) if parts else np.zeros(0)
    every = every[~np.isnan(every)]
    if not len(every):
        return None
    median, p95 = np.quantile(every, (0.5, 0.95), method="inverted_cdf")
    return {"median": _ms(float(median)), "p95": _ms(float(p95)), "worst": _ms(float(np.max(every)))}


def _ms(seconds: float) -> float | None:
    return _told(1000 * seconds) if np.isfinite(seconds) else None


def _mean(samples: Samples, column: str, rows: spans.Mask) -> float | None:
    if column not in samples.columns or not np.any(rows):
        return None
    return _told(float(np.mean(samples[column][rows])))


def _share(samples: Samples, column: str, rows: spans.Mask) -> float | None:
    """The share of the rows that say yes, of those that say anything (-1 is neither)."""
    if column not in samples.columns:
        return None
    said = samples[column][rows]
    said = said[said >= 0]
    return _told(float(np.mean(said > 0))) if len(said) else None


def _summary(seconds: float, streams: Sequence[StreamJson], damage: DamageJson) -> str:
    if seconds <= 0:
        return "The scenario never ran."
    by_verdict: dict[str, list[str]] = {}
    for stream in streams:
        named = stream["stream"].replace("_", " ") + f" of {stream['label']}" * bool(stream["label"])
        by_verdict.setdefault(stream["verdict"], []).append(named)
    good = len(by_verdict.pop("good", []))
    others = [f"{verdict}: {', '.join(by_verdict[verdict])}" for verdict in sorted(by_verdict)]
    said = f"Of {len(streams)} streams {good} {'is' if good == 1 else 'are'} good"
    said = "; ".join([said, *others]) + "."
    if lost := damage["bytes"]:
        said += f" The journal lost {lost} bytes of this session."
    if unplaced := damage["unplaced_bytes"]:
        said += f" The journal lost {unplaced} bytes of nobody knows which session."
    return said


def _told(value: float) -> float:
    return round(value, spans.DECIMALS)
