"""What happened, counted since the server started; ``metrics`` tells it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from telemetry.records import RecordKind

#: Upper bounds in seconds: a good disk syncs within a millisecond, a bad day takes seconds.
SYNC_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: A tick comes every 50 ms; what holds the loop longer than 5 ms is a fault of ours.
LAG_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Histogram:
    """How many values fell below each bound, how many there were, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count one value; a bound belongs to what is below it."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass(slots=True)
class JournalCounts:
    """What the journal's writer did; bytes are payloads as they were handed over."""

    #: By kind, as by an index: a kind as a key would be hashed in Python.
    records: list[int] = field(default_factory=lambda: [0] * (max(RecordKind) + 1))
    rows: int = 0
    bytes: int = 0
    failures: int = 0
    syncs: Histogram = field(default_factory=lambda: Histogram(SYNC_BOUNDS_S))


@dataclass(slots=True)
class Counts:
    """What clients did, and how late the clock's ticks were."""

    frames: int = 0
    acks: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lag: Histogram = field(default_factory=lambda: Histogram(LAG_BOUNDS_S))
