"""Active listening, empathy, rapport (component C2 of the scoring model): first contact and vocal effort.

The voice is graded only against the trainee's own calibrated normal voice, so neither a soft voice nor a
sensitive microphone costs anything. There is no allowance for raising the voice in a noisy place (Lombard
effect): it needs a room level in dB(A), which a microphone of unknown gain cannot give.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from scoring.evidence import Lapse, clock, lasting
from scoring.measurement import (
    LEAST_COVERAGE,
    Measure,
    Measurement,
    Rule,
    Status,
    measured,
    never,
    share_with,
    unusable,
)
from scoring.observed import Observed, Voice
from telemetry.spans import TOUCHING, Floats, Mask, clip, length, merged, runs, union, within, without

BLOCK_FRAMES, HOP_FRAMES = 20, 5
"""Gating blocks of 400 ms with 75 % overlap (ITU-R BS.1770-5), in frames of 20 ms."""
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
"""LUFS, and LU below the mean of what passes the absolute gate (ITU-R BS.1770-5)."""
SILENCE = 1e-12
"""Energy of the wire's silence, -120 LUFS; keeps logarithms finite."""
BLOCK_S, HOP_S = 0.4, 0.1
"""The same in seconds."""
ROOM_FRAMES = 50
"""Frames without speech (1 s) from which on the session's own noise is known; else the calibration's
holds.
"""
SHOUT_LU = 21.1
"""How far a shout is above a normal voice, K-weighted (spectra of ANSI S3.5-1997): the last knot of the ladder."""
FINER = 10
"""So many times finer than a time's knots its clock must be known (scoring model 7.2)."""
MERGED_S, LEAST_S = 0.5, 0.2
"""Lapses less than this apart are one; shorter ones are left out if others remain (scoring model 7.8)."""


def energy(lufs: Floats | float) -> Floats:
    """Return levels in LUFS or LU as energies."""
    return np.asarray(10 ** (np.asarray(lufs) / 10), np.float64)


def level(energy: float) -> float:
    """Return an energy as a level in LUFS or LU."""
    return float(10 * np.log10(max(energy, SILENCE)))


# --- first verbal contact -----------------------------------------------------------------------------------

CONTACT_BY = {"chosen": "by a chosen line", "marked": "by words that the instructor marked"}
"""How a first word that no microphone heard is known, by the source of the act of speech."""


def first_verbal_contact(seen: Observed, rule: Rule) -> Measurement:
    """Return the running seconds from the person's appearance to the first word to them.

    The first word is the first of: 200 ms of unbroken speech, a line chosen, an act of speech marked by the
    instructor. The person's appearance, not their first line, starts the clock: one need not wait to be spoken
    to. Time in which the voice was not observed is never held against anybody.
    """
    if seen.met:
        return unusable(
            rule, Status.NOT_APPLICABLE, f"you had spoken to {seen.name} before the moment at which this attempt began"
        )
    full = rule.value.full[1]
    until = seen.contact if seen.contact is not None else seen.window.end
    waited = seen.between(seen.appeared, until)
    by = None if seen.contact_by is None else CONTACT_BY.get(seen.contact_by)
    if (reason := _clock_too_wrong(seen, rule)) is not None:
        return unusable(rule, Status.INVALID, reason)
    heard = _coverage(seen.voice, clip(seen.window.running, seen.appeared, until))
    if seen.contact is not None and waited <= full:
        return measured(rule, waited, n=1, coverage=1.0, lapses=[], note=by)
    if seen.voice is None:
        reason = "no microphone: whether you spoke earlier was not observed"
        return unusable(rule, Status.MISSING, reason)
    if heard < LEAST_COVERAGE:
        reason = f"your voice was observed for only {heard:.0%} of the time until then; half is needed"
        return unusable(rule, Status.INSUFFICIENT, reason, coverage=heard)
    lapse = Lapse(
        t_start=seen.session_t(seen.appeared),
        t_end=seen.session_t(until),
        kind="late",
        observed=None if seen.contact is None else waited,
        expected=full,
        unit="s",
        text=_contact_text(seen, waited, full),
        stream="voice",
        share=1.0,
    )
    earliest = _earliest(seen, until)
    unseen = None if earliest is None else (seen.between(seen.appeared, earliest), waited)
    if seen.contact is not None:
        return measured(rule, waited, n=1, coverage=heard, lapses=[lapse], unseen=unseen, note=by)
    if waited < full:
        reason = f"the scenario ended {lasting(waited)} after {seen.name} appeared, before a first word was due"
        return unusable(rule, Status.INSUFFICIENT, reason, coverage=heard)
    return never(rule, f"no word to {seen.name} was observed", lapse=lapse, coverage=heard, unseen=unseen)


