"""Many simulated trainees: intervals, coverage, verdicts, and that processes make no difference."""

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language.judging import Expect
from scenario_assets.language.trainee import Policy, Step
from scenario_assets.runtime import (
    TICK_MS,
    Choice,
    Driver,
    Ending,
    Input,
    Share,
    Simulation,
    StateCause,
    Tally,
    UnknownName,
    Way,
    explore,
    judge,
    simulate,
    verify,
)
from scenario_assets.runtime.senses import Stance
from tests.scenario_assets.texts import small

#: Newcombe, R. G. (1998), Statistics in Medicine 17, 857-872, table I: the score method's intervals.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("met", "of", "low", "high"), NEWCOMBE)
def test_wilsons_interval_is_the_published_one(met: int, of: int, low: float, high: float) -> None:
    share = Share(met, of)
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-5)
    mirrored = Share(of - met, of)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@given(of=st.integers(1, 100_000), data=st.data())
def test_an_interval_holds_its_share_and_reaches_an_end_only_with_it(of: int, data: st.DataObject) -> None:
    met = data.draw(st.integers(0, of))
    share = Share(met, of)
    assert 0.0 <= share.low <= share.value <= share.high <= 1.0
    assert (share.high == 1.0) == (met == of)
    assert (share.low == 0.0) == (met == 0)


def test_shares_are_told_to_people() -> None:
    assert str(Share(13, 20)) == "65 % (43 to 82 %)"
    assert str(Share(0, 0)) == "none"
    assert math.isnan(Share(0, 0).value)


def expect(at_least: float, seeds: int, within: int | None = None) -> Expect:
    return Expect(policy="p", seeds=seeds, outcome=("good",), at_least=at_least, within=within)


def ended(good: int, bad: int) -> list[Ending]:
    return [Ending("good", 1000)] * good + [Ending("bad", 1000)] * bad


@pytest.mark.parametrize(
    ("good", "seeds", "at_least", "verdict"),
    [
        (6, 6, 1.0, "met"),
        (5, 6, 1.0, "violated"),  # "always" is refuted by one session, however few there are
        (16, 20, 0.8, "met"),
        (15, 20, 0.8, "open"),
        (13, 20, 0.8, "open"),
        (11, 20, 0.8, "violated"),  # its interval ends at 74 %
        (650, 1000, 0.8, "violated"),  # more sessions leave less open
        (0, 3, 0.0, "met"),
    ],
)
def test_an_expectation_is_violated_when_the_whole_interval_lies_below(
    good: int, seeds: int, at_least: float, verdict: str
) -> None:
    tally = judge(expect(at_least, seeds), ended(good, seeds - good))
    assert tally.verdict == verdict
    assert tally.holds == (verdict != "violated")
    assert tally.share == Share(good, seeds)


def test_only_what_ends_in_time_meets_an_expectation() -> None:
    endings = [Ending("good", 999), Ending("good", 1001), Ending("bad", 5)]
    tally = judge(expect(0.5, 3, within=1000), endings)
    assert tally.share == Share(1, 3)
    assert tally.outcomes == Counter(good=2, bad=1)


def test_an_expectation_is_judged_by_as_many_sessions_as_it_names() -> None:
    assert judge(expect(1.0, 2), ended(2, 5)).share == Share(2, 2)
    with pytest.raises(ValueError, match="p asks for 4 sessions, 3 were simulated"):
        judge(expect(1.0, 4), ended(3, 0))


def test_what_is_explored_is_what_single_simulations_give() -> None:
    scenario = small()
    explored = explore(scenario, seeds=3)
    assert list(explored.samples) == ["nothing", "friend"]
    for policy, sample in explored.samples.items():
        single = [simulate(scenario, policy, seed) for seed in range(3)]
        assert sample.endings == tuple(Ending(one.outcome, one.ms) for one in single)
        assert sample.coverage.sessions == 3
    assert explored.coverage == explored.samples["nothing"].coverage + explored.samples["friend"].coverage
    (only,) = scenario.expect
    assert verify(scenario, only) == Tally(only, Share(3, 3), Counter(nothing=3))


def test_processes_make_no_difference() -> None:
    scenario = small()
    counts = {"nothing": 11, "friend": 25}
    told: list[int] = []
    apart = explore(scenario, seeds=counts, jobs=2, progress=told.append)
    assert sum(told) == 36
    assert apart == explore(scenario, seeds=counts, jobs=1)
    assert [len(sample.endings) for sample in apart.samples.values()] == [11, 25]


def test_a_failure_in_a_worker_is_raised_here() -> None:
    broken = replace(small(), policies={"flier": Policy(steps=(Step(act="fly"),))}, sha256="")
    with pytest.raises(UnknownName, match="no act 'fly'; known: wait"):
        explore(broken, seeds=20, jobs=2)


