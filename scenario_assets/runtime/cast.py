"""The cast: where every actor is, how they hold themselves, whom they face, and who is speaking."""

from collections.abc import Mapping, Sequence

from scenario_assets.language.behaviour import Move, Pose
from scenario_assets.language.document import Scenario
from scenario_assets.language.staging import Actor
from scenario_assets.language.values import Point as Spot
from scenario_assets.runtime.actors import ActorView, Bearing, Body, Gaze, Point, Walk
from scenario_assets.runtime.draws import Stream
from scenario_assets.runtime.effects import Moved
from scenario_assets.runtime.memory import Memory

_RADIANS = 3.141592653589793 / 180.0
#: How long a caption is spoken: a line fitted to the shipped lines, right within half a second for most.
_BREATH_MS = 170
_MS_PER_CHARACTER = 62


def speaking_ms(text: str) -> int:
    """How long a line takes, estimated from its text alone, so that no media file can change a replay."""
    return _BREATH_MS + _MS_PER_CHARACTER * len(text)


def _aroused(scenario: Scenario, arousal: float | str) -> float | tuple[int, float, float]:
    for index, (state, dynamic) in enumerate(scenario.dynamics.items()):
        if state == arousal:
            return index, *dynamic.range
    return 0.0 if isinstance(arousal, str) else float(arousal)


class Cast:
    """All actors of one session; changed only by the scenario's actions."""

    def __init__(self, scenario: Scenario, memory: Memory) -> None:
        self._scenario = scenario
        self._memory = memory
        self.bodies: dict[str, Body] = {}
        self.busy_until: dict[str, int] = {}
        self.said: dict[str, int] = {}
        self.last_line: dict[str, str] = {}
        #: The eyes of all, and the trainee's place they were last asked for; none while somebody walks or has moved.
        self._gazes: tuple[Point | None, Mapping[str, Gaze]] | None = None
        #: For each actor a number, or which state it is: its place among the states and its range.
        self._aroused: dict[str, float | tuple[int, float, float]] = {}
        for name, actor in scenario.actors.items():
            self.bodies[name] = self._body(name, actor)
            self._aroused[name] = _aroused(scenario, actor.arousal)

    def _body(self, name: str, actor: Actor) -> Body:
        body = Body(name, actor.eyes, actor.yaw * _RADIANS, actor.facing)
        body.posture, body.gesture = actor.posture, actor.gesture
        if actor.at is not None:
            body.place = self.spot(actor.at)
            body.present = True
        return body

    def spot(self, spot: Spot | str) -> Point:
        """The place on the floor this name or pair means."""
        return self._scenario.scene.places[spot] if isinstance(spot, str) else spot

    # -- actions ---

    def place(self, name: str, spot: Spot | str) -> Moved:
        """Put an actor somewhere."""
        body = self.bodies[name]
        body.halt(self._memory.now)
        body.place = self.spot(spot)
        body.present = True
        return self._moved(body)

    def leave(self, name: str) -> Moved:
        """Take an actor away."""
        body = self.bodies[name]
        body.halt(self._memory.now)
        body.present = False
        return self._moved(body)

    def move(self, name: str, move: Move) -> tuple[Moved, Walk]:
        """Send an actor on a walk."""
        body = self.bodies[name]
        path = [self.spot(spot) for spot in (move.path or (() if move.to is None else (move.to,)))]
        plan = body.go(path, move.speed, self._memory.now, loop=move.loop)
        return self._moved(body), plan

    def pose(self, name: str, pose: Pose) -> Moved:
        """Change how an actor holds themselves."""
        body, now = self.bodies[name], self._memory.now
        if pose.posture is not None:
            body.posture = pose.posture
        if pose.gesture is not None and pose.hold is not None:
            body.transient, body.transient_until = pose.gesture, now + pose.hold
        elif pose.gesture is not None:
            body.gesture, body.transient = pose.gesture, None
        if pose.facing is not None:
            body.facing = pose.facing
        if pose.yaw is not None:
            body.facing, body.yaw = None, pose.yaw * _RADIANS
        if pose.still and body.walk is not None:
            body.halt(now)
        return self._moved(body)

    def told(self, name: str) -> Moved:
        """Where an actor is and how they hold themselves, as if they had just come to it."""
        return self._moved(self.bodies[name])

    def _moved(self, body: Body) -> Moved:
        self._gazes = None
        now = self._memory.now
        x, z = body.at(now)
        seen = self.view(body.id)
        goal = body.walk.goal if body.walk is not None else None
        return Moved(
            now,
            body.id,
            round(x, 6),
            round(z, 6),
            goal,
            seen.speed,
            seen.posture,
            seen.gesture,
            body.facing,
            body.present,
        )

    # -- speech ---

    def speaks(self, actor: str) -> bool:
        """Whether the actor is still speaking."""
        return self._memory.now < self.busy_until.get(actor, 0)

    def choose_line(self, lines: Sequence[str], stream: Stream) -> str:
        """One of the lines heard least often so far, not the last one again if another is left."""
        if len(lines) == 1:
            return lines[0]
        fewest = min(self.said.get(line, 0) for line in lines)
        fresh = [line for line in lines if self.said.get(line, 0) == fewest]
        actor = self._scenario.lines[lines[0]].actor
        new = [line for line in fresh if line != self.last_line.get(actor)] or fresh
        return new[stream.one_of([1.0 / len(new)] * len(new))]

    def speak(self, line: str) -> str:
        """Begin to speak a line; the actor."""
        spoken = self._scenario.lines[line]
        self.said[line] = self.said.get(line, 0) + 1
        self.last_line[spoken.actor] = line
        self.busy_until[spoken.actor] = self._memory.now + speaking_ms(spoken.text)
        return spoken.actor

    # -- views ---

    def views(self) -> Mapping[str, ActorView]:
        """All actors who are there; those who face the trainee look at the trainee's start place."""
        return {name: self.view(name) for name, body in self.bodies.items() if body.present}

    def view(self, name: str) -> ActorView:
        """One actor, present or not."""
        body = self.bodies[name]
        return body.seen(self._memory.now, self._arousal(name), self._target(body, None))

    def gazes(self, trainee: Point | None) -> Mapping[str, Gaze]:
        """The eyes of all who are there; those who face the trainee look at ``trainee``, or at the start place.

        While nobody moves these are the very same: who asks need only look whether anything has changed.
        """
        if self._gazes is not None and self._gazes[0] == trainee:
            return self._gazes[1]
        now, target, bodies = self._memory.now, self._target, self.bodies
        gazes = {name: body.gaze(now, target(body, trainee)) for name, body in bodies.items() if body.present}
        walking = any([body.walk for body in bodies.values()])
        self._gazes = None if walking else (trainee, gazes)
        return gazes

    def bearings(self) -> Mapping[str, Bearing]:
        """How all who are there hold themselves."""
        now, arousal = self._memory.now, self._arousal
        return {name: body.bearing(now, arousal(name)) for name, body in self.bodies.items() if body.present}

    def _target(self, body: Body, trainee: Point | None) -> Point | None:
        if body.facing is None or body.facing == "ahead":
            return None
        if body.facing == "trainee":
            start = self._scenario.scene.starts.get("trainee")
            return trainee or (start.at if start is not None else None)
        other = self.bodies[body.facing]
        return other.at(self._memory.now) if other.present else None

    def _arousal(self, name: str) -> float:
        aroused = self._aroused[name]
        if isinstance(aroused, float):
            return aroused
        index, low, high = aroused
        return round((self._memory.states[index] - low) / (high - low), 4)
