"""Guards as closures over a session's ``Memory``.

True, False, or None when a stale signal leaves it open (Kleene). A guard's closures are built once per
scenario and shared by all its sessions.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Protocol

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
    Operator,
    Or,
    Recent,
    Tree,
    VariantIs,
)
from scenario_assets.runtime.memory import Memory

Test = Callable[[Memory], bool | None]

_OPERATORS: Mapping[Operator, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Symbols(Protocol):
    """Where names live in the memory, and who watches conditions over time."""

    @property
    def signals(self) -> Mapping[str, int]:
        """Name -> index in ``Memory.signals``."""

    @property
    def states(self) -> Mapping[str, int]:
        """Name -> index in ``Memory.states``."""

    @property
    def nodes(self) -> Mapping[str, int]:
        """Path -> number in ``Memory.active``."""

    def watch_held(self, part: Tree) -> int:
        """Compile and watch a condition for ``for``; the slot in ``Memory.held``."""

    def watch_recent(self, part: Tree) -> int:
        """Compile and watch a condition for ``within``; the slot in ``Memory.recent``."""


def compile_guard(tree: Tree, symbols: Symbols) -> Test:
    """The guard as a closure; names must have been checked."""
    match tree:
        case And(parts):
            return _and([compile_guard(part, symbols) for part in parts])
        case Or(parts):
            return _or([compile_guard(part, symbols) for part in parts])
        case Not(part):
            return _not(compile_guard(part, symbols))
        case Held(part, ms):
            return _held(symbols.watch_held(part), ms)
        case Recent(part, ms):
            return _recent(part, symbols.watch_recent(part), ms)
        case Compare(name, op, value):
            return _compare(name, op, value.base, symbols)
        case Between(name, low, high):
            return _between(name, low.base, high.base, symbols)
        case Flag(name):
            return _flag(symbols.signals[name])
        case Happened(kind, name):
            return _happened(kind, name)
        case InNode(path):
            return _in_node(symbols.nodes[path])
        case FactIs(name, value):
            return _fact(name, value)
        case VariantIs(actor, name):
            return _variant(actor, name)


def _and(parts: list[Test]) -> Test:
    if len(parts) == 2:
        return _both(*parts)

    def every(memory: Memory) -> bool | None:
        result: bool | None = True
        for part in parts:
            value = part(memory)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return every


def _both(first: Test, second: Test) -> Test:
    def both(memory: Memory) -> bool | None:
        one = first(memory)
        if one is False:
            return False
        two = second(memory)
        if two is False:
            return False
        return True if one and two else None

    return both


def _or(parts: list[Test]) -> Test:
    if len(parts) == 2:
        return _either(*parts)

    def some(memory: Memory) -> bool | None:
        result: bool | None = False
        for part in parts:
            value = part(memory)
            if value is True:
                return True
            if value is None:
                result = None
        return result

    return some


def _either(first: Test, second: Test) -> Test:
    def either(memory: Memory) -> bool | None:
        one = first(memory)
        if one is True:
            return True
        two = second(memory)
        if two is True:
            return True
        return None if one is None or two is None else False

    return either


def _not(part: Test) -> Test:
    def negated(memory: Memory) -> bool | None:
        value = part(memory)
        return None if value is None else not value

    return negated


def _held(slot: int, ms: int) -> Test:
    def held(memory: Memory) -> bool | None:
        value = memory.held[slot]
        if value is False:
            return False
        since = memory.now - ms
        if memory.held_false[slot] > since:
            return False
        return None if value is None or memory.held_unknown[slot] > since else True

    return held


def _recent(part: Tree, slot: int, ms: int) -> Test:
    if isinstance(part, Happened):  # never unknown, and noted the moment it happens
        return lambda memory: memory.now - memory.recent_true[slot] <= ms

    def recent(memory: Memory) -> bool | None:
        since = memory.now - ms
        if memory.recent[slot] or memory.recent_true[slot] >= since:
            return True
        return None if memory.recent[slot] is None or memory.recent_unknown[slot] >= since else False

    return recent


def _compare(name: str, op: Operator, bound: float, symbols: Symbols) -> Test:
    state = symbols.states.get(name)
    if state is not None:
        return _compare_state(state, op, bound)
    return _compare_signal(symbols.signals[name], op, bound)


def _compare_state(slot: int, op: Operator, bound: float) -> Test:
    # Drives compare states in every tick; see below.
    if op == "<":
        return lambda memory: memory.states[slot] < bound
    if op == ">":
        return lambda memory: memory.states[slot] > bound
    compare = _OPERATORS[op]
    return lambda memory: compare(memory.states[slot], bound)


def _compare_signal(index: int, op: Operator, bound: float) -> Test:
    # Signals are compared in every tick: the two frequent operators are written out, a third faster than a call.
    if op == "<":

        def below(memory: Memory) -> bool | None:
            value = memory.signals[index]
            return None if value is None else value < bound

        return below
    if op == ">":

        def above(memory: Memory) -> bool | None:
            value = memory.signals[index]
            return None if value is None else value > bound

        return above
    compare = _OPERATORS[op]

    def other(memory: Memory) -> bool | None:
        value = memory.signals[index]
        return None if value is None else compare(value, bound)

    return other


def _between(name: str, low: float, high: float, symbols: Symbols) -> Test:
    state = symbols.states.get(name)
    if state is not None:
        slot = state
        return lambda memory: low <= memory.states[slot] <= high
    index = symbols.signals[name]

    def signal(memory: Memory) -> bool | None:
        value = memory.signals[index]
        return None if value is None else low <= value <= high

    return signal


def _flag(index: int) -> Test:
    def flag(memory: Memory) -> bool | None:
        value = memory.signals[index]
        return None if value is None else bool(value)

    return flag


def _happened(kind: str, name: str) -> Test:
    wanted = (kind, name)
    return lambda memory: memory.event == wanted


def _in_node(index: int) -> Test:
    return lambda memory: index in memory.active


def _fact(name: str, value: str) -> Test:
    return lambda memory: memory.facts[name] == value


def _variant(actor: str, name: str) -> Test:
    return lambda memory: memory.variants.get(actor) == name
