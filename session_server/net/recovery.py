"""What the node's journal holds of its sessions, without a database.

Where the journal is damaged, what follows usually shows what was lost: a number is missing. Where nothing follows,
nothing shows it, and the database may have what the journal lost: numbers that are given out again would then be
taken for what is stored. A session in such doubt is not gone on with. Nor is one with a track on which nothing has
come since: whether its rows are lost or were never measured, nobody can tell. Such a session may have lost nothing;
it is closed in its record all the same, for a row that was acknowledged and is passed over is worse.
"""

import logging
from pathlib import Path
from uuid import UUID

from telemetry.clock import Last
from telemetry.errors import TelemetryError
from telemetry.frames import Block, Gap
from telemetry.journal import Damage, Record, read
from telemetry.records import GENESIS, EventRecord, RecordKind, SampleRecord, decode_event, decode_gap, decode_samples
from telemetry.segments import numbers

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
        #: Whether an event is missing before one that is there.
        self.gap = False
        #: Whether the session's last phase is over.
        self.closed = False
        self._last: EventRecord | None = None
        #: Since the journal's last damage no event, and no row of these tracks, has followed without a hole.
        self._events_in_doubt = False
        self._tracks_in_doubt: set[int] = set()

    def damaged(self) -> None:
        """Here the journal has lost something, perhaps of this session."""
        self._events_in_doubt = True
        # Also those without any row left: the lost ones may have been their first.
        opened = {track for event in self._opened_tracks() if isinstance(track := event.data.get("track"), int)}
        self._tracks_in_doubt = opened | self.tracks.keys()

    @property
    def in_doubt(self) -> bool:
        """Whether its newest events or rows may be lost, and their numbers with them.

        A track whose page was loaded anew since gets no more rows: it is what it is.
        """
        return self._events_in_doubt or not self._tracks_in_doubt.isdisjoint(self._going_on())

    def _going_on(self) -> set[int]:
        """The tracks of each station's newest run."""
        opened = [event.data for event in self._opened_tracks()]
        newest = {data["station"]: data["run"] for data in opened}
        return {int(str(data["track"])) for data in opened if newest[data["station"]] == data["run"]}

    def _opened_tracks(self) -> list[EventRecord]:
        return [event for event in self.events if event.type == "track_opened"]

    @property
    def last(self) -> EventRecord:
        """The newest event, missing ones before it or not."""
        return self._last or self.events[-1]

    @property
    def begun(self) -> bool:
        """Whether any event is there."""
        return self._last is not None

    def add(self, record: Record) -> None:
        """Add one record."""
        if record.kind is RecordKind.SAMPLES:
            samples = decode_samples(record.payload)
            for block in samples.blocks():
                self._reach(samples, block)
        elif record.kind is RecordKind.GAP:
            declared = decode_gap(record.payload)
            self._reach(declared, declared.gap())
        else:
            self._add_event(record.payload)

    def _reach(self, record: SampleRecord, batch: Block | Gap) -> None:
        """Note how far a track's numbers and its client's clock have come."""
        track = batch.track
        if batch.first_seq == self.tracks.get(track, 0):
            self._tracks_in_doubt.discard(track)
        self.tracks[track] = max(self.tracks.get(track, 0), batch.end_seq)
        self.until_t = max(self.until_t, record.received_t)
        # The end of a gap may lie in the next epoch.
        end_ms = batch.start_ms if isinstance(batch, Gap) else batch.end_ms
        last = Last.of(batch.start_ms / 1e3, end_ms / 1e3, record.offset_at(end_ms), record.bound_s)
        self.clocks[track, record.epoch] = last.joined(self.clocks.get((track, record.epoch)))

    def _add_event(self, payload: bytes) -> None:
        chain, event = decode_event(payload)
        if self._last is not None and event.seq <= self._last.seq:
            # After a disk fault a record may stand in the journal twice.
            return
        if self._last is not None and event.seq == self._last.seq + 1:
            self._events_in_doubt = False
        self.chain, self._last = chain, event
        self.closed = self.closed or (event.type == "phase" and event.data.get("phase") == "closed")
        self.until_t = max(self.until_t, event.t)
        if event.seq == len(self.events):
            self.events.append(event)
        else:
            self.gap = True


def find(journal: Path, *, damage: list[Damage] | None = None) -> dict[UUID, Found]:
    """Read the whole journal and return what it holds of each session that was not closed.

    One whose opening is lost is among them as long as one of its events is left: somebody has to close it in the
    record. What cannot be read any more is logged, and added to ``damage``.
    """
    while True:
        reading = _Reading(journal)
        first = _first(journal)
        try:
            reading.all()
        except FileNotFoundError:
            if _first(journal) == first:
                raise
            continue
        # The drain removes stored segments from the front; what it has removed meanwhile is not missing.
        if _first(journal) == first:
            break
    reading.tell()
    if damage is not None:
        damage += reading.damage
    return {id: one for id, one in reading.found.items() if one.begun and not one.closed}


def _first(journal: Path) -> int | None:
    """The number of the first segment there is."""
    return min(numbers(journal), default=None)


class _Reading:
    """One reading of a journal, from its first segment to its end."""

    def __init__(self, journal: Path) -> None:
        self.found: dict[UUID, Found] = {}
        self.damage: list[Damage] = []
        self._journal = journal
        self._unread: list[str] = []
        self._unread_count = 0

    def all(self) -> None:
        """Read; records that make no sense are passed over."""
        for position, record in read(self._journal, on_damage=self._lost):
            try:
                self.found.setdefault(record.session, Found()).add(record)
            except TelemetryError as error:
                self._unread_count += 1
                if self._unread_count <= UNREAD_TOLD:
                    self._unread.append(f"the record that ends at byte {position.offset} of segment "
                                        f"{position.segment} is passed over: {error}")  # fmt: skip

    def tell(self) -> None:
        """Log what could not be read."""
        for place in self.damage:
            log.error("journal %s is damaged: %s", self._journal, place)
        for unread in self._unread:
            log.error("journal %s: %s", self._journal, unread)
        if self._unread_count > UNREAD_TOLD:
            log.error("journal %s: %d whole records were passed over in all: was it written by another version?",
                      self._journal, self._unread_count)  # fmt: skip

    def _lost(self, place: Damage) -> None:
        self.damage.append(place)
        for one in self.found.values():
            one.damaged()