def test_unknown_policies_are_told_before_anything_is_played() -> None:
    with pytest.raises(UnknownName, match="no policy 'nobody'; known: nothing, friend"):
        explore(small(), policies=["nobody"])


def test_a_scenario_without_policies_touches_nothing() -> None:
    explored = explore(replace(small(), policies={}, sha256=""))
    assert explored.samples == {}
    assert explored.coverage.sessions == 0
    assert set(explored.coverage.never_entered) == set(explored.coverage.nodes)
    assert explored.coverage.saturated("agitation") == 0.0


#: Lowest arousal, nobody near: the states and transitions of these sessions can be counted by hand.
STILL = (
    ("initial: 50", "initial: 0"),
    ("half_life: {to: 40, after: 1 min}", "half_life: {to: 0, after: 1 min}"),
)


def test_coverage_counts_by_hand() -> None:
    coverage = explore(small(*STILL), policies=["nothing"], seeds=4).coverage
    assert coverage.sessions == 4
    assert coverage.ms == 4 * 180_000
    assert coverage.nodes["person.pacing"] == coverage.nodes["bystander.near"] == 4
    assert coverage.nodes["bystander.far"] == 4
    assert coverage.never_entered == (
        "person.shouting", "person.talking", "person.talking.standing", "person.talking.sitting", "person.helped",
        "person.left",
    )  # fmt: skip
    fired = {way for way, count in coverage.ways.items() if count}
    assert fired == {Way("bystander.near.next[1]", "far")}
    assert coverage.ways[Way("bystander.near.next[1]", "far")] == 4
    assert Way("person.pacing.next[1]", "pacing") in coverage.never_fired  # each weighted target counts
    assert not any(way.rule.endswith(".goto") for way in coverage.ways)
    assert coverage.never_at_work == (Driver("agitation", 0), Driver("agitation", 1))
    assert coverage.never_reacted == ("reflexes[0]",)
    assert coverage.saturated("agitation") == 1.0
    reach = coverage.states["agitation"]
    assert (reach.low, reach.high, reach.at_low_ms, reach.at_high_ms) == (0.0, 0.0, 4 * 180_000, 0)


def test_nodes_passed_within_one_moment_count_as_entered() -> None:
    brief = (
        'standing: {next: [{after: "uniform(2 s, 6 s)", to: sitting}]}',
        "standing: {next: [{when: agitation >= 0, to: sitting}]}",
    )
    coverage = explore(small(brief), policies=["friend"], seeds=6).coverage
    assert coverage.nodes["person.talking.standing"] == coverage.nodes["person.talking"] > 0
    assert coverage.ways[Way("person.talking.standing.next[0]", "talking.sitting")] == coverage.nodes["person.talking"]


def test_drives_count_the_time_they_are_at_work() -> None:
    scenario = small(("approach: {to: 3 m, speed: 1 m/s}", "approach: {to: 1.9 m, speed: 2 m/s}"))
    driver = Driver("agitation", 0)
    counted = explore(scenario, policies=["friend"], seeds=1).coverage.drives[driver]
    told, began = 0, None
    result = simulate(scenario, "friend", 0)
    for cause in (effect for effect in result.log if isinstance(effect, StateCause) and not effect.added):
        if began is not None:
            told += cause.at_ms - began
        began = cause.at_ms if "crowding" in cause.label else None
    if began is not None:  # the tick that ended the session still had the drive at work
        told += result.ms - began + TICK_MS
    assert 1_000 < counted == told < result.ms


def test_times_are_quartiles_of_those_who_ended_so() -> None:
    sample = explore(small(), policies=["nothing"], seeds=2).samples["nothing"]
    times = replace(sample, endings=(Ending("a", 1), Ending("b", 2), Ending("b", 4), Ending("b", 6))).times
    quarters = times("b")
    assert quarters is not None
    assert (quarters.low, quarters.median, quarters.high) == (3, 4, 5)
    alone = times("a")
    assert alone is not None
    assert (alone.low, alone.median, alone.high) == (1, 1, 1)
    assert times("c") is None
    everybody = times()
    assert everybody is not None
    assert everybody.median == 3


class Stutterer:
    """Stands at the start, and greets twice at once."""

    def walk(self, place_of: object, seconds: float) -> None:
        pass

    def stance(self, now: int) -> Stance:
        return Stance((0.0, 4.0))

    def acts(self, now: int, offered: Collection[str]) -> list[Input]:
        return [Choice("greet"), Choice("greet")] if "greet" in offered else []


def test_a_choice_that_another_deed_has_just_taken_away_is_not_made() -> None:
    for seed in range(4):  # sooner or later kim talks after the first of the two
        session = Simulation(small(), Stutterer(), seed)
        while session.now < 5_000:
            session.tick()
        assert session.engine.nodes["person"].startswith("talking")
