"""The place, the people in it, what they say, and what is measured. Metres; yaw in degrees; y is up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from scenario_assets.language.kinds import Plain
from scenario_assets.language.values import (
    Coordinate,
    Degrees,
    Extent,
    Gesture,
    Metres,
    Milliseconds,
    Name,
    Point,
    Posture,
    Range,
    Reach,
    Text,
    Unity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The floor that can be walked on, metres."""

    x: Reach
    z: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something solid, axis-parallel, that hides and protects: centre and size in metres, y up."""

    id: Name
    label: Text
    center: tuple[Coordinate, Coordinate, Coordinate]
    size: tuple[Extent, Extent, Extent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something that endangers without being solid: a road, an edge, water. Centre and size in metres, y up."""

    id: Name
    label: Text
    kind: Literal["traffic", "water", "drop", "fire", "sharp", "trip", "crowd"]
    center: tuple[Coordinate, Coordinate, Coordinate]
    size: tuple[Extent, Extent, Extent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where somebody stands at the beginning."""

    at: Point
    yaw: Degrees = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The place: its look, its walls, and named spots actors are sent to."""

    setting: Name
    bounds: Bounds
    cover: tuple[Box, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    starts: Mapping[Name, Start]
    places: Mapping[Name, Point] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How the synthesiser speaks an actor's lines; see ``scenario_assets.voices``.

    Relative to the named voice: ``pitch``; ``tract``, above 1 a smaller person; ``stretch``, above 1 slower.
    """

    name: Name
    pitch: Annotated[float, Plain(0.5, 2.0)] = 1.0
    tract: Annotated[float, Plain(0.75, 1.3)] = 1.0
    stretch: Annotated[float, Plain(0.5, 2.0)] = 1.0
    band: Literal["full", "radio"] = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Who an actor appears to be in some sessions, drawn by the seed with this weight; never what they do."""

    weight: Unity
    name: Text | None = None
    look: Name | None = None
    voice: Voice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody in the scenario; without ``at`` only heard until an action places them.

    ``look`` is how the stage draws them; a stage that does not know the word goes by the role.
    """

    name: Text
    role: Text
    look: Name | None = None
    variants: Mapping[Name, Variant] = field(default_factory=dict)
    at: Point | Name | None = None
    yaw: Degrees = 0.0
    eyes: Metres = 1.65
    facing: Name | None = None
    posture: Posture = "standing"
    gesture: Gesture = "idle"
    arousal: Name | Unity = 0.2
    voice: Voice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A measured value guards may read: its source, and the contract it keeps."""

    source: str
    type: Literal["number", "bool"] = "number"
    unit: Literal["m", "LU", "m/s", "%"] | None = None
    range: Range | None = None
    step: Annotated[float, Plain(1e-6, 1e6)] | None = None
    stale_after: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words an actor speaks: caption and sound; ``strain`` 0 to 1 colours the synthetic voice."""

    actor: Name
    text: str
    strain: Unity = 0.3
