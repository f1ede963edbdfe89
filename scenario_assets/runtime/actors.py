"""Where actors are: places, walks and poses as pure functions of scenario time.

Metres, milliseconds, radians.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from scenario_assets.language.values import Gesture, Posture

Point = tuple[float, float]

#: Eye height relative to standing, by posture (seated and crouching adults).
_EYES = {"standing": 1.0, "sitting": 0.72, "crouching": 0.55}


class Gaze(NamedTuple):
    """An actor's eyes: at (x, y, z) metres, looking along yaw, radians about +y (0 looks along -z).

    A named tuple, as are those below: one is made for every actor and tick, which as a frozen dataclass takes three
    times as long.
    """

    x: float
    y: float
    z: float
    yaw: float


class Bearing(NamedTuple):
    """How an actor holds themselves: arousal from 0 to 1, speed in m/s."""

    posture: str
    gesture: str
    arousal: float
    speed: float


class ActorView(NamedTuple):
    """An actor as others see them: their ``Gaze``, their ``Bearing``, and ``facing``.

    That is who they turn to: an actor, ``trainee``, ``ahead`` (the way they walk) or None (as placed).
    The engine does not know where the trainee stands: use ``turned`` to get the yaw for a trainee's place.
    """

    id: str
    x: float
    y: float
    z: float
    yaw: float
    posture: str
    gesture: str
    arousal: float
    speed: float
    facing: str | None = None

    def turned(self, x: float, z: float) -> float:
        """The yaw that looks at this place."""
        return yaw_towards((self.x, self.z), (x, z))


def yaw_towards(source: Point, target: Point) -> float:
    """Yaw from one place to another, radians; 0 when they coincide."""
    dx, dz = target[0] - source[0], target[1] - source[1]
    return math.atan2(-dx, -dz) if dx or dz else 0.0


@dataclass(frozen=True, slots=True)
class Walk:
    """A path walked at constant speed from ``start_ms`` on; ``times`` are the arrival times at ``points``."""

    points: tuple[Point, ...]
    times: tuple[int, ...]
    speed: float
    loop: bool

    @property
    def arrival_ms(self) -> int:
        """When the last place is reached."""
        return self.times[-1]

    @property
    def goal(self) -> Point:
        """The last place."""
        return self.points[-1]


def walk(start: Point, path: Sequence[Point], speed: float, now: int, *, loop: bool) -> Walk:
    """Plan a walk; a loop goes along the path and back to its first place, for ever."""
    points = [start, *path]
    if loop and len(path) > 1:
        points += [*path[-2::-1]]
    times = [now]
    for here, there in pairwise(points):
        times.append(times[-1] + round(1000 * _length(here, there) / speed))
    return Walk(tuple(points), tuple(times), speed, loop and times[-1] > times[0])


def _length(a: Point, b: Point) -> float:
    dx, dz = b[0] - a[0], b[1] - a[1]
    return math.sqrt(dx * dx + dz * dz)  # sqrt is exactly rounded everywhere, hypot is not


def _along(plan: Walk, now: int) -> tuple[Point, Point | None]:
    """Where a walker is, and the place they walk towards (None after arrival)."""
    times = plan.times
    if plan.loop and now >= times[1]:  # the way to the first place is walked once, the rest again and again
        now = times[1] + (now - times[1]) % max(1, times[-1] - times[1])
    for index in range(1, len(times)):
        if now < times[index]:
            share = (now - times[index - 1]) / (times[index] - times[index - 1])
            (ax, az), (bx, bz) = plan.points[index - 1], plan.points[index]
            return (ax + (bx - ax) * share, az + (bz - az) * share), plan.points[index]
    return plan.points[-1], None


class Body:
    """One actor's place and pose; changed only by the engine's actions."""

    __slots__ = (
        "eyes",
        "facing",
        "gesture",
        "id",
        "moves",
        "place",
        "posture",
        "present",
        "transient",
        "transient_until",
        "walk",
        "yaw",
    )

    def __init__(self, name: str, eyes: float, yaw: float, facing: str | None) -> None:
        self.id = name
        self.eyes = eyes
        self.present = False
        self.place: Point = (0.0, 0.0)
        self.yaw = yaw
        self.facing = facing
        self.posture: Posture = "standing"
        self.gesture: Gesture = "idle"
        self.transient: Gesture | None = None
        self.transient_until = 0
        self.walk: Walk | None = None
        self.moves = 0

    def at(self, now: int) -> Point:
        """The place on the floor."""
        return self.place if self.walk is None else _along(self.walk, now)[0]

    def halt(self, now: int) -> None:
        """Stand still where they are."""
        self.place = self.at(now)
        self.walk = None
        self.moves += 1

    def go(self, path: Sequence[Point], speed: float, now: int, *, loop: bool) -> Walk:
        """Set off; the walk that was planned."""
        self.halt(now)
        self.walk = walk(self.place, path, speed, now, loop=loop)
        return self.walk

    def gaze(self, now: int, target: Point | None) -> Gaze:
        """Where the actor looks from, and which way; ``target`` is where the one they face stands, if known."""
        place, goal = (self.place, None) if self.walk is None else _along(self.walk, now)
        if target is not None and self.facing != "ahead":
            yaw = yaw_towards(place, target)
        elif goal is not None and self.facing in ("ahead", None):
            yaw = yaw_towards(place, goal)
        else:
            yaw = self.yaw
        return Gaze(place[0], self.eyes * _EYES[self.posture], place[1], yaw)

    def bearing(self, now: int, arousal: float) -> Bearing:
        """How the actor holds themselves at this time."""
        transient = self.transient if now < self.transient_until else None
        walking = self.walk is not None and _along(self.walk, now)[1] is not None
        return Bearing(
            self.posture, transient or self.gesture, arousal, self.walk.speed if walking and self.walk else 0.0
        )

    def seen(self, now: int, arousal: float, target: Point | None) -> ActorView:
        """The actor at this time, all in all."""
        return ActorView(self.id, *self.gaze(now, target), *self.bearing(now, arousal), self.facing)
