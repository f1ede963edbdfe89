"""What the engine decides, as data. ``event()`` gives an effect's form in the journal: its type and its fields.

Times are scenario milliseconds, places metres, yaw radians about +y (0 looks along -z).
"""

from collections.abc import Mapping
from dataclasses import dataclass

Scalar = float | bool | str | None
EventForm = tuple[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Branch:
    """A transition was taken: by which rule, why, and what else could have happened."""

    at_ms: int
    region: str
    source: str
    target: str
    rule: str
    label: str
    guard: str
    inputs: Mapping[str, Scalar]
    alternatives: tuple[str, ...]

    def event(self) -> EventForm:
        return "branch", {
            "region": self.region,
            "source": self.source,
            "target": self.target,
            "rule": self.rule,
            "label": self.label,
            "guard": self.guard,
            "inputs": dict(self.inputs),
            "alternatives": list(self.alternatives),
        }


@dataclass(frozen=True, slots=True)
class Say:
    """An actor begins to speak a line."""

    at_ms: int
    actor: str
    line: str

    def event(self) -> EventForm:
        return "say", {"actor": self.actor, "line": self.line}


@dataclass(frozen=True, slots=True)
class Emitted:
    """Something the scenario names has happened."""

    at_ms: int
    name: str

    def event(self) -> EventForm:
        return "emit", {"event": self.name}


@dataclass(frozen=True, slots=True)
class StateCause:
    """Why a continuous state changes from now on (``rate`` per second), or has just changed (``added`` at once)."""

    at_ms: int
    state: str
    label: str
    rate: float
    value: float
    added: float = 0.0

    def event(self) -> EventForm:
        return "state_cause", {
            "state": self.state,
            "label": self.label,
            "rate": self.rate,
            "value": self.value,
            "added": self.added,
        }


@dataclass(frozen=True, slots=True)
class Offered:
    """The choices the trainee has from now on."""

    at_ms: int
    choices: tuple[str, ...]

    def event(self) -> EventForm:
        return "offered", {"choices": list(self.choices)}


@dataclass(frozen=True, slots=True)
class RadioChanged:
    """A radio request has a new status."""

    at_ms: int
    request: str
    status: str

    def event(self) -> EventForm:
        return "radio_status", {"request": self.request, "status": self.status}


@dataclass(frozen=True, slots=True)
class Moved:
    """An actor was placed, set off, turned, changed posture or gesture, or left."""

    at_ms: int
    actor: str
    x: float
    z: float
    to: tuple[float, float] | None
    speed: float
    posture: str
    gesture: str
    facing: str | None
    present: bool

    def event(self) -> EventForm:
        return "moved", {
            "actor": self.actor,
            "x": self.x,
            "z": self.z,
            "to": list(self.to) if self.to else None,
            "speed": self.speed,
            "posture": self.posture,
            "gesture": self.gesture,
            "facing": self.facing,
            "present": self.present,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scenario has ended."""

    at_ms: int
    outcome: str
    node: str

    def event(self) -> EventForm:
        return "outcome", {"outcome": self.outcome, "node": self.node}


Effect = Branch | Say | Emitted | StateCause | Offered | RadioChanged | Moved | Outcome
