"""Binary COPY of samples and events, rows packed by numpy and never by Python; what the server is able to do.

The format is PostgreSQL's own (COPY ... FORMAT BINARY): a header, rows of (number of fields, then length and
big-endian bytes of each), a trailer. The server casts nothing in it, so every width here is a column's width.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from telemetry.errors import RecordError
from telemetry.frames import BLOCK_HEADER
from telemetry.records import SAMPLE_HEADER, EventRecord, canonical
from telemetry.streams import Stream

__all__ = ["ClockRows", "EventRows", "Features", "SampleRows", "copy", "features", "microseconds"]

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

# PostgreSQL counts microseconds from 2000-01-01 UTC.
POSTGRES_EPOCH_S = 946_684_800

VALUE_OUT_OF_BOUNDS = 1
TIME_IMPOSSIBLE = 2
# A row cannot have been measured after it arrived; a minute leaves room for a clock that is being slewed.
LATEST_AFTER_ARRIVAL_S = 60.0
# A headset that was asleep uploads what it kept, even from before the session; an hour of it is plausible.
EARLIEST_T_S = -3600.0

SAMPLE_COLUMNS = ("at", "client_ms", "seq", "session_id", "track")
EVENT_COLUMNS = ("at", "t", "seq", "ms", "session_id", "actor", "type", "data", "chain")
CLOCK_COLUMNS = ("at", "offset_s", "skew", "bound_s", "seq", "session_id", "track", "epoch")

_HEADERS_BYTES = SAMPLE_HEADER.size + BLOCK_HEADER.size
# A SAMPLES payload's two headers, as numpy reads them for many payloads at once.
_HEADERS = np.dtype(
    [
        ("track", "<i4"), ("epoch", "<u4"), ("offset_s", "<f8"), ("skew", "<f8"), ("bound_s", "<f8"),
        ("received_t", "<f8"),
        ("same_track", "<i4"), ("first_seq", "<u4"), ("rows", "<u2"), ("columns", "<u2"), ("zero", "<u4"),
        ("client_ms", "<f8"),
    ]
)  # fmt: skip
_SEQ = struct.Struct("<IIHH")


@dataclass(frozen=True, slots=True)
class Features:
    """What the database is: its version, its TimescaleDB (None on plain PostgreSQL) and its license."""

    postgresql: str
    timescaledb: str | None
    license: str | None

    def __str__(self) -> str:
        """As the command line says it."""
        if self.timescaledb is None:
            return f"PostgreSQL {self.postgresql} without TimescaleDB"
        return f"PostgreSQL {self.postgresql} with TimescaleDB {self.timescaledb} ({self.license} license)"


def features(connection: psycopg.Connection) -> Features:
    """Ask the database what it is."""
    query = "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
    row = connection.execute(query).fetchone()
    licensed = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    version = connection.info.parameter_status("server_version") or "unknown"
    return Features(version, row[0] if row else None, licensed[0] if row and licensed else None)


def copy(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
    """Append packed rows to a table of `core`; must be called within a transaction."""
    statement = sql.SQL("COPY core.{} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as out:
        out.write(COPY_HEADER + rows + COPY_TRAILER)


def microseconds(utc_s: float) -> int:
    """A UTC time in seconds since 1970 as PostgreSQL's timestamptz."""
    return round((utc_s - POSTGRES_EPOCH_S) * 1e6)


@dataclass(slots=True)
class SampleRows:
    """Batches of one stream, of any sessions and tracks, on their way into its table."""

    stream: Stream
    count: int = 0
    _payloads: list[bytes] = field(default_factory=list)
    _sessions: list[int] = field(default_factory=list)
    _opened: list[int] = field(default_factory=list)
    _skip: list[int] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns in the order of the packed fields."""
        return (*SAMPLE_COLUMNS, *self.stream.names, "flags")

    def add(self, payload: bytes, session_id: int, opened_us: int, skip: int) -> None:
        """Take a batch (a SAMPLES payload that `extent` has accepted) but for its first `skip` rows."""
        self._payloads.append(payload)
        self._sessions.append(session_id)
        self._opened.append(opened_us)
        self._skip.append(skip)

    def pack(self) -> bytes:
        """The rows of all batches, for `copy`; `count` then says how many."""
        headers = np.frombuffer(b"".join([p[:_HEADERS_BYTES] for p in self._payloads]), _HEADERS)
        numbers = np.frombuffer(b"".join([p[_HEADERS_BYTES:] for p in self._payloads]), "<f4")
        sessions = np.array(self._sessions, np.int32)
        width = len(self.stream.columns)
        sizes = headers["rows"].astype(np.int64) * (width + 1)

        # Track by track: neighbours in the table are then read together and land on the same page of the
        # index.
        order = np.lexsort((headers["track"], sessions))
        begins = (np.cumsum(sizes) - sizes)[order]
        headers, sessions = headers[order], sessions[order]
        opened = np.array(self._opened, np.int64)[order]
        skip = np.array(self._skip, np.int64)[order]
        rows = headers["rows"].astype(np.int64)
        kept = rows - skip

        # For every row that is kept: its batch, its place in the batch, and where the batch's numbers begin.
        batch = np.repeat(np.arange(len(kept)), kept)
        place = np.arange(len(batch)) - (np.cumsum(kept) - kept - skip)[batch]
        begin, height = begins[batch], rows[batch]
        since_ms = numbers[begin + place].astype(np.float64)
        client_ms = headers["client_ms"][batch] + since_ms
        values = numbers[(begin + height + place)[:, None] + height[:, None] * np.arange(width)]
        # Of a block that was divided, row 0 is not at client_ms; the mapping is always of row 0.
        passed_s = (since_ms - numbers[begin]) / 1e3
        t = client_ms / 1e3 + headers["offset_s"][batch] + headers["skew"][batch] * passed_s
        possible = np.fmin(np.fmax(t, EARLIEST_T_S), headers["received_t"][batch] + LATEST_AFTER_ARRIVAL_S)

        self.count = len(batch)
        packed = np.full(len(batch), _template(width))
        packed["at"] = opened[batch] + np.rint(possible * 1e6).astype(np.int64)
        packed["client_ms"] = client_ms
        packed["seq"] = headers["first_seq"][batch].astype(np.int64) + place
        packed["session_id"] = sessions[batch]
        packed["track"] = headers["track"][batch]
        packed["values"]["value"] = values
        packed["flags"] = VALUE_OUT_OF_BOUNDS * self._outside(values) + TIME_IMPOSSIBLE * (t != possible)
        return packed.tobytes()

    def _outside(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Which rows hold an implausible value."""
        low = np.array([column.low for column in self.stream.columns], np.float32)
        high = np.array([column.high for column in self.stream.columns], np.float32)
        outside: npt.NDArray[np.bool_] = np.any((values < low) | (values > high), axis=1)
        return outside


