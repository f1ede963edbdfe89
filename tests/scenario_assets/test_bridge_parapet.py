"""The woman on the bridge: no recipe wins her, she answers at once, she lives, and her name is passed on."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from scenario_assets import library
from scenario_assets.language import Scenario
from scenario_assets.language.paths import places
from scenario_assets.language.values import Span
from scenario_assets.runtime import (
    Act,
    Branch,
    Choice,
    Effect,
    Emitted,
    Engine,
    Inject,
    Input,
    Moved,
    Offered,
    Radio,
    RadioChanged,
    Said,
    Say,
    Simulation,
    simulate,
)
from tests.scenario_assets.trainees import Choosing, Insisting, Reciting, Standing, play

BRIDGE = library.load("bridge-parapet")
GOOD = {"with_counsellor", "with_medics"}
#: Seven metres are near enough for every Maeve, whatever distance the seed lets her ask for.
KEPT_M = 7.0
#: What fits what she has said: the lines she tells it with, and what can be answered.
FITTING = {
    "m_work_1": "reflect_work",
    "m_loss_1": "reflect_loss",
    "m_sister_1": "reflect_sister",
    "m_pain_1": "reflect_pain",
    "m_dog_hint": "ask_dog",
    "m_niece_hint": "ask_niece",
    "m_angry": "nobody_is_angry",
    "m_what_then": "say_what_next",
}
TURNS = (
    ("ask_name", "ask_today", "ask_more"),
    ("label_quiet", "label_alone", "label_tired"),
    ("reflect_back", "reflect_cold", "stay_here"),
)


# -- no recipe ---


class Listener(Standing):
    """Chooses by what she has said, leaves pauses, asks directly after a while, and takes what she offers."""

    def __init__(self) -> None:
        super().__init__(BRIDGE, KEPT_M)
        self._calls: list[tuple[int, Input]] = [
            (2_000, Radio("close_road")),
            (3_000, Act("turn_radio_down")),
            (12_000, Radio("crisis_team")),
            (16_000, Radio("ems")),
        ]
        self._free_at = 6_000
        self._turn = 0

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        if self._calls and now >= self._calls[0][0]:
            return self._calls.pop(0)[1]
        choice = next((name for name in self._wanted(now) if name in offered), None)
        if now < self._free_at or choice is None:
            return None
        self._turn += 1
        self._free_at = now + 10_000
        return Choice(choice)

    def _wanted(self, now: int) -> list[str]:
        wanted = ["introduce", "label_quiet", "introduce_priya", "bring_medics", "ask_near"]
        if "m_cold_1" in self.heard or "m_cold_2" in self.heard:
            wanted.append("offer_blanket")
        if "m_bench_1" in self.heard or "m_bench_2" in self.heard:
            wanted.append("invite_over")
        wanted += [choice for line, choice in FITTING.items() if line in self.heard]
        if now > 75_000:
            wanted.append("ask_directly")
        for offset in range(len(TURNS)):
            wanted += TURNS[(self._turn + offset) % len(TURNS)]
        return wanted


def test_who_listens_does_well_and_who_recites_what_worked_once_does_not() -> None:
    seeds = range(9)
    listeners = [Listener() for _ in seeds]
    assert sum(play(BRIDGE, one, seed) in GOOD for one, seed in zip(listeners, seeds, strict=True)) >= 8
    for model in (1, 4):
        recipe = listeners[model].done
        for by_heart in (Reciting, Insisting):
            assert play(BRIDGE, by_heart(BRIDGE, KEPT_M, recipe), model) in GOOD
            elsewhere = [play(BRIDGE, by_heart(BRIDGE, KEPT_M, recipe), s) in GOOD for s in seeds if s != model]
            assert sum(elsewhere) <= len(elsewhere) / 3


def test_not_even_careful_general_words_are_a_recipe() -> None:
    seeds = range(7)
    model = Choosing(BRIDGE, KEPT_M, "chooses_well")
    assert play(BRIDGE, model, 1) in GOOD
    for by_heart in (Reciting, Insisting):
        elsewhere = [play(BRIDGE, by_heart(BRIDGE, KEPT_M, model.done), seed) in GOOD for seed in seeds if seed != 1]
        assert sum(elsewhere) <= len(elsewhere) / 2
    assert all(play(BRIDGE, Choosing(BRIDGE, KEPT_M, "chooses_well"), seed) in GOOD for seed in seeds)


# -- what moves her ---


def at_node(node: str, *, connection: float = 40.0, hopelessness: float = 75.0, tension: float = 45.0) -> Scenario:
    """The scenario beginning in a node of the person's region, in this state, on a quiet road."""
    drawn = {"connection": connection, "hopelessness": hopelessness, "tension": tension}
    dynamics = {
        name: replace(state, initial=Span(drawn[name], drawn[name])) if name in drawn else state
        for name, state in BRIDGE.dynamics.items()
    }
    top, _, inside = node.partition(".")
    person = dict(BRIDGE.regions["person"])
    if inside:
        person[top] = replace(person[top], start=inside)
    return replace(
        BRIDGE,
        dynamics=dynamics,
        regions={**BRIDGE.regions, "person": person},
        start={**BRIDGE.start, "person": top, "road": "closed"},
        sha256="",
    )


