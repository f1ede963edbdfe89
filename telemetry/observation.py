"""Where a track was not observed: its gaps, each with the reason why.

Rows are numbered from 0 as they are measured, so that a hole in the numbers is a loss, counted exactly; where numbers
go on and time does not, nothing was measured. What a client says that it gave up, what was removed on purpose and when
its clock stood still are known from elsewhere and come in here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from telemetry.spans import DECIMALS, LONGEST_GAP, Floats

__all__ = ["Cause", "Declared", "Gap", "Known", "between", "find", "longest_gap"]

Cause = Literal["declared", "lost", "silent", "asleep", "pruned"]
"""Why there are no rows: the client gave them up and said so; numbers are missing and nobody says why; no numbers are
missing; none are, and the client's clock stood still meanwhile; removed on purpose since.
"""

PERIODS = 2.5
"""A slow stream's rows come half a period late without being missed."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without rows, between the rows at `t_start` and `t_end` (session time, s).

    `missing` rows were numbered and are not there; `reason` is the client's own word for what it declared.
    """

    t_start: float
    t_end: float
    missing: int
    cause: Cause
    reason: str = ""

    @property
    def seconds(self) -> float:
        """For how long."""
        return self.t_end - self.t_start


@dataclass(frozen=True, slots=True)
class Declared:
    """Rows that a client gave up and said so: numbers, session times of the first and the last of them, why."""

    first_seq: int
    rows: int
    t_start: float
    t_end: float
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a track beside its rows.

    `numbered`: how many rows it had, None: up to the last one there is; `opened_t`: when it began. `declared` in order
    of number. `asleep`: row numbers (before, after) between which the client's clock began anew. Rows before
    `pruned_t` were removed on purpose. Times in session time, s.
    """

    numbered: int | None = None
    opened_t: float = math.nan
    declared: Sequence[Declared] = ()
    asleep: Sequence[tuple[int, int]] = ()
    pruned_t: float = -math.inf


def longest_gap(rate: float) -> float:
    """Return the seconds between two rows of a stream beyond which nothing is assumed; `rate` in Hz."""
    return max(LONGEST_GAP, PERIODS / rate)


def find(t: Floats, seq: Ints, rate: float, known: Known) -> tuple[Gap, ...]:
    """Return the gaps of a track in order of number; `t` and `seq` have shape (n,), `seq` rises.

    Every hole in the numbers is one, however short; time without rows is one from `longest_gap` on.
    """
    return tuple(gap for hole in _holes(t, seq, rate, known) for gap in hole)


def between(gaps: Sequence[Gap], low: float, high: float) -> tuple[Gap, ...]:
    """Return the parts of gaps within [low, high); the missing rows of one that is cut count where it begins."""
    cut = (
        replace(
            gap, t_start=max(gap.t_start, low), t_end=min(gap.t_end, high), missing=gap.missing * (gap.t_start >= low)
        )
        for gap in gaps
        if gap.t_start < high and (gap.t_end > low or gap.t_start >= low)
    )
    return tuple(cut)


def _holes(t: Floats, seq: Ints, rate: float, known: Known) -> Iterator[list[Gap]]:
    numbered = known.numbered or 0
    if not len(t):
        if numbered > 0:
            opened = 0.0 if math.isnan(known.opened_t) else known.opened_t
            yield _accounted(0, numbered, opened, _end(opened, numbered, rate, known), known)
        return
    if (first := int(seq[0])) > 0:
        began = t[0] - first / rate if math.isnan(known.opened_t) else min(known.opened_t, t[0])
        yield _accounted(0, first, float(began), float(t[0]), known)
    missing, steps = np.diff(seq) - 1, np.round(np.diff(t), DECIMALS)
    for at in np.flatnonzero((missing > 0) | (steps > longest_gap(rate))).tolist():
        before, after, low, high = int(seq[at]), int(seq[at + 1]), float(t[at]), float(t[at + 1])
        if after - before > 1:
            yield _accounted(before + 1, after - before - 1, low, max(low, high), known)
        else:
            sleep = bisect_right(known.asleep, before, key=lambda rows: rows[1])
            slept = sleep < len(known.asleep) and known.asleep[sleep][0] < after
            yield [Gap(low, high, 0, "asleep" if slept else "silent")]
    if (rest := numbered - int(seq[-1]) - 1) > 0:
        last = float(t[-1])
        yield _accounted(int(seq[-1]) + 1, rest, last, _end(last, rest, rate, known), known)


def _end(low: float, rows: int, rate: float, known: Known) -> float:
    """Return when a hole ended that no row follows: as declared, else as long as its rows would have taken."""
    declared = [one.t_end for one in known.declared if one.first_seq + one.rows == known.numbered]
    return max([low, *declared]) if declared else low + rows / rate


def _accounted(first: int, rows: int, low: float, high: float, known: Known) -> list[Gap]:
    """Share out a hole in the numbers: what was declared, and between that what nobody says anything of."""
    whole: Cause = "pruned" if low < known.pruned_t else "lost"
    begin = bisect_right(known.declared, first, key=lambda one: one.first_seq + one.rows)
    end = bisect_left(known.declared, first + rows, lo=begin, key=lambda one: one.first_seq)
    found: list[Gap] = []
    at, t = first, low
    for one in known.declared[begin:end]:
        begin, end = max(one.first_seq, first), min(one.first_seq + one.rows, first + rows)
        if begin > at:
            until = min(max(one.t_start, t), high)
            found.append(Gap(t, until, begin - at, whole))
            t = until
        until = high if end == first + rows else min(max(one.t_end, t), high)
        found.append(Gap(t, until, max(end - max(begin, at), 0), "declared", one.reason))
        at, t = max(end, at), until
    if at < first + rows:
        found.append(Gap(t, max(high, t), first + rows - at, whole))
    return found
