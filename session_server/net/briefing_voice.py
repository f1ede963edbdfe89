"""The trainee's voice in the briefing, which is calibrated by what was received, not by what a client says it heard."""

import math
from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np

from session_server.core.messages import Calibrate, Calibration
from telemetry.frames import Block
from telemetry.streams import STREAMS
from telemetry.voice.calibration import calibrate

#: Samples kept: two minutes of 50 Hz, over three times what the procedure takes.
KEPT_ROWS: Final = 6000
#: Where a voice row has what a calibration needs.
VOICE: Final = STREAMS["voice"].names
POWER, PEAK, CLIPPED = (VOICE.index(name) for name in ("power", "peak", "clipped"))


class BriefingVoice:
    """The newest voice samples of one session."""

    def __init__(self) -> None:
        self._blocks: deque[Block] = deque()
        self._rows = 0

    def keep(self, block: Block) -> None:
        """Keep newly arrived rows, and give up the oldest beyond ``KEPT_ROWS``."""
        self._blocks.append(block)
        self._rows += len(block.offsets_ms)
        while self._rows > KEPT_ROWS:
            self._rows -= len(self._blocks.popleft().offsets_ms)

    def calibrate(self, request: Calibrate, consent: Mapping[str, object] | None) -> Calibration:
        """Measure the two spans that ``request`` names; ``consent`` tells what the browser does to the signal."""
        times = np.concatenate([block.client_ms for block in self._blocks] or [np.empty(0)])
        values = np.concatenate([block.values for block in self._blocks] or [np.empty((0, len(VOICE)), np.float32)])
        room, voice = (
            values[(times >= start) & (times <= end)] for start, end in (request.room_ms, request.voice_ms)
        )
        settings = (consent or {}).get("settings")
        agc = settings.get("autoGainControl") if isinstance(settings, dict) else None
        measured = calibrate(room[:, POWER], voice[:, POWER], voice[:, PEAK], voice[:, CLIPPED], agc)
        return Calibration(
            measured.accepted, _finite(measured.baseline_lufs), _finite(measured.noise_lufs), _finite(measured.snr_db),
            round(measured.speech_s, 2), _finite(measured.clipped) or 0.0, tuple(measured.reasons),
        )  # fmt: skip


def _finite(value: float) -> float | None:
    """A level of nothing is minus infinity or nan, for which JSON has no word."""
    return round(value, 3) if math.isfinite(value) else None
