"""Statecharts with the step semantics of W3C SCXML (appendix D, "Algorithm for SCXML Interpretation").

A chart is a tree of states, numbered in document order, and transitions between them; what a condition is and
what entering, leaving or taking a transition does, the ``Host`` decides. Names follow the recommendation.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

#: Microsteps in one macrostep before it counts as a livelock: no honest chart takes more than a few dozen.
MAX_MICROSTEPS = 1_000


class Kind(Enum):
    """What kind of state; ATOMIC and FINAL have no children that can be active."""

    ATOMIC = "atomic"
    COMPOUND = "compound"
    PARALLEL = "parallel"
    FINAL = "final"
    SHALLOW_HISTORY = "shallow"
    DEEP_HISTORY = "deep"


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
    """From ``source`` to ``targets`` (none: only its content is done)."""

    index: int
    source: int
    targets: tuple[int, ...]
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """State 0 is the root (the ``scxml`` element); it is compound and never leaves the configuration."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]


E_contra = TypeVar("E_contra", contravariant=True)
E = TypeVar("E")


class Host(Protocol[E_contra]):
    """What runs inside the steps."""

    def received(self, event: E_contra) -> None:
        """This event is handled now; called before transitions are selected for it."""

    def enabled(self, transition: int, event: E_contra | None) -> bool:
        """Whether the transition's event and condition match; ``None`` asks for eventless transitions."""

    def leaving(self, state: int) -> None:
        """Do the state's exit content."""

    def taking(self, transition: int) -> None:
        """Do the transition's content."""

    def entering(self, state: int) -> None:
        """Do the state's entry content."""

    def done(self, state: int) -> None:
        """A final child of ``state`` was entered; the host may raise an event."""


class Livelock(RuntimeError):  # noqa: N818 - named by what is wrong
    """A macrostep did not come to rest within MAX_MICROSTEPS."""


