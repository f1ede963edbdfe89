"""Compare the rows that clients issued with the rows in the tables, by identity (session, track, seq)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import psycopg
from psycopg import sql

from telemetry.streams import STREAMS

#: The tables are named like the streams.
STATION_STREAMS: Final = tuple(name for name, stream in STREAMS.items() if stream.origin == "station")


class Issued(Protocol):
    """Rows ``first_seq`` up to, not including, ``end_seq`` of a track; those below ``acked`` were acknowledged."""

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


@dataclass(frozen=True, slots=True)
class Audit:
    """``rows_lost`` were acknowledged and are not there; ``rows_foreign`` are there and were never issued."""

    rows_stored: int
    rows_lost: int
    rows_duplicated: int
    rows_foreign: int


@dataclass(frozen=True, slots=True)
class _Held:
    rows: int
    distinct: int
    acknowledged: int
    issued: int


def audit(conninfo: str, issued: Iterable[Issued]) -> Audit:
    """Return how the tables compare with ``issued``, asked through a connection of its own."""
    stored = lost = duplicated = foreign = 0
    with psycopg.connect(conninfo) as connection:
        for track in issued:
            held = _held(connection, track)
            stored += held.issued
            lost += max(0, track.acked - track.first_seq - held.acknowledged)
            duplicated += held.rows - held.distinct
            foreign += held.distinct - held.issued
    return Audit(stored, lost, duplicated, foreign)


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
