"""Scenario time: integer milliseconds that run, stand still when frozen, step back at a rewind.

Within one run they map back to session time exactly.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Timeline:
    """The mapping between session time ``t`` (s) and scenario time ``ms``.

    ``anchor_t`` is when scenario time last started to run, at ``anchor_ms``. ``running`` false: it stands at
    ``anchor_ms``. Before the first ``start`` there is no scenario time at all (``begun`` is false).
    """

    anchor_t: float = 0.0
    anchor_ms: int = 0
    running: bool = False
    begun: bool = False

    def start(self, t: float) -> None:
        """Let scenario time run from session time ``t`` on."""
        self.anchor_t, self.running, self.begun = t, True, True

    def halt(self, ms: int) -> None:
        """Stop scenario time at ``ms``."""
        self.anchor_t, self.anchor_ms, self.running = self.t(ms), ms, False

    def step_back(self, t: float, ms: int) -> None:
        """Let scenario time stand at an earlier ``ms`` from session time ``t`` on."""
        self.anchor_t, self.anchor_ms, self.running = t, ms, False

    def ms(self, t: float) -> int:
        """Return the scenario time at session time ``t``, never before the anchor."""
        if not self.running:
            return self.anchor_ms
        # Rounded first: 10.05 - 10.0 is 0.0500000000000007, and 0.15 - 0.1 falls short of 50 ms.
        return self.anchor_ms + max(0, int(round((t - self.anchor_t) * 1000, 3)))

    def t(self, ms: int) -> float:
        """Return the session time at scenario time ``ms`` of the present run, to the microsecond."""
        return round(self.anchor_t + (ms - self.anchor_ms) / 1000, 6)
