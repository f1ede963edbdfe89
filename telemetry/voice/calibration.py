"""A trainee's own normal voice: the level against which their voice is graded, or why it cannot be.

The trainee is silent for some seconds (room tone) and then reads a text as to a calm person a metre away.
Every refusal says in plain words what to do about it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from telemetry.voice import loudness

__all__ = ["Calibration", "calibrate"]

# Acceptance (scoring-model 3.7): a design default, not an empirical cut.
SNR_MIN_DB = 15.0
SPEECH_MIN_S = 8.0
CLIPPED_MAX = 0.001
# Room tone shorter than this is a click, not a room; five seconds are asked for.
ROOM_MIN_S = 2.0
# ITU-T P.56: speech is what lies within 15.9 dB of its active level, with 0.2 s of hang-over over its pauses.
SPEECH_MARGIN_DB = 15.9
HANG_OVER_BLOCKS = 10
# And it must stand out of the room, or the room's own noise would count as speech.
ABOVE_ROOM_DB = 6.0
# A microphone that gives less than this is muted or not the one in use; the quietest real one hisses at -80.
DEAD_DBFS = -90.0
# The same person on the same device reads this much louder only if the text was shouted (scoring-model,
# decided).
LOUDER_MAX_LU = 6.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was heard. Not observed is nan; `reasons` is empty exactly if it is accepted.

    `baseline_lufs` gated loudness of the text, `noise_lufs` of the room, `clipped` share of samples at full
    scale.
    """

    accepted: bool
    baseline_lufs: float
    noise_lufs: float
    snr_db: float
    speech_s: float
    clipped: float
    reasons: tuple[str, ...]


def calibrate(
    power_room: npt.ArrayLike,
    power_voice: npt.ArrayLike,
    peak: npt.ArrayLike,
    clipped: npt.ArrayLike,
    agc: bool | None,
    *,
    earlier_lufs: Sequence[float] = (),
) -> Calibration:
    """Judge a calibration.

    `power_room` (n,) and `power_voice` (m,) are 20 ms levels in LUFS; `peak` (m,) in dBFS and `clipped` (m,)
    are those of the voice part. `agc` is what the browser says of its gain control, None if it says nothing.
    `earlier_lufs` are accepted baselines of the same person on the same device.
    """
    room, voice = np.asarray(power_room, np.float64), np.asarray(power_voice, np.float64)
    noise, baseline = loudness.mean_level(room), loudness.integrated(voice)
    shares = np.asarray(clipped, np.float64)
    share = float(shares.mean()) if shares.size else math.nan
    heard = Calibration(
        accepted=True,
        baseline_lufs=baseline,
        noise_lufs=noise,
        snr_db=baseline - noise,
        speech_s=_speech_s(voice, noise, baseline),
        clipped=share,
        reasons=(),
    )
    loudest = float(np.max(peak)) if np.size(peak) else -math.inf
    reasons = tuple(_reasons(heard, loudest, len(room), agc, earlier_lufs))
    return replace(heard, accepted=not reasons, reasons=reasons)


def _speech_s(voice: npt.NDArray[np.float64], noise: float, baseline: float) -> float:
    """Seconds of speech: blocks above both thresholds and, as P.56 counts, the short pauses after them."""
    if math.isnan(baseline):
        return 0.0
    floor = noise + ABOVE_ROOM_DB if not math.isnan(noise) else -math.inf
    active = voice > max(floor, baseline - SPEECH_MARGIN_DB)
    hung = np.convolve(active, np.ones(HANG_OVER_BLOCKS + 1))[: len(active)] > 0.5
    # The hang-over after the last word of all is silence.
    last = np.flatnonzero(active)
    return float(hung[: last[-1] + 1].sum() * loudness.BLOCK_S) if len(last) else 0.0


def _reasons(
    heard: Calibration, loudest: float, room_blocks: int, agc: bool | None, earlier_lufs: Sequence[float]
) -> Iterator[str]:
    """Why this cannot be a baseline, each with the value, the bound and what to do."""
    if agc is None:
        yield "The browser does not say whether automatic gain control is off, so levels cannot be compared."
    elif agc:
        yield "Automatic gain control is on, so levels cannot be compared: switch it off for this microphone."
    if room_blocks * loudness.BLOCK_S < ROOM_MIN_S:
        heard_s = f"{room_blocks * loudness.BLOCK_S:.1f} s of the silent room"
        yield f"Only {heard_s} were heard; {ROOM_MIN_S:.0f} s are needed: wait before reading."
    if not loudest > DEAD_DBFS:
        yield "The microphone gives no sound: is it muted, or another one chosen?"
        return
    if heard.speech_s < SPEECH_MIN_S:
        heard_s = f"{heard.speech_s:.1f} s of speech"
        yield f"Only {heard_s} were heard; {SPEECH_MIN_S:.0f} s are needed: read all of the text."
    if not math.isnan(heard.snr_db) and heard.snr_db < SNR_MIN_DB:
        apart = f"{heard.snr_db:.1f} dB above the room's noise; {SNR_MIN_DB:.0f} dB are needed"
        yield f"The voice is {apart}: go nearer to the microphone or to a quieter place."
    if heard.clipped >= CLIPPED_MAX:
        share = f"{100 * heard.clipped:.2f} % of the samples are at full scale"
        bound = f"{100 * CLIPPED_MAX:.1f} % are too many"
        yield f"The microphone is overdriven, {share}; {bound}: turn its gain down."
    if earlier_lufs and heard.baseline_lufs > float(np.median(earlier_lufs)) + LOUDER_MAX_LU:
        louder = f"{heard.baseline_lufs - float(np.median(earlier_lufs)):.1f} LU louder than before"
        yield f"This is {louder} on this device: read as to a calm person beside you."
