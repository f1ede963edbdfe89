"""Cover: the same measure as the live one, where to stand behind a box, and scripted trainees who go there."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language import examine
from scenario_assets.language.staging import Bounds, Box
from scenario_assets.runtime import Driver, Simulation, explore, policy_as_json
from scenario_assets.runtime.cover import BODY_POINTS, CLEARANCE_M, behind, corners, hidden, way_round
from scenario_assets.runtime.senses import EYES_M, Senses, Stance
from telemetry import derive
from tests.scenario_assets.texts import changed, small

WIDE = Bounds(x=(-50, 50), z=(-50, 50))
numbers = st.floats(-8, 8)
places = st.tuples(numbers, numbers)
eyes = st.tuples(numbers, st.floats(0.5, 2), numbers)
boxes = st.builds(
    lambda center, size: Box(id="b", label="box", center=center, size=size),
    st.tuples(numbers, st.floats(0, 2), numbers),
    st.tuples(st.floats(0.05, 5), st.floats(0.1, 3), st.floats(0.05, 5)),
)


def test_bodies_are_those_of_the_live_measure() -> None:
    assert BODY_POINTS == derive.BODY_POINTS


@given(own=eyes, other=eyes, cover=st.lists(boxes, max_size=4))
def test_the_share_hidden_is_the_live_measures(
    own: tuple[float, float, float], other: tuple[float, float, float], cover: list[Box]
) -> None:
    live = derive.cover(own, other, derive.Boxes.of((box.center, box.size) for box in cover))
    assert hidden(own, other, [corners(box) for box in cover]) == live


def test_random_scenes_hide_all_some_and_nothing() -> None:
    """Guards the property above against agreeing only because nothing is ever hidden."""
    rng = np.random.default_rng(3)
    found = set()
    for _ in range(300):
        x, z, width = (float(n) for n in rng.uniform((-3, -3, 0.1), 3))
        box = Box(id="b", label="box", center=(x, 0.6, z), size=(width, 1.2, 0.3))
        found.add(hidden((0.0, EYES_M, 4.0), (0.0, 1.65, -4.0), [corners(box)]))
    assert len(found) > 8
    assert 0.0 in found
    assert max(found) < 1.0  # nobody of normal height is hidden by 1.2 m
    wall = Box(id="b", label="wall", center=(0, 1.5, 0), size=(4, 3, 0.2))
    assert hidden((0.0, EYES_M, 4.0), (0.0, 1.65, -4.0), [corners(wall)]) == 1.0


@given(box=boxes, other=places)
def test_behind_a_box_is_clear_of_it_and_has_it_in_between(box: Box, other: tuple[float, float]) -> None:
    spot = behind(box, other)
    x, z = box.center[0], box.center[2]
    beyond = max(abs(spot[0] - x) - box.size[0] / 2, abs(spot[1] - z) - box.size[2] / 2)
    assert beyond == pytest.approx(CLEARANCE_M)
    if math.dist(other, (x, z)) > 1e-3:
        # The middle lies between the two, on one line.
        assert math.dist(other, (x, z)) + math.dist((x, z), spot) == pytest.approx(math.dist(other, spot))


@given(box=boxes, start=places, other=places)
def test_the_way_round_arrives_and_keeps_off_the_box(
    box: Box, start: tuple[float, float], other: tuple[float, float]
) -> None:
    goal, here, walked = behind(box, other), start, [start]
    for _ in range(3):
        here = way_round(here, goal, box, WIDE)
        walked.append(here)
        if here == goal:
            break
    assert here == goal
    # Nearer than half the clearance only where the way began nearer.
    margin = CLEARANCE_M / 2 - 1e-9 if _outside(box, start, CLEARANCE_M / 2 + 1e-9) else 0.0
    if _outside(box, start, 1e-9):
        for a, b in pairwise(walked):
            for share in np.linspace(0, 1, 50):
                place = (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
                assert _outside(box, place, margin)


def _outside(box: Box, place: tuple[float, float], margin: float) -> bool:
    return (
        abs(place[0] - box.center[0]) >= box.size[0] / 2 + margin
        or abs(place[1] - box.center[2]) >= box.size[2] / 2 + margin
    )


def test_where_the_bounds_leave_no_way_round_it_leads_straight() -> None:
    counter = Box(id="b", label="counter", center=(0, 0.5, 0), size=(10, 1, 1))
    room = Bounds(x=(-5, 5), z=(-5, 5))
    assert way_round((0, 3), (0, -3), counter, room) == (0, -3)
    assert way_round((0, 3), (0, -3), counter, WIDE) in {(-5.5, 1.0), (5.5, 1.0)}


#: A trainee who approaches, and then goes behind the wall that stands at [2, 0].
HIDER = (
    "      - {at: 2 s, choose: greet}\n",
    "      - {at: 10 s, take_cover: wall}\n",
)
SEEN = (
    "  speaking: {source: trainee.speaking, type: bool, stale_after: 500 ms}\n",
    "  speaking: {source: trainee.speaking, type: bool, stale_after: 500 ms}\n"
    "  cover: {source: trainee.cover_from.kim, range: [0, 1], step: 0.05, stale_after: 500 ms}\n",
)


def test_a_scripted_trainee_takes_cover_and_keeps_it() -> None:
    session = Simulation(small(HIDER, SEEN), "friend", 1)
    senses = Senses(session.scenario)
    paces: list[float] = []
    covered: list[float | bool | None] = []
    while session.now < 30_000:
        before = session.trainee.stance(session.now).at
        session.tick()
        here = session.trainee.stance(session.now).at
        if session.now > 10_050:
            paces.append(math.dist(before, here) / 0.05)
        if session.now > 20_000:
            covered.append(senses.changed(session.engine, Stance(here)).get("cover", covered[-1] if covered else None))
            assert _outside(session.scenario.scene.cover[0], here, 0.0)
    assert max(paces) == pytest.approx(1.4)
    # The wall is a metre wide and two high: kim, who walks to and fro, sees hardly anything of who is behind it.
    assert min(share for share in covered if isinstance(share, float)) >= 0.5
    assert max(share for share in covered if isinstance(share, float)) == 1.0


def test_cover_is_a_signal_that_guards_read_in_simulations() -> None:
    cautious = ("- {when: said(reflection) within 5 s, rate: -2 /s, label: understood}",
                "- {when: cover > 0.9 for 1 s, rate: -2 /s, label: not seen}")  # fmt: skip
    explored = explore(small(HIDER, SEEN, cautious), policies=["friend", "nothing"], seeds=2)
    unseen = Driver("agitation", 1)
    assert unseen not in explored.samples["friend"].coverage.never_at_work
    assert unseen in explored.samples["nothing"].coverage.never_at_work


def test_taking_cover_is_plain_data_for_bots() -> None:
    steps = policy_as_json(small(HIDER), "friend")["steps"]
    assert isinstance(steps, list)
    assert steps[1] == {
        "at_ms": 10_000, "every_ms": None, "until_ms": None, "heard": [], "do": "take_cover", "box": "wall",
        "from": "kim", "speed": 1.4,
    }  # fmt: skip


def test_closing_speed_is_the_trainees_own() -> None:
    closing = (
        SEEN[0],
        SEEN[0] + "  closing: {source: trainee.closing_speed_to.lee, unit: m/s, range: [-4, 4], step: 0.1, "
        "stale_after: 500 ms}\n",
    )
    session = Simulation(small(closing), "nothing", 1)
    senses = Senses(session.scenario)
    lee = session.engine.place_of("lee")
    assert lee == (3.0, 0.0)
    for stance, speed in [
        (Stance((0.0, 0.0), (1.0, 0.0)), 1.0),
        (Stance((0.0, 0.0), (-0.5, 2.0)), -0.5),
        (Stance((3.0, 0.0), (1.0, 0.0)), 0.0),
    ]:
        assert Senses(session.scenario).changed(session.engine, stance)["closing"] == pytest.approx(speed)
    assert "closing" in senses.changed(session.engine, Stance((0.0, 0.0)))
    assert senses.changed(session.engine, Stance((0.0, 0.0))) == {}


def test_a_box_that_is_not_there_is_a_fault() -> None:
    _, faults = examine("small.yaml", text=changed((HIDER[0], HIDER[1].replace("wall", "tree"))))
    (fault,) = faults
    assert (fault.code, fault.message) == ("S023", "no box of the scene's cover 'tree'; known: wall")
