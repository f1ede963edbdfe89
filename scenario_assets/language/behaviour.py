"""How the person and everybody else behave: nodes, transitions, cues, reflexes, continuous states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from scenario_assets.language.kinds import OneOrMore
from scenario_assets.language.values import (
    Amount,
    Condition,
    Degrees,
    Delay,
    Gesture,
    MediaFile,
    Milliseconds,
    Name,
    NodePath,
    PerSecond,
    Point,
    Posture,
    RadioStatus,
    Range,
    Sha256,
    Speed,
    Strength,
    Targets,
    Text,
    Threat,
    Topic,
    Unity,
    Value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLife:
    """Without drives a state moves towards ``to``, half the way in each ``after``."""

    to: Value
    after: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """While the condition holds, the state changes at this rate per second; the label tells people why."""

    when: Condition
    rate: PerSecond
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamic:
    """A continuous state of the person, integrated on the tick."""

    initial: Amount
    range: Range
    half_life: HalfLife | None = None
    drives: tuple[Drive, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Walk to a place, or along a path of places.

    ``loop`` walks it to and fro until something else is ordered.
    """

    to: Point | Name | None = None
    path: tuple[Point | Name, ...] = ()
    speed: Speed = 1.2
    loop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How somebody holds themselves; ``hold`` makes the gesture pass after that time, ``still`` ends a walk.

    ``facing`` is an actor, ``trainee`` or ``ahead`` (the way they walk); ``yaw`` is a fixed direction.
    """

    posture: Posture | None = None
    gesture: Gesture | None = None
    facing: Name | None = None
    yaw: Degrees | None = None
    hold: Milliseconds | None = None
    still: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Things done at once, in this order: add, place, leave, pose, move, say, radio, goto, emit."""

    add: Mapping[Name, Value] = field(default_factory=dict)
    place: Mapping[Name, Point | Name] = field(default_factory=dict)
    leave: Annotated[tuple[Name, ...], OneOrMore()] = ()
    pose: Mapping[Name, Pose] = field(default_factory=dict)
    move: Mapping[Name, Move] = field(default_factory=dict)
    say: Annotated[tuple[Name, ...], OneOrMore()] = ()
    radio: Mapping[Name, RadioStatus] = field(default_factory=dict)
    goto: Mapping[Name, NodePath] = field(default_factory=dict)
    emit: Annotated[tuple[Name, ...], OneOrMore()] = ()


Deeds = Annotated[tuple[Do, ...], OneOrMore()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(Do):
    """Something that happens in a node.

    Once ``at`` a time after entry, or again and again ``every`` so often. A cue that repeats stays silent
    while its speaker still speaks, and while ``unless`` is true.
    """

    at: Delay | None = None
    every: Delay | None = None
    when: Condition | None = None
    unless: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflex(Do):
    """A quick reaction that leaves the node as it is: done when the condition becomes true.

    Done again when it becomes true again, or while it stays true, but never within ``again_after``. A reflex
    does not speak while its speaker still speaks, unless ``interrupts``.
    """

    when: Condition
    label: Text
    again_after: Milliseconds = 4000
    chance: Unity = 1.0
    interrupts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A way out of a node.

    When the condition holds, or after a time, or (both) when it holds after that time.
    """

    when: Condition | None = None
    after: Delay | None = None
    to: Targets
    label: Text | None = None
    do: Deeds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A content warning, shown before consent."""

    topic: Topic
    level: Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What a station shows in a node instead of the drawn scene: a flat video, a 360-degree one, or a drawn setting.

    File names may hold ``{locale}``. ``flashing`` is the author's word that the film does, or does not, flash more
    than three times a second (WCAG 2.3.1).
    """

    video: MediaFile | None = None
    video360: MediaFile | None = None
    scene: Name | None = None
    stereo: Literal["mono", "top_bottom", "left_right"] | None = None
    loop: bool = False
    still: MediaFile | None = None
    captions: MediaFile | None = None
    flashing: bool | None = None
    sha256: Sha256 | None = None

    @property
    def film(self) -> str | None:
        """The video's file, whichever kind it is."""
        return self.video or self.video360


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A situation of one region. With ``states`` it has nodes inside, ``start`` being the first."""

    note: Text | None = None
    warnings: tuple[Notice, ...] = ()
    media: Media | None = None
    threat: Threat | None = None
    offers: Annotated[tuple[Name, ...], OneOrMore()] = ()
    enter: Deeds = ()
    leave: Deeds = ()
    cues: tuple[Cue, ...] = ()
    reflexes: tuple[Reflex, ...] = ()
    next: tuple[Transition, ...] = ()
    end: Name | None = None
    start: Name | None = None
    states: "Mapping[Name, Node]" = field(default_factory=dict)
    resume: Literal["fresh", "shallow", "deep"] = "fresh"
