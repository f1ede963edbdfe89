"""The graph of each region.

What can be reached (S010), what ends nowhere (S011), what runs in a circle (S012).
"""

from collections.abc import Mapping

from scenario_assets.language.behaviour import Transition
from scenario_assets.language.checks.reach import reached
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import Place, by_region
from scenario_assets.language.reader import Reader
from scenario_assets.language.ways import dead_ends, entered, targets


def check_graph(scenario: Scenario, reader: Reader) -> None:
    """Report nodes nobody comes to, nodes nobody gets away from, and circles without a condition."""
    found = reached(scenario)
    for region, nodes in by_region(scenario).items():
        for place in nodes.values():
            if place.full not in found:
                reader.fault("S010", reader.place(place.node), f"node {place.full} can never be reached")
        _circles(scenario, reader, region, nodes)
    for place in dead_ends(scenario):
        message = f"no ending can be reached from {place.full}; only the limit would end the scenario"
        reader.fault("S011", reader.place(place.node), message, "warning")


def _circles(scenario: Scenario, reader: Reader, region: str, nodes: Mapping[str, Place]) -> None:
    """What is left when nodes without a way on, or without a way in, are taken away again and again."""
    on: dict[str, set[str]] = {path: set() for path in nodes}
    for path, place in nodes.items():
        for way in filter(_at_once, place.node.next):
            for target in targets(scenario, place, way):
                on[path].update(entered(scenario, region, target))
    back: dict[str, set[str]] = {path: set() for path in nodes}
    for path, leads in on.items():
        for there in leads:
            back[there].add(path)
    _trim(on, back)
    _trim(back, on)
    for path in on:
        if path in back:
            message = f"from {nodes[path].full} transitions without `when` or `after` lead back to it at once"
            reader.fault("S012", reader.place(nodes[path].node), message)


def _at_once(way: Transition) -> bool:
    return way.when is None and (way.after is None or way.after.high == 0)


def _trim(on: dict[str, set[str]], back: dict[str, set[str]]) -> None:
    """Take away every node that leads nowhere."""
    ends = [path for path, leads in on.items() if not leads]
    while ends:
        path = ends.pop()
        del on[path]
        for source in back.pop(path, ()):
            if source in on:
                on[source].discard(path)
                if not on[source]:
                    ends.append(source)
