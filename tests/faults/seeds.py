"""Seeds of the fault tests: few in ``make test``, many in ``make test-all``, one chosen to repeat a failure.

A test takes `seed` and draws all that is random from it, so that its failure can be had again:

    TALKDOWN_FAULT_SEED=17 .venv/bin/pytest tests/faults/test_damage.py
"""

import os
from dataclasses import dataclass
from typing import Final

import pytest

VARIABLE: Final = "TALKDOWN_FAULT_SEED"


def seeds(short: int, full: int) -> pytest.MarkDecorator:
    """Run a test with seeds 0 up to ``short``, those up to ``full`` as slow ones; or with the chosen seed only."""
    if chosen := os.environ.get(VARIABLE):
        return pytest.mark.parametrize("seed", [int(chosen)])
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(short, full)]
    return pytest.mark.parametrize("seed", [*range(short), *slow])


@dataclass(frozen=True, slots=True)
class Scale:
    """How many stations suffer a fault, and for how long."""

    stations: int
    fault_s: float


#: The issue's own scale is the slow one.
SCALES: Final = [
    pytest.param(Scale(10, 2.0), id="short"),
    pytest.param(Scale(50, 60.0), id="full", marks=pytest.mark.slow),
]
