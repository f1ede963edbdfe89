"""A database that does not answer is told of and let go of; what it had done all the same is not done again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from telemetry import drain as drains
from telemetry import drain_lock, status
from telemetry.connections import connected, with_limits
from telemetry.drain import Drain
from telemetry.errors import DrainError
from telemetry.journal import JournalWriter

from .oracle import Issued, check, journal_in
from .proxy import mute, proxy

PATIENCE_S = 30.0


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[JournalWriter]:
    writer = journal_in(tmp_path / "journal")
    yield writer
    writer.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drain that gives up soon."""
    monkeypatch.setattr(drains, "CUT_S", 0.5)
    monkeypatch.setattr(drain_lock, "LOCK_TIMEOUT_S", 0.1)


@contextmanager
def running(drain: Drain) -> Iterator[threading.Event]:
    """The drain in a thread, told to stop at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=drain.run, args=(stop.wait,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the drain does not end"


def until_told(folder: Path, text: str) -> status.DrainStatus:
    """The drain's status once its error has this text."""
    deadline = time.monotonic() + PATIENCE_S
    while text not in ((found := status.stored(folder)).error or ""):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def test_a_connection_is_cut_when_its_time_is_over(database: str) -> None:
    def ask() -> None:
        with connected(way.conninfo, within_s=0.3) as connection:
            way.answers.clear()
            connection.execute("SELECT 1")

    with proxy(database) as way, pytest.raises(psycopg.OperationalError, match=r"no answer within 0\.3 s"):
        ask()


def test_a_connection_in_time_is_left_alone_and_committed(database: str) -> None:
    with connected(database, within_s=60) as connection:
        connection.execute("CREATE TABLE told (word text)")
    with connected(database, within_s=60, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM told").fetchone() == (0,)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("1min",)


def test_what_a_url_says_of_limits_stands() -> None:
    said = with_limits("postgresql://h/d?connect_timeout=9&options=-c%20geqo%3Doff&application_name=me")
    parts = psycopg.conninfo.conninfo_to_dict(said)
    assert (parts["connect_timeout"], parts["application_name"]) == ("9", "me")
    assert str(parts["options"]).endswith("-c geqo=off")
    assert parts["keepalives"] == "1"


@pytest.mark.parametrize("lost", ["question", "answer"])
def test_a_commit_without_an_answer_is_neither_lost_nor_done_twice(
    database: str, writer: JournalWriter, impatient: None, lost: str
) -> None:
    """The network is cut at the COMMIT: before it reaches the database, or before the answer comes back."""
    sessions = [Issued(writer, seed) for seed in range(3)]
    for session in sessions:
        session.play(6)
        session.close()
    end = writer.sync()
    with proxy(database) as way:

        def at(step: str) -> None:
            if step == "copied" and drain.records == 20 and way.connections == 1:
                (way.questions if lost == "question" else way.answers).clear()

        drain = Drain(writer.directory, way.conninfo, limit=20, at=at)
        with running(drain):
            until_told(writer.directory, "no answer within")
            # The old connection is still there for the database: in the midst of a transaction, or after it.
            way.questions.set()
            way.answers.set()
            assert status.wait_until_stored(writer.directory, end, PATIENCE_S)
    check(database, *sessions)


def test_a_stranded_connection_s_lock_is_taken_from_it(
    database: str, writer: JournalWriter, impatient: None
) -> None:
    """A half-open connection: the database waits for a COMMIT that never comes, and would for hours."""
    session = Issued(writer)
    session.play(20)
    session.close()
    end = writer.sync()
    with proxy(database) as way:

        def at(step: str) -> None:
            if step == "copied" and drain.records == 20 and way.connections == 1:
                way.strand()

        drain = Drain(writer.directory, way.conninfo, limit=20, at=at)
        with running(drain):
            assert status.wait_until_stored(writer.directory, end, PATIENCE_S)
        assert way.connections > 1
    check(database, session)


@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="the database's processes are not ours to stop")
def test_a_frozen_database_is_told_of_and_may_commit_when_it_thaws(
    database: str, writer: JournalWriter, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGSTOP before the COMMIT: the old process holds the lock, so nobody reads a position it may yet move."""
    session = Issued(writer)
    session.play(20)
    session.close()
    end = writer.sync()
    frozen: list[int] = []
    monkeypatch.setattr("telemetry.watchdog.SLOW_S", 0.1)
    told: list[float] = []

    def at(step: str) -> None:
        if step == "copied" and drain.records == 20 and not frozen:
            assert drain._connection is not None
            frozen.append(drain._connection.info.backend_pid)
            os.kill(frozen[0], signal.SIGSTOP)

    drain = Drain(writer.directory, database, limit=20, at=at)
    monkeypatch.setattr(drain, "_tell", told.append)
    try:
        with running(drain):
            until_told(writer.directory, "still holds our former connection")
            assert told, "nobody was told while the answer was overdue"
            os.kill(frozen[0], signal.SIGCONT)
            assert status.wait_until_stored(writer.directory, end, PATIENCE_S)
    finally:
        with suppress(ProcessLookupError):  # it was ended, as it should be
            os.kill(frozen[0], signal.SIGCONT)
    check(database, session)


def test_a_stranger_s_lock_is_left_alone(database: str, writer: JournalWriter) -> None:
    Issued(writer).play(1)
    writer.sync()
    first = Drain(writer.directory, database)
    first.step()
    with pytest.raises(DrainError, match=r"another drain stores it \(database process \d+, .*, since 20"):
        Drain(writer.directory, database).step()
    Issued(writer, 2).play(1)
    writer.sync()
    assert first.step() > 0
    first.close()


def test_a_database_that_stops_answering_is_noticed_with_nothing_to_store(
    database: str, writer: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "PING_S", 0.0)
    monkeypatch.setattr("telemetry.watchdog.SLOW_S", 0.2)
    Issued(writer).play(1)
    end = writer.sync()
    with proxy(database) as way, running(Drain(writer.directory, way.conninfo)):
        assert status.wait_until_stored(writer.directory, end, PATIENCE_S)
        way.questions.clear()
        found = until_told(writer.directory, "has not answered for")
        assert (found.state, found.behind_s) == ("behind", 0.0)
        way.questions.set()


def test_a_drain_told_to_stop_ends_though_the_database_never_answers(writer: JournalWriter) -> None:
    Issued(writer).play(1)
    end = writer.sync()
    with mute() as url:
        url += "?connect_timeout=2"
        command = [sys.executable, "-m", "telemetry.drain", "--journal", str(writer.directory), "--database-url", url]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            until_told(writer.directory, "timeout")
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
    final = status.stored(writer.directory)
    assert final.state == "off"
    assert final.position < end


@pytest.mark.slow
def test_a_drain_told_to_stop_in_mid_transaction_ends(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(3)
    end = writer.sync()
    with proxy(database) as way:
        command = [sys.executable, "-m", "telemetry.drain", "--journal", str(writer.directory)]
        environment = os.environ | {"TALKDOWN_DATABASE_URL": way.conninfo}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            assert status.wait_until_stored(writer.directory, end, PATIENCE_S)
            way.questions.clear()
            session.batch(1, 7)
            session.close()
            writer.sync()
            until_told(writer.directory, "has not answered for")
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        final = status.stored(writer.directory)
        assert "no answer within" in str(final.error)
        assert final.state == "off"
