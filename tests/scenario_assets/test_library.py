"""The shipped scenarios keep what they promise: endings, reactions, lines, sound, and care with words."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from scenario_assets import library, voices
from scenario_assets.language import Scenario, examine
from scenario_assets.language.judging import Expect
from scenario_assets.language.paths import places
from scenario_assets.runtime import (
    Effect,
    Engine,
    Inject,
    Moved,
    Outcome,
    Said,
    Say,
    Simulation,
    simulate,
    verify,
)

SHELTER = library.load("bus-shelter")
#: Within how many milliseconds the person must be seen to react.
PROMPT_MS = 1_000
#: For no longer than this nothing is heard in a scene, even if the trainee does nothing.
LONGEST_SILENCE_MS = 17_000
#: At this share of the required distance everybody feels crowded.
TOO_NEAR = 0.6
#: Sessions that tell a broken scenario from a sound one; shares are for the slow tests.
FEW = 3

EXPECTATIONS = [(name, expect) for name in library.names() for expect in library.load(name).expect]


@pytest.mark.parametrize("name", library.names())
def test_no_fault_and_no_warning(name: str) -> None:
    scenario, faults = examine(library.path(name) / "scenario.yaml")
    assert faults == ()
    assert scenario is not None
    assert scenario.id == name


@pytest.mark.parametrize(("name", "expect"), EXPECTATIONS, ids=lambda value: getattr(value, "policy", value))
def test_a_few_sessions_of_each_policy_do_not_end_otherwise_than_expected(name: str, expect: Expect) -> None:
    tally = verify(library.load(name), replace(expect, seeds=min(expect.seeds, FEW)))
    assert tally.holds, f"{expect.policy}: {tally.share} of sessions, {dict(tally.outcomes)}"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "expect"), EXPECTATIONS, ids=lambda value: getattr(value, "policy", value))
def test_policies_end_as_expected(name: str, expect: Expect) -> None:
    tally = verify(library.load(name), expect)
    # Of what we ship, we also want the share itself to be as asked, not only not to be ruled out.
    assert tally.verdict == "met", f"{expect.policy}: {tally.share} of sessions, {dict(tally.outcomes)}"


@pytest.mark.parametrize("name", library.names())
def test_the_expectations_would_notice_a_person_who_does_not_care(name: str) -> None:
    scenario = library.load(name)
    drives = {name: replace(state, drives=()) for name, state in scenario.dynamics.items()}
    numb = replace(scenario, dynamics=drives, reflexes=(), sha256="")
    assert not all(verify(numb, replace(expect, seeds=2)).holds for expect in scenario.expect)


def test_unknown_names_are_told() -> None:
    with pytest.raises(KeyError, match=r"no scenario 'bus_stop' in the library; known: .*bus-shelter"):
        library.path("bus_stop")


@pytest.mark.parametrize("name", library.names())
def test_every_scenario_has_the_size_it_should(name: str) -> None:
    scenario = library.load(name)
    nodes = [place for place in places(scenario) if not place.node.states]
    assert len(nodes) >= 12
    assert len({place.node.end for place in nodes if place.node.end}) >= 3
    person = scenario.scoring.person
    assert sum(line.actor == person for line in scenario.lines.values()) >= 25
    assert len(scenario.facts) >= 2
    assert scenario.warnings
    assert scenario.objectives


# -- sound ---


@pytest.mark.parametrize("name", library.names())
def test_every_line_has_its_own_sound(name: str) -> None:
    scenario = library.load(name)
    assert voices.outdated(scenario) == (), f"run: python -m scenario_assets.voices {name}"
    files = sorted(path.stem for path in scenario.media.glob("*.opus"))
    assert files == sorted(scenario.lines)
    for path in scenario.media.glob("*.opus"):
        assert path.stat().st_size < 20_000, path.name
        assert path.read_bytes()[:4] == b"OggS"
        assert b"OpusHead" in path.read_bytes()[:64]


def test_an_edited_line_is_noticed() -> None:
    line = SHELTER.lines["d_rain"]
    for edited in (replace(line, text="I like the snow."), replace(line, strain=0.9)):
        assert voices.outdated(replace(SHELTER, lines={**SHELTER.lines, "d_rain": edited})) == ("d_rain",)
    ruth = SHELTER.actors["ruth"]
    assert ruth.voice is not None
    deeper = replace(ruth, voice=replace(ruth.voice, pitch=0.8))
    assert voices.outdated(replace(SHELTER, actors={**SHELTER.actors, "ruth": deeper})) == ("ruth_answers",)


# -- the person reacts ---


def signals(scenario: Scenario, **values: float | bool) -> dict[str, float | bool | None]:
    """Values by what is measured of the trainee towards the person, under the scenario's own names."""
    person = scenario.scoring.person
    sources = {
        "distance": f"trainee.distance_to.{person}",
        "closing": f"trainee.closing_speed_to.{person}",
        "voice": "trainee.voice_rel_baseline",
        "speaking": "trainee.speaking",
    }
    names = {signal.source: name for name, signal in scenario.signals.items()}
    return {names[sources[what]]: value for what, value in values.items()}


