"""What can be reached, what ends nowhere and what runs in a circle (S010, S011, S012), as networkx finds it.

The oracle is a graph of its own kind: a vertex for going to a node and one for being in it.
"""

import json
import re
from collections.abc import Iterator

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets.language import examine
from tests.scenario_assets.drawn import Document, document

_NODE = re.compile(r"\bperson\.(\w+(?:\.\w+)*)")


@st.composite
def regions(draw: st.DrawFn) -> Document:
    """Up to eight nodes, two levels deep, and any ways between them."""
    paths: list[str] = []
    for n in range(draw(st.integers(1, 8))):
        around = draw(st.sampled_from(["", *(path for path in paths if path.count(".") < 2)]))
        paths.append(f"{around}.n{n}" if around else f"n{n}")
    nodes: dict[str, Document] = {}
    for path in paths:
        inside = [other for other in paths if other.rpartition(".")[0] == path]
        node: Document = {"start": draw(st.sampled_from(inside)).rpartition(".")[2]} if inside else {}
        if not inside and draw(st.integers(0, 5)) == 0:
            node["end"] = "over"
        else:
            node["next"] = draw(st.lists(_way(paths), max_size=2))
        nodes[path] = node
    for path in reversed(paths):  # what is inside comes after what is around it
        around, _, name = path.rpartition(".")
        if around:
            nodes[around]["states"] = {name: nodes.pop(path), **nodes[around].get("states", {})}
    return nodes


@st.composite
def _way(draw: st.DrawFn, paths: list[str]) -> Document:
    targets = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=2, unique=True))
    condition = draw(st.sampled_from([{}, {}, {"when": "speaking"}, {"after": "3 s"}]))
    return {"to": [{target: 1 / len(targets)} for target in targets], **condition}


def flat(nodes: Document, around: str = "") -> Iterator[tuple[str, Document]]:
    for name, node in nodes.items():
        yield f"{around}{name}", node
        yield from flat(node.get("states", {}), f"{around}{name}.")


def outwards(path: str) -> list[str]:
    """The node and those around it."""
    parts = path.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def targets(node: Document, *, at_once: bool = False) -> Iterator[str]:
    for way in node.get("next", ()):
        if not at_once or not way.keys() & {"when", "after"}:
            for target in way["to"]:
                yield from target


def graph(nodes: Document, *, at_once: bool = False) -> "nx.DiGraph[tuple[str, str]]":
    """Going to a node means being in it, in those around it, and going to its start; being in it, its ways."""
    made: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    for path, node in flat(nodes):
        made.add_edges_from((("go", path), ("in", active)) for active in outwards(path))
        if "start" in node:
            made.add_edge(("go", path), ("go", f"{path}.{node['start']}"))
        made.add_edges_from((("in", path), ("go", target)) for target in targets(node, at_once=at_once))
    return made


def unreachable(nodes: Document, starts: set[str]) -> set[str]:
    ways = graph(nodes)
    seen = set().union(*({("go", start)} | nx.descendants(ways, ("go", start)) for start in starts))
    return {path for path, _ in flat(nodes) if ("in", path) not in seen}


def dead_ends(nodes: Document, jumps: set[str]) -> set[str]:
    """Where no ending can be reached: by a node's own ways, by those of nodes around it, or by what it starts."""
    endings = {path for path, node in flat(nodes) if "end" in node}
    if not endings or endings & jumps:
        return set()
    ways: nx.DiGraph[str] = nx.DiGraph()
    for path, node in flat(nodes):
        ways.add_node(path)
        ways.add_edges_from((path, f"{path}.{name}") for name in [node.get("start")] if name)
    every = dict(flat(nodes))
    for path in every:
        ways.add_edges_from((path, target) for active in outwards(path) for target in targets(every[active]))
    good = endings.union(*(nx.ancestors(ways, ending) for ending in endings))
    return every.keys() - good


def circles(nodes: Document) -> set[str]:
    """The nodes that one comes back to without anything having to happen."""
    parts = nx.strongly_connected_components(graph(nodes, at_once=True))
    return {path for part in parts if len(part) > 1 for kind, path in part if kind == "in"}


def found(nodes: Document, goto: str | None) -> dict[str, set[str]]:
    """By code, the nodes that ``examine`` reports."""
    whole = document({"person": nodes}, {"agitation": {"initial": 50, "range": [0, 100]}})
    if goto is not None:
        whole["injects"]["stir"]["do"]["goto"] = {"person": goto}
    whole["start"] = {"person": next(iter(nodes))}
    _, faults = examine("drawn.yaml", text=json.dumps(whole))
    told: dict[str, set[str]] = {"S010": set(), "S011": set(), "S012": set()}
    for fault in faults:
        if fault.code in told:
            match = _NODE.search(fault.message)
            assert match is not None, fault
            told[fault.code].add(match[1])
    return told


@settings(max_examples=300)
@given(st.data(), regions())
def test_the_graph_checks_agree_with_networkx(data: st.DataObject, nodes: Document) -> None:
    jump = data.draw(st.none() | st.sampled_from([path for path, _ in flat(nodes)]))
    jumps = {jump} if jump is not None else set[str]()
    told = found(nodes, jump)
    assert told["S010"] == unreachable(nodes, {next(iter(nodes)), *jumps})
    assert told["S011"] == dead_ends(nodes, jumps)
    assert told["S012"] == circles(nodes)
