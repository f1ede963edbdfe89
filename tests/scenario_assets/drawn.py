"""Random small scenarios that keep the rules of the language, and random sessions of them: for property tests.

A scenario is drawn as its document (JSON is YAML) and read by ``load`` like any other. Every region has its own
actor, so that what a region does can be told apart. Transitions that need neither time nor a happening only
lead forward: nothing runs in a circle within one moment.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from scenario_assets.language import Scenario, examine
from scenario_assets.runtime import Act, Choice, Effect, Engine, Inject, Input, Radio, Said

Document = dict[str, Any]
Signals = dict[str, float | bool | None]
#: What is done, and how many milliseconds after what came before it.
Script = list[tuple[int, Signals | Input]]

REGIONS = ("person", "bystander", "backup")
ACTORS = {"person": "kim", "bystander": "lee", "backup": "ada"}

_SIGNAL_CONDITIONS = (
    "distance < 2 m",
    "distance < 3 m",
    "distance in [1 m, 4 m]",
    "voice > 5 LU",
    "speaking",
    "not speaking",
)
_HAPPENINGS = ("said(threat)", "said(reflection)", "act(wait)", "inject(siren)", "radio(helper)")
_DURATIONS = ("100 ms", "330 ms", "1 s")
_DELAYS = ("1.5 s", "2 s", "uniform(2 s, 4 s)")


def scenario(document: Document) -> Scenario:
    """The scenario of a document; a hypothesis test gives up on one that breaks a rule."""
    found, faults = examine("drawn.yaml", text=json.dumps(document))
    assume(not any(fault.severity == "error" for fault in faults))
    assert found is not None
    return found


@st.composite
def documents(draw: st.DrawFn, *, alone: bool = False, regions: int = 3) -> Document:
    """A scenario of up to so many regions; if ``alone``, none of them can notice the others."""
    chosen = REGIONS[: draw(st.integers(1, regions))]
    nodes = {name: draw(region(name, chosen, alone=alone)) for name in chosen}
    if not alone:
        nodes["person"]["n0"].setdefault("next", []).append({"when": "said(threat) and speaking", "to": "gone"})
        nodes["person"]["gone"] = {"end": "over"}
    return document(nodes, draw(_dynamics()))


@st.composite
def region(draw: st.DrawFn, name: str, others: tuple[str, ...], *, alone: bool = False) -> Document:
    """The nodes of a region: some plain, perhaps one with nodes inside."""
    around = _Around(name, tuple(other for other in others if other != name), alone)
    made = draw(_nodes([f"n{n}" for n in range(draw(st.integers(2, 4)))], around))
    if draw(st.booleans()):
        outer = made[draw(st.sampled_from(sorted(made)))]
        outer["states"] = draw(_nodes(["i0", "i1"], around))
        outer["start"], outer["resume"] = "i0", draw(st.sampled_from(["fresh", "shallow", "deep"]))
    return made


@st.composite
def scripts(draw: st.DrawFn, *, choices: bool = True) -> Script:
    """What a trainee and an instructor do, over some seconds."""
    given: list[Input] = [Said("threat"), Said("reflection"), Act("wait"), Radio("helper")]
    given += [Inject("siren"), Inject("stir")]
    given += [Choice("greet"), Choice("offer")] if choices else []
    signals = st.fixed_dictionaries(
        {},
        optional={
            "distance": st.sampled_from([None, 0.5, 1.5, 2.5, 6.0]),
            "voice": st.sampled_from([None, 0.0, 10.0]),
            "speaking": st.sampled_from([None, False, True]),
        },
    )
    return draw(st.lists(st.tuples(st.integers(0, 1_500), st.one_of(signals, st.sampled_from(given))), max_size=12))


def plays(engine: Engine, script: Script, *, tail_ms: int = 3_000) -> Iterator[tuple[Effect, ...]]:
    """Play a script from the start, and some time on; each call's effects."""
    yield engine.start()
    now = 0
    for gap, what in script:
        now += gap
        yield perform(engine, what, now)
    yield engine.advance(now + tail_ms)


