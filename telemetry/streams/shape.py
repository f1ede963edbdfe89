"""What a declaration of a stream consists of: columns, labels, axes and frame of reference, privacy classes.

None of it can be left out: a column without a privacy class is an error for mypy and for Python alike.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Literal

Origin = Literal["station", "server"]
Giver = Literal["stream", "scenario", "agency"]


class Privacy(enum.Enum):
    """How far a column identifies a person; exports and views release by this class."""

    HEALTH = "health"
    """Of a body: heart rate, skin conductance, breath. Taken only from who has agreed to just that sensor."""
    MOTION_BIOMETRIC = "motion_biometric"
    """Raw motion: re-identifies 94 % of 55,541 people from 100 s (arXiv 2302.08927)."""
    VOICE_FEATURE = "voice_feature"
    """Levels of a voice: no words and no voice print, but a person's speech all the same."""
    DERIVED = "derived"
    """Computed from the above at a coarser grain."""
    SCENARIO = "scenario"
    """Belongs to the simulated person, to nobody real."""
    RECORD = "record"
    """The training record: what was done when and what came of it, under a pseudonym."""


@dataclass(frozen=True, slots=True)
class Column:
    """One measured quantity. `low` and `high` are plausible, in the column's unit, both included.

    Raises `TypeError` without a privacy class, `ValueError` for bounds that bound nothing.
    """

    name: str
    unit: str
    description: str
    privacy: Privacy
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what a caller without mypy may have left undecided."""
        if not isinstance(self.privacy, Privacy):
            classes = ", ".join(each.value for each in Privacy)
            raise TypeError(f"column {self.name}: privacy is {self.privacy!r}; decide on one of {classes}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"column {self.name}: {self.low} to {self.high} are no bounds; low < high, both finite")


@dataclass(frozen=True, slots=True)
class Labels:
    """What tells the tracks of one stream apart. `column` is the label's name in views and exports.

    `giver`: who gives the labels out: the stream itself (then `known` are all there are), the scenario (its
    actors, its states) or the agency (its sensors).
    """

    column: str
    description: str
    privacy: Privacy
    giver: Giver
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Which way the axes point, and whose origin they are counted from."""

    axes: str
    reference: str


SCENE = Frame(
    axes="WebXR: right-handed, x right, y up, -z forward; metres; quaternion x, y, z, w",
    reference="the scene: its origin lies on the floor where the scenario's map has (0, 0); the same for everybody",
)
SCALAR = Frame(axes="none", reference="none: a quantity without direction")


@dataclass(frozen=True, slots=True)
class Stream:
    """A declared shape of regular samples; `rate` is nominal, in Hz. Without `labels` a run has one track."""

    name: str
    columns: tuple[Column, ...]
    rate: float
    origin: Origin
    description: str
    frame: Frame
    labels: Labels | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in wire order."""
        return tuple(column.name for column in self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """As `hello` names the stream: `name`, `name.label` for each known label, `name.*` for given ones."""
        if self.labels is None:
            return (self.name,)
        return tuple(f"{self.name}.{label}" for label in self.labels.known or ("*",))
