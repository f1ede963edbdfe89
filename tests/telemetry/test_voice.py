"""Loudness against EBU Tech 3341's own signals, and a calibration that says why it refuses."""

import math
import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.voice import loudness
from telemetry.voice.calibration import Calibration, calibrate

RATE = 48_000
Float64 = npt.NDArray[np.float64]

# The filters of ITU-R BS.1770-5 at 48 kHz, tables 1 and 2.
STAGES = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def k_weighted(signal: Float64) -> Float64:
    """The K-weighting as a meter would filter it; in the frequency domain, which needs no loop."""
    size = len(signal) + RATE
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones(len(z), np.complex128)
    for b, a in STAGES:
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    return np.fft.irfft(np.fft.rfft(signal, size) * response, size)[: len(signal)]


def levels(*parts: tuple[float, float], channels: int = 2) -> Float64:
    """20 ms levels of a 1 kHz sine: (seconds, peak level in dBFS per channel), the same in each channel."""
    seconds = [0.0, *np.cumsum([duration for duration, _ in parts])]
    t = np.arange(round(seconds[-1] * RATE)) / RATE
    signal = np.sin(2 * np.pi * 1000 * t)
    for (start, end), (_, level) in zip(pairwise(seconds), parts, strict=True):
        signal[round(start * RATE) : round(end * RATE)] *= 10 ** (level / 20)
    square = k_weighted(signal) ** 2
    block = RATE // 50
    power = channels * square[: len(square) // block * block].reshape(-1, block).mean(axis=1)
    return loudness.level_of(power)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(20, -23)], -23.0),
        ([(20, -33)], -33.0),
        ([(10, -36), (60, -23), (10, -36)], -23.0),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),
        ([(20, -26), (20.1, -20), (20, -26)], -23.0),
    ],
)
def test_tech_3341_cases_1_to_5(parts: list[tuple[float, float]], expected: float) -> None:
    assert loudness.integrated(levels(*parts)) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_momentary_and_short_term_of_cases_1_and_2(level: float) -> None:
    steady = levels((20, level))
    for meter, first in ((loudness.momentary, 20), (loudness.short_term, 150)):
        found = meter(steady)
        assert np.isnan(found[: first - 1]).all()
        np.testing.assert_allclose(found[first:], level, atol=0.1)


def test_short_term_is_constant_in_case_9_and_momentary_in_case_12() -> None:
    short = loudness.short_term(levels(*[(1.34, -20), (1.66, -30)] * 5))
    np.testing.assert_allclose(short[150:], -23.0, atol=0.1)
    moment = loudness.momentary(levels(*[(0.18, -20), (0.22, -30)] * 25))
    np.testing.assert_allclose(moment[50:], -23.0, atol=0.1)


@pytest.mark.parametrize("i", [0, 1, 7, 13, 19])
def test_the_loudest_moment_of_case_13(i: int) -> None:
    """400 ms at any multiple of 20 ms: a hop of 100 ms would miss up to 0.45 LU."""
    found = loudness.momentary(levels((0.02 * i + 0.2, -120), (0.4, -23), (1, -120)))
    assert np.nanmax(found) == pytest.approx(-23.0, abs=0.1)


def test_a_full_scale_sine_on_one_channel_reads_minus_three() -> None:
    assert loudness.integrated(levels((5, 0), channels=1)) == pytest.approx(-3.01, abs=0.1)


def test_silence_and_too_little_are_not_observed() -> None:
    assert math.isnan(loudness.integrated(np.full(200, -120.0)))
    assert math.isnan(loudness.integrated(np.full(19, -20.0)))
    assert math.isnan(loudness.mean_level([]))
    assert loudness.momentary([-20.0] * 5).tolist() != loudness.momentary([]).tolist() == []


@given(st.floats(-60, 0), st.floats(-9, 9))
def test_a_gain_moves_every_meter_by_itself(level: float, gain: float) -> None:
    steady = np.full(200, level)
    for meter in (loudness.integrated, loudness.mean_level):
        assert meter(steady + gain) == pytest.approx(meter(steady) + gain)


def test_a_whisper_after_a_shout_keeps_its_level() -> None:
    after = loudness.momentary(np.concatenate([np.full(100, 3.0), np.full(100, -110.0)]))
    np.testing.assert_allclose(after[-50:], -110.0, atol=1e-6)


def reading(level: float = -28.0, seconds: float = 20.0) -> Float64:
    """Speech-like levels: 0.4 s syllable groups, 0.1 s pauses, one pause of a second in five."""
    pattern = np.concatenate([np.full(20, level), np.full(5, level - 30)] * 8 + [np.full(50, -62.0)])
    return np.resize(pattern, round(seconds * 50))


def judged(
    *, room: float = -62.0, room_s: float = 5.0, voice: Float64 | None = None, clipped: float = 0.0,
    peak: float = -9.0, agc: bool | None = False, earlier: tuple[float, ...] = (),
) -> Calibration:  # fmt: skip
    """A calibration that is accepted but for what is given."""
    voice = reading() if voice is None else voice
    quiet = np.full(round(room_s * 50), room)
    count = len(voice)
    return calibrate(quiet, voice, np.full(count, peak), np.full(count, clipped), agc, earlier_lufs=earlier)


def test_a_good_calibration_is_accepted() -> None:
    found = judged()
    assert found.accepted
    assert found.reasons == ()
    assert found.baseline_lufs == pytest.approx(-29.0, abs=1.0)
    assert found.noise_lufs == pytest.approx(-62.0)
    assert found.snr_db == pytest.approx(found.baseline_lufs + 62.0)
    assert 15.0 < found.speech_s < 20.0


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (judged(agc=True), "gain control is on"),
        (judged(agc=None), "does not say whether automatic gain control is off"),
        (judged(room=-40.0), r"is 10\.\d dB above the room's noise; 15 dB are needed: go nearer"),
        (judged(voice=reading(seconds=8.0)), r"Only \d\.\d s of speech were heard; 8 s are needed"),
        (judged(clipped=0.002), r"0.20 % of the samples are at full scale; 0.1 % are too many: turn"),
        (judged(room_s=0.5), r"Only 0.5 s of the silent room were heard; 2 s are needed"),
        (judged(voice=np.full(1000, -120.0), peak=-120.0), "gives no sound: is it muted"),
        (judged(voice=np.zeros(0)), "gives no sound: is it muted"),
        (judged(earlier=(-38.0, -36.5, -36.0)), r"7\.\d LU louder than before on this device"),
    ],
)
def test_a_refusal_names_value_bound_and_remedy(found: Calibration, reason: str) -> None:
    assert not found.accepted
    assert len(found.reasons) == 1
    assert re.search(reason, found.reasons[0])


def test_several_faults_are_all_told() -> None:
    found = judged(agc=True, room=-30.0, clipped=0.5, room_s=1.0)
    assert len(found.reasons) == 5


@given(st.lists(st.floats(-120, 0), max_size=300), st.lists(st.floats(-120, 0), max_size=300))
def test_any_levels_are_judged(room: list[float], voice: list[float]) -> None:
    found = calibrate(room, voice, [-10.0] * len(voice), [0.0] * len(voice), False)
    assert found.accepted == (not found.reasons)
    assert found.accepted == (len(room) >= 100 and found.speech_s >= 8 and found.snr_db >= 15)