def running(scenario: Scenario, seed: int = 1, *, distance: float = KEPT_M, ms: int = 2_000) -> Engine:
    """An engine some seconds in, the trainee silent at this distance."""
    engine = Engine(scenario, seed=seed)
    engine.start()
    engine.observe({"distance": distance, "closing": 0.0, "voice": -60.0, "speaking": False}, 100)
    engine.advance(ms)
    return engine


def gained(scenario: Scenario, seed: int, *inputs: Input, apart_ms: int = 10_000) -> dict[str, float]:
    """How the states differ ten seconds after the last of these inputs from what they would be without."""
    with_them, without = running(scenario, seed), running(scenario, seed)
    for number, given in enumerate(inputs):
        with_them.advance(2_000 + number * apart_ms)
        with_them.apply(given, with_them.ms)
    with_them.advance(with_them.ms + 10_000)
    without.advance(with_them.ms)
    return {name: value - without.states[name] for name, value in with_them.states.items()}


def told(effects: Sequence[Effect]) -> list[str]:
    """What she says."""
    return [effect.line for effect in effects if isinstance(effect, Say) and effect.actor == "maeve"]


@pytest.mark.parametrize("seed", range(8))
def test_a_reflection_fits_or_costs(seed: int) -> None:
    for hurt in ("work", "loss", "sister", "pain"):
        fits = running(BRIDGE, seed).facts["hurt"] == hurt
        after = gained(at_node("apart.telling"), seed, Choice(f"reflect_{hurt}"))
        assert (after["connection"] > 5) == fits
        assert (after["connection"] < -5) == (not fits)
        assert (after["hopelessness"] < 0) == fits


@pytest.mark.parametrize("seed", range(8))
def test_one_topic_is_a_door_and_the_other_a_wound(seed: int) -> None:
    facts = running(BRIDGE, seed).facts
    doors = {f"ask_{facts['matters']}"} | ({"ask_clocks"} if facts["hurt"] in ("loss", "sister") else set())
    scenario = at_node("apart.torn", connection=50.0)
    open_all = {
        name: replace(choice, when=None) if name.startswith("ask_") else choice
        for name, choice in scenario.choices.items()
    }
    scenario = replace(scenario, choices=open_all)
    for topic in ("ask_dog", "ask_niece", "ask_clocks"):
        after = gained(scenario, seed, Choice(topic))
        assert (after["connection"] > 3) == (topic in doors)
        assert (after["hopelessness"] > 1) == (topic not in doors)


