"""What the engine decides, as data; ``event()`` gives an effect's form in the journal: type and fields.

Times are scenario milliseconds, places metres, yaw radians about +y (0 looks along -z).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

from scenario_assets.language.behaviour import Media

Scalar = float | bool | str | None
EventForm = tuple[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class _Decided:
    """What all effects have: when, and their name in the journal."""

    kind: ClassVar[str]

    at_ms: int

    def event(self) -> EventForm:
        """The journal's form: its type, and every field but the time."""
        names = (field.name for field in fields(self) if field.name != "at_ms")
        return self.kind, {name: _plain(getattr(self, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Branch(_Decided):
    """A transition was taken: by which rule, why, and what else could have happened."""

    kind: ClassVar[str] = "branch"

    region: str
    source: str
    target: str
    rule: str
    label: str
    guard: str
    inputs: Mapping[str, Scalar]
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say(_Decided):
    """An actor begins to speak a line."""

    kind: ClassVar[str] = "say"

    actor: str
    line: str


@dataclass(frozen=True, slots=True)
class Emitted(_Decided):
    """Something the scenario names has happened."""

    kind: ClassVar[str] = "emit"

    name: str

    def event(self) -> EventForm:
        """As ``{"event": name}``."""
        return self.kind, {"event": self.name}


@dataclass(frozen=True, slots=True)
class SignalStale(_Decided):
    """A signal that was known is not known any more: conditions on it are open, and fire nothing."""

    kind: ClassVar[str] = "signal_stale"

    signal: str


@dataclass(frozen=True, slots=True)
class SignalBack(_Decided):
    """A signal that had become stale is known again."""

    kind: ClassVar[str] = "signal_back"

    signal: str


@dataclass(frozen=True, slots=True)
class StateCause(_Decided):
    """Why a continuous state changes from now on (``rate`` per second), or just did (``added`` at once)."""

    kind: ClassVar[str] = "state_cause"

    state: str
    label: str
    rate: float
    value: float
    added: float = 0.0


@dataclass(frozen=True, slots=True)
class Offered(_Decided):
    """The choices the trainee has from now on."""

    kind: ClassVar[str] = "offered"

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RadioChanged(_Decided):
    """A radio request has a new status: requested, en_route, on_scene, unavailable."""

    kind: ClassVar[str] = "radio_status"

    request: str
    status: str


@dataclass(frozen=True, slots=True)
class Moved(_Decided):
    """An actor was placed, set off, turned, changed posture or gesture, or left (``present`` false)."""

    kind: ClassVar[str] = "moved"

    actor: str
    x: float
    z: float
    to: tuple[float, float] | None
    speed: float
    posture: str
    gesture: str
    facing: str | None
    present: bool


@dataclass(frozen=True, slots=True)
class Play(_Decided):
    """A node with media was entered: stations that can show them do, from now on."""

    kind: ClassVar[str] = "play"

    region: str
    node: str
    media: Media

    def event(self) -> EventForm:
        """With the media's own fields, those that were given."""
        shown = {key: value for key, value in asdict(self.media).items() if value not in (None, False)}
        return self.kind, {"region": self.region, "node": self.node, **shown}


@dataclass(frozen=True, slots=True)
class Outcome(_Decided):
    """The scenario has ended."""

    kind: ClassVar[str] = "outcome"

    outcome: str
    node: str


Effect = (
    Branch | Say | Emitted | SignalStale | SignalBack | StateCause | Offered | RadioChanged | Moved | Play | Outcome
)
