"""Where to stand to have a box between oneself and somebody, and how to walk there. Metres; places are (x, z)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Final

from clients.motion import Place

__all__ = ["Box", "behind", "way_round"]

#: Between a box and the middle of a body that stands or walks close to it.
CLEARANCE_M: Final = 0.5
#: Nearer than this there is no direction from one place to another.
SAME_SPOT_M: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Box:
    """Something solid, as it stands on the floor: its middle and its size along x and z."""

    id: str
    center: Place
    size: Place

    def around(self, clearance: float) -> tuple[Place, Place]:
        """Return the low and the high corner of its floor with some room around it."""
        (x, z), (width, depth) = self.center, self.size
        wide, deep = width / 2 + clearance, depth / 2 + clearance
        return (x - wide, z - deep), (x + wide, z + deep)


def behind(box: Box, seen_from: Place) -> Place:
    """Return the place on the line from ``seen_from`` through the box's middle that is clear of its far side."""
    x, z = box.center
    dx, dz = x - seen_from[0], z - seen_from[1]
    _, (right, front) = box.around(CLEARANCE_M)
    if max(abs(dx), abs(dz)) < SAME_SPOT_M:
        return x, front
    reach = min((right - x) / abs(dx) if dx else math.inf, (front - z) / abs(dz) if dz else math.inf)
    return x + dx * reach, z + dz * reach


def way_round(start: Place, goal: Place, box: Box, bounds: tuple[Place, Place]) -> Place:
    """Return the next place on the shortest way to ``goal`` that does not lead through the box.

    ``bounds`` are ((x low, x high), (z low, z high)); where they leave no way round, it is the goal itself.
    """
    (left, back), (right, front) = box.around(CLEARANCE_M)
    turns = [
        (x, z) for x in (left, right) for z in (back, front)
        if bounds[0][0] <= x <= bounds[0][1] and bounds[1][0] <= z <= bounds[1][1]
    ]  # fmt: skip
    # Half the clearance of the corners, or a way from corner to corner would count as leading through; none for
    # somebody who already stands that near.
    inner = box.around(CLEARANCE_M / 2)
    if _crosses(start, start, inner):
        inner = box.around(0.0)
    ways = [(start, *via, goal) for number in range(3) for via in permutations(turns, number)]
    clear = [way for way in ways if not any(_crosses(a, b, inner) for a, b in pairwise(way))]
    return min(clear, key=_length)[1] if clear else goal


def _crosses(a: Place, b: Place, area: tuple[Place, Place]) -> bool:
    """Return whether the straight way from a to b meets the area: the part of it inside every pair of sides."""
    first, last = 0.0, 1.0
    for axis in (0, 1):
        low, high, way = area[0][axis] - a[axis], area[1][axis] - a[axis], b[axis] - a[axis]
        if way == 0:
            if low > 0 or high < 0:
                return False
        else:
            enter, leave = sorted((low / way, high / way))
            first, last = max(first, enter), min(last, leave)
    return first <= last


def _length(way: Iterable[Place]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(way))
