"""Where one comes from a node of a region: by its transitions, by those of nodes around it, into nodes inside it."""

from collections.abc import Iterable, Mapping, Set

from scenario_assets.language.behaviour import Transition
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import Place, by_region, find, resolve
from scenario_assets.language.uses import deeds

#: Path -> the paths its own transitions lead to, inside one region.
Edges = Mapping[str, Set[str]]


def entered(scenario: Scenario, region: str, path: str) -> list[str]:
    """The nodes that are active after going to ``path``: itself, those around it, and its start inside."""
    active = around(path)
    node = find(scenario.regions[region], path)
    while node is not None and node.start is not None and node.start in node.states:
        path = f"{path}.{node.start}"
        active.append(path)
        node = node.states[node.start]
    return active


def around(path: str) -> list[str]:
    """The path and those of the nodes around it, the outermost first."""
    parts = path.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def targets(scenario: Scenario, place: Place, way: Transition) -> set[str]:
    """The paths that a transition of this node leads to; those that lead nowhere are left out."""
    paths = {resolve(scenario, place.region, place.path, target.node) for target in way.to if target.node}
    return {path for path in paths if path is not None}


def edges(scenario: Scenario, nodes: Mapping[str, Place]) -> dict[str, set[str]]:
    """Of these nodes of one region: where the transitions of each lead."""
    return {
        path: {to for way in place.node.next for to in targets(scenario, place, way)} for path, place in nodes.items()
    }


def jumps(scenario: Scenario) -> dict[str, set[str]]:
    """Region -> where gotos lead inside it, from anywhere."""
    found: dict[str, set[str]] = {region: set() for region in scenario.regions}
    for deed in deeds(scenario):
        for region, path in deed.goto.items():
            if region in found and path:
                found[region].add(path)
    return found


def reachable(
    scenario: Scenario, region: str, starts: Iterable[str], leads: Edges, *, barred: Set[str] = frozenset()
) -> set[str]:
    """Everything that becomes active from these nodes on, without ever entering one that is barred."""

    def active(path: str) -> list[str]:
        found = entered(scenario, region, path)
        return found if barred.isdisjoint(found) else []

    seen: set[str] = set()
    waiting = [path for start in starts for path in active(start)]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(there for to in leads.get(path, ()) for there in active(to))
    return seen


def dead_ends(scenario: Scenario) -> list[Place]:
    """The nodes from which no ending can be reached, in regions that have endings.

    A region without endings only accompanies, and out of one in which a goto leads to an ending, it leads from
    everywhere.
    """
    found: list[Place] = []
    gone_to = jumps(scenario)
    for region, nodes in by_region(scenario).items():
        endings = {path for path, place in nodes.items() if place.node.end}
        if endings and not gone_to[region] & endings:
            good = leading_to(endings, nodes, edges(scenario, nodes))
            found.extend(place for path, place in nodes.items() if path not in good)
    return found


def leading_to(goals: Iterable[str], nodes: Mapping[str, Place], leads: Edges) -> set[str]:
    """The nodes of one region from which one of these can be reached, themselves among them."""
    back: dict[str, set[str]] = {path: set() for path in nodes}
    for path in nodes:
        for there in _ways_out(path, nodes, leads):
            back[there].add(path)
    found = set(goals)
    waiting = list(found)
    while waiting:
        fresh = back[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _ways_out(path: str, nodes: Mapping[str, Place], leads: Edges) -> set[str]:
    """By an own way, by a way of a node around, or (for a node with nodes inside) by its start."""
    found = {there for outer in around(path) for there in leads[outer]}
    start = f"{path}.{nodes[path].node.start}"
    return found | ({start} & nodes.keys())