class Machine(Generic[E]):
    """The running chart: its configuration, its history, its internal queue."""

    def __init__(self, chart: Chart, host: Host[E], max_microsteps: int = MAX_MICROSTEPS) -> None:
        self.chart = chart
        self.configuration: set[int] = set()
        self.history: dict[int, tuple[int, ...]] = {}
        self.running = False
        self._internal: deque[E] = deque()
        self._host = host
        self._max_microsteps = max_microsteps
        self._states = chart.states
        self._transitions = chart.transitions

    # -- from outside ---

    def start(self) -> None:
        """Enter the initial configuration and run until nothing more happens by itself."""
        self.running = True
        self._enter([self._states[0].initial])
        self.settle()

    def process(self, event: E) -> None:
        """Handle one external event and run to completion; raises Livelock."""
        if not self.running:
            return
        self._host.received(event)
        self._microstep(self._select(event))
        self.settle()

    @property
    def waiting(self) -> bool:
        """Whether internal events wait for the next macrostep."""
        return bool(self._internal)

    def raise_event(self, event: E) -> None:
        """Put an event into the internal queue; it is handled within the present macrostep."""
        self._internal.append(event)

    def settle(self) -> None:
        """Take eventless transitions and internal events until the machine rests; raises Livelock."""
        steps = 0
        while self.running:
            enabled = self._select(None)
            if not enabled:
                if not self._internal:
                    return
                event = self._internal.popleft()
                self._host.received(event)
                enabled = self._select(event)
            steps += 1
            if steps > self._max_microsteps:
                self._internal.clear()
                raise Livelock(f"no rest after {self._max_microsteps} microsteps")
            self._microstep(enabled)

    def stop(self) -> None:
        """Take no further step; the configuration stays as it is."""
        self.running = False
        self._internal.clear()

    # -- selection ---

    def atomic(self) -> list[int]:
        """The active states without active children, in document order."""
        return sorted(s for s in self.configuration if self._states[s].kind in (Kind.ATOMIC, Kind.FINAL))

    def _select(self, event: E | None) -> list[int]:
        found: list[int] = []
        for atomic in self.atomic():
            choice = self._first_enabled(atomic, event)
            if choice >= 0 and choice not in found:
                found.append(choice)
        return self._without_conflicts(found) if len(found) > 1 else found

    def _first_enabled(self, state: int, event: E | None) -> int:
        while state >= 0:
            for transition in self._states[state].transitions:
                if self._host.enabled(transition, event):
                    return transition
            state = self._states[state].parent
        return -1

    def _without_conflicts(self, enabled: list[int]) -> list[int]:
        kept: list[int] = []
        for one in enabled:
            leaves = self._exit_set([one])
            rivals = [other for other in kept if leaves & self._exit_set([other])]
            source = self._transitions[one].source
            if all(self._inside(source, self._transitions[other].source) for other in rivals):
                kept = [other for other in kept if other not in rivals]
                kept.append(one)
        return kept

    # -- one microstep ---

    def _microstep(self, enabled: list[int]) -> None:
        if not enabled:
            return
        self._exit(self._exit_set(enabled))
        for transition in enabled:
            self._host.taking(transition)
        self._enter(enabled)

    def _exit_set(self, enabled: Iterable[int]) -> set[int]:
        leaving: set[int] = set()
        for index in enabled:
            transition = self._transitions[index]
            if transition.targets:
                domain = self._transition_domain(transition)
                leaving.update(s for s in self.configuration if self._inside(s, domain))
        return leaving

    def _exit(self, leaving: set[int]) -> None:
        order = sorted(leaving, reverse=True)
        for index in order:
            for child in self._states[index].children:
                kind = self._states[child].kind
                if kind is Kind.DEEP_HISTORY:
                    self.history[child] = tuple(s for s in self.atomic() if self._inside(s, index))
                elif kind is Kind.SHALLOW_HISTORY:
                    active = sorted(self.configuration)
                    self.history[child] = tuple(s for s in active if self._states[s].parent == index)
        for index in order:
            self._host.leaving(index)
            self.configuration.discard(index)

    def _enter(self, enabled: Iterable[int]) -> None:
        entry = _Entry(set(), set(), {})
        for index in enabled:
            transition = self._transitions[index]
            for target in transition.targets:
                self._add_descendants(target, entry)
            ancestor = self._transition_domain(transition)
            for target in self._effective_targets(transition):
                self._add_ancestors(target, ancestor, entry)
        self._enter_states(entry)

    def _enter_states(self, entry: "_Entry") -> None:
        for index in sorted(entry.states):
            state = self._states[index]
            self.configuration.add(index)
            self._host.entering(index)
            if index in entry.defaults:
                self._host.taking(state.initial)
            if index in entry.history_content:
                self._host.taking(entry.history_content[index])
            if state.kind is Kind.FINAL:
                self._finished(state)

    def _finished(self, state: State) -> None:
        if state.parent == 0:
            self.running = False
            return
        self._host.done(state.parent)
        grandparent = self._states[state.parent].parent
        if self._states[grandparent].kind is Kind.PARALLEL and self._in_final(grandparent):
            self._host.done(grandparent)

    def _in_final(self, index: int) -> bool:
        state = self._states[index]
        if state.kind is Kind.COMPOUND:
            finals = (c for c in state.children if self._states[c].kind is Kind.FINAL)
            return any(child in self.configuration for child in finals)
        if state.kind is Kind.PARALLEL:
            return all(self._in_final(child) for child in self._real_children(index))
        return False

    # -- the entry set ---

    def _add_descendants(self, index: int, entry: "_Entry") -> None:
        state = self._states[index]
        if state.kind in (Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY):
            self._add_history(state, entry)
            return
        entry.states.add(index)
        if state.kind is Kind.COMPOUND:
            entry.defaults.add(index)
            initial = self._transitions[state.initial]
            for target in initial.targets:
                self._add_descendants(target, entry)
            for target in self._effective_targets(initial):
                self._add_ancestors(target, index, entry)
        elif state.kind is Kind.PARALLEL:
            self._add_missing_children(index, entry)

    def _add_history(self, state: State, entry: "_Entry") -> None:
        recorded = self.history.get(state.index)
        if recorded is None:
            entry.history_content[state.parent] = state.initial
            recorded = self._transitions[state.initial].targets
        for target in recorded:
            self._add_descendants(target, entry)
        for target in recorded:
            self._add_ancestors(target, state.parent, entry)

    def _add_ancestors(self, index: int, ancestor: int, entry: "_Entry") -> None:
        parent = self._states[index].parent
        while parent >= 0 and parent != ancestor:
            entry.states.add(parent)
            if self._states[parent].kind is Kind.PARALLEL:
                self._add_missing_children(parent, entry)
            parent = self._states[parent].parent

    def _add_missing_children(self, index: int, entry: "_Entry") -> None:
        for child in self._real_children(index):
            if not any(child <= s <= self._states[child].last for s in entry.states):
                self._add_descendants(child, entry)

    # -- the tree ---

    def _real_children(self, index: int) -> list[int]:
        history = (Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY)
        return [c for c in self._states[index].children if self._states[c].kind not in history]

    def _inside(self, index: int, ancestor: int) -> bool:
        """Whether ``index`` is a proper descendant of ``ancestor``."""
        return ancestor < index <= self._states[ancestor].last

    def _effective_targets(self, transition: Transition) -> list[int]:
        targets: list[int] = []
        for target in transition.targets:
            state = self._states[target]
            if state.kind not in (Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY):
                found: Iterable[int] = [target]
            elif target in self.history:
                found = self.history[target]
            else:
                found = self._effective_targets(self._transitions[state.initial])
            targets.extend(s for s in found if s not in targets)
        return targets

    def _transition_domain(self, transition: Transition) -> int:
        targets = self._effective_targets(transition)
        if not targets:
            return -1
        source = self._states[transition.source]
        inner = all(self._inside(target, transition.source) for target in targets)
        if transition.internal and source.kind is Kind.COMPOUND and inner:
            return transition.source
        return self._common_ancestor([transition.source, *targets])

    def _common_ancestor(self, indices: list[int]) -> int:
        """The least common compound ancestor (LCCA) of the first; the root is the last resort."""
        ancestor = self._states[indices[0]].parent
        while ancestor > 0:
            compound = self._states[ancestor].kind is Kind.COMPOUND
            if compound and all(self._inside(index, ancestor) for index in indices[1:]):
                return ancestor
            ancestor = self._states[ancestor].parent
        return 0


@dataclass(slots=True)
class _Entry:
    """The entry set under construction."""

    states: set[int]
    defaults: set[int]
    history_content: dict[int, int]
