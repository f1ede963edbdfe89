"""How a scenario can end, what it is tested for, and what scoring needs to know about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from scenario_assets.language.kinds import OneOrMore, Plain
from scenario_assets.language.values import Field, Metres, Milliseconds, Name, Text, Threat, Unity


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An ending, as the report tells it. ``disposition`` 0 to 1 is the author's worth of it."""

    text: Text
    direction: Literal["good", "mixed", "poor"]
    disposition: Unity


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """An acceptance test: this policy, over this many seeds, ends like this at least this often."""

    policy: Name
    seeds: Annotated[int, Plain(1, 100_000)]
    outcome: Annotated[tuple[Name, ...], OneOrMore()]
    at_least: Unity
    within: Milliseconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A behavioural cue to be recognised, or a lure that means nothing.

    Its event is emitted when it shows.
    """

    event: Name
    text: Text
    kind: Literal["cue", "lure"] = "cue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """From the event on a call for help is indicated; any of these radio requests counts."""

    indicated: Name
    counts: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Who takes over (radio requests), and what they must be told."""

    to: Annotated[tuple[Name, ...], OneOrMore()]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The state the outcome is read from, and where it should go."""

    state: Name
    direction: Literal["down", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What the scoring model needs to know about this scenario."""

    person: Name
    outcome: Goal
    distance: Mapping[Threat, Metres]
    help: Help | None = None
    handover: Handover | None = None
    signs: Mapping[Name, Sign] = field(default_factory=dict)
