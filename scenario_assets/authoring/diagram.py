"""A scenario as a picture to be drawn: regions, nodes inside nodes, arrows with their conditions in words.

``mermaid`` and ``dot`` write it down. With ``coverage`` every node and arrow carries how often simulated trainees
came by; ``marked`` nodes are drawn as active, for those who watch a session.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from scenario_assets.authoring.ways import Passage, passages
from scenario_assets.language.behaviour import Do, Node
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import places
from scenario_assets.runtime.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Ending:
    """How the scenario ends in a node."""

    outcome: str
    direction: Literal["good", "mixed", "poor"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A node. ``path`` is full, ``start`` the full path of the node it begins in if it has nodes inside.

    ``entered`` is None without coverage.
    """

    path: str
    name: str
    inside: "tuple[Spot, ...]"
    start: str | None
    resumes: bool
    ending: Ending | None
    entered: int | None
    marked: bool

    def all(self) -> "Iterator[Spot]":
        """The node and all nodes inside it."""
        yield self
        for spot in self.inside:
            yield from spot.all()


@dataclass(frozen=True, slots=True)
class Area:
    """A region with its outermost nodes."""

    name: str
    start: str
    spots: tuple[Spot, ...]

    def all(self) -> Iterator[Spot]:
        """All nodes of the region."""
        for spot in self.spots:
            yield from spot.all()


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from node to node. ``fired`` is None without coverage."""

    passage: Passage
    fired: int | None


@dataclass(frozen=True, slots=True)
class Jump:
    """Something that leads to a node from wherever its region is: an inject, a choice, a reaction."""

    what: str
    target: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """All of it."""

    title: str
    limit: str
    areas: tuple[Area, ...]
    arrows: tuple[Arrow, ...]
    jumps: tuple[Jump, ...]

    def spots(self) -> Iterator[Spot]:
        """All nodes."""
        for area in self.areas:
            yield from area.all()


def diagram(
    scenario: Scenario, *, coverage: Coverage | None = None, marked: Collection[str] = ()
) -> Diagram:
    """The picture of a checked scenario; ``marked`` are full paths, nodes around a marked one are marked too."""
    minutes = scenario.limit.after / 60_000
    active = {path[:end] for path in marked for end in [*_dots(path), len(path)]}
    draw = _Draw(scenario, coverage, active)
    return Diagram(
        title=scenario.title,
        limit=f"after {minutes:g} min: {scenario.limit.end}",
        areas=tuple(
            Area(region, f"{region}.{scenario.start[region]}", draw.spots(region, nodes))
            for region, nodes in scenario.regions.items()
        ),
        arrows=tuple(draw.arrows()),
        jumps=tuple(_jumps(scenario)),
    )


def _dots(path: str) -> list[int]:
    return [index for index, letter in enumerate(path) if letter == "."]


class _Draw:
    def __init__(self, scenario: Scenario, coverage: Coverage | None, marked: Collection[str]) -> None:
        self._scenario = scenario
        self._coverage = coverage
        self._marked = marked

    def spots(self, around: str, nodes: Mapping[str, Node]) -> tuple[Spot, ...]:
        return tuple(self._spot(f"{around}.{name}", name, node) for name, node in nodes.items())

    def _spot(self, path: str, name: str, node: Node) -> Spot:
        outcome = self._scenario.outcomes[node.end] if node.end is not None else None
        return Spot(
            path=path,
            name=name,
            inside=self.spots(path, node.states),
            start=f"{path}.{node.start}" if node.states else None,
            resumes=node.resume != "fresh",
            ending=Ending(str(node.end), outcome.direction) if outcome is not None else None,
            entered=self._coverage.nodes[path] if self._coverage is not None else None,
            marked=path in self._marked,
        )

    def arrows(self) -> Iterator[Arrow]:
        for passage in passages(self._scenario):
            yield Arrow(passage, self._coverage.ways[passage.way] if self._coverage is not None else None)


def _jumps(scenario: Scenario) -> Iterator[Jump]:
    for reflex in scenario.reflexes:
        yield from _led([reflex], f"reflex: {reflex.label}")
    for kind in ("choices", "acts", "radio", "said", "injects"):
        for item in getattr(scenario, kind).values():
            yield from _led(item.do, f"{kind.removesuffix('s')}: {item.text}")
    for place in places(scenario):
        node = place.node
        ordered = (*node.enter, *node.leave, *node.cues, *node.reflexes, *(do for way in node.next for do in way.do))
        yield from _led(ordered, f"in {place.full}")


def _led(deeds: Iterable[Do], what: str) -> Iterator[Jump]:
    for deed in deeds:
        for region, path in deed.goto.items():
            yield Jump(what, f"{region}.{path}")
