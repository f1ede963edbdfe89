"""A statechart's fixed part: a tree of states, numbered in document order, and transitions between them.

What can be said of the tree alone, whatever is active, is worked out here once for all sessions that run it.
Names follow W3C SCXML.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property


class Kind(Enum):
    """What kind of state; ATOMIC and FINAL have no children that can be active."""

    ATOMIC = "atomic"
    COMPOUND = "compound"
    PARALLEL = "parallel"
    FINAL = "final"
    SHALLOW_HISTORY = "shallow"
    DEEP_HISTORY = "deep"


HISTORY = (Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY)


@dataclass(frozen=True, slots=True)
class State:
    """One state; ``parent`` is -1 for the root, ``last`` the highest index in its subtree.

    ``initial`` is the transition a compound state begins with, or a history state falls back to; -1 if none.
    """

    index: int
    id: str
    kind: Kind
    parent: int
    children: tuple[int, ...]
    last: int
    initial: int
    transitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """From ``source`` to ``targets`` (none: only its content is done).

    ``eventless``: can be enabled while nothing is happening; ``events``: by which events it can be enabled, None
    for any. The host is not asked otherwise. In SCXML a transition is either eventless or has events; a guard
    with ``or`` can make it both.
    """

    index: int
    source: int
    targets: tuple[int, ...]
    internal: bool = False
    eventless: bool = True
    events: frozenset[Hashable] | None = None


#: By state: transitions of its own and of its ancestors, the deeper state's first.
Ways = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Chart:
    """State 0 is the root (the ``scxml`` element); it is compound and never leaves the configuration."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    @cached_property
    def leaves(self) -> frozenset[int]:
        """The states that have no active children."""
        return frozenset(state.index for state in self.states if state.kind in (Kind.ATOMIC, Kind.FINAL))

    @cached_property
    def histories(self) -> tuple[tuple[int, ...], ...]:
        """By state: its children that are history states."""
        return tuple(
            tuple(child for child in state.children if self.states[child].kind in HISTORY) for state in self.states
        )

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """By state: its children that can be active."""
        return tuple(
            tuple(child for child in state.children if self.states[child].kind not in HISTORY) for state in self.states
        )

    @cached_property
    def eventless(self) -> Ways:
        """The transitions to try while nothing is happening."""
        return self._upwards(lambda transition: transition.eventless)

    def evented(self, event: Hashable) -> Ways:
        """The transitions to try for this event."""
        found = self._evented.get(event)
        if found is None:
            if event not in self._named:
                return self._by_any
            # Kept for all sessions; there are no more of these than events named in the chart.
            found = self._evented[event] = self._upwards(
                lambda transition: transition.events is None or event in transition.events
            )
        return found

    @cached_property
    def _evented(self) -> dict[Hashable, Ways]:
        return {}

    @cached_property
    def _named(self) -> frozenset[Hashable]:
        return frozenset().union(*(transition.events or () for transition in self.transitions))

    @cached_property
    def _by_any(self) -> Ways:
        return self._upwards(lambda transition: transition.events is None)

    def _upwards(self, wanted: Callable[[Transition], bool]) -> Ways:
        found: list[tuple[int, ...]] = []
        for state in self.states:  # parents come before their children
            own = tuple(index for index in state.transitions if wanted(self.transitions[index]))
            found.append(own + found[state.parent] if state.parent >= 0 else own)
        return tuple(found)

    @cached_property
    def domains(self) -> tuple[int | None, ...]:
        """By transition: its domain; None where a history among its targets decides."""
        return tuple(
            None
            if any(self.states[target].kind in HISTORY for target in transition.targets)
            else self.domain(transition, transition.targets)
            for transition in self.transitions
        )

    def domain(self, transition: Transition, targets: Sequence[int]) -> int:
        """The compound state that contains all that a transition to these states leaves and enters."""
        source = self.states[transition.source]
        if transition.internal and source.kind is Kind.COMPOUND and self._around(source.index, targets):
            return source.index
        ancestor = source.parent
        while ancestor > 0:
            if self.states[ancestor].kind is Kind.COMPOUND and self._around(ancestor, targets):
                return ancestor
            ancestor = self.states[ancestor].parent
        return 0

    def inside(self, index: int, ancestor: int) -> bool:
        """Whether ``index`` is a proper descendant of ``ancestor``."""
        return ancestor < index <= self.states[ancestor].last

    def _around(self, ancestor: int, states: Sequence[int]) -> bool:
        last = self.states[ancestor].last
        return all(ancestor < index <= last for index in states)
