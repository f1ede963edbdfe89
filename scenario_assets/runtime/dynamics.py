"""The continuous states: integration on the tick, and the reason of every change."""

from collections.abc import Sequence
from dataclasses import dataclass

from scenario_assets.runtime.effects import Effect, StateCause
from scenario_assets.runtime.memory import Memory
from scenario_assets.runtime.program import DriveTable

#: What moves a state when no drive does.
SETTLING = "settling"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a state changes: the labels of the active drives, their rate per second together, since when."""

    label: str
    rate: float
    ms: int


class Dynamics:
    """Integrates the states that live in ``Memory.states``.

    ``masks`` are the active drives of each, as bits.
    """

    def __init__(self, tables: Sequence[DriveTable], memory: Memory) -> None:
        self._tables = tables
        self._memory = memory
        self.masks = [0] * len(tables)
        self.causes = [Cause("start", 0.0, 0)] * len(tables)

    def tick(self, out: list[Effect]) -> None:
        """Advance every state by one tick; only + - * / here, so that all platforms agree to the last bit."""
        memory = self._memory
        states = memory.states
        for index, table in enumerate(self._tables):
            step, mask, bit = 0.0, 0, 1
            for test, amount in zip(table.tests, table.steps, strict=True):
                if test(memory):
                    step += amount
                    mask |= bit
                bit <<= 1
            value = table.target + (states[index] - table.target) * table.keep + step
            if value < table.low:
                value = table.low
            elif value > table.high:
                value = table.high
            states[index] = value
            if mask != self.masks[index]:
                self.masks[index] = mask
                self._explain(index, out)

    def _explain(self, index: int, out: list[Effect]) -> None:
        table, mask = self._tables[index], self.masks[index]
        active = [n for n in range(len(table.labels)) if mask >> n & 1]
        label = " + ".join(table.labels[n] for n in active) or SETTLING
        rate = sum(table.rates[n] for n in active)
        now = self._memory.now
        self.causes[index] = Cause(label, rate, now)
        out.append(StateCause(now, table.name, label, rate, round(self._memory.states[index], 6)))

    def add(self, name: str, amount: float, label: str, out: list[Effect]) -> None:
        """Change a state at once."""
        for index, table in enumerate(self._tables):
            if table.name == name:
                before = self._memory.states[index]
                value = min(max(before + amount, table.low), table.high)
                self._memory.states[index] = value
                now = self._memory.now
                self.causes[index] = Cause(label, 0.0, now)
                added = round(value - before, 6)
                out.append(StateCause(now, name, label, 0.0, round(value, 6), added))
