"""What the database knows of past sessions. Each call opens a connection of its own: call from a thread."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

import psycopg

from telemetry import grades, sessions
from telemetry.connections import connected
from telemetry.errors import TelemetryError
from telemetry.migrate import migrate
from telemetry.quality import StreamJson, store
from telemetry.sessions import SessionRow
from telemetry.timescale import features

#: Lists and reports are read in milliseconds; who waits for one is told soon that there is none at present.
ANSWER_WITHIN_S = 8.0
#: A server that starts does not wait longer to know whether its database is there.
THERE_WITHIN_S = 2.0
#: Migrations of a large database take their time; a database that hangs must not take forever.
PREPARED_WITHIN_S = 600.0


class UnavailableError(TelemetryError):
    """The database does not answer; the record goes on in the journal."""


@contextmanager
def available() -> Iterator[None]:
    """Turn what psycopg says of a database that does not answer into ``UnavailableError``."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise UnavailableError(f"the database does not answer: {error}") from error


@contextmanager
def _connected(conninfo: str, *, within_s: float | None = None) -> Iterator[psycopg.Connection]:
    with available(), connected(conninfo, within_s=within_s or ANSWER_WITHIN_S) as connection:
        yield connection


def prepare(conninfo: str) -> str:
    """Bring the database's schema up to date and say in one line which database it is.

    ``UnavailableError`` where it does not answer, ``MigrationError`` where the schema is not one of ours.
    """
    described = describe(conninfo)
    with available():
        migrate(conninfo, within_s=PREPARED_WITHIN_S)
    return described


def describe(conninfo: str) -> str:
    """Say in one line which database this is."""
    with _connected(conninfo, within_s=THERE_WITHIN_S) as connection:
        return str(features(connection))


def past_sessions(conninfo: str, *, limit: int = 100) -> list[SessionRow]:
    """Return the stored sessions, the newest first."""
    with _connected(conninfo) as connection:
        return sessions.list_sessions(connection, limit=limit)


def sessions_beginning(conninfo: str, beginning: str) -> list[UUID]:
    """Return the stored sessions whose id, in small letters with dashes, begins so."""
    with _connected(conninfo) as connection:
        return sessions.beginning_with(connection, beginning)


def past_session(conninfo: str, session: UUID) -> SessionRow | None:
    """Return one stored session."""
    with _connected(conninfo) as connection:
        return sessions.find(connection, session)


def report_of(conninfo: str, session: UUID) -> dict[str, object] | None:
    """Return the newest report of a session, or ``None`` where there is none."""
    with _connected(conninfo) as connection:
        return grades.read(connection, session)


def keep_report(conninfo: str, session: UUID, report: dict[str, object]) -> None:
    """Store a report and its measures."""
    with _connected(conninfo) as connection:
        grades.write(connection, session, report)


def keep_quality(conninfo: str, session: UUID, tracks: Mapping[int, StreamJson], *, software: str) -> None:
    """Store what became of each track of a session."""
    with _connected(conninfo) as connection:
        store.write(connection, session, tracks, software=software)
