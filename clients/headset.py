"""The state of a headset that nobody wears: a bot's screen shows every frame."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEADSET_COLUMNS", "HEADSET_RATE", "headset_rows"]

HEADSET_COLUMNS: Final = ("worn", "visible", "frame_rate", "dropped")
HEADSET_RATE: Final = 2.0

#: Nobody can say whether a bot wears anything (-1); it sees all it is shown, at a headset's usual rate.
_STATE: Final = np.array([[-1.0], [1.0], [72.0], [0.0]], np.float32)


def headset_rows(count: int) -> NDArray[np.float32]:
    """Return ``count`` rows, (4, count), in the order of ``HEADSET_COLUMNS``."""
    return np.repeat(_STATE, count, axis=1)
