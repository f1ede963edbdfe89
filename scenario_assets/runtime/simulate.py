"""A whole session without server or clock: a scripted trainee against the engine."""

from dataclasses import dataclass

from scenario_assets.language.document import Scenario
from scenario_assets.runtime.effects import Effect
from scenario_assets.runtime.engine import Engine
from scenario_assets.runtime.policy import ScriptedTrainee
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.senses import Senses


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
        self._senses = Senses(scenario)

    def tick(self) -> None:
        """One tick: walk, be seen, and act."""
        self.now += TICK_MS
        self.trainee.walk(self.engine.place_of, TICK_MS / 1000)
        seen = self._senses.changed(self.engine, self.trainee.stance(self.now))
        self.log.extend(self.engine.observe(seen, self.now))
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
