"""What a trainee can do and say, and scripted trainees for tests and bots."""

from dataclasses import dataclass
from typing import Annotated

from scenario_assets.language.behaviour import Deeds
from scenario_assets.language.kinds import OneOrMore
from scenario_assets.language.values import (
    Condition,
    Field,
    Helper,
    Key,
    Level,
    Metres,
    Milliseconds,
    Name,
    Speed,
    Text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the trainee may say or do, when a node offers it.

    ``said``, ``act``, ``radio`` are implied by it; ``tells`` are the fields of a hand-over that it gives.
    """

    key: Key
    text: Text
    tells: Annotated[tuple[Field, ...], OneOrMore()] = ()
    said: Name | None = None
    act: Name | None = None
    radio: Name | None = None
    when: Condition | None = None
    once: bool = False
    do: Deeds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something with a key: an act, an inject, or a kind of utterance an instructor marks."""

    key: Key
    text: Text
    tells: Annotated[tuple[Field, ...], OneOrMore()] = ()
    do: Deeds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioRequest:
    """Somebody the trainee can ask for."""

    key: Key
    text: Text
    kind: Helper
    do: Deeds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Walk towards an actor (the person unless named) or back, until this distance, and keep to it."""

    to: Metres
    speed: Speed = 0.7
    actor: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Speak for a while, at a level relative to one's normal voice.

    ``said`` is how an instructor would mark it.
    """

    level: Level = 0.0
    lasting: Milliseconds = 3000
    said: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One habit of a scripted trainee: done ``at`` a time, or ``every`` so often from then ``until``.

    Not before one of the lines in ``heard`` has been said, where there are any: who listens does what fits.
    ``take_cover`` walks round a box of the scene and keeps behind it, as seen from the person; it and
    ``approach`` replace each other.
    """

    at: Milliseconds = 0
    every: Milliseconds | None = None
    until: Milliseconds | None = None
    heard: Annotated[tuple[Name, ...], OneOrMore()] = ()
    approach: Approach | None = None
    take_cover: Name | None = None
    speak: Speak | None = None
    choose: Annotated[tuple[Name, ...], OneOrMore()] = ()
    radio: Name | None = None
    act: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A scripted trainee."""

    note: Text | None = None
    steps: tuple[Step, ...] = ()
