"""The graph of each region.

What can be reached (S010), what ends nowhere (S011), what runs in a circle (S012).
"""

from collections.abc import Iterable, Iterator, Mapping

from scenario_assets.language.behaviour import Transition
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import Place, find, places, resolve
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import deeds

Edges = Mapping[str, set[str]]


def check_graph(scenario: Scenario, reader: Reader) -> None:
    """Report nodes nobody comes to, nodes nobody gets away from, and circles without a condition."""
    everything = list(places(scenario))
    for region in scenario.regions:
        nodes = {place.path: place for place in everything if place.region == region}
        edges = {path: _ways(scenario, place) for path, place in nodes.items()}
        _reached(scenario, reader, region, nodes, edges)
        _ending(reader, region, nodes, edges, _jumps(scenario, region))
        _circles(scenario, reader, region, nodes)


def entered(scenario: Scenario, region: str, path: str) -> list[str]:
    """The nodes that are active after going to ``path``: itself, those around it, and its start inside."""
    parts = path.split(".")
    active = [".".join(parts[: n + 1]) for n in range(len(parts))]
    node = find(scenario.regions[region], path)
    while node is not None and node.start is not None and node.start in node.states:
        path = f"{path}.{node.start}"
        active.append(path)
        node = node.states[node.start]
    return active


def _ways(scenario: Scenario, place: Place) -> set[str]:
    """Where the node's own transitions lead."""
    found: set[str] = set()
    for way in place.node.next:
        found.update(_targets(scenario, place, way))
    return found


def _targets(scenario: Scenario, place: Place, way: Transition) -> set[str]:
    paths = {resolve(scenario, place.region, place.path, target.node) for target in way.to if target.node}
    return {path for path in paths if path is not None}


def _jumps(scenario: Scenario, region: str) -> set[str]:
    """Where gotos lead, from anywhere."""
    return {path for deed in deeds(scenario) for there, path in deed.goto.items() if there == region and path}


def _spread(scenario: Scenario, region: str, starts: Iterable[str], edges: Edges) -> set[str]:
    """Everything that becomes active from these nodes on."""
    seen: set[str] = set()
    waiting = [path for start in starts for path in entered(scenario, region, start)]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(there for to in edges.get(path, ()) for there in entered(scenario, region, to))
    return seen


def _reached(
    scenario: Scenario, reader: Reader, region: str, nodes: Mapping[str, Place], edges: Edges
) -> None:
    starts = {scenario.start.get(region, ""), *_jumps(scenario, region)}
    seen = _spread(scenario, region, (path for path in starts if path in nodes), edges)
    for path, place in nodes.items():
        if path not in seen:
            reader.fault("S010", reader.place(place.node), f"node {place.full} can never be reached")


def _ending(reader: Reader, region: str, nodes: Mapping[str, Place], edges: Edges, jumps: set[str]) -> None:
    """Backwards from the endings; what is not met on the way is a dead end."""
    endings = {path for path, place in nodes.items() if place.node.end}
    if not endings or jumps & endings:
        return  # a region without endings only accompanies; a goto leads out of everywhere
    back: dict[str, set[str]] = {path: set() for path in nodes}
    for path in nodes:
        for there in _ways_out(path, nodes, edges):
            back[there].add(path)
    good = set(endings)
    waiting = list(endings)
    while waiting:
        found = back[waiting.pop()] - good
        good |= found
        waiting.extend(found)
    for path, place in nodes.items():
        if path not in good:
            message = f"no ending can be reached from {place.full}; only the limit would end the scenario"
            reader.fault("S011", reader.place(place.node), message, "warning")


def _ways_out(path: str, nodes: Mapping[str, Place], edges: Edges) -> set[str]:
    """By an own way, by a way of a node around, or (for a node with nodes inside) by its start."""
    parts = path.split(".")
    found = {there for n in range(len(parts)) for there in edges[".".join(parts[: n + 1])]}
    start = f"{path}.{nodes[path].node.start}"
    return found | ({start} & nodes.keys())


def _circles(scenario: Scenario, reader: Reader, region: str, nodes: Mapping[str, Place]) -> None:
    """Where ways that need neither time nor a condition lead back to where one was."""
    on: dict[str, set[str]] = {path: set() for path in nodes}
    for path, place in nodes.items():
        for way in place.node.next:
            if way.when is None and way.after is None:
                for target in _targets(scenario, place, way):
                    on[path].update(entered(scenario, region, target))
    circles = _returning(on)
    for path, place in nodes.items():
        if path in circles:
            message = f"from {place.full} transitions without `when` or `after` lead back to it at once"
            reader.fault("S012", reader.place(place.node), message)


def _returning(on: Edges) -> set[str]:
    """All that lies on a circle, by Kosaraju's strongly connected components: in time linear in the edges."""
    back: dict[str, set[str]] = {path: set() for path in on}
    for path, targets in on.items():
        for there in targets:
            back[there].add(path)
    left: list[str] = []
    seen: set[str] = set()
    for path in on:
        left.extend(_depth_first(path, on, seen))
    found: set[str] = set()
    seen.clear()
    for path in reversed(left):
        component = set(_depth_first(path, back, seen))
        if len(component) > 1 or component & on[path]:
            found |= component
    return found


def _depth_first(start: str, edges: Edges, seen: set[str]) -> Iterator[str]:
    """What has not been seen before, in the order in which the search leaves it."""
    if start in seen:
        return
    seen.add(start)
    trail = [(start, iter(edges[start]))]
    while trail:
        path, ways = trail[-1]
        there = next((way for way in ways if way not in seen), None)
        if there is None:
            trail.pop()
            yield path
        else:
            seen.add(there)
            trail.append((there, iter(edges[there])))
