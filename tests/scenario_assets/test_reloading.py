"""Another version of a scenario under a running session: what goes on, what counts from now, what is refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets.language import Scenario
from scenario_assets.language.difference import Difference, difference
from scenario_assets.runtime import (
    Branch,
    Choice,
    Effect,
    Emitted,
    Engine,
    Goto,
    Hold,
    Inject,
    InputError,
    Moved,
    Nudge,
    Offered,
    Outcome,
    Over,
    Radio,
    Say,
    StateCause,
    Unfit,
)
from tests.scenario_assets.texts import small


def started(scenario: Scenario | None = None, seed: int = 1) -> Engine:
    engine = Engine(scenario or small(), seed=seed)
    engine.start()
    return engine


def branches(effects: tuple[Effect, ...]) -> list[Branch]:
    return [effect for effect in effects if isinstance(effect, Branch)]


def renumbered(scenario: Scenario) -> Scenario:
    """The same scenario under another hash, with a node nobody goes to in front of each region's."""
    idle = replace(scenario.regions["bystander"]["far"], next=(), enter=(), cues=())
    regions = {region: {"aside": idle, **nodes} for region, nodes in scenario.regions.items()}
    return replace(scenario, regions=regions, sha256=scenario.sha256[::-1])


# --- it goes on ------------------------------------------------------------------------------------------------------

