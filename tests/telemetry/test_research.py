"""What a researcher may see: the views, and by no way what lies below them."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from telemetry.drain import Drain
from telemetry.streams import STREAMS

from .oracle import Issued, journal_in


@pytest.fixture
def researcher(database: str, tmp_path: Path) -> Iterator[psycopg.Connection]:
    """A connection with the rights of talkdown_research, over one stored session."""
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.play(12)
    session.play_others()
    session.event("flag", {"note": "looked away"}, t=1.0)
    writer.close()
    drain = Drain(tmp_path / "journal", database)
    while drain.step():
        pass
    drain.close()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET ROLE talkdown_research")
        yield connection


def test_every_view_can_be_read(researcher: psycopg.Connection) -> None:
    query = "SELECT viewname FROM pg_views WHERE schemaname = 'research'"
    views = [name for (name,) in researcher.execute(query)]
    assert {*STREAMS, "sessions", "events", "signals", "tracks", "clock", "grades", "measures"} < {*views}
    for view in views:
        researcher.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("research", view))).fetchall()


def test_neither_tables_nor_chunks_can_be_read(researcher: psycopg.Connection, database: str) -> None:
    with psycopg.connect(database) as owner:
        chunks = owner.execute(
            "SELECT chunk_schema, chunk_name FROM timescaledb_information.chunks"
            " WHERE hypertable_schema = 'core'"
        ).fetchall()
        query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'core'"
        tables = owner.execute(query).fetchall()
    assert len(chunks) >= len(STREAMS)
    for relation in [*chunks, *tables]:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            researcher.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*relation)))


def test_views_cannot_be_written(researcher: psycopg.Connection) -> None:
    for statement in ("UPDATE research.sessions SET pseudonym = 'me'", "DELETE FROM research.dictionary"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            researcher.execute(statement)


def test_a_reader_s_own_function_sees_no_row_the_view_hides(researcher: psycopg.Connection) -> None:
    """research.events hides signals; without the barrier a cheap function in the query would be shown
    them.
    """
    researcher.execute(
        "CREATE FUNCTION pg_temp.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
        " $$ BEGIN IF $1 = 'signals' THEN RAISE EXCEPTION 'seen'; END IF; RETURN true; END $$"
    )
    seen = researcher.execute("SELECT type FROM research.events WHERE pg_temp.peek(type)").fetchall()
    assert ("flag",) in seen


def test_signals_are_numbers_by_name(researcher: psycopg.Connection) -> None:
    rows = researcher.execute("SELECT ms, value FROM research.signals WHERE signal = 'distance' ORDER BY ms")
    assert rows.fetchall() == [(i * 100, i / 4) for i in range(12)]
    rows = researcher.execute("SELECT value FROM research.signals WHERE signal = 'speaking' ORDER BY ms")
    assert [value for (value,) in rows] == [1.0, 0.0] * 6


def test_distance_and_voice_level_per_second(researcher: psycopg.Connection) -> None:
    """The worked query of the README."""
    rows = researcher.execute(
        "SELECT p.second, p.distance, v.loudness FROM"
        " (SELECT floor(t) AS second, avg(distance) AS distance FROM research.proximity GROUP BY 1) p"
        " JOIN (SELECT floor(t) AS second, avg(loudness) AS loudness FROM research.voice GROUP BY 1) v"
        " USING (second) ORDER BY second"
    ).fetchall()
    assert [second for second, *_ in rows] == [0, 1]
