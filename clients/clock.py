"""When to compare clocks with the server, how well that went, and which epoch of our clock it is. Pure.

``PROTOCOL.md``: a burst of 8 exchanges at 50 ms after ``welcome``, then one every 2 s. The server keeps the
mapping; a client only has to ask, and to say in the next request when the previous answer arrived.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["EPOCHS", "ClockEpoch", "ClockExchange", "PreviousExchange"]

BURST: Final = 8
BURST_MS: Final = 50.0
PERIOD_MS: Final = 2000.0

#: Of so many epochs, with the present one, the server is told; it remembers no more.
EPOCHS: Final = 8


@dataclass(frozen=True, slots=True)
class ClockEpoch:
    """Since ``since_ms`` this client's clock has run on; it stood still or was set before. Number 0 is the first."""

    number: int = 0
    since_ms: float = 0.0

    def fields(self) -> dict[str, object]:
        """Return what a ``clock`` request says of it: every one, so that the server knows before any row of it."""
        return {"epoch": self.number, "since_ms": self.since_ms} if self.number else {}


@dataclass(frozen=True, slots=True)
class PreviousExchange:
    """When the previous request left and its answer arrived, on this client's clock."""

    t0_ms: float
    t3_ms: float


class ClockExchange:
    """The exchanges of one connection."""

    def __init__(self, now_ms: float) -> None:
        """Start with a burst at ``now_ms``."""
        self.due_ms = now_ms
        self.previous: PreviousExchange | None = None
        #: Best round trip so far without the server's own time, and the server's clock minus ours by it.
        self.round_trip_ms: float | None = None
        self.offset_ms: float | None = None
        self._asked = 0

    def ask(self, now_ms: float) -> dict[str, object]:
        """Return the fields of the ``clock`` request that leaves now."""
        self._asked += 1
        self.due_ms = now_ms + (BURST_MS if self._asked < BURST else PERIOD_MS)
        previous = self.previous
        told = {"t0_ms": previous.t0_ms, "t3_ms": previous.t3_ms} if previous else None
        return {"t0_ms": now_ms, "previous": told}

    def answered(self, t0_ms: float, t1_ms: float, t2_ms: float, now_ms: float) -> None:
        """Take an answer that arrived now: ``t1_ms`` and ``t2_ms`` are on the server's clock."""
        self.previous = PreviousExchange(t0_ms, now_ms)
        round_trip = (now_ms - t0_ms) - (t2_ms - t1_ms)
        if self.round_trip_ms is None or round_trip < self.round_trip_ms:
            self.round_trip_ms = round_trip
            self.offset_ms = ((t1_ms - t0_ms) + (t2_ms - now_ms)) / 2
