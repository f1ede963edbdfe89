"""What comes in from people: each kind of input is a type."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """The trainee takes an offered choice. What it implies (said, act, radio) is done by the engine."""

    id: str


@dataclass(frozen=True, slots=True)
class Act:
    """The trainee does something that is not said."""

    id: str


@dataclass(frozen=True, slots=True)
class Radio:
    """The trainee asks for somebody."""

    request: str


@dataclass(frozen=True, slots=True)
class Said:
    """The trainee has said this kind of thing, as an instructor marked it."""

    kind: str
    source: Literal["marked", "chosen"] = "marked"


@dataclass(frozen=True, slots=True)
class Inject:
    """An instructor makes something happen."""

    id: str


@dataclass(frozen=True, slots=True)
class Goto:
    """An instructor sends a region to one of its nodes (a path inside it), afresh, whatever its rules say."""

    region: str
    node: str


@dataclass(frozen=True, slots=True)
class Nudge:
    """An instructor changes a continuous state at once; it stays in its range."""

    state: str
    by: float


@dataclass(frozen=True, slots=True)
class Hold:
    """An instructor keeps a rule from firing, or lets it go: then it fires if its condition still holds."""

    rule: str
    on: bool


Steer = Goto | Nudge | Hold
Input = Choice | Act | Radio | Said | Inject | Steer
