"""Gaps: every row that is not there is in one of them once, and each says why."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from telemetry import observation, spans
from telemetry.observation import Declared, Gap, Known
from telemetry.streams import STREAMS
from telemetry.trace import Samples

HZ = 20.0


def track(t: spans.Floats, seq: npt.NDArray[np.int64]) -> Samples:
    """Rows of a pose, all at the origin."""
    stream = replace(STREAMS["head_pose"], rate=HZ)
    columns = {name: np.zeros(len(t), np.float32) for name in stream.names}
    return Samples(stream, 1, "", "trainee", t, seq, 1000 * t, columns)


@st.composite
def runs(draw: st.DrawFn) -> tuple[Samples, Known, dict[str, int], float]:
    """A track of rows, losses told and untold, and pauses; how many rows each cause took, and the paused seconds."""
    seq, t, kept, declared, paused = 0, 0.0, [], [], 0.0
    counts = {"lost": 0, "declared": 0}
    for kind, count in draw(st.lists(st.tuples(st.sampled_from("rldp"), st.integers(1, 60)), max_size=12)):
        if kind == "p":
            t += count / 10
            paused = paused + count / 10
            continue
        if kind == "r":
            kept += [(t + i / HZ, seq + i) for i in range(count)]
        elif kind == "d":
            declared.append(Declared(seq, count, t, t + (count - 1) / HZ, "buffer_full"))
            counts["declared"] += count
        else:
            counts["lost"] += count
        seq, t = seq + count, t + count / HZ
    rows = np.array(kept).reshape(-1, 2)
    known = Known(numbered=seq, opened_t=0.0, declared=declared)
    return track(rows[:, 0], rows[:, 1].astype(np.int64)).marked(known), known, counts, paused


@given(runs())
def test_every_row_that_is_not_there_is_counted_once_under_its_cause(
    case: tuple[Samples, Known, dict[str, int], float],
) -> None:
    samples, known, counts, _ = case
    for cause, count in counts.items():
        assert sum(gap.missing for gap in samples.gaps if gap.cause == cause) == count
    assert len(samples) + sum(gap.missing for gap in samples.gaps) == known.numbered
    assert all(gap.missing == 0 for gap in samples.gaps if gap.cause == "silent")
    for one, other in zip(samples.gaps, samples.gaps[1:], strict=False):
        assert one.t_start <= one.t_end <= other.t_start
    inside = [(samples.t > gap.t_start) & (samples.t < gap.t_end) for gap in samples.gaps]
    assert not np.any(inside)


@given(runs())
def test_what_is_observed_and_what_is_a_long_gap_do_not_meet_and_are_all(
    case: tuple[Samples, Known, dict[str, int], float],
) -> None:
    samples, *_ = case
    seen = samples.observed
    long = spans.union(np.array([
        (gap.t_start, gap.t_end) for gap in joined(samples) if round(gap.seconds, 6) > observation.longest_gap(HZ)
    ]).reshape(-1, 2))  # fmt: skip
    # The row before a gap stands for one step.
    assert spans.length(spans.common(seen, long)) <= (len(long) + 1) / HZ + 1e-9
    if len(samples):
        whole = np.array([[samples.t[0], samples.t[-1]]])
        assert spans.length(spans.without(spans.without(whole, seen), long)) < 1e-9


def joined(samples: Samples) -> list[Gap]:
    """The gaps that touch without a row between them as one: a hole that is lost in part and declared in part."""
    found: list[Gap] = []
    for gap in samples.gaps:
        touches = found and gap.t_start <= found[-1].t_end + 1e-9
        if touches and not np.any(np.abs(samples.t - gap.t_start) < 1e-9):
            found[-1] = replace(found[-1], t_end=max(gap.t_end, found[-1].t_end))
        else:
            found.append(gap)
    return found


def test_time_without_rows_is_silence_or_sleep() -> None:
    t = np.concatenate([np.arange(20), np.arange(20) + 1200, np.arange(20) + 2400]) / HZ
    rows = track(t, np.arange(60))
    assert [gap.cause for gap in rows.marked().gaps] == ["silent", "silent"]
    assert [gap.seconds for gap in rows.marked().gaps] == pytest.approx([59.05, 59.05])
    # The new epoch is first heard of with row 45, the old one was last confirmed with row 25.
    assert [gap.cause for gap in rows.marked(Known(asleep=[(25, 45)])).gaps] == ["silent", "asleep"]
    for elsewhere in ((41, 45), (5, 10), (20, 39)):
        assert [gap.cause for gap in rows.marked(Known(asleep=[elsewhere])).gaps] == ["silent", "silent"]


def test_a_single_missing_row_is_a_loss() -> None:
    seq = np.delete(np.arange(20), 7)
    assert track(seq / HZ, seq).marked().gaps == (Gap(6 / HZ, 8 / HZ, 1, "lost"),)


def test_a_track_without_rows_knows_what_it_lost() -> None:
    nothing = track(np.zeros(0), np.zeros(0, np.int64))
    assert nothing.marked().gaps == ()
    assert nothing.marked(Known(numbered=40, opened_t=3.0)).gaps == (Gap(3.0, 5.0, 40, "lost"),)
    assert nothing.marked(Known(numbered=40, opened_t=3.0, pruned_t=9.0)).gaps == (Gap(3.0, 5.0, 40, "pruned"),)


def test_a_slow_stream_is_not_silent_between_its_rows() -> None:
    t = np.arange(10, dtype=np.float64)
    assert observation.find(t, np.arange(10), 1.0, Known()) == ()
    assert len(observation.find(t, np.arange(10), 20.0, Known())) == 9


@given(runs(), st.floats(-1, 60))
def test_a_gap_that_is_cut_loses_neither_time_nor_rows(
    case: tuple[Samples, Known, dict[str, int], float], at: float
) -> None:
    samples, *_ = case
    parts = [*observation.between(samples.gaps, -1e9, at), *observation.between(samples.gaps, at, 1e9)]
    assert sum(gap.missing for gap in parts) == sum(gap.missing for gap in samples.gaps)
    assert sum(gap.seconds for gap in parts) == pytest.approx(sum(gap.seconds for gap in samples.gaps))


def test_the_work_grows_as_the_gaps_do() -> None:
    """A bad network leaves thousands of gaps; looking at all of them for each would take minutes."""

    class Counting(tuple[Declared, ...]):
        looks = 0

        def __getitem__(self, at: object) -> Any:
            Counting.looks += 1
            return super().__getitem__(at)  # type: ignore[call-overload]

        def __iter__(self) -> Iterator[Declared]:
            Counting.looks += len(self)
            return super().__iter__()

    count = 2000
    seq = np.arange(count) * 2
    t = seq / 72.0
    declared = Counting(Declared(2 * at + 1, 1, t[at] + 1 / 72, t[at] + 1 / 72, "buffer_full") for at in range(count))
    Counting.looks = 0
    found = observation.find(t, seq, 72.0, Known(numbered=2 * count, opened_t=0.0, declared=declared))
    assert [gap.cause for gap in found] == ["declared"] * count
    assert Counting.looks < 50 * count
