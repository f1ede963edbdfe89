"""Loudness from the 20 ms levels that stations send: momentary, short-term and gated (ITU-R BS.1770-5, EBU
3341).

The station weights (K) and squares before any codec; one value is the level of 20 ms in LUFS, silence is
-120. From there on loudness is only means of powers, so nothing of the signal is needed here. The hop of 20
ms is what EBU Tech 3341 cases 13 and 14 ask for; at 100 ms they fail by 0.45 LU.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telemetry.frames import Float64

__all__ = ["SILENCE_LUFS", "integrated", "mean_level", "momentary", "power_of", "short_term"]

SILENCE_LUFS = -120.0
BLOCK_S = 0.02
# BS.1770-5: -0.691 dB makes a 997 Hz full-scale sine on one channel read -3.01 LKFS.
OFFSET_LU = -0.691
# EBU Tech 3341: momentary over 400 ms, short-term over 3 s, both rectangular and not gated.
MOMENTARY_BLOCKS = 20
SHORT_TERM_BLOCKS = 150
# BS.1770-5, gating: blocks of 400 ms overlapping by 75 %, an absolute gate, then one 10 LU below the mean.
GATING_HOP_BLOCKS = 5
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0


def power_of(level: npt.ArrayLike) -> Float64:
    """Mean square of each level in LUFS."""
    found: Float64 = 10.0 ** ((np.asarray(level, np.float64) - OFFSET_LU) / 10.0)
    return found


def level_of(power: npt.ArrayLike) -> Float64:
    """Level in LUFS of each mean square, not below silence."""
    with np.errstate(divide="ignore"):
        level = OFFSET_LU + 10.0 * np.log10(np.asarray(power, np.float64))
    found: Float64 = np.maximum(level, SILENCE_LUFS)
    return found


def mean_level(levels: npt.ArrayLike) -> float:
    """The level of all 20 ms together, not gated; nan of none."""
    power = power_of(levels)
    return float(level_of(power.mean())) if power.size else float("nan")


def momentary(levels: npt.ArrayLike) -> Float64:
    """Momentary loudness (n,) in LUFS at the end of each 20 ms; nan for the first 380 ms."""
    return _sliding(levels, MOMENTARY_BLOCKS)


def short_term(levels: npt.ArrayLike) -> Float64:
    """Short-term loudness (n,) in LUFS at the end of each 20 ms; nan for the first 2.98 s."""
    return _sliding(levels, SHORT_TERM_BLOCKS)


def integrated(levels: npt.ArrayLike) -> float:
    """Gated loudness in LUFS of all 20 ms levels (n,) together; nan if nothing passes the absolute gate."""
    power = power_of(levels)
    if len(power) < MOMENTARY_BLOCKS:
        return float("nan")
    blocks = _means(power, MOMENTARY_BLOCKS)[::GATING_HOP_BLOCKS]
    above = blocks[blocks > power_of(ABSOLUTE_GATE_LUFS)]
    if not len(above):
        return float("nan")
    relative = level_of(above.mean()) + RELATIVE_GATE_LU
    return float(level_of(above[above > power_of(relative)].mean()))


def _sliding(levels: npt.ArrayLike, blocks: int) -> Float64:
    power = power_of(levels)
    found = np.full(len(power), np.nan)
    if len(power) >= blocks:
        found[blocks - 1 :] = level_of(_means(power, blocks))
    return found


def _means(power: Float64, blocks: int) -> Float64:
    """Mean of every run of `blocks` powers, (n - blocks + 1,).

    Not by differences of one running sum: after a shout they would leave a floor under a whisper.
    """
    windows = np.lib.stride_tricks.sliding_window_view(power, blocks)
    found: Float64 = windows.mean(axis=1)
    return found
