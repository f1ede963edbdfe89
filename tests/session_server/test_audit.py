"""The audit tells rows that their client gave up from rows that we lost."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from clients.issued import TrackRange
from session_server.store.audit import Audit, audit
from telemetry.drain import Drain
from telemetry.frames import GapReason
from tests.telemetry.oracle import Issued, journal_in


@pytest.fixture
def stored(database: str, tmp_path: Path) -> Iterator[tuple[psycopg.Connection, TrackRange]]:
    """Twenty rows of voice, five declared lost, five rows; and what their station says of them."""
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    session.batch(1, 20)
    session.lose(1, 5, reason=GapReason.NOT_MEASURED)
    session.batch(1, 5)
    writer.close()
    drain = Drain(tmp_path / "journal", database)
    while drain.step():
        pass
    drain.close()
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection, TrackRange(str(session.id), 1, "voice", 0, 30, 30, ((20, 25),))


def test_declared_rows_are_not_lost(database: str, stored: tuple[psycopg.Connection, TrackRange]) -> None:
    assert audit(database, [stored[1]]) == Audit(25, 0, 0, 0, 5)


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("DELETE FROM core.gap", Audit(25, 5, 0, 0, 0)),
        ("DELETE FROM core.voice WHERE seq = 3", Audit(24, 1, 0, 0, 5)),
        ("UPDATE core.gap SET rows = 4", Audit(25, 1, 0, 0, 4)),
        # A row is gone, and a gap that nobody declared stands in its place.
        ("DELETE FROM core.voice WHERE seq = 25; UPDATE core.gap SET rows = 6", Audit(24, 1, 0, 1, 5)),
        ("UPDATE core.gap SET first_seq = 19, rows = 6", Audit(25, 0, 1, 1, 5)),
        (
            "INSERT INTO core.gap SELECT session_id, track, 24, 1, from_t, to_t, 0, 0, reason FROM core.gap",
            Audit(25, 0, 1, 0, 5),
        ),
        ("UPDATE core.gap SET first_seq = 40", Audit(25, 5, 0, 5, 0)),
    ],
)
def test_what_is_not_as_the_client_said_is_found(
    database: str, stored: tuple[psycopg.Connection, TrackRange], tampering: str, found: Audit
) -> None:
    connection, issued = stored
    connection.execute(tampering)  # type: ignore[arg-type, unused-ignore] # our own words
    assert audit(database, [issued]) == found
