"""What clients ask for; ``codec.parse`` makes these."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from annotated_types import Ge, Le, Len, MaxLen

#: No legitimate name, code or key is longer; a bound keeps error messages and logs short.
Name = Annotated[str, Len(1, 80)]
#: A node's path inside its region, or a rule's id: names of nested nodes, joined.
Path = Annotated[str, Len(1, 400)]
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
    modality: Literal["browser", "headset", "bot", "sensor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(_Strict):
    """The first message of a connection."""

    type: Literal["hello"] = "hello"
    ref: Ref
    protocol: int
    role: Literal["trainee", "instructor", "sensor"]
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
    epoch: Annotated[int, Ge(0), Le(2**31 - 1)] = 0
    since_ms: Milliseconds | None = None


@dataclass(frozen=True, slots=True)
class MicrophoneSettings(_Strict):
    """What the browser says it does to the microphone's signal; ``None`` where it does not say."""

    autoGainControl: bool | None = None  # noqa: N815 - the standard's own name (MediaTrackSettings)
    noiseSuppression: bool | None = None  # noqa: N815 - likewise
    echoCancellation: bool | None = None  # noqa: N815 - likewise
    sampleRate: Annotated[float, Ge(1), Le(1e6)] | None = None  # noqa: N815 - likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(_Strict):
    """The trainee has read the content note and says whether the microphone and which sensors may be used."""

    type: Literal["consent"] = "consent"
    ref: Ref
    content: Literal[True]
    microphone: bool
    settings: MicrophoneSettings | None = None
    #: The declared sensors whose values may be taken.
    sensors: Annotated[tuple[Name, ...], MaxLen(64)] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto(_Strict):
    """The instructor sends a region to one of its nodes."""

    type: Literal["goto"] = "goto"
    ref: Ref
    region: Name
    node: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge(_Strict):
    """The instructor changes one of the person's continuous states at once."""

    type: Literal["nudge"] = "nudge"
    ref: Ref
    state: Name
    by: Annotated[float, Ge(-1e6), Le(1e6)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(_Strict):
    """The instructor keeps a rule from firing, or lets it go."""

    type: Literal["hold"] = "hold"
    ref: Ref
    rule: Path
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewind(_Strict):
    """The instructor goes back to a checkpoint and begins a new attempt there."""

    type: Literal["rewind"] = "rewind"
    ref: Ref
    checkpoint: Annotated[int, Ge(0), Le(2**53)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload(_Strict):
    """The instructor has the session go on in the newest version of its scenario."""

    type: Literal["reload"] = "reload"
    ref: Ref


Request = (
    Hello | Clock | Consent | Calibrate | Begin | Choose | Act | RadioCall | Presented | Stop
    | Mark | Inject | Flag | Freeze | Resume | End | Goto | Nudge | Hold | Rewind | Reload
)  # fmt: skip
