"""The attempts of a session: one run from the start or from a checkpoint; a rewind begins the next one.

Session time never steps back, so that attempts follow one another; scenario time does. What an attempt builds on
happened in those it forked from, up to its checkpoint, and counts as done before it began.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self, cast

from telemetry.errors import UnknownAttempt
from telemetry.spans import Floats, spans

if TYPE_CHECKING:  # a trace is read by attempt
    from telemetry.trace import Event, Trace


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of `count`: its own `events` and those that led to where it began, each in order of number.

    It began at scenario time `from_ms`; `why` and `label` are its checkpoint's, empty for a session's first.
    `left_t` is the session time at which it was left by a rewind, None if it was not. `scenario_sha256` is the
    version of the scenario that it ended in. `began_t` is the session time of the
    rewind that led to it, None for a session's first.
    """

    number: int
    count: int
    from_ms: int
    why: str
    label: str
    events: tuple[Event, ...]
    before: tuple[Event, ...]
    ran_before: Floats
    began_t: float | None
    left_t: float | None
    scenario_sha256: str

    @classmethod
    def of(cls, trace: Trace, number: int | None = None) -> Self:
        """Return an attempt of a session, the last one if no number is given; raises `UnknownAttempt`."""
        runs = _runs(trace)
        number = number if number is not None else runs[-1].number
        for index, run in enumerate(runs):
            if run.number == number:
                before, ran = _before(runs, run)
                following = runs[index + 1].begun if index + 1 < len(runs) else None
                return cls(
                    number, len(runs), run.from_ms, run.text("why"), run.text("label"), run.events, before,
                    spans(ran), run.begun.t if run.begun is not None else None,
                    following.t if following is not None else None, _version(trace, runs[: index + 1]),
                )  # fmt: skip
        known = ", ".join(str(run.number) for run in runs)
        raise UnknownAttempt(f"session {trace.session.id} has no attempt {number}; there is {known}")

    @property
    def spans(self) -> Floats:
        """Return the session times it lasted, [beginning, leaving): an attempt's rows are those in between.

        It began when it first ran, or with the rewind that led to it, and was left by the next rewind or by its end;
        infinite while it lasts, no spans at all if it never began. `research.attempts` says the same.
        """
        phases = [(event.data["phase"], event.t) for event in self.events if event.type == "phase"]
        ended = [t for phase, t in phases if phase in ("debrief", "closed")]
        began = [self.began_t] if self.began_t is not None else [t for phase, t in phases if phase == "running"]
        left = self.left_t if self.left_t is not None else min(ended, default=math.inf)
        return spans([(t, left) for t in began[:1]])

    def events_of(self, *types: str) -> list[Event]:
        """Return its own events of these types, in order."""
        return [event for event in self.events if event.type in types]

    def before_of(self, *types: str) -> list[Event]:
        """Return the events of these types that led to where it began, in order."""
        return [event for event in self.before if event.type in types]


@dataclass(frozen=True, slots=True)
class _Run:
    """An attempt as recorded; `begun` is the event it began with, None for a session's first."""

    number: int
    begun: Event | None
    events: tuple[Event, ...]

    @property
    def from_ms(self) -> int:
        return (self.begun.ms or 0) if self.begun is not None else 0

    def text(self, name: str) -> str:
        return str(self.begun.data[name]) if self.begun is not None else ""


def _runs(trace: Trace) -> list[_Run]:
    events = sorted(trace.events, key=lambda event: event.seq)
    begun = [event for event in events if event.type == "attempt"]
    first = cast(int, begun[0].data["attempt"]) - 1 if begun else trace.session.attempt
    edges = [-1, *(event.seq for event in begun), events[-1].seq + 1 if events else 0]
    return [
        _Run(
            cast(int, event.data["attempt"]) if event is not None else first,
            event,
            tuple(each for each in events if low < each.seq < high),
        )
        for event, low, high in zip([None, *begun], edges[:-1], edges[1:], strict=True)
    ]


def _version(trace: Trace, runs: Sequence[_Run]) -> str:
    """Return the version of the scenario after these runs; a rewind does not undo a reload."""
    reloads = [event for run in runs for event in run.events if event.type == "reload"]
    return str(reloads[-1].data["to"]) if reloads else trace.session.scenario_sha256


def _before(runs: Sequence[_Run], run: _Run) -> tuple[tuple[Event, ...], list[tuple[float, float]]]:
    """Return what led to where a run began, and the spans of session time in which that ran."""
    if run.begun is None:
        return (), []
    data = run.begun.data
    parent = next(each for each in runs if each.number == data["of"])
    events, ran = _before(runs, parent)
    own = tuple(event for event in parent.events if event.seq < cast(int, data["seq"]))
    return events + own, ran + running(own, cast(float, data["t"]))


def running(events: Sequence[Event], until: float) -> list[tuple[float, float]]:
    """Return the spans of session time in which the scenario ran, by the phases among `events`."""
    phases = [event for event in events if event.type == "phase"]
    edges = pairwise([*(event.t for event in phases), until])
    return [edge for event, edge in zip(phases, edges, strict=True) if event.data["phase"] == "running"]
