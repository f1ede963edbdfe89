"""Journal records into the database, each exactly once.

`put` runs inside the caller's transaction, together with the move of the drain's position. Beside that
position every track and every session has a watermark of its own, so even a journal read again from its
start stores no row twice. A record that nobody can place (its session or track is unknown, its bytes make no
sense) is counted in core.damage, never dropped in silence and never a reason to stop.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from uuid import UUID

import psycopg

from telemetry import timescale
from telemetry.errors import DrainError, FrameError, RecordError
from telemetry.gaps import GapRows
from telemetry.records import SAMPLE_HEADER, EventRecord, RecordKind, decode_event, decode_gap
from telemetry.segments import RECORD_HEADER, Damage, Position, Record
from telemetry.session_row import changes, number, opening, text
from telemetry.streams import STREAMS, Sensor, Stream
from telemetry.timescale import ClockRows, EventRows, Extent, SampleRows, Taken, microseconds

__all__ = ["Store"]

logger = logging.getLogger(__name__)

SENSOR = "sensor"
"""The stream of which each track has a declaration of its own."""


@dataclass(slots=True)
class _Session:
    session_id: int
    opened_us: int
    next_event: int
    stored_event: int
    tracks: dict[int, _Track] = field(default_factory=dict)
    chain: bytes | None = None


@dataclass(slots=True)
class _Track:
    session: _Session
    track: int
    stream: Stream
    """A sensor's as it was declared, so that its own bounds decide what is implausible."""
    period: int
    """Rows between two of its rows in core.clock; 0 for a track of the server's own clock."""
    next_seq: int
    stored_seq: int
    epoch: int | None
    """The clock epoch of its newest row in core.clock."""
    waiting: list[Taken] = field(default_factory=list)
    """What this transaction will store of it."""


