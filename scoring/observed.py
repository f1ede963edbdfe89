"""A session as the measures see it: what happened while the scenario ran, in seconds since it began.

Everything is read once, here, out of the trace; the measures then work on arrays.

*Running* is the time in phase `running`, up to the outcome; frozen time is not. *Engaged* is the running time
from the first verbal contact, or from the first moment within the person's social distance, whichever comes
first; where there is neither, all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from scenario_assets.language import Scenario
from scoring import threat
from scoring.resampling import Draws
from scoring.window import Window
from telemetry import derive
from telemetry.attempts import Attempt
from telemetry.presence import away
from telemetry.spans import TOUCHING, Floats, Mask, clip, held, length, runs, support, within
from telemetry.trace import Event, Samples, Trace

SOCIAL_M = 3.65
"""Outer edge of Hall's social distance (1.20 to 3.65 m): nearer than this one deals with somebody."""
SUSTAINED_S = 0.2
"""Sound this long is speech and not a cough (ITU-T P.56: 200 ms hang-over)."""
FIRST_ROW_S = 0.5
"""The server's first row of an actor who is there from the start comes a tick after it, not half a second."""


@dataclass(frozen=True, slots=True)
class Approach:
    """Trainee (p) and person (q) while both were tracked: places on the floor and distance, m.

    `t` is relative to the start; each row stands for `dt` seconds.
    """

    t: Floats
    dt: Floats
    px: Floats
    pz: Floats
    qx: Floats
    qz: Floats
    distance: Floats


@dataclass(frozen=True, slots=True)
class Voice:
    """The trainee's voice while the scenario ran: LUFS of 20 ms (`power`) and of 400 ms (`loudness`).

    `bound_s`: `t` is right to this, against events; NaN if nobody knows.
    """

    t: Floats
    dt: Floats
    power: Floats
    loudness: Floats
    clipped: Floats
    speaking: Mask
    bound_s: float


@dataclass(frozen=True, slots=True)
class Microphone:
    """What is known of the microphone.

    `gain_control` None: the browser did not say. `baseline` and `noise` are of the last accepted calibration,
    LUFS; `refused` says why the last one was not accepted.
    """

    used: bool
    gain_control: bool | None
    baseline: float | None
    noise: float | None
    refused: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """Something the trainee did at `t`, relative to the start."""

    t: float
    name: str


@dataclass(frozen=True, slots=True)
class Help:
    """Which requests count as a call for help, and when help was first indicated (None: not in this
    session).

    `called`: it had been called for before the attempt began.
    """

    counts: frozenset[str]
    indicated: float | None
    called: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """One attempt of a session, read for grading.

    `appeared` is when the person could first be seen, `contact` when the trainee first addressed them (None:
    never observed), `contact_by` the source of that act of speech (None: it was heard); `met`: they had
    addressed them before the attempt began. `arousal` is the person's, 0 to 1, as (t, values) or as a constant.
    `distances` are the scenario's own required distances by threat, m. `help`
    None: this scenario has no occasion for it.
    """

    window: Window
    person: str
    name: str
    appeared: float
    approach: Approach | None
    threats: threat.Threats
    arousal: tuple[Floats, Floats] | float | None
    distances: Mapping[str, float]
    voice: Voice | None
    microphone: Microphone
    said: tuple[Act, ...]
    radio: tuple[Act, ...]
    help: Help | None
    contact: float | None
    contact_by: str | None
    met: bool
    engaged: Floats
    draws: Draws

    def session_t(self, t: float) -> float:
        """Return the session time of a time relative to the start."""
        return self.window.start + t

    def between(self, start: float, end: float) -> float:
        """Return the running seconds between two times: frozen time does not count."""
        return length(clip(self.window.running, start, end))

    def per_cell(self, t: Floats, amount: Floats) -> Floats:
        """Return `amount` at times `t` summed into the cells of the running time (see `resampling`)."""
        running = self.window.running
        before = np.concatenate([[0.0], np.cumsum(running[:, 1] - running[:, 0])])
        at = np.maximum(np.searchsorted(running[:, 0], t, side="right") - 1, 0)
        return self.draws.per_cell(before[at] + t - running[at, 0], amount)


