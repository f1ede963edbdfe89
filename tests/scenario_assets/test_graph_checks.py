"""What is said of the graph agrees with networkx on random graphs, and with what really happens in play."""

import json
from collections.abc import Mapping
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets import library
from scenario_assets.language import examine
from scenario_assets.language.checks.consent import unavoidable
from scenario_assets.language.checks.reach import reached
from scenario_assets.language.strict_yaml import Listing, Node, Scalar, Table, parse
from scenario_assets.runtime import Simulation, explore
from tests.scenario_assets.faulty import TINY
from tests.scenario_assets.texts import changed, small

#: Every node leads to some others, has an ending or not; a transition has a condition or not.
graphs = st.dictionaries(
    st.integers(0, 7),
    st.tuples(st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=3), st.booleans()),
    min_size=1,
    max_size=8,
)
Graph = Mapping[int, tuple[list[tuple[int, bool]], bool]]


def plain(node: Node | None) -> Any:
    match node:
        case Scalar(value=value):
            return value
        case Listing(items):
            return [plain(item) for item in items]
        case Table(entries):
            return {key: plain(value) for key, (_, value) in entries.items()}


def document(graph: Graph) -> str:
    """The tiny scenario with this graph as its only region; n0 is the start."""
    tiny = plain(parse(TINY)[0])
    tiny["start"] = {"person": "n0"}
    nodes: dict[str, dict[str, object]] = {name: {} for name in ("n0", *(f"n{name}" for name in graph))}
    for name, (ways, ends) in graph.items():
        known = [(to, guarded) for to, guarded in ways if f"n{to}" in nodes]
        if ends and not known:
            nodes[f"n{name}"]["end"] = "calm"
        elif known:
            nodes[f"n{name}"]["next"] = [
                {"to": f"n{to}", **({"when": "agitation > 50"} if guarded else {})} for to, guarded in known
            ]
    tiny["regions"] = {"person": nodes}
    return json.dumps(tiny)


def told(code: str, text: str) -> set[str]:
    """The nodes of which something is told: found by the column in which they stand in the one line."""
    _, faults = examine("x.yaml", text=text)
    return {text[: fault.column - 1].rpartition('": ')[0].rpartition('"')[2] for fault in faults if fault.code == code}


@given(graphs)
def test_it_agrees_with_networkx(graph: Graph) -> None:
    text = document(graph)
    nodes = json.loads(text)["regions"]["person"]
    everything: nx.DiGraph[str] = nx.DiGraph()
    at_once: nx.DiGraph[str] = nx.DiGraph()
    everything.add_nodes_from(nodes)
    at_once.add_nodes_from(nodes)
    for name, node in nodes.items():
        for way in node.get("next", ()):
            everything.add_edge(name, way["to"])
            if "when" not in way:
                at_once.add_edge(name, way["to"])
    seen = {"n0"} | nx.descendants(everything, "n0")
    assert told("S010", text) == set(nodes) - seen

    endings = {name for name, node in nodes.items() if "end" in node}
    leading = endings | {name for end in endings for name in nx.ancestors(everything, end)}
    assert told("S011", text) == (set(nodes) - leading if endings else set())

    circle = {name for cycle in nx.simple_cycles(at_once) for name in cycle}
    after = circle | {name for there in circle for name in nx.descendants(at_once, there)}
    before = circle | {name for there in circle for name in nx.ancestors(at_once, there)}
    assert told("S012", text) == after & before


@pytest.mark.parametrize("name", [*library.names(), "small"])
def test_whatever_is_entered_in_play_counts_as_reached(name: str) -> None:
    scenario = small() if name == "small" else library.load(name)
    explored = explore(scenario, seeds=2)
    entered = {node for node, count in explored.coverage.nodes.items() if count}
    assert entered <= reached(scenario)


def test_a_chain_of_events_across_regions_is_followed() -> None:
    links = 30
    regions = "".join(
        f"  link{n}:\n    waits: {{next: [{{when: event(e{n}), to: goes}}]}}\n    goes: {{enter: {{emit: e{n + 1}}}}}\n"
        for n in range(links)
    )
    starts = "".join(f", link{n}: waits" for n in range(links))
    text = TINY.replace("outcomes:", f"{regions}outcomes:").replace("person: waiting}", f"person: waiting{starts}}}")
    _, broken = examine("x.yaml", text=text.replace("event(e0)", f"event(e{links + 1})"))
    assert sum(fault.code == "S010" for fault in broken) == links
    # It is longer than what is followed; then what hangs on it counts as reached.
    _, whole = examine("x.yaml", text=text.replace("event(e0)", "event(arrived_kim)"))
    assert [fault.message for fault in whole] == [f"event 'e{links}' is emitted, but nothing asks for it"]


SPARED = "      warnings: [{topic: shouting, level: mild}]\n"


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((), ()),
        (("pacing",), ("shouting",)),
        (("shouting",), ()),
        (("talking",), ()),
        (("talking", "shouting"), ("shouting",)),
    ],
)
def test_what_nobody_can_be_spared(places: tuple[str, ...], expected: tuple[str, ...]) -> None:
    text = changed(*((f"    {place}:\n", f"    {place}:\n{SPARED}") for place in places))
    scenario, faults = examine("x.yaml", text=text)
    assert not faults
    assert scenario is not None
    assert unavoidable(scenario) == expected


def test_a_session_ends_though_a_dead_end_is_told() -> None:
    text = changed(
        ("agitation < 60 for 2 s, to: pacing", "agitation < 60 for 2 s, to: stuck"),
        ("    helped: {end: helped}", "    helped: {end: helped}\n    stuck: {}"),
    )
    scenario, faults = examine("x.yaml", text=text)
    assert [fault.code for fault in faults] == ["S011"]
    assert scenario is not None
    session = Simulation(scenario, "nothing", seed=1)
    while session.engine.outcome is None:
        session.tick()
    assert session.engine.outcome == "nothing"
