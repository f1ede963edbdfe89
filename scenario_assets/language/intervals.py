"""Whether a guard can be true at all (S020): intervals over the declared ranges, sets for everything else.

A guard is spread into alternatives, each a box: what every variable may be at once. A guard whose boxes are
all empty can never be true. The answer errs on one side only: "can be true" may be wrong, "never" is not.
What a stale signal leaves unknown is neither true nor false here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import islice

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
from scenario_assets.language.paths import Place, places

_ENDLESS = float("inf")
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
#: The box that says nothing.
ANYWHERE: Box = {}


class Ranges:
    """What each variable of a scenario can be."""

    def __init__(self, scenario: Scenario) -> None:
        self.numbers: dict[str, Interval] = {
            name: _observed(signal.range, signal.step)
            for name, signal in scenario.signals.items()
            if signal.range is not None
        }
        self.states = frozenset(scenario.dynamics)
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


    def inside(self, place: Place | None) -> Box:
        """What is certain while this node is active."""
        return ANYWHERE if place is None else {f"(node {place.region})": self.leaves[place.full]}


def _observed(declared: tuple[float, float], step: float | None) -> Interval:
    """A signal is clamped to its range and then rounded to its step, which may lead out again."""
    low, high = declared
    if step is None:
        return Interval(low, high)
    return Interval(min(low, round(low / step) * step), max(high, round(high / step) * step))


def possible(tree: Tree, ranges: Ranges, *, sampled: bool, within: Box = ANYWHERE) -> bool:
    """Whether the guard can be true; a ``sampled`` one is never looked at while something is happening.

    ``within`` is what is known besides, such as ``Ranges.inside`` of a node.
    """
    boxes = spread(tree, True, ranges, sampled=sampled)
    return boxes is None or any(_meet(box, within) is not None for box in boxes)


def together(one: list[Box] | None, other: list[Box] | None, within: Box = ANYWHERE) -> bool:
    """Whether some box of each, and what is known besides, can be the case at once; None can be anything."""
    if one is None or other is None:
        return True
    met = _all([one, other, [within]])
    return met is None or bool(met)


def spread(tree: Tree, wanted: bool, ranges: Ranges, *, sampled: bool) -> list[Box] | None:
    """The ways in which the guard is ``wanted``; None when there are too many to say."""
    match tree:
        case Not(part):
            return spread(part, not wanted, ranges, sampled=sampled)
        case And(parts) | Or(parts):
            every = [spread(part, wanted, ranges, sampled=sampled) for part in parts]
            return _all(every) if isinstance(tree, And) == wanted else _any(every)
        case Held(part, ms):
            lasted: Box = {held_for(part): Interval(ms, _ENDLESS) if wanted else Interval(0, ms, high_open=True)}
            if not wanted:
                return [lasted]
            # Sampled by the tick, when nothing is happening.
            return _all([spread(part, True, ranges, sampled=True), [lasted]])
        case Recent(part, ms):
            once = spread(part, True, ranges, sampled=False)
            since: Box = {true_since(part): Interval(0, ms) if wanted else Interval(ms, _ENDLESS, low_open=True)}
            return [since] if once is None or once or not wanted else []
        case _:
            box = _atom(tree, wanted, ranges, sampled)
            return [] if box is None else [box]


def held_for(part: Tree) -> str:
    """The variable that says how long a guard has been true without a break."""
    return f"(held {part!r})"


def true_since(part: Tree) -> str:
    """The variable that says how long ago a guard was true."""
    return f"(since {part!r})"


def _all(groups: list[list[Box] | None]) -> list[Box] | None:
    found: list[Box] = [{}]
    for group in groups:
        if group is None:
            continue  # what cannot be said is taken as possible
        met = (both for one in found for other in group if (both := _meet(one, other)) is not None)
        found = list(islice(met, _MAX_BOXES + 1))
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
            return _number(name, Interval(low.base, high.base), ranges) if wanted else _outside(atom, ranges)
        case Flag(name):
            return {name: frozenset({str(wanted)})}
        case Happened(kind, name):
            if wanted and sampled:
                return None
            what = f"{kind}({name})"
            happens: Box = {what: frozenset({str(wanted)})}
            return {"(happening)": frozenset({what}), **happens} if wanted else happens
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
    match op:
        case "<":
            return Interval(-_ENDLESS, bound, high_open=True)
        case "<=":
            return Interval(-_ENDLESS, bound)
        case ">":
            return Interval(bound, _ENDLESS, low_open=True)
        case ">=":
            return Interval(bound, _ENDLESS)
        case "==":
            return Interval(bound, bound)
        case "!=":
            return Interval(-_ENDLESS, _ENDLESS)


def _number(name: str, interval: Interval, ranges: Ranges) -> Box | None:
    declared = ranges.numbers.get(name)
    met = interval if declared is None else interval.meet(declared)
    return None if met.empty else {name: met}


def _outside(atom: Between, ranges: Ranges) -> Box | None:
    """Of two intervals a box holds only one, so what is outside is not said, only whether anything is."""
    declared = ranges.numbers.get(atom.name)
    covered = declared is not None and atom.low.base <= declared.low and declared.high <= atom.high.base
    return None if covered else {}


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
