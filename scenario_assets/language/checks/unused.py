"""What is defined should be used (S023, warnings).

Not told: what people use without the scenario's help. Injects and kinds of utterance are an instructor's, radio
requests and acts a trainee's, signals are shown while a session runs.
"""

from collections.abc import Collection, Set

from scenario_assets.language.document import Scenario
from scenario_assets.language.guard_tree import Between, Compare, FactIs, atoms
from scenario_assets.language.paths import places
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import EMITTING, always_ordered, awaited, conditions, deeds, node_deeds

#: Where something can be used.
_USING = (*EMITTING, "limit", "scene", "actors", "facts", "signals", "dynamics", "lines", "scoring")


def check_unused(scenario: Scenario, reader: Reader) -> None:
    """Report what could be left out, or was forgotten elsewhere."""
    if not reader.sound(scenario, *_USING):
        return  # it may be used where the file could not be read
    check = _Check(reader)
    nodes = [place.node for place in places(scenario)]
    check.never(scenario.lines, {line for deed in deeds(scenario) for line in deed.say}, "line", "spoken")
    check.never(scenario.choices, {name for node in nodes for name in node.offers}, "choice", "offered")
    ends = {node.end for node in nodes if node.end} | {scenario.limit.end}
    check.never(scenario.outcomes, ends, "outcome", "reached by a node or the limit")
    tests = [atom for use in conditions(scenario) for atom in atoms(use.guard.tree)]
    check.never(scenario.facts, {atom.name for atom in tests if isinstance(atom, FactIs)}, "fact", "asked for")
    check.never(scenario.dynamics, _states(scenario, tests), "state", "read by a guard, an actor or the scoring")
    check.never(scenario.scene.places, _visited(scenario), "place", "gone to")
    check.events(scenario)


def _states(scenario: Scenario, tests: Collection[object]) -> set[str]:
    read = {atom.name for atom in tests if isinstance(atom, Compare | Between)}
    shown = {actor.arousal for actor in scenario.actors.values() if isinstance(actor.arousal, str)}
    return read | shown | {scenario.scoring.outcome.state}


def _visited(scenario: Scenario) -> set[object]:
    found: set[object] = {actor.at for actor in scenario.actors.values()}
    for deed in deeds(scenario):
        found.update(deed.place.values())
        for move in deed.move.values():
            found.update((move.to, *move.path))
    return found


class _Check:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def never(self, table: Collection[str], used: Set[object], what: str, how: str) -> None:
        for name in table:
            if name and name not in used:
                place = self.reader.place(table, name)
                self.reader.fault("S023", place, f"{what} {name!r} is never {how}", "warning")

    def events(self, scenario: Scenario) -> None:
        """Those that an inject emits are told as S060."""
        asked = awaited(scenario)
        by_injects = {id(deed) for inject in scenario.injects.values() for deed in inject.do}
        ordered = [deed for deed in always_ordered(scenario) if id(deed) not in by_injects]
        for place in places(scenario):
            ordered.extend(node_deeds(place.node))
        for deed in ordered:
            for event in deed.emit:
                if event and event not in asked:
                    message = f"event {event!r} is emitted, but nothing asks for it"
                    self.reader.fault("S023", self.reader.place(deed, "emit"), message, "warning")
