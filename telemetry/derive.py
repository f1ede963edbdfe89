"""Where the trainee stands to a person: distance, own closing speed, cover. Pure; the same live and in
scoring.

Every function takes single values and arrays of them. Metres, seconds, WebXR axes (x right, y up, -z
forward); positions are those of eyes. Not observed is nan, and nan stays nan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from telemetry.frames import Float64

__all__ = ["BODY_POINTS", "Boxes", "OwnMotion", "closing_speed", "cover", "distance"]

Triple = tuple[float, float, float]

# Second-order Butterworth at 2 Hz, forwards and backwards: a step takes 0.5 s, a sway of the head is 1 Hz.
CUTOFF_HZ = 2.0
# Rows further apart than this are not one movement; at 20 Hz and more it takes a loss to get there.
GAP_S = 0.5
# Shorter pieces than this say nothing about a speed.
PIECE_S = 0.25
# How far beyond a piece's ends it is mirrored: the filter's response has died away by then.
MIRRORED_S = 1.5

# Height as a share of the eyes' height, and metres to the side, of 16 points of a body: crown and eyes,
# shoulders, chest, elbows, belly, hips, mid-thighs, knees, ankles. Proportions of Drillis and Contini (1966)
# at 1.75 m.
BODY_POINTS: tuple[tuple[float, float], ...] = (
    (1.07, 0.0), (1.0, 0.0), (0.87, -0.22), (0.87, 0.22), (0.77, 0.0), (0.67, -0.25), (0.67, 0.25),
    (0.62, 0.0), (0.57, -0.17), (0.57, 0.17), (0.44, -0.14), (0.44, 0.14), (0.30, -0.12), (0.30, 0.12),
    (0.04, -0.12), (0.04, 0.12),
)  # fmt: skip
_HEIGHT = np.array([height for height, _ in BODY_POINTS])
_SIDE = np.array([side for _, side in BODY_POINTS])
_CROWN, _ANKLES, _BREADTH = float(_HEIGHT.max()), float(_HEIGHT.min()), float(_SIDE.max())
# More metres than rounding can make of some hundred.
_ROUNDED = 1e-6
# Rows per step of the array version: keeps its temporaries within some megabytes.
CHUNK_ROWS = 4096


@overload
def distance(px: float, pz: float, qx: float, qz: float) -> float: ...
@overload
def distance(
    px: npt.ArrayLike, pz: npt.ArrayLike, qx: npt.ArrayLike, qz: npt.ArrayLike
) -> float | Float64: ...
def distance(
    px: npt.ArrayLike, pz: npt.ArrayLike, qx: npt.ArrayLike, qz: npt.ArrayLike
) -> float | Float64:
    """Horizontal distance in metres between (px, pz) and (qx, qz)."""
    if isinstance(px, float) and isinstance(pz, float) and isinstance(qx, float) and isinstance(qz, float):
        return math.hypot(px - qx, pz - qz)
    x = np.subtract(px, qx, dtype=np.float64)
    found: Float64 = np.hypot(x, np.subtract(pz, qz, dtype=np.float64))
    return found


def closing_speed(t: npt.ArrayLike, p: npt.ArrayLike, q: npt.ArrayLike) -> Float64:
    """The trainee's own speed towards a person, (n,) in m/s; positive approaches.

    `t` (n,) seconds, not decreasing; `p` (n, 2) the trainee's x and z; `q` (n, 2) the person's, or (2,) for
    one who stands still. The person's own movement never counts: the speed is p' in the direction of q. p is
    smoothed without delay (`CUTOFF_HZ`) before it is differentiated; across gaps and in pieces too short it
    is nan.
    """
    times = np.asarray(t, np.float64)
    own = np.asarray(p, np.float64).reshape(len(times), 2)
    towards = np.asarray(q, np.float64) - own
    away = np.hypot(towards[:, 0], towards[:, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = towards / away[:, None]
    speed: Float64 = np.einsum("ij,ij->i", _velocity(times, own), unit)
    return speed


class OwnMotion:
    """The trainee's present velocity, for live use: what is known so far, so some 0.1 s late.

    The causal half of the smoothing of `closing_speed`: two one-pole filters of the same cut-off.
    """

    __slots__ = ("_first", "_t", "_velocity", "_x", "_z")

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._t = math.nan
        self._x = self._z = math.nan
        self._first = (0.0, 0.0)
        self._velocity = (0.0, 0.0)

    def update(self, t: float, px: float, pz: float) -> None:
        """Take in a place of the eyes; later ones must come later. After a gap it starts anew."""
        step = t - self._t
        if step <= 0.0:
            return
        if step < GAP_S:
            keep = math.exp(-2.0 * math.pi * CUTOFF_HZ * step)
            raw = ((px - self._x) / step, (pz - self._z) / step)
            self._first = _mixed(raw, self._first, keep)
            self._velocity = _mixed(self._first, self._velocity, keep)
        else:
            self._first = self._velocity = (0.0, 0.0)
        self._t, self._x, self._z = t, px, pz

    def towards(self, qx: float, qz: float) -> float:
        """Own speed towards (qx, qz) in m/s; nan before the first place and on the very spot."""
        x, z = qx - self._x, qz - self._z
        away = math.hypot(x, z)
        return (self._velocity[0] * x + self._velocity[1] * z) / away if away > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class Boxes:
    """Cover-grade boxes of a scene, parallel to the axes, as (low corner, high corner) in metres."""

    corners: tuple[tuple[Triple, Triple], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Sequence[float], Sequence[float]]]) -> Boxes:
        """From (centre, size), as a scene's `cover` declares them."""
        return cls(tuple((_corner(centre, size, -0.5), _corner(centre, size, 0.5)) for centre, size in pairs))


