"""Keys of things that can be done at the same time must differ (S071)."""

from collections.abc import Iterable, Iterator, Mapping

from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Severity
from scenario_assets.language.intervals import Box, Ranges, spread, together
from scenario_assets.language.paths import Place, by_region
from scenario_assets.language.reader import Reader
from scenario_assets.language.trainee import Choice, Option, RadioRequest
from scenario_assets.language.ways import around

Keyed = Choice | Option | RadioRequest
#: Choices of one key in other regions are compared up to this many; bounded work, and more than people write.
_COMPARED = 20


def check_keys(scenario: Scenario, reader: Reader) -> None:
    """Report keys that trainees, or instructors, would find bound twice on one page."""
    check = _Check(scenario, reader)
    always = check.distinct([*scenario.acts.values(), *scenario.radio.values()])
    check.distinct([*scenario.injects.values(), *scenario.said.values()])
    offered: dict[str, list[tuple[str, Choice]]] = {}
    seen: set[tuple[str, int]] = set()
    for region, nodes in by_region(scenario).items():
        for place in nodes.values():
            choices = check.offered(place, nodes)
            for choice in choices:
                check.against(choice, always.get(choice.key))
                pairs = offered.setdefault(choice.key, [])
                if len(pairs) < _COMPARED and (region, id(choice)) not in seen:
                    seen.add((region, id(choice)))
                    pairs.append((region, choice))
            check.beside(choices)
    for pairs in offered.values():
        check.across(pairs)


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self._ranges = Ranges(scenario)
        self._conditions: dict[int, list[Box] | None] = {}
        self._told: set[int] = set()

    def offered(self, place: Place, nodes: Mapping[str, Place]) -> list[Choice]:
        """What the trainee may choose in a node: its own and what nodes around it offer."""
        names = dict.fromkeys(name for path in around(place.path) for name in nodes[path].node.offers)
        return [self.scenario.choices[name] for name in names if name in self.scenario.choices]

    def distinct(self, items: Iterable[Keyed]) -> dict[str, Keyed]:
        """Report each item whose key an earlier one has; the first of each key."""
        seen: dict[str, Keyed] = {}
        for item in items:
            self.against(item, seen.setdefault(item.key, item))
        return seen

    def beside(self, choices: list[Choice]) -> None:
        """Choices of one node may share a key when their conditions never hold at once."""
        seen: dict[str, list[Choice]] = {}
        for choice in choices:
            rivals = seen.setdefault(choice.key, [])
            for other in self._rivals(choice, rivals):
                self.against(choice, other)
            rivals.append(choice)

    def across(self, pairs: list[tuple[str, Choice]]) -> None:
        """Regions run side by side, but not every node of one beside every node of another: a warning."""
        for number, (region, choice) in enumerate(pairs):
            elsewhere = [other for there, other in pairs[:number] if there != region and other is not choice]
            for other in self._rivals(choice, elsewhere):
                self.against(choice, other, "warning")

    def against(self, item: Keyed, other: Keyed | None, severity: Severity = "error") -> None:
        """Report an item, once, that shares the key of another one."""
        if other is None or other is item or not item.key or id(item) in self._told:
            return
        self._told.add(id(item))
        message = f"key {item.key!r} is taken at the same time by {other.text!r}"
        if severity == "warning":
            message = f"key {item.key!r} is also that of {other.text!r}, which another region may offer meanwhile"
        self.reader.fault("S071", self.reader.place(item, "key"), message, severity)

    def _rivals(self, choice: Choice, others: list[Choice]) -> Iterator[Choice]:
        for other in others[:_COMPARED]:
            if other is not choice and together(self._condition(choice), self._condition(other)):
                yield other

    def _condition(self, choice: Choice) -> list[Box] | None:
        if choice.when is None:
            return None
        if id(choice) not in self._conditions:
            self._conditions[id(choice)] = spread(choice.when.tree, True, self._ranges, sampled=True)
        return self._conditions[id(choice)]
