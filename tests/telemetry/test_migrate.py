"""The schema is applied once, in order, by one process at a time, and says what its columns mean."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from telemetry import dictionary
from telemetry.migrate import MigrationError, available, migrate, version
from telemetry.streams import STREAMS

SAMPLE_COLUMNS = ["at", "client_ms", "seq", "session_id", "track"]


@pytest.fixture
def empty(database_server: str) -> Iterator[str]:
    """A database nobody has migrated and without the extension."""
    name = f"talkdown_empty_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(database_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(database_server, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def copies(directory: Path, *, without: int = 0) -> Path:
    """The shipped migrations in a folder of the test's own."""
    for migration in available():
        if migration.version != without:
            directory.joinpath(migration.name).write_bytes(migration.sql)
    return directory


def columns(connection: psycopg.Connection, schema: str, table: str) -> list[str]:
    query = ("SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
             " ORDER BY ordinal_position")  # fmt: skip
    return [name for (name,) in connection.execute(query, [schema, table])]


def test_several_processes_migrate_an_empty_database_once(empty: str) -> None:
    versions: list[int] = []
    threads = [threading.Thread(target=lambda: versions.append(migrate(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert versions == [len(available())] * 4
    with psycopg.connect(empty) as connection:
        assert version(connection) == len(available())
        hypertables = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables")
        assert {name for (name,) in hypertables} == {*STREAMS, "event", "clock"}


def test_a_database_without_the_extension_gets_plain_tables(empty: str, tmp_path: Path) -> None:
    """The file that makes the extension is replaced; all others are the shipped ones."""
    plain = copies(tmp_path, without=1)
    plain.joinpath("001_extension.sql").write_text("SELECT 1;")
    assert migrate(empty, directory=plain) == len(available())
    with psycopg.connect(empty) as connection:
        assert columns(connection, "core", "head_pose")[:5] == SAMPLE_COLUMNS
        assert connection.execute("SELECT count(*) FROM research.sessions").fetchone() == (0,)


def test_a_changed_file_and_a_newer_schema_are_refused(empty: str, tmp_path: Path) -> None:
    directory = copies(tmp_path)
    extra = directory / f"{len(available()) + 1:03d}_more.sql"
    extra.write_text("CREATE TABLE core.more (x int)")
    assert migrate(empty, directory=directory) == len(available()) + 1
    known = len(available())
    with pytest.raises(MigrationError, match=rf"version {known + 1}, this software knows {known}: update"):
        migrate(empty)
    extra.write_text("CREATE TABLE core.more (x bigint)")
    with pytest.raises(MigrationError, match=rf"migration {known + 1} was applied as .* never edited"):
        migrate(empty, directory=directory)


def test_a_file_that_fails_leaves_nothing_of_itself(empty: str, tmp_path: Path) -> None:
    tmp_path.joinpath("001_first.sql").write_text("CREATE TABLE core.first (x int)")
    tmp_path.joinpath("002_second.sql").write_text("CREATE TABLE core.second (x int); SELECT 1 / 0")
    with pytest.raises(MigrationError, match=r"002_second.sql could not be applied: division by zero"):
        migrate(empty, directory=tmp_path)
    with psycopg.connect(empty) as connection:
        assert version(connection) == 1
        assert connection.execute("SELECT to_regclass('core.second')").fetchone() == (None,)


def test_files_are_numbered_without_a_gap(tmp_path: Path) -> None:
    tmp_path.joinpath("002_second.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match=r"002_second.sql: expected the name 001_words.sql"):
        available(tmp_path)


def test_the_tables_of_the_streams_have_the_registry_s_columns(database: str) -> None:
    with psycopg.connect(database) as connection:
        for stream in STREAMS.values():
            found = columns(connection, "core", stream.name)
            assert found[:5] == SAMPLE_COLUMNS
            # A later migration can only append.
            assert [name for name in found[5:] if name != "flags"] == [*stream.names]
            assert "flags" in found


def test_every_column_of_every_view_is_in_the_dictionary(database: str) -> None:
    with psycopg.connect(database) as connection:
        query = "SELECT viewname FROM pg_views WHERE schemaname = 'research'"
        views = [name for (name,) in connection.execute(query)]
        query = "SELECT view, name FROM research.dictionary ORDER BY view, position"
        rows = connection.execute(query).fetchall()
        for view in views:
            assert [name for of, name in rows if of == view] == columns(connection, "research", view)
        assert {of for of, _ in rows} == set(views)
        assert len(rows) == len(dictionary.entries())
        barriers = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'research'::regnamespace"
            " AND relkind = 'v' AND 'security_barrier=true' = ANY (reloptions)"
        ).fetchone()
        assert barriers == (len(views),)


def test_a_dictionary_that_lags_behind_is_renewed(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE core.dictionary SET unit = 'furlong'")
    migrate(database)
    with psycopg.connect(database) as connection:
        units = connection.execute("SELECT DISTINCT unit FROM research.dictionary").fetchall()
    assert ("furlong",) not in units
    assert ("m",) in units
