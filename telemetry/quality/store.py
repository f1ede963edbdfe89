"""Data quality in the database: one row per track, computed once the session is over."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from telemetry.errors import UnknownSession
from telemetry.quality.document import StreamJson

__all__ = ["read", "write"]


def write(
    connection: psycopg.Connection, session: UUID, tracks: Mapping[int, StreamJson], *, software: str
) -> None:
    """Store what became of each track, by its number; computed again, it is replaced. Raises `UnknownSession`.

    What was computed before rows were pruned says more than what can be computed since, and stays.
    """
    row = connection.execute("SELECT session_id FROM core.session WHERE session = %s", [session]).fetchone()
    if row is None:
        raise UnknownSession(f"no session {session} in the database: is it still being stored?")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core.quality AS q (session_id, track, software, computed_at, report)"
            " VALUES (%s, %s, %s, clock_timestamp(), %s) ON CONFLICT (session_id, track) DO UPDATE"
            " SET (software, computed_at, report) = (excluded.software, excluded.computed_at, excluded.report)"
            " WHERE (excluded.report ->> 'pruned')::bigint <= (q.report ->> 'pruned')::bigint",
            [(row[0], track, software, Jsonb(found)) for track, found in tracks.items()],
        )


def read(connection: psycopg.Connection, session: UUID) -> dict[int, StreamJson]:
    """What became of each track by its number, as stored; empty where nobody has looked yet."""
    rows = connection.execute(
        "SELECT q.track, q.report FROM core.quality q JOIN core.session s USING (session_id)"
        " WHERE s.session = %s ORDER BY q.track",
        [session],
    )
    return dict(rows.fetchall())
