"""One connection in a room, and its comparison of clocks."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from session_server.core.messages import Clock, ClockAnswer
from session_server.core.roles import Sender
from session_server.net.outbox import Outbox
from telemetry.clock import ClockFilter
from telemetry.errors import ClockError

#: Answers that may still be on their way: a burst of 8 over a slow line.
KEPT_ANSWERS: Final = 16


class Member:
    """One connection in a room."""

    def __init__(self, sender: Sender, run: str, outbox: Outbox, close: Callable[[int], None]) -> None:
        """``clock`` is the run's own, which the room puts in place when the connection joins."""
        self.sender = sender
        self.run = run
        self.outbox = outbox
        self.close = close
        self.clock = ClockFilter()
        self._answered: dict[float, tuple[float, float]] = {}

    def compare_clocks(self, request: Clock, received_t: float, now: float) -> ClockAnswer:
        """Answer one exchange, and learn from one before it, whose fourth timestamp has come with this one."""
        previous = request.previous
        since_ms = request.t0_ms if request.since_ms is None else request.since_ms
        if previous and (request.epoch <= self.clock.declared or previous.t0_ms <= previous.t3_ms < since_ms):
            answered = self._answered.pop(previous.t0_ms, None)
            with suppress(ClockError):
                # A client whose clock runs backwards has contradicted itself; the exchanges before still count.
                if answered:
                    self.clock.exchange(previous.t0_ms, *answered, previous.t3_ms)
        if request.epoch > self.clock.declared:
            self.clock.declare(request.epoch, since_ms, request.t0_ms, received_t)
            self._answered.clear()
        self._answered[request.t0_ms] = received_t * 1000, now * 1000
        if len(self._answered) > KEPT_ANSWERS:
            self._answered.pop(next(iter(self._answered)))
        return ClockAnswer(ref=request.ref, t0_ms=request.t0_ms, t1_ms=received_t * 1000, t2_ms=now * 1000)
