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


Input = Choice | Act | Radio | Said | Inject