class Store:
    """What is known of the sessions and tracks being stored, and the statements that store them."""

    def __init__(self, connection: psycopg.Connection, journal: UUID) -> None:
        """`connection` is the drain's own."""
        self.connection = connection
        self._journal = journal
        self._sessions: dict[UUID, _Session] = {}
        self.rows = 0
        self.closed: set[UUID] = set()
        """The sessions that the last `put` has closed."""
        self.lost: list[Damage] = []
        """What the last `put` could not store and has counted."""
        self.stored_until: float | None = None
        """UTC seconds of the newest record of the last `put`."""

    def put(self, found: Iterable[tuple[Position, Record | Damage]]) -> None:
        """Store what is not stored yet; raises `psycopg.Error`, and `DrainError` if somebody else stores too.

        Whatever it raises, forget this store: what it knows is no longer what the database has.
        """
        batch = _Batch()
        self._forget_closed()
        for position, item in found:
            if isinstance(item, Damage):
                batch.damage.append((item, None))
                continue
            try:
                if item.kind is RecordKind.SAMPLES:
                    self._samples(item, position, batch)
                elif item.kind is RecordKind.GAP:
                    self._gap(item, batch)
                else:
                    self._event(item, position, batch)
            except psycopg.Error as error:
                if not _refused_unsent(error):
                    raise
                batch.lose(position, item, f"refused on its way to the database: {error}")
            except (FrameError, RecordError) as error:
                batch.lose(position, item, str(error))
            except Exception as error:
                # A record that finds a fault of ours must not stop all that come after it, for ever.
                logger.exception("record at %s", position)
                batch.lose(position, item, f"fault: {error!r}")
        self._write(batch)
        self._move_watermarks(batch)
        self.lost = [damage for damage, _ in batch.damage]
        self.stored_until = batch.until

    def _forget_closed(self) -> None:
        """A closed session is asked for again should a straggler come."""
        for uuid in self.closed:
            self._sessions.pop(uuid, None)
        self.closed = set()

    def _samples(self, record: Record, position: Position, batch: _Batch) -> None:
        """Keep what is new of a frame's rows; a block that nobody can place costs none of the others."""
        payload = record.payload
        blocks = timescale.extents(payload)
        mapping = payload[: SAMPLE_HEADER.size]
        epoch, _, _, _, _, received_t = SAMPLE_HEADER.unpack(mapping)
        if not isfinite(received_t):
            raise RecordError(f"rows that arrived at {received_t}")
        session = self._sessions.get(record.session) or self._known_session(record.session)
        batch.reach(_utc_s(session.opened_us) + received_t)
        lost: list[tuple[Extent, RecordError]] = []
        for block in blocks:
            which, first, rows, columns, begin, end = block
            try:
                track = session.tracks.get(which) or self._known_track(session, which)
                if columns != len(track.stream.columns):
                    raise RecordError(_misshapen(block, track.stream))
                skip = track.next_seq - first
                if skip >= rows:
                    continue
                # The block in which a whole second's worth of rows begins carries the second's mapping, and so does
                # the first of an epoch. It is taken first: it may be refused, and then nothing of the block may stay.
                if track.period and (-first % track.period < rows or epoch != track.epoch):
                    batch.clock.add(payload, block, session.session_id, session.opened_us)
                    track.epoch = epoch
            except RecordError as error:
                lost.append((block, error))
                continue
            track.next_seq = first + rows
            if not track.waiting:
                batch.tracks[id(track)] = track
            track.waiting.append((mapping, payload[begin:end], skip if skip > 0 else 0))
        if len(lost) == len(blocks):
            raise lost[0][1]
        for block, reason in lost:
            batch.lose(position, record, str(reason), block.begin, block.end)

    def _gap(self, record: Record, batch: _Batch) -> None:
        """Keep what a client has declared lost; its rows count as stored, for none of them will come."""
        declared = decode_gap(record.payload)
        gap = declared.gap()
        session = self._sessions.get(record.session) or self._known_session(record.session)
        track = session.tracks.get(gap.track) or self._known_track(session, gap.track)
        if gap.end_seq <= track.next_seq:
            return
        batch.gaps.add(declared, gap.since(max(gap.first_seq, track.next_seq)), track.session.session_id)
        track.next_seq = gap.end_seq
        batch.reach(_utc_s(track.session.opened_us) + declared.received_t)
        batch.tracks[id(track)] = track

    def _event(self, record: Record, position: Position, batch: _Batch) -> None:
        chain, event = decode_event(record.payload)
        session = self._sessions.get(record.session)
        if session is None:
            if event.type == "session_opened":
                session = self._open_session(record.session, position, event)
            else:
                session = self._known_session(record.session)
        if event.seq < session.next_event:
            return
        utc_s = _utc_s(session.opened_us) + event.t
        if event.type == "track_opened":
            self._open_track(session, event)
        else:
            for statement, values in changes(event, utc_s):
                self.connection.execute(statement, [*values, session.session_id])
        # Last: what is refused of an event is counted as lost, and then it may not be stored as well.
        batch.events.add(event, chain, session.session_id, session.opened_us)
        session.next_event, session.chain = event.seq + 1, chain
        batch.sessions[id(session)] = session
        batch.reach(utc_s)
        if event.type == "phase" and event.data.get("phase") == "closed":
            self.closed.add(record.session)

    def _open_session(self, uuid: UUID, position: Position, event: EventRecord) -> _Session:
        """Insert the session, unless an earlier drain of the same journal has done so."""
        values = opening(event.data)
        self.connection.execute(
            "INSERT INTO core.session (session, journal, segment, opened_at, scenario, scenario_sha256,"
            " profile, profile_sha256, software, seed, pseudonym, attempt, modality, condition) VALUES"
            " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (session) DO NOTHING",
            [uuid, self._journal, position.segment, *values],
        )
        return self._known_session(uuid)

    def _known_session(self, uuid: UUID) -> _Session:
        row = self.connection.execute(
            "SELECT session_id, opened_at, next_event FROM core.session WHERE session = %s", [uuid]
        ).fetchone()
        if row is None:
            raise RecordError(f"session {uuid} is unknown: the record that opened it is lost")
        opened_us = microseconds(row[1].timestamp())
        session = self._sessions[uuid] = _Session(row[0], opened_us, row[2], row[2])
        return session

    def _open_track(self, session: _Session, event: EventRecord) -> None:
        """Insert the track; one of a stream this software does not know has batches nobody can place."""
        data = event.data
        name, track = text(data, "stream"), data.get("track")
        if name not in STREAMS or not isinstance(track, int):
            return
        sensor = _declared(data) if name == SENSOR else None
        if name == SENSOR and sensor is None:
            return
        self.connection.execute(
            "INSERT INTO core.track (session_id, track, stream, station, run, label, rate, opened_t)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [session.session_id, track, name, *(text(data, word) for word in ("station", "run", "label")),
             number(data, "rate", STREAMS[name].rate), event.t],
        )  # fmt: skip
        if sensor is not None:
            self.connection.execute(
                "INSERT INTO core.sensor_declared"
                " (session_id, track, name, unit, description, privacy, rate, low, high)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [session.session_id, track, *sensor.to_json().values()],
            )

    def _known_track(self, session: _Session, number: int) -> _Track:
        row = self.connection.execute(
            "SELECT k.stream, k.rate, k.next_seq, (SELECT epoch FROM core.clock c WHERE c.session_id = k.session_id"
            " AND c.track = k.track ORDER BY at DESC, seq DESC LIMIT 1), to_jsonb(n)"
            " FROM core.track k LEFT JOIN core.sensor_declared n USING (session_id, track)"
            " WHERE k.session_id = %s AND k.track = %s",
            [session.session_id, number],
        ).fetchone()
        if row is None or row[0] not in STREAMS:
            raise RecordError(f"track {number} is unknown: the record that opened it is lost")
        stream = STREAMS[row[0]] if row[4] is None else Sensor.of(row[4]).stream
        period = max(round(row[1]), 1) if stream.origin == "station" else 0
        track = session.tracks[number] = _Track(session, number, stream, period, row[2], row[2], row[3])
        return track

    def _write(self, batch: _Batch) -> None:
        copy, connection = timescale.copy, self.connection
        for rows in batch.samples():
            copy(connection, rows.stream.name, rows.columns, rows.pack())
            self.rows += rows.count
        if batch.events:
            copy(connection, "event", timescale.EVENT_COLUMNS, batch.events.pack())
            self.rows += len(batch.events)
        if batch.clock:
            copy(connection, "clock", timescale.CLOCK_COLUMNS, batch.clock.pack())
        batch.gaps.write(connection)
        self.rows += len(batch.gaps)
        for damage, session in batch.damage:
            connection.execute(
                "INSERT INTO core.damage (journal, segment, byte_offset, size, session, reason)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [self._journal, damage.segment, damage.offset, damage.size, session, damage.reason],
            )

    def _move_watermarks(self, batch: _Batch) -> None:
        """Each from where this store believes it to be: a second drain is found out here."""
        self._move_tracks(list(batch.tracks.values()))
        self._move_sessions(list(batch.sessions.values()))

    def _move_tracks(self, tracks: Sequence[_Track]) -> None:
        if not tracks:
            return
        moved = self.connection.execute(
            "UPDATE core.track k SET next_seq = v.next FROM"
            " unnest(%s::int[], %s::int[], %s::bigint[], %s::bigint[]) v(session_id, track, stored, next)"
            " WHERE k.session_id = v.session_id AND k.track = v.track AND k.next_seq = v.stored",
            [
                _array(track.session.session_id for track in tracks),
                _array(track.track for track in tracks),
                _array(track.stored_seq for track in tracks),
                _array(track.next_seq for track in tracks),
            ],
        )
        if moved.rowcount != len(tracks):
            raise _moved_by_itself()
        for track in tracks:
            track.stored_seq = track.next_seq

    def _move_sessions(self, sessions: Sequence[_Session]) -> None:
        if not sessions:
            return
        moved = self.connection.execute(
            "UPDATE core.session s SET next_event = v.next, chain = v.chain FROM"
            " unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bytea[]) v(session_id, stored, next, chain)"
            " WHERE s.session_id = v.session_id AND s.next_event = v.stored",
            [
                _array(session.session_id for session in sessions),
                _array(session.stored_event for session in sessions),
                _array(session.next_event for session in sessions),
                [session.chain for session in sessions],
            ],
        )
        if moved.rowcount != len(sessions):
            raise _moved_by_itself()
        for session in sessions:
            session.stored_event = session.next_event


