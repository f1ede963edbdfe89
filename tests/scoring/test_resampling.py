"""The block bootstrap: deterministic, centred, honest about how little a session says."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from scoring.resampling import BLOCK_S, CELL_S, DRAWS, Draws, limits


def test_a_draw_is_a_session_of_the_same_length() -> None:
    draws = Draws.of(1234.56)
    assert np.all(draws.sums(np.ones(draws.cells)) == draws.cells)


@given(st.floats(0.01, 3000))
def test_any_length_can_be_drawn(seconds: float) -> None:
    draws = Draws.of(seconds)
    assert draws.cells * CELL_S >= seconds - 1e-6
    assert draws.starts.shape[0] == DRAWS
    assert np.all((draws.starts >= 0) & (draws.starts < draws.cells))
    assert np.allclose(draws.sums(np.ones(draws.cells)), draws.cells)


def test_sums_go_round_the_end() -> None:
    draws = Draws(cells=5, block=2, starts=np.array([[4, 1, 3]]))
    # Blocks of 2, 2 and 1 cells: cells 4 and 0, 1 and 2, 3.
    assert draws.sums(np.array([1.0, 10.0, 100.0, 1000.0, 10000.0])).tolist() == [11111.0]


def test_the_same_seed_gives_the_same_draws_in_every_version() -> None:
    assert Draws.of(600).starts[0, :4].tolist() == [5905, 3518, 5431, 3841]


def test_a_steady_value_has_no_interval_and_a_bursty_one_a_wide_one() -> None:
    draws = Draws.of(600)
    even = np.tile([1.0, 0.0], draws.cells // 2)
    burst = np.zeros(draws.cells)
    burst[: draws.cells // 2] = 1.0
    whole = np.ones(draws.cells)
    low, high = limits(draws.ratios(even, whole))
    assert high - low < 0.01
    low, high = limits(draws.ratios(burst, whole))
    assert low < 0.4
    assert high > 0.6


def test_the_interval_covers_the_truth_where_a_binomial_one_does_not() -> None:
    """A two-state process with dwell times of some seconds: 600 s of it, 60 times; truth .8."""
    rng = np.random.default_rng(1)
    draws = Draws.of(600)
    covered = binomial = 0
    for _ in range(60):
        dwell = rng.exponential(np.tile([8.0, 2.0], 200))
        state = np.repeat(np.tile([1.0, 0.0], 200), np.ceil(dwell / CELL_S).astype(int))[-draws.cells :]
        low, high = limits(draws.ratios(state, np.ones(draws.cells)))
        half = 1.96 * np.sqrt(state.mean() * (1 - state.mean()) / draws.cells)
        covered += low <= 0.8 <= high
        binomial += abs(state.mean() - 0.8) <= half
    assert covered >= 48
    assert binomial < 30


def test_a_ratio_of_nothing_is_unknown() -> None:
    draws = Draws.of(60)
    assert np.isnan(draws.ratios(np.zeros(draws.cells), np.zeros(draws.cells))).all()


def test_short_sessions_are_cut_into_blocks_of_their_own() -> None:
    assert Draws.of(30).block * CELL_S == pytest.approx(7.5)
    assert Draws.of(600).block * CELL_S == BLOCK_S
