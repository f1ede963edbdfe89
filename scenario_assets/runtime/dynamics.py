"""The continuous states: integration on the tick, and the reason of every change."""

from dataclasses import dataclass

from scenario_assets.runtime.effects import Effect, StateCause
from scenario_assets.runtime.memory import Memory
from scenario_assets.runtime.program import Drives

#: What moves a state when no drive does.
SETTLING = "settling"
#: Parts the labels of what moves a state from those of what works against that; the console reads it too.
AGAINST = ", against "


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a state changes: the labels of the active drives, their rate per second together, since when.

    Several labels are joined by `` + ``, the strongest first; those that work against the change stand behind
    ``AGAINST``: a fall is not told by what raises.
    """

    label: str
    rate: float
    ms: int


class Dynamics:
    """Integrates the states that live in ``Memory.states``; ``active`` are the drives at work, as bits."""

    def __init__(self, drives: Drives, memory: Memory) -> None:
        self._drives = drives
        self._memory = memory
        self._steps = [0.0] * len(drives.tables)
        self.active = 0
        self.causes = [Cause("start", 0.0, 0)] * len(drives.tables)

    def tick(self, out: list[Effect]) -> None:
        """Advance every state by one tick; only + - * / here, so that all platforms agree to the last bit."""
        memory = self._memory
        active = 0
        for bit, test in self._drives.tests:
            if test(memory):
                active |= bit
        changed = active ^ self.active
        if changed:
            self.set_active(active)
        states, steps = memory.states, self._steps
        for index, table in enumerate(self._drives.tables):
            value = table.target + (states[index] - table.target) * table.keep + steps[index]
            if value < table.low:
                value = table.low
            elif value > table.high:
                value = table.high
            states[index] = value
            if changed & table.mask:
                self._explain(index, out)

    def set_active(self, active: int) -> None:
        """Let exactly these drives work."""
        self.active = active
        for index, table in enumerate(self._drives.tables):
            self._steps[index] = sum(
                step for bit, step in zip(table.bits, table.steps, strict=True) if active & bit
            )

    def _explain(self, index: int, out: list[Effect]) -> None:
        table, now = self._drives.tables[index], self._memory.now
        working = [n for n, bit in enumerate(table.bits) if self.active & bit]
        rate = sum(table.rates[n] for n in working)
        label = _told([(table.labels[n], table.rates[n]) for n in working], rate) or SETTLING
        self.causes[index] = Cause(label, rate, now)
        out.append(StateCause(now, table.name, label, rate, round(self._memory.states[index], 6)))

    def add(self, name: str, amount: float, label: str, out: list[Effect]) -> None:
        """Change a state at once."""
        for index, table in enumerate(self._drives.tables):
            if table.name == name:
                before = self._memory.states[index]
                value = min(max(before + amount, table.low), table.high)
                self._memory.states[index] = value
                now = self._memory.now
                self.causes[index] = Cause(label, 0.0, now)
                added = round(value - before, 6)
                out.append(StateCause(now, name, label, 0.0, round(value, 6), added))


def _told(parts: list[tuple[str, float]], rate: float) -> str:
    """Say which of the drives at work (label, rate) make for ``rate``, and which work against it."""
    parts = sorted(parts, key=lambda part: -abs(part[1]))
    ways = ([label for label, part in parts if (part < 0) == against] for against in (rate < 0, rate >= 0))
    return AGAINST.join(" + ".join(way) for way in ways if way)
