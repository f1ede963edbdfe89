"""Every message of the wire as a frozen type; each name is written once, here.

Requests come from clients (``codec.parse`` makes them), answers and pushes go to clients (``codec.dump``). Fields are
those of ``clients/PROTOCOL.md``: metres, seconds, ``_ms`` milliseconds, LUFS and LU.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from annotated_types import Ge, Le, Len, MaxLen

from session_server.core.errors import JsonValue

PROTOCOL = 1

#: No legitimate name, code or key is longer; a bound keeps error messages and logs short.
Name = Annotated[str, Len(1, 80)]
Ref = Annotated[int, Ge(1), Le(2**53)]
#: ``performance.now()`` in milliseconds: a hundred years bounds it.
Milliseconds = Annotated[float, Ge(-4e12), Le(4e12)]
#: Samples per second a client may announce; no headset or sensor here is faster.
Rate = Annotated[float, Ge(0.1), Le(1000)]


class _Strict:
    """Unknown fields are refused, and no value is converted; read by pydantic at the edge."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str | bool]] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


@dataclass(frozen=True, slots=True)
class ClientInfo(_Strict):
    """What kind of client this is."""

    name: Name
    modality: Literal["browser", "headset", "bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(_Strict):
    """The first message of a connection."""

    type: Literal["hello"] = "hello"
    ref: Ref
    protocol: int
    role: Literal["trainee", "instructor"]
    run: UUID
    client: ClientInfo
    streams: Annotated[dict[Name, Rate], MaxLen(16)]
    code: Name | None = None
    key: Annotated[str, Len(1, 200)] | None = None
    session: UUID | None = None


@dataclass(frozen=True, slots=True)
class PreviousExchange(_Strict):
    """When the previous clock answer arrived, on the client's clock."""

    t0_ms: Milliseconds
    t3_ms: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(_Strict):
    """One exchange of the four-timestamp clock comparison."""

    type: Literal["clock"] = "clock"
    ref: Ref
    t0_ms: Milliseconds
    previous: PreviousExchange | None = None


@dataclass(frozen=True, slots=True)
class MicrophoneSettings(_Strict):
    """What the browser says it does to the microphone's signal; ``None`` where it does not say."""

    autoGainControl: bool | None = None  # noqa: N815 - the standard's own name (MediaTrackSettings)
    noiseSuppression: bool | None = None  # noqa: N815 - likewise
    echoCancellation: bool | None = None  # noqa: N815 - likewise
    sampleRate: Annotated[float, Ge(1), Le(1e6)] | None = None  # noqa: N815 - likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(_Strict):
    """The trainee has read the content note and says whether the microphone may be used."""

    type: Literal["consent"] = "consent"
    ref: Ref
    content: Literal[True]
    microphone: bool
    settings: MicrophoneSettings | None = None


Span = tuple[Milliseconds, Milliseconds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrate(_Strict):
    """Two spans of already sent voice samples: the quiet room, and the trainee's normal voice."""

    type: Literal["calibrate"] = "calibrate"
    ref: Ref
    room_ms: Span
    voice_ms: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(_Strict):
    """Start the scenario."""

    type: Literal["begin"] = "begin"
    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(_Strict):
    """The trainee takes one of the offered choices."""

    type: Literal["choose"] = "choose"
    ref: Ref
    choice: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(_Strict):
    """The trainee does something that is not said, such as taking cover."""

    type: Literal["act"] = "act"
    ref: Ref
    act: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioCall(_Strict):
    """The trainee asks for somebody by radio."""

    type: Literal["radio"] = "radio"
    ref: Ref
    request: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented(_Strict):
    """When a spoken line was really presented, on the client's clock: the onset reaction times start from."""

    type: Literal["presented"] = "presented"
    ref: Ref
    event: Annotated[int, Ge(0)]
    client_ms: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(_Strict):
    """The safety word: the trainee stops, at any time and never graded."""

    type: Literal["stop"] = "stop"
    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(_Strict):
    """The instructor says what kind of thing the trainee just said."""

    type: Literal["mark"] = "mark"
    ref: Ref
    kind: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject(_Strict):
    """The instructor makes one of the scenario's prepared things happen."""

    type: Literal["inject"] = "inject"
    ref: Ref
    inject: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(_Strict):
    """The instructor flags this moment for the debrief."""

    type: Literal["flag"] = "flag"
    ref: Ref
    note: Annotated[str, MaxLen(500)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze(_Strict):
    """The instructor stops scenario time."""

    type: Literal["freeze"] = "freeze"
    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(_Strict):
    """The instructor lets scenario time go on."""

    type: Literal["resume"] = "resume"
    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class End(_Strict):
    """The instructor ends the session."""

    type: Literal["end"] = "end"
    ref: Ref


Request = (
    Hello | Clock | Consent | Calibrate | Begin | Choose | Act | RadioCall | Presented | Stop
    | Mark | Inject | Flag | Freeze | Resume | End
)  # fmt: skip


# --- answers -------------------------------------------------------------------------------------------------------


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
    columns: tuple[str, ...]
    rate: float
    next_seq: int


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


# --- pushes --------------------------------------------------------------------------------------------------------


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
class Why:
    """Why a continuous state last changed its course."""

    label: str
    rate: float
    t: float


@dataclass(frozen=True, slots=True)
class Recording:
    """Where the record stands between journal and database."""

    state: str
    behind_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePush:
    """What an instructor's live view shows beyond the stage."""

    type: Literal["live"] = "live"
    t: float
    ms: int
    pose: tuple[float, ...] | None
    voice: VoiceState | None
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


Message = (
    Welcome | ClockAnswer | Ok | Error | PhasePush | StagePush | SayPush | ChoicesPush | RadioPush | Ack | LivePush
    | EventPush | GradePush
)  # fmt: skip