_SCRIPT = st.lists(
    st.tuples(
        st.integers(0, 4_000),
        st.sampled_from([
            Choice("greet"), Choice("offer"), Inject("siren"), Inject("calm"), Radio("helper"),
            Nudge("agitation", 20.0), Hold("person.pacing.next[2]", on=True), Goto("person", "pacing"),
        ]),
        st.sampled_from([None, 0.8, 1.5, 4.0]),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40)
@given(_SCRIPT, st.integers(0, 12), st.integers(0, 3))
def test_a_session_goes_on_in_a_renumbered_version_as_if_nothing_had_happened(
    script: list[tuple[int, Choice | Inject | Radio | Nudge | Hold | Goto, float | None]], at: int, seed: int
) -> None:
    stays, reloaded = started(seed=seed), started(seed=seed)
    other = renumbered(small())
    now = 0
    for number, (gap, given_, distance) in enumerate(script):
        now += gap
        for one in (stays, reloaded):
            one.observe({"distance": distance}, now)
            one.advance(now)
        if number == at and reloaded.outcome is None:
            told = reloaded.reload(other)
            assert all(isinstance(effect, StateCause) for effect in told)
        outcomes: list[object] = []
        for one in (stays, reloaded):
            try:
                outcomes.append([e for e in one.apply(given_, now) if not isinstance(e, StateCause)])
            except InputError as error:  # both refuse it, or neither
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
    tails = [[e for e in one.advance(now + 30_000) if not isinstance(e, StateCause)] for one in (stays, reloaded)]
    assert tails[0] == tails[1]
    assert reloaded.states == stays.states
    assert reloaded.nodes == stays.nodes


def test_the_same_version_again_changes_no_state() -> None:
    engine = started()
    engine.observe({"distance": 0.9, "voice": None}, 500)
    engine.apply(Radio("helper"), 700)
    engine.apply(Hold("person.pacing.next[2]", on=True), 800)
    engine.advance(3_333)
    before = json.loads(json.dumps(engine.dump()))
    engine.reload(replace(small(), sha256="0" * 64))
    after = json.loads(json.dumps(engine.dump()))
    for apart in ("scenario", "active_drives", "causes"):  # looked at again by the next tick
        before.pop(apart), after.pop(apart)
    assert after == before


def test_new_rates_and_words_hold_from_the_next_tick_and_the_change_is_told() -> None:
    engine = started()
    engine.observe({"distance": 1.5}, 50)
    engine.advance(1_000)
    was = engine.states["agitation"]
    told = engine.reload(small(("rate: +6 /s, label: crowding", "rate: -4 /s, label: likes company")))
    assert told == (StateCause(1_000, "agitation", "reloaded", 0.0, was),)
    (cause,) = engine.advance(1_050)
    assert isinstance(cause, StateCause)
    assert (cause.label, cause.rate) == ("likes company", -4.0)
    assert engine.states["agitation"] < was


def test_deadlines_stay_as_they_were_set_and_new_ones_count_from_now() -> None:
    engine = started()
    due = {way.rule: way.due_ms for way in engine.ways()}["bystander.near.next[1]"]
    engine.advance(5_000)
    engine.reload(small(
        ('{after: "uniform(20 s, 40 s)", to: far}', '{after: "uniform(90 s, 99 s)", to: far}'),
        ("{when: distance < 1 m for 1 s, to: shouting, label: cornered}",
         "{when: distance < 1 m for 1 s, to: shouting, label: cornered}\n        - {after: 7 s, to: shouting}"),
    ))  # fmt: skip
    ways = {way.rule: way.due_ms for way in engine.ways()}
    assert ways["bystander.near.next[1]"] == due
    assert ways["person.pacing.next[3]"] == 12_000
    (branch, *_) = branches(engine.advance(12_000))
    assert branch.rule == "person.pacing.next[3]"


def test_a_rule_in_front_of_others_does_not_take_their_timers_or_their_hold() -> None:
    engine = started()
    engine.apply(Hold("person.pacing.next[2]", on=True), 100)
    engine.reload(small((
        "        - {when: agitation >= 80, to: shouting, label: escalation}\n",
        "        - {when: said(threat), to: shouting, label: threatened}\n"
        "        - {when: agitation >= 80, to: shouting, label: escalation}\n",
    )))  # fmt: skip
    assert {way.rule for way in engine.ways() if way.held} == {"person.pacing.next[3]"}


def test_a_held_rule_that_was_reworded_is_still_held() -> None:
    engine = started()
    engine.apply(Hold("person.pacing.next[2]", on=True), 100)
    engine.reload(small(("distance < 1 m for 1 s", "distance < 1.2 m for 2 s")))
    assert {way.text for way in engine.ways() if way.held} == {"distance < 1.2 m for 2 s"}


def test_a_for_that_has_begun_goes_on() -> None:
    engine = started()
    engine.observe({"distance": 0.9}, 50)
    engine.advance(800)
    engine.reload(replace(small(("text: Kim leaves", "text: Kim goes away")), seed=7))
    (branch, *_) = branches(engine.advance(2_000))
    assert (branch.at_ms, branch.label) == (1_050, "cornered")


def test_what_is_offered_changes_at_once() -> None:
    engine = started()
    engine.advance(500)
    assert Offered(500, ("greet",)) in engine.reload(small(("offers: [greet, offer]", "offers: greet")))


def test_a_new_actor_and_a_new_region_are_there_from_now_on() -> None:
    engine = started()
    engine.advance(1_000)
    told = engine.reload(small(
        ("  lee: {name: Lee", "  pat: {name: Pat, role: passer-by, at: [1, 1]}\n  lee: {name: Lee"),
        ("start: {person: pacing, bystander: near}", "start: {person: pacing, bystander: near, street: quiet}"),
        ("  bystander:\n", "  street:\n    quiet: {enter: {say: oh, emit: car_passes}}\n  bystander:\n"),
        ("lines:\n", "lines:\n  oh: {actor: pat, text: Oh.}\n"),
        ("reflexes:\n", "reflexes:\n  - {when: event(car_passes), label: hears it, add: {agitation: 1}}\n"),
    ))  # fmt: skip
    assert [e.actor for e in told if isinstance(e, Moved)] == ["pat"]
    assert [e for e in told if isinstance(e, Say)] == [Say(1_000, "pat", "oh")]
    assert engine.nodes["street"] == "quiet"
    assert [e.label for e in engine.advance(1_050) if isinstance(e, StateCause) and e.added] == ["hears it"]


def test_a_node_that_has_got_inner_nodes_begins_with_its_start() -> None:
    plain = small(
        ("      start: standing\n", ""),
        ('      states:\n        standing: {next: [{after: "uniform(2 s, 6 s)", to: sitting}]}\n'
         "        sitting: {enter: {pose: {kim: {posture: sitting}}}}\n", ""),
        ("goto: {person: talking.sitting}", "goto: {person: talking}"),
    )  # fmt: skip
    engine = started(plain)
    engine.apply(Goto("person", "talking"), 400)
    engine.reload(small())
    assert engine.nodes["person"] == "talking.standing"
    assert branches(engine.advance(7_000))[0].target == "talking.sitting"


def test_a_state_stays_in_its_new_range_and_a_new_one_begins_as_at_the_start() -> None:
    engine = started()
    engine.apply(Nudge("agitation", 40.0), 100)
    engine.reload(small(
        ("    range: [0, 100]\n", "    range: [0, 70]\n"),
        ("dynamics:\n", "dynamics:\n  trust: {initial: 12, range: [0, 50], drives: []}\n"),
        ("when: agitation >= 80", "when: agitation >= 69"), ("when: agitation >= 90", "when: agitation >= 68"),
    ))  # fmt: skip
    assert engine.states == {"trust": 12.0, "agitation": 70.0}


# --- it cannot go on -------------------------------------------------------------------------------------------------


def test_an_active_node_that_is_gone_is_named_and_nothing_has_changed() -> None:
    engine = started()
    engine.apply(Goto("person", "talking"), 100)
    before = engine.digest()
    other = small(
        ("[{talking: 0.5}, {pacing: 0.5}]", "[{chatting: 0.5}, {pacing: 0.5}]"),
        ("goto: {person: talking.sitting}", "goto: {person: chatting.sitting}"),
        ("    talking:\n      threat: calm\n", "    chatting:\n      threat: calm\n"),
    )
    assert engine.unfit(other) == ("node person.talking", "node person.talking.standing")
    with pytest.raises(Unfit, match=r"the new version has no node person\.talking, no node person\.talking\.standing"):
        engine.reload(other)
    assert engine.digest() == before
    engine.apply(Goto("person", "pacing"), 200)
    assert engine.unfit(other) == ()


def test_a_pending_timer_that_is_gone_is_named() -> None:
    engine = started()
    other = small(('        - {after: "uniform(20 s, 40 s)", to: far}\n', ""))
    assert engine.unfit(other) == ("timer of bystander.near.next[1] (after 20 to 40 s)",)
    engine.apply(Goto("bystander", "far"), 100)
    assert engine.unfit(other) == ()


def test_a_pending_cue_that_is_gone_is_named_and_one_that_was_said_is_not_missed() -> None:
    engine = started()
    other = small(
        ("        - {at: 2 s, say: hello, emit: cue_shown}\n", ""),
        ("enter: {say: shout, emit: person_shouts", "enter: {say: [shout, hello], emit: [person_shouts, cue_shown]"),
    )
    assert engine.unfit(other) == ("a cue of person.pacing",)
    engine.advance(2_000)
    assert engine.unfit(other) == ()


def test_who_walks_must_be_there_and_who_has_arrived_need_not() -> None:
    engine = started()
    engine.apply(Goto("bystander", "far"), 100)
    other = small(
        ("  lee: {name: Lee,", "  pat: {name: Pat,"),
        ("enter: {move: {lee: {to: [4, 4], speed: 2 m/s}}}", "enter: {move: {pat: {to: [4, 4], speed: 2 m/s}}}"),
        ("pose: {lee: {gesture: pleading}}", "pose: {pat: {gesture: pleading}}"),
    )
    assert engine.unfit(other) == ("actor lee, who is walking",)
    engine.advance(10_000)
    assert engine.unfit(other) == ()
    engine.reload(other)
    assert "lee" not in engine.actors


def test_a_scenario_that_has_ended_goes_on_in_no_version() -> None:
    engine = started()
    assert Outcome(100, "helped", "person.helped") in engine.apply(Goto("person", "helped"), 100)
    with pytest.raises(Over):
        engine.reload(renumbered(small()))


def test_a_dump_of_a_reloaded_engine_belongs_to_the_new_version() -> None:
    engine, other = started(), small(("rate: +6 /s", "rate: +5 /s"))
    engine.advance(3_000)
    engine.reload(other)
    loaded = Engine.load(other, json.loads(json.dumps(engine.dump())))
    assert loaded.advance(20_000) == engine.advance(20_000)
    assert Emitted(2_000, "cue_shown") not in engine.advance(21_000)


def test_what_a_new_node_has_set_off_waits_in_dumps_and_in_the_next_version_too() -> None:
    begins = "  other:\n    one: {enter: {emit: begun}, next: [{when: event(begun), to: two}]}\n    two: {}\n"
    other = small(("bystander: near}", "bystander: near, other: one}"), ("choices:\n", f"{begins}choices:\n"))
    engine = started()
    engine.advance(120)
    assert Emitted(120, "begun") in engine.reload(other)
    loaded = Engine.load(other, json.loads(json.dumps(engine.dump())))
    again = Engine.load(other, engine.dump())
    again.reload(renumbered(other))
    for one in (engine, loaded, again):
        one.advance(150)
        assert one.nodes["other"] == "two"


# --- the difference in words -----------------------------------------------------------------------------------------


def test_the_difference_names_what_was_added_removed_and_changed() -> None:
    other = small(
        ("  offer: {key: \"2\", text: Come along.", "  offer: {key: \"2\", text: Do come."),
        ("  wait: {key: w, text: Wait}\n", "  wait: {key: w, text: Wait}\n  wave: {key: v, text: Wave}\n"),
        ("        - {after: 60 s, to: left}\n", "        - {after: 50 s, to: left}\n"),
        ("limit: {after: 3 min", "limit: {after: 4 min"),
        ("  whisper: {actor: kim, text: Slowly now.}\n", ""), (", murmur, whisper]", ", murmur]"),
    )  # fmt: skip
    assert difference(small(), other) == Difference(
        added=("acts.wave",),
        removed=("lines.whisper",),
        changed=("person.pacing", "person.shouting", "limit", "choices.offer"),
    )
    assert difference(small(), small()) == Difference((), (), ())
