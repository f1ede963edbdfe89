"""The same chart in four engines: three regions side by side, six guarded transitions on the event ``tick``.

The person's guard holds, so that this region toggles with every event; the other regions look and stay.
"""

from collections.abc import Callable, Mapping

import py_trees
from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Parallel, Sequence
from statemachine import State, StateChart
from transitions.extensions import HierarchicalMachine

from scenario_assets.language import load
from scenario_assets.runtime import Engine, Inject

_SCENARIO = """\
format: talkdown-scenario/1
id: three-regions
title: Three regions
locale: en
briefing: Only the engine is tried here.
warnings: [{topic: shouting, level: mild}]
seed: 1
limit: {after: 60 min, end: over}
start: {person: pacing, bystander: near, backup: away}
scene:
  setting: yard
  bounds: {x: [-5, 5], z: [-5, 5]}
  starts: {trainee: {at: [0, 4], yaw: 0}}
actors:
  kim: {name: Kim, role: the person, at: [0, 0]}
signals:
  distance: {source: trainee.distance_to.kim, unit: m, range: [0, 20], step: 0.1, stale_after: 500 ms}
  speaking: {source: trainee.speaking, type: bool, stale_after: 500 ms}
dynamics:
  agitation: {initial: 50, range: [0, 100]}
regions:
  person:
    pacing: {next: [{when: inject(tick) and distance > 2 m, to: standing}]}
    standing: {next: [{when: inject(tick) and distance > 2 m, to: pacing}]}
  bystander:
    near: {next: [{when: inject(tick) and distance < 2 m, to: far}]}
    far: {next: [{when: inject(tick) and distance < 2 m, to: near}]}
  backup:
    away: {next: [{when: inject(tick) and speaking, to: there}]}
    there: {next: [{when: inject(tick) and speaking, to: away}]}
injects:
  tick: {key: t, text: Tick}
outcomes:
  over: {text: Over, direction: mixed, disposition: 0.5}
scoring:
  person: kim
  outcome: {state: agitation, direction: down}
  distance: {calm: 1.2 m, agitated: 2.0 m}
"""


class Senses:
    """What the guards of the other engines read."""

    distance = 3.0
    speaking = False

    def away(self) -> bool:
        return self.distance > 2.0

    def close(self) -> bool:
        return self.distance < 2.0

    def talks(self) -> bool:
        return self.speaking


def engines() -> Mapping[str, Callable[[], object]]:
    """By name, a function that gives the engine one event."""
    return {
        "talkdown": _talkdown(),
        "transitions": _transitions(),
        "python-statemachine": _python_statemachine(),
        "py_trees": _py_trees(),
    }


def _talkdown() -> Callable[[], object]:
    """The whole engine through its public face: each branch told with its reason, inputs and alternatives."""
    engine = Engine(load("three_regions.yaml", text=_SCENARIO), seed=1)
    engine.start()
    engine.observe({"distance": 3.0, "speaking": False}, 0)
    tick = Inject("tick")
    return lambda: engine.apply(tick, 0)


def _transitions() -> Callable[[], object]:
    class Model(Senses):
        tick: Callable[[], bool]

    regions = [{"name": name, "children": ["a", "b"], "initial": "a"} for name in ("person", "bystander", "backup")]
    guards = {"person": "away", "bystander": "close", "backup": "talks"}
    moves = [
        {"trigger": "tick", "source": f"all_{name}_{one}", "dest": f"all_{name}_{other}", "conditions": guard}
        for name, guard in guards.items()
        for one, other in ("ab", "ba")
    ]
    model = Model()
    states = [{"name": "all", "parallel": regions}]
    HierarchicalMachine(model, states=states, transitions=moves, initial="all", auto_transitions=False)
    return model.tick


class _Person(Senses):
    state: object = None


class _Chart(StateChart[_Person]):
    """python-statemachine writes a chart as a class."""

    class all_(State.Parallel):  # noqa: N801 - states are lower case
        class person(State.Compound):  # noqa: N801
            pacing = State(initial=True)
            standing = State()
            tick = pacing.to(standing, cond="away") | standing.to(pacing, cond="away")

        class bystander(State.Compound):  # noqa: N801
            near = State(initial=True)
            far = State()
            tick = near.to(far, cond="close") | far.to(near, cond="close")

        class backup(State.Compound):  # noqa: N801
            absent = State(initial=True)
            there = State()
            tick = absent.to(there, cond="talks") | there.to(absent, cond="talks")


def _python_statemachine() -> Callable[[], object]:
    chart = _Chart(_Person())
    return lambda: chart.send("tick")


def _py_trees() -> Callable[[], object]:
    """Behaviour trees have no states: a guard and a toggle in sequence, for each region."""
    senses, nodes = Senses(), {"person": False, "bystander": False, "backup": False}
    root = Parallel("all", policy=ParallelPolicy.SuccessOnOne())
    for region, guard in (("person", senses.away), ("bystander", senses.close), ("backup", senses.talks)):
        sequence = Sequence(region, memory=False)
        sequence.add_children([_Guard(region, guard), _Toggle(region, nodes)])
        root.add_child(sequence)
    return root.tick_once


class _Guard(Behaviour):
    def __init__(self, name: str, holds: Callable[[], bool]) -> None:
        super().__init__(name)
        self._holds = holds

    def update(self) -> py_trees.common.Status:
        return Status.SUCCESS if self._holds() else Status.FAILURE


class _Toggle(Behaviour):
    def __init__(self, region: str, nodes: dict[str, bool]) -> None:
        super().__init__(region)
        self._nodes = nodes

    def update(self) -> py_trees.common.Status:
        self._nodes[self.name] = not self._nodes[self.name]
        return Status.SUCCESS
