"""The ways between nodes, in words: one for each target of each transition."""

from collections.abc import Iterator
from dataclasses import dataclass

from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import places, resolve
from scenario_assets.runtime.compile import describe
from scenario_assets.runtime.coverage import Way


@dataclass(frozen=True, slots=True)
class Passage:
    """From node to node, by full paths: why, and with which share of the draw. ``way`` is its name in a coverage."""

    way: Way
    source: str
    target: str
    label: str | None
    condition: str
    share: float

    @property
    def words(self) -> str:
        """The label, if there is one, and the condition."""
        return f"{self.label}: {self.condition}" if self.label else self.condition


def passages(scenario: Scenario) -> Iterator[Passage]:
    """All of them, in the order of the file; the scenario must be free of errors."""
    for place in places(scenario):
        for number, transition in enumerate(place.node.next):
            for target in transition.to:
                path = resolve(scenario, place.region, place.path, target.node)
                if path is None:
                    raise ValueError(f"{place.full} leads to {target.node!r}, which is not there")
                yield Passage(
                    way=Way(f"{place.full}.next[{number}]", path),
                    source=place.full,
                    target=f"{place.region}.{path}",
                    label=transition.label,
                    condition=describe(transition),
                    share=target.weight,
                )