def observe(trace: Trace, scenario: Scenario, attempt: Attempt | None = None) -> Observed | None:
    """Return an attempt (the last one unless told) as the measures see it, None if its scenario never ran."""
    attempt = attempt or Attempt.of(trace)
    window = Window.of(trace, attempt)
    if window is None or not len(window.running):
        return None
    person = scenario.scoring.person
    place = _rows(trace, "actor_pose", person)
    approach = _approach(_rows(trace, "head_pose"), place, window)
    microphone = _microphone(trace)
    heard = _rows(trace, "voice") if microphone.used else None
    voice = _voice(heard, window) if heard is not None else None
    spoken = window.events(attempt, "said")
    said = [Act(window.t(event), str(event.data["kind"])) for event in spoken]
    appeared = _appeared(place, window)
    contact = _contact(voice, said, appeared)
    met = _met(attempt, heard)
    return Observed(
        window=window,
        person=person,
        name=scenario.actors[person].name,
        appeared=appeared,
        approach=approach,
        threats=threat.read(scenario.regions, scenario.start, _entries(attempt, window)),
        arousal=_arousal(trace, scenario, window),
        distances={str(name): metres for name, metres in scenario.scoring.distance.items()},
        voice=voice,
        microphone=microphone,
        said=tuple(said),
        radio=_radio(attempt, scenario, window),
        help=_help(attempt, scenario, window),
        contact=contact,
        contact_by=next((str(event.data["source"]) for event in spoken if window.t(event) == contact), None),
        met=met,
        engaged=clip(window.running, 0.0 if met else _engagement(contact, approach, appeared), np.inf),
        draws=Draws.of(window.seconds),
    )


def _rows(trace: Trace, stream: str, label: str | None = None) -> Samples:
    """Return a stream's rows in order of time, without those that say nothing of what was done.

    These are the ones that the store flagged as implausible, and those of a headset that nobody wore or saw the scene
    in: left out they are a gap, and a gap is not observed.
    """
    samples = trace.stream(stream, label, optional=True)
    order = np.argsort(samples.t, kind="stable")
    if samples.flags is not None:
        order = order[samples.flags[order] == 0]
    order = order[~within(away(trace, stream), samples.t[order])]
    if np.array_equal(order, np.arange(len(samples))):
        return samples
    return samples.taken(order)


def _column(samples: Samples, name: str) -> Floats:
    return samples[name].astype(np.float64)


def _appeared(place: Samples, window: Window) -> float:
    t = window.times(place.t)
    t = t[t >= 0]
    return float(t[0]) if len(t) and t[0] > FIRST_ROW_S else 0.0


def _approach(pose: Samples, place: Samples, window: Window) -> Approach | None:
    if not len(pose) or not len(place):
        return None
    t, place_t = window.times(pose.t), window.times(place.t)
    ran, dt = held(window.running, t)
    tracked = ran & _covered(t, place_t)
    t, dt = t[tracked], dt[tracked[ran]]
    px, pz = (_column(pose, axis)[tracked] for axis in ("px", "pz"))
    qx, qz = (np.interp(t, place_t, _column(place, axis)) for axis in ("px", "pz"))
    return Approach(t, dt, px, pz, qx, qz, np.asarray(derive.distance(px, pz, qx, qz)))


def _covered(t: Floats, rows_t: Floats) -> Mask:
    """Say for each time whether one of the rows stands for it."""
    at = np.searchsorted(rows_t, t, side="right") - 1
    ends = rows_t + support(rows_t)
    return (at >= 0) & (t < ends[np.maximum(at, 0)])


def _voice(rows: Samples, window: Window) -> Voice | None:
    t = window.times(rows.t)
    ran, dt = held(window.running, t)
    if not np.any(ran):
        return None
    power, loudness, clipped, speaking = (
        _column(rows, name)[ran] for name in ("power", "loudness", "clipped", "speaking")
    )
    return Voice(t[ran], dt, power, loudness, clipped, speaking >= 0.5, rows.bound_s)


