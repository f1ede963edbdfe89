"""Distance, own closing speed and cover, against geometry that can be worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import derive
from telemetry.derive import BODY_POINTS, Boxes, OwnMotion

WALL = Boxes.of([((0.0, 1.5, 0.0), (10.0, 3.0, 0.2))])
COUNTER = Boxes.of([((0.0, 0.5, 0.0), (10.0, 1.0, 0.2))])
PLACES = st.tuples(st.floats(-6, 6), st.floats(0.5, 2.0), st.floats(-6, 6))


def test_distance_is_horizontal_for_values_and_arrays() -> None:
    assert derive.distance(0.0, 0.0, 3.0, 4.0) == 5.0
    found = derive.distance(*np.array([[0, 1], [0, 0], [3, 1], [4, np.nan]], np.float32))
    np.testing.assert_array_equal(found, [5.0, np.nan])
    assert np.asarray(derive.distance(0, 0, [3, 0], 4)).tolist() == [5.0, 4.0]


@pytest.mark.parametrize("rate", [20.0, 72.0, 90.0])
def test_a_steady_walk_has_its_speed_from_end_to_end(rate: float) -> None:
    t = np.arange(0, 10, 1 / rate)
    p = np.stack([0.0 * t, 4.0 - 0.3 * t], axis=1)
    np.testing.assert_allclose(derive.closing_speed(t, p, (0.0, -5.0)), 0.3, atol=1e-3)
    np.testing.assert_allclose(derive.closing_speed(t, p, (0.0, 20.0)), -0.3, atol=1e-3)
    np.testing.assert_allclose(derive.closing_speed(t, p, (1e6, 0.0)), 0.0, atol=1e-3)


def test_the_person_s_own_movement_does_not_count() -> None:
    t = np.arange(0, 10, 0.05)
    p = np.zeros((len(t), 2))
    q = np.stack([0.0 * t, -5.0 + 0.4 * t], axis=1)
    np.testing.assert_allclose(derive.closing_speed(t, p, q), 0.0, atol=1e-9)


def test_smoothing_has_no_delay_and_the_filter_s_gain() -> None:
    """A sway of 0.5 Hz passes, one of 2 Hz is halved, as a Butterworth filter run both ways does."""
    t = np.arange(0, 40, 1 / 72)
    middle = slice(len(t) // 4, -len(t) // 4)
    for hz, gain in ((0.5, 1 / (1 + 0.25**4)), (2.0, 0.5), (6.0, 1 / 82)):
        p = np.stack([0.0 * t, 0.1 * np.sin(2 * np.pi * hz * t)], axis=1)
        speed = derive.closing_speed(t, p, (0.0, 1e6))
        expected = 0.1 * 2 * np.pi * hz * np.cos(2 * np.pi * hz * t) * gain
        np.testing.assert_allclose(speed[middle], expected[middle], atol=0.02 * np.abs(expected).max() + 1e-6)


def test_uneven_rows_and_the_ends_of_a_step_are_smooth() -> None:
    """A step of 1 m within 1 s: its speed peaks in its middle and is near zero before and after."""
    random = np.random.default_rng(1)
    t = np.sort(random.uniform(0, 10, 700))
    z = np.clip(t - 4.5, 0, 1)
    speed = derive.closing_speed(t, np.stack([0 * t, -z], axis=1), (0.0, -10.0))
    np.testing.assert_allclose(speed[(t > 4.8) & (t < 5.2)], 1.0, atol=0.05)
    assert np.interp([4.5, 5.5], t, speed).tolist() == pytest.approx([0.5, 0.5], abs=0.1)
    assert np.abs(speed[(t < 4) | (t > 6)]).max() < 0.02
    assert np.sum(np.diff(t) * speed[1:]) == pytest.approx(1.0, abs=0.02)


def test_gaps_and_what_was_not_tracked_are_not_observed() -> None:
    t = np.concatenate([np.arange(0, 3, 0.05), np.arange(5, 5.1, 0.05), np.arange(9, 12, 0.05)])
    p = np.stack([0.0 * t, -0.5 * t], axis=1)
    p[10] = np.nan
    speed = derive.closing_speed(t, p, (0.0, -20.0))
    np.testing.assert_allclose(speed[(t < 3) | (t > 8)][11:], 0.5, atol=1e-3)
    assert np.isnan(speed[10])
    assert np.isnan(speed[(t > 4) & (t < 8)]).all()
    assert len(derive.closing_speed([], np.zeros((0, 2)), (0.0, 0.0))) == 0


def test_live_motion_follows_and_starts_anew_after_a_gap() -> None:
    motion = OwnMotion()
    assert math.isnan(motion.towards(0.0, 0.0))
    for i in range(40):
        motion.update(i * 0.05, 0.0, -0.4 * i * 0.05)
        if i == 0:
            assert motion.towards(0.0, -9.0) == 0.0
    assert motion.towards(0.0, -9.0) == pytest.approx(0.4, abs=1e-3)
    assert motion.towards(0.0, 9.0) == pytest.approx(-0.4, abs=1e-3)
    before = motion.towards(0.0, -9.0)
    motion.update(1.0, 5.0, 5.0)
    assert motion.towards(0.0, -9.0) == before
    motion.update(10.0, 0.0, 0.0)
    assert motion.towards(0.0, -9.0) == 0.0


def test_live_and_offline_speed_agree_on_a_walk() -> None:
    t = np.arange(0, 12, 0.05)
    z = -2.0 * np.sin(2 * np.pi * t / 12)
    offline = derive.closing_speed(t, np.stack([0 * t, z], axis=1), (0.0, -9.0))
    motion, live = OwnMotion(), []
    for now, at in zip(t.tolist(), z.tolist(), strict=True):
        motion.update(now, 0.0, at)
        live.append(motion.towards(0.0, -9.0))
    np.testing.assert_allclose(live[20:], offline[20:], atol=0.12)


def test_a_wall_hides_all_a_counter_what_is_behind_it_nothing_nothing() -> None:
    trainee, person = (0.0, 1.6, 2.0), (0.0, 1.6, -2.0)
    assert derive.cover(trainee, person, WALL) == 1.0
    assert derive.cover(trainee, person, Boxes(())) == 0.0
    # Half-way between equal eyes, a counter 1 m high hides what is below 0.4 m at 2 m behind it.
    hidden = sum(1.6 - (1.6 - height * 1.6) * 1.9 / 3.9 <= 1.0 for height, _ in BODY_POINTS)
    near = sum(1.6 + (height * 1.6 - 1.6) * 2.1 / 4.0 <= 1.0 for height, _ in BODY_POINTS)
    assert derive.cover(trainee, person, COUNTER) in (hidden / 16, near / 16)
    assert derive.cover((0.0, 0.8, 0.4), person, COUNTER) == 1.0
    assert derive.cover((0.0, 1.6, -1.0), person, WALL) == 0.0


def test_a_pillar_hides_one_side() -> None:
    """Seen along -z, a pillar on the right hides the points on that side only."""
    pillar = Boxes.of([((0.55, 1.0, 1.5), (1.0, 2.0, 0.1))])
    share = derive.cover((0.0, 1.6, 2.0), (0.0, 1.6, -20.0), pillar)
    right = sum(side > 0.051 and height < 1.25 for height, side in BODY_POINTS)
    assert share == right / 16


PAIRS = st.tuples(PLACES, PLACES)


@given(st.lists(PAIRS, min_size=1, max_size=5), st.lists(PAIRS, max_size=3))
def test_single_values_and_arrays_agree(
    pairs: list[tuple[tuple[float, ...], tuple[float, ...]]],
    boxes: list[tuple[tuple[float, ...], tuple[float, ...]]],
) -> None:
    scene = Boxes.of([(centre, tuple(map(abs, size))) for centre, size in boxes])
    single = [derive.cover(eye, other, scene) for eye, other in pairs]
    many = derive.cover([eye for eye, _ in pairs], [other for _, other in pairs], scene)
    assert np.asarray(many).tolist() == single
    assert all(0 <= share <= 1 for share in single)


@given(PLACES, PLACES, PLACES, PLACES, PLACES)
def test_more_cover_never_hides_less(
    eye: tuple[float, ...], other: tuple[float, ...], centre: tuple[float, ...], size: tuple[float, ...],
    second: tuple[float, ...],
) -> None:  # fmt: skip
    one = Boxes.of([(centre, tuple(map(abs, size)))])
    two = Boxes.of([(centre, tuple(map(abs, size))), (second, (1.0, 2.0, 1.0))])
    assert derive.cover(eye, other, two) >= derive.cover(eye, other, one)


def test_an_unknown_place_has_unknown_cover() -> None:
    assert math.isnan(float(derive.cover((math.nan, 1.6, 0.0), (0.0, 1.6, -2.0), WALL)))
    found = derive.cover([(0.0, math.nan, 0.0), (0.0, 1.6, 2.0)], (0.0, 1.6, -2.0), WALL)
    np.testing.assert_array_equal(found, [np.nan, 1.0])
    assert np.shape(derive.cover(np.zeros((0, 3)), (0.0, 1.6, 0.0), WALL)) == (0,)
