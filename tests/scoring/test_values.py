"""Value functions: golden points of the scoring model, and which knots are refused."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from scoring import Profile
from scoring.values import ValueFunction

RULES = {rule.id: rule for component in Profile.load().components for rule in component.rules}


@pytest.mark.parametrize(
    ("measure", "value", "points"),
    [
        # The golden vector of the scoring model, 7.7.
        ("vocal_effort", 1.5, 100.0),
        ("loud_fraction", 0.01, 95.0),
        ("distance_kept", 0.93, 95.56),
        ("crowding", 0.1, 90.0),
        ("help_called", 45, 90.0),
        # The steps of ANSI S3.5 and the clamped ends.
        ("vocal_effort", 6.2, 60.0),
        ("vocal_effort", 13.1, 10.0),
        ("vocal_effort", 30.0, 0.0),
        ("vocal_effort", -40.0, 60.0),
        ("distance_kept", 0.2, 0.0),
        ("distance_kept", 1.0, 100.0),
        ("help_called", 1e6, 0.0),
        ("first_verbal_contact", 35, 50.0),
    ],
)
def test_golden_points(measure: str, value: float, points: float) -> None:
    assert RULES[measure].value(value) == pytest.approx(points, abs=0.005)


def test_the_range_of_full_points() -> None:
    assert RULES["vocal_effort"].value.full == (-6, 3)
    assert RULES["help_called"].value.full == (-math.inf, 30)
    assert RULES["distance_kept"].value.full == (0.95, math.inf)


@pytest.mark.parametrize(
    ("knots", "fault"),
    [
        ([[0, 100]], "at least 2"),
        ([[0, 0], [0, 100]], "must increase"),
        ([[1, 0], [0, 100]], "must increase"),
        ([[0, 0], [1, 90]], "100 must be attainable"),
        ([[0, -1], [1, 100]], "between 0 and 100"),
        ([[0, 0], [1, math.nan]], "finite"),
        ([[0, 0], [1, 100, 2]], "not a pair"),
        ([[0, 100], [1, 50], [2, 100]], "only rise, only fall, or rise and then fall"),
    ],
)
def test_knots_that_are_refused(knots: list[list[float]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        ValueFunction.of(knots)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9, unique=True), st.floats(-2e6, 2e6), st.data())
def test_points_stay_between_0_and_100(xs: list[float], value: float, data: st.DataObject) -> None:
    peak = data.draw(st.integers(0, len(xs) - 1))
    points = sorted(data.draw(st.lists(st.floats(0, 99), min_size=len(xs), max_size=len(xs))))
    points = [*points[:peak], 100.0, *reversed(points[peak : len(xs) - 1])]
    worth = ValueFunction.of([[x, y] for x, y in zip(sorted(xs), points, strict=True)])(value)
    assert 0 <= worth <= 100
