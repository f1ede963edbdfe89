"""What clients are told without having asked; ``codec.dump`` writes these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasePush:
    """The session has entered a phase."""

    type: Literal["phase"] = "phase"
    phase: str
    t: float
    ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class ActorState:
    """One actor as the stage draws it: eyes at ``p`` (m), looking along ``q`` (x, y, z, w)."""

    p: tuple[float, float, float]
    q: tuple[float, float, float, float]
    posture: str
    gesture: str
    arousal: float
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePush:
    """Where everyone is."""

    type: Literal["stage"] = "stage"
    t: float
    ms: int
    actors: Mapping[str, ActorState]


@dataclass(frozen=True, slots=True, kw_only=True)
class SayPush:
    """An actor speaks a line."""

    type: Literal["say"] = "say"
    event: int
    t: float
    actor: str
    line: str
    text: str
    audio: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayPush:
    """A region has come to a node with media of its own; a station that cannot show them goes on drawing the scene."""

    type: Literal["play"] = "play"
    event: int
    t: float
    region: str
    media: Mapping[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesPush:
    """The choices that are offered now."""

    type: Literal["choices"] = "choices"
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioPush:
    """What became of a radio request."""

    type: Literal["radio"] = "radio"
    request: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Rows below these sequence numbers are on disk."""

    type: Literal["ack"] = "ack"
    tracks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VoiceState:
    """The trainee's voice now; ``relative`` is LU above the calibrated normal voice."""

    loudness: float
    relative: float | None
    speaking: bool


@dataclass(frozen=True, slots=True)
class HeadsetState:
    """Whether the trainee sees the scene, as in the stream ``headset_state``: ``worn`` is -1 where nobody says."""

    worn: float
    visible: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a continuous state last changed its course."""

    label: str
    rate: float
    t: float


@dataclass(frozen=True, slots=True)
class Recording:
    """Where the record stands between journal and database.

    ``failing``: why the journal's disk takes nothing at present. ``full``: clients keep their rows until there is room.
    """

    state: str
    behind_s: float
    failing: str | None = None
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePush:
    """What an instructor's live view shows beyond the stage."""

    type: Literal["live"] = "live"
    t: float
    ms: int
    pose: tuple[float, ...] | None
    voice: VoiceState | None
    headset: HeadsetState | None
    distance: Mapping[str, float]
    states: Mapping[str, float]
    why: Mapping[str, Why]
    nodes: Mapping[str, str]
    recording: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPush:
    """One journalled event."""

    type: Literal["event"] = "event"
    seq: int
    t: float
    ms: int | None
    actor: str
    kind: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradePush:
    """What became of the grade."""

    type: Literal["grade"] = "grade"
    status: Literal["pending", "ready", "failed"]
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPush:
    """The session was rewound: scenario time stands at ``ms``; radio requests and choices are told anew."""

    type: Literal["attempt"] = "attempt"
    attempt: int
    checkpoint: int
    t: float
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioPush:
    """The session goes on in another version of its scenario; ``scenario`` is as in ``welcome``."""

    type: Literal["scenario"] = "scenario"
    scenario: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CheckpointState:
    """A moment that can be gone back to. ``node`` is where the person's region stood; ``label`` belongs to ``why``."""

    checkpoint: int
    attempt: int
    t: float
    ms: int
    why: str
    node: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointsPush:
    """All moments that can be gone back to, the oldest first."""

    type: Literal["checkpoints"] = "checkpoints"
    checkpoints: tuple[CheckpointState, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule may lead, and how probably."""

    node: str
    weight: float


@dataclass(frozen=True, slots=True)
class WayState:
    """A rule that could fire next; ``holds`` None while it is not known, ``due_ms`` when its wait is over."""

    rule: str
    to: tuple[Target, ...]
    label: str
    when: str
    held: bool
    holds: bool | None
    due_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysPush:
    """What could happen next, region by region, in the order in which rules are tried."""

    type: Literal["ways"] = "ways"
    regions: Mapping[str, tuple[WayState, ...]]
