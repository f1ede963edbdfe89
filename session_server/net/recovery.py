"""What the node's journal holds of its sessions, without a database."""

import logging
from pathlib import Path
from uuid import UUID

from telemetry.clock import Last
from telemetry.errors import TelemetryError
from telemetry.journal import Damage, Record, read
from telemetry.records import GENESIS, EventRecord, RecordKind, SampleRecord, decode_event, decode_gap, decode_samples

log = logging.getLogger(__name__)

#: A journal of another version has nothing else, and says the same of each of its records.
UNREAD_TOLD = 3


class Found:
    """What the journal holds of one session."""

    def __init__(self) -> None:
        self.events: list[EventRecord] = []
        self.chain = GENESIS
        self.tracks: dict[int, int] = {}
        #: The newest row of each track and clock epoch.
        self.clocks: dict[tuple[int, int], Last] = {}
        #: Session time of the newest thing that is recorded.
        self.until_t = 0.0
        #: Whether an event is missing between two that are there.
        self.gap = False
        self._last: EventRecord | None = None

    @property
    def last(self) -> EventRecord:
        """The newest event, missing ones before it or not."""
        return self._last or self.events[-1]

    @property
    def closed(self) -> bool:
        """Whether the session's last phase is over."""
        return (self._last is not None and self._closes(self._last)) or any(map(self._closes, self.events[-3:]))

    def add(self, record: Record) -> None:
        """Add one record."""
        if record.kind is RecordKind.SAMPLES:
            samples = decode_samples(record.payload)
            block = samples.block()
            self._reach(samples, block.end_seq, block.start_ms, float(block.offsets_ms[-1]))
        elif record.kind is RecordKind.GAP:
            declared = decode_gap(record.payload)
            gap = declared.gap()
            self._reach(declared, gap.end_seq, gap.start_ms, gap.end_ms - gap.start_ms)
        else:
            self._add_event(record.payload)

    def _reach(self, record: SampleRecord, next_seq: int, start_ms: float, span_ms: float) -> None:
        """Note a batch whose last row was measured ``span_ms`` after ``start_ms`` of the client's clock."""
        track, span_s = record.track, span_ms / 1e3
        self.tracks[track] = max(self.tracks.get(track, 0), next_seq)
        self.until_t = max(self.until_t, record.received_t)
        last = Last(start_ms / 1e3 + span_s, record.offset_s + record.skew * span_s, record.bound_s)
        known = self.clocks.get((track, record.epoch))
        if known is None or known.end_s < last.end_s:
            self.clocks[track, record.epoch] = last

    def _add_event(self, payload: bytes) -> None:
        chain, event = decode_event(payload)
        if self._last is not None and event.seq <= self._last.seq:
            # After a disk fault a record may stand in the journal twice.
            return
        self.chain, self._last = chain, event
        self.until_t = max(self.until_t, event.t)
        if event.seq == len(self.events):
            self.events.append(event)
        else:
            self.gap = True

    @staticmethod
    def _closes(event: EventRecord) -> bool:
        return event.type == "phase" and event.data["phase"] == "closed"


def find(journal: Path, *, damage: list[Damage] | None = None) -> dict[UUID, Found]:
    """Read the whole journal and return what it holds of each session that was not closed.

    What it cannot read any more is logged, and added to ``damage``.
    """
    found: dict[UUID, Found] = {}
    unread = 0

    def lost(place: Damage) -> None:
        log.error("journal %s is damaged: %s", journal, place)
        if damage is not None:
            damage.append(place)

    for position, record in read(journal, on_damage=lost):
        try:
            found.setdefault(record.session, Found()).add(record)
        except TelemetryError as error:
            unread += 1
            if unread <= UNREAD_TOLD:
                log.error("journal %s: the record that ends at byte %d of segment %d is passed over: %s",
                          journal, position.offset, position.segment, error)  # fmt: skip
    if unread > UNREAD_TOLD:
        log.error("journal %s: %d whole records were passed over in all: was it written by another version?",
                  journal, unread)  # fmt: skip
    return {id: one for id, one in found.items() if one.events and not one.closed}
