"""The time in which an attempt's scenario ran, and the way from session time to time since it began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from telemetry.attempts import Attempt, running
from telemetry.spans import DECIMALS, Floats, length, spans
from telemetry.trace import Event, Trace

LEFT = "rewind"
"""How an attempt ends that the instructor leaves for an earlier moment."""


@dataclass(frozen=True, slots=True)
class Window:
    """The running spans, relative to `start` (session time, s); frozen time is between them.

    `ended` is the reason of the phase that followed, `rewind` if the attempt was left, None if the record ends before.
    """

    start: float
    running: Floats
    ended: str | None

    @classmethod
    def of(cls, trace: Trace, attempt: Attempt) -> Self | None:
        """Return the window of one of a trace's attempts, None if its scenario never ran."""
        left = attempt.left_t
        ran = running(attempt.events, left if left is not None else _last(trace))
        if not ran:
            return None
        start = ran[0][0]
        reasons = [event.data["reason"] for event in attempt.events_of("phase") if event.data["phase"] == "debrief"]
        ended = str(reasons[0]) if reasons else None if left is None else LEFT
        return cls(start, np.round(spans(ran) - start, DECIMALS), ended)

    @property
    def end(self) -> float:
        """When the scenario ended, relative to its start."""
        return float(self.running[-1, 1]) if len(self.running) else 0.0

    @property
    def session(self) -> Floats:
        """The running spans in session time."""
        return np.round(self.running + self.start, DECIMALS)

    @property
    def seconds(self) -> float:
        """For how long it ran."""
        return length(self.running)

    def t(self, event: Event) -> float:
        """Return when an event happened, relative to the start."""
        return round(event.t - self.start, DECIMALS)

    def times(self, t: NDArray[np.float64]) -> Floats:
        """Return session times relative to the start."""
        return np.round(t - self.start, DECIMALS)

    def events(self, attempt: Attempt, *types: str) -> list[Event]:
        """Return the attempt's events of these types from the start to the end, both included, in order of time."""
        found = [event for event in attempt.events_of(*types) if 0.0 <= self.t(event) <= self.end]
        return sorted(found, key=lambda event: (event.t, event.seq))


def _last(trace: Trace) -> float:
    """Return the time of the last thing recorded."""
    rows = [float(np.max(samples.t)) for samples in trace.tracks if len(samples)]
    return max([event.t for event in trace.events] + rows)
