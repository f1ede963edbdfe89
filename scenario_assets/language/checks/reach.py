"""Which nodes can become active at all.

Along the transitions of all regions at once, until nothing is added: a transition that waits for an event counts
only when something reached emits it, one that waits for a choice only when something reached offers it.
"""

from scenario_assets.language.behaviour import Node
from scenario_assets.language.document import Scenario
from scenario_assets.language.guard_tree import And, Happened, Held, InNode, Or, Recent, Tree
from scenario_assets.language.paths import Place, by_region
from scenario_assets.language.uses import always_ordered, node_deeds
from scenario_assets.language.ways import Edges, jumps, reachable, targets

#: Each round is linear in the file, and can open one more link of a chain across regions; a longer chain than this
#: is not followed, and what hangs on it counts as reached.
_MAX_ROUNDS = 20


class Search:
    """Through one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._regions = by_region(scenario)
        self._always = {event for deed in always_ordered(scenario) for event in deed.emit}
        self._always |= {f"arrived_{actor}" for actor in scenario.actors}
        gone_to = jumps(scenario)
        self._starts = {
            region: [path for path in {scenario.start.get(region, ""), *gone_to[region]} if path in nodes]
            for region, nodes in self._regions.items()
        }

    def reached(self) -> set[str]:
        """The full paths of all nodes the story can come to; more, never fewer, than it really does."""
        before: set[str] = set()
        for _ in range(_MAX_ROUNDS):
            found = self._round(before)
            if found == before:
                return found
            before = found
        return self._round(None)

    def why(self, place: Place) -> str:
        """What one would have to change so that a node can be reached which is not."""
        for origin in self._regions[place.region].values():
            for way in origin.node.next:
                if origin.path != place.path and place.path in targets(self._scenario, origin, way):
                    wait = f" and waits for `{way.when.text}`" if way.when is not None else ""
                    return f"what leads there comes only from {origin.full}{wait}"
        return "no transition leads there"

    def _round(self, before: set[str] | None) -> set[str]:
        """What can be reached if only the nodes of ``before`` emit and offer, or all of them."""
        possible = _Possible(self._scenario, before, self._always)
        return {
            f"{region}.{path}"
            for region, starts in self._starts.items()
            for path in reachable(self._scenario, region, starts, self._edges(region, possible))
        }

    def _edges(self, region: str, possible: "_Possible") -> Edges:
        return {
            path: {
                to
                for way in place.node.next
                if way.when is None or possible(way.when.tree)
                for to in targets(self._scenario, place, way)
            }
            for path, place in self._regions[region].items()
        }


class _Possible:
    """Whether a guard can be true while only these nodes are ever active; None means that all are."""

    def __init__(self, scenario: Scenario, nodes: set[str] | None, always: set[str]) -> None:
        self._nodes = nodes
        active: list[Node] = [
            place.node
            for region in by_region(scenario).values()
            for place in region.values()
            if nodes is None or place.full in nodes
        ]
        self._events = always | {event for node in active for deed in node_deeds(node) for event in deed.emit}
        self._choices = {choice for node in active for choice in node.offers}

    def __call__(self, tree: Tree) -> bool:
        match tree:
            case Happened("event", name):
                return name in self._events
            case Happened("choice", name):
                return name in self._choices
            case InNode(path):
                return self._nodes is None or path in self._nodes
            case And(parts):
                return all(self(part) for part in parts)
            case Or(parts):
                return any(self(part) for part in parts)
            case Held(part, _) | Recent(part, _):
                return self(part)
            case _:
                return True
