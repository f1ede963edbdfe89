"""What an instructor does at any time must make sense at any time (S060).

Injects that end the scenario or leave it stuck, events nobody waits for, and people who act before they are there.
"""

from collections.abc import Iterable, Iterator

from scenario_assets.language.behaviour import Do
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import find
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import EMITTING, awaited, deeds
from scenario_assets.language.ways import dead_ends, entered


def check_interventions(scenario: Scenario, reader: Reader) -> None:
    """Report them as warnings: an instructor may know why."""
    if not reader.sound(scenario, "actors", *EMITTING):
        return  # what is missing may stand where the file could not be read
    check = _Check(scenario, reader)
    events = awaited(scenario)
    for inject in scenario.injects.values():
        for deed in inject.do:
            check.gotos(deed)
            for event in deed.emit:
                if event and event not in events:
                    check.warn(deed, "emit", f"nobody waits for {event!r}; guards can ask for inject(...) itself")
    check.absent()


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self.stuck = {place.full for place in dead_ends(scenario)}

    def warn(self, owner: object, key: str, message: str) -> None:
        self.reader.fault("S060", self.reader.place(owner, key), message, "warning")

    def gotos(self, deed: Do) -> None:
        for region, path in deed.goto.items():
            node = find(self.scenario.regions.get(region, {}), path) if path else None
            if node is None:
                continue  # S023
            active = entered(self.scenario, region, path)
            ends = [there for there in active if (inner := find(self.scenario.regions[region], there)) and inner.end]
            if ends:
                self.warn(deed, "goto", f"{region}.{ends[0]} ends the scenario, whatever the trainee does")
            elif f"{region}.{active[-1]}" in self.stuck:
                self.warn(deed, "goto", f"no ending can be reached from {region}.{active[-1]}")

    def absent(self) -> None:
        """Somebody who has no place from the start, and is given none, cannot walk or be seen."""
        scenario = self.scenario
        placed = {actor for deed in deeds(scenario) for actor in deed.place}
        homeless = {name for name, actor in scenario.actors.items() if actor.at is None}
        for deed in deeds(scenario):
            for actor in _acting(deed):
                if actor in homeless - placed:
                    self.warn(deed, "", f"{actor} is never placed in the scene, and is not seen to do this")
        for at_any_time in _at_any_time(scenario):
            present: set[str] = set()
            for deed in at_any_time:
                present.update(deed.place)
                for actor in _acting(deed):
                    if actor in homeless & placed and actor not in present:
                        self.warn(deed, "", f"{actor} may not have been placed when this is done")


def _acting(deed: Do) -> Iterator[str]:
    """Who has to be there; to be heard nobody has to."""
    yield from dict.fromkeys((*deed.leave, *deed.pose, *deed.move))


def _at_any_time(scenario: Scenario) -> Iterator[Iterable[Do]]:
    """Lists of deeds that may be ordered right at the start."""
    for reflex in scenario.reflexes:
        yield (reflex,)
    for table in (scenario.acts, scenario.radio, scenario.said, scenario.injects):
        for item in table.values():
            yield item.do

