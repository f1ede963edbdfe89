"""How often something happened in a sample, with the interval that the sample leaves open."""

import math
from dataclasses import dataclass

#: The normal distribution's quantile for a two-sided interval of 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """``met`` of ``of``, as a share of one; nan where nothing was counted.

    ``low`` and ``high`` are the ends of Wilson's score interval at 95 % (Wilson 1927), which unlike the normal
    approximation stays inside [0, 1] and is honest for small samples and for shares near 0 and 1.
    """

    met: int
    of: int

    @property
    def value(self) -> float:
        """The share found."""
        return self.met / self.of if self.of else math.nan

    @property
    def low(self) -> float:
        """The lower end; exactly 0 where nothing was met."""
        return self._end(-1.0) if self.met else 0.0

    @property
    def high(self) -> float:
        """The upper end; exactly 1 only where everything was met."""
        return self._end(1.0) if self.met < self.of else 1.0

    def _end(self, side: float) -> float:
        share, n, square = self.met / self.of, self.of, _Z * _Z
        half = _Z * math.sqrt(share * (1.0 - share) / n + square / (4.0 * n * n))
        return (share + square / (2.0 * n) + side * half) / (1.0 + square / n)

    def __str__(self) -> str:
        """As people read it: ``65 % (43 to 82 %)``."""
        if not self.of:
            return "none"
        return f"{self.value * 100:.0f} % ({self.low * 100:.0f} to {self.high * 100:.0f} %)"
