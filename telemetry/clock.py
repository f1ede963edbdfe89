"""The mapping from a client's clock to the session's: which of its exchanges to believe, and how far.

Four timestamps per exchange, as in NTP; the exchange with the smallest round trip in a window of 16 wins,
after a penalty for its age. The bound holds even if all of the round trip lay on one side. From the first
frame on, the estimate in use is slewed towards the best one and never stepped, so row times never run
backwards; before it there are no rows, and the estimate simply is the best one. Pure: time comes in as
arguments.

Units: arguments are milliseconds as on the wire, results seconds. `t_server = t_client + offset_s`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isfinite

from telemetry.errors import ClockError

__all__ = ["ClockError", "ClockFilter"]

# 16 exchanges are a burst of 8 and the 16 s after it; measured p95 error 0.17 ms against 0.22 ms for 8.
WINDOW = 16
# The crystal of a headset or a laptop is wrong by up to this.
DRIFT = 50e-6
# Two clocks drift against each other.
AGE_PENALTY = 2.0 * DRIFT
# While slewing, a speed or a loudness' slope is wrong by 1 % at most; a guess 30 ms off is right in 3 s.
SLEW = 0.01
# Browsers round their clock, to 1 ms at the coarsest by default: a trip may seem this negative.
COARSE_MS = 1.0
# No useful exchange takes longer; a station that slept between request and answer measured its sleep.
ROUND_TRIP_MAX_MS = 60_000.0
# No drift explains a clock that is off by this much more than both bounds: it stood still or was set.
JUMP_S = 1.0


@dataclass(frozen=True, slots=True)
class _Exchange:
    offset_s: float
    round_trip_s: float
    at_s: float


class ClockFilter:
    """One client run's clock, seen from the server.

    Give it every exchange (`exchange`) and every frame's arrival (`observe`); read `offset_s` and `bound_s`
    when a batch is journalled, after its `observe`. Until the first exchange the quickest-looking arrival
    serves, with an unknown bound (`inf`). `epoch` counts the times the client's clock jumped; only then are
    rows' times stepped.
    """

    __slots__ = ("_applied", "_dated", "_exchanges", "_now_s", "_provisional", "epoch")

    def __init__(self) -> None:
        """A clock of which nothing is known."""
        self.epoch = 0
        self._exchanges: deque[_Exchange] = deque(maxlen=WINDOW)
        self._applied: float | None = None
        self._provisional: float | None = None
        # Whether rows have been dated by this clock. A page that is being built answers its first exchanges
        # late by a second; slewed, that would be wrong for minutes.
        self._dated = False
        self._now_s = 0.0

    @property
    def known(self) -> bool:
        """Whether any estimate exists; before that `offset_s` must not be read."""
        return self._applied is not None

    @property
    def offset_s(self) -> float:
        """Server time minus client time, in seconds, as of the last call of `exchange` or `observe`."""
        if self._applied is None:
            raise ClockError("no exchange and no frame yet: call observe() with the frame's sealed_ms first")
        return self._applied

    @property
    def bound_s(self) -> float:
        """How far `offset_s` may be wrong: half the round trip, its ageing and what is still to be slewed."""
        best = self._best()
        if best is None:
            return float("inf")
        return best.round_trip_s / 2 + DRIFT * self._age(best) + abs(best.offset_s - self.offset_s)

    @property
    def round_trip_s(self) -> float:
        """The round trip of the exchange in use; `inf` before the first."""
        best = self._best()
        return float("inf") if best is None else best.round_trip_s

    def exchange(self, t0_ms: float, t1_ms: float, t2_ms: float, t3_ms: float) -> None:
        """Take in one: sent `t0` (client), received `t1`, answered `t2` (server), back `t3` (client).

        Raises `ClockError` if it cannot have happened; nothing is changed then.
        """
        if not all(map(isfinite, (t0_ms, t1_ms, t2_ms, t3_ms))):
            raise ClockError(f"times {t0_ms}, {t1_ms}, {t2_ms}, {t3_ms} ms: all must be finite")
        round_trip_ms = (t3_ms - t0_ms) - (t2_ms - t1_ms)
        if t2_ms < t1_ms or not -COARSE_MS <= round_trip_ms <= ROUND_TRIP_MAX_MS:
            bounds = f"{-COARSE_MS:.0f} to {ROUND_TRIP_MAX_MS:.0f} ms is possible"
            raise ClockError(f"a round trip of {round_trip_ms} ms; {bounds}: are t0 and t3 of one request?")
        offset_s = ((t1_ms - t0_ms) + (t2_ms - t3_ms)) / 2e3
        now = max(self._now_s, t2_ms / 1e3)
        self._mark_jump(offset_s, max(round_trip_ms, 0.0) / 1e3)
        self._exchanges.append(_Exchange(offset_s, max(round_trip_ms, 0.0) / 1e3, now))
        self._advance(now)

    def observe(self, sealed_ms: float, received_t: float) -> None:
        """A frame closed at `sealed_ms` (client's clock) arrived at `received_t` seconds (server's clock)."""
        guess = received_t - sealed_ms / 1e3
        # Every arrival is late by its way here, so the smallest difference is the nearest.
        if self._provisional is None or guess < self._provisional:
            self._provisional = guess
        self._advance(max(self._now_s, received_t))
        self._dated = True

    def _mark_jump(self, offset_s: float, round_trip_s: float) -> None:
        """Start a new epoch if the client's clock stood still or was set, or the first guess was far off."""
        best = self._best()
        if best is not None:
            before = best.offset_s
            explained = (best.round_trip_s + round_trip_s) / 2 + AGE_PENALTY * self._age(best) + JUMP_S
        elif self._applied is not None:
            before, explained = self._applied, round_trip_s / 2 + JUMP_S
        else:
            return
        if abs(offset_s - before) > explained:
            self.epoch += 1
            self._exchanges.clear()
            self._applied = None

    def _best(self) -> _Exchange | None:
        return min(self._exchanges, key=lambda e: e.round_trip_s + AGE_PENALTY * self._age(e), default=None)

    def _age(self, exchange: _Exchange) -> float:
        return self._now_s - exchange.at_s

    def _advance(self, now_s: float) -> None:
        """Move the offset in use towards the best estimate, as far as the time since the last call allows."""
        reach = SLEW * (now_s - self._now_s)
        self._now_s = now_s
        best = self._best()
        target = self._provisional if best is None else best.offset_s
        if target is None or self._applied is None or not self._dated:
            self._applied = target
        else:
            self._applied += min(max(target - self._applied, -reach), reach)
