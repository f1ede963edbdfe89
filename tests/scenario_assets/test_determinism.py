"""Same seed, same calls, same effects, in the shipped scenario; ``test_drawn`` tries the same on random ones."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets import library
from scenario_assets.language import Scenario
from scenario_assets.runtime import (
    Branch,
    Choice,
    Engine,
    Inject,
    Radio,
    Said,
    SnapshotError,
)
from tests.scenario_assets.drawn import Script, perform, plays
from tests.scenario_assets.texts import small

SHELTER = library.load("bus-shelter")

_gaps = st.integers(0, 3_000)
_signals = st.fixed_dictionaries(
    {
        "distance": st.none() | st.integers(2, 120).map(lambda n: n / 10),
        "voice": st.none() | st.integers(-40, 20).map(float),
        "speaking": st.none() | st.booleans(),
    }
)
_inputs = st.one_of(
    st.sampled_from([*SHELTER.choices]).map(Choice),
    st.sampled_from([*SHELTER.said]).map(Said),
    st.sampled_from([*SHELTER.radio]).map(Radio),
    st.sampled_from([*SHELTER.injects]).map(Inject),
)
_script = st.lists(st.tuples(_gaps, st.one_of(_signals, _inputs)), max_size=25)


@settings(max_examples=40)
@given(_script, st.integers(0, 1000))
def test_a_dump_goes_on_as_the_engine_itself(script: Script, seed: int) -> None:
    engine = Engine(SHELTER, seed=seed)
    whole = [engine.start()]
    loaded = Engine.load(SHELTER, json.loads(json.dumps(engine.dump())))
    now = 0
    for gap, what in script:
        now += gap
        whole.append(perform(engine, what, now))
        assert perform(loaded, what, now) == whole[-1]
        assert loaded.digest() == engine.digest()
        loaded = Engine.load(SHELTER, json.loads(json.dumps(engine.dump())))
        assert loaded.digest() == engine.digest()
    assert engine.advance(now + 20_000) == loaded.advance(now + 20_000)


@settings(max_examples=25)
@given(_script, st.integers(0, 1000))
def test_replay_is_the_same_and_time_may_be_cut_anywhere(script: Script, seed: int) -> None:
    first, again = Engine(SHELTER, seed=seed), Engine(SHELTER, seed=seed)
    whole = [effect for effects in plays(first, script, tail_ms=5_000) for effect in effects]
    repeated = [*again.start()]
    now = 0
    for gap, what in script:
        for part in range(now, now + gap, 130):
            repeated += again.advance(part)
        now += gap
        repeated += perform(again, what, now)
    repeated += again.advance(now + 5_000)
    assert repeated == whole
    assert again.digest() == first.digest()


@settings(max_examples=15)
@given(st.lists(_script, min_size=2, max_size=4))
def test_sessions_do_not_touch_each_other(scripts: list[Script]) -> None:
    alone = []
    for seed, script in enumerate(scripts):
        engine = Engine(SHELTER, seed=seed)
        for _ in plays(engine, script, tail_ms=5_000):
            pass
        alone.append(engine.digest())
    engines = [Engine(SHELTER, seed=seed) for seed in range(len(scripts))]
    running = [plays(engine, script, tail_ms=5_000) for engine, script in zip(engines, scripts, strict=True)]
    while running:
        running = [one for one in running if next(one, None) is not None]
    assert [engine.digest() for engine in engines] == alone


_PROGRAM = """
import sys
from tests.scenario_assets.texts import SMALL
from scenario_assets.language import load
from scenario_assets.runtime import Engine, Choice, simulate
engine = Engine(load("small.yaml", text=SMALL), seed=11)
engine.start()
engine.observe({"distance": 1.9, "speaking": True}, 1000)
engine.apply(Choice("greet"), 5000)
engine.advance(60000)
print(engine.digest(), simulate(load("small.yaml", text=SMALL), "friend", 3).ms)
"""


def test_another_process_with_another_hash_seed_agrees() -> None:
    answers = set()
    for hash_seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=True
        )
        answers.add(done.stdout)
    assert len(answers) == 1


def _draws(scenario: Scenario, region: str, seed: int) -> list[object]:
    """What chance decided in a region: branch times and targets, without what reached it from elsewhere."""
    engine = Engine(scenario, seed=seed)
    effects = [*engine.start(), *engine.advance(60_000)]
    return [(e.at_ms, e.target) for e in effects if isinstance(e, Branch) and e.region == region]


@pytest.mark.parametrize("seed", range(20))
def test_editing_one_region_leaves_another_regions_draws(seed: int) -> None:
    cue = '- {every: "uniform(3 s, 5 s)", say: [mutter, murmur, whisper]}'
    more = '- {every: "uniform(1 s, 2 s)", say: [murmur, whisper]}\n        - {every: 9 s, say: mutter}'
    edited = small((cue, more), ("facts:\n", "facts:\n  age: [{old: 0.3}, {young: 0.7}]\n"))
    assert _draws(small(), "bystander", seed) == _draws(edited, "bystander", seed)


def test_seeds_differ() -> None:
    assert len({tuple(_draws(small(), "bystander", seed)) for seed in range(20)}) > 15


def test_a_foreign_or_broken_dump_is_refused() -> None:
    engine = Engine(small(), seed=1)
    engine.start()
    data = engine.dump()
    with pytest.raises(SnapshotError, match="version 99"):
        Engine.load(small(), {**data, "version": 99})
    with pytest.raises(SnapshotError, match="not to this content"):
        Engine.load(small(("seed: 7", "seed: 8")), data)
    with pytest.raises(SnapshotError, match="damaged"):
        Engine.load(small(), {key: value for key, value in data.items() if key != "streams"})


def test_the_dump_is_small_enough_to_write_often() -> None:
    engine = Engine(SHELTER, seed=1)
    engine.start()
    engine.advance(60_000)
    assert len(json.dumps(engine.dump())) < 16_000
