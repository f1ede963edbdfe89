"""Synthetic voice: exact levels, by the server's own meter and by the definition of momentary loudness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.voice import NORMAL_LUFS, ROOM_LUFS, VOICE_COLUMNS, Voice
from telemetry.streams import STREAMS

LOUDNESS, POWER, PEAK, CLIPPED, SPEAKING, LOW, HIGH = range(7)


def test_the_columns_are_the_declared_ones() -> None:
    assert tuple(column.name for column in STREAMS["voice"].columns) == VOICE_COLUMNS


def test_a_quiet_room_is_steady_and_silent() -> None:
    rows = Voice().rows(100)
    np.testing.assert_allclose(rows[LOUDNESS], ROOM_LUFS, atol=1e-4)
    assert not rows[SPEAKING].any()


@given(st.floats(-12, 12), st.lists(st.integers(1, 12), min_size=1, max_size=60))
def test_speech_is_exactly_as_loud_as_said_in_portions_of_any_size(level: float, counts: list[int]) -> None:
    voice = Voice()
    voice.level = level
    rows = np.concatenate([voice.rows(count) for count in counts], axis=1)
    # The room adds 0.001 LU to normal speech, and 0.02 LU 12 LU below it.
    np.testing.assert_allclose(rows[LOUDNESS][20:], NORMAL_LUFS + level, atol=0.02)
    whole = Voice()
    whole.level = level
    np.testing.assert_allclose(rows, whole.rows(sum(counts)), rtol=1e-5)


def test_momentary_loudness_is_the_mean_power_of_400_ms() -> None:
    voice = Voice()
    parts = [voice.rows(30)]
    voice.level = 3.0
    parts.append(voice.rows(33))
    voice.level = None
    parts.append(voice.rows(40))
    rows = np.concatenate(parts, axis=1)
    power = 10 ** (rows[POWER].astype(np.float64) / 10)
    for row in range(20, rows.shape[1]):
        expected = 10 * np.log10(power[row - 19 : row + 1].mean())
        assert rows[LOUDNESS][row] == pytest.approx(expected, abs=1e-3)
    assert rows[SPEAKING].sum() == 33


def test_only_a_shout_into_the_microphone_clips() -> None:
    voice = Voice()
    voice.level = 10.0
    assert not voice.rows(50)[CLIPPED].any()
    voice.level = 25.0
    rows = voice.rows(50)
    assert rows[CLIPPED].max() > 0
    assert rows[PEAK].max() == 0


def alpha_db(level: float) -> float:
    """Power of the high band over that of the low one while speaking at a level."""
    voice = Voice()
    voice.level = level
    rows = voice.rows(50).astype(np.float64)
    low, high = (10 ** (rows[band] / 10) for band in (LOW, HIGH))
    return float(10 * np.log10(high.mean() / low.mean()))


@pytest.mark.parametrize(("level", "alpha"), [(0.0, -8.85), (6.2, -5.72), (13.1, -2.88), (21.1, 0.71)])
def test_the_spectrum_tilts_up_with_effort_as_the_standard_s_speech_does(level: float, alpha: float) -> None:
    """Normal, raised, loud, shouted speech of ANSI S3.5-1997, by band sums."""
    assert alpha_db(level) == pytest.approx(alpha, abs=0.4)


@given(st.floats(-12, 25))
def test_the_bands_add_up_to_the_k_weighted_power(level: float) -> None:
    """Both bands together weigh less than the weighted whole says, and no more than the weighting can add."""
    voice = Voice()
    voice.level = level
    rows = voice.rows(30).astype(np.float64)
    both = 10 * np.log10(10 ** (rows[LOW] / 10) + 10 ** (rows[HIGH] / 10))
    assert np.all((rows[POWER] - both > -0.7) & (rows[POWER] - both < 4.0))
