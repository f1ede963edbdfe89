"""Value functions: what an observed value is worth, from 0 to 100 points.

A value function is a line through *knots* (value, points), flat outside them (`np.interp`). It is monotone,
or rises to a plateau and falls again (a trapezoid: too quiet and too loud both lose points). A profile writes
it as `knots = [[0.5, 0], [0.95, 100]]`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

FULL = 100.0
"""Points of a measure with nothing lost."""


@dataclass(frozen=True, slots=True)
class ValueFunction:
    """Knots of one measure: `x` strictly increasing, in the measure's unit; `y` in points, 0 to 100."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    @classmethod
    def of(cls, knots: Sequence[Sequence[float]]) -> Self:
        """Return the function through `knots`; `ValueError` says which rule they break."""
        if len(knots) < 2:
            raise ValueError(f"{len(knots)} knots given, at least 2 needed")
        for knot in knots:
            if len(knot) != 2 or not all(math.isfinite(number) for number in knot):
                raise ValueError(f"knot {list(knot)} is not a pair of finite numbers [value, points]")
        x, y = (tuple(float(knot[axis]) for knot in knots) for axis in (0, 1))
        if any(b <= a for a, b in pairwise(x)):
            raise ValueError(f"values {list(x)} must increase from knot to knot")
        if min(y) < 0 or max(y) != FULL:
            raise ValueError(f"points {list(y)} must lie between 0 and 100, and 100 must be attainable")
        if _turns(y):
            raise ValueError(f"points {list(y)} must only rise, only fall, or rise and then fall")
        return cls(x, y)

    def __call__(self, value: float) -> float:
        """Return the points that `value` is worth."""
        return float(self.over(np.array([value]))[0])

    def over(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points of each of `values`; NaN stays NaN."""
        # np.interp rounds: -9e-16 is possible beside a knot of 0 points.
        return np.clip(np.interp(values, self.x, self.y), 0.0, FULL)

    @property
    def full(self) -> tuple[float, float]:
        """The lowest and the highest value of full points; infinite where a flat end has them."""
        worth = [x for x, y in zip(self.x, self.y, strict=True) if y == FULL]
        low = -math.inf if self.y[0] == FULL else worth[0]
        high = math.inf if self.y[-1] == FULL else worth[-1]
        return low, high


def _turns(y: Sequence[float]) -> bool:
    """Say whether `y` rises again after it has fallen."""
    steps = [b - a for a, b in pairwise(y) if b != a]
    return any(before < 0 < after for before, after in pairwise(steps))
