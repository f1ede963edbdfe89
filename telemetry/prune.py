"""Raw samples that are old enough, removed on purpose and noted as such.

Only of sessions that are closed and graded (or never began): what a grade was made of is not removed before there
is one. Events, grades and measures are never touched. Whole chunks are dropped where they hold nothing that is to
stay; the rest is deleted session by session. Plain PostgreSQL has no chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from telemetry.errors import PruneError
from telemetry.streams import STREAMS, Privacy
from telemetry.timescale import EARLIEST_T_S

__all__ = ["RAW", "SUGGESTED_DAYS", "Pruned", "prune"]

# Raw motion and voice identify people; what is learned from them stands in grades and measures.
RAW = tuple(
    name
    for name, stream in STREAMS.items()
    if any(column.privacy in (Privacy.MOTION_BIOMETRIC, Privacy.VOICE_FEATURE) for column in stream.columns)
)
# A suggestion only: a course and its complaints are over by then. Without a number nothing is removed.
SUGGESTED_DAYS = 90
# Fewer would reach sessions that are still being graded.
DAYS_MIN = 1
# Dropping chunks needs the table for a moment; the drain must not queue up behind a prune that waits for it.
LOCK_TIMEOUT_S = 5

# A session whose samples may go: over, old, and with its grade stored if there is to be one.
_MAY_GO = (
    "s.closed_at < %(before)s AND (s.started_at IS NULL"
    " OR EXISTS (SELECT FROM core.grade g WHERE g.session_id = s.session_id))"
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed of one stream, or would be: rows of these sessions, `chunks` of them as whole chunks.

    `kept`: sessions old enough whose rows stay, since they are not closed or not graded.
    """

    stream: str
    before: datetime
    rows: int
    chunks: int
    sessions: int
    kept: tuple[UUID, ...]


def prune(
    connection: psycopg.Connection, keep_days: Mapping[str, int], *, now: datetime, dry_run: bool = False
) -> list[Pruned]:
    """Remove the rows of each stream of `keep_days` that are older than so many days, before `now` (UTC).

    Each stream in a transaction of its own; with `dry_run` each is rolled back. Needs a connection in autocommit.
    Raises `PruneError` for a stream there is not, or too few days.
    """
    for stream, days in keep_days.items():
        if stream not in STREAMS:
            raise PruneError(f"no stream {stream!r}; known: {', '.join(STREAMS)}")
        if days < DAYS_MIN:
            raise PruneError(f"{stream} is to be kept {days} days; at least {DAYS_MIN}, so that it can be graded")
    done = []
    for stream, days in keep_days.items():
        with connection.transaction(force_rollback=dry_run):
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S} s'")
            done.append(_prune(connection, stream, now - timedelta(days=days)))
    return done


def _prune(connection: psycopg.Connection, stream: str, before: datetime) -> Pruned:
    values: dict[str, object] = {"before": before, "stream": stream}
    old = connection.execute(
        f"SELECT s.session_id, s.session, {_MAY_GO} FROM core.session s WHERE s.opened_at < %(before)s"  # noqa: S608
        " AND EXISTS (SELECT FROM core.track k WHERE k.session_id = s.session_id AND k.stream = %(stream)s"
        " AND k.next_seq > 0) ORDER BY s.session_id",
        values,
    ).fetchall()
    going = [id for id, _, may_go in old if may_go]
    table = sql.Identifier("core", stream)
    counted = connection.execute(
        sql.SQL("SELECT session_id, count(*) FROM {} WHERE session_id = ANY(%s) GROUP BY session_id").format(table),
        [going],
    ).fetchall()
    chunks = _drop_chunks(connection, stream, _free_of_others(connection, stream, before, going))
    connection.execute(sql.SQL("DELETE FROM {} WHERE session_id = ANY(%s)").format(table), [going])
    if counted:
        connection.execute(
            "INSERT INTO core.pruned (session_id, stream, before)"
            " SELECT unnest(%(sessions)s::int[]), %(stream)s, %(before)s ON CONFLICT DO NOTHING",
            values | {"sessions": [id for id, _ in counted]},
        )
    kept = tuple(session for _, session, may_go in old if not may_go)
    return Pruned(stream, before, sum(rows for _, rows in counted), chunks, len(counted), kept)


def _free_of_others(connection: psycopg.Connection, stream: str, before: datetime, going: list[int]) -> datetime:
    """Up to when no row can be of a session that stays; a row is clipped to an hour before its session's opening."""
    row = connection.execute(
        "SELECT min(s.opened_at) FROM core.session s JOIN core.track k USING (session_id)"
        " WHERE k.stream = %s AND s.session_id <> ALL(%s)",
        [stream, going],
    ).fetchone()
    first: datetime | None = row[0] if row else None
    return before if first is None else min(before, first + timedelta(seconds=EARLIEST_T_S))


def _drop_chunks(connection: psycopg.Connection, stream: str, until: datetime) -> int:
    """Drop the chunks that end by then, and return how many; none on a plain table."""
    row = connection.execute(
        "SELECT to_regclass('timescaledb_information.hypertables') IS NOT NULL"
    ).fetchone()
    if row is None or not row[0]:
        return 0
    is_hypertable = connection.execute(
        "SELECT FROM timescaledb_information.hypertables WHERE (hypertable_schema, hypertable_name) = ('core', %s)",
        [stream],
    ).fetchone()
    if is_hypertable is None:
        return 0
    dropped = connection.execute("SELECT drop_chunks(%s::regclass, older_than => %s)", [f"core.{stream}", until])
    return len(dropped.fetchall())
