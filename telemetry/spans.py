"""Spans of time and what holds during them.

Spans are an array `(k, 2)` of [start, end) in seconds, sorted and disjoint. A sample stands for the time from
itself to the next one; where that is longer than `LONGEST_GAP` it stands for one usual step only, so that a
gap is never bridged and counts as not observed (scoring model 7.6).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LONGEST_GAP = 0.5
"""Seconds between samples beyond which nothing is assumed (7.6: never bridged by interpolation)."""
DECIMALS = 6
"""Times are kept to the microsecond: coarser than float64 can be wrong by, so that a shift of all times is exact."""
TOUCHING = 1e-6
"""Seconds by which spans may be apart and still touch: times are kept to the microsecond."""


def spans(pairs: Iterable[tuple[float, float]]) -> Floats:
    """Return `pairs` as spans, without the empty ones; the caller gives them in order."""
    return np.array([(a, b) for a, b in pairs if b > a], np.float64).reshape(-1, 2)


def length(of: Floats) -> float:
    """Return the seconds that the spans cover."""
    return float(np.sum(of[:, 1] - of[:, 0]))


def clip(of: Floats, low: float, high: float) -> Floats:
    """Return the parts of the spans within [low, high)."""
    cut = np.clip(of, low, high)
    return cut[cut[:, 1] > cut[:, 0]]


def common(one: Floats, other: Floats) -> Floats:
    """Return the time that is in both."""
    edges = np.unique(np.concatenate([one.ravel(), other.ravel()]))
    pieces = np.stack([edges[:-1], edges[1:]], axis=1)
    both = within(one, pieces[:, 0]) & within(other, pieces[:, 0])
    return pieces[both]


def within(of: Floats, t: Floats) -> Mask:
    """Say for each time whether it lies in one of the spans."""
    if not len(of):
        return np.zeros(len(t), np.bool_)
    at = np.searchsorted(of[:, 0], t, side="right") - 1
    inside: Mask = (at >= 0) & (t < of[np.maximum(at, 0), 1])
    return inside


def support(t: Floats) -> Floats:
    """Return for how many seconds each sample stands; `t` does not decrease."""
    if len(t) < 2:
        return np.zeros(len(t))
    steps = np.diff(t)
    usual = float(np.median(steps[steps <= LONGEST_GAP])) if np.any(steps <= LONGEST_GAP) else 0.0
    return np.append(np.where(steps <= LONGEST_GAP, steps, usual), usual)


def held(of: Floats, t: Floats) -> tuple[Mask, Floats]:
    """Return which samples lie in the spans, and for how long each of those stands before its span ends."""
    inside = within(of, t)
    until = of[np.searchsorted(of[:, 0], t[inside], side="right") - 1, 1]
    return inside, np.minimum(support(t)[inside], until - t[inside])


def observed(t: Floats, longest: float = LONGEST_GAP) -> Floats:
    """Return the spans in which samples follow one another by at most `longest` seconds; `t` does not decrease.

    Like every sample, the last before a gap stands for one usual step.
    """
    if not len(t):
        return spans(())
    steps = np.round(np.diff(t), DECIMALS)
    breaks = np.flatnonzero(steps > longest)
    usual = float(np.median(steps[steps <= longest])) if len(breaks) < len(steps) else 0.0
    starts, ends = np.append(t[:1], t[breaks + 1]), np.append(t[breaks], t[-1:]) + usual
    return np.stack([starts, ends], axis=1)


def union(of: Floats) -> Floats:
    """Return spans that cover what any of `of` (k, 2) covers; these need be neither sorted nor disjoint."""
    of = of[of[:, 1] > of[:, 0]]
    of = of[np.argsort(of[:, 0], kind="stable")]
    reach = np.maximum.accumulate(of[:, 1]) if len(of) else of[:, 1]
    first = np.append(True, of[1:, 0] > reach[:-1])[: len(of)]
    return np.stack([of[first, 0], reach[np.append(first[1:], True)[: len(of)]]], axis=1)


def without(one: Floats, other: Floats) -> Floats:
    """Return the time that is in `one` and not in `other`."""
    edges = np.unique(np.concatenate([one.ravel(), other.ravel()]))
    pieces = np.stack([edges[:-1], edges[1:]], axis=1)
    return pieces[within(one, pieces[:, 0]) & ~within(other, pieces[:, 0])]


def runs(t: Floats, dt: Floats, mask: Mask) -> NDArray[np.intp]:
    """Return where `mask` holds without a break, as index pairs `(k, 2)` [first, last + 1); a gap in `t`
    breaks a run.
    """
    if not np.any(mask):
        return np.zeros((0, 2), np.intp)
    joined = mask[1:] & mask[:-1] & (t[1:] - (t[:-1] + dt[:-1]) <= TOUCHING)
    first = np.flatnonzero(mask & ~np.append(False, joined))
    last = np.flatnonzero(mask & ~np.append(joined, False))
    return np.stack([first, last + 1], axis=1)


def merged(of: NDArray[np.intp], t: Floats, dt: Floats, *, gap: float, least: float) -> NDArray[np.intp]:
    """Return runs fit to be shown: those less than `gap` seconds apart as one, those shorter than `least`
    left out.

    If every run is shorter than `least` they all stay: a loss must have its evidence (7.8).
    """
    if not len(of):
        return of
    starts, ends = t[of[:, 0]], t[of[:, 1] - 1] + dt[of[:, 1] - 1]
    apart = starts[1:] - ends[:-1] >= gap
    joined = np.stack([of[np.append(True, apart), 0], of[np.append(apart, True), 1]], axis=1)
    lasting = t[joined[:, 1] - 1] + dt[joined[:, 1] - 1] - t[joined[:, 0]]
    kept = joined[lasting >= least - TOUCHING]
    return kept if len(kept) else joined
