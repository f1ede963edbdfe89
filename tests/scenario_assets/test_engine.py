"""The engine on the small scenario: time, inputs, reasons, and what it refuses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language import Scenario
from scenario_assets.runtime import (
    TICK_MS,
    Act,
    Branch,
    Choice,
    Effect,
    Emitted,
    Engine,
    Inject,
    Moved,
    NotOffered,
    Offered,
    Outcome,
    Over,
    Radio,
    RadioChanged,
    Said,
    Say,
    StateCause,
    UnknownName,
    quantise,
)
from scenario_assets.runtime.cast import speaking_ms
from tests.scenario_assets.texts import small


def started(scenario: Scenario | None = None, seed: int = 1) -> Engine:
    engine = Engine(scenario or small(), seed=seed)
    engine.start()
    return engine


def kinds(effects: tuple[Effect, ...], *wanted: type[Effect]) -> list[Effect]:
    return [effect for effect in effects if isinstance(effect, wanted)]


def test_start_enters_the_first_nodes_and_offers_their_choices() -> None:
    engine = Engine(small(), seed=1)
    effects = engine.start()
    assert engine.nodes == {"person": "pacing", "bystander": "near"}
    assert Offered(0, ("greet", "offer")) in effects
    assert engine.states == {"agitation": 50.0}
    assert engine.threat() == "agitated"
    assert engine.outcome is None
    assert engine.facts["reason"] in ("noise", "grief")


def test_cues_come_at_their_millisecond_however_time_is_cut() -> None:
    whole = started().advance(30_000)
    engine = started()
    cut = [effect for to in range(37, 30_001, 37) for effect in engine.advance(to)] + [
        *engine.advance(30_000)
    ]
    assert list(whole) == cut
    assert kinds(whole, Emitted)[0] == Emitted(2000, "cue_shown")
    assert kinds(whole, Say)[0] == Say(2000, "kim", "hello")
    assert [effect.at_ms for effect in whole] == sorted(effect.at_ms for effect in whole)


def test_repeated_lines_vary_and_nobody_talks_over_themselves() -> None:
    says = [effect for effect in started().advance(60_000) if isinstance(effect, Say)]
    mutters = [say.line for say in says[1:]]
    assert {"mutter", "murmur", "whisper"} == set(mutters[:3])
    texts = small().lines
    assert all(b.at_ms - a.at_ms >= speaking_ms(texts[a.line].text) for a, b in pairwise(says))


def test_a_guard_over_a_signal_takes_its_time_and_tells_why() -> None:
    engine = started()
    engine.observe({"distance": 0.9}, 1_010)
    assert not kinds(engine.advance(2_000), Branch)
    branch, other = kinds(engine.advance(2_050), Branch)
    assert isinstance(branch, Branch)
    assert isinstance(other, Branch)
    assert (other.region, other.label, other.inputs) == (
        "bystander",
        "to far",
        {"event(person_shouts)": True},
    )
    assert (branch.at_ms, branch.source, branch.target, branch.label) == (
        2_050,
        "pacing",
        "shouting",
        "cornered",
    )
    assert branch.inputs == {"distance": 0.9}
    assert branch.rule == "person.pacing.next[2]"
    assert branch.guard == "distance < 1 m for 1 s"
    assert "shouting: agitation >= 80" in branch.alternatives
    assert engine.nodes["person"] == "shouting"


def test_a_stale_signal_breaks_what_lasts_and_fires_nothing() -> None:
    engine = started()
    engine.observe({"distance": 0.9}, 50)
    engine.observe({"distance": None}, 900)
    engine.observe({"distance": 0.9}, 1_000)
    assert not kinds(engine.advance(1_950), Branch)
    assert kinds(engine.advance(2_000), Branch)


def test_an_observation_takes_effect_at_the_next_tick_not_before() -> None:
    engine = started()
    engine.advance(100)
    assert not engine.observe({"distance": 1.5}, 120)
    (cause,) = engine.advance(150)
    assert cause == StateCause(150, "agitation", "crowding", 6.0, cause.value)  # type: ignore[union-attr]


def test_drives_add_up_and_decay_pulls_back() -> None:
    engine = started()
    engine.advance(60_000)
    assert engine.states["agitation"] == pytest.approx(
        45.0, abs=1e-3
    )  # half the way from 50 to 40 in a minute
    engine.observe({"distance": 1.5}, 60_050)
    engine.advance(61_050)
    assert engine.states["agitation"] == pytest.approx(45.0 + 6.0 * 1.05 - 0.1, abs=0.15)
    assert engine.causes["agitation"].label == "crowding"
    assert engine.causes["agitation"].rate == 6.0
    engine.observe({"distance": 5.0}, 62_000)
    engine.advance(63_000)
    assert engine.causes["agitation"].label == "settling"


DRIVES = st.lists(st.integers(-8, 8).filter(bool), min_size=1, max_size=6)


@given(DRIVES)
def test_what_makes_for_a_change_is_told_before_what_works_against_it(rates: list[int]) -> None:
    drives = "".join(
        f"      - {{when: distance < 2 m, rate: {rate:+d} /s, label: d{n}}}\n" for n, rate in enumerate(rates)
    )
    engine = started(small(("      - {when: distance < 2 m, rate: +6 /s, label: crowding}\n", drives)))
    engine.observe({"distance": 1.5}, 50)
    engine.advance(100)
    cause = engine.causes["agitation"]
    way = 1 if sum(rates) >= 0 else -1
    assert cause.rate == pytest.approx(sum(rates))
    told = [
        [way * rates[int(label[1:])] for label in part.split(" + ")] for part in cause.label.split(", against ")
    ]
    assert sorted(rate for part in told for rate in part) == sorted(way * rate for rate in rates)
    assert told[0] == sorted(told[0], reverse=True)
    assert min(told[0]) > 0
    assert all(rate < 0 for part in told[1:] for rate in part)
    assert [part == sorted(part) for part in told[1:]] in ([], [True])


def test_states_stay_in_their_range() -> None:
    engine = started(small(("when: agitation >= 80", "when: agitation >= 100 for 2 min")))
    engine.observe({"distance": 1.5}, 50)
    engine.advance(60_000)
    assert engine.states["agitation"] == 100.0


def test_a_choice_runs_on_arrival_and_implies_what_is_said() -> None:
    engine = started()
    effects = engine.apply(Choice("greet"), 777)
    (branch,) = kinds(effects, Branch)
    assert branch.at_ms == 777
    engine.advance(850)
    assert engine.causes["agitation"].label == "understood"


def test_weighted_targets_come_out_in_their_shares() -> None:
    taken = []
    for seed in range(300):
        engine = started(seed=seed)
        engine.apply(Choice("greet"), 100)
        taken.append(engine.nodes["person"])
    share = taken.count("talking.standing") / len(taken)
    assert 0.4 < share < 0.6
    assert set(taken) == {"talking.standing", "pacing"}


def test_a_choice_comes_and_goes_with_its_condition_and_once_is_once() -> None:
    engine = started()
    assert "offer" in engine.offered
    engine.apply(Inject("siren"), 100)
    engine.apply(Inject("siren"), 100)
    assert Offered(100, ("greet",)) in engine.apply(Inject("siren"), 100) or "offer" not in engine.offered
    engine = started()
    engine.apply(Choice("offer"), 100)
    assert "offer" not in engine.offered


def test_refused_inputs_change_nothing() -> None:
    engine = started(small(("text: Hello., said", "text: Hello., when: agitation > 90, said")))
    engine.advance(1_000)
    before = engine.digest()
    with pytest.raises(NotOffered, match="'greet' is not offered now; offered: offer"):
        engine.apply(Choice("greet"), 1_000)
    for wrong in (Choice("x"), Act("x"), Radio("x"), Said("x"), Inject("x")):
        with pytest.raises(UnknownName, match="'x'; known: "):
            engine.apply(wrong, 1_000)
    with pytest.raises(UnknownName, match="no signal 'x'"):
        engine.observe({"x": 1.0}, 1_000)
    assert engine.digest() == before
    with pytest.raises(ValueError, match="time runs backwards: 900 ms after 1000 ms"):
        engine.advance(900)


def test_reflexes_react_at_once_and_rest_between() -> None:
    engine = started()
    effects = engine.apply(Said("threat"), 500)
    assert Say(500, "kim", "no") in effects
    assert StateCause(500, "agitation", "flinches", 0.0, engine.states["agitation"], 5.0) in effects
    assert not engine.apply(Said("threat"), 1_500)  # again_after is 4 s
    later = engine.apply(Said("threat"), 4_500)
    assert [cause.label for cause in later if isinstance(cause, StateCause)] == ["flinches"]
    assert Say(4_500, "kim", "no") not in later  # in the middle of another sentence


def test_radio_is_requested_once_and_heard_by_regions() -> None:
    scenario = small(
        ("        - {when: event(person_shouts), to: far}\n", "        - {when: radio(helper), to: far}\n"),
        ("    far:\n      enter: {move:", "    far:\n      enter: {radio: {helper: en_route}, move:"),
    )
    engine = started(scenario)
    effects = engine.apply(Radio("helper"), 100)
    assert [(e.request, e.status) for e in effects if isinstance(e, RadioChanged)] == [
        ("helper", "requested"),
        ("helper", "en_route"),
    ]
    assert engine.radio == {"helper": "en_route"}
    assert not kinds(engine.apply(Radio("helper"), 200), RadioChanged)
    assert engine.nodes["bystander"] == "far"


def test_one_region_hears_what_another_emits() -> None:
    engine = started()
    engine.observe({"distance": 0.9}, 50)
    engine.advance(2_000)
    assert engine.nodes == {"person": "shouting", "bystander": "far"}


def test_an_inject_can_send_a_region_anywhere() -> None:
    engine = started()
    effects = engine.apply(Inject("calm"), 300)
    assert engine.nodes["person"] == "talking.sitting"
    assert kinds(effects, Branch)[0].event()[1]["rule"] == "person.talking.sitting.goto"
    assert engine.actors["kim"].posture == "sitting"
    assert engine.threat() == "calm"


def test_after_waits_for_its_time_and_its_condition() -> None:
    scenario = small(("{after: 60 s, to: left}", "{after: 10 s, when: agitation >= 70, to: left}"))
    engine = started(scenario)
    engine.observe({"distance": 0.9}, 50)
    engine.advance(1_050)
    assert engine.nodes["person"] == "shouting"
    engine.observe({"distance": 5.0}, 1_060)
    engine.apply(Inject("siren"), 1_100)
    engine.advance(15_000)
    assert 60 < engine.states["agitation"] < 70
    assert engine.nodes["person"] == "shouting"  # the time is up, the condition does not hold
    assert Outcome(15_020, "left", "person.left") in engine.apply(Inject("siren"), 15_020)


def test_an_ending_stops_everything() -> None:
    engine = started()
    engine.apply(Inject("calm"), 100)
    effects = engine.apply(Choice("offer"), 200)
    assert effects[-2:] == (Outcome(200, "helped", "person.helped"), Offered(200, ()))
    assert engine.outcome == "helped"
    assert engine.advance(100_000) == ()
    with pytest.raises(Over, match="ended with helped"):
        engine.apply(Choice("greet"), 100_000)


def test_the_limit_ends_what_nobody_ends() -> None:
    assert kinds(started().advance(200_000), Outcome) == [Outcome(180_000, "nothing", "limit")]


def test_a_livelock_is_an_event_and_the_session_goes_on() -> None:
    scenario = small(
        (
            "        - {when: event(person_shouts), to: far}\n",
            "        - {when: distance < 1 m, to: far}\n",
        ),
        ("    far:\n", "    far:\n      next: [{when: distance < 1 m, to: near}]\n"),
    )
    engine = started(scenario)
    engine.observe({"distance": 0.5}, 50)
    assert Emitted(50, "error.livelock") in engine.advance(50)
    # The rules of the circle are held from now on, or every tick would tell of it again.
    held = {way.rule for way in engine.ways() if way.held}
    assert held <= {"bystander.near.next[0]", "bystander.far.next[0]"}
    assert held
    later = engine.advance(2_000)
    assert later
    assert not [effect for effect in later if isinstance(effect, Emitted) and effect.name == "error.livelock"]


def test_a_livelock_of_rules_that_need_no_time_does_not_hold_time_up() -> None:
    scenario = small(
        ("        - {when: event(person_shouts), to: far}\n", "        - {after: 0 s, to: far}\n"),
        ("    far:\n", "    far:\n      next: [{after: 0 s, when: agitation > 0, to: near}]\n"),
    )
    engine = Engine(scenario, seed=1)
    assert Emitted(0, "error.livelock") in engine.start()
    assert len(engine.advance(200)) < 5 * 3_000


def test_actors_walk_turn_and_arrive() -> None:
    scenario = small(("{after: 60 s, to: left}", "{after: 60 s, to: left}"))
    engine = started(scenario)
    assert engine.actors["lee"].speed == 0.0
    engine.apply(Inject("siren"), 10)
    effects = engine.advance(45_000)
    moved = [e for e in effects if isinstance(e, Moved) and e.actor == "lee"]
    arrived = [e for e in effects if isinstance(e, Emitted) and e.name == "arrived_lee"]
    assert moved[0].to == (4.0, 4.0)
    length = (1.0**2 + 4.0**2) ** 0.5
    assert arrived[0].at_ms == moved[0].at_ms + round(1000 * length / 2.0)
    assert engine.place_of("lee") == (4.0, 4.0)


def test_a_loop_walks_to_and_fro_at_its_speed() -> None:
    engine = started()
    places = []
    for ms in range(TICK_MS, 20_001, TICK_MS):
        engine.advance(ms)
        place = engine.place_of("kim")
        assert place is not None
        places.append(place)
    steps = [((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in pairwise(places)]
    assert max(steps) <= 0.5 * TICK_MS / 1000 + 1e-9
    assert (min(x for x, _ in places), max(x for x, _ in places)) == pytest.approx((0.0, 2.0), abs=0.03)


def test_who_faces_the_trainee_follows_them() -> None:
    engine = started(
        small(("enter: {move: {kim: {path: [door, bench], speed: 0.5 m/s, loop: true}}}", "enter: {emit: x}"))
    )
    facing = engine.gazes((5.0, -2.0))["kim"]
    assert facing.yaw == pytest.approx(-1.5708, abs=1e-4)  # +x is to the right of -z: a turn clockwise
    assert engine.actors["kim"].yaw == pytest.approx(-3.14159, abs=1e-4)  # to the start, behind
    assert engine.bearings["kim"].arousal == 0.5
    assert facing.y == 1.65


def test_signals_are_quantised_to_their_step_and_range() -> None:
    scenario = small()
    assert quantise(scenario, "distance", 3.14159) == 3.1
    assert quantise(scenario, "distance", 99.0) == 20.0
    assert quantise(scenario, "distance", float("nan")) is None
    assert quantise(scenario, "voice", -120.0) == -60.0
    assert quantise(scenario, "voice", None) is None
    assert quantise(scenario, "speaking", 1.0) is True


def test_effects_have_a_journal_form() -> None:
    engine = Engine(small(), seed=3)
    effects = [*engine.start(), *engine.advance(30_000), *engine.apply(Choice("greet"), 30_000)]
    effects += engine.advance(31_000)
    forms = {effect.event()[0]: effect.event()[1] for effect in effects}
    assert {"moved", "offered", "say", "emit", "state_cause", "branch"} <= set(forms)
    assert forms["emit"] == {"event": forms["emit"]["event"]}
    assert "at_ms" not in forms["branch"]


@pytest.mark.parametrize(
    ("resume", "expected"), [("fresh", "standing"), ("shallow", "sitting"), ("deep", "sitting")]
)
def test_a_node_that_resumes_goes_on_where_it_was_left(resume: str, expected: str) -> None:
    scenario = small(
        ("start: standing\n", f"start: standing\n      resume: {resume}\n"),
        ("agitation < 60 for 2 s, to: pacing", "agitation < 85 for 2 s, to: talking"),
        ("uniform(2 s, 6 s)", "100 s"),
    )
    engine = started(scenario)
    engine.apply(Inject("calm"), 100)
    assert engine.nodes["person"] == "talking.sitting"
    for _ in range(5):
        engine.apply(Inject("siren"), 200)
    assert engine.nodes["person"] == "shouting"
    engine.advance(40_000)
    assert engine.nodes["person"] == f"talking.{expected}"
