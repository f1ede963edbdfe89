"""Distance kept and crowding: what counts, what does not, and what is said about it."""

from dataclasses import replace

import numpy as np
import pytest

from scoring import Profile, score
from scoring.catalogue import COMPONENTS
from scoring.measurement import Status
from scoring.observed import observe
from tests.scoring.traces import RULES, Play, measure, shelter, steps, still, trace

UPSET = ((0.0, "upset", "person.calm.next[0]"),)
VISIT = steps((0, 3), (60, 3), (60.5, 1.1), (63.5, 1.1), (64, 3))


def test_distance_kept_all_the_time() -> None:
    found = measure("distance_kept", Play(distance=still(2.5), branches=UPSET))
    assert (found.value, found.score, found.coverage, found.evidence) == (1.0, 100.0, 1.0, ())
    assert (found.low, found.high) == (100.0, 100.0)


def test_a_visit_is_told_by_its_moment_its_nearest_place_and_what_was_needed() -> None:
    found = measure("distance_kept", Play(distance=VISIT, branches=UPSET, seconds=40 + 64))
    (lapse,) = found.evidence
    assert lapse.text == (
        "At 01:00 you stood 1.1 m from Daniel, too near for 3.4 s; 2.0 m was needed while Daniel was agitated."
    )
    assert lapse.observed == pytest.approx(1.1)
    assert (lapse.expected, lapse.unit) == (2.0, "m")
    assert lapse.t_start == pytest.approx(16 + 60.32, abs=0.03)
    assert lapse.t_end == pytest.approx(16 + 63.68, abs=0.03)
    assert "room" in lapse.alternative


