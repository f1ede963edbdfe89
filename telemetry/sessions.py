"""The sessions a database knows, for lists and look-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

__all__ = ["SessionRow", "find", "list_sessions"]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One line of a list of sessions; None where it has not happened. `total` is of the newest grade
    of the last graded attempt."""

    id: UUID
    scenario: str
    pseudonym: str
    attempt: int
    modality: str | None
    phase: str
    outcome: str | None
    opened_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    status: str | None
    total: float | None
    low: float | None
    high: float | None


_QUERY = """
SELECT s.session AS id, s.scenario, s.pseudonym, s.attempt, s.modality, s.phase, s.outcome,
       s.opened_at, s.started_at, s.ended_at, s.closed_at, g.status, g.total, g.low, g.high
FROM core.session s LEFT JOIN LATERAL (
    SELECT status, total, low, high FROM core.grade WHERE session_id = s.session_id
    ORDER BY attempt DESC, graded_at DESC LIMIT 1) g ON true
"""


def list_sessions(connection: psycopg.Connection, *, limit: int = 100, offset: int = 0) -> list[SessionRow]:
    """The sessions, the newest first."""
    with connection.cursor(row_factory=class_row(SessionRow)) as cursor:
        query = _QUERY + "ORDER BY s.opened_at DESC, s.session_id DESC LIMIT %s OFFSET %s"
        return cursor.execute(query, [limit, offset]).fetchall()


def beginning_with(connection: psycopg.Connection, beginning: str) -> list[UUID]:
    """Ids of the sessions whose written id (small letters, with dashes) begins so."""
    query = "SELECT session FROM core.session WHERE starts_with(session::text, %s)"
    return [session for (session,) in connection.execute(query, [beginning])]


def find(connection: psycopg.Connection, session: UUID) -> SessionRow | None:
    """One session by its id, None if the database does not know it."""
    with connection.cursor(row_factory=class_row(SessionRow)) as cursor:
        return cursor.execute(_QUERY + "WHERE s.session = %s", [session]).fetchone()
