"""Scenarios as pictures: what a reader of DOT and of Mermaid finds is what the scenario has."""

import re
from dataclasses import replace

import networkx as nx
import pydot
import pytest

from scenario_assets import library
from scenario_assets.authoring.diagram import Diagram, diagram
from scenario_assets.authoring.dot import dot
from scenario_assets.authoring.mermaid import mermaid
from scenario_assets.language import Scenario
from scenario_assets.language.paths import places, resolve
from scenario_assets.runtime import explore
from tests.scenario_assets.texts import small

# The reader of DOT calls its own parser library by names that are going out of use; nothing of ours does.
pytestmark = pytest.mark.filterwarnings("ignore:'.*' deprecated - use:DeprecationWarning")

#: Ways into, out of, within and back to a node with nodes inside.
NESTED = (
    ("        - {when: agitation >= 90, to: shouting}\n",
     "        - {when: agitation >= 90, to: shouting}\n"
     "        - {when: agitation >= 85, to: sitting, label: inwards}\n"
     "        - {when: agitation >= 84, to: talking, label: again}\n"),
    ("        sitting: {enter: {pose: {kim: {posture: sitting}}}}\n",
     "        sitting:\n"
     "          next: [{when: agitation >= 88, to: pacing, label: outwards}, "
     "{when: agitation >= 89, to: talking, label: up}]\n"),
    ("      start: standing\n", "      start: standing\n      resume: deep\n"),
    ("- {after: 60 s, to: left}", "- {after: 60 s, to: left}\n        - {when: agitation < 20, to: talking.sitting}"),
)  # fmt: skip

SCENARIOS = {"small": small(), "nested": small(*NESTED), **{name: library.load(name) for name in library.names()}}


def edges(scenario: Scenario) -> list[tuple[str, str]]:
    """Every way between nodes, straight from the document."""
    return sorted(
        (place.full, f"{place.region}.{resolve(scenario, place.region, place.path, target.node)}")
        for place in places(scenario)
        for way in place.node.next
        for target in way.to
    )


# -- DOT ---


def read_dot(text: str) -> pydot.Dot:
    (graph,) = pydot.graph_from_dot_data(text) or []
    return graph


def unquoted(name: object) -> str:
    return str(name).strip('"')


