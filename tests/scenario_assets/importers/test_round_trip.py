"""What goes out to Twee and comes back: the graph of any scenario, as far as ``export`` says that it is kept."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_assets import library
from scenario_assets.importers import import_story, to_twee
from scenario_assets.importers.export import _choice_of
from scenario_assets.language import Scenario, examine, load
from scenario_assets.language.behaviour import Do, Media, Node, Transition
from scenario_assets.language.guard_parse import parse_guard
from scenario_assets.language.judging import Outcome
from scenario_assets.language.trainee import Choice
from scenario_assets.language.values import Guard, Span, Target
from tests.scenario_assets.importers.stories import BUS_STOP
from tests.scenario_assets.texts import small


@dataclass(frozen=True)
class Way:
    when: object
    after: Span | None
    to: str


@dataclass(frozen=True)
class NodeView:
    note: list[str]
    media: Media | None
    end: str | None
    offers: list[tuple[str, str]]
    conditions: list[Way]
    chosen: Mapping[str, str]


def view(node: Node, choices: Mapping[str, Choice]) -> NodeView:
    """Of two ways with the same choice the second is never taken; between different choices order means nothing."""
    chosen: dict[str, str] = {}
    for way in node.next:
        name = _choice_of(way)
        if name is not None:
            chosen.setdefault(name, way.to[0].node)
    return NodeView(
        note=[line.rstrip() for line in (node.note or "").split("\n") if line.strip()],
        media=node.media,
        end=node.end, offers=[(name, choices[name].text) for name in node.offers],
        conditions=[
            Way(None if way.when is None else way.when.tree, way.after, way.to[0].node)
            for way in node.next
            if _choice_of(way) is None
        ],
        chosen=chosen,
    )  # fmt: skip


def graph(scenario: Scenario) -> dict[str, object]:
    """The part of a scenario that Twee can hold."""
    offered = {name for nodes in scenario.regions.values() for node in nodes.values() for name in node.offers}
    return {
        "title": scenario.title,
        "briefing": [line.rstrip() for line in scenario.briefing.split("\n") if line.strip()],
        "start": dict(scenario.start),
        "regions": list(scenario.regions),
        "nodes": [
            (region, name, view(node, scenario.choices))
            for region, nodes in scenario.regions.items()
            for name, node in nodes.items()
        ],
        "sends": {
            name: [dict(do.goto) for do in scenario.choices[name].do if do.goto] for name in sorted(offered)
        },
        "layout": dict(scenario.layout),
    }  # fmt: skip


def back(scenario: Scenario) -> Scenario:
    """Out and in again. The scenarios made up here may break rules of the language, but never its form."""
    again, faults = examine("again.yaml", text=import_story(to_twee(scenario), "x.twee").text)
    assert again is not None
    assert not [fault for fault in faults if fault.code in ("S000", "S001", "S002", "S070", "S071")]
    return again


NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,11}", fullmatch=True)
FRAGMENT = st.sampled_from([
    "[[a->b]]", "[[", ":: x", "::", "\\", "\\::", "--", "when a: b", 'Kim: "No."', "Kim: no", "Lee:",
    "{embed image: 'x'}",
    "<<set $a>>", "(if: x)", "<img>", "[if x]", "[note]", "[JavaScript]", "$a", "# x", "- x", "|", ">", "%", "é 🚌",
    "it's",
])  # fmt: skip
#: Control characters and other line breaks are not text that Twee could carry.
PROSE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co")), max_size=30)
LINE = st.lists(FRAGMENT | PROSE | st.just(" "), max_size=4).map("".join)
NOTE = st.lists(LINE | st.just("word " * 40), min_size=1, max_size=6).map("\n".join).map(str.strip)
WORDS = st.lists(
    st.sampled_from(
        ["Wait", "No.", "a -> b", "a|b", "x <- y", "[him]", "Kim: so", "What?", "é", "::", "--", "{a b}", "]"]
    ),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip
GUARDS = [
    "distance < 2 m for 1 s", "agitation >= 80", "not speaking", "choice(c0) and agitation < 40",
    "distance in [1 m, 2 m]", "said(x) within 5 s", "(not (speaking for 2 s)) or event(y)", "node(person.a)",
]  # fmt: skip
MEDIA = st.none() | st.sampled_from([
    Media(video="person/a.mp4", flashing=True), Media(video360="a.b.webm", loop=True, stereo="mono", flashing=False),
    Media(scene="stand"), Media(scene="yes"), Media(video="loop.mp4", stereo="left_right"),
])  # fmt: skip
MS = st.integers(0, 600_000).map(float)
SPAN = st.tuples(MS, MS).map(lambda two: Span(min(two), max(two)))


def guard(text: str) -> Guard:
    return Guard(text, parse_guard(text))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    regions = draw(st.lists(NAME, min_size=1, max_size=3, unique=True))
    names = {region: draw(st.lists(NAME, min_size=1, max_size=4, unique=True)) for region in regions}
    words = draw(st.lists(WORDS, min_size=0, max_size=5, unique=True))
    idents = draw(st.lists(NAME | st.just("c0"), min_size=len(words), max_size=len(words), unique=True))
    choices = {name: Choice(key="1", text=text) for name, text in zip(idents, words, strict=True)}
    senders: dict[str, str] = {}
    if len(regions) > 1 and choices and draw(st.booleans()):
        name, target = draw(st.sampled_from(idents)), draw(st.sampled_from(regions))
        senders[name] = target
        sent = Do(goto={target: draw(st.sampled_from(names[target]))})
        choices[name] = Choice(key="1", text="Off you go", do=(sent,))
    outcomes = draw(st.lists(NAME, min_size=1, max_size=2, unique=True))

    def node(region: str) -> Node:
        note, media = draw(st.none() | NOTE), draw(MEDIA)
        if draw(st.booleans()) and draw(st.booleans()):
            return Node(note=note or None, media=media, end=draw(st.sampled_from(outcomes)))
        here = [name for name in choices if senders.get(name) != region]
        offers = tuple(draw(st.lists(st.sampled_from(here), unique=True))) if here else ()
        ways: list[Transition] = []
        for _ in range(draw(st.integers(0, 4))):
            to = (Target(draw(st.sampled_from(names[region])), 1.0),)
            plain = [name for name in here if name not in senders]
            if len(plain) > 0 and draw(st.booleans()):
                ways.append(Transition(when=guard(f"choice({draw(st.sampled_from(plain))})"), to=to))
                continue
            after = draw(st.none() | SPAN)
            when = draw(st.sampled_from(GUARDS)) if after is None or draw(st.booleans()) else None
            ways.append(Transition(when=guard(when) if when else None, after=after, to=to))
        return Node(note=note or None, media=media, offers=offers, next=tuple(ways))

    nodes = {region: {name: node(region) for name in names[region]} for region in regions}
    paths = [f"{region}.{name}" for region in regions for name in names[region]]
    pixel = st.floats(-5000, 5000).map(lambda value: round(value, 3))
    return replace(
        small(), regions=nodes, start={region: draw(st.sampled_from(names[region])) for region in regions},
        choices=choices, outcomes={name: Outcome(text="x", direction="mixed", disposition=0.5) for name in outcomes},
        title=draw(WORDS), briefing=draw(NOTE.filter(bool)),
        layout=draw(st.dictionaries(st.sampled_from(paths), st.tuples(pixel, pixel))),
    )  # fmt: skip


@given(scenarios())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_graph_comes_back_as_it_went(scenario: Scenario) -> None:
    assert graph(back(scenario)) == graph(scenario)


def test_a_shipped_scenario_stays_the_same_once_it_has_been_through_twine() -> None:
    once = back(library.load("bus-shelter"))
    twice = back(once)
    assert graph(twice) == graph(once)
    assert {name: line.text for name, line in twice.lines.items()} == {n: line.text for n, line in once.lines.items()}
    assert [node.end for node in once.regions["person"].values()].count(None) < len(once.regions["person"])


def test_an_imported_story_comes_back_from_twine_as_it_was() -> None:
    once = load("once.yaml", text=import_story(BUS_STOP, "story.twee").text)
    story = to_twee(once)
    again = import_story(story, "story.twee")
    assert again.faults == ()
    assert graph(load("again.yaml", text=again.text)) == graph(once)
    assert "[[Ask Noor to step back->noor_steps_back]]" in story
    assert "offer " not in story  # the words of a link are enough to name its choice


def test_the_story_has_the_same_ifid_whenever_it_is_written() -> None:
    found, other = (re.findall(r'"ifid": "([0-9A-F-]{36})"', to_twee(scenario)) for scenario in (small(), small()))
    assert found == other
    assert uuid.UUID(found[0]).version == 4
