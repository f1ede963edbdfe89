"""The graph of each region.

What can be reached (S010), what ends nowhere (S011), what runs in a circle (S012).
"""

from collections.abc import Iterator, Mapping

from scenario_assets.language.behaviour import Transition
from scenario_assets.language.checks.reach import Search
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import Place, by_region, resolve
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import EMITTING
from scenario_assets.language.ways import Edges, dead_ends, entered, jumps, targets


def check_graph(scenario: Scenario, reader: Reader) -> None:
    """Report nodes nobody comes to, nodes nobody gets away from, and circles without a condition."""
    search = Search(scenario)
    found = search.reached()
    known = reader.sound(scenario, "start", *EMITTING)
    for region, nodes in by_region(scenario).items():
        for place in nodes.values() if known and _leads_on(scenario, region, nodes) else ():
            if place.full not in found and not reader.full:
                why = search.why(place)
                reader.fault("S010", reader.place(place.node), f"node {place.full} can never be reached: {why}")
        _circles(scenario, reader, region, nodes)
    for place in dead_ends(scenario) if known else ():
        message = f"no ending can be reached from {place.full}; only the limit would end the scenario"
        reader.fault("S011", reader.place(place.node), message, "warning")


def _leads_on(scenario: Scenario, region: str, nodes: Mapping[str, Place]) -> bool:
    """Whether the start and every target of a region are nodes of it; one that is misspelt hides others behind it."""
    ways = [(place, target.node) for place in nodes.values() for way in place.node.next for target in way.to]
    known = all(resolve(scenario, region, place.path, target) is not None for place, target in ways)
    inside = all(place.node.start in place.node.states for place in nodes.values() if place.node.states)
    return known and inside and scenario.start.get(region) in nodes and jumps(scenario)[region] <= nodes.keys()


def _circles(scenario: Scenario, reader: Reader, region: str, nodes: Mapping[str, Place]) -> None:
    """Where ways that need neither time nor a condition lead back to where one was."""
    on: dict[str, set[str]] = {path: set() for path in nodes}
    for path, place in nodes.items():
        for way in place.node.next:
            if not (_at_once(way) and reader.sound(way)):
                continue
            for target in targets(scenario, place, way):
                on[path].update(entered(scenario, region, target))
    circles = _returning(on)
    for path, place in nodes.items():
        if path in circles:
            message = f"from {place.full} transitions without `when` or `after` lead back to it at once"
            reader.fault("S012", reader.place(place.node), message)


def _at_once(way: Transition) -> bool:
    return way.when is None and (way.after is None or round(way.after.high) == 0)


def _returning(on: Edges) -> set[str]:
    """All that lies on a circle, by Kosaraju's strongly connected components: in time linear in the edges."""
    back: dict[str, set[str]] = {path: set() for path in on}
    for path, leads in on.items():
        for there in leads:
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
