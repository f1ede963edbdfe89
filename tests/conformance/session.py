"""One SCXML session on the production ``Machine``: its host, its external queue, its virtual clock.

What is decided here is only what the chart leaves open: conditions, content, and which event comes next.
Selecting, leaving, entering, history, order, queues inside a macrostep are the machine's.
"""

import heapq
from typing import Protocol

from scenario_assets.runtime.statechart import Chart, Host, Livelock, Machine
from tests.conformance.content import Content
from tests.conformance.datamodel import DataModel
from tests.conformance.document import Document
from tests.conformance.expressions import EvaluationError, Event

#: External events before a session counts as one that never ends; no case needs twenty.
_MAX_EVENTS = 1_000


class MakeMachine(Protocol):
    """``Machine`` itself, or one that a test has broken."""

    def __call__(self, chart: Chart, host: Host[Event]) -> Machine[Event]:
        """A machine for the chart."""


class Session:
    """Runs a document to its end; ``now_ms`` is the virtual clock."""

    def __init__(self, document: Document, make_machine: MakeMachine = Machine) -> None:
        self.now_ms = 0
        self._document = document
        self._machine = make_machine(document.chart, self)
        self._index = {state.id: state.index for state in document.chart.states}
        self._data = DataModel(document.name, "1", document.folder, self._active)
        self._content = Content(self._data, self)
        self._unbound = set(self._index.values())
        self._queue: list[tuple[int, int, Event]] = []  # due ms, order of sending, event
        self._sent = 0

    def run(self) -> str:
        """The final state of the document it ends in, or why there is none."""
        early = [0] if self._document.late_binding else sorted(self._unbound)
        for state in early:
            self._bind(state)
        for script in self._document.scripts:
            self._content.run([script])
        try:
            self._machine.start()
            for _ in range(_MAX_EVENTS):
                if not (self._machine.running and self._queue):
                    break
                self.now_ms, _, event = heapq.heappop(self._queue)
                self._machine.process(event)
        except Livelock as livelock:
            return f"livelock: {livelock}"
        return self._ending()

    def _ending(self) -> str:
        if self._machine.running:
            return "still waiting"
        states = self._document.chart.states
        return next(states[child].id for child in states[0].children if child in self._machine.configuration)

    def _active(self, state: str) -> bool:
        return self._index[state] in self._machine.configuration

    def _bind(self, state: int) -> None:
        """5.2.2: declare a state's data, once."""
        if state in self._unbound:
            self._unbound.discard(state)
            for data in self._document.places[state].data:
                try:
                    self._data.declare(data)
                except EvaluationError:
                    self._content.error("error.execution")

    # -- the machine's host ---

    def received(self, event: Event) -> None:
        self._data.handle(event)

    def enabled(self, transition: int, event: Event | None) -> bool:
        way = self._document.ways[transition]
        matches = event is None or any(_matches(descriptor, event.name) for descriptor in way.events)
        return matches and self._content.holds(way.condition)

    def leaving(self, state: int) -> None:
        for block in self._document.places[state].exit:
            self._content.run(block)

    def taking(self, transition: int) -> None:
        content = self._document.ways[transition].content
        if content is not None:
            self._content.run(content)

    def entering(self, state: int) -> None:
        self._bind(state)
        for block in self._document.places[state].entry:
            self._content.run(block)

    def done(self, state: int) -> None:
        event = f"done.state.{self._document.chart.states[state].id}"
        self.raise_internal(Event(event, "platform", self._done_data(state)))

    def _done_data(self, state: int) -> object:
        """5.5.1: what the active final child gives; nothing when that has no value, and the error is told first."""
        children = self._document.chart.states[state].children
        active = [self._document.places[child].done for child in children if child in self._machine.configuration]
        try:
            return next((self._content.payload(done) for done in active if done is not None), None)
        except EvaluationError:
            self._content.error("error.execution")
            return None

    # -- the content's queues ---

    def raise_internal(self, event: Event) -> None:
        self._machine.raise_event(event)

    def send(self, event: Event, delay_ms: int) -> None:
        self._sent += 1
        heapq.heappush(self._queue, (self.now_ms + delay_ms, self._sent, event))

    def cancel(self, sendid: str) -> None:
        self._queue = [entry for entry in self._queue if entry[2].sendid != sendid]
        heapq.heapify(self._queue)


def _matches(descriptor: str, name: str) -> bool:
    """3.12.1: ``*``, or a prefix of whole tokens; a trailing ``.*`` says the same as none."""
    wanted = descriptor.removesuffix("*").rstrip(".")
    return not wanted or name == wanted or name.startswith(f"{wanted}.")
