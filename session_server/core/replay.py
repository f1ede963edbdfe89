"""Rebuild a session from its journal, and check that every decision comes out as it was written."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final
from uuid import UUID

from scenario_assets.language import Scenario
from session_server.core.effects import Effect, Record
from session_server.core.fold import Fold
from session_server.core.inputs import INPUTS
from session_server.core.opening import Opening
from telemetry.records import EventRecord

#: A signal is consumed by the tick at its own millisecond, so time runs to just before it.
_BEFORE: Final = {"signals": 1}


class Divergence(Exception):  # noqa: N818 - it names what is found
    """The journal and the fold disagree: another scenario file, another version, or an edited journal."""

    def __init__(self, written: EventRecord, derived: EventRecord | None) -> None:
        super().__init__(f"event {written.seq}: the journal has {written}, the fold gives {derived or 'nothing'}")
        self.written, self.derived = written, derived


def replay(
    id: UUID, records: Iterable[EventRecord], scenario_of: Callable[[Opening], Scenario]
) -> tuple[Fold, list[EventRecord]]:
    """Return the folded state, and the decisions that follow from the last input but were not written before a crash.

    ``records`` are the events and consumed signals of one session in order, from its ``session_opened`` on. A session
    that was reloaded asks ``scenario_of`` again, with the hash of the version it went on in.
    """
    fold: Fold | None = None
    opening: Opening | None = None
    derived: deque[EventRecord] = deque()
    for record in records:
        if fold is None or opening is None:
            opening = Opening.of(dict(record.data))
            fold = Fold.of(id, scenario_of(opening), opening)
        if record.type == "reload":
            fold.learn(scenario_of(replace(opening, scenario_sha256=str(record.data["to"]))))
        if not derived:
            derived.extend(_records(_again(fold, record)))
        found = derived.popleft() if derived else None
        if found is None or found.body() != record.body():
            raise Divergence(record, found)
    if fold is None:
        raise ValueError(f"session {id}: the journal holds no event of it")
    return fold, list(derived)


def _again(fold: Fold, record: EventRecord) -> list[Effect]:
    """Do what ``record`` tells of: the input itself, or the advance of time that led to a decision."""
    before = [] if record.ms is None else fold.advance(record.ms - _BEFORE.get(record.type, 0))
    if record.type not in INPUTS:
        return before
    return [*before, *fold.apply(record.type, record.actor, record.data, record.t, record.ms)]


def _records(effects: list[Effect]) -> list[EventRecord]:
    return [effect.event for effect in effects if isinstance(effect, Record)]
