"""The time in which a session's scenario ran, and the way from session time to time since it began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scoring.spans import Floats, length, spans
from telemetry.trace import Event, Trace

DECIMALS = 6
"""Times are kept to the microsecond: coarser than float64 can be wrong by, so that a shift of all times is
exact.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The running spans, relative to `start` (session time, s); frozen time is between them.

    `ended` is the reason of the phase that followed, None if the record ends before.
    """

    start: float
    running: Floats
    ended: str | None

    @classmethod
    def of(cls, trace: Trace) -> Self | None:
        """Return the window of a trace, None if its scenario never ran."""
        phases = sorted(trace.events_of("phase"), key=lambda event: event.seq)
        running = [event.data["phase"] == "running" for event in phases]
        if not any(running):
            return None
        ends = [event.t for event in phases[1:]] + [_last(trace)]
        start = phases[running.index(True)].t
        pairs = [(event.t, end) for event, end, runs in zip(phases, ends, running, strict=True) if runs]
        ended = [str(event.data["reason"]) for event in phases if event.data["phase"] == "debrief"]
        return cls(start, np.round(spans(pairs) - start, DECIMALS), ended[0] if ended else None)

    @property
    def end(self) -> float:
        """When the scenario ended, relative to its start."""
        return float(self.running[-1, 1]) if len(self.running) else 0.0

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

    def events(self, trace: Trace, *types: str) -> list[Event]:
        """Return the events of these types from the start to the end, both included, in order of time."""
        found = [event for event in trace.events_of(*types) if 0.0 <= self.t(event) <= self.end]
        return sorted(found, key=lambda event: (event.t, event.seq))


def _last(trace: Trace) -> float:
    """Return the time of the last thing recorded."""
    rows = [float(np.max(samples.t)) for samples in trace.tracks if len(samples)]
    return max([event.t for event in trace.events] + rows)
