"""What an instructor did during an attempt, and for how long it made the attempt another one than the scenario's.

It changes no measure. Evidence that lies in such a time is marked, so that it is read with that in mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scenario_assets.language import Scenario
from scoring.evidence import lasting
from scoring.window import Window
from telemetry.attempts import Attempt
from telemetry.trace import Event

LASTING_S = 15.0
"""Running seconds for which something done at once is taken to matter: in the shipped scenarios most nodes and
reactions are over by then. A judgement; half-lives of minutes make any such time too short."""


@dataclass(frozen=True, slots=True)
class Influence:
    """Something an instructor did, at session time `t`.

    What `steers` changed what happened, in the running time up to session time `until`; the rest did not.
    """

    t: float
    until: float
    by: str
    what: str
    steers: bool

    def covers(self, start: float, end: float) -> bool:
        """Say whether it had its hand in what happened between two session times."""
        return self.steers and start <= self.until and end >= self.t


def influences(attempt: Attempt, scenario: Scenario, window: Window) -> tuple[Influence, ...]:
    """List them in order of time: what steers, marks, freezes, the end."""
    found = [*_held_from_the_start(attempt, scenario, window), *_own(attempt, scenario, window)]
    return tuple(sorted(found, key=lambda each: each.t))


def _own(attempt: Attempt, scenario: Scenario, window: Window) -> Iterator[Influence]:
    events = [event for event in attempt.events if window.t(event) <= window.end]
    for number, event in enumerate(events):
        by, later = str(event.data.get("by", event.actor)), events[number + 1 :]
        if event.type == "hold" and event.data["on"]:
            yield Influence(event.t, _let_go(event, later, window), by, _held(event), steers=True)
        elif (steered := _steered(event, scenario)) is not None:
            yield Influence(event.t, _after(window, event.t), by, steered, steers=True)
        elif (told := _told(event, scenario, later)) is not None:
            yield Influence(event.t, event.t, by, told, steers=False)


def _held_from_the_start(attempt: Attempt, scenario: Scenario, window: Window) -> Iterator[Influence]:
    """A rule that was held when the checkpoint was taken still is when the attempt begins there."""
    held: dict[object, Event] = {}
    for event in attempt.before_of("hold"):
        if event.data["on"]:
            held[event.data["rule"]] = event
        else:
            held.pop(event.data["rule"], None)
    for event in held.values():
        until = _let_go(event, attempt.events, window)
        yield Influence(window.start, until, event.actor, f"{_held(event)} since before", steers=True)


def _let_go(event: Event, later: Sequence[Event], window: Window) -> float:
    """Return when a held rule was let go, and its late effect was over; at the latest the end."""
    for other in later:
        if other.type == "hold" and other.data["rule"] == event.data["rule"] and not other.data["on"]:
            return _after(window, other.t)
    return window.start + window.end


def _after(window: Window, t: float) -> float:
    """Return the session time `LASTING_S` running seconds later, at the latest the end."""
    left = LASTING_S
    for start, end in window.running + window.start:
        ran = max(0.0, end - max(start, t))
        if ran >= left:
            return float(max(start, t) + left)
        left -= ran
    return window.start + window.end


def _held(event: Event) -> str:
    return f"a branch held back ({event.data['rule']})"


def _steered(event: Event, scenario: Scenario) -> str | None:
    match event.type, event.data:
        case "inject", {"inject": str(name)}:
            inject = scenario.injects.get(name)
            return f"event brought in: {inject.text if inject else name}"
        case "goto", {"region": str(region), "node": str(node)}:
            return f"{region} sent to {node}".replace("_", " ")
        case "reload", _:
            return "scenario exchanged for another version of it"
        case "nudge", {"state": str(state), "by": float() | int() as by}:
            return f"{state.replace('_', ' ')} changed by {by:+g}"
        case _:
            return None


def _told(event: Event, scenario: Scenario, later: Sequence[Event]) -> str | None:
    match event.type, event.data:
        case "said", {"source": "marked", "kind": str(kind)}:
            marked = scenario.said.get(kind)
            return f"speech marked: {marked.text if marked else kind}"
        case "freeze", _:
            left = [other.t for other in later if other.type == "phase" and other.data["phase"] != "frozen"]
            return f"scenario frozen for {lasting(left[0] - event.t)}" if left else "scenario frozen"
        case "end", _:
            return "scenario ended"
        case _:
            return None
