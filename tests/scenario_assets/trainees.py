"""Trainees for simulations who are no policies: they keep their distance, and choose by rules of their own."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from scenario_assets.language import Scenario
from scenario_assets.language.trainee import Approach, Policy, Step
from scenario_assets.runtime import Choice, Input, Say, Simulation
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.policy import ScriptedTrainee
from scenario_assets.runtime.senses import Stance


class Standing:
    """Walks to a distance from the person, keeps to it, and is silent.

    ``done`` is what was done, with its time; ``heard`` the lines that were spoken so far.
    """

    def __init__(self, scenario: Scenario, distance: float) -> None:
        stands = Policy(steps=(Step(at=1_000, approach=Approach(to=distance)),))
        bare = replace(scenario, policies={"stands": stands}, sha256="")
        self._body = ScriptedTrainee(bare, "stands")
        self.done: list[tuple[int, Input]] = []
        self.heard: set[str] = set()

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        self._body.walk(place_of, seconds)

    def stance(self, now: int) -> Stance:
        return self._body.stance(now)

    def acts(self, now: int, offered: Collection[str]) -> Sequence[Input]:
        self._body.acts(now, offered)
        given = self.next(now, offered)
        if given is None or (isinstance(given, Choice) and given.id not in offered):
            return ()
        self.done.append((now, given))
        return (given,)

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        """One thing at most; a choice that is not offered falls away."""
        return None


class Reciting(Standing):
    """Does what somebody else has done, at the same times, and listens to nobody."""

    def __init__(self, scenario: Scenario, distance: float, recipe: Sequence[tuple[int, Input]]) -> None:
        super().__init__(scenario, distance)
        self._recipe = list(recipe)

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        return self._recipe.pop(0)[1] if self._recipe and self._recipe[0][0] <= now else None


class Insisting(Reciting):
    """Does what somebody else has done, in the same order with the same pauses, and waits until each is offered."""

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        if not self._recipe:
            return None
        at, given = self._recipe[0]
        if now < at or (isinstance(given, Choice) and given.id not in offered):
            return None
        late = now - at
        self._recipe = [(later + late, other) for later, other in self._recipe[1:]]
        return given


class Choosing(Standing):
    """What a policy chooses, asks for and does, one thing after the other; it neither walks nor speaks."""

    def __init__(self, scenario: Scenario, distance: float, policy: str) -> None:
        super().__init__(scenario, distance)
        self._policy = ScriptedTrainee(scenario, policy, self.heard)
        self._waiting: list[Input] = []

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        self._waiting += self._policy.acts(now, offered)
        return self._waiting.pop(0) if self._waiting else None


def play(scenario: Scenario, trainee: Standing, seed: int) -> str:
    """How a session with this trainee ends."""
    session = Simulation(scenario, trainee, seed)
    told = 0
    while session.engine.outcome is None:
        session.tick()
        trainee.heard |= {effect.line for effect in session.log[told:] if isinstance(effect, Say)}
        told = len(session.log)
    return session.engine.outcome
