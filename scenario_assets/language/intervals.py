"""Whether a guard can be true at all (S020): intervals over the declared ranges, sets for everything else.

A guard is spread into alternatives, each a box: what every variable may be at once. A guard whose boxes are
all empty can never be true. The answer errs on one side only: "can be true" may be wrong, "never" is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from scenario_assets.language.document import Scenario
from scenario_assets.language.guard_tree import (
    And,
    Atom,
    Between,
    Compare,
    FactIs,
    Flag,
    Happened,
    Held,
    InNode,
    Not,
    Operator,
    Or,
    Recent,
    Tree,
    VariantIs,
)
from scenario_assets.language.paths import places

#: Guards with more alternatives than this are taken to be possible; people do not write such guards.
_MAX_BOXES = 256

_OPPOSITE: Mapping[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from ``low`` to ``high``; an open end does not include its bound."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        """Whether no number is inside."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def meet(self, other: "Interval") -> "Interval":
        """What is inside both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low, high, low_open, not closed)


Allowed = Interval | frozenset[str]
Box = dict[str, Allowed]


class Ranges:
    """What each variable of a scenario can be."""

    def __init__(self, scenario: Scenario) -> None:
        self.numbers: dict[str, Interval] = {
            name: Interval(*signal.range)
            for name, signal in scenario.signals.items()
            if signal.range is not None
        }
        self.numbers |= {name: Interval(*state.range) for name, state in scenario.dynamics.items()}
        self.facts = {
            name: frozenset(option.node for option in fact) for name, fact in scenario.facts.items()
        }
        self.variants = {name: frozenset(actor.variants) for name, actor in scenario.actors.items()}
        inside: dict[str, set[str]] = {place.full: set() for place in places(scenario)}
        for place in places(scenario):
            if not place.node.states:
                parts = place.full.split(".")
                for n in range(2, len(parts) + 1):
                    inside[".".join(parts[:n])].add(place.full)
        self.leaves = {path: frozenset(leaves) for path, leaves in inside.items()}
        self.regions: dict[str, frozenset[str]] = {
            region: frozenset().union(*(self.leaves[f"{region}.{name}"] for name in nodes))
            for region, nodes in scenario.regions.items()
        }


def possible(tree: Tree, ranges: Ranges, *, sampled: bool) -> bool:
    """Whether the guard can be true; a ``sampled`` one is never looked at while something is happening."""
    boxes = _boxes(tree, True, ranges, sampled)
    return boxes is None or bool(boxes)


def _boxes(tree: Tree, wanted: bool, ranges: Ranges, sampled: bool) -> list[Box] | None:
    """The ways in which the guard is ``wanted``; None when there are too many to say."""
    match tree:
        case Not(part):
            return _boxes(part, not wanted, ranges, sampled)
        case And(parts) | Or(parts):
            every = [_boxes(part, wanted, ranges, sampled) for part in parts]
            return _all(every) if isinstance(tree, And) == wanted else _any(every)
        case Held(part, _):  # sampled by the tick, when nothing is happening
            return _boxes(part, True, ranges, True) if wanted else [{}]
        case Recent(part, _):
            once = _boxes(part, True, ranges, False)
            if wanted:
                return [{}] if once is None or once else []
            return [{}]
        case _:
            box = _atom(tree, wanted, ranges, sampled)
            return [] if box is None else [box]


def _all(groups: list[list[Box] | None]) -> list[Box] | None:
    found: list[Box] = [{}]
    for group in groups:
        if group is None:
            continue  # what cannot be said is taken as possible
        found = [met for one in found for other in group if (met := _meet(one, other)) is not None]
        if len(found) > _MAX_BOXES:
            return None
    return found


def _any(groups: list[list[Box] | None]) -> list[Box] | None:
    if any(group is None for group in groups):
        return None
    found = [box for group in groups if group is not None for box in group]
    return found if len(found) <= _MAX_BOXES else None


def _meet(one: Box, other: Box) -> Box | None:
    met = dict(one)
    for name, allowed in other.items():
        both = _both(met.get(name, allowed), allowed)
        if both is None:
            return None
        met[name] = both
    return met


def _both(one: Allowed, other: Allowed) -> Allowed | None:
    if isinstance(one, Interval) and isinstance(other, Interval):
        interval = one.meet(other)
        return None if interval.empty else interval
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other or None
    return one


def _atom(atom: Atom, wanted: bool, ranges: Ranges, sampled: bool) -> Box | None:
    match atom:
        case Compare(name, op, value):
            return _number(name, _interval(op if wanted else _OPPOSITE[op], value.base), ranges)
        case Between(name, low, high):
            return _number(name, Interval(low.base, high.base), ranges) if wanted else {}
        case Flag(name):
            return {name: frozenset({str(wanted)})}
        case Happened(kind, name):
            if wanted and sampled:
                return None
            return {"(happening)": frozenset({f"{kind}({name})"})} if wanted else {}
        case InNode(path):
            inside = ranges.leaves.get(path)
            if inside is None:
                return {}
            region = path.partition(".")[0]
            allowed = inside if wanted else ranges.regions[region] - inside
            return {f"(node {region})": allowed} if allowed else None
        case FactIs(name, value):
            options = ranges.facts.get(name, frozenset({value}))
            allowed = options & {value} if wanted else options - {value}
            return {f"(fact {name})": allowed} if allowed else None
        case VariantIs(actor, name):
            options = ranges.variants.get(actor, frozenset({name}))
            allowed = options & {name} if wanted else options - {name}
            return {f"(variant {actor})": allowed} if allowed else None


def _interval(op: Operator, bound: float) -> Interval:
    infinity = float("inf")
    match op:
        case "<":
            return Interval(-infinity, bound, high_open=True)
        case "<=":
            return Interval(-infinity, bound)
        case ">":
            return Interval(bound, infinity, low_open=True)
        case ">=":
            return Interval(bound, infinity)
        case "==":
            return Interval(bound, bound)
        case "!=":
            return Interval(-infinity, infinity)


def _number(name: str, interval: Interval, ranges: Ranges) -> Box | None:
    declared = ranges.numbers.get(name)
    met = interval if declared is None else interval.meet(declared)
    return None if met.empty else {name: met}


def held_parts(tree: Tree) -> list[Held]:
    """Every ``for`` in a guard that counts from the node's entry, which one inside ``within`` does not."""
    match tree:
        case Held(part, _):
            return [tree, *held_parts(part)]
        case Not(part):
            return held_parts(part)
        case And(parts) | Or(parts):
            return reduce(lambda found, part: found + held_parts(part), parts, [])
        case _:
            return []
