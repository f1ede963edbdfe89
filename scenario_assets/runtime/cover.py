"""Cover: how much of a body boxes hide from somebody's eyes, and where to stand to be hidden.

Metres; places in space are (x, y, z), y up; places on the floor are (x, z). The share hidden is defined as the
live measure defines it (``telemetry/derive.py``; a test holds the two equal), for simulations must meet the
same signals as people do.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, permutations

from scenario_assets.language.staging import Bounds, Box
from scenario_assets.runtime.actors import Point

Triple = tuple[float, float, float]
#: A box by its low and its high corner.
Corners = tuple[Triple, Triple]
Rectangle = tuple[Point, Point]

#: Height as a share of the eyes' height, and metres to the side, of 16 points of a body: crown and eyes, shoulders,
#: chest, elbows, belly, hips, mid-thighs, knees, ankles.
BODY_POINTS: tuple[tuple[float, float], ...] = (
    (1.07, 0.0), (1.0, 0.0), (0.87, -0.22), (0.87, 0.22), (0.77, 0.0), (0.67, -0.25), (0.67, 0.25),
    (0.62, 0.0), (0.57, -0.17), (0.57, 0.17), (0.44, -0.14), (0.44, 0.14), (0.30, -0.12), (0.30, 0.12),
    (0.04, -0.12), (0.04, 0.12),
)  # fmt: skip
_BREADTH = max(side for _, side in BODY_POINTS)
#: Between a box and the middle of a body that stands or walks close to it.
CLEARANCE_M = 0.5
#: Nearer than this there is no direction from one place to another.
_SAME_SPOT_M = 1e-6


def corners(box: Box) -> Corners:
    """The low and the high corner of a declared box."""
    (x, y, z), (width, height, depth) = box.center, box.size
    return (
        (x - 0.5 * width, y - 0.5 * height, z - 0.5 * depth),
        (x + 0.5 * width, y + 0.5 * height, z + 0.5 * depth),
    )


def hidden(eyes: Triple, other: Triple, boxes: Sequence[Corners]) -> float:
    """The share, 0 to 1, of the body with these eyes whose points cannot be seen from ``other``."""
    between = [box for box in boxes if _between(eyes, other, box)]
    if not between:
        return 0.0
    dx, dz = eyes[0] - other[0], eyes[2] - other[2]
    length = math.sqrt(dx * dx + dz * dz)
    across, along = (dx / length, dz / length) if length > 0.0 else (0.0, 0.0)
    points = (
        (eyes[0] - along * side, eyes[1] * height, eyes[2] + across * side) for height, side in BODY_POINTS
    )
    return sum(any(_meets(other, point, box) for box in between) for point in points) / len(BODY_POINTS)


def _between(eyes: Triple, other: Triple, box: Corners) -> bool:
    """Whether a box could stand between the two at all; most stand elsewhere, and need not be looked at closely."""
    low, high = box
    return all(
        low[axis] <= max(eyes[axis], other[axis]) + _BREADTH and high[axis] >= min(eyes[axis], other[axis]) - _BREADTH
        for axis in (0, 2)
    )


def _meets(start: Triple, end: Triple, box: Corners) -> bool:
    """Whether a segment meets a box (slab method)."""
    first, last = 0.0, 1.0
    for a, b, low, high in zip(start, end, *box, strict=True):
        way = b - a
        if way == 0.0:
            if not low <= a < high:
                return False
            continue
        enter, leave = (low - a) / way, (high - a) / way
        if enter > leave:
            enter, leave = leave, enter
        first, last = max(first, enter), min(last, leave)
        if first > last:
            return False
    return True


def behind(box: Box, seen_from: Point) -> Point:
    """Where to stand behind a box: on the line from the other one through its middle, clear of all its sides."""
    (x, _, z), (wide, deep) = box.center, _reach(box, CLEARANCE_M)
    dx, dz = x - seen_from[0], z - seen_from[1]
    if max(abs(dx), abs(dz)) < _SAME_SPOT_M:
        return x, z + deep  # the other one stands in the box's middle: any side will do
    reach = min(wide / abs(dx) if dx else math.inf, deep / abs(dz) if dz else math.inf)
    return x + dx * reach, z + dz * reach


def way_round(start: Point, goal: Point, box: Box, bounds: Bounds) -> Point:
    """The next point to walk to straight, on the shortest way to ``goal`` that does not lead through the box.

    Where the bounds leave no way round, that is the goal itself: a box nobody can walk round is climbed over.
    """
    (x, _, z), (wide, deep) = box.center, _reach(box, CLEARANCE_M)
    around = [(x - wide, z - deep), (x - wide, z + deep), (x + wide, z - deep), (x + wide, z + deep)]
    turns = [turn for turn in around if within(bounds, turn) == turn]
    # Half the clearance of the corners, or a way from corner to corner would count as leading through; none for
    # somebody who already stands that near.
    inner = _floor(box, 0.5 * CLEARANCE_M)
    if _crosses(start, start, inner):
        inner = _floor(box, 0.0)
    ways = ([start, *via, goal] for via in _up_to_two(turns))
    clear = [way for way in ways if not any(_crosses(a, b, inner) for a, b in pairwise(way))]
    return min(clear, key=_length)[1] if clear else goal


def within(bounds: Bounds, place: Point) -> Point:
    """The place, or where the bounds stop somebody on the way to it."""
    return min(max(place[0], bounds.x[0]), bounds.x[1]), min(max(place[1], bounds.z[0]), bounds.z[1])


def _reach(box: Box, clearance: float) -> tuple[float, float]:
    """How far a box and some room around it reach from its middle, along x and along z."""
    return 0.5 * box.size[0] + clearance, 0.5 * box.size[2] + clearance


def _floor(box: Box, clearance: float) -> Rectangle:
    (x, _, z), (wide, deep) = box.center, _reach(box, clearance)
    return (x - wide, z - deep), (x + wide, z + deep)


def _up_to_two(turns: Sequence[Point]) -> Iterator[tuple[Point, ...]]:
    for number in range(3):
        yield from permutations(turns, number)


def _crosses(start: Point, end: Point, area: Rectangle) -> bool:
    (ax, az), (bx, bz) = area
    return _meets((start[0], 0.0, start[1]), (end[0], 0.0, end[1]), ((ax, -1.0, az), (bx, 1.0, bz)))


def _length(way: Iterable[Point]) -> float:
    # sqrt is exactly rounded everywhere, hypot is not: equal ways must be equal on every machine.
    return sum(math.sqrt((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) for a, b in pairwise(way))
