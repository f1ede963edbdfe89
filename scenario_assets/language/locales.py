"""A scenario in other languages: ``locales/<tag>.yaml`` beside it, and the scenario as it reads there.

The scenario's own file holds its words in its own ``locale``; a locale file holds them again, under the same ids, in
another one. What it leaves out stays in the scenario's language. Media may be in another language too: a file name
with ``{locale}`` in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from scenario_assets.language.values import Name, Tag, Text

FOLDER = "locales"
FORMAT = "talkdown-locale/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """An actor's name and role as said in this language."""

    name: Text | None = None
    role: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """One locale file; ids are those of the scenario."""

    format: Literal["talkdown-locale/1"]
    locale: Tag
    title: Text | None = None
    briefing: Text | None = None
    objectives: tuple[Text, ...] = ()
    actors: Mapping[Name, Persona] = field(default_factory=dict)
    lines: Mapping[Name, Text] = field(default_factory=dict)
    choices: Mapping[Name, Text] = field(default_factory=dict)
    acts: Mapping[Name, Text] = field(default_factory=dict)
    radio: Mapping[Name, Text] = field(default_factory=dict)
    said: Mapping[Name, Text] = field(default_factory=dict)
    injects: Mapping[Name, Text] = field(default_factory=dict)
    outcomes: Mapping[Name, Text] = field(default_factory=dict)
    signs: Mapping[Name, Text] = field(default_factory=dict)
    cover: Mapping[Name, Text] = field(default_factory=dict)
    hazards: Mapping[Name, Text] = field(default_factory=dict)
    path: Annotated[Path, "not in the file"] = Path()


def best(wanted: str, known: Mapping[str, object]) -> str | None:
    """The tag of ``known`` that serves ``wanted``: itself, or with less said (``de-AT`` by ``de``; RFC 4647)."""
    lower = {tag.lower(): tag for tag in known}
    parts = wanted.lower().split("-")
    for count in range(len(parts), 0, -1):
        found = lower.get("-".join(parts[:count]))
        if found is not None:
            return found
    return None
