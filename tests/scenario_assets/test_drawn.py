"""What holds for every scenario, tried on random ones: dumps, neighbours, regions, processes, and the start of time."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scenario_assets.runtime import TICK_MS, Branch, Effect, Engine, Inject, Moved, Outcome, Say
from tests.scenario_assets import drawn
from tests.scenario_assets.drawn import ACTORS, Document, Script, documents, plays, region, scenario, scripts


def digest(engine: Engine, script: Script) -> str:
    for _ in plays(engine, script):
        pass
    return engine.digest()


@settings(max_examples=40)
@given(documents(), scripts(), st.integers(0, 99))
def test_dump_and_load_at_every_tick_give_the_same_tail(document: Document, script: Script, seed: int) -> None:
    """Before every tick and every input, an engine made of the dump goes on as the one that never stopped."""
    drawn_scenario = scenario(document)
    whole = Engine(drawn_scenario, seed=seed)
    expected = [effect for effects in plays(whole, script) for effect in effects]
    engine = Engine(drawn_scenario, seed=seed)
    seen = [*engine.start()]
    now = 0
    for gap, what in [*script, (3_000, {})]:
        for ms in range((now // TICK_MS + 1) * TICK_MS, now + gap, TICK_MS):
            engine = Engine.load(drawn_scenario, json.loads(json.dumps(engine.dump())))
            seen += engine.advance(ms)
        now += gap
        engine = Engine.load(drawn_scenario, json.loads(json.dumps(engine.dump())))
        seen += drawn.perform(engine, what, now) if what else engine.advance(now)
    assert seen == expected
    assert engine.digest() == whole.digest()


@settings(max_examples=25)
@given(st.lists(documents(), min_size=1, max_size=2), st.lists(scripts(), min_size=2, max_size=4))
def test_interleaved_sessions_are_as_if_alone(found: list[Document], script_of: list[Script]) -> None:
    scenarios = [scenario(document) for document in found]
    plan = [(scenarios[n % len(scenarios)], n, script) for n, script in enumerate(script_of)]
    alone = [digest(Engine(one, seed=seed), script) for one, seed, script in plan]
    engines = [Engine(one, seed=seed) for one, seed, _ in plan]
    running = [plays(engine, script) for engine, script in zip(engines, script_of, strict=True)]
    while running:
        running = [one for one in running if next(one, None) is not None]
    assert [engine.digest() for engine in engines] == alone


def seen_of(effects: list[Effect], name: str) -> list[Effect]:
    """What a region does, in an `alone` scenario: its branches, what its actor says and where they go."""
    return [
        effect
        for effect in effects
        if (isinstance(effect, Branch) and effect.region == name)
        or (isinstance(effect, Say | Moved) and effect.actor == ACTORS[name])
    ]


@settings(max_examples=40)
@given(st.data(), documents(alone=True), scripts(choices=False), st.integers(0, 99))
def test_another_region_in_its_place_changes_no_other_regions_draws(
    data: st.DataObject, document: Document, script: Script, seed: int
) -> None:
    """Regions that do not ask about each other: with one of them drawn anew, the others do what they did."""
    names = tuple(document["regions"])
    edited = data.draw(st.sampled_from(names))
    anew = data.draw(region(edited, names, alone=True))
    other = document | {"regions": document["regions"] | {edited: anew}}
    before, after = (
        [effect for effects in plays(Engine(scenario(one), seed=seed), script) for effect in effects]
        for one in (document, other)
    )
    for name in set(names) - {edited}:
        assert seen_of(before, name) == seen_of(after, name)


_PROGRAM = """
import json, sys
from scenario_assets.language import load
from scenario_assets.runtime import Choice, Engine, Said
for number, text in enumerate(json.load(open(sys.argv[1]))):
    engine = Engine(load("drawn.yaml", text=text), seed=number)
    engine.start()
    engine.observe({"distance": 1.5, "speaking": True}, 700)
    engine.advance(2_000)
    engine.apply(Said("reflection"), 2_345)
    engine.observe({"speaking": False, "voice": 10.0}, 4_000)
    engine.advance(9_000)
    print(engine.digest())
"""


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(documents(), min_size=6, max_size=8))
def test_same_seed_same_hash_in_every_process(tmp_path: Path, found: list[Document]) -> None:
    for document in found:
        scenario(document)
    (tmp_path / "texts").write_text(json.dumps([json.dumps(document) for document in found]))
    answers = set()
    for hash_seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "texts")]
        answers.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(answers) == 1


#: Longer than any `for`, `within` and rest of a reflex looks back.
_WAIT_MS = 2_000


def waiting(document: Document) -> Document:
    """The scenario with a node before the first of each region, left together by the inject ``siren``."""
    regions = {
        name: {"waits": {"next": [{"when": "inject(siren)", "to": "n0"}]}, **nodes}
        for name, nodes in document["regions"].items()
    }
    return document | {"regions": regions, "start": dict.fromkeys(regions, "waits")}


@settings(max_examples=40)
@given(documents(), scripts(), st.integers(0, 99), st.integers(1, 200))
def test_everything_that_begins_some_ticks_later_happens_as_many_ticks_later(
    document: Document, script: Script, seed: int, ticks: int
) -> None:
    """Inputs shifted by k ticks shift the log by k ticks.

    Time counts from the start for the limit, and a continuous state may move before anybody does anything; so the
    first nodes only wait, and scenarios whose states already move then are not looked at.
    """
    drawn_scenario = scenario(waiting(document))

    def log(start: int) -> list[Effect]:
        engine = Engine(drawn_scenario, seed=seed)
        engine.start()
        still = engine.states
        engine.advance(start)
        assume(engine.states == still)
        effects, now = [*engine.apply(Inject("siren"), start)], start
        for gap, what in script:
            now += gap
            effects += drawn.perform(engine, what, now)
        effects += engine.advance(now + 3_000)
        assume(not any(isinstance(effect, Outcome) and effect.node == "limit" for effect in effects))
        return effects

    later = [replace(effect, at_ms=effect.at_ms - ticks * TICK_MS) for effect in log(_WAIT_MS + ticks * TICK_MS)]
    assert later == log(_WAIT_MS)