def perform(engine: Engine, what: Signals | Input, now: int) -> tuple[Effect, ...]:
    """One call; inputs that do not fit now are left out, as the session leaves them out."""
    if isinstance(what, dict):
        return engine.observe(what, now)
    effects = engine.advance(now)
    if engine.outcome is not None or (isinstance(what, Choice) and what.id not in engine.offered):
        return effects
    return effects + engine.apply(what, now)


def document(nodes: Mapping[str, Document], dynamics: Document) -> Document:
    """A whole scenario around these regions; without an ending of their own, its limit ends it."""
    return {
        "format": "talkdown-scenario/1",
        "id": "drawn",
        "title": "A drawn scenario",
        "locale": "en",
        "briefing": "Somebody stands in a yard.",
        "warnings": [{"topic": "shouting", "level": "mild"}],
        "seed": 7,
        "limit": {"after": "30 min", "end": "over"},
        "start": dict.fromkeys(nodes, "n0"),
        "scene": {
            "setting": "yard",
            "bounds": {"x": [-5, 5], "z": [-5, 5]},
            "starts": {"trainee": {"at": [0, 4]}},
            "places": {"door": [0, -2], "gate": [0, -4]},
        },
        "actors": {
            actor: {"name": actor.title(), "role": region, "at": [n, -1]}
            for n, (region, actor) in enumerate(ACTORS.items())
        },
        "signals": {
            "distance": _signal("trainee.distance_to.kim", unit="m", range=[0, 20], step=0.1),
            "voice": _signal("trainee.voice_rel_baseline", unit="LU", range=[-60, 40], step=0.5),
            "speaking": _signal("trainee.speaking", type="bool"),
        },
        "facts": {"reason": [{"noise": 0.5}, {"grief": 0.5}]},
        "dynamics": dynamics,
        "regions": dict(nodes),
        "choices": {
            "greet": {"key": "1", "text": "Hello.", "said": "reflection"},
            "offer": {"key": "2", "text": "Come along.", "when": "agitation < 70", "once": True},
        },
        "acts": {"wait": {"key": "w", "text": "Wait"}},
        "radio": {"helper": {"key": "r", "text": "Ask for a co-responder", "kind": "co_responder"}},
        "said": {"reflection": {"key": "1", "text": "Reflection"}, "threat": {"key": "2", "text": "Threat"}},
        "injects": {
            "siren": {"key": "s", "text": "A siren", "do": {"emit": "siren"}},
            "stir": {"key": "m", "text": "All stir", "do": {"emit": [f"{name}_moved" for name in REGIONS]}},
        },
        "lines": {
            f"{actor}_{n}": {"actor": actor, "text": "One thing at a time."[: 6 * (n + 1)]}
            for actor in ACTORS.values()
            for n in range(3)
        },
        "outcomes": {"over": {"text": "Time is over", "direction": "mixed", "disposition": 0.3}},
        "scoring": {
            "person": "kim",
            "outcome": {"state": "agitation", "direction": "down"},
            "distance": {"calm": "1.2 m", "agitated": "2.0 m"},
        },
    }


def _signal(source: str, **contract: object) -> Document:
    return {"source": source, "stale_after": "500 ms", **contract}


@st.composite
def _dynamics(draw: st.DrawFn) -> Document:
    drives = [
        {"when": draw(_timed()), "rate": draw(st.sampled_from(["+6 /s", "-2 /s"])), "label": f"drive {n}"}
        for n in range(draw(st.integers(0, 2)))
    ]
    agitation: Document = {"initial": draw(st.sampled_from([50, "uniform(40, 60)"])), "range": [0, 100]}
    if draw(st.booleans()):
        agitation["half_life"] = {"to": 45, "after": "30 s"}
    return {"agitation": agitation | {"drives": drives}}


def _timed() -> st.SearchStrategy[str]:
    """Conditions over signals and what was said, now or looking back."""
    now = st.sampled_from(_SIGNAL_CONDITIONS)
    held = st.builds("({}) for {}".format, now, st.sampled_from(_DURATIONS))
    past = st.sampled_from([*_SIGNAL_CONDITIONS, *_HAPPENINGS])
    recent = st.builds("({}) within {}".format, past, st.sampled_from(_DURATIONS))
    nested = st.builds("({}) within {}".format, held, st.sampled_from(_DURATIONS))
    return st.one_of(now, held, recent, nested)


