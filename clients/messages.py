"""What the server says, as frozen types, whose fields are those of ``PROTOCOL.md``."""

from collections.abc import Mapping
from dataclasses import dataclass

from clients.errors import Refusal
from clients.fields import Json

__all__ = [
    "Ack",
    "ActorState",
    "Attempt",
    "Checkpoint",
    "Checkpoints",
    "Choices",
    "ClockAnswer",
    "Declared",
    "Event",
    "Grade",
    "Live",
    "Message",
    "Ok",
    "Phase",
    "Push",
    "Radio",
    "Refused",
    "Say",
    "Scenario",
    "Stage",
    "Track",
    "Unknown",
    "Way",
    "Ways",
    "Welcome",
]


@dataclass(frozen=True, slots=True)
class Track:
    """One track of this run, of a stream and its label if it has one; ``columns`` in the server's order."""

    track: int
    stream: str
    label: str
    columns: tuple[str, ...]
    rate: float
    next_seq: int


@dataclass(frozen=True, slots=True)
class Declared:
    """A sensor that the agency declared; ``agreed`` None: the trainee has not been asked yet."""

    name: str
    unit: str
    description: str
    privacy: str
    rate: float
    agreed: bool | None


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to ``hello``; ``scenario`` is what this role may know, ``t`` in s, ``ms`` scenario time."""

    ref: int
    session: str
    phase: str
    attempt: int
    t: float
    ms: int
    tracks: tuple[Track, ...]
    scenario: Json
    calibration: Json | None
    sensors: tuple[Declared, ...]


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """Server milliseconds at which the request arrived and the answer left."""

    ref: int
    t0_ms: float
    t1_ms: float
    t2_ms: float


@dataclass(frozen=True, slots=True)
class Ok:
    """Done, and on disk. ``body`` holds what a request answers with, such as ``calibration`` or ``event``."""

    ref: int
    body: Json


@dataclass(frozen=True, slots=True)
class Refused:
    """An error; without ``ref`` it answers no request but a frame or a message that could not be read."""

    ref: int | None
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Ack:
    """Rows below these numbers are on disk, by track."""

    expected: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Phase:
    """The session entered a phase."""

    phase: str
    t: float
    ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class ActorState:
    """One actor on the stage: eyes at ``p`` (m), looking along ``q`` (x, y, z, w)."""

    p: tuple[float, float, float]
    q: tuple[float, float, float, float]
    posture: str
    gesture: str
    arousal: float
    speed: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everyone is at ``t``; newest wins, so an actor is read only when asked for (``parsing.actor_on``)."""

    t: float
    ms: int
    actors: Json


@dataclass(frozen=True, slots=True)
class Say:
    """An actor speaks."""

    event: int
    t: float
    actor: str
    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices offered now."""

    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radio:
    """What became of a radio request: requested, en_route, on_scene or unavailable."""

    request: str
    status: str


@dataclass(frozen=True, slots=True)
class Live:
    """What an instructor sees ten times a second; distances in m, states by name, nodes by region."""

    t: float
    ms: int
    pose: tuple[float, ...] | None
    voice: Json | None
    distance: Mapping[str, float]
    states: Mapping[str, float]
    why: Json
    nodes: Json
    recording: Json


@dataclass(frozen=True, slots=True)
class Event:
    """One journalled event, as an instructor gets it."""

    seq: int
    t: float
    ms: int | None
    actor: str
    kind: str
    data: Json


@dataclass(frozen=True, slots=True)
class Attempt:
    """The session was rewound to a checkpoint; scenario time stands at ``ms``."""

    attempt: int
    checkpoint: int
    t: float
    ms: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """The session goes on in another version of its scenario; ``scenario`` is what this role may know of it."""

    scenario: Json


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment that can be gone back to; ``why`` is start, branch, mark or flag."""

    checkpoint: int
    attempt: int
    t: float
    ms: int
    why: str
    node: str
    label: str


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """All moments that can be gone back to, the oldest first."""

    checkpoints: tuple[Checkpoint, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A rule that could fire next: where it leads by weight, its condition in words, whether it would fire now."""

    rule: str
    to: Mapping[str, float]
    label: str
    when: str
    held: bool
    holds: bool | None
    due_ms: int | None


@dataclass(frozen=True, slots=True)
class Ways:
    """What could happen next, by region, in the order in which rules are tried."""

    regions: Mapping[str, tuple[Way, ...]]


@dataclass(frozen=True, slots=True)
class Grade:
    """What became of the grade: pending, ready or failed."""

    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A push of a newer server."""

    type: str


Push = (
    Phase | Stage | Say | Choices | Radio | Live | Event | Attempt | Scenario | Checkpoints | Ways | Grade | Unknown
)
Message = Welcome | ClockAnswer | Ok | Refused | Ack | Push
