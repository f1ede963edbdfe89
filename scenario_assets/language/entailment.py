"""What follows from a guard: whether it is always true, and whether another one is true whenever it is (S021).

Answers err on one side only: "it follows" is certain, "it does not" may be wrong.
"""

from dataclasses import dataclass

from scenario_assets.language.guard_tree import And, Between, Compare, Flag, Held, Not, Or, Recent, Tree
from scenario_assets.language.intervals import (
    ANYWHERE,
    Box,
    Ranges,
    held_for,
    possible,
    spread,
    together,
    true_since,
)

#: The parts of an `or` are looked at one by one up to this many; people do not write longer ones.
_MAX_PARTS = 8
#: So many pairs of boxes are compared for one answer; guards that people write have a few.
_MAX_PAIRS = 256


def always(tree: Tree, ranges: Ranges, *, sampled: bool, within: Box = ANYWHERE) -> bool:
    """Whether the guard can never be false (unknown it may be, while a signal is stale)."""
    return not possible(Not(tree), ranges, sampled=sampled, within=within)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A guard worked out once, to be compared with many.

    When it is true and when false, what it reads that can be unknown, and what is surely known while it is true.
    """

    tree: Tree
    true: list[Box] | None
    false: list[Box] | None
    reads: frozenset[str]
    known: frozenset[str]
    parts: "tuple[Meaning, ...]"


def meaning(tree: Tree, ranges: Ranges, *, sampled: bool) -> Meaning:
    """Work a guard out."""
    parts = tree.parts if isinstance(tree, Or) and len(tree.parts) <= _MAX_PARTS else ()
    return Meaning(
        tree,
        spread(tree, True, ranges, sampled=sampled),
        spread(tree, False, ranges, sampled=sampled),
        frozenset(_reads(tree)) - ranges.states,
        frozenset(_known(tree, true=True)),
        tuple(meaning(part, ranges, sampled=sampled) for part in parts),
    )


def implies(premise: Meaning, conclusion: Meaning, within: Box = ANYWHERE) -> bool:
    """Whether the second guard is true at every moment at which the first one is."""
    if premise.tree == conclusion.tree or _never_apart(premise, conclusion, within):
        return True
    return all(
        any(_never_apart(one, other, within) for other in (conclusion, *conclusion.parts))
        for one in premise.parts or (premise,)
    )


def _never_apart(premise: Meaning, conclusion: Meaning, within: Box) -> bool:
    """The conclusion cannot be false then, and nothing that it reads can be unknown."""
    if premise.true is None or conclusion.false is None or not conclusion.reads <= premise.known:
        return False
    if len(premise.true) * len(conclusion.false) > _MAX_PAIRS:
        return False
    return not together(premise.true, conclusion.false, within)


def _reads(tree: Tree) -> set[str]:
    """The variables that can be unknown: signals, and how they have been."""
    match tree:
        case Compare(name=name) | Between(name=name) | Flag(name=name):
            return {name}
        case Held(part, _):
            return {held_for(part)}
        case Recent(part, _):
            return {true_since(part)}
        case Not(part):
            return _reads(part)
        case And(parts) | Or(parts):
            return set().union(*map(_reads, parts))
        case _:
            return set()


def _known(tree: Tree, *, true: bool) -> set[str]:
    """What must be known now for the guard to be ``true``, or else to be false."""
    match tree:
        case Held(part, _) if true:
            return {held_for(part)} | _known(part, true=True)
        case Not(part):
            return _known(part, true=not true)
        case And(parts) | Or(parts):
            every = [_known(part, true=true) for part in parts]
            return set.union(*every) if isinstance(tree, And) == true else set.intersection(*every)
        case _:
            return _reads(tree)
