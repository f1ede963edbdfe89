"""What an instructor does to a running scenario: told with its reason, or refused where it makes no sense."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets.language import Scenario
from scenario_assets.runtime import (
    Ahead,
    Branch,
    Choice,
    Effect,
    Emitted,
    Engine,
    Goto,
    Hold,
    Inject,
    InputError,
    Nudge,
    Outcome,
    Over,
    Senseless,
    SignalBack,
    SignalStale,
    StateCause,
    Steer,
    UnknownName,
)
from tests.scenario_assets.texts import small

CORNERED = "person.pacing.next[2]"


def started(scenario: Scenario | None = None, seed: int = 1) -> Engine:
    engine = Engine(scenario or small(), seed=seed)
    engine.start()
    return engine


def branches(effects: tuple[Effect, ...]) -> list[Branch]:
    return [effect for effect in effects if isinstance(effect, Branch)]


def ahead(engine: Engine, rule: str) -> Ahead:
    (found,) = [way for way in engine.ways() if way.rule == rule]
    return found


# --- goto ------------------------------------------------------------------------------------------------------------


def test_a_region_goes_where_the_instructor_sends_it_and_the_branch_says_so() -> None:
    engine = started()
    (branch,) = branches(engine.apply(Goto("person", "talking.sitting"), 300))
    assert engine.nodes["person"] == "talking.sitting"
    assert (branch.at_ms, branch.region, branch.source, branch.target) == (300, "person", "pacing", "talking.sitting")
    assert branch.rule == "person.talking.sitting.goto"
    assert branch.label == "sent by the instructor"
    assert branch.inputs == {"goto(person.talking.sitting)": True}
    assert "shouting: agitation >= 80" in branch.alternatives


def test_a_goto_of_the_scenario_is_not_said_to_be_the_instructors() -> None:
    (branch,) = branches(started().apply(Inject("calm"), 300))
    assert (branch.rule, branch.label) == ("person.talking.sitting.goto", "goto")


def test_what_follows_a_goto_follows_for_its_own_reasons() -> None:
    engine = started()
    sent, followed = branches(engine.apply(Goto("person", "shouting"), 300))
    assert (sent.region, sent.label) == ("person", "sent by the instructor")
    assert (followed.region, followed.label, followed.inputs) == (
        "bystander",
        "to far",
        {"event(person_shouts)": True},
    )


def test_sent_to_where_it_is_a_region_begins_there_again() -> None:
    engine = started()
    engine.advance(1_500)
    assert branches(engine.apply(Goto("person", "pacing"), 1_500))
    assert Emitted(3_500, "cue_shown") in engine.advance(4_000)  # 2 s after the new entry


def test_an_ending_can_be_gone_to() -> None:
    engine = started()
    assert Outcome(400, "helped", "person.helped") in engine.apply(Goto("person", "helped"), 400)
    with pytest.raises(Over):
        engine.apply(Goto("person", "pacing"), 500)


# --- nudge -----------------------------------------------------------------------------------------------------------


def test_a_nudge_changes_a_state_at_once_and_names_the_instructor() -> None:
    engine = started()
    assert engine.apply(Nudge("agitation", 12.5), 100)[0] == StateCause(
        100, "agitation", "nudged by the instructor", 0.0, engine.states["agitation"], 12.5
    )
    assert engine.causes["agitation"].label == "nudged by the instructor"


def test_a_nudge_stays_in_the_range_and_tells_what_it_added() -> None:
    engine = started()
    (cause,) = [e for e in engine.apply(Nudge("agitation", 80.0), 60) if isinstance(e, StateCause)]
    assert (cause.value, engine.states["agitation"]) == (100.0, 100.0)
    assert cause.added == pytest.approx(50.0, abs=0.1)


def test_a_nudge_is_felt_by_rules_at_the_next_tick_and_by_offers_at_once() -> None:
    engine = started()
    effects = engine.apply(Nudge("agitation", 35.0), 110)
    assert "offer" not in engine.offered  # its condition is agitation < 70
    assert not branches(effects)
    (branch, *_) = branches(engine.advance(150))
    assert (branch.at_ms, branch.label) == (150, "escalation")
    assert branch.inputs["agitation"] == pytest.approx(85.0, abs=0.5)


# --- hold ------------------------------------------------------------------------------------------------------------


def test_a_held_rule_does_not_fire_and_fires_on_release_if_it_still_holds() -> None:
    engine = started()
    engine.apply(Hold(CORNERED, on=True), 100)
    engine.observe({"distance": 0.9}, 150)
    assert not branches(engine.advance(4_000))
    assert (ahead(engine, CORNERED).holds, ahead(engine, CORNERED).held) == (True, True)
    assert not engine.apply(Hold(CORNERED, on=False), 4_010)
    (branch, *_) = branches(engine.advance(4_011))
    assert (branch.at_ms, branch.rule) == (4_011, CORNERED)


def test_a_released_rule_that_no_longer_holds_does_not_fire() -> None:
    engine = started()
    engine.apply(Hold(CORNERED, on=True), 100)
    engine.observe({"distance": 0.9}, 150)
    engine.advance(4_000)
    engine.observe({"distance": 6.0}, 4_050)
    engine.advance(4_100)
    engine.apply(Hold(CORNERED, on=False), 4_110)
    assert not branches(engine.advance(8_000))


def test_a_timer_that_ran_out_while_held_fires_on_release() -> None:
    engine = started(small(("{after: 60 s, to: left}", "{after: 3 s, to: left}")))
    rule = "person.shouting.next[1]"
    engine.apply(Goto("person", "shouting"), 100)
    engine.apply(Nudge("agitation", 40.0), 100)
    engine.apply(Hold(rule, on=True), 200)
    engine.advance(5_000)
    assert engine.nodes["person"] == "shouting"
    engine.apply(Hold(rule, on=False), 5_000)
    assert Outcome(5_001, "left", "person.left") in engine.advance(5_001)


def test_a_rule_stays_held_when_its_node_is_left_and_entered_again() -> None:
    engine = started()
    engine.apply(Hold(CORNERED, on=True), 100)
    engine.apply(Goto("person", "talking"), 200)
    engine.apply(Goto("person", "pacing"), 300)
    engine.observe({"distance": 0.9}, 350)
    assert not branches(engine.advance(5_000))


def test_a_held_rule_lets_the_next_one_have_its_turn() -> None:
    engine = started(small(("{when: agitation >= 80, to: shouting", "{when: agitation >= 70, to: shouting")))
    engine.apply(Hold("person.pacing.next[0]", on=True), 100)
    engine.apply(Nudge("agitation", 30.0), 200)
    engine.observe({"distance": 0.5}, 250)
    (branch, *_) = branches(engine.advance(2_000))
    assert branch.rule == CORNERED


def test_a_choice_that_a_held_rule_waits_for_is_lost_to_it() -> None:
    engine = started()
    engine.apply(Hold("person.pacing.next[1]", on=True), 100)
    assert not branches(engine.apply(Choice("greet"), 200))
    engine.apply(Hold("person.pacing.next[1]", on=False), 300)
    assert not branches(engine.advance(500))


# --- what makes no sense ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steer", "error", "message"),
    [
        (Goto("nobody", "pacing"), UnknownName, "no region 'nobody'; known: person, bystander"),
        (Goto("person", "far"), UnknownName, "no node 'far'; known: pacing, shouting, talking, talking.standing"),
        (Goto("person", ""), UnknownName, "no node ''"),
        (Nudge("calm", 1.0), UnknownName, "no continuous state 'calm'; known: agitation"),
        (Nudge("agitation", 0.0), Senseless, "goes from 0 to 100; it cannot be nudged by 0"),
        (Nudge("agitation", 101.0), Senseless, "cannot be nudged by 101"),
        (Nudge("agitation", math.nan), Senseless, "cannot be nudged by nan"),
        (Hold("person.pacing.next[9]", on=True), UnknownName, "no rule"),
        (Hold("person.pacing.goto", on=True), UnknownName, "no rule"),
        (Hold(CORNERED, on=False), Senseless, "nobody holds"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    steer: Steer, error: type[InputError], message: str
) -> None:
    engine = started()
    engine.advance(500)
    before = engine.digest()
    with pytest.raises(error, match=message.replace("[", r"\[")):
        engine.check(steer)
    with pytest.raises(error):
        engine.apply(steer, 500)
    assert engine.digest() == before


def test_a_rule_is_held_once() -> None:
    engine = started()
    engine.apply(Hold(CORNERED, on=True), 100)
    with pytest.raises(Senseless, match="held already"):
        engine.apply(Hold(CORNERED, on=True), 200)


# --- signals ---------------------------------------------------------------------------------------------------------


def test_a_signal_that_gets_lost_is_told_once_and_again_when_it_is_back() -> None:
    engine = started()
    assert engine.observe({"distance": None, "voice": None}, 50) == ()  # never known, so not lost
    assert engine.observe({"distance": 4.0}, 100) == ()
    assert engine.observe({"distance": None}, 650) == (SignalStale(650, "distance"),)
    assert engine.observe({"distance": None}, 700) == ()
    assert engine.observe({"distance": 3.9}, 750) == (SignalBack(750, "distance"),)
    assert engine.observe({"distance": 3.8}, 800) == ()


# --- what is ahead ---------------------------------------------------------------------------------------------------


def test_the_ways_ahead_tell_what_could_fire_and_whether_it_would_now() -> None:
    engine = started()
    by_rule = {way.rule: way for way in engine.ways()}
    assert list(by_rule) == [
        "person.pacing.next[0]", "person.pacing.next[1]", CORNERED, "bystander.near.next[0]", "bystander.near.next[1]",
    ]  # fmt: skip
    greeted = by_rule["person.pacing.next[1]"]
    assert (greeted.targets, greeted.weights, greeted.text) == (("talking", "pacing"), (0.5, 0.5), "choice(greet)")
    assert [by_rule[name].holds for name in by_rule] == [False, False, False, False, False]
    due = by_rule["bystander.near.next[1]"].due_ms
    assert due is not None
    assert 20_000 <= due <= 40_000
    engine.apply(Nudge("agitation", 40.0), 10)
    assert ahead(engine, "person.pacing.next[0]").holds is True


def test_a_condition_on_a_lost_signal_is_open() -> None:
    engine = started(small(("distance < 1 m for 1 s", "distance < 1 m")))
    assert ahead(engine, CORNERED).holds is None
    engine.observe({"distance": 0.5}, 40)
    assert ahead(engine, CORNERED).holds is True


def test_the_deeper_node_comes_first_as_it_has_its_turn_first() -> None:
    engine = started()
    engine.apply(Goto("person", "talking.standing"), 100)
    person = [way.rule for way in engine.ways() if way.region == "person"]
    assert person == ["person.talking.standing.next[0]", "person.talking.next[0]", "person.talking.next[1]"]


def test_looking_ahead_changes_nothing_and_ends_with_the_scenario() -> None:
    engine = started()
    engine.advance(777)
    before = engine.digest()
    engine.ways()
    assert engine.digest() == before
    engine.apply(Goto("person", "helped"), 800)
    assert engine.ways() == ()


# --- together --------------------------------------------------------------------------------------------------------

_STEERS = st.one_of(
    st.sampled_from([("person", "pacing"), ("person", "talking"), ("bystander", "far"), ("bystander", "near")]).map(
        lambda where: Goto(*where)
    ),
    st.floats(-40, 40).map(lambda by: Nudge("agitation", by)),
    st.tuples(st.sampled_from([f"person.pacing.next[{n}]" for n in range(3)]), st.booleans()).map(
        lambda held: Hold(*held)
    ),
)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2_500), _STEERS, st.none() | st.floats(0.3, 6.0)), max_size=20))
def test_steering_goes_through_dumps_and_the_same_steering_gives_the_same_session(
    script: list[tuple[int, Steer, float | None]],
) -> None:
    engine, again = started(), started()
    now = 0
    for gap, steer, distance in script:
        now += gap
        assert engine.observe({"distance": distance}, now) == again.observe({"distance": distance}, now)
        outcomes: list[object] = []
        for one in (engine, again):
            one.advance(now)
            try:
                outcomes.append(one.apply(steer, now))
            except InputError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        again = Engine.load(small(), json.loads(json.dumps(again.dump())))
        assert again.digest() == engine.digest()
        assert again.ways() == engine.ways()
    assert engine.advance(now + 10_000) == again.advance(now + 10_000)


def test_the_engine_says_when_something_is_due() -> None:
    engine = started()
    assert engine.due == 50
    engine.advance(1_990)
    assert engine.due == 2_000  # the cue at 2 s comes with a tick
    engine.advance(2_000)
    stops = []
    while engine.ms < 12_000:
        stops.append(engine.due)
        engine.advance(engine.due)
    assert stops == sorted(set(stops))
    assert any(ms % 50 for ms in stops), "a timer between two ticks is a stop of its own"
