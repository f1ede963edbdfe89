"""How far a value measured over one session might be off: the circular block bootstrap.

What a trainee does at one moment is like what they did a second ago, so the tenths of a second of a session
are not independent: a binomial interval on a "share of time" covered the truth 20 % of the time, blocks of 20
to 30 s did 83 to 90 % (scoring model 0.7). The running time is cut into cells of a tenth of a second; each of
`DRAWS` drawn sessions is put together from whole blocks of cells. All measures of a session are drawn with
the *same* blocks, so that what went wrong together varies together in the total.

A measure takes part as a ratio: something summed over cells (seconds kept, energy) over something else summed
over the same cells (seconds exposed, number of frames).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELL_S = 0.1
"""Length of a cell; the 10 Hz series of the scoring model."""
BLOCK_S = 20.0
"""Length of a block (scoring model 0.7: 20 to 30 s)."""
LEAST_BLOCKS = 4
"""In a session shorter than so many blocks the block shrinks: one block as long as the session would vary
nothing.
"""
DRAWS = 200
"""Number of drawn sessions (decided: B = 200)."""
NOTHING = 1e-9
"""Below this a sum over cells is zero and the rest rounding."""
SEED = 0x7A1C
"""Fixed: the same trace gives the same interval, always."""
LOW_PERCENT, HIGH_PERCENT = 2.5, 97.5
"""A 95 % percentile interval."""


@dataclass(frozen=True, slots=True)
class Draws:
    """`starts` (DRAWS, blocks): the first cell of each block drawn; every block but the last is `block`
    cells long.
    """

    cells: int
    block: int
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, running_s: float) -> Self:
        """Return the draws for a session of so many running seconds."""
        cells = max(1, math.ceil(round(running_s / CELL_S, 6)))
        block = max(1, min(round(BLOCK_S / CELL_S), math.ceil(cells / LEAST_BLOCKS)))
        blocks = math.ceil(cells / block)
        # Raw words of PCG64 are the same in every version of numpy; what Generator makes of them is not
        # promised.
        words = np.random.PCG64(SEED).random_raw(DRAWS * blocks).reshape(DRAWS, blocks)
        return cls(cells, block, ((words >> np.uint64(11)) * 2.0**-53 * cells).astype(np.intp))

    def per_cell(self, running_t: Floats, amount: Floats) -> Floats:
        """Return `amount` summed into cells; `running_t` is each sample's place in the running time, in
        seconds.
        """
        cell = np.clip((running_t / CELL_S).astype(np.intp), 0, self.cells - 1)
        return np.bincount(cell, weights=amount, minlength=self.cells).astype(np.float64)

    def sums(self, cells: Floats) -> Floats:
        """Return the sum of `cells` over each drawn session, `(DRAWS,)`; a block that runs over the end
        goes on at 0.
        """
        upto = np.concatenate([[0.0], np.cumsum(np.concatenate([cells, cells[: self.block]]))])
        last = self.cells - self.block * (self.starts.shape[1] - 1)
        lengths = np.full(self.starts.shape[1], self.block)
        lengths[-1] = last
        total: Floats = np.sum(upto[self.starts + lengths] - upto[self.starts], axis=1)
        return total

    def ratios(self, part: Floats, whole: Floats) -> Floats:
        """Return the ratio of the drawn sums of two cell series; NaN where the whole is nothing."""
        below = self.sums(whole)
        found: Floats = np.divide(self.sums(part), below, out=np.full(DRAWS, np.nan), where=below > NOTHING)
        return found


def limits(replicates: Floats) -> tuple[float, float]:
    """Return the 95 % percentile limits of drawn values; the caller has left no NaN in them."""
    low, high = np.percentile(replicates, (LOW_PERCENT, HIGH_PERCENT))
    return float(low), float(high)