def cover(eye: npt.ArrayLike, other_eye: npt.ArrayLike, boxes: Boxes) -> float | Float64:
    """Share of a body that boxes hide from another's eyes, 0 to 1.

    `eye` (3,) or (n, 3): the eyes of the body; `other_eye` (3,) or (n, 3): where it is seen from. Of the
    sixteen `BODY_POINTS` those count whose line of sight meets a box.
    """
    if isinstance(eye, tuple) and isinstance(other_eye, tuple):
        return _cover_now(eye, other_eye, boxes)
    own, other = np.asarray(eye, np.float64), np.asarray(other_eye, np.float64)
    if own.ndim == 1 and other.ndim == 1:
        return _cover_now(tuple(own.tolist()), tuple(other.tolist()), boxes)
    own, other = np.broadcast_arrays(np.atleast_2d(own), np.atleast_2d(other))
    shares = [
        _hidden(own[at : at + CHUNK_ROWS], other[at : at + CHUNK_ROWS], boxes.corners)
        for at in range(0, len(own), CHUNK_ROWS)
    ]
    return np.concatenate(shares) if shares else np.zeros(0)


def _cover_now(own: tuple[float, ...], other: tuple[float, ...], boxes: Boxes) -> float:
    """One body, one pair of eyes: a microsecond while no box is near the line between them.

    Without numpy, whose calls cost ten times the sixteen points; to the last bit what `_hidden` finds.
    """
    if math.isnan(sum(own) + sum(other)):
        return math.nan
    across_x, across_z = own[0] - other[0], own[2] - other[2]
    length = math.sqrt(across_x * across_x + across_z * across_z)
    side_x, side_z = (across_x / length, across_z / length) if length > 0.0 else (0.0, 0.0)
    near = _between(own, other, (side_x, side_z), length, boxes)
    if not near:
        return 0.0
    start_x, start_y, start_z = other
    blocked = 0
    for height, side in BODY_POINTS:
        way_x = own[0] - side_z * side - start_x
        way_y = own[1] * height - start_y
        way_z = own[2] + side_x * side - start_z
        for low, high in near:
            first, last = _slab(low[0] - start_x, high[0] - start_x, way_x, 0.0, 1.0)
            if first <= last:
                first, last = _slab(low[2] - start_z, high[2] - start_z, way_z, first, last)
            if first <= last:
                first, last = _slab(low[1] - start_y, high[1] - start_y, way_y, first, last)
            if first <= last:
                blocked += 1
                break
    return blocked / len(BODY_POINTS)


def _slab(low: float, high: float, way: float, first: float, last: float) -> tuple[float, float]:
    """What is left of a segment's part from `first` to `last` between two planes, seen from its start."""
    if way == 0.0:
        # Along the planes: all of it between them, both faces included, or nothing.
        return (first, last) if low <= 0.0 <= high else (1.0, 0.0)
    enter, leave = low / way, high / way
    if enter > leave:
        enter, leave = leave, enter
    return (enter if enter > first else first), (leave if leave < last else last)


def _hidden(own: Float64, other: Float64, corners: Iterable[tuple[Triple, Triple]]) -> Float64:
    """Share of the body points of each row whose segment from `other` meets a box (slab method)."""
    across = (own - other)[:, [0, 2]]
    # No hypot: Python's and numpy's differ in the last bit.
    length = np.sqrt(across[:, 0] * across[:, 0] + across[:, 1] * across[:, 1])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        side = np.where(length[:, None] > 0.0, across / length[:, None], 0.0)
        points = np.empty((len(own), len(_SIDE), 3))
        points[..., 0] = own[:, None, 0] - side[:, None, 1] * _SIDE
        points[..., 1] = own[:, None, 1] * _HEIGHT
        points[..., 2] = own[:, None, 2] + side[:, None, 0] * _SIDE
        start = other[:, None, :]
        way = points - start
        blocked = np.zeros(points.shape[:2], np.bool_)
        for low, high in corners:
            below, above = np.array(low) - start, np.array(high) - start
            enter, leave = below / way, above / way
            # A line along a box's faces is between them all the way or nowhere.
            along, between = way == 0.0, (below <= 0.0) & (above >= 0.0)
            first = np.where(along, np.where(between, 0.0, np.inf), np.fmin(enter, leave)).max(axis=2)
            last = np.where(along, 1.0, np.fmax(enter, leave)).min(axis=2)
            first, last = np.fmax(first, 0.0), np.fmin(last, 1.0)
            blocked |= first <= last
    share: Float64 = blocked.mean(axis=1)
    share[np.isnan(own).any(axis=1) | np.isnan(other).any(axis=1)] = np.nan
    return share


