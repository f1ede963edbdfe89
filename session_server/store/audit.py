"""Compare the rows that clients issued with the rows in the tables, by identity (session, track, seq)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import psycopg
from psycopg import sql

from telemetry.streams import STREAMS

#: The tables are named like the streams.
STATION_STREAMS: Final = tuple(name for name, stream in STREAMS.items() if stream.origin == "station")


class Issued(Protocol):
    """Rows ``first_seq`` up to, not including, ``end_seq`` of a track; those below ``acked`` were acknowledged.

    Those in ``declared`` (from, up to) their client has given up and said so.
    """

    @property
    def session(self) -> str: ...  # noqa: D102
    @property
    def track(self) -> int: ...  # noqa: D102
    @property
    def stream(self) -> str: ...  # noqa: D102
    @property
    def first_seq(self) -> int: ...  # noqa: D102
    @property
    def end_seq(self) -> int: ...  # noqa: D102
    @property
    def acked(self) -> int: ...  # noqa: D102
    @property
    def declared(self) -> Sequence[tuple[int, int]]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Audit:
    """``rows_lost`` were acknowledged and are not there; ``rows_foreign`` are there and were never issued.

    A number stands for a row or for a declared loss: both at once is a duplicate. ``rows_declared`` stand in
    ``core.gap`` because their client gave them up; a gap that nobody declared is foreign.
    """

    rows_stored: int
    rows_lost: int
    rows_duplicated: int
    rows_foreign: int
    rows_declared: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    rows: int
    distinct: int
    acknowledged: int
    issued: int


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """Numbers in core.gap: declared by the client; of those, acknowledged and no rows; not declared; twice there."""

    declared: int
    acknowledged: int
    foreign: int
    twice: int


def audit(conninfo: str, issued: Iterable[Issued]) -> Audit:
    """Return how the tables compare with ``issued``, asked through a connection of its own."""
    stored = lost = duplicated = foreign = declared = 0
    with psycopg.connect(conninfo) as connection:
        for track in issued:
            held, given_up = _held(connection, track), _given_up(connection, track)
            stored += held.issued
            declared += given_up.declared
            lost += max(0, track.acked - track.first_seq - held.acknowledged - given_up.acknowledged)
            duplicated += held.rows - held.distinct + given_up.twice
            foreign += held.distinct - held.issued + given_up.foreign
    return Audit(stored, lost, duplicated, foreign, declared)


def _held(connection: psycopg.Connection[tuple[int, ...]], track: Issued) -> _Held:
    if track.stream not in STATION_STREAMS:
        raise ValueError(f"no station sends a stream {track.stream!r}; known: {', '.join(STATION_STREAMS)}")
    query = sql.SQL(
        "SELECT count(*), count(DISTINCT seq),"
        " count(DISTINCT seq) FILTER (WHERE seq >= %(first)s AND seq < %(acked)s),"
        " count(DISTINCT seq) FILTER (WHERE seq >= %(first)s AND seq < %(end)s)"
        " FROM {table} JOIN core.session AS s USING (session_id)"
        " WHERE s.session = %(session)s AND track = %(track)s"
    ).format(table=sql.Identifier("core", track.stream))
    values: Mapping[str, object] = {
        "session": track.session, "track": track.track, "first": track.first_seq, "acked": track.acked,
        "end": track.end_seq,
    }  # fmt: skip
    row = connection.execute(query, values).fetchone()
    return _Held(*row) if row else _Held(0, 0, 0, 0)


def _given_up(connection: psycopg.Connection[tuple[int, ...]], track: Issued) -> _GivenUp:
    where = "JOIN core.session s USING (session_id) WHERE s.session = %s AND g.track = %s"
    gaps = connection.execute(
        f"SELECT g.first_seq, g.rows FROM core.gap g {where}",  # noqa: S608 - our own words
        [track.session, track.track],
    ).fetchall()
    if not gaps:
        return _GivenUp(0, 0, 0, 0)
    query = sql.SQL(
        "SELECT d.seq FROM {table} d JOIN core.gap g ON g.session_id = d.session_id AND g.track = d.track"
        " AND d.seq >= g.first_seq AND d.seq < g.first_seq + g.rows JOIN core.session s ON s.session_id = g.session_id"
        " WHERE s.session = %s AND g.track = %s"
    ).format(table=sql.Identifier("core", track.stream))
    also_rows = [seq for (seq,) in connection.execute(query, [track.session, track.track])]
    there = np.zeros(max(track.end_seq, *(first + rows for first, rows in gaps)), np.int64)
    told = np.zeros(len(there), bool)
    for first, rows in gaps:
        there[first : first + rows] += 1
    for first, end in track.declared:
        told[first:end] = True
    only = (there > 0) & told
    only[also_rows] = False
    return _GivenUp(
        declared=int(np.count_nonzero((there > 0) & told)), acknowledged=int(np.count_nonzero(only[: track.acked])),
        foreign=int(np.count_nonzero((there > 0) & ~told)),
        twice=int(np.sum(np.maximum(there - 1, 0))) + len(also_rows),
    )  # fmt: skip