def _contact(voice: Voice | None, said: Sequence[Act], appeared: float) -> float | None:
    """When the trainee first addressed the person: sustained speech, or an act of speech chosen or marked."""
    times = [act.t for act in said]
    if voice is not None:
        spoken = runs(voice.t, voice.dt, voice.speaking & (voice.t >= appeared))
        until = voice.t[spoken[:, 1] - 1] + voice.dt[spoken[:, 1] - 1]
        lasting = spoken[until - voice.t[spoken[:, 0]] >= SUSTAINED_S - TOUCHING]
        times += [float(voice.t[first]) for first in lasting[:1, 0]]
    return min((t for t in times if t >= appeared), default=None)


def _met(attempt: Attempt, heard: Samples | None) -> bool:
    """Whether the trainee had addressed the person before the attempt began: it began in their conversation."""
    if attempt.before_of("said"):
        return True
    before = Window(0.0, attempt.ran_before, None)
    voice = _voice(heard, before) if heard is not None and len(before.running) else None
    return voice is not None and _contact(voice, (), -np.inf) is not None


def _engagement(contact: float | None, approach: Approach | None, appeared: float) -> float:
    """When the engaged time begins; with the person's appearance if there was neither word nor nearness."""
    near = approach.t[approach.distance <= SOCIAL_M] if approach is not None else np.zeros(0)
    begins = [float(t) for t in near[:1]] + ([] if contact is None else [contact])
    return min(begins, default=appeared)


def _entries(attempt: Attempt, window: Window) -> list[threat.Entry]:
    """Return all nodes entered on the way: those before the attempt began, as at its start, and its own."""
    own = [(window.t(event), event) for event in window.events(attempt, "branch")]
    return [
        threat.Entry(
            t, str(event.data["region"]), str(event.data["target"]),
            fresh=str(event.data["rule"]).endswith(threat.GOTO),
        )
        for t, event in [*((0.0, event) for event in attempt.before_of("branch")), *own]
    ]  # fmt: skip


def _arousal(trace: Trace, scenario: Scenario, window: Window) -> tuple[Floats, Floats] | float | None:
    arousal = scenario.actors[scenario.scoring.person].arousal
    if not isinstance(arousal, str):
        return arousal
    rows = _rows(trace, "person_state", arousal)
    low, high = scenario.dynamics[arousal].range
    return (window.times(rows.t), (_column(rows, "value") - low) / (high - low)) if len(rows) else None


def _microphone(trace: Trace) -> Microphone:
    """Read the last consent and the last calibration; what was never said about it stays unknown."""
    consents = trace.events_of("consent")
    used = bool(consents[-1].data["microphone"]) if consents else True
    settings = consents[-1].data.get("settings") if consents else None
    control = settings.get("autoGainControl") if isinstance(settings, Mapping) else None
    calibrations = [event.data for event in trace.events_of("calibrated")]
    accepted = [data for data in calibrations if data["accepted"]]
    last = accepted[-1] if accepted else {}
    reasons = cast(Sequence[str], calibrations[-1]["reasons"]) if calibrations and not accepted else ()
    return Microphone(
        used=used,
        gain_control=control if isinstance(control, bool) else None,
        baseline=_level(last.get("baseline_lufs")),
        noise=_level(last.get("noise_lufs")),
        refused="; ".join(reasons) if calibrations and not accepted else None,
    )


def _level(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _radio(attempt: Attempt, scenario: Scenario, window: Window) -> tuple[Act, ...]:
    """Return the requests made: by the radio keys, or by a choice that implies one."""
    events = window.events(attempt, "radio", "choice")
    asked = ((window.t(event), _request(event, scenario)) for event in events)
    return tuple(Act(t, request) for t, request in asked if request is not None)


def _request(event: Event, scenario: Scenario) -> str | None:
    if event.type == "radio":
        return str(event.data["request"])
    choice = scenario.choices.get(str(event.data["choice"]))
    return choice.radio if choice is not None else None


def _help(attempt: Attempt, scenario: Scenario, window: Window) -> Help | None:
    help = scenario.scoring.help
    if help is None:
        return None
    shown = [window.t(event) for event in window.events(attempt, "emit") if event.data["event"] == help.indicated]
    if any(event.data["event"] == help.indicated for event in attempt.before_of("emit")):
        shown = [0.0]
    asked = {_request(event, scenario) for event in attempt.before_of("radio", "choice")}
    return Help(frozenset(help.counts), shown[0] if shown else None, bool(asked & set(help.counts)))