def test_what_she_loves_can_be_asked_about_when_she_has_spoken_of_it_or_somebody_else_has() -> None:
    talking = at_node("apart.torn", connection=50.0, hopelessness=85.0)
    for seed in (seed for seed in range(12) if running(BRIDGE, seed).facts["wave"] == "spares_her"):
        engine = running(talking, seed)
        other = {"dog": "ask_niece", "niece": "ask_dog"}[engine.facts["matters"]]
        assert not {"ask_dog", "ask_niece"} & set(engine.offered)
        engine.advance(15_000)
        assert f"ask_{engine.facts['matters']}" in engine.offered
        assert other not in engine.offered
        informed = running(talking, seed)
        effects = [*informed.apply(Radio("desk"), 2_000), *informed.advance(60_000)]
        offered = {name for effect in effects if isinstance(effect, Offered) for name in effect.choices}
        assert {"ask_dog", "ask_niece", "ask_clocks"} <= offered


@pytest.mark.parametrize("seed", range(4))
def test_the_direct_question_is_a_relief_once_she_talks_and_an_interrogation_before(seed: int) -> None:
    for asked in (Said("asks_directly"), Choice("ask_directly")):
        early = gained(at_node("apart.on_guard", connection=10.0), seed, asked)
        assert early["connection"] < -2
        assert early["tension"] > 2
        later = gained(at_node("apart.telling"), seed, asked)
        assert later["connection"] > 4
        assert later["hopelessness"] < -1
    engine = running(at_node("apart.telling"), seed)
    answer = told(engine.apply(Said("asks_directly"), engine.ms))
    assert answer[0] in {"m_yes_1", "m_yes_2", "m_yes_3"}
    engine.advance(30_000)
    assert told(engine.apply(Said("asks_directly"), engine.ms)) in ([], ["m_told_you"])


@pytest.mark.parametrize("seed", range(4))
def test_the_same_words_without_a_pause_are_worth_less(seed: int) -> None:
    words = [Said("open_question"), Said("reflection"), Said("emotion_label")]
    scenario = at_node("apart.answering", connection=26.0)
    hurried = gained(scenario, seed, *words, *words, apart_ms=4_000)
    patient = gained(scenario, seed, *words, *words, apart_ms=12_000)
    assert patient["connection"] > hurried["connection"] + 4
    assert patient["tension"] < hurried["tension"]
    engine = running(scenario, seed)
    engine.apply(words[0], 2_000)
    engine.advance(5_000)
    effects = engine.apply(words[1], 5_000)
    assert Emitted(5_000, "pressed") in effects
    # Two sentences in one breath are one turn.
    engine = running(scenario, seed)
    engine.apply(words[0], 2_000)
    engine.advance(4_000)
    assert Emitted(4_000, "pressed") not in engine.apply(words[1], 4_000)


@pytest.mark.parametrize("seed", range(6))
def test_silence_is_filled_once_she_talks(seed: int) -> None:
    engine = running(at_node("apart.telling"), seed, ms=12_000)
    engine.apply(Said("reflection"), 12_000)
    effects = engine.advance(26_000)
    tells = [effect for effect in effects if isinstance(effect, Emitted) and effect.name == "tells"]
    assert tells
    said = {effect.line for effect in effects if isinstance(effect, Say) and effect.at_ms == tells[0].at_ms}
    assert said & {*(f"m_{engine.facts['hurt']}_{n}" for n in (1, 2, 3)), "m_not_one_thing"}


def test_sudden_stillness_is_not_relief() -> None:
    """Tension falls as somebody gives up; what is scored is hope."""
    for seed in range(4):
        engine = running(at_node("gone_quiet", connection=20.0, tension=60.0), seed)
        before = engine.states
        engine.advance(40_000)
        assert engine.nodes["person"] == "gone_quiet"
        assert engine.states["tension"] < before["tension"] - 15
        assert engine.states["hopelessness"] > before["hopelessness"]
        engine.apply(Said("asks_directly"), engine.ms)
        assert engine.nodes["person"].startswith("apart")
    assert (BRIDGE.scoring.outcome.state, BRIDGE.scoring.outcome.direction) == ("hopelessness", "down")