def clusters(graph: pydot.Graph, inside: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Node -> the clusters around it, from the outside in."""
    found = {unquoted(node.get_name()): inside for node in graph.get_nodes()}
    for part in graph.get_subgraphs():
        found |= clusters(part, (*inside, unquoted(part.get_name())))
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_dot_has_every_node_in_its_region_and_every_way(name: str) -> None:
    scenario = SCENARIOS[name]
    graph = read_dot(dot(diagram(scenario)))
    found = clusters(graph)
    for place in places(scenario):
        parts = place.full.split(".")
        around = tuple(f"cluster {'.'.join(parts[:n])}" for n in range(1, len(parts)))
        if place.node.states:
            assert found[f"begin {place.full}"] == (*around, f"cluster {place.full}")
        else:
            assert found[place.full] == around
    drawn = sorted(
        (unquoted(edge.get_source()).removeprefix("begin "), unquoted(edge.get_destination()).removeprefix("begin "))
        for edge in graph.get_edges()
        if not unquoted(edge.get_source()).startswith("jump")
    )
    assert drawn == edges(scenario)


def test_dot_can_be_reasoned_about_by_a_graph_library() -> None:
    """The picture as a graph gives the same reachability as the scenario: everything, from the start."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    parsed = read_dot(dot(diagram(small())))
    for part in [parsed, *parsed.get_subgraphs(), *(s for p in parsed.get_subgraphs() for s in p.get_subgraphs())]:
        graph.add_edges_from((unquoted(e.get_source()), unquoted(e.get_destination())) for e in part.get_edges())
    reached = nx.descendants(graph, "begin person")
    assert {place.full for place in places(small()) if place.region == "person" and not place.node.states} <= reached
    assert not any(node.startswith("bystander") for node in reached)


def attributes(text: str, source: str, target: str) -> list[dict[str, str]]:
    graph = read_dot(text)
    return [edge.get_attributes() for edge in graph.get_edge(f'"{source}"', f'"{target}"')]


def test_arrows_tell_their_label_condition_and_share() -> None:
    text = dot(diagram(small()))
    (greeted,) = attributes(text, "person.pacing", "begin person.talking")
    assert greeted["label"] == r'" greeted \n choice(greet) \n 50 % "'
    assert greeted["lhead"] == '"cluster person.talking"'
    (later,) = attributes(text, "person.shouting", "person.left")
    assert later["label"] == '" after 60 s "'


def test_arrows_end_at_a_border_only_from_outside() -> None:
    text = dot(diagram(small(*NESTED)))
    inwards, again = (
        attributes(text, "begin person.talking", to)[0] for to in ("person.talking.sitting", "begin person.talking")
    )
    up = attributes(text, "person.talking.sitting", "begin person.talking")[0]
    for found in (inwards, again, up):
        assert "lhead" not in found
        assert "ltail" not in found
    outwards = attributes(text, "begin person.talking", "person.shouting")[0]
    assert outwards["ltail"] == '"cluster person.talking"'


def test_quotes_and_backslashes_stay_what_they_are() -> None:
    odd = replace(small(), title='Say "no\\n" twice', sha256="")
    label = read_dot(dot(diagram(odd))).get("label")
    assert label == r'"Say \"no\\n\" twice\nafter 3 min: nothing"'


# -- coverage and marks ---


def covered(policy: str) -> Diagram:
    return diagram(small(), coverage=explore(small(), policies=[policy], seeds=4).coverage)


def test_coverage_counts_and_what_never_fired_looks_different() -> None:
    text = dot(covered("nothing"))
    (never,) = attributes(text, "person.shouting", "person.left")
    assert never["style"] == "dashed"
    assert "never" in never["label"]
    fired = [found for found in attributes(text, "bystander.near", "bystander.far") if "never" not in found["label"]]
    assert len(fired) == 1
    assert "4 x" in fired[0]["label"]
    assert "style" not in fired[0]
    shouting = next(line for line in text.splitlines() if line.strip().startswith('"person.shouting" ['))
    assert "dashed" in shouting
    assert r"shouting\nnever" in shouting
    plain = dot(diagram(small()))
    assert "never" not in plain
    assert " x" not in plain


def test_mermaid_tells_coverage_in_words_and_classes() -> None:
    text = mermaid(covered("nothing"))
    assert "  class n_person__shouting never\n" in text
    assert "n_person__shouting --> n_person__left : after 60 s, never fired\n" in text
    assert "n_bystander__near --> n_bystander__far : after 20 to 40 s, 4 x\n" in text
    assert "never" not in mermaid(diagram(small())).replace("classDef never", "")


def test_marked_nodes_are_active_with_those_around_them() -> None:
    drawn = diagram(small(), marked=["person.talking.sitting", "bystander.near"])
    assert {spot.path for spot in drawn.spots() if spot.marked} == {
        "person.talking", "person.talking.sitting", "bystander.near",
    }  # fmt: skip
    assert "  class n_person__talking__sitting active\n" in mermaid(drawn)
    marked = [line for line in dot(drawn).splitlines() if "#1f5fbf" in line]
    assert len(marked) == 2
    assert sum("bgcolor" in line for line in dot(drawn).splitlines()) == 1


def test_endings_say_how_they_end() -> None:
    text = dot(diagram(small()))
    helped = next(line for line in text.splitlines() if line.strip().startswith('"person.helped" ['))
    assert r"helped\nends: helped" in helped
    assert "peripheries=2" in helped
    assert "n_person__helped --> [*] : ends with helped\n" in mermaid(diagram(small()))


def test_injects_that_lead_somewhere_are_drawn() -> None:
    drawn = diagram(small())
    assert [(jump.what, jump.target) for jump in drawn.jumps] == [("inject: Kim sits", "person.talking.sitting")]
    assert 'state "sitting (inject#58; Kim sits)"' in mermaid(drawn)
    assert '"jump 0" -> "person.talking.sitting"' in dot(drawn)


# -- Mermaid, read by the lines it knows ---

STATE = re.compile(r'state "([^"]*)" as (\w+)( \{)?')
ARROW = re.compile(r"(\[\*\]|\w+) --> (\[\*\]|\w+)(?: : ([^:;{}<>\"%&\[\]]|#\d+;)+)?")
CLASS = re.compile(r"class (\w+) (\w+)")


def read_mermaid(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]], list[str]]:
    """State -> the state around it; arrows with the state they stand in; states with a class."""
    head, title, foot, first, *lines = text.splitlines()
    assert (head, foot, first) == ("---", "---", "stateDiagram-v2")
    assert re.fullmatch(r'title: "([^"\\]|\\.)*"', title)
    around, inside, arrows, classed = dict[str, str](), [""], list[tuple[str, str, str]](), list[str]()
    for line in lines:
        word = line.strip()
        if word.startswith("classDef "):
            continue
        if word == "}":
            inside.pop()
        elif match := STATE.fullmatch(word):
            around[match[2]] = inside[-1]
            if match[3]:
                inside.append(match[2])
        elif match := ARROW.fullmatch(word):
            arrows.append((match[1], match[2], inside[-1]))
        else:
            match = CLASS.fullmatch(word)
            assert match, f"not Mermaid: {word}"
            assert inside == [""]
            classed.append(match[1])
    assert inside == [""]
    return around, arrows, classed


