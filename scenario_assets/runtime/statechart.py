"""Statecharts with the step semantics of W3C SCXML (appendix D, "Algorithm for SCXML Interpretation").

A ``Machine`` moves between the states of a ``Chart``; what a condition is and what entering, leaving or taking
a transition does, its ``Host`` decides. Two things differ, and no case of the W3C's asks for them. At the end the
active states are not left, so that it can still be seen where a session ended. And what a transition has not left
is not entered again, which the algorithm would do where it leads to a history state outside of its domain.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from scenario_assets.runtime.chart import HISTORY, Chart, Kind, State, Transition

__all__ = ["MAX_MICROSTEPS", "Chart", "Host", "Kind", "Livelock", "Machine", "State", "Transition"]

#: Microsteps in one macrostep before it counts as a livelock: no honest chart takes more than a few dozen.
MAX_MICROSTEPS = 1_000


E_contra = TypeVar("E_contra", bound=Hashable, contravariant=True)
E = TypeVar("E", bound=Hashable)


class Host(Protocol[E_contra]):
    """What runs inside the steps."""

    def received(self, event: E_contra) -> None:
        """This event is handled now; called before transitions are selected for it."""

    def enabled(self, transition: int, event: E_contra | None) -> bool:
        """Whether the transition matches the event and its condition holds; None while nothing is happening.

        Asked only for transitions of active states that can be enabled so, in the order of their priority.
        """

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
    def waiting(self) -> tuple[E, ...]:
        """Internal events that wait for the next macrostep."""
        return tuple(self._internal)

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
        return sorted(self.configuration & self.chart.leaves)

    def _select(self, event: E | None) -> list[int]:
        ways = self.chart.eventless if event is None else self.chart.evented(event)
        found: list[int] = []
        for atomic in self.atomic():
            choice = self._first_enabled(ways[atomic], event)
            if choice >= 0 and choice not in found:
                found.append(choice)
        return self._without_conflicts(found) if len(found) > 1 else found

    def _first_enabled(self, ways: Sequence[int], event: E | None) -> int:
        enabled = self._host.enabled
        for transition in ways:
            if enabled(transition, event):
                return transition
        return -1

    def _without_conflicts(self, enabled: list[int]) -> list[int]:
        kept: list[int] = []
        for one in enabled:
            leaves = self._exit_set([one])
            rivals = [other for other in kept if leaves & self._exit_set([other])]
            source = self._transitions[one].source
            if all(self.chart.inside(source, self._transitions[other].source) for other in rivals):
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
            if self._transitions[index].targets:
                domain = self._domain(index)
                last = self._states[domain].last
                leaving.update([s for s in self.configuration if domain < s <= last])
        return leaving

    def _exit(self, leaving: set[int]) -> None:
        order = sorted(leaving, reverse=True)
        for index in order:
            for child in self.chart.histories[index]:
                self.history[child] = self._recorded(child, index)
        for index in order:
            self._host.leaving(index)
            self.configuration.discard(index)

    def _recorded(self, history: int, parent: int) -> tuple[int, ...]:
        """What a history state remembers of the active states inside its parent."""
        if self._states[history].kind is Kind.DEEP_HISTORY:
            return tuple(s for s in self.atomic() if self.chart.inside(s, parent))
        return tuple(s for s in self.chart.children[parent] if s in self.configuration)

    def _enter(self, enabled: Iterable[int]) -> None:
        entry = _Entry(set(), set(), {})
        for index in enabled:
            targets = self._transitions[index].targets
            if targets:
                entry.domain = self._domain(index)
                for target in targets:
                    self._add_descendants(target, entry)
                for target in self._effective_targets(index):
                    self._add_ancestors(target, entry.domain, entry)
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
        children, kind = self.chart.children[index], self._states[index].kind
        if kind is Kind.COMPOUND:
            return any(self._states[c].kind is Kind.FINAL and c in self.configuration for c in children)
        return kind is Kind.PARALLEL and all(self._in_final(child) for child in children)

    # -- the entry set ---

    def _add_descendants(self, index: int, entry: "_Entry") -> None:
        state = self._states[index]
        if state.kind in HISTORY:
            self._add_history(state, entry)
            return
        entry.states.add(index)
        if state.kind is Kind.COMPOUND:
            entry.defaults.add(index)
            for target in self._transitions[state.initial].targets:
                self._add_descendants(target, entry)
            for target in self._effective_targets(state.initial):
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
        while parent > ancestor and parent > entry.domain:  # what is around a state has a lower number
            entry.states.add(parent)
            if self._states[parent].kind is Kind.PARALLEL:
                self._add_missing_children(parent, entry)
            parent = self._states[parent].parent

    def _add_missing_children(self, index: int, entry: "_Entry") -> None:
        for child in self.chart.children[index]:
            if not any(child <= s <= self._states[child].last for s in entry.states):
                self._add_descendants(child, entry)

    # -- where transitions lead ---

    def _effective_targets(self, index: int) -> tuple[int, ...]:
        """The targets, with what it remembers, or its default, in place of a history state."""
        named = self._transitions[index].targets
        if self.chart.domains[index] is not None:
            return named
        targets: dict[int, None] = {}
        for target in named:
            if self._states[target].kind not in HISTORY:
                found: tuple[int, ...] = (target,)
            elif target in self.history:
                found = self.history[target]
            else:
                found = self._effective_targets(self._states[target].initial)
            targets.update(dict.fromkeys(found))
        return tuple(targets)

    def _domain(self, index: int) -> int:
        """The domain of a transition that has targets."""
        fixed = self.chart.domains[index]
        if fixed is not None:
            return fixed
        return self.chart.domain(self._transitions[index], self._effective_targets(index))


@dataclass(slots=True)
class _Entry:
    """The entry set under construction; ``domain`` is that of the transition being looked at."""

    states: set[int]
    defaults: set[int]
    history_content: dict[int, int]
    domain: int = 0