def test_no_single_sentence_wins_her() -> None:
    for given in ("introduce", "ask_today", "stay_here"):
        engine = running(BRIDGE)
        engine.apply(Choice(given), 2_000)
        engine.advance(60_000)
        assert engine.nodes["person"] in ("apart.on_guard", "gone_quiet")
    for kind in ("open_question", "reflection", "emotion_label", "reassurance", "asks_directly", "small_step"):
        after = gained(at_node("apart.on_guard", connection=10.0), 1, Said(kind))
        assert after["connection"] < 8


@pytest.mark.parametrize("kind", ["order", "threat", "minimise", "promise"])
def test_what_was_won_in_minutes_is_lost_in_seconds(kind: str) -> None:
    after = gained(at_node("apart.torn", connection=50.0, hopelessness=66.0), 1, Said(kind))
    assert after["connection"] < -5


def test_small_steps_are_heard_when_she_has_opened_the_door() -> None:
    for seed in range(4):
        early = gained(at_node("apart.torn", connection=50.0), seed, Choice("come_now"))
        assert early["connection"] < -2
        for asked in (Choice("ask_near"), Said("small_step")):
            engine = running(at_node("apart.opening", connection=56.0), seed)
            engine.apply(asked, 2_000)
            assert engine.nodes["person"] == "let_near.at_the_rail"
            assert engine.threat() == "calm"
        missed = running(at_node("apart.opening", connection=56.0), seed, ms=34_000)
        assert missed.nodes["person"] == "apart.torn"
        engine = running(at_node("let_near.warmed", connection=56.0), seed)
        engine.apply(Said("small_step"), 2_000)
        assert engine.nodes["person"] == "let_near.warmed"
        engine.advance(21_000)  # she looks at the gate
        engine.apply(Choice("invite_over"), 21_000)
        assert engine.nodes["person"] == "coming_over"
        engine.advance(45_000)
        assert engine.nodes["person"] == "this_side.seated"
        assert engine.actors["maeve"].posture == "sitting"


def test_who_comes_too_near_is_given_the_same_words_and_less_ground() -> None:
    for seed in range(6):
        engine = running(at_node("apart.telling"), seed)
        near = 5.2 if engine.facts["room"] == "far" else 3.5
        before = engine.states
        engine.observe({"distance": near}, 2_020)
        effects = engine.advance(3_000)
        assert told(effects)
        engine.advance(10_000)
        assert engine.states["connection"] < before["connection"] - 4
        assert engine.states["tension"] > before["tension"] + 5


# -- she answers at once ---


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", [kind for kind in BRIDGE.said if not BRIDGE.said[kind].tells])
def test_every_mark_is_answered_at_once(kind: str, seed: int) -> None:
    for node in ("apart.on_guard", "apart.answering", "apart.torn", "let_near.at_the_rail"):
        engine = running(at_node(node), seed, ms=2_400)
        effects = engine.apply(Said(kind), engine.ms)
        assert any(isinstance(effect, Moved) and effect.actor == "maeve" for effect in effects)


@pytest.mark.parametrize("inject", BRIDGE.injects)
def test_every_inject_is_noticed_at_once(inject: str) -> None:
    engine = running(at_node("apart.answering"), ms=8_000)
    before = engine.states["tension"]
    effects = engine.apply(Inject(inject), engine.ms)
    assert any(isinstance(effect, Moved) and effect.actor == "maeve" for effect in effects)
    assert told(effects)
    assert engine.states["tension"] > before


def test_her_clock_and_her_dog_are_more_than_her_crisis() -> None:
    words = " ".join(line.text for line in BRIDGE.lines.values() if line.actor == "maeve")
    for word in ("Maeve", "clock", "Pepper", "Tilly", "Ana", "sister", "four minutes slow"):
        assert word in words
    assert sum(line.actor == "maeve" for line in BRIDGE.lines.values()) >= 60


# -- road, helpers, hand-over ---


def statuses(effects: Sequence[Effect], request: str) -> list[str]:
    return [effect.status for effect in effects if isinstance(effect, RadioChanged) and effect.request == request]