def _earliest(seen: Observed, until: float) -> float | None:
    """When a first word could have been said that nobody heard, None if it could not."""
    gaps = _unheard(seen.voice, clip(seen.window.running, seen.appeared, until))
    lasting = gaps[gaps[:, 1] - gaps[:, 0] >= TOUCHING]
    return float(lasting[0, 0]) if len(lasting) else None


def _clock_too_wrong(seen: Observed, rule: Rule) -> str | None:
    """A first word heard by the station is timed by its clock, which must be ten times finer than the knots."""
    if seen.voice is None or seen.contact is None or any(act.t == seen.contact for act in seen.said):
        return None
    finest = min((x for x in rule.value.x if x > 0), default=math.inf) / FINER
    if math.isinf(seen.voice.bound_s):
        return "the station's clock was never compared with the server's"
    if seen.voice.bound_s > finest:
        return f"the station's clock was known to {seen.voice.bound_s:.1f} s only; {finest:g} s is needed"
    return None


def _contact_text(seen: Observed, waited: float, full: float) -> str:
    there = f"From {clock(seen.appeared)} on {seen.name} was there"
    if seen.contact is None:
        return f"{there}, and until the end no word of yours to {seen.name} was observed."
    later = f"{lasting(waited)} later, at {clock(seen.contact)}"
    return f"{there}; your first words came {later}. Up to {lasting(full)} costs nothing."


# --- the voice against the trainee's own normal voice -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speech:
    """The trainee's own speech in the engaged time, and their normal voice (`baseline`, LUFS)."""

    voice: Voice
    own: Mask
    baseline: float
    seconds: float
    coverage: float


def speech(seen: Observed, rule: Rule) -> Speech | Measurement:
    """Return the trainee's own speech, or why it cannot be compared with their normal voice."""
    microphone, voice = seen.microphone, seen.voice
    if voice is None:
        return unusable(rule, Status.MISSING, "no microphone: your voice was not observed")
    if (reason := _untrusted(seen)) is not None:
        return unusable(rule, Status.INVALID, reason)
    if microphone.baseline is None:
        return unusable(rule, Status.MISSING, "no calibration: your own normal voice is not known")
    own = voice.speaking & within(seen.engaged, voice.t)
    coverage = _coverage(voice, seen.engaged)
    found = Speech(voice, own, microphone.baseline, float(np.sum(voice.dt[own])), coverage)
    if (reason := _too_little(found, rule)) is not None:
        status = Status.INSUFFICIENT
    elif (reason := _spoiled(seen, found, rule)) is not None:
        status = Status.INVALID
    else:
        return found
    return unusable(rule, status, reason, n=int(np.sum(own)), coverage=coverage)


def _untrusted(seen: Observed) -> str | None:
    if seen.microphone.refused is not None:
        return f"the calibration was not accepted: {seen.microphone.refused}"
    if seen.microphone.gain_control is None:
        return "the browser did not say whether it changes the microphone's gain (automatic gain control)"
    return (
        "the browser changed the microphone's gain (automatic gain control)" if seen.microphone.gain_control else None
    )


def _too_little(found: Speech, rule: Rule) -> str | None:
    least = rule.parameters["least_speech_s"]
    if found.seconds < least:
        return f"only {lasting(found.seconds)} of your speech was heard; {least:g} s are needed"
    if found.coverage < LEAST_COVERAGE:
        return f"the microphone was heard for only {found.coverage:.0%} of the time; half is needed"
    return None