class _Batch:
    """What one transaction will write."""

    __slots__ = ("clock", "damage", "events", "gaps", "sessions", "tracks", "until")

    def __init__(self) -> None:
        self.events = EventRows()
        self.clock = ClockRows()
        self.gaps = GapRows()
        self.damage: list[tuple[Damage, UUID | None]] = []
        self.tracks: dict[int, _Track] = {}
        self.sessions: dict[int, _Session] = {}
        self.until: float | None = None

    def samples(self) -> Iterable[SampleRows]:
        """The rows of each stream.

        Track by track: neighbours in the table are then read together and land on the same page of the index.
        """
        found: dict[int, SampleRows] = {}
        for track in sorted(self.tracks.values(), key=lambda track: (track.session.session_id, track.track)):
            if track.waiting:
                # Equal declarations are one object, and comparing them by value costs a microsecond.
                rows = found.setdefault(id(track.stream), SampleRows(track.stream))
                rows.add(track.session.session_id, track.session.opened_us, track.waiting)
                track.waiting = []
        return found.values()

    def lose(
        self, position: Position, record: Record, reason: str, begin: int = -RECORD_HEADER.size, end: int | None = None
    ) -> None:
        """Count a record that cannot be stored, or the bytes from `begin` to `end` of its payload."""
        size = len(record.payload)
        last = size if end is None else end
        # A reason may quote what was wrong, and has to be stored itself.
        said = reason.encode(errors="backslashreplace").decode().replace("\0", "\\0")
        damage = Damage(position.segment, position.offset - size + begin, last - begin, said)
        self.damage.append((damage, record.session))

    def reach(self, utc_s: float) -> None:
        """Note that a record of this time is stored."""
        if self.until is None or utc_s > self.until:
            self.until = utc_s


