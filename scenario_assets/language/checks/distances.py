"""A required distance must be one that the scene can give (S083).

Where the person may ever be is taken from everything that is ordered, where they are in a node from what it orders
on entry. On a walk in between nobody is farther from the scene's edges than at one of its ends, so only the ends are
looked at.
"""

from collections.abc import Iterable, Iterator, Mapping

from scenario_assets.language.behaviour import Do, Node
from scenario_assets.language.document import Scenario
from scenario_assets.language.floor import farthest
from scenario_assets.language.paths import places
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import deeds
from scenario_assets.language.values import Metres, Point, Threat

#: Distances are written in centimetres at best.
_ROUNDING_M = 0.005
Spot = Point | str


def check_distances(scenario: Scenario, reader: Reader) -> None:
    """Report a distance that can be kept nowhere, and places of the person where it cannot be kept."""
    if not reader.sound(scenario, "scene"):
        return  # one would measure a floor that nobody wrote
    check = _Check(scenario, reader)
    for node, threat in _threatening(scenario):
        if threat in scenario.scoring.distance:
            check.node(node, threat)


def _threatening(scenario: Scenario) -> Iterator[tuple[Node, Threat]]:
    """The nodes that declare a threat state or inherit one."""
    found: dict[str, Threat] = {}
    for place in places(scenario):
        threat = place.node.threat or found.get(f"{place.region}.{place.parent}")
        if threat is not None:
            found[place.full] = threat
            yield place.node, threat


def _spots(ordered: Iterable[Do], person: str) -> set[Spot]:
    """Where these deeds put the person or send them."""
    found: set[Spot] = set()
    for deed in ordered:
        if person in deed.place:
            found.add(deed.place[person])
        if person in deed.move:
            move = deed.move[person]
            found.update(move.path if move.to is None else (move.to,))
    return found


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self._reach: dict[Spot, float] = {}
        self._nowhere: dict[Threat, bool] = {}
        person = scenario.scoring.person
        self._anywhere = _spots(deeds(scenario), person)
        actor = scenario.actors.get(person)
        if actor is not None and actor.at is not None:
            self._anywhere.add(actor.at)

    def node(self, node: Node, threat: Threat) -> None:
        """Report the threat's distance, once, if it can be kept nowhere, else where the node sends the person."""
        if threat not in self._nowhere:
            self._nowhere[threat] = self._kept_nowhere(threat)
        if self._nowhere[threat]:
            return
        for spot in sorted(_spots(node.enter, self.scenario.scoring.person), key=str):
            if self._too_near(spot, threat):
                self.reader.fault("S083", self.reader.place(node, "enter"), self._told(spot, threat), "warning")

    def _kept_nowhere(self, threat: Threat) -> bool:
        if not self._anywhere or not all(self._too_near(spot, threat) for spot in self._anywhere):
            return False
        best = max(self._anywhere, key=self._farthest)
        place = self.reader.place(self._required, threat)
        self.reader.fault("S083", place, self._told(best, threat) + ", and from nowhere else more")
        return True

    @property
    def _required(self) -> Mapping[Threat, Metres]:
        return self.scenario.scoring.distance

    def _too_near(self, spot: Spot, threat: Threat) -> bool:
        return self._farthest(spot) < self._required[threat] - _ROUNDING_M

    def _farthest(self, spot: Spot) -> float:
        if spot not in self._reach:
            point = self.scenario.scene.places.get(spot) if isinstance(spot, str) else spot
            # A place that does not exist is reported elsewhere; here nothing is wrong with it.
            self._reach[spot] = float("inf") if point is None else farthest(self.scenario.scene, point)
        return self._reach[spot]

    def _told(self, spot: Spot, threat: Threat) -> str:
        where = spot if isinstance(spot, str) else f"[{spot[0]:g}, {spot[1]:g}]"
        return (
            f"{threat} asks for {self._required[threat]:g} m, "
            f"inside the bounds one can stand {self._farthest(spot):.1f} m from {where} at most"
        )
