"""All conditions and deeds of a scenario, found in one place, so that each check is a short loop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scenario_assets.language.behaviour import Do, Node, Reflex
from scenario_assets.language.document import Scenario
from scenario_assets.language.guard_tree import Happened, atoms
from scenario_assets.language.paths import Place, places
from scenario_assets.language.values import Guard

#: The keys of a scenario under which deeds stand.
EMITTING = ("reflexes", "regions", "choices", "acts", "radio", "said", "injects")


@dataclass(frozen=True, slots=True)
class Condition:
    """A guard in use. ``sampled`` ones are looked at on the tick only, when nothing is happening.

    ``steady`` ones may well be true all the time: a drive that always works.
    """

    guard: Guard
    what: str
    sampled: bool
    place: Place | None = None
    steady: bool = False


def conditions(scenario: Scenario) -> Iterator[Condition]:
    """All guards of the scenario."""
    for name, dynamic in scenario.dynamics.items():
        for drive in dynamic.drives:
            yield Condition(drive.when, f"drive {drive.label!r} of {name}", sampled=True, steady=True)
    for reflex in scenario.reflexes:
        yield Condition(reflex.when, f"reflex {reflex.label!r}", sampled=False)
    for name, choice in scenario.choices.items():
        if choice.when is not None:
            yield Condition(choice.when, f"choice {name}", sampled=True)
    for place in places(scenario):
        yield from _in_node(place)


def _in_node(place: Place) -> Iterator[Condition]:
    for way in place.node.next:
        if way.when is not None:
            yield Condition(way.when, f"transition of {place.full}", False, place)
    for reflex in place.node.reflexes:
        yield Condition(reflex.when, f"reflex {reflex.label!r}", False, place)
    for cue in place.node.cues:
        for guard in (cue.when, cue.unless):
            if guard is not None:
                yield Condition(guard, f"cue of {place.full}", True, place)


def deeds(scenario: Scenario) -> Iterator[Do]:
    """Everything that is ever done, wherever it is ordered."""
    yield from always_ordered(scenario)
    for place in places(scenario):
        yield from node_deeds(place.node)


def always_ordered(scenario: Scenario) -> Iterator[Do]:
    """What is ordered outside of nodes, by reflexes and by inputs, and may be done whatever node is active."""
    yield from scenario.reflexes
    for table in (scenario.choices, scenario.acts, scenario.radio, scenario.said, scenario.injects):
        for item in table.values():
            yield from item.do


def node_deeds(node: Node) -> Iterator[Do]:
    """What a node itself orders, not the nodes inside it."""
    yield from (*node.enter, *node.leave, *node.cues, *node.reflexes)
    for way in node.next:
        yield from way.do


def reactions(scenario: Scenario) -> Iterable[Reflex]:
    """All reflexes, of the scenario and of its nodes."""
    yield from scenario.reflexes
    for place in places(scenario):
        yield from place.node.reflexes


def awaited(scenario: Scenario) -> set[str]:
    """The names of all events that anything asks for: guards and scoring."""
    asked = {
        atom.name
        for use in conditions(scenario)
        for atom in atoms(use.guard.tree)
        if isinstance(atom, Happened) and atom.kind == "event"
    }
    scoring = scenario.scoring
    asked |= {sign.event for sign in scoring.signs.values()}
    return asked if scoring.help is None else asked | {scoring.help.indicated}


def emitted(scenario: Scenario) -> set[str]:
    """The names of all events that can happen."""
    own = {event for deed in deeds(scenario) for event in deed.emit}
    return own | {f"arrived_{actor}" for actor in scenario.actors}