def engaged(scenario: Scenario, seed: int = 1) -> tuple[Engine, int]:
    """An engine ten seconds in, the trainee at a distance that is enough whatever the person holds."""
    engine = Engine(scenario, seed=seed)
    engine.start()
    enough = max(4.0, *scenario.scoring.distance.values()) * 1.05
    engine.observe(signals(scenario, distance=enough, closing=0.0, voice=-60.0, speaking=False), 100)
    engine.advance(10_000)
    return engine, 10_000


def reactions(scenario: Scenario, effects: Sequence[Effect]) -> set[str]:
    """What can be seen or heard of the person."""
    person = scenario.scoring.person
    seen = {"gesture" for e in effects if isinstance(e, Moved) and e.actor == person}
    return seen | {"line" for e in effects if isinstance(e, Say) and e.actor == person}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", library.names())
def test_crowding_and_shouting_show_within_a_second(name: str, seed: int) -> None:
    scenario = library.load(name)
    person = scenario.scoring.person
    required = {str(threat): metres for threat, metres in scenario.scoring.distance.items()}
    for crowded in (True, False):
        engine, now = engaged(scenario, seed)
        before = engine.actors[person]
        near = TOO_NEAR * required[engine.threat()]
        values = signals(scenario, distance=near) if crowded else signals(scenario, voice=14.0, speaking=True)
        engine.observe(values, now + 20)
        effects = engine.advance(now + 20 + PROMPT_MS)
        assert reactions(scenario, effects) == {"gesture", "line"}
        after = engine.actors[person]
        assert after.gesture != before.gesture
        assert after.arousal > before.arousal


@pytest.mark.parametrize("name", library.names())
def test_every_mark_is_answered_at_once(name: str) -> None:
    scenario = library.load(name)
    for kind, option in scenario.said.items():
        engine, now = engaged(scenario)
        effects = engine.apply(Said(kind), now)
        said_to_person = not option.tells  # a hand-over is said to others
        if said_to_person and kind != "introduce":
            assert "gesture" in reactions(scenario, effects), kind


@pytest.mark.parametrize("name", library.names())
def test_every_inject_is_noticed(name: str) -> None:
    scenario = library.load(name)
    person = scenario.scoring.person
    for inject in scenario.injects:
        engine, now = engaged(scenario)
        before = engine.actors[person].arousal
        effects = engine.apply(Inject(inject), now)
        assert any(isinstance(effect, Say) for effect in effects), inject
        assert engine.actors[person].arousal > before, inject


@pytest.mark.parametrize("name", library.names())
def test_the_scene_never_goes_dead(name: str) -> None:
    scenario = library.load(name)
    for seed in range(3):
        times = [e.at_ms for e in simulate(scenario, "do_nothing", seed).log if isinstance(e, Say)]
        assert max(b - a for a, b in pairwise(times)) < LONGEST_SILENCE_MS


@pytest.mark.parametrize("name", library.names())
def test_two_sessions_are_not_the_same(name: str) -> None:
    def spoken(seed: int) -> tuple[str, ...]:
        log = simulate(library.load(name), "model_officer", seed).log
        return tuple(effect.line for effect in log if isinstance(effect, Say))

    assert len({spoken(seed) for seed in range(6)}) == 6


