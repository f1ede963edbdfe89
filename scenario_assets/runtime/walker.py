"""Somebody on their feet in a scene: they keep a distance from an actor, or keep behind a box. Metres, seconds."""

import math
from collections.abc import Callable

from scenario_assets.language.document import Scenario
from scenario_assets.language.staging import Box
from scenario_assets.language.trainee import Approach
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.cover import behind, way_round, within

#: Nearer than this to where one wants to be is there; less than a step, so that nobody trembles to and fro.
_CLOSE_ENOUGH_M = 0.1
#: To cover people walk briskly: an adult's usual walking speed, twice that of coming nearer.
TO_COVER_M_S = 1.4


class Walker:
    """Where the trainee stands; ``going`` is by what they walk now, and keep to once they are there."""

    def __init__(self, scenario: Scenario) -> None:
        self._bounds = scenario.scene.bounds
        self._person = scenario.scoring.person
        self.going: Approach | Box | None = None
        self.at = scenario.scene.starts["trainee"].at
        self.velocity = (0.0, 0.0)

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        """Walk for a moment towards where they want to be, inside the scene's bounds.

        ``place_of`` says where an actor is; while the one they go by is away, they stand.
        """
        before, going = self.at, self.going
        other = place_of(going.actor or self._person if isinstance(going, Approach) else self._person)
        if other is not None and isinstance(going, Approach):
            self._approach(going, other, seconds)
        elif other is not None and isinstance(going, Box):
            self._take_cover(going, other, seconds)
        self.velocity = ((self.at[0] - before[0]) / seconds, (self.at[1] - before[1]) / seconds)

    def _approach(self, way: Approach, other: Point, seconds: float) -> None:
        missing = _distance(other, self.at) - way.to
        if abs(missing) > _CLOSE_ENOUGH_M:
            self._stride(other, min(abs(missing), way.speed * seconds) * (1 if missing > 0 else -1))

    def _take_cover(self, box: Box, other: Point, seconds: float) -> None:
        goal = within(self._bounds, behind(box, other))
        if _distance(goal, self.at) > _CLOSE_ENOUGH_M:
            turn = way_round(self.at, goal, box, self._bounds)
            self._stride(turn, min(_distance(turn, self.at), TO_COVER_M_S * seconds))

    def _stride(self, towards: Point, length: float) -> None:
        """Move by this length (backwards if it is below zero), on the line to a place."""
        (x, z), distance = self.at, _distance(towards, self.at)
        if distance > 0.0:
            share = length / distance
            self.at = within(self._bounds, (x + (towards[0] - x) * share, z + (towards[1] - z) * share))


def _distance(one: Point, other: Point) -> float:
    # sqrt is exactly rounded everywhere, hypot is not.
    dx, dz = other[0] - one[0], other[1] - one[1]
    return math.sqrt(dx * dx + dz * dz)
