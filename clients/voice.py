"""Rows of a voice that was never spoken: room tone, and speech at an exact level above the normal voice.

Speech is a fixed syllable pattern over the level, five syllables per second, whose mean power over any 200 ms
is exactly the level. So the momentary loudness (400 ms) stands still while somebody speaks, and a gated
loudness measured over speech at ``+6 LU`` lies 6 LU above one measured over normal speech.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NORMAL_LUFS", "ROOM_LUFS", "VOICE_COLUMNS", "VOICE_RATE", "Voice"]

VOICE_COLUMNS: Final = ("loudness", "power", "peak", "clipped", "speaking")
VOICE_RATE: Final = 50.0

#: A headset's microphone in a quiet room, and a normal voice at it: 36 LU apart, far above the 6 dB of signal
#: to noise under which a calibration is worthless.
NORMAL_LUFS: Final = -26.0
ROOM_LUFS: Final = -62.0

#: Momentary loudness is measured over 400 ms (EBU Tech 3341), 20 rows of 20 ms.
MOMENTARY_ROWS: Final = 20

#: A syllable's power over 200 ms in relation to its mean: up, down, a short closure.
_SYLLABLE: Final = np.array([0.35, 0.9, 1.5, 1.9, 1.8, 1.4, 1.0, 0.65, 0.35, 0.15])

#: Peak above the power of the same 20 ms: 12 and 10 dB are usual crest factors of speech and of noise.
_CREST_SPEECH_DB: Final = 12.0
_CREST_ROOM_DB: Final = 10.0

#: Full scale; what would go over it is clipped.
_FULL_SCALE_DB: Final = 0.0


class Voice:
    """One trainee's microphone. ``level`` is spoken from now on, in LU above normal; None is silence."""

    def __init__(self, *, normal_lufs: float = NORMAL_LUFS, room_lufs: float = ROOM_LUFS) -> None:
        """Start silent, in a room that has been quiet for a while."""
        self.level: float | None = None
        self._normal = normal_lufs
        self._room = 10 ** (room_lufs / 10)
        self._row = 0
        self._history = np.full(MOMENTARY_ROWS - 1, self._room)

    def rows(self, count: int) -> NDArray[np.float32]:
        """Return the next ``count`` rows, (5, count), in the order of ``VOICE_COLUMNS``."""
        power = np.full(count, self._room)
        speaking = self.level is not None
        if self.level is not None:
            at = (self._row + np.arange(count)) % _SYLLABLE.size
            power += _SYLLABLE[at] * 10 ** ((self._normal + self.level) / 10)
        self._row += count
        heard = np.concatenate((self._history, power))
        self._history = heard[count:]
        sums = np.cumsum(np.concatenate(((0.0,), heard)))
        loudness = _db((sums[MOMENTARY_ROWS:] - sums[:-MOMENTARY_ROWS]) / MOMENTARY_ROWS)
        peak = _db(power) + (_CREST_SPEECH_DB if speaking else _CREST_ROOM_DB)
        over = np.maximum(peak - _FULL_SCALE_DB, 0.0)
        # A tenth of the samples per 10 dB over full scale: an order of magnitude, enough to be noticed.
        clipped = np.minimum(over / 100, 1.0)
        columns = (loudness, _db(power), np.minimum(peak, _FULL_SCALE_DB), clipped, np.full(count, speaking))
        return np.stack(columns).astype(np.float32)


def _db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10 * np.log10(power)