def test_the_siren_comes_unless_somebody_asks_for_quiet() -> None:
    for seed in range(4):
        engine = running(BRIDGE, seed)
        loud = engine.advance(110_000)
        assert any(isinstance(effect, Emitted) and effect.name == "siren_close" for effect in loud)
        assert engine.nodes["driver"] != "not_there"
        quiet = running(BRIDGE, seed)
        effects = [*quiet.apply(Radio("close_road"), 2_000), *quiet.advance(110_000)]
        assert not any(isinstance(effect, Emitted) and effect.name == "siren_close" for effect in effects)
        assert statuses(effects, "close_road") == ["requested", "en_route", "on_scene"]
        assert quiet.nodes["driver"] == "not_there"


def test_a_driver_who_is_told_is_sorry_and_goes() -> None:
    for seed in range(4):
        engine = running(BRIDGE, seed, ms=95_000)
        assert engine.nodes["driver"] in ("impatient", "filming")
        effects = [*engine.apply(Choice("ask_driver"), 95_000), *engine.advance(108_000)]
        assert "c_sorry" in [effect.line for effect in effects if isinstance(effect, Say)]
        assert engine.nodes["driver"] == "gone"


def test_the_counsellor_comes_or_comes_late_or_not_at_all() -> None:
    found: dict[str, set[str]] = {}
    for seed in range(30):
        engine = running(replace(at_node("apart.telling", connection=90.0), limit=BRIDGE.limit), seed)
        effects = list(engine.apply(Radio("crisis_team"), 2_000))
        for at in range(20_000, 420_000, 20_000):
            effects += engine.apply(Said("reflection"), at)
            effects += engine.advance(at + 19_000)
        came = next((e.at_ms for e in effects if isinstance(e, RadioChanged) and e.status == "on_scene"), None)
        fate = "never" if came is None else "in time" if came < 230_000 else "late"
        found.setdefault(engine.facts["team"], set()).add(fate)
    assert found == {"near": {"in time"}, "far": {"late"}, "none": {"never"}}


def test_good_endings_do_not_hang_on_the_counsellor() -> None:
    ends = {seed: simulate(BRIDGE, "model_officer", seed).outcome for seed in range(12)}
    without = {end for seed, end in ends.items() if running(BRIDGE, seed).facts["team"] == "none"}
    assert without == {"with_medics"}
    assert "with_counsellor" in ends.values()


def test_a_hand_over_is_by_name_and_takes_a_while() -> None:
    def seated(seed: int) -> Engine:
        start = {**BRIDGE.start, "person": "this_side", "road": "closed", "team": "on_scene", "medics": "out_of_sight"}
        return running(replace(at_node("this_side", connection=70.0), start=start), seed, distance=2.0)

    for seed in range(3):
        for asked in (Choice("introduce_priya"), Said("introduces")):
            warm = seated(seed)
            effects = [*warm.apply(asked, 2_000), *warm.advance(40_000)]
            assert "p_hello" in [effect.line for effect in effects if isinstance(effect, Say)]
            assert warm.outcome == "with_counsellor"
        left = seated(seed)
        left.apply(Choice("introduce_priya"), 2_000)
        left.advance(6_000)
        left.apply(Choice("step_away"), 6_000)
        assert left.outcome == "among_strangers"
        walked = seated(seed)
        walked.apply(Choice("introduce_priya"), 2_000)
        walked.observe({"distance": 10.0}, 3_000)
        walked.advance(8_000)
        assert walked.outcome == "among_strangers"
        nameless = seated(seed)
        nameless.advance(110_000)
        assert nameless.outcome == "among_strangers"
        medics = seated(seed)
        medics.apply(Choice("bring_medics"), 2_000)
        offered = medics.offered
        assert {"brief_medics", "introduce_priya"} <= set(offered)
        medics.advance(40_000)
        assert medics.outcome == "with_medics"


