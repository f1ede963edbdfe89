"""What is measured of a simulated trainee: the scenario's signals, without sensors and without a server."""

import math
from dataclasses import dataclass

from scenario_assets.language.document import Scenario
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.cover import Triple, corners, hidden
from scenario_assets.runtime.engine import Engine
from scenario_assets.runtime.quantise import quantise

Value = float | bool | None

#: Eyes of a standing adult of average height, as the scripted trainees on the wire have them.
EYES_M = 1.62


@dataclass(frozen=True, slots=True)
class Stance:
    """Where a trainee stands (x, z in metres), moves (m/s), and how loudly they speak (LU, None in silence)."""

    at: Point
    velocity: Point = (0.0, 0.0)
    level: float | None = None


class Senses:
    """Remembers what was measured last, so that only what is new is told, as a session journals it."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._sources = [
            (name, *signal.source.removeprefix("trainee.").partition(".")[::2])
            for name, signal in scenario.signals.items()
        ]
        self._boxes = [corners(box) for box in scenario.scene.cover]
        self._raw: dict[str, Value] = {}
        self._last: dict[str, Value] = {}
        self._hidden: dict[str, tuple[Triple, Triple, float]] = {}

    def changed(self, engine: Engine, stance: Stance) -> dict[str, Value]:
        """The signals, quantised, that differ from what was measured last."""
        changed: dict[str, Value] = {}
        for name, quantity, actor in self._sources:
            raw = self._measure(engine, stance, name, quantity, actor)
            if name in self._raw and self._raw[name] == raw:
                continue  # most of the time, most is as it was
            self._raw[name] = raw
            value = quantise(self._scenario, name, raw)
            if name not in self._last or self._last[name] != value:
                changed[name] = self._last[name] = value
        return changed

    def _measure(self, engine: Engine, stance: Stance, name: str, quantity: str, actor: str) -> Value:
        if quantity == "speaking":
            return stance.level is not None
        if quantity == "voice_rel_baseline":
            lowest = self._scenario.signals[name].range
            return lowest[0] if stance.level is None and lowest is not None else stance.level
        place = engine.place_of(actor)
        if place is None:
            return None
        if quantity == "cover_from":
            return self._cover(engine, stance, actor)
        dx, dz = place[0] - stance.at[0], place[1] - stance.at[1]
        distance = math.sqrt(dx * dx + dz * dz)
        if quantity == "distance_to":
            return distance
        if quantity == "closing_speed_to" and distance > 0.0:
            return (stance.velocity[0] * dx + stance.velocity[1] * dz) / distance
        return 0.0 if quantity == "closing_speed_to" else None

    def _cover(self, engine: Engine, stance: Stance, actor: str) -> float:
        """Looked up while nobody moves: it is the dearest measure, and people stand still most of the time."""
        own, other = (stance.at[0], EYES_M, stance.at[1]), engine.eyes_of(actor)
        known = self._hidden.get(actor)
        if known is None or known[:2] != (own, other):
            known = self._hidden[actor] = (own, other, hidden(own, other, self._boxes))
        return known[2]
