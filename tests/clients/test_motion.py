"""A bot's walk: exact between its knots, at a human pace, inside the scene."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.motion import ACCELERATION_M_S2, EYE_HEIGHT, POSE_COLUMNS, WALK_M_S, Body, Knot
from telemetry.streams import STREAMS

BOUNDS = ((-4.0, 4.0), (-6.0, 6.0))
PERSON = (0.0, -2.0)


def a_body() -> Body:
    return Body(0.0, (0.0, 5.0), 0.0, bounds=BOUNDS)


def walk(body: Body, towards: tuple[float, float], seconds: float, *, step_ms: float = 100.0) -> None:
    start_ms = body.walk[-1].ms
    for step in range(1, round(seconds * 1000 / step_ms) + 1):
        body.step(start_ms + step * step_ms, towards=towards, looking_at=PERSON)


def speeds(knots: list[Knot]) -> list[float]:
    return [math.hypot(b.x - a.x, b.z - a.z) / (b.ms - a.ms) * 1000 for a, b in pairwise(knots)]


def test_the_columns_are_the_declared_ones() -> None:
    assert tuple(column.name for column in STREAMS["head_pose"].columns) == POSE_COLUMNS


@given(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), st.sampled_from([30.0, 100.0, 250.0]))
def test_it_arrives_exactly_at_a_human_pace_and_stays_inside(to: tuple[float, float], step_ms: float) -> None:
    body = a_body()
    walk(body, to, 20, step_ms=step_ms)
    inside = (min(max(to[0], -4), 4), min(max(to[1], -6), 6))
    assert body.place == pytest.approx(inside, abs=1e-6)
    assert max(speeds(body.walk)) <= WALK_M_S + 1e-9
    assert all(-4 <= knot.x <= 4 and -6 <= knot.z <= 6 for knot in body.walk)


def test_it_gathers_speed_like_a_person() -> None:
    body = a_body()
    walk(body, (0.0, -5.0), 2)
    gained = np.diff([0.0, *speeds(body.walk)])
    assert gained.max() <= ACCELERATION_M_S2 * 0.1 + 1e-9
    assert speeds(body.walk)[-1] == pytest.approx(WALK_M_S)


def test_rows_lie_on_the_walk() -> None:
    body = a_body()
    rows, times = [], []
    for step in range(1, 40):
        body.step(step * 100.0, towards=(2.0, 0.0), looking_at=PERSON)
        due = np.arange(step * 7, step * 7 + 7, dtype=np.float64) * (100 / 7) - 99
        rows.append(body.rows(due))
        times.append(due)
    poses, at = np.concatenate(rows, axis=1), np.concatenate(times)
    knots = np.array([(knot.ms, knot.x, knot.z) for knot in body.walk])
    np.testing.assert_allclose(poses[0], np.interp(at, knots[:, 0], knots[:, 1]), atol=1e-6)
    np.testing.assert_allclose(poses[2], np.interp(at, knots[:, 0], knots[:, 2]), atol=1e-6)
    assert np.abs(poses[1] - EYE_HEIGHT).max() < 0.03
    np.testing.assert_allclose((poses[3:] ** 2).sum(axis=0), 1, atol=1e-6)


def test_it_looks_where_it_should() -> None:
    body = Body(0.0, (3.0, -2.0), 0.0, bounds=BOUNDS)
    walk(body, (3.0, -2.0), 2)
    assert math.degrees(body.walk[-1].yaw) == pytest.approx(90)  # the person is to its left, at -x
    x, y, z, w = body.rows(np.array([2000.0]))[3:, 0]
    # The direction of -z turned by the quaternion.
    ahead = (-2 * (x * z + w * y), -2 * (y * z - w * x), -(1 - 2 * (x * x + y * y)))
    assert ahead == pytest.approx((-1, 0, 0), abs=0.05)


def test_it_turns_the_short_way_round_at_a_head_s_pace() -> None:
    body = Body(0.0, (0.0, 0.0), math.radians(170), bounds=BOUNDS)
    walk(body, (0.0, 0.0), 1.0)  # the person is straight ahead of yaw 0
    assert math.degrees(body.walk[-1].yaw) == pytest.approx(0, abs=1e-6)
    turned = np.abs(np.diff([knot.yaw for knot in body.walk]))
    assert turned.max() <= math.pi * 0.1 + 1e-9
    other = Body(0.0, (0.0, 0.0), math.radians(190), bounds=BOUNDS)
    walk(other, (0.0, 0.0), 1.0)
    assert math.degrees(other.walk[-1].yaw) == pytest.approx(360, abs=1e-6)


def test_a_clock_that_does_not_move_moves_nobody() -> None:
    body = a_body()
    body.step(0.0, towards=(1.0, 1.0), looking_at=PERSON)
    assert len(body.walk) == 1
    assert body.rows(np.array([0.0]))[0, 0] == 0
