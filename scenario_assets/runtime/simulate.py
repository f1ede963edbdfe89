"""A whole session without server or clock: a scripted trainee against the engine."""

from dataclasses import dataclass

from scenario_assets.language.document import Scenario
from scenario_assets.language.staging import Signal
from scenario_assets.runtime.effects import Effect
from scenario_assets.runtime.engine import Engine
from scenario_assets.runtime.policy import ScriptedTrainee
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.quantise import quantise

Value = float | bool | None


@dataclass(frozen=True, slots=True)
class Result:
    """How a simulated session ended, when (scenario milliseconds), and everything the engine decided."""

    outcome: str
    ms: int
    log: tuple[Effect, ...]


def simulate(scenario: Scenario, policy: str, seed: int) -> Result:
    """Play one session to its end; at the latest the scenario's limit ends it."""
    session = Simulation(scenario, policy, seed)
    while session.engine.outcome is None:
        session.tick()
    return session.result()


class Simulation:
    """A session under way, tick by tick: the engine, the scripted trainee, and all effects so far."""

    def __init__(self, scenario: Scenario, policy: str, seed: int) -> None:
        self.scenario = scenario
        self.engine = Engine(scenario, seed=seed)
        self.trainee = ScriptedTrainee(scenario, policy)
        self.log: list[Effect] = list(self.engine.start())
        self.now = 0
        self._last: dict[str, Value] = {}

    def tick(self) -> None:
        """One tick: walk, be seen, and act."""
        self.now += TICK_MS
        target = self.engine.place_of(self.trainee.goal)
        if target is not None:
            self.trainee.walk(target, TICK_MS / 1000)
        self.log.extend(self.engine.observe(self._changed(), self.now))
        self.log.extend(self.engine.advance(self.now))
        for given in self.trainee.acts(self.now, self.engine.offered):
            if self.engine.outcome is None:
                self.log.extend(self.engine.apply(given, self.now))

    def result(self) -> Result:
        """How it ended. You must have ticked until there is an outcome."""
        outcome = self.engine.outcome
        if outcome is None:
            raise ValueError(f"the session has not ended at {self.now} ms")
        last = self.log[-1].at_ms if self.log else self.engine.ms
        return Result(outcome, last, tuple(self.log))

    def _changed(self) -> dict[str, Value]:
        """The signals that differ from what was observed last, as a session would journal them."""
        changed: dict[str, Value] = {}
        for name, signal in self.scenario.signals.items():
            value = quantise(self.scenario, name, self._measure(signal))
            if name not in self._last or self._last[name] != value:
                changed[name] = self._last[name] = value
        return changed

    def _measure(self, signal: Signal) -> Value:
        level = self.trainee.level(self.now)
        if signal.source == "trainee.speaking":
            return level is not None
        if signal.source == "trainee.voice_rel_baseline":
            return signal.range[0] if level is None and signal.range is not None else level
        quantity, _, actor = signal.source.removeprefix("trainee.").partition(".")
        place = self.engine.place_of(actor) if actor in self.scenario.actors else None
        if place is None:
            return None
        if quantity == "distance_to":
            dx, dz = place[0] - self.trainee.x, place[1] - self.trainee.z
            return float((dx * dx + dz * dz) ** 0.5)
        if quantity == "closing_speed_to":
            return self.trainee.speed if actor == self.trainee.goal else None
        return None  # cover needs the scene's geometry, which a scripted trainee does not use