def _refused_unsent(error: psycopg.Error) -> bool:
    """Whether psycopg had no way to write or read a value; the transaction stands as it was.

    A NUL in a text is such a value, and an object where a text belongs. What the database says has an SQLSTATE.
    """
    return error.sqlstate is None and isinstance(error, psycopg.DataError | psycopg.ProgrammingError)


def _moved_by_itself() -> DrainError:
    return DrainError("a watermark has moved by itself: does a second drain store this journal?")


def _misshapen(block: Extent, stream: Stream) -> str:
    shape = f"{block.rows} rows of {block.columns} columns"
    return f"{shape} are no block of {stream.name}, which has {len(stream.columns)} columns"


def _declared(data: Mapping[str, object]) -> Sensor | None:
    """The declaration that a sensor's track was opened with; None if there is none that can be read."""
    declared = data.get("declared")
    try:
        return Sensor.of(declared) if isinstance(declared, Mapping) else None
    except (KeyError, TypeError, ValueError):
        return None


def _array(numbers: Iterable[int]) -> str:
    """Whole numbers as PostgreSQL writes an array; psycopg looks at each for characters to quote."""
    return f"{{{','.join(map(str, numbers))}}}"


def _utc_s(opened_us: int) -> float:
    return opened_us / 1e6 + timescale.POSTGRES_EPOCH_S