def test_all_that_must_be_handed_over_can_be_told_by_choice_and_by_mark() -> None:
    handover = BRIDGE.scoring.handover
    assert handover is not None
    wanted = set(handover.fields)
    assert wanted <= set(BRIDGE.choices["brief_medics"].tells)
    assert wanted <= {field for kind in BRIDGE.said.values() for field in kind.tells}
    assert wanted - {"medical"} <= set(BRIDGE.choices["brief_priya"].tells)
    told_in_play = simulate(BRIDGE, "model_officer", 3).log
    offered = {name for effect in told_in_play if isinstance(effect, Offered) for name in effect.choices}
    assert offered & {"brief_priya", "brief_medics"}


def test_who_walks_off_on_this_side_is_not_alone_and_not_in_good_hands() -> None:
    engine = running(at_node("this_side", connection=60.0, tension=74.0), distance=3.0)
    effects = [*engine.apply(Choice("order_car"), 2_000), *engine.advance(20_000)]
    ways = [effect.target for effect in effects if isinstance(effect, Branch) and effect.region == "person"]
    assert ways[0] == "walking_off"
    assert engine.outcome == "among_strangers"


# -- safe to show ---


#: Nothing of this is said, shown or told anywhere in the scenario: no method, no injury, nothing final.
UNSAFE = re.compile(
    r"\b(jump\w*|leap\w*|fell|fall(s|en|ing)?|plunge\w*|drown\w*|let(ting)? go|climb\w*|over the (edge|wall|parapet)|"
    r"overdos\w*|pills?|hang(s|ed|ing)?|kill\w*|corpse|dead|commit\w*|successful|failed attempt|ledge|selfish|"
    r"end it|goodbye|note to|cry for help|crazy|weapon\w*)\b",
    re.IGNORECASE,
)


def test_nothing_unsafe_is_said_shown_or_told() -> None:
    texts = [line.text for line in BRIDGE.lines.values()]
    texts += [outcome.text for outcome in BRIDGE.outcomes.values()]
    texts += [choice.text for choice in BRIDGE.choices.values()]
    texts += [item.text for table in (BRIDGE.said, BRIDGE.acts, BRIDGE.injects) for item in table.values()]
    texts += [place.node.note or "" for place in places(BRIDGE)]
    texts += [way.label or "" for place in places(BRIDGE) for way in place.node.next]
    texts += [reflex.label for reflex in BRIDGE.reflexes]
    texts += [drive.label for state in BRIDGE.dynamics.values() for drive in state.drives]
    texts += [sign.text for sign in BRIDGE.scoring.signs.values()]
    texts += [BRIDGE.briefing, BRIDGE.title, *BRIDGE.objectives]
    for text in texts:
        assert not UNSAFE.search(text), text


def test_she_lives_in_every_ending_and_the_last_word_is_care() -> None:
    assert {outcome.direction for outcome in BRIDGE.outcomes.values()} == {"good", "mixed", "poor"}
    for outcome in BRIDGE.outcomes.values():
        assert re.search(r"safe|safety|warm|looked after", outcome.text), outcome.text


def test_she_is_never_beyond_the_wall() -> None:
    wall = next(box for box in BRIDGE.scene.cover if box.id == "parapet")
    inner_face = wall.center[2] + wall.size[2] / 2
    assert wall.size[1] >= 1.2
    assert all(z > inner_face + 0.3 for _, z in BRIDGE.scene.places.values())
    for policy in ("crowd_and_shout", "waits_for_help", "leaves_too_soon"):
        session = Simulation(BRIDGE, policy, seed=2)
        while session.engine.outcome is None:
            session.tick()
            place = session.engine.place_of("maeve")
            assert place is not None
            assert place[1] > inner_face + 0.3


def test_people_are_asked_before_they_meet_the_topic() -> None:
    warned = {notice.topic: notice.level for notice in BRIDGE.warnings}
    assert warned["suicide"] == warned["mental-health-crisis"] == "strong"
    assert warned["heights"] == "moderate"
    assert BRIDGE.reviewed_by == ()
