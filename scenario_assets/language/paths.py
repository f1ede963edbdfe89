"""Where nodes are: the node trees of all regions as flat lists, and what a `to:` means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scenario_assets.language.behaviour import Node
from scenario_assets.language.document import Scenario


@dataclass(frozen=True, slots=True)
class Place:
    """A node and where it stands.

    ``path`` is inside the region, ``parent`` the path of the node around it or empty.
    """

    region: str
    path: str
    parent: str
    node: Node

    @property
    def full(self) -> str:
        """Region and path: ``person.sitting``."""
        return f"{self.region}.{self.path}"


def places(scenario: Scenario) -> Iterator[Place]:
    """All nodes in document order: regions, then nodes, a node before those inside it."""
    for region, nodes in scenario.regions.items():
        yield from _inside(region, "", nodes)


def _inside(region: str, parent: str, nodes: Mapping[str, Node]) -> Iterator[Place]:
    for name, node in nodes.items():
        path = f"{parent}.{name}" if parent else name
        yield Place(region, path, parent, node)
        yield from _inside(region, path, node.states)


def by_region(scenario: Scenario) -> dict[str, dict[str, Place]]:
    """Region -> path -> place."""
    found: dict[str, dict[str, Place]] = {region: {} for region in scenario.regions}
    for place in places(scenario):
        found[place.region][place.path] = place
    return found


def find(nodes: Mapping[str, Node], path: str) -> Node | None:
    """The node at this path below ``nodes``, or None."""
    first, _, rest = path.partition(".")
    node = nodes.get(first)
    if node is None or not rest:
        return node
    return find(node.states, rest)


def resolve(scenario: Scenario, region: str, source: str, target: str) -> str | None:
    """The path inside the region that ``target`` means when said by node ``source``.

    Looked for first inside the source, then beside it, then beside the nodes around it, up to the region's
    own nodes.
    """
    nodes = scenario.regions.get(region, {})
    around = source
    while True:
        path = f"{around}.{target}" if around else target
        if find(nodes, path) is not None:
            return path
        if not around:
            return None
        around = around.rpartition(".")[0]
