"""Spans and runs: what is covered, what touches, what a gap breaks."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from telemetry import spans

TENTHS = st.integers(0, 200).map(lambda tenth: tenth / 10)


def some_spans() -> st.SearchStrategy[spans.Floats]:
    """Sorted, disjoint spans on a raster of tenths of a second."""
    edges = st.lists(TENTHS, unique=True, max_size=12).map(sorted)
    return edges.map(lambda e: spans.spans(zip(e[0::2], e[1::2], strict=False)))


@given(some_spans(), some_spans())
def test_common_time_is_what_lies_in_both(one: spans.Floats, other: spans.Floats) -> None:
    t = np.arange(0, 20, 0.1) + 0.05
    both = spans.common(one, other)
    assert np.array_equal(spans.within(both, t), spans.within(one, t) & spans.within(other, t))
    assert spans.length(both) == pytest.approx(0.1 * np.sum(spans.within(both, t)), abs=1e-6)


def test_a_span_holds_its_start_and_not_its_end() -> None:
    inside = spans.within(spans.spans([(1, 2), (2.5, 3)]), np.array([0.9, 1.0, 1.999, 2.0, 2.5, 3.0]))
    assert inside.tolist() == [False, True, True, False, True, False]


def test_a_gap_longer_than_half_a_second_is_not_bridged() -> None:
    t = np.array([0.0, 0.1, 0.2, 1.2, 1.3])
    assert spans.support(t) == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1])
    assert spans.support(np.array([0.0, 0.1, 0.6])) == pytest.approx([0.1, 0.5, 0.3])


def test_runs_break_at_gaps_and_where_the_mask_fails() -> None:
    t = np.array([0.0, 0.1, 0.2, 1.2, 1.3, 1.4])
    mask = np.array([True, True, True, True, False, True])
    found = spans.runs(t, spans.support(t), mask)
    assert found.tolist() == [[0, 3], [3, 4], [5, 6]]


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_exactly_the_mask(flags: list[bool]) -> None:
    mask = np.array(flags, np.bool_)
    t = np.arange(len(mask)) / 10
    covered = np.zeros(len(mask), np.bool_)
    for first, last in spans.runs(t, spans.support(t), mask).tolist():
        assert first < last
        covered[first:last] = True
    assert np.array_equal(covered, mask)


def test_near_runs_merge_and_short_ones_go_unless_all_are_short() -> None:
    t = np.arange(0, 10, 0.1)
    dt = spans.support(t)

    def shown(*pairs: tuple[float, float]) -> list[list[float]]:
        mask = spans.within(spans.spans(pairs), t + 0.05)
        rows = spans.merged(spans.runs(t, dt, mask), t, dt, gap=0.5, least=0.2)
        return [[round(float(t[a]), 1), round(float(t[b - 1] + 0.1), 1)] for a, b in rows.tolist()]

    assert shown((1, 2), (2.4, 3), (5, 5.1)) == [[1, 3]]
    assert shown((1, 1.1), (3, 3.1)) == [[1, 1.1], [3, 3.1]]
    assert shown() == []