def _spoiled(seen: Observed, found: Speech, rule: Rule) -> str | None:
    voice, own = found.voice, found.own
    clipped, most = float(np.mean(voice.clipped[own])), rule.parameters["most_clipped"]
    if clipped > most:
        return f"the microphone cut off {clipped:.1%} of your speech (clipping); at most {most:.0%} is usable"
    quiet = voice.power[~voice.speaking]
    noise = level(float(np.median(energy(quiet)))) if len(quiet) >= ROOM_FRAMES else seen.microphone.noise
    if noise is None:
        return None
    ratio, least = level(float(np.mean(energy(voice.power[own])))) - noise, rule.parameters["least_snr_db"]
    if ratio < least:
        return f"your speech was only {ratio:.0f} dB above the noise of the room; {least:g} dB are needed"
    return None


def _unheard(voice: Voice | None, of: Floats) -> Floats:
    """In which of these spans the voice was not observed."""
    return of if voice is None else without(of, union(np.stack([voice.t, voice.t + voice.dt], axis=1)))


def _coverage(voice: Voice | None, of: Floats) -> float:
    if voice is None or not len(of) or length(of) <= 0:
        return 0.0
    return min(1.0, float(np.sum(voice.dt[within(of, voice.t)])) / length(of))


def vocal_effort(seen: Observed, rule: Rule) -> Measurement:
    """V1, the loudness of the trainee's own speech relative to their normal voice, LU.

    Gated loudness (BS.1770) over blocks that are speech throughout, in the engaged time, minus the baseline.
    """
    found = speech(seen, rule)
    if isinstance(found, Measurement):
        return found
    starts, energies = gated(found.voice, found.own)
    if not len(starts):
        reason = "no 400 ms of unbroken speech above the gate were heard"
        return unusable(rule, Status.INSUFFICIENT, reason, n=0, coverage=found.coverage)
    relative = energies / energy(found.baseline)
    value = level(float(np.mean(relative)))
    t = found.voice.t[starts]
    middle = np.minimum(t + BLOCK_S / 2, seen.window.end)
    ratios = seen.draws.ratios(seen.per_cell(middle, relative), seen.per_cell(middle, np.ones(len(t))))
    return measured(
        rule,
        value,
        n=len(starts),
        coverage=found.coverage,
        unseen=_efforts(relative, _unheard(found.voice, seen.engaged)),
        lapses=_effort_lapses(seen, rule, t, relative, value),
        drawn=10 * np.log10(np.maximum(ratios, SILENCE)),
    )


def _efforts(relative: Floats, unheard: Floats) -> tuple[float, float] | None:
    """The lowest and the highest loudness, LU, had everything been heard, None if it was.

    Somebody could have shouted all the time, or spoken as softly as the gate lets through. A gap costs the blocks that
    reach into it, too.
    """
    seconds = length(unheard) + BLOCK_S * len(unheard)
    if not length(unheard) > TOUCHING:
        return None
    blocks, mean = seconds / HOP_S, float(np.mean(relative))
    loudest, softest = max(float(energy(SHOUT_LU)), mean), mean * float(energy(RELATIVE_GATE))
    gate = (float(np.sum(relative)) + blocks * loudest) / (len(relative) + blocks) * energy(RELATIVE_GATE)
    passed = relative[relative > gate]
    high = (float(np.sum(passed)) + blocks * loudest) / (len(passed) + blocks)
    low = (float(np.sum(relative)) + blocks * softest) / (len(relative) + blocks)
    return level(low), level(high)


def gated(voice: Voice, own: Mask) -> tuple[NDArray[np.intp], Floats]:
    """Return the first frame and the energy of each 400 ms block that is own speech throughout and passes
    the gates.
    """
    starts = np.arange(0, len(own) - BLOCK_FRAMES + 1, HOP_FRAMES)
    spoken = np.concatenate([[0], np.cumsum(own)])
    unbroken = spoken[starts + BLOCK_FRAMES] - spoken[starts] == BLOCK_FRAMES
    unbroken &= voice.t[starts + BLOCK_FRAMES - 1] - voice.t[starts] < 2 * BLOCK_S
    upto = np.concatenate([[0.0], np.cumsum(np.where(own, energy(voice.power), 0.0))])
    starts = starts[unbroken]
    energies = (upto[starts + BLOCK_FRAMES] - upto[starts]) / BLOCK_FRAMES
    heard = energies > energy(ABSOLUTE_GATE)
    if np.any(heard):
        heard &= energies > np.mean(energies[heard]) * energy(RELATIVE_GATE)
    return starts[heard], energies[heard]


