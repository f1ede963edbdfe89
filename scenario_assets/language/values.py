"""What values in a scenario file look like: names, quantities with units, guards, draws, targets."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from scenario_assets.language.guard_tree import Tree
from scenario_assets.language.kinds import Drawn, GuardText, Interval, Plain, Prose, Share, Unit, Weighted, Word

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,9}\Z")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_KEY = re.compile(r"[a-z0-9]\Z")
_FILE = re.compile(r"([A-Za-z0-9_{][A-Za-z0-9_{}.-]{0,63}/){0,3}[A-Za-z0-9_{][A-Za-z0-9_{}.-]{0,63}\.[a-z0-9]{2,5}\Z")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
Text = Annotated[str, Prose()]
Name = Annotated[str, Word(_NAME, "ask_name")]
NodePath = Annotated[str, Word(_PATH, "sitting or calm.sitting")]
Identifier = Annotated[str, Word(_ID, "bus-shelter")]
Key = Annotated[str, Word(_KEY, '"1" or "q"', "one small letter or digit")]
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
#: From here to there along one axis of the floor.
Reach = Annotated[tuple[Coordinate, Coordinate], Interval()]
#: Where an editor shows a node, in its own pixels; nothing else depends on it.
Pixel = Annotated[float, Plain(-100_000.0, 100_000.0)]
Value = Annotated[float, Plain(-1e6, 1e6)]
Range = Annotated[tuple[Value, Value], Interval()]
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
    "covering_ears",
    "rocking",
    "radio",
]
#: In the order of the recorded ranks, -1 to 3: from ``calm`` up they rise in what they ask of the trainee; of somebody
#: out of sight no threat can be seen, and ``none_visible`` stands below that scale. Each one's distance to keep, which
#: need not follow this order, stands in ``scoring.distance``.
Threat = Literal["none_visible", "calm", "agitated", "contact_weapon", "firearm"]
Helper = Literal[
    "co_responder", "cit_officer", "mobile_crisis_team", "ems", "supervisor", "backup", "information"
]
RadioStatus = Literal["requested", "en_route", "on_scene", "unavailable"]
#: What people are asked for consent to; a closed list, so that a topic can be searched for and left out.
Topic = Literal[
    "mental-health-crisis",
    "suicide",
    "self-harm-mention",
    "bereavement",
    "shouting",
    "slur",
    "weapon",
    "injury",
    "blood",
    "medical-emergency",
    "substance-use",
    "sensory-overload",
    "child-present",
    "heights",
    "restraint",
    "force",
    "flashing",
    "domestic-conflict",
]
#: In rising order.
Strength = Literal["mild", "moderate", "strong"]
#: What a hand-over tells whoever takes over, after SBAR and the structured briefings of ambulance services.
Field = Literal["who", "what", "risk", "weapons", "medical", "done", "needs"]
#: The five parts of the curriculum that scenarios serve.
Curriculum = Literal["recognition", "communication", "tactics", "decisions", "collaboration"]
#: A file inside the scenario's folder ``media``: no way out of it.
MediaFile = Annotated[str, Word(_FILE, "person/pacing.mp4")]
#: A language tag (BCP 47), as far as scenarios need it.
Tag = Annotated[str, Word(_TAG, "en or de-AT")]
Sha256 = Annotated[str, Word(_SHA256, "the file's 64 hexadecimal digits")]


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
