"""What there is: the journal's folder and the database, each as far as it can be asked.

The folder is read as it lies there, with or without a server; the database is asked once, in bounded time.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from telemetry import journal, migrate, policies, status
from telemetry.connections import connected
from telemetry.errors import JournalError
from telemetry.policies import Offer
from telemetry.segments import HEADER_BYTES, Position, numbers, path_of
from telemetry.status import DrainStatus
from telemetry.timescale import features

__all__ = ["DatabaseState", "Harm", "JournalState", "TableState", "of_database", "of_journal"]

# Sizes of many chunks take a while to add up; a database that hangs takes no longer either.
ANSWER_WITHIN_S = 20.0
# Enough to see what happened; the count is exact all the same.
HARM_SHOWN = 20


@dataclass(frozen=True, slots=True)
class JournalState:
    """A journal's folder. `backlog_bytes` are on disk and not known to be stored; `drain` is what it said last.

    `draining`: whether a drain is at work, as far as it would have been heard of. `fault` says what of the journal
    cannot be read; then `backlog_bytes` goes by the files alone.
    """

    folder: Path
    journal: UUID | None
    segments: int
    bytes: int
    damaged_files: int
    synced: Position | None
    drain: DrainStatus
    backlog_bytes: int
    free_bytes: int
    draining: bool = False
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class TableState:
    """A table of samples, events or clock mappings: about how many rows, bytes with indexes, chunks.

    `rows` is None where nobody knows: a crash makes PostgreSQL forget what it counted, until it counts again.
    `chunks` is None for a table of PostgreSQL's own.
    """

    name: str
    rows: int | None
    bytes: int
    chunks: int | None


@dataclass(frozen=True, slots=True)
class Harm:
    """A place in a journal that could not be stored."""

    journal: UUID
    segment: int
    offset: int
    size: int
    session: UUID | None
    reason: str
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """A database; what needs the schema is empty where the schema is not there yet."""

    description: str
    version: int
    needed_version: int
    offer: Offer
    bytes: int
    sessions: int = 0
    open_sessions: int = 0
    damage_places: int = 0
    damage_bytes: int = 0
    damage: tuple[Harm, ...] = ()
    tables: tuple[TableState, ...] = ()
    stored: tuple[tuple[UUID, Position], ...] = ()


def of_journal(folder: Path) -> JournalState:
    """What lies in a journal's folder, as far as it can be read; nothing where there is none."""
    if not folder.is_dir():
        return JournalState(folder, None, 0, 0, 0, None, status.NOTHING, 0, _free(folder))
    present = numbers(folder)
    sizes = {number: _size(path_of(folder, number)) for number in present}
    name, end, drain, fault = None, None, status.stored(folder), None
    try:
        name, end, drain = journal.journal_id(folder), journal.synced(folder), status.read(folder)
    except JournalError as error:
        fault = str(error)
    written = end if fault is None else max((Position(*last) for last in sizes.items()), default=None)
    return JournalState(
        folder, name, len(present), sum(sizes.values()), len(list(folder.glob("*.damaged"))), end, drain,
        _between(sizes, drain.position, written), _free(folder), drain.alive(time.time()), fault,
    )  # fmt: skip


def _between(sizes: dict[int, int], start: Position, end: Position | None) -> int:
    """The bytes from one position to the other, by the files' sizes; a new segment's header alone is nothing."""
    if end is None or end <= start:
        return 0
    if end.offset <= HEADER_BYTES and start.offset >= sizes.get(start.segment, 0) and start.segment == end.segment - 1:
        return 0
    whole = sum(size for number, size in sizes.items() if start.segment <= number < end.segment)
    return max(whole + end.offset - (start.offset if start.segment in sizes else 0), 0)


def _size(path: Path) -> int:
    """The drain may remove a segment while we look."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _free(folder: Path) -> int:
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    found = os.statvfs(there)
    return found.f_bavail * found.f_frsize


def of_database(conninfo: str) -> DatabaseState:
    """Ask a database what it holds; raises `psycopg.OperationalError` where it does not answer."""
    with connected(conninfo, within_s=ANSWER_WITHIN_S) as connection:
        version = migrate.version(connection)
        needed = len(migrate.available())
        found = features(connection)
        size = _one(connection, "SELECT pg_database_size(current_database())")
        state = DatabaseState(str(found), version, needed, policies.offer(connection), size)
        if version == 0:
            return state
        return DatabaseState(
            state.description, version, needed, state.offer, size,
            _one(connection, "SELECT count(*) FROM core.session"),
            _one(connection, "SELECT count(*) FROM core.session WHERE closed_at IS NULL"),
            _one(connection, "SELECT count(*) FROM core.damage"),
            _one(connection, "SELECT coalesce(sum(size), 0)::bigint FROM core.damage"),
            _harm(connection), _tables(connection, chunked=found.timescaledb is not None), _stored(connection),
        )  # fmt: skip


def _one(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def _harm(connection: psycopg.Connection) -> tuple[Harm, ...]:
    query = (
        "SELECT journal, segment, byte_offset, size, session, reason, noticed_at FROM core.damage"
        " ORDER BY noticed_at DESC, segment DESC, byte_offset DESC LIMIT %s"
    )
    return tuple(Harm(*row) for row in connection.execute(query, [HARM_SHOWN]))


def _stored(connection: psycopg.Connection) -> tuple[tuple[UUID, Position], ...]:
    rows = connection.execute("SELECT journal, segment, byte_offset FROM core.drain ORDER BY updated_at DESC")
    return tuple((name, Position(segment, offset)) for name, segment, offset in rows)


def _tables(connection: psycopg.Connection, *, chunked: bool) -> tuple[TableState, ...]:
    """Every table of `core` that has a time of its own: samples, events, clock mappings."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'core'::regnamespace AND c.relkind = 'r' AND a.attname = 'at' ORDER BY 1"
        )
    ]
    chunks: dict[str, int] = {}
    if chunked:
        query = (
            "SELECT hypertable_name, num_chunks FROM timescaledb_information.hypertables"
            " WHERE hypertable_schema = 'core'"
        )
        chunks = dict(connection.execute(query).fetchall())
    return tuple(_table(connection, name, chunks.get(name)) for name in names)


def _table(connection: psycopg.Connection, name: str, chunks: int | None) -> TableState:
    parts, whole = sql.SQL("SELECT {}::regclass AS part"), sql.SQL("pg_total_relation_size({}::regclass)")
    if chunks is not None:
        parts, whole = sql.SQL("SELECT show_chunks({}::regclass) AS part"), sql.SQL("hypertable_size({}::regclass)")
    table = sql.Literal(f"core.{name}")
    # What was counted last, or what has been written since: nobody has looked at a new table yet.
    query = sql.SQL(
        "SELECT coalesce(sum(greatest(c.reltuples, s.n_live_tup, 0)), 0), coalesce({}, 0),"
        " bool_or(c.reltuples < 0 AND s.n_live_tup = 0 AND pg_relation_size(c.oid) > 0)"
        " FROM ({}) p JOIN pg_class c ON c.oid = p.part JOIN pg_stat_all_tables s ON s.relid = c.oid"
    ).format(whole.format(table), parts.format(table))
    rows, size, forgotten = connection.execute(query).fetchone() or (0, 0, False)
    return TableState(name, None if forgotten else int(rows), int(size), chunks)
