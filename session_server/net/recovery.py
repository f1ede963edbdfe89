"""Bring the sessions of the last run back from the node's journal, without a database."""

import logging
from pathlib import Path
from uuid import UUID

from session_server.net.house import House
from telemetry.journal import read
from telemetry.records import GENESIS, EventRecord, RecordKind, decode_event, decode_samples

log = logging.getLogger(__name__)


class Found:
    """What the journal holds of one session."""

    def __init__(self) -> None:
        self.events: list[EventRecord] = []
        self.chain = GENESIS
        self.tracks: dict[int, int] = {}

    def add_event(self, payload: bytes) -> None:
        """Add an event, unless it stands in the journal twice after a disk fault."""
        chain, event = decode_event(payload)
        if event.seq == len(self.events):
            self.events.append(event)
            self.chain = chain

    def add_samples(self, payload: bytes) -> None:
        """Note how far a track's rows go."""
        samples = decode_samples(payload)
        self.tracks[samples.track] = max(self.tracks.get(samples.track, 0), samples.block().end_seq)

    @property
    def closed(self) -> bool:
        """Whether the session's last phase is over."""
        return any(event.type == "phase" and event.data["phase"] == "closed" for event in self.events[-3:])


def find(journal: Path) -> dict[UUID, Found]:
    """Read the whole journal and return what it holds of each session whose opening it still has."""
    found: dict[UUID, Found] = {}
    for _, record in read(journal):
        session = found.setdefault(record.session, Found())
        if record.kind is RecordKind.SAMPLES:
            session.add_samples(record.payload)
        else:
            session.add_event(record.payload)
    return {id: one for id, one in found.items() if one.events and not one.closed}


def rebuild(house: House, found: dict[UUID, Found]) -> None:
    """Open a room for every session that was not closed."""
    for id, one in found.items():
        house.rebuild(id, one.events, one.chain, one.tracks)
