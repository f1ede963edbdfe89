"""Binary COPY of samples and events, rows packed by numpy and never by Python; what the server is able to do.

The format is PostgreSQL's own (COPY ... FORMAT BINARY): a header, rows of (number of fields, then length and
big-endian bytes of each), a trailer. The server casts nothing in it, so every width here is a column's width.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from telemetry.errors import RecordError
from telemetry.frames import BLOCK_HEADER
from telemetry.records import SAMPLE_HEADER, EventRecord, canonical
from telemetry.streams import Stream

__all__ = [
    "ClockRows",
    "EventRows",
    "Extent",
    "Features",
    "SampleRows",
    "Taken",
    "copy",
    "extents",
    "features",
    "microseconds",
]

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

# The headers of records and of their blocks, as numpy reads many of them at once.
_MAPPINGS = np.dtype(
    [
        ("epoch", "<u4"), ("at_ms", "<f8"), ("offset_s", "<f8"), ("skew", "<f8"), ("bound_s", "<f8"),
        ("received_t", "<f8"),
    ]
)  # fmt: skip
_BLOCKS = np.dtype(
    [
        ("track", "<i4"), ("first_seq", "<u4"), ("rows", "<u2"), ("columns", "<u2"), ("zero", "<u4"),
        ("client_ms", "<f8"),
    ]
)  # fmt: skip


# A block's header, and how long after client_ms its first row was measured: not at once in a part of a divided block.
_FIRST_ROW = struct.Struct(f"{BLOCK_HEADER.format}f")


Taken: TypeAlias = tuple[bytes, bytes, int]
"""A block on its way into its table: the header of its record, its bytes, how many of its rows are not wanted."""


class Extent(NamedTuple):
    """A block within a SAMPLES payload: what its header says, and which bytes are its."""

    track: int
    first_seq: int
    rows: int
    columns: int
    begin: int
    end: int


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
    """Blocks of one stream, of any sessions and tracks, on their way into its table."""

    stream: Stream
    count: int = 0
    _taken: list[Taken] = field(default_factory=list)
    _tracks: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns in the order of the packed fields."""
        return (*SAMPLE_COLUMNS, *self.stream.names, "flags")

    def add(self, session_id: int, opened_us: int, blocks: Sequence[Taken]) -> None:
        """Take blocks of one session, which was opened at `opened_us` of PostgreSQL's time."""
        self._taken += blocks
        self._tracks.append((session_id, opened_us, len(blocks)))

    def pack(self) -> bytes:
        """The rows of all blocks, for `copy`; `count` then says how many."""
        taken = self._taken
        mappings = np.frombuffer(b"".join([mapping for mapping, _, _ in taken]), _MAPPINGS)
        headers = np.frombuffer(b"".join([block[: BLOCK_HEADER.size] for _, block, _ in taken]), _BLOCKS)
        numbers = np.frombuffer(b"".join([block[BLOCK_HEADER.size :] for _, block, _ in taken]), "<f4")
        skip = np.array([skip for _, _, skip in taken])
        tracks = np.array(self._tracks)
        sessions, opened = np.repeat(tracks[:, :2], tracks[:, 2], axis=0).T
        width = len(self.stream.columns)
        rows = headers["rows"].astype(np.int64)
        sizes = rows * (width + 1)
        begins = np.cumsum(sizes) - sizes
        kept = rows - skip

        # For every row that is kept: its block, its place in the block, and where the block's numbers begin.
        batch = np.repeat(np.arange(len(kept)), kept)
        place = np.arange(len(batch)) - (np.cumsum(kept) - kept - skip)[batch]
        begin, height = begins[batch], rows[batch]
        since_ms = numbers[begin + place].astype(np.float64)
        client_ms = headers["client_ms"][batch] + since_ms
        values = numbers[(begin + height + place)[:, None] + height[:, None] * np.arange(width)]
        passed_s = (client_ms - mappings["at_ms"][batch]) / 1e3
        t = client_ms / 1e3 + mappings["offset_s"][batch] + mappings["skew"][batch] * passed_s
        possible = np.fmin(np.fmax(t, EARLIEST_T_S), mappings["received_t"][batch] + LATEST_AFTER_ARRIVAL_S)

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


def extents(payload: bytes) -> list[Extent]:
    """The blocks of a SAMPLES payload; raises `RecordError` if it holds anything else."""
    found, begin, size = [], SAMPLE_HEADER.size, len(payload)
    while size - begin >= BLOCK_HEADER.size:
        track, first_seq, rows, columns, _, _ = BLOCK_HEADER.unpack_from(payload, begin)
        end = begin + BLOCK_HEADER.size + 4 * rows * (columns + 1)
        if not rows or not columns:
            break
        found.append(Extent(track, first_seq, rows, columns, begin, end))
        begin = end
    if begin != size or not found:
        raise RecordError(f"{size} bytes hold {len(found)} blocks of rows up to byte {begin}, and then none")
    return found


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

    def add(self, payload: bytes, block: Extent, session_id: int, opened_us: int) -> None:
        """Take the mapping of a SAMPLES payload as it is for the first row of one of its blocks.

        Raises `RecordError` if a number does not fit its column.
        """
        epoch, at_ms, offset_s, skew, bound_s, received_t = SAMPLE_HEADER.unpack_from(payload)
        *_, client_ms, since_ms = _FIRST_ROW.unpack_from(payload, block.begin)
        offset_s += skew * (client_ms + since_ms - at_ms) / 1e3
        try:
            at = opened_us + round(received_t * 1e6)
            mapping = (8, at, 8, offset_s, 8, skew, 8, bound_s)
            row = (len(CLOCK_COLUMNS), *mapping, 8, block.first_seq, 4, session_id, 4, block.track, 4, epoch)
            packed = self._ROW.pack(*row)
        except (struct.error, OverflowError) as error:
            raise RecordError(f"the clock of the block at row {block.first_seq}, epoch {epoch}: {error}") from error
        self._rows.append(packed)

    def pack(self) -> bytes:
        """The rows, for `copy`."""
        return b"".join(self._rows)

    def __len__(self) -> int:
        """How many mappings there are."""
        return len(self._rows)


