"""A scenario as frozen types: what ``load`` gives and the engine runs. Metres, milliseconds, LU.

Yaw in degrees. The field names are the keys of the file; how a value is written stands in its annotation.
``README.md`` of this package shows the format by example.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from scenario_assets.language.behaviour import (
    Dynamic,
    Node,
    Notice,
    Reflex,
)
from scenario_assets.language.judging import Expect, Outcome, Scoring
from scenario_assets.language.kinds import Plain
from scenario_assets.language.locales import Locale
from scenario_assets.language.staging import Actor, Line, Scene, Signal
from scenario_assets.language.trainee import Choice, Option, Policy, RadioRequest
from scenario_assets.language.values import (
    Curriculum,
    Identifier,
    Milliseconds,
    Name,
    NodePath,
    Pixel,
    Seed,
    Tag,
    Targets,
    Text,
)

__all__ = ["FORMAT", "Limit", "Node", "Notice", "Scenario"]

FORMAT = "talkdown-scenario/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The scenario ends by itself after this scenario time, with this outcome."""

    after: Milliseconds
    end: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole scenario, checked. ``path`` is where it was read, ``locales`` what lies beside it by tag.

    ``layout`` is for editors only: where they show each ``region.node``, x and y in pixels.

    ``sha256`` is the hash of the bytes of the file, and of the locale files where there are any.
    """

    format: Literal["talkdown-scenario/1"]
    id: Identifier
    title: Text
    locale: Tag
    briefing: Text
    objectives: tuple[Text, ...] = ()
    curriculum: tuple[Curriculum, ...] = ()
    difficulty: Annotated[int, Plain(1, 5)] | None = None
    warnings: tuple[Notice, ...]
    reviewed_by: tuple[Text, ...] = ()
    seed: Seed
    limit: Limit
    start: Mapping[Name, Name]
    scene: Scene
    actors: Mapping[Name, Actor]
    signals: Mapping[Name, Signal]
    facts: Mapping[Name, Targets] = field(default_factory=dict)
    dynamics: Mapping[Name, Dynamic] = field(default_factory=dict)
    reflexes: tuple[Reflex, ...] = ()
    regions: Mapping[Name, Mapping[Name, Node]]
    choices: Mapping[Name, Choice] = field(default_factory=dict)
    acts: Mapping[Name, Option] = field(default_factory=dict)
    radio: Mapping[Name, RadioRequest] = field(default_factory=dict)
    said: Mapping[Name, Option] = field(default_factory=dict)
    injects: Mapping[Name, Option] = field(default_factory=dict)
    lines: Mapping[Name, Line] = field(default_factory=dict)
    outcomes: Mapping[Name, Outcome]
    scoring: Scoring
    policies: Mapping[Name, Policy] = field(default_factory=dict)
    expect: tuple[Expect, ...] = ()
    layout: Mapping[NodePath, tuple[Pixel, Pixel]] = field(default_factory=dict)
    path: Annotated[Path, "not in the file"] = Path()
    sha256: Annotated[str, "not in the file"] = ""
    locales: Annotated[Mapping[str, Locale], "not in the file"] = field(default_factory=dict)

    @property
    def media(self) -> Path:
        """The folder with the spoken lines."""
        return self.path.parent / "media"

    def audio(self, line: str, *, variant: str | None = None) -> str | None:
        """The file name of a line's sound inside ``media``, or None when there is none.

        A variant of the actor with a voice of its own has files of its own; another language has a folder.
        """
        name = f"{line}.{variant}.opus" if variant is not None else f"{line}.opus"
        name = f"{self.locale}/{name}" if self.locale in self.locales else name
        return name if (self.media / name).is_file() else None
