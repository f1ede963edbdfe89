"""A guard that S020 calls never true is unsatisfiable, says z3: over signals, states, nodes, facts and happenings.

Only this way round: a guard called possible may be impossible. Without `for` and `within`, and where nothing is
excluded from the middle of a range, both agree.
"""

from collections.abc import Mapping
from fractions import Fraction

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets.language.guard_tree import (
    And,
    Between,
    Compare,
    FactIs,
    Flag,
    Happened,
    Held,
    InNode,
    Not,
    Or,
    Recent,
    Tree,
    VariantIs,
)
from scenario_assets.language.intervals import Interval, Ranges, possible
from scenario_assets.language.units import Quantity
from tests.scenario_assets.texts import small

RANGES = Ranges(small())
NODES = sorted(RANGES.leaves)


def _compare(name: str, unit: str, values: list[float]) -> st.SearchStrategy[Tree]:
    quantities = st.sampled_from(values).map(lambda value: Quantity(value, unit))
    return st.one_of(
        st.builds(Compare, st.just(name), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), quantities),
        st.builds(Between, st.just(name), quantities, quantities),
    )


leaves: st.SearchStrategy[Tree] = st.one_of(
    _compare("distance", "m", [0, 0.5, 1, 2, 20, 21]),
    _compare("voice", "LU", [-60, 0, 5, 40]),
    _compare("agitation", "", [0, 40, 60, 100]),
    st.just(Flag("speaking")),
    st.sampled_from(["noise", "grief"]).map(lambda value: FactIs("reason", value)),
    st.sampled_from(NODES).map(InNode),
    st.sampled_from(["reflection", "threat"]).map(lambda kind: Happened("said", kind)),
    st.just(Happened("inject", "siren")),
)
durations = st.sampled_from([1_000, 2_000])


def _grown(part: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(part, min_size=2, max_size=3).map(tuple)
    both = st.one_of(st.builds(And, several), st.builds(And, several), st.builds(Or, several))
    timed = st.one_of(st.builds(Held, part, durations), st.builds(Recent, part, durations))
    return st.one_of(both, both, st.builds(Not, part), timed)


trees = st.recursive(leaves, _grown, max_leaves=10)


class Moment:
    """Variables for one moment of one session; ``happening`` tells whether something may be happening then."""

    def __init__(self, solver: z3.Solver, number: int, *, happening: bool) -> None:
        self._solver = solver
        self._number = number
        self._happening = happening
        self._names: dict[str, z3.ExprRef] = {}

    def number(self, name: str) -> z3.ArithRef:
        return self._variable(name, RANGES.numbers[name])

    def flag(self, name: str) -> z3.BoolRef:
        return z3.Bool(f"{name} at {self._number}")

    def choice(self, name: str, options: list[str]) -> z3.ArithRef:
        """One of the options, as its index."""
        return self._variable(name, Interval(0, len(options) - 1), integer=True)

    def event(self, name: str) -> z3.BoolRef:
        events = ["nothing", "said reflection", "said threat", "inject siren"]
        happening = self.choice("event", events)
        return z3.And(happening == events.index(name), z3.BoolVal(self._happening))

    def age(self, name: str) -> z3.ArithRef:
        """How long something has lasted, or how long ago it was, in milliseconds."""
        return self._variable(name, Interval(0, 1e12))

    def still(self) -> "Moment":
        """The same moment as a tick sees it: nothing is happening."""
        other = Moment(self._solver, self._number, happening=False)
        other._names = self._names
        return other

    def _variable(self, name: str, within: Interval, *, integer: bool = False) -> z3.ArithRef:
        if name not in self._names:
            variable = (z3.Int if integer else z3.Real)(f"{name} at {self._number}")
            self._solver.add(variable >= Fraction(within.low), variable <= Fraction(within.high))
            self._names[name] = variable
        return self._names[name]


class Oracle:
    """Translates a guard into what must be true for it to be true."""

    def __init__(self) -> None:
        self.solver = z3.Solver()
        self._moments = 0

    def moment(self, *, happening: bool) -> Moment:
        self._moments += 1
        return Moment(self.solver, self._moments, happening=happening)

    def holds(self, tree: Tree, now: Moment) -> z3.BoolRef:
        match tree:
            case Not(part):
                return z3.Not(self.holds(part, now))
            case And(parts):
                return z3.And([self.holds(part, now) for part in parts])
            case Or(parts):
                return z3.Or([self.holds(part, now) for part in parts])
            case Held(part, ms):
                lasted = now.age(f"held {part!r}") >= ms
                self.solver.add(z3.Implies(lasted, self.holds(part, now.still())))
                return lasted
            case Recent(part, ms):
                recent = now.age(f"since {part!r}") <= ms
                self.solver.add(z3.Implies(recent, self.holds(part, self.moment(happening=True))))
                return recent
            case Compare(name, op, value):
                left, right = now.number(name), Fraction(value.base)
                comparisons: Mapping[str, z3.BoolRef] = {
                    "<": left < right,
                    "<=": left <= right,
                    ">": left > right,
                    ">=": left >= right,
                    "==": left == right,
                    "!=": left != right,
                }
                return comparisons[op]
            case Between(name, low, high):
                variable = now.number(name)
                return z3.And(variable >= Fraction(low.base), variable <= Fraction(high.base))
            case Flag(name):
                return now.flag(name)
            case Happened(kind, name):
                return now.event(f"{kind} {name}")
            case InNode(path):
                options = sorted(RANGES.regions[path.partition(".")[0]])
                node = now.choice(f"node of {path.partition('.')[0]}", options)
                return z3.Or([node == options.index(leaf) for leaf in RANGES.leaves[path]])
            case FactIs(name, value):
                options = sorted(RANGES.facts[name])
                return z3.Int(f"fact {name}") == options.index(value)
            case VariantIs():
                raise AssertionError("nobody in the small scenario has variants")


def satisfiable(tree: Tree, *, sampled: bool) -> bool:
    oracle = Oracle()
    oracle.solver.add(z3.Int("fact reason") >= 0, z3.Int("fact reason") < len(RANGES.facts["reason"]))
    oracle.solver.add(oracle.holds(tree, oracle.moment(happening=not sampled)))
    return bool(oracle.solver.check() == z3.sat)


@settings(max_examples=300)
@given(trees, st.booleans())
def test_never_is_unsatisfiable(tree: Tree, sampled: bool) -> None:
    if not possible(tree, RANGES, sampled=sampled):
        assert not satisfiable(tree, sampled=sampled)


def exact(tree: Tree, *, wanted: bool = True) -> bool:
    """Whether boxes can say all of it: nothing timed, and nothing that cuts a hole into what is possible."""
    match tree:
        case Not(part):
            return exact(part, wanted=not wanted)
        case And(parts) | Or(parts):
            return all(exact(part, wanted=wanted) for part in parts)
        case Held() | Recent():
            return False
        case Compare(op=op):
            return op != ("!=" if wanted else "==")
        case Between() | Happened():
            return wanted
        case _:
            return True


@settings(max_examples=200)
@given(trees.filter(exact), st.booleans())
def test_what_boxes_can_say_is_found_exactly(tree: Tree, sampled: bool) -> None:
    assert possible(tree, RANGES, sampled=sampled) is satisfiable(tree, sampled=sampled)
