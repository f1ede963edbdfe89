"""What a station without a person measures, when each row is due, and by which clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from clients.headset import HEADSET_COLUMNS, HEADSET_RATE
from clients.messages import Track
from clients.motion import POSE_COLUMNS, POSE_RATE
from clients.voice import VOICE_COLUMNS, VOICE_RATE

__all__ = ["COLUMNS", "RATES", "Performer", "Sampler", "StationClock", "station_clock"]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "head_pose": POSE_COLUMNS, "voice": VOICE_COLUMNS, "headset_state": HEADSET_COLUMNS,
}  # fmt: skip
RATES: Final[Mapping[str, float]] = {"head_pose": POSE_RATE, "voice": VOICE_RATE, "headset_state": HEADSET_RATE}


class Performer(Protocol):
    """What the sensors of a station would see."""

    def advance(self, now_ms: float) -> None:
        """Live until ``now_ms`` on the station's clock; samples up to then follow."""

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Return the values (columns, rows) of ``stream`` at these times; each row is asked for once.

        None while its sensor measures nothing: the rows are declared as not measured.
        """


@dataclass(slots=True)
class Sampler:
    """The regular clock of one stream: row ``index`` is due at ``start_ms + index * period_ms``."""

    track: Track
    start_ms: float
    index: int = 0

    def due(self, now_ms: float) -> NDArray[np.float64]:
        """Return the times of the rows due until now; each is returned once."""
        period_ms = 1000 / RATES[self.track.stream]
        until = int((now_ms - self.start_ms) // period_ms) + 1
        times = self.start_ms + np.arange(self.index, until, dtype=np.float64) * period_ms
        self.index = max(self.index, until)
        return times


class StationClock:
    """A clock in ms like a page's own: it starts near 0, may run too fast, stand still while it sleeps, and be set."""

    def __init__(
        self, *, drift_ppm: float = 0.0, start_ms: float = 0.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Start at ``start_ms``; ``now`` is real time in seconds."""
        self._now, self._rate = now, 1000 * (1 + drift_ppm * 1e-6)
        # What is shown until real time ``_from``; it runs on from there.
        self._shown_ms, self._from = start_ms, now()

    def __call__(self) -> float:
        """Return what the clock shows (ms)."""
        return self._shown_ms + max(0.0, self._now() - self._from) * self._rate

    def sleep(self, seconds: float) -> None:
        """Stand still for so long from now on."""
        self._shown_ms, self._from = self(), max(self._now(), self._from) + seconds

    def jump(self, seconds: float) -> None:
        """Show a time so much later, or earlier, from now on."""
        self._shown_ms += seconds * 1000


def station_clock(*, drift_ppm: float = 0.0) -> StationClock:
    """Return a clock that starts near 0, as a page's does, and may run too fast."""
    return StationClock(drift_ppm=drift_ppm)