def walking(scenario: Scenario, policy: str, seed: int) -> Iterator[tuple[str, float, float]]:
    """Where everybody is during a session, four times a second."""
    session = Simulation(scenario, policy, seed)
    while session.engine.outcome is None:
        session.tick()
        if session.now % 250 == 0:
            for actor in scenario.actors:
                place = session.engine.place_of(actor)
                if place is not None:
                    yield actor, *place


@pytest.mark.parametrize(
    ("name", "policy"), [(name, policy) for name in library.names() for policy in library.load(name).policies]
)
def test_nobody_walks_through_walls(name: str, policy: str) -> None:
    scenario = library.load(name)
    walls = [box for box in scenario.scene.cover if box.id != "bench"]  # a bench is sat upon
    for actor, x, z in walking(scenario, policy, seed=2):
        for box in walls:
            beside = abs(x - box.center[0]) > box.size[0] / 2 or abs(z - box.center[2]) > box.size[2] / 2
            assert beside, f"{actor} stands in {box.id} at {x:.2f}, {z:.2f}"


# -- care with words ---

#: Words the material must not use of people, and matters it must not show.
UNWANTED = (
    r"commit(ted|s)? suicide|crazy|insane|psycho\w*|schizo\w*|maniac|lunatic|subject|suspect|perp|"
    r"gun|blood|stab\w*|slash\w*|jump|overdose|pills|hang\w*|stand-?off"
)
#: Matters that are named only where people have been asked for consent to them.
ASKED_FOR = {"weapon": r"knife|weapon"}


def unwanted(scenario: Scenario) -> re.Pattern[str]:
    """What this scenario's texts must not say."""
    topics = {notice.topic for notice in scenario.warnings}
    words = [UNWANTED, *(words for topic, words in ASKED_FOR.items() if topic not in topics)]
    return re.compile(rf"\b({'|'.join(words)})\b", re.IGNORECASE)


@pytest.mark.parametrize("name", library.names())
def test_what_is_said_and_shown_is_safe(name: str) -> None:
    scenario = library.load(name)
    texts = [line.text for line in scenario.lines.values()]
    texts += [choice.text for choice in scenario.choices.values()]
    texts += [outcome.text for outcome in scenario.outcomes.values()]
    texts += [scenario.title, scenario.briefing, *scenario.objectives]
    texts += [sign.text for sign in scenario.scoring.signs.values()]
    texts.append((library.path(name) / "README.md").read_text("utf-8"))
    words = unwanted(scenario)
    for text in texts:
        found = words.search(text.replace("no weapon", ""))
        assert found is None, f"{found} in: {text[:200]}"


@pytest.mark.parametrize("name", library.names())
def test_the_lesson_plan_is_complete(name: str) -> None:
    plan = (library.path(name) / "README.md").read_text("utf-8")
    for part in ("Objectives", "Curriculum", "facilitator", "Content warnings", "Provenance", "Difficulty"):
        assert part in plan
    questions = re.findall(r"^\d\. .*\?", plan, re.MULTILINE)
    assert len(questions) == 5
    assert "synthetic" in plan
    assert "not reviewed by clinicians or people with lived experience" in plan


@pytest.mark.parametrize("name", library.names())
def test_every_ending_can_be_reached_by_play(name: str) -> None:
    scenario = library.load(name)
    endings = {place.node.end for place in places(scenario) if place.node.end} | {scenario.limit.end}
    assert endings == set(scenario.outcomes)
    played: set[str | None] = set()
    for seed in range(6):
        played |= {simulate(scenario, policy, seed).outcome for policy in scenario.policies}
        if played == endings:
            break
    assert played == endings


def test_results_are_the_engines_own_log() -> None:
    result = simulate(SHELTER, "model_officer", 2)
    ends = [effect for effect in result.log if isinstance(effect, Outcome)]
    assert [(end.outcome, end.at_ms) for end in ends] == [(result.outcome, result.ms)]
    assert json.dumps([effect.event() for effect in result.log])
