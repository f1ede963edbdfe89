"""Scripted trainees: the policies of a scenario as plain data for bots, and as a trainee in simulations.

``policy_as_json`` gives what a bot on the wire needs, without any of our code::

    {"name", "person": actor id, "start": {"at": [x, z], "yaw": degrees}, "steps": [step, ...]}

A step has ``at_ms``, ``every_ms`` or null, ``until_ms`` or null, ``heard`` (lines, or none), ``do`` and what that
needs:

    approach    actor, to_m, speed          walk towards the actor, or back, until this distance, and keep to it
    take_cover  box, from, speed            walk round this box of the scene to its far side as seen from the actor
                                            ``from``, and keep behind it
    speak       level_lu, lasting_ms, said  speak at this level relative to normal; said (or null): how it is marked
    choose      choices                     take the first that is offered; without ``every_ms`` it waits for one
    radio       request
    act         act

Steps are done in their order when due: once at ``at_ms``, or again every ``every_ms`` from there, before
``until_ms``. A step with ``heard`` is not done before one of these lines has been said: without ``every_ms`` it
waits for that, with it its moments pass until then. A step of the file that does several things becomes several
here, in the order above; each falls due by itself. A newer ``approach`` or ``take_cover`` replaces the older one.
Times are scenario time.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from scenario_assets.language.document import Scenario
from scenario_assets.language.trainee import Policy, Speak, Step
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.errors import UnknownName
from scenario_assets.runtime.inputs import Act, Choice, Input, Radio, Said
from scenario_assets.runtime.senses import Stance
from scenario_assets.runtime.walker import TO_COVER_M_S, Walker


def policy_of(scenario: Scenario, name: str) -> Policy:
    """The policy of this name; raises UnknownName."""
    policy = scenario.policies.get(name)
    if policy is None:
        raise UnknownName(f"{scenario.id} has no policy {name!r}; known: {', '.join(scenario.policies) or 'none'}")
    return policy


def policy_as_json(scenario: Scenario, name: str) -> dict[str, object]:
    """The policy as JSON-able data for a bot; see the module's text."""
    start = scenario.scene.starts["trainee"]
    person = scenario.scoring.person
    return {
        "name": name,
        "person": person,
        "start": {"at": list(start.at), "yaw": start.yaw},
        "steps": [_form(part, person) for part in _parts(policy_of(scenario, name))],
    }


def _parts(policy: Policy) -> list[Step]:
    """The steps taken apart: each does one thing."""
    return [part for step in policy.steps for part in _taken_apart(step)]


def _taken_apart(step: Step) -> list[Step]:
    blank = replace(step, approach=None, take_cover=None, speak=None, choose=(), radio=None, act=None)
    parts = (
        replace(blank, approach=step.approach),
        replace(blank, take_cover=step.take_cover),
        replace(blank, speak=step.speak),
        replace(blank, choose=step.choose),
        replace(blank, radio=step.radio),
        replace(blank, act=step.act),
    )
    return [part for part in parts if part != blank]


def _form(step: Step, person: str) -> dict[str, object]:
    when: dict[str, object] = {
        "at_ms": step.at, "every_ms": step.every, "until_ms": step.until, "heard": list(step.heard),
    }  # fmt: skip
    if (way := step.approach) is not None:
        return when | {"do": "approach", "actor": way.actor or person, "to_m": way.to, "speed": way.speed}
    if step.take_cover is not None:
        return when | {"do": "take_cover", "box": step.take_cover, "from": person, "speed": TO_COVER_M_S}
    if (speak := step.speak) is not None:
        return when | {"do": "speak", "level_lu": speak.level, "lasting_ms": speak.lasting, "said": speak.said}
    if step.choose:
        return when | {"do": "choose", "choices": list(step.choose)}
    if step.radio is not None:
        return when | {"do": "radio", "request": step.radio}
    return when | {"do": "act", "act": step.act}


@dataclass(slots=True)
class _Due:
    step: Step
    at: int | None


class ScriptedTrainee:
    """A policy at work: where it stands, whether it speaks, and what it does next. Metres, milliseconds, LU.

    A ``Trainee`` as simulations play with. ``heard`` are the lines said so far, kept by whoever lets it play.
    """

    def __init__(self, scenario: Scenario, name: str, heard: Collection[str] = ()) -> None:
        self._walker = Walker(scenario)
        self._heard = heard
        self._due = [_Due(step, step.at) for step in _parts(policy_of(scenario, name))]
        self._boxes = {box.id: box for box in scenario.scene.cover}
        self._speak: Speak | None = None
        self._silent_at = 0

    def stance(self, now: int) -> Stance:
        """Where it stands and whether it speaks, as sensors would find it."""
        return Stance(self._walker.at, self._walker.velocity, self.level(now))

    def level(self, now: int) -> float | None:
        """The voice's level relative to normal while speaking, else None."""
        return self._speak.level if self._speak is not None and now < self._silent_at else None

    def acts(self, now: int, offered: Collection[str]) -> list[Input]:
        """What it does now; must be called once per tick, in the order of time."""
        inputs: list[Input] = []
        for due in self._due:
            if due.at is not None and now >= due.at:
                self._act(due, now, offered, inputs)
        return inputs

    def _act(self, due: _Due, now: int, offered: Collection[str], inputs: list[Input]) -> None:
        step = due.step
        heard = not step.heard or any(line in self._heard for line in step.heard)
        choice = next((name for name in step.choose if name in offered), None)
        if not heard or (step.choose and choice is None):
            if step.every is not None:
                self._next(due)
            return  # without a rhythm it waits until it has heard, and until one is offered
        if choice is not None:
            inputs.append(Choice(choice))
        if step.approach is not None:
            self._walker.going = step.approach
        if step.take_cover is not None:
            self._walker.going = self._boxes[step.take_cover]
        if step.speak is not None:
            self._speak, self._silent_at = step.speak, now + step.speak.lasting
            if step.speak.said is not None:
                inputs.append(Said(step.speak.said))
        if step.radio is not None:
            inputs.append(Radio(step.radio))
        if step.act is not None:
            inputs.append(Act(step.act))
        self._next(due)

    @staticmethod
    def _next(due: _Due) -> None:
        if due.at is None or due.step.every is None:
            due.at = None
            return
        due.at += due.step.every
        if due.step.until is not None and due.at >= due.step.until:
            due.at = None

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        """Walk for a moment; see ``Walker``."""
        self._walker.walk(place_of, seconds)
