"""The chart of a scenario: its nodes numbered in document order, histories for nodes that resume, transitions.

Root, one parallel state, under it one compound state per region, under that the region's nodes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scenario_assets.language.behaviour import Node
from scenario_assets.language.document import Scenario
from scenario_assets.runtime.memory import Event
from scenario_assets.runtime.statechart import Chart, Kind, State, Transition


@dataclass
class Draft:
    """A chart state while the chart is being laid out; ``node`` is None for regions and what is around them."""

    id: str
    kind: Kind
    parent: int
    region: str = ""
    path: str = ""
    node: Node | None = None
    children: list[int] = field(default_factory=list)
    initial: int = -1
    transitions: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tried:
    """When a rule's transitions are tried: while nothing is happening, for which events (None: for any)."""

    eventless: bool
    events: frozenset[Event] | None


class Layout:
    """States are all there from the beginning; transitions are added one by one.

    ``nodes``: full path -> state; ``entries``: where a transition to the node leads, which is its history if it has
    one; ``rule_of``: transition -> the rule it belongs to and which of its targets it is.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.nodes: dict[str, int] = {}
        self.entries: dict[str, int] = {}
        self.regions: dict[str, int] = {}
        self.drafts: list[Draft] = []
        self.rule_of: list[tuple[int, int]] = []
        self._transitions: list[Transition] = []
        root = self._draft(Draft("", Kind.COMPOUND, -1))
        regions = self._draft(Draft("regions", Kind.PARALLEL, root))
        self._initial(root, regions)
        for region, nodes in scenario.regions.items():
            index = self._draft(Draft(region, Kind.COMPOUND, regions, region))
            self.regions[region] = index
            self._nodes(region, "", nodes, index)
            self._initial(index, self.entries[f"{region}.{scenario.start[region]}"])

    def transition(
        self, source: int, target: int, rule: int, offset: int, tried: Tried, *, internal: bool = False
    ) -> int:
        """Add a transition of a rule to a state; its number."""
        index = len(self._transitions)
        self._transitions.append(Transition(index, source, (target,), internal, tried.eventless, tried.events))
        self.rule_of.append((rule, offset))
        self.drafts[source].transitions.append(index)
        return index

    def chart(self) -> Chart:
        """The finished chart."""
        last = list(range(len(self.drafts)))
        for index in range(len(self.drafts) - 1, 0, -1):
            parent = self.drafts[index].parent
            last[parent] = max(last[parent], last[index])
        states = (
            State(
                index=index,
                id=draft.id,
                kind=draft.kind,
                parent=draft.parent,
                children=tuple(draft.children),
                last=last[index],
                initial=draft.initial,
                transitions=tuple(draft.transitions),
            )
            for index, draft in enumerate(self.drafts)
        )
        return Chart(tuple(states), tuple(self._transitions))

    def _draft(self, draft: Draft) -> int:
        index = len(self.drafts)
        self.drafts.append(draft)
        if draft.parent >= 0:
            self.drafts[draft.parent].children.append(index)
        return index

    def _nodes(self, region: str, around: str, nodes: Mapping[str, Node], parent: int) -> None:
        for name, node in nodes.items():
            path = f"{around}.{name}" if around else name
            full = f"{region}.{path}"
            kind = Kind.COMPOUND if node.states else Kind.ATOMIC
            index = self._draft(Draft(full, kind, parent, region, path, node))
            self.nodes[full] = self.entries[full] = index
            history = self._history(node, full, index)
            self._nodes(region, path, node.states, index)
            if node.states:
                start = self.entries[f"{full}.{node.start}"]
                self._initial(index, start)
                if history >= 0:
                    self._initial(history, start)
                    self.entries[full] = history

    def _history(self, node: Node, full: str, index: int) -> int:
        if not node.states or node.resume == "fresh":
            return -1
        kind = Kind.DEEP_HISTORY if node.resume == "deep" else Kind.SHALLOW_HISTORY
        return self._draft(Draft(f"{full}.(resume)", kind, index))

    def _initial(self, source: int, target: int) -> None:
        self.drafts[source].initial = len(self._transitions)
        self._transitions.append(Transition(len(self._transitions), source, (target,)))
        self.rule_of.append((-1, 0))
