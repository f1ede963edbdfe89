"""The calibration rests on what was received in the spans that are named, and on no more than is kept."""

import sys

import numpy as np

from session_server.core.messages import Calibrate
from session_server.net.briefing_voice import CLIPPED, KEPT_ROWS, PEAK, POWER, VOICE, BriefingVoice
from telemetry.frames import Block, decode_block, encode_block

ROW_MS = 20.0


def block(first: int, rows: int, power_db: float) -> Block:
    values = np.zeros((rows, len(VOICE)), np.float32)
    values[:, POWER], values[:, PEAK], values[:, CLIPPED] = power_db, power_db + 6, 0.0
    return decode_block(encode_block(1, first, (first + np.arange(rows)) * ROW_MS, values))


def test_quiet_and_voice_are_measured_in_their_spans() -> None:
    voice = BriefingVoice()
    for second in range(20):
        voice.keep(block(second * 50, 50, -65.0 if second < 10 else -25.0))
    request = Calibrate(ref=1, room_ms=(1_000.0, 9_000.0), voice_ms=(10_000.0, 19_990.0))
    measured = voice.calibrate(request, {"settings": {"autoGainControl": False}})
    assert measured.accepted, measured.reasons
    assert measured.snr_db is not None
    assert 35 < measured.snr_db < 45
    assert voice.calibrate(request, {"settings": {"autoGainControl": True}}).reasons != measured.reasons


def test_the_oldest_rows_are_given_up_and_nothing_at_all_is_no_fault() -> None:
    request = Calibrate(ref=1, room_ms=(0.0, 5_000.0), voice_ms=(5_000.0, 9_000.0))
    voice = BriefingVoice()
    assert not voice.calibrate(request, None).accepted
    for second in range(10 + KEPT_ROWS // 50):
        voice.keep(block(second * 50, 50, -25.0))
    forgotten = voice.calibrate(request, None)
    assert (forgotten.noise_lufs, forgotten.baseline_lufs) == (None, None)


def test_of_a_frame_only_its_voice_is_kept_and_nothing_once_the_briefing_is_over() -> None:
    came = block(0, 50, -25.0)
    frame = came.raw
    others = sys.getrefcount(frame)
    voice = BriefingVoice()
    voice.keep(came)
    del came
    assert sys.getrefcount(frame) < others
    voice.forget()
    forgotten = voice.calibrate(Calibrate(ref=1, room_ms=(0.0, 400.0), voice_ms=(400.0, 980.0)), None)
    assert (forgotten.noise_lufs, forgotten.baseline_lufs) == (None, None)
