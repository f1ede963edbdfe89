"""Transitions that can never be taken because another one of the same node always is (S021)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from scenario_assets.language.behaviour import Transition
from scenario_assets.language.document import Scenario
from scenario_assets.language.entailment import Meaning, implies, meaning
from scenario_assets.language.guard_tree import momentary, needs_happening
from scenario_assets.language.intervals import Box, Ranges
from scenario_assets.language.paths import Place, places
from scenario_assets.language.reader import Reader

#: A transition is held against so many before it: more in one node than people write, and bounded work for more.
_COMPARED = 20


@dataclass(frozen=True, slots=True)
class _Way:
    """A transition with its guard worked out; None where there is none."""

    way: Transition
    guard: Meaning | None

    @property
    def on_event(self) -> bool:
        """Whether it is looked at while something is happening."""
        return self.guard is not None and momentary(self.guard.tree)

    @property
    def on_tick(self) -> bool:
        """Whether it is looked at when nothing is happening."""
        return self.guard is None or not needs_happening(self.guard.tree)


def check_shadows(scenario: Scenario, reader: Reader, ranges: Ranges, *, sound: Collection[int]) -> None:
    """Report them; only guards whose ids are in ``sound`` are looked into."""

    def readable(way: Transition) -> bool:
        return reader.sound(way) and (way.when is None or id(way.when) in sound)

    for place in places(scenario):
        if reader.full:
            break
        ways = [_worked_out(way, ranges) for way in place.node.next if readable(way)]
        for number, later in enumerate(ways):
            for other, first in _rivals(ways, number):
                if _leaves_nothing(other, later, ranges.inside(place), first=first):
                    _report(reader, place, later.way, other.way)
                    break


def _worked_out(way: Transition, ranges: Ranges) -> _Way:
    return _Way(way, None if way.when is None else meaning(way.when.tree, ranges, sampled=False))


def _rivals(ways: list[_Way], number: int) -> Iterator[tuple[_Way, bool]]:
    """Other transitions, and whether they stand before this one."""
    yield from ((way, True) for way in ways[max(0, number - _COMPARED) : number])
    yield from ((way, False) for way in ways[number + 1 : number + _COMPARED])


def _leaves_nothing(other: _Way, later: _Way, here: Box, *, first: bool) -> bool:
    """Whether the other transition is taken whenever this one could be, or before."""
    if other.guard is None:
        return _sooner(other.way, later.way, first=first)
    if not first or later.guard is None:
        return False
    timely = other.way.after is None or _sooner(other.way, later.way, first=True)
    looked_at = other.on_event >= later.on_event and other.on_tick >= later.on_tick
    return timely and looked_at and implies(later.guard, other.guard, here)


def _sooner(other: Transition, later: Transition, *, first: bool) -> bool:
    """Whether the time of one has surely come when that of the other comes."""
    due = 0.0 if other.after is None else other.after.high
    wanted = 0.0 if later.after is None else later.after.low
    # Without a time of its own it may be taken at once, but not before what is taken at once and stands first.
    return due <= wanted if first else due < wanted


def _report(reader: Reader, place: Place, way: Transition, other: Transition) -> None:
    told = f"`{other.when.text}`" if other.when is not None else "a transition without `when`"
    line = reader.place(other).line
    message = f"a transition of {place.full} can never be taken: {told} in line {line} always comes first"
    reader.fault("S021", reader.place(way), message, "warning")