@pytest.mark.parametrize("name", SCENARIOS)
def test_mermaid_has_every_node_and_way_and_no_arrow_crosses_a_border(name: str) -> None:
    scenario = SCENARIOS[name]
    around, arrows, classed = read_mermaid(mermaid(diagram(scenario)))
    wanted = {"n_" + place.full.replace(".", "__") for place in places(scenario)}
    assert set(around) == wanted | {f"n_{region}" for region in scenario.regions}
    for source, target, inside in arrows:
        assert {around[end] for end in (source, target) if end != "[*]"} == {inside}
    compound = [place for place in places(scenario) if place.node.states]
    endings = [place for place in places(scenario) if place.node.end]
    starts = len(scenario.regions) + len(compound)
    assert len(arrows) == len(edges(scenario)) + starts + len(endings)
    assert set(classed) == {"n_" + place.full.replace(".", "__") for place in endings}


def test_arrows_of_inner_nodes_tell_the_ends_that_are_not_drawn() -> None:
    text = mermaid(diagram(small(*NESTED)))
    for line in (
        "n_person__talking --> n_person__pacing : from talking.sitting, outwards#58; agitation #62;= 88",
        "n_person__shouting --> n_person__talking : to talking.sitting, agitation #60; 20",
        "[*] --> n_person__talking__sitting : from talking, inwards#58; agitation #62;= 85",
        "n_person__talking__sitting --> [*] : to talking, up#58; agitation #62;= 89",
        "n_person__talking --> n_person__talking : again#58; agitation #62;= 84",
    ):
        assert f"{line}\n" in text


def test_ids_stay_apart_where_names_look_like_paths() -> None:
    double = small(
        ("    left: {end: left}\n", "    left: {end: left}\n    talking__sitting: {end: left}\n"),
        ("- {after: 60 s, to: left}", "- {after: 60 s, to: [{left: 0.5}, {talking__sitting: 0.5}]}"),
    )
    around, _, _ = read_mermaid(mermaid(diagram(double)))
    assert len(around) == len(list(places(double))) + len(double.regions)
