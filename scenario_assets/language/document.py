"""A scenario as frozen types: what ``load`` gives and the engine runs. Metres, milliseconds, LU.

Yaw in degrees. The field names are the keys of the file (``from_`` stands for ``from``); how a value is
written stands in its annotation. ``README.md`` of this package shows the format by example.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from scenario_assets.language.guard_tree import Tree
from scenario_assets.language.kinds import (
    Drawn,
    GuardText,
    OneOrMore,
    Plain,
    Prose,
    Share,
    Unit,
    Weighted,
    Word,
)

FORMAT = "talkdown-scenario/1"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,9}\Z")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_KEY = re.compile(r"[a-z0-9]\Z")
_TOPIC = re.compile(r"[a-z][a-z-]{0,63}\Z")

Text = Annotated[str, Prose()]
Name = Annotated[str, Word(_NAME, "ask_name")]
NodePath = Annotated[str, Word(_PATH, "sitting or calm.sitting")]
Identifier = Annotated[str, Word(_ID, "bus-shelter")]
Key = Annotated[str, Word(_KEY, '"1" or "q"')]
Metres = Annotated[float, Unit("length")]
Milliseconds = Annotated[int, Unit("time")]
Speed = Annotated[float, Unit("speed")]
Level = Annotated[float, Unit("level")]
PerSecond = Annotated[float, Unit("rate")]
#: Coordinates are plain numbers in metres; no training room or street scene is larger.
Coordinate = Annotated[float, Plain(-200.0, 200.0)]
Extent = Annotated[float, Plain(0.01, 200.0)]
Degrees = Annotated[float, Plain(-360.0, 360.0)]
Point = tuple[Coordinate, Coordinate]
Value = Annotated[float, Plain(-1e6, 1e6)]
Unity = Annotated[float, Share()]
Seed = Annotated[int, Plain(0, 2**53)]

Posture = Literal["standing", "sitting", "crouching"]
Gesture = Literal[
    "idle",
    "pacing",
    "agitated",
    "pleading",
    "talking",
    "filming",
    "sitting",
    "backing_off",
    "advancing",
    "arms_down",
    "radio",
]
#: In rising order of what it asks of the trainee; distances for each stand in ``scoring.distance``.
Threat = Literal["calm", "agitated", "contact_weapon", "firearm", "none_visible"]
Helper = Literal[
    "co_responder", "cit_officer", "mobile_crisis_team", "ems", "supervisor", "backup", "information"
]
RadioStatus = Literal["requested", "en_route", "on_scene", "unavailable"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition: its text as written and its tree."""

    text: str
    tree: Tree


Condition = Annotated[Guard, GuardText()]


@dataclass(frozen=True, slots=True)
class Span:
    """A fixed amount (``low == high``) or one drawn evenly between two bounds, in base units."""

    low: float
    high: float


Delay = Annotated[Span, Drawn("time")]
Amount = Annotated[Span, Drawn("plain")]


@dataclass(frozen=True, slots=True)
class Target:
    """A node to go to, with its share; the shares of one transition sum to 1."""

    node: str
    weight: float


Targets = Annotated[tuple[Target, ...], Weighted()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A content warning, shown before consent."""

    topic: Annotated[str, Word(_TOPIC, "self-harm-mention")]
    level: Literal["mild", "moderate", "strong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The scenario ends by itself after this scenario time, with this outcome."""

    after: Milliseconds
    end: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The floor that can be walked on, metres."""

    x: tuple[Coordinate, Coordinate]
    z: tuple[Coordinate, Coordinate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something solid, axis-parallel, that hides and protects: centre and size in metres, y up."""

    id: Name
    label: Text
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
    starts: Mapping[Name, Start]
    places: Mapping[Name, Point] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How the synthesiser speaks an actor's lines; see ``scenario_assets.voices``.

    All relative to the named voice: ``pitch``, ``tract`` (above 1: a smaller person), ``stretch`` (above 1: slower).
    """

    name: Name
    pitch: Annotated[float, Plain(0.5, 2.0)] = 1.0
    tract: Annotated[float, Plain(0.75, 1.3)] = 1.0
    stretch: Annotated[float, Plain(0.5, 2.0)] = 1.0
    band: Literal["full", "radio"] = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody in the scenario; without ``at`` only heard until an action places them."""

    name: Text
    role: Text
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
    range: tuple[Value, Value] | None = None
    step: Annotated[float, Plain(1e-6, 1e6)] | None = None
    stale_after: Milliseconds


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
    range: tuple[Value, Value]
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
class Node:
    """A situation of one region. With ``states`` it has nodes inside, ``start`` being the first."""

    note: Text | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words an actor speaks: caption and sound; ``strain`` 0 to 1 colours the synthetic voice."""

    actor: Name
    text: str
    strain: Unity = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the trainee may say or do, when a node offers it.

    ``said``, ``act``, ``radio`` are implied by it.
    """

    key: Key
    text: Text
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
    do: Deeds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioRequest:
    """Somebody the trainee can ask for."""

    key: Key
    text: Text
    kind: Helper
    do: Deeds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An ending, as the report tells it. ``disposition`` 0 to 1 is the author's worth of it."""

    text: Text
    direction: Literal["good", "mixed", "poor"]
    disposition: Unity


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
    """One habit of a scripted trainee: done ``at`` a time, or ``every`` so often from then ``until``."""

    at: Milliseconds = 0
    every: Milliseconds | None = None
    until: Milliseconds | None = None
    approach: Approach | None = None
    speak: Speak | None = None
    choose: Annotated[tuple[Name, ...], OneOrMore()] = ()
    radio: Name | None = None
    act: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A scripted trainee."""

    note: Text | None = None
    steps: tuple[Step, ...] = ()


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
    signs: Mapping[Name, Sign] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole scenario, checked. ``sha256`` is the hash of the file's bytes, ``path`` where it was read."""

    format: Literal["talkdown-scenario/1"]
    id: Identifier
    title: Text
    locale: Annotated[str, Word(re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z"), "en")]
    briefing: Text
    objectives: tuple[Text, ...] = ()
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
    path: Annotated[Path, "not in the file"] = Path()
    sha256: Annotated[str, "not in the file"] = ""

    @property
    def media(self) -> Path:
        """The folder with the spoken lines."""
        return self.path.parent / "media"

    def audio(self, line: str) -> str | None:
        """The file name of a line's sound inside ``media``, or None when there is none."""
        name = f"{line}.opus"
        return name if (self.media / name).is_file() else None
