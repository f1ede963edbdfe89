"""Evidence adds up to the loss, exactly; and reads well."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from scoring.evidence import Lapse, clock, lasting, shared


def lapse(t: float, share: float) -> Lapse:
    return Lapse(t, t + 1, "near", 1.0, 2.0, "m", f"at {t}", "head_pose", share)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e6)), min_size=1, max_size=200), st.floats(0, 100))
def test_the_points_add_up_to_the_loss(given: list[tuple[float, float]], loss: float) -> None:
    rows = shared([lapse(t, share) for t, share in given], loss, {"near": "step back"})
    assert sum(row.points for row in rows) == pytest.approx(-loss, abs=1e-9)
    assert all(row.points <= 0 for row in rows)
    assert [row.t_start for row in rows] == sorted(row.t_start for row in rows)


def test_a_loss_nobody_explains_is_our_fault() -> None:
    with pytest.raises(ValueError, match="no lapse explains them"):
        shared([], 3.0, {})


def test_moments_within_tolerance_are_told_and_cost_nothing() -> None:
    (row,) = shared([lapse(3, 1)], 0.0, {"near": "step back"})
    assert str(row.points) == "0.0"
    assert row.alternative == "step back"


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00"), (134.9, "02:14"), (3600, "1:00:00"), (7325, "2:02:05")])
def test_the_clock_is_the_replays(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.34, "0.3 s"), (3, "3 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min"), (78, "1 min 18 s"), (120, "2 min")],
)
def test_durations_in_words(seconds: float, shown: str) -> None:
    assert lasting(seconds) == shown
