"""Rows of a voice that was never spoken: room tone, and speech at an exact level above the normal voice.

Speech is a fixed syllable pattern over the level, five syllables per second, whose mean power over any 200 ms
is exactly the level. So the momentary loudness (400 ms) stands still while somebody speaks, and a gated
loudness measured over speech at ``+6 LU`` lies 6 LU above one measured over normal speech.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NORMAL_LUFS", "ROOM_LUFS", "VOICE_COLUMNS", "VOICE_RATE", "Voice"]

VOICE_COLUMNS: Final = ("loudness", "power", "peak", "clipped", "speaking", "low_band", "high_band")
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

#: Power of 1 to 5.6 kHz over that of 0.14 to 1 kHz (alpha ratio): -8.85 dB of a normal voice, and nearer 0 the harder
#: it is raised, 9.6 dB over 21.1 LU up to a shout (band sums of the speech spectra of ANSI S3.5-1997).
_ALPHA_NORMAL_DB: Final = -8.85
_ALPHA_PER_LU: Final = 9.6 / 21.1
#: A room's noise falls by 3 dB per octave: the 2.5 octaves above hold a little less than the 2.8 below.
_ALPHA_ROOM_DB: Final = -0.6
#: What the K-weighting of the power adds to the upper band, on the average of speech, and its constant (BS.1770).
_K_HIGH_DB: Final = 3.3
_K_OFFSET_DB: Final = -0.691


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
        """Return the next ``count`` rows, (7, count), in the order of ``VOICE_COLUMNS``."""
        power = np.full(count, self._room)
        low, high = _bands(power, _ALPHA_ROOM_DB)
        speaking = self.level is not None
        if self.level is not None:
            at = (self._row + np.arange(count)) % _SYLLABLE.size
            speech = _SYLLABLE[at] * 10 ** ((self._normal + self.level) / 10)
            speech_low, speech_high = _bands(speech, _ALPHA_NORMAL_DB + _ALPHA_PER_LU * self.level)
            power, low, high = power + speech, low + speech_low, high + speech_high
        self._row += count
        heard = np.concatenate((self._history, power))
        self._history = heard[count:]
        sums = np.cumsum(np.concatenate(((0.0,), heard)))
        loudness = _db((sums[MOMENTARY_ROWS:] - sums[:-MOMENTARY_ROWS]) / MOMENTARY_ROWS)
        peak = _db(power) + (_CREST_SPEECH_DB if speaking else _CREST_ROOM_DB)
        over = np.maximum(peak - _FULL_SCALE_DB, 0.0)
        # A tenth of the samples per 10 dB over full scale: an order of magnitude, enough to be noticed.
        clipped = np.minimum(over / 100, 1.0)
        columns = (
            loudness, _db(power), np.minimum(peak, _FULL_SCALE_DB), clipped, np.full(count, speaking), _db(low),
            _db(high),
        )  # fmt: skip
        return np.stack(columns).astype(np.float32)


def _bands(power: NDArray[np.float64], alpha_db: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the unweighted powers of the low and the high band of a sound of this K-weighted power."""
    ratio = 10 ** (alpha_db / 10)
    low = power * 10 ** (-_K_OFFSET_DB / 10) / (1 + ratio * 10 ** (_K_HIGH_DB / 10))
    return low, low * ratio


def _db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10 * np.log10(power)