@dataclass(frozen=True)
class _Around:
    """What the guards of a region may ask about: the other regions and what they share, or only what is outside."""

    region: str
    others: tuple[str, ...]
    alone: bool

    def condition(self) -> st.SearchStrategy[str]:
        simple = st.one_of(_timed(), st.just("fact(reason, grief)"))
        if not self.alone:
            elsewhere = [f"node({other}.n1)" for other in self.others]
            simple = st.one_of(simple, st.sampled_from(["agitation > 55", "agitation < 50 for 1 s", *elsewhere]))
        return st.one_of(simple, st.builds("({}) or ({})".format, simple, simple), st.builds("not ({})".format, simple))

    def happening(self) -> st.SearchStrategy[str]:
        shared = () if self.alone else ("choice(greet)", "choice(offer)", "event(siren)")
        moved = () if self.alone else tuple(f"event({other}_moved)" for other in self.others)
        happening = st.sampled_from([*_HAPPENINGS, *shared, *moved])
        return st.one_of(happening, st.builds("{} and ({})".format, happening, _timed()))


@st.composite
def _nodes(draw: st.DrawFn, siblings: list[str], around: _Around) -> Document:
    """Nodes beside each other: from each, the next can be reached, and perhaps others."""
    return {
        path: draw(_node(siblings, siblings[number + 1 : number + 2], around)) for number, path in enumerate(siblings)
    }


@st.composite
def _node(draw: st.DrawFn, siblings: list[str], following: list[str], around: _Around) -> Document:
    actor, condition = ACTORS[around.region], around.condition()
    ways = [draw(_way(siblings, around)) for _ in range(draw(st.integers(0, 2)))]
    for target in following:
        way = {"when": draw(st.one_of(around.happening(), condition)), "to": target}
        ways.insert(draw(st.integers(0, len(ways))), way)
    reflex = {"when": draw(condition), "label": "reacts", "say": f"{actor}_2", "again_after": "700 ms", "chance": 0.5}
    enter: list[Document] = [{}, {"move": {actor: {"path": ["door", "gate"], "speed": "0.7 m/s"}}}]
    if not around.alone:
        enter += [{"add": {"agitation": 3}}, {"emit": f"{around.region}_moved"}]
    node: Document = {
        "enter": draw(st.sampled_from(enter)),
        "cues": draw(st.lists(_cue(actor, condition), max_size=2)),
        "reflexes": [reflex] * draw(st.integers(0, 1)),
        "offers": [] if around.alone else draw(st.sampled_from([[], ["greet"], ["greet", "offer"]])),
        "next": ways,
    }
    return {key: value for key, value in node.items() if value}


@st.composite
def _way(draw: st.DrawFn, siblings: list[str], around: _Around) -> Document:
    """A way that needs time or a happening, so that it may lead back."""
    way: Document = {"to": draw(_targets(siblings))}
    if draw(st.booleans()):
        return way | {"when": draw(around.happening())}
    way["after"] = draw(st.sampled_from(_DELAYS))
    return way | ({"when": draw(around.condition())} if draw(st.booleans()) else {})


def _targets(siblings: list[str]) -> st.SearchStrategy[object]:
    shared = st.permutations(siblings).map(lambda order: [{order[0]: 0.25}, {order[1]: 0.75}])
    return st.one_of(st.sampled_from(siblings), shared)


@st.composite
def _cue(draw: st.DrawFn, actor: str, condition: st.SearchStrategy[str]) -> Document:
    cue: Document = {"say": [f"{actor}_{n}" for n in range(draw(st.integers(1, 3)))]}
    cue[draw(st.sampled_from(["at", "every"]))] = draw(st.sampled_from(["600 ms", "uniform(500 ms, 2 s)"]))
    return cue | ({"unless": draw(condition)} if draw(st.booleans()) else {})