def _effort_lapses(seen: Observed, rule: Rule, t: Floats, relative: Floats, value: float) -> list[Lapse]:
    """Tell where the voice left the range of full points, on the side on which the whole did.

    Shares are by energy beyond the edge of that range (scoring model 7.8).
    """
    low, high = rule.value.full
    if low <= value <= high:
        return []
    edge, kind = (high, "loud") if value > high else (low, "soft")
    beyond = relative - energy(edge) if kind == "loud" else energy(edge) - relative
    hop = np.full(len(t), HOP_S)
    found = merged(runs(t, hop, beyond > 0), t, hop, gap=MERGED_S, least=LEAST_S)
    return [_effort_lapse(seen, kind, edge, t[a:b], relative[a:b], beyond[a:b]) for a, b in found.tolist()]


def _effort_lapse(seen: Observed, kind: str, edge: float, t: Floats, relative: Floats, beyond: Floats) -> Lapse:
    start, end = float(t[0]), min(float(t[-1]) + BLOCK_S, seen.window.end)
    observed = level(float(np.mean(relative[beyond > 0])))
    how, bound = ("louder", "up to") if kind == "loud" else ("softer", "down to")
    return Lapse(
        t_start=seen.session_t(start),
        t_end=seen.session_t(end),
        kind=kind,
        observed=observed,
        expected=edge,
        unit="LU",
        text=f"At {clock(start)} you spoke {abs(observed):.0f} LU {how} than your normal voice for "
        f"{lasting(end - start)}; {bound} {edge:+g} LU costs nothing.",
        stream="voice",
        share=float(np.sum(np.maximum(beyond, 0.0))),
    )


def loud_fraction(seen: Observed, rule: Rule) -> Measurement:
    """V2, the share of own speech whose momentary loudness is more than `loud_lu` above the normal voice."""
    found = speech(seen, rule)
    if isinstance(found, Measurement):
        return found
    voice, limit = found.voice, rule.parameters["loud_lu"]
    loud = found.own & (voice.loudness > found.baseline + limit)
    spoken = np.where(found.own, voice.dt, 0.0)
    shouted = np.where(loud, voice.dt, 0.0)
    moments = merged(runs(voice.t, voice.dt, loud), voice.t, voice.dt, gap=MERGED_S, least=LEAST_S)
    seconds, unheard = float(np.sum(shouted)), length(_unheard(voice, seen.engaged))
    return measured(
        rule,
        seconds / found.seconds,
        unseen=share_with(seconds, found.seconds, unheard),
        n=int(np.sum(found.own)),
        coverage=found.coverage,
        lapses=[_loud_lapse(seen, found, limit, loud, first, last) for first, last in moments.tolist()],
        drawn=seen.draws.ratios(seen.per_cell(voice.t, shouted), seen.per_cell(voice.t, spoken)),
    )


def _loud_lapse(seen: Observed, found: Speech, limit: float, loud: Mask, first: int, last: int) -> Lapse:
    voice, rows = found.voice, slice(first, last)
    start, end = float(voice.t[first]), float(voice.t[last - 1] + voice.dt[last - 1])
    loudest = float(np.max(voice.loudness[rows][loud[rows]])) - found.baseline
    return Lapse(
        t_start=seen.session_t(start),
        t_end=seen.session_t(end),
        kind="loud",
        observed=loudest,
        expected=limit,
        unit="LU",
        text=f"At {clock(start)} you raised your voice to {loudest:.0f} LU above your normal voice for "
        f"{lasting(end - start)}; {limit:g} LU is where loud speech begins.",
        stream="voice",
        share=float(np.sum(voice.dt[rows][loud[rows]])),
    )


SPEECH = MappingProxyType(
    {
        "least_speech_s": (0.0, 600.0),
        "most_clipped": (0.0, 1.0),
        "least_snr_db": (0.0, 60.0),
    }
)

MEASURES = (
    Measure("first_verbal_contact", "s", first_verbal_contact, ("late",)),
    Measure("vocal_effort", "LU", vocal_effort, ("loud", "soft"), SPEECH),
    Measure("loud_fraction", "share", loud_fraction, ("loud",), {**SPEECH, "loud_lu": (0.0, 40.0)}),
)
