"""A trainee led by hand: steps, cover, and a voice. Metres, milliseconds."""

import math
from collections.abc import Callable, Collection
from typing import Final

from scenario_assets.language.document import Scenario
from scenario_assets.language.staging import Box
from scenario_assets.language.trainee import Approach
from scenario_assets.runtime import Input
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.senses import Stance
from scenario_assets.runtime.walker import Walker

#: A step nearer or back, at an unhurried pace.
STEP_M: Final = 0.5
STEP_M_S: Final = 0.8
#: Stepping nearer ends here: closer, two bodies touch.
_NEAREST_M: Final = 0.5
#: How far above one's normal voice one speaks when loud: what listeners call shouting.
_LOUD_LU: Final = 12.0


class Player:
    """A ``Trainee`` as simulations play with; what they choose and do is put in by whoever leads them."""

    def __init__(self, scenario: Scenario) -> None:
        self._walker = Walker(scenario)
        self._silent_at = 0
        self.loud = False

    @property
    def hiding(self) -> Box | None:
        """The box they go behind, or are behind."""
        return self._walker.going if isinstance(self._walker.going, Box) else None

    def speak(self, now: int, lasting: int) -> None:
        """Be heard to speak for a while."""
        self._silent_at = now + lasting

    def step(self, other: Point, metres: float) -> None:
        """Walk nearer to where the other one stands (back, below zero), from where the steps before lead to."""
        going = self._walker.going
        distance = going.to if isinstance(going, Approach) else math.dist(other, self._walker.at)
        self._walker.going = Approach(to=max(_NEAREST_M, distance - metres), speed=STEP_M_S)

    def take_cover(self, box: Box) -> None:
        """Go behind a box, and keep behind it."""
        self._walker.going = box

    # -- as a trainee ---

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        """Walk for a moment. Who has done their steps stands; they do not follow the person about."""
        self._walker.walk(place_of, seconds)
        if isinstance(self._walker.going, Approach) and self._walker.velocity == (0.0, 0.0):
            self._walker.going = None

    def stance(self, now: int) -> Stance:
        """Where they stand and how they speak."""
        level = (_LOUD_LU if self.loud else 0.0) if now < self._silent_at else None
        return Stance(self._walker.at, self._walker.velocity, level)

    def acts(self, now: int, offered: Collection[str]) -> list[Input]:
        """Nothing by themselves."""
        return []
