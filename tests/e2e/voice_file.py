"""A microphone's input of known level: a quiet room, then a voice in short phrases, over and over.

The voice is a 997 Hz tone, whose level needs no meter: by ITU-R BS.1770-5 a full-scale sine of that frequency on one
channel reads -3.01 LUFS. The room is a murmur. What the whole reads is computed here by BS.1770 in the frequency
domain, which is exact for a file that plays in a loop, and shares nothing with the station's meter or with
`telemetry.voice`.
"""

import math
import wave
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 48_000
TONE_HZ: Final = 997.0
#: The level of a full-scale 997 Hz sine on one channel (BS.1770-5, note to the offset of -0.691).
FULL_SCALE_LUFS: Final = -3.01
#: A voice at arm's length from a microphone that is not overdriven, and a quiet room.
VOICE_LUFS: Final = -24.0
ROOM_LUFS: Final = -62.0
#: Phrases of speech: longer than the 400 ms over which momentary loudness is taken, with pauses like breaths.
PHRASE_S: Final = 1.1
PAUSE_S: Final = 0.3
#: A tone that begins at once clicks, and a click is not at 997 Hz.
RAMP_S: Final = 0.01

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class VoiceFile:
    """What plays in a loop: ``room_s`` of quiet, then ``voice_s`` of phrases; whole seconds, for short transforms."""

    path: Path
    room_s: int
    voice_s: int
    samples: Samples

    @property
    def phrase_lufs(self) -> float:
        """What any 400 ms inside a phrase read."""
        return VOICE_LUFS

    @cached_property
    def gated_lufs(self) -> float:
        """What the phrases and pauses read together, as BS.1770 gates them."""
        return gated(self._weighted[self.room_s * RATE :])

    @cached_property
    def room_lufs(self) -> float:
        return level(float(np.mean(self._weighted[: self.room_s * RATE] ** 2)))

    @cached_property
    def _weighted(self) -> Samples:
        return weighted(self.samples)


def write(path: Path, *, room_s: int, voice_s: int, seed: int = 2) -> VoiceFile:
    """Write the loop as 16-bit mono WAV, which is what Chromium's fake microphone plays."""
    room = _murmur((room_s + voice_s) * RATE, seed)
    samples = room + np.concatenate([np.zeros(room_s * RATE), _phrases(voice_s)])
    whole = np.round(samples * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole.tobytes())
    return VoiceFile(path, room_s, voice_s, whole / 32767)


def _murmur(count: int, seed: int) -> Samples:
    """Noise as rooms have it, within what every sound card passes on."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    within = (hz > 60) & (hz < 8_000)
    spectrum[within] /= np.sqrt(hz[within])
    spectrum[~within] = 0.0
    noise = np.fft.irfft(spectrum, count)
    murmur: Samples = noise * math.sqrt(power(ROOM_LUFS) / float(np.mean(weighted(noise) ** 2)))
    return murmur


def _phrases(seconds: int) -> Samples:
    t = np.arange(seconds * RATE) / RATE
    within = t % (PHRASE_S + PAUSE_S)
    envelope = np.clip(np.minimum(within, PHRASE_S - within) / RAMP_S, 0.0, 1.0)
    amplitude = 10.0 ** ((VOICE_LUFS - FULL_SCALE_LUFS) / 20.0)
    phrases: Samples = amplitude * envelope * np.sin(2 * math.pi * TONE_HZ * t)
    return phrases


def weighted(samples: Samples) -> Samples:
    """K-weight a loop: both filters of BS.1770-5, tables 1 and 2 (48 kHz), by their frequency response."""
    z = np.exp(-2j * math.pi * np.fft.rfftfreq(len(samples)))
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    found: Samples = np.fft.irfft(np.fft.rfft(samples) * shelf * high_pass, len(samples))
    return found


def level(mean_square: float) -> float:
    """LUFS of a K-weighted mean square (BS.1770-5, eq. 2)."""
    return -0.691 + 10.0 * math.log10(mean_square)


def power(lufs: float) -> float:
    """The mean square of a level."""
    return float(10.0 ** ((lufs + 0.691) / 10.0))


def gated(signal: Samples) -> float:
    """Gated loudness (BS.1770-5, eqs. 3 to 7): blocks of 400 ms, overlapping by 75 %, above both gates."""
    squares = np.concatenate([[0.0], np.cumsum(signal**2)])
    block, hop = round(0.4 * RATE), round(0.1 * RATE)
    starts = np.arange(0, len(signal) - block + 1, hop)
    blocks = (squares[starts + block] - squares[starts]) / block
    above = blocks[blocks > power(-70.0)]
    return level(float(np.mean(above[above > power(level(float(np.mean(above))) - 10.0)])))
