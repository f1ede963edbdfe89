"""The trainee's voice in the briefing, which is calibrated by what was received, not by what a client says it heard."""

import math
from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np

from session_server.core.messages import Calibrate, Calibration
from telemetry.frames import Block, Float32, Float64
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
        #: Times on the client's clock (ms), and values.
        self._blocks: deque[tuple[Float64, Float32]] = deque()
        self._rows = 0

    def keep(self, block: Block) -> None:
        """Keep newly arrived rows, and give up the oldest beyond ``KEPT_ROWS``."""
        # Copied: a block is a view of its frame, whose other tracks may be a thousand times as long.
        self._blocks.append((block.client_ms, block.values.copy()))
        self._rows += len(block.offsets_ms)
        while self._rows > KEPT_ROWS:
            self._rows -= len(self._blocks.popleft()[0])

    def forget(self) -> None:
        """Keep nothing of what has come: the briefing is over."""
        self._blocks.clear()
        self._rows = 0

    def calibrate(self, request: Calibrate, consent: Mapping[str, object] | None) -> Calibration:
        """Measure the two spans that ``request`` names; ``consent`` tells what the browser does to the signal."""
        times = np.concatenate([times for times, _ in self._blocks] or [np.empty(0)])
        values = np.concatenate([values for _, values in self._blocks] or [np.empty((0, len(VOICE)), np.float32)])
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