def test_the_share_is_of_exposed_time() -> None:
    # Near for 20 s of 100: engaged from the start, because 3 m is within social distance.
    play = Play(distance=lambda t: np.where((t >= 20) & (t < 40), 1.0, 3.0), branches=UPSET, seconds=100)
    found = measure("distance_kept", play)
    assert found.value == pytest.approx(0.8, abs=0.001)
    assert found.score == pytest.approx(100 * (0.8 - 0.5) / 0.45, abs=0.2)
    assert found.score is not None
    assert sum(lapse.points for lapse in found.evidence) == pytest.approx(found.score - 100, abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.score < found.high


def test_the_calm_need_less_distance_and_a_tenth_is_tolerated() -> None:
    assert measure("distance_kept", Play(distance=still(1.15))).value == 1.0
    assert measure("distance_kept", Play(distance=still(1.05))).value == 0.0
    assert measure("distance_kept", Play(distance=still(1.85), branches=UPSET)).value == 1.0
    assert measure("distance_kept", Play(distance=still(1.75), branches=UPSET)).value == 0.0


def test_the_time_before_anything_began_does_not_count() -> None:
    """Far away and silent for a minute, then a minute too near: all of what counts was too near."""
    play = Play(distance=steps((0, 9), (60, 9), (60.01, 1.0)), speech=[(60, 80, 0.0)], said=())
    assert measure("distance_kept", play).value == pytest.approx(0.0, abs=0.01)


def test_who_neither_spoke_nor_came_near_is_judged_on_all_of_it() -> None:
    found = measure("distance_kept", Play(distance=still(9), speech=()))
    assert (found.value, found.coverage) == (1.0, 1.0)


def test_frozen_time_does_not_count() -> None:
    play = Play(distance=lambda t: np.where((t >= 30) & (t < 60), 0.5, 3.0), frozen=[(30, 60)])
    assert measure("distance_kept", play).value == pytest.approx(1.0, abs=0.001)


def test_weapon_distances_are_scored_only_if_the_profile_sets_them() -> None:
    armed = Play(distance=still(3.0), branches=[(0, "upset.armed", "upset.armed.goto")])
    assert measure("distance_kept", armed).status is Status.NOT_APPLICABLE
    assert measure("distance_kept", armed, contact_weapon_m=6.4).value == 0.0
    half = armed.but(branches=[(60, "upset.armed", "upset.armed.goto")])
    assert measure("distance_kept", half).value == 1.0
    assert measure("distance_kept", half, contact_weapon_m=6.4).value == pytest.approx(0.5, abs=0.01)


def test_a_scenario_may_ask_for_more_distance_and_never_for_less() -> None:
    assert measure("distance_kept", Play(distance=still(1.3)), calm_m=0.8).value == 1.0
    assert measure("distance_kept", Play(distance=still(1.0)), calm_m=0.8).value == 0.0  # the scenario says 1.2
    assert measure("distance_kept", Play(distance=still(1.3)), calm_m=1.6).value == 0.0


@pytest.mark.parametrize(
    ("play", "status", "reason"),
    [
        (Play(lost={"head_pose": [(-9, 999)]}), Status.MISSING, "not in the record"),
        (Play(lost={"actor_pose": [(-9, 999)]}), Status.MISSING, "not in the record"),
        (Play(lost={"head_pose": [(10, 90)]}), Status.INSUFFICIENT, "was tracked; half is needed"),
        (Play(seconds=8, speech=()), Status.INSUFFICIENT, "10 s are needed"),
    ],
)
def test_what_was_not_observed_is_said(play: Play, status: Status, reason: str) -> None:
    for name in ("distance_kept", "crowding"):
        found = measure(name, play)
        assert (found.status, found.score, found.low, found.high) == (status, None, 0.0, 100.0)
        assert reason in str(found.reason)


def test_a_gap_is_left_out_and_never_bridged() -> None:
    near = lambda t: np.where((t >= 40) & (t < 60), 1.0, 3.0)  # noqa: E731
    found = measure("distance_kept", Play(distance=near, branches=UPSET, lost={"head_pose": [(45, 55)]}))
    assert found.coverage == pytest.approx(110 / 120, abs=0.002)
    assert found.value == pytest.approx(100 / 110, abs=0.002)
    assert [round(lapse.t_start - 16) for lapse in found.evidence] == [40, 55]


def test_implausible_rows_are_not_observed() -> None:
    recorded = trace(Play(distance=lambda t: np.where((t >= 30) & (t < 45), 0.1, 3.0)))
    head = recorded.tracks[0]
    flagged = replace(head, flags=(head["pz"] < 1).astype(np.int16))
    seen = observe(replace(recorded, tracks=(flagged, *recorded.tracks[1:])), shelter())
    assert seen is not None
    found = COMPONENTS["tactics"]["distance_kept"].function(seen, RULES["distance_kept"])
    assert found.value == 1.0
    assert found.coverage == pytest.approx(105 / 120, abs=0.002)


@pytest.mark.parametrize(("agitation", "low"), [(75.0, 0.0), (20.0, 100.0)])
def test_a_hole_may_have_held_a_charge_if_anybody_was_agitated(agitation: float, low: float) -> None:
    play = Play(seconds=120, distance=still(2.5), agitation=still(agitation), branches=UPSET)
    assert (measure("crowding", play).low, measure("crowding", play).high) == (100, 100)
    hole = measure("crowding", play.but(lost={"head_pose": [(40, 60)]}))
    assert (hole.score, hole.low, hole.high) == (100, low, 100)


def test_stature_and_a_wheelchair_change_nothing() -> None:
    recorded = trace(Play(distance=VISIT, branches=UPSET))
    head = recorded.tracks[0]
    seated = replace(head, columns={**head.columns, "py": head["py"] * np.float32(0.6)})
    grades = [
        score(each, shelter(), Profile.load(), software="x").to_json()["components"]
        for each in (recorded, replace(recorded, tracks=(seated, *recorded.tracks[1:])))
    ]
    assert grades[0] == grades[1]


def test_walking_at_an_agitated_person_is_crowding() -> None:
    rush = steps((0, 6), (30, 6), (32, 2.0), (60, 2.0))
    upset = Play(distance=rush, branches=UPSET, agitation=still(70))
    found = measure("crowding", upset)
    (lapse,) = found.evidence
    assert found.n == 1
    assert found.value == pytest.approx(0.5, abs=0.02)  # one in two minutes
    assert lapse.t_start == pytest.approx(16 + 31.5, abs=0.1)
    assert lapse.observed == pytest.approx(2.0, abs=0.1)
    assert lapse.text.startswith("At 00:31 you walked towards Daniel at 2.1 m/s for 0.5 s, from 3.0 m")
    assert measure("crowding", upset.but(agitation=still(30))).n == 0
    assert measure("crowding", upset.but(distance=steps((0, 6), (30, 6), (38, 2.0)))).n == 0
    assert measure("crowding", upset.but(distance=steps((0, 9), (30, 9), (32, 5.5)))).n == 0
    assert measure("crowding", upset.but(distance=steps((0, 2.5), (30, 2.5), (32, 6)))).n == 0


def test_the_persons_own_motion_never_counts_as_crowding() -> None:
    play = Play(
        distance=still(3), person_z=steps((30, 0), (31, 2), (33, 2), (34, 0)), branches=UPSET, agitation=still(90)
    )
    assert measure("crowding", play).n == 0


def test_jitter_of_tracking_is_no_walk() -> None:
    rng = np.random.default_rng(3)
    shaky = Play(distance=lambda t: 2.5 + 0.004 * rng.standard_normal(len(t)), branches=UPSET, agitation=still(90))
    assert measure("crowding", shaky).n == 0


def test_without_the_persons_state_crowding_is_not_observed() -> None:
    found = measure("crowding", Play(lost={"person_state": [(-9, 999)]}))
    assert (found.status, found.score) == (Status.MISSING, None)
