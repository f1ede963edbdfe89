"""A whole session without server or clock: a scripted trainee against the engine."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from scenario_assets.language.document import Scenario
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.effects import Effect, Say
from scenario_assets.runtime.engine import Engine
from scenario_assets.runtime.inputs import Choice, Input
from scenario_assets.runtime.policy import ScriptedTrainee
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.senses import Senses, Stance


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


class Trainee(Protocol):
    """Who plays: called once per tick, in the order of time, first to walk, then to be measured, then to act."""

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        """Walk for a moment; ``place_of`` says where an actor is."""

    def stance(self, now: int) -> Stance:
        """Where they stand and how they speak."""

    def acts(self, now: int, offered: Collection[str]) -> Sequence[Input]:
        """What they do now."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was put in, when (ms), and how many effects the log held before."""

    ms: int
    given: Input
    logged: int


class Simulation:
    """A session under way, tick by tick: the engine, the trainee (a policy's name, or any), all that happened so far.

    ``log`` are the engine's effects, ``done`` the inputs they followed from, ``heard`` the lines said so far.
    """

    def __init__(self, scenario: Scenario, trainee: str | Trainee, seed: int) -> None:
        self.scenario = scenario
        self.engine = Engine(scenario, seed=seed)
        self.heard: set[str] = set()
        self.trainee = ScriptedTrainee(scenario, trainee, self.heard) if isinstance(trainee, str) else trainee
        self.log: list[Effect] = []
        self.done: list[Done] = []
        self.now = 0
        self._senses = Senses(scenario)
        self._happened(self.engine.start())

    def tick(self) -> None:
        """One tick: walk, be seen, and act."""
        self.now += TICK_MS
        self.trainee.walk(self.engine.place_of, TICK_MS / 1000)
        seen = self._senses.changed(self.engine, self.trainee.stance(self.now))
        self._happened(self.engine.observe(seen, self.now))
        self._happened(self.engine.advance(self.now))
        for given in self.trainee.acts(self.now, self.engine.offered):
            if self.engine.outcome is None and self._possible(given):
                self.apply(given)

    def apply(self, given: Input) -> None:
        """Put something in between two ticks; raises InputError, and then nothing has changed."""
        logged = len(self.log)
        self._happened(self.engine.apply(given, self.now))
        self.done.append(Done(self.now, given, logged))

    def _happened(self, effects: Sequence[Effect]) -> None:
        self.log.extend(effects)
        self.heard.update(effect.line for effect in effects if isinstance(effect, Say))

    def _possible(self, given: Input) -> bool:
        """Not a choice that something else done in this very tick has taken away; a server refuses that too."""
        return not isinstance(given, Choice) or given.id in self.engine.offered

    def result(self) -> Result:
        """How it ended. You must have ticked until there is an outcome."""
        outcome = self.engine.outcome
        if outcome is None:
            raise ValueError(f"the session has not ended at {self.now} ms")
        last = self.log[-1].at_ms if self.log else self.engine.ms
        return Result(outcome, last, tuple(self.log))
