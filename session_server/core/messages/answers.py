"""What a request is answered with; ``codec.dump`` writes these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from session_server.core.errors import JsonValue


@dataclass(frozen=True, slots=True)
class Calibration:
    """The trainee's calibrated normal voice, or the reasons why there is none."""

    accepted: bool
    baseline_lufs: float | None
    noise_lufs: float | None
    snr_db: float | None
    speech_s: float
    clipped: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackState:
    """One track of this connection and where it stands."""

    track: int
    stream: str
    label: str
    columns: tuple[str, ...]
    rate: float
    next_seq: int


@dataclass(frozen=True, slots=True)
class SensorState:
    """A declared sensor, and whether the trainee has agreed to it; ``None``: has not been asked yet."""

    name: str
    unit: str
    description: str
    privacy: str
    rate: float
    agreed: bool | None


@dataclass(frozen=True, slots=True)
class You:
    """Who the server takes this connection for."""

    id: str
    role: str


@dataclass(frozen=True, slots=True)
class SessionState:
    """Where the session stands."""

    id: UUID
    phase: str
    attempt: int
    t: float
    ms: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds a client must keep."""

    message_bytes: int
    frame_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The answer to ``hello``."""

    type: Literal["welcome"] = "welcome"
    ref: int
    protocol: int
    you: You
    session: SessionState
    tracks: tuple[TrackState, ...]
    scenario: Mapping[str, object]
    calibration: Calibration | None
    sensors: tuple[SensorState, ...]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAnswer:
    """When the request arrived and when the answer left, in server milliseconds since the session opened."""

    type: Literal["clock"] = "clock"
    ref: int
    t0_ms: float
    t1_ms: float
    t2_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ok:
    """Done, and on disk."""

    type: Literal["ok"] = "ok"
    ref: int
    event: int | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """A refusal on the wire."""

    type: Literal["error"] = "error"
    ref: int | None
    code: str
    message: str
    retry: bool
    details: dict[str, JsonValue] = field(default_factory=dict)