def extent(payload: bytes, stream: Stream) -> tuple[int, int, int, float]:
    """First sequence number, number of rows, clock epoch and time of arrival (session s) of a SAMPLES payload.

    Raises `RecordError` if the payload is not a batch of `stream`.
    """
    if len(payload) < _HEADERS_BYTES:
        raise RecordError(f"a batch of {len(payload)} bytes; its headers have {_HEADERS_BYTES}")
    _, first_seq, rows, columns = _SEQ.unpack_from(payload, SAMPLE_HEADER.size)
    if columns != len(stream.columns) or len(payload) != _HEADERS_BYTES + 4 * rows * (columns + 1):
        shape = f"{rows} rows of {columns} columns in {len(payload)} bytes"
        raise RecordError(f"{shape} are no batch of {stream.name}, which has {len(stream.columns)} columns")
    _, epoch, _, _, _, received_t = SAMPLE_HEADER.unpack_from(payload)
    if not isfinite(received_t):
        raise RecordError(f"a batch that arrived at {received_t}")
    return first_seq, rows, epoch, received_t


_TEMPLATES: dict[int, npt.NDArray[np.void]] = {}


def _template(width: int) -> npt.NDArray[np.void]:
    """One packed row of a stream with `width` columns: lengths set, values zero."""
    if width not in _TEMPLATES:
        fields: list[tuple[str, object] | tuple[str, object, tuple[int]]] = [("fields", ">i2")]
        for name, code in zip(SAMPLE_COLUMNS, (">i8", ">f8", ">i8", ">i4", ">i4"), strict=True):
            fields += [(f"length_of_{name}", ">i4"), (name, code)]
        fields += [("values", [("length", ">i4"), ("value", ">f4")], (width,))]
        fields += [("length_of_flags", ">i4"), ("flags", ">i2")]
        row = np.zeros((), np.dtype(fields))
        row["fields"] = len(SAMPLE_COLUMNS) + width + 1
        for name in (*SAMPLE_COLUMNS, "flags"):
            row[f"length_of_{name}"] = row.dtype[name].itemsize
        row["values"]["length"] = 4
        _TEMPLATES[width] = row
    return _TEMPLATES[width]


@dataclass(slots=True)
class EventRows:
    """Events and signals on their way into core.event."""

    _rows: list[bytes] = field(default_factory=list)

    _HEAD = struct.Struct(">hiqidiq")
    _ID = struct.Struct(">ii")
    _LENGTH = struct.Struct(">i")
    _MS = struct.Struct(">iq")

    def add(self, event: EventRecord, chain: bytes, session_id: int, opened_us: int) -> None:
        """Take an event; raises `RecordError` if a number does not fit its column."""
        data = canonical(event.data)
        actor, kind = event.actor.encode(), event.type.encode()
        length = self._LENGTH.pack
        try:
            at = opened_us + round(event.t * 1e6)
            parts = (
                self._HEAD.pack(len(EVENT_COLUMNS), 8, at, 8, event.t, 8, event.seq),
                NULL if event.ms is None else self._MS.pack(8, event.ms),
                self._ID.pack(4, session_id),
                length(len(actor)) + actor,
                length(len(kind)) + kind,
                length(len(data) + 1) + b"\x01" + data,
                length(len(chain)) + chain,
            )
        except (struct.error, TypeError, OverflowError, ValueError) as error:
            raise RecordError(f"event {event.seq}: {error}") from error
        self._rows.append(b"".join(parts))

    def pack(self) -> bytes:
        """The rows, for `copy`."""
        return b"".join(self._rows)

    def __len__(self) -> int:
        """How many events there are."""
        return len(self._rows)


@dataclass(slots=True)
class ClockRows:
    """Clock mappings on their way into core.clock."""

    _rows: list[bytes] = field(default_factory=list)

    _ROW = struct.Struct(">hiqidididiqiiiiii")

    def add(self, payload: bytes, first_seq: int, session_id: int, opened_us: int) -> None:
        """Take the mapping of one batch."""
        track, epoch, offset_s, skew, bound_s, received_t = SAMPLE_HEADER.unpack_from(payload)
        at = opened_us + round(received_t * 1e6)
        mapping = (8, at, 8, offset_s, 8, skew, 8, bound_s)
        row = (len(CLOCK_COLUMNS), *mapping, 8, first_seq, 4, session_id, 4, track, 4, epoch)
        self._rows.append(self._ROW.pack(*row))

    def pack(self) -> bytes:
        """The rows, for `copy`."""
        return b"".join(self._rows)

    def __len__(self) -> int:
        """How many mappings there are."""
        return len(self._rows)


