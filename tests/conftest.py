"""What every test may ask for: one database server for the run, and a fresh migrated database for a test.

The server is the embedded one with TimescaleDB, or the one TEST_DATABASE_URL names. The tests require the
real extension: without it they fail and say why, they are never skipped.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from telemetry import embedded

# The machine is shared: how long one example takes says nothing about the code.
settings.register_profile("talkdown", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("talkdown")

URL_VARIABLE = "TEST_DATABASE_URL"

_EXTENSION = pytest.StashKey[str]()


@pytest.hookimpl(trylast=True)
def pytest_report_header() -> str:
    """Name the database the tests will use, and its TimescaleDB, without starting it."""
    if url := os.environ.get(URL_VARIABLE):
        return f"database: {URL_VARIABLE} with TimescaleDB {_offered_extension(url) or 'MISSING'}"
    built = embedded.prepared_timescaledb()
    return f"database: embedded PostgreSQL with TimescaleDB {built or '(to be built on first use)'}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell which database really ran, as it answered itself."""
    if (answer := config.stash.get(_EXTENSION, None)) is not None:
        terminalreporter.write_line(f"database used: {answer}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes passes the database's answer on to the one that reports."""
    answer = session.config.stash.get(_EXTENSION, None)
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None and answer is not None:
        output["database"] = answer


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over what a process that ended has passed on."""
    answer = getattr(node, "workeroutput", {}).get("database")
    if answer is not None:
        node.config.stash[_EXTENSION] = answer  # type: ignore[attr-defined]  # xdist has no types


@pytest.fixture(scope="session")
def database_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URI of a superuser's connection to a server with TimescaleDB, shared by the whole run."""
    if url := os.environ.get(URL_VARIABLE):
        pytestconfig.stash[_EXTENSION] = _require_extension(url)
        yield url
        return
    with _open_folder() as folder, embedded.start(folder, progress=_show) as server:
        if server.timescaledb is None:
            pytest.fail(f"The tests need TimescaleDB: {server.plain_reason}", pytrace=False)
        pytestconfig.stash[_EXTENSION] = _require_extension(server.uri)
        yield server.uri


@pytest.fixture(scope="session")
def database_template(database_server: str) -> Iterator[str]:
    """The name of a database with the extension and all migrations, from which each test's own is copied."""
    from telemetry.migrate import migrate  # here, so that tests without a database load without it

    name = f"talkdown_template_{uuid.uuid4().hex[:8]}"
    _run(database_server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        migrated = make_conninfo(database_server, dbname=name)
        with psycopg.connect(migrated, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        migrate(migrated)
        # A database can be copied only while nobody is connected, TimescaleDB's own workers included.
        _run(
            database_server,
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)),
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(name)
            ),
        )
        yield name
    finally:
        _drop(database_server, name)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder for a test's own database server; see `_open_folder`."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture
def database(database_server: str, database_template: str) -> Iterator[str]:
    """The conninfo of a fresh database of this test's own, with the extension and all migrations."""
    name = f"talkdown_test_{uuid.uuid4().hex[:12]}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _run(database_server, copy.format(sql.Identifier(name), sql.Identifier(database_template)))
    try:
        yield make_conninfo(database_server, dbname=name)
    finally:
        _drop(database_server, name)


@contextmanager
def _open_folder() -> Iterator[Path]:
    """A temporary folder that other users may pass through: run by root, the server is one of them.

    pytest's own temporary folders are private.
    """
    with tempfile.TemporaryDirectory(prefix="talkdown-test-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o711)
        yield folder


def _run(conninfo: str, *statements: sql.Composed) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _drop(conninfo: str, name: str) -> None:
    # FORCE: a test that failed may have left a connection, which must not fail all that follow.
    _run(conninfo, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _offered_extension(conninfo: str) -> str | None:
    query = "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"
    with psycopg.connect(conninfo, connect_timeout=10) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def _require_extension(conninfo: str) -> str:
    """What the server itself says it is; fails the tests when it has no TimescaleDB."""
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SET client_min_messages = warning")
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except psycopg.Error as error:
            pytest.fail(f"The tests need TimescaleDB, and this server has none: {error}", pytrace=False)
        row = connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
        ).fetchone()
        version = connection.info.parameter_status("server_version")
    return f"PostgreSQL {version} with TimescaleDB {row[0] if row else 'missing'}"


def _show(line: str) -> None:
    print(line, flush=True)