def _between(
    own: Sequence[float], other: Sequence[float], way: tuple[float, float], length: float, boxes: Boxes
) -> list[tuple[Triple, Triple]]:
    """The boxes that could stand between the two; most stand elsewhere, beside the lines of sight, or below them.

    `way` (x, z) and `length` lead from the other to the body.
    """
    (x, y, z), (way_x, way_z) = other, way
    left, right = (own[0], x) if own[0] < x else (x, own[0])
    back, front = (own[2], z) if own[2] < z else (z, own[2])
    left, right, back, front = left - _BREADTH, right + _BREADTH, back - _BREADTH, front + _BREADTH
    # Eyes below the floor, of a headset that is set up wrong, turn the body over.
    heights = own[1] * _CROWN, own[1] * _ANKLES
    top, drop = max(*heights, y), max(y - min(heights), 0.0)
    across_x, across_z = abs(way_x), abs(way_z)
    near = []
    for box in boxes.corners:
        low, high = box
        if low[0] > right or high[0] < left or low[2] > front or high[2] < back or low[1] > top:
            continue
        # Twice where the box's middle is from the other's eyes, and its size: what is aside or below hides nothing.
        middle_x, size_x = low[0] + high[0] - 2 * x, high[0] - low[0]
        middle_z, size_z = low[2] + high[2] - 2 * z, high[2] - low[2]
        if abs(middle_x * way_z - middle_z * way_x) > size_x * across_z + size_z * across_x + 2 * _BREADTH + _ROUNDED:
            continue
        far_end = (middle_x * way_x + middle_z * way_z + size_x * across_x + size_z * across_z) / 2
        if high[1] < y - (drop * far_end / length if far_end < length else drop) - _ROUNDED:
            continue
        near.append(box)
    return near


def _velocity(t: Float64, p: Float64) -> Float64:
    """The derivative of smoothed positions (n, 2), piece by piece between gaps; nan where a piece is too
    short.
    """
    velocity = np.full(p.shape, np.nan)
    whole = np.flatnonzero(np.isfinite(p).all(axis=1))
    if len(whole) == 0:
        return velocity
    ends = np.flatnonzero(np.diff(t[whole]) > GAP_S) + 1
    for piece in np.split(whole, ends):
        if t[piece[-1]] - t[piece[0]] >= PIECE_S:
            velocity[piece] = _smooth_slope(t[piece], p[piece])
    return velocity


def _smooth_slope(t: Float64, p: Float64) -> Float64:
    """Slope of p (n, 2) after the filter, on an even grid and back.

    In the frequency domain the filter run forwards and backwards is the real factor 1 / (1 + (f / fc)^4),
    which needs no loop and has no delay, and the slope is the factor 2 pi i f.
    """
    step = min(max((t[-1] - t[0]) / (len(t) - 1), 1e-3), 0.05)
    count = math.ceil((t[-1] - t[0]) / step) + 1
    grid = np.linspace(t[0], t[-1], count)
    step = grid[1] - grid[0]
    even = np.stack([np.interp(grid, t, p[:, axis]) for axis in (0, 1)])
    # Mirrored through its ends, as filtfilt does, and then brought back to where it began: no edges.
    pad = min(math.ceil(MIRRORED_S / step), count - 1)
    before = 2 * even[:, :1] - even[:, pad:0:-1]
    after = 2 * even[:, -1:] - even[:, -2 : -pad - 2 : -1]
    padded = np.concatenate([before, even, after], axis=1)
    trend = (padded[:, -1:] - padded[:, :1]) / (padded.shape[1] - 1)
    padded = padded - trend * np.arange(padded.shape[1])
    f = np.fft.rfftfreq(padded.shape[1], step)
    factor = 2j * np.pi * f / (1.0 + (f / CUTOFF_HZ) ** 4)
    slope = np.fft.irfft(np.fft.rfft(padded, axis=1) * factor, padded.shape[1], axis=1) + trend / step
    slope = slope[:, pad : pad + count]
    return np.stack([np.interp(t, grid, slope[axis]) for axis in (0, 1)], axis=1)


def _mixed(new: tuple[float, float], old: tuple[float, float], keep: float) -> tuple[float, float]:
    return (new[0] + (old[0] - new[0]) * keep, new[1] + (old[1] - new[1]) * keep)


def _corner(centre: Sequence[float], size: Sequence[float], half: float) -> Triple:
    x, y, z = (float(c) + half * float(s) for c, s in zip(centre, size, strict=True))
    return (x, y, z)
