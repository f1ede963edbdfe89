"""What a client declares lost stands in the database once, between the rows that it did not lose."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from pyarrow import parquet  # type: ignore[import-untyped]

from telemetry import trace
from telemetry.drain import Drain
from telemetry.export import export
from telemetry.frames import GapReason, encode_block, encode_gap
from telemetry.journal import JournalWriter, RecordKind
from telemetry.records import GapRecord
from telemetry.trace import Declared

from .oracle import Issued, check, journal_in, stored_gaps


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[JournalWriter]:
    """A journal with small segments."""
    writer = journal_in(tmp_path / "journal")
    yield writer
    writer.close()


def drained(writer: JournalWriter, conninfo: str, *, limit: int = 1000) -> Drain:
    """Sync, store everything there is, and let go."""
    writer.sync()
    drain = Drain(writer.directory, conninfo, limit=limit)
    while drain.step():
        pass
    drain.close()
    return drain


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_gaps_and_rows_are_stored_once_in_whatever_transactions(
    database: str, writer: JournalWriter, limit: int
) -> None:
    session = Issued(writer)
    session.play(8, losing=True)
    session.lose(1, 3)
    drain = drained(writer, database, limit=limit)
    check(database, session)
    assert drain.rows == len(session.rows) + len(session.events) + len(session.gaps)


def test_a_journal_read_again_declares_nothing_twice(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(8, losing=True)
    drained(writer, database)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM core.drain")
    session.lose(1, 5)
    session.batch(1, 7)
    drained(writer, database)
    check(database, session)


def test_a_gap_and_its_watermark_move_in_one_transaction(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(4)
    session.lose(1, 720)
    writer.sync()

    def fail(step: str) -> None:
        if step == "copied":
            raise KeyboardInterrupt

    drain = Drain(writer.directory, database, at=fail)
    with pytest.raises(KeyboardInterrupt):
        drain.step()
    drain.close()
    assert stored_gaps(database, session.id) == []
    drained(writer, database)
    check(database, session)
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT rows FROM research.tracks WHERE track = 1").fetchone()
    assert rows == (session.next_seq[1],)


def test_what_a_gap_says_of_rows_that_are_there_does_not_hold(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    session.batch(1, 10)
    session.lose(1, 20, again=4)
    session.batch(1, 5)
    session.lose(1, 1, reason=GapReason.NOT_MEASURED)
    drained(writer, database)
    check(database, session)


def rounded(gap: Declared) -> Declared:
    """The gap with its times to the microsecond, as samples have theirs."""
    return replace(gap, t_start=round(gap.t_start, 6), t_end=round(gap.t_end, 6))


def test_declared_gaps_come_back_with_the_trace_and_in_the_export(
    database: str, writer: JournalWriter, tmp_path: Path
) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    session.track(2, "voice")
    session.batch(1, 10)
    session.lose(1, 41)
    session.lose(1, 50, reason=GapReason.NOT_MEASURED)
    session.batch(1, 5)
    session.lose(2, 3)
    drained(writer, database)
    found = trace.read(database, session.id)
    first, second = found.tracks
    assert [rounded(gap) for gap in first.declared] == [
        Declared(10, 41, 0.2, 1.0, "buffer_full"),
        Declared(51, 50, 1.02, 2.0, "not_measured"),
    ]
    assert first.seq.tolist() == [*range(10), *range(101, 106)]
    assert len(second) == 0
    assert [rounded(gap) for gap in second.declared] == [Declared(0, 3, 0.0, 0.04, "buffer_full")]
    assert [gap.first_seq for gap in found.stream("voice").declared] == [0, 10, 51]
    export(database, session.id, tmp_path / "files")
    table = parquet.read_table(tmp_path / "files" / "gaps.parquet").to_pydict()
    assert table["reason"] == ["buffer_full", "not_measured", "buffer_full"]
    assert table["client_ms_end"] == [6000.0, 7000.0, 5040.0]


def test_a_time_that_cannot_be_right_is_held_within_what_is_possible(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    for first, offset in ((0, 1e9), (2, -1e9)):
        raw = encode_gap(1, first, 2, 1000.0, 1020.0, GapReason.BUFFER_FULL)
        writer.append(RecordKind.GAP, session.id, GapRecord(0, 0.0, offset, 0.0, 0.0, 2.0, raw).encode())
    drained(writer, database)
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT t_start, t_end, client_ms_start FROM research.gaps ORDER BY first_seq")
        assert rows.fetchall() == [(62.0, 62.0, 1000.0), (-3600.0, -3600.0, 1000.0)]


def test_a_gap_that_cannot_be_stored_is_counted_and_stops_nothing(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    good = encode_gap(1, 0, 2, 1000.0, 1020.0, GapReason.BUFFER_FULL)
    never = float("nan")
    for record in (
        GapRecord(0, 0.0, 0.0, 0.0, 0.0, 2.0, good[:-1]),
        GapRecord(0, 0.0, 0.0, 0.0, 0.0, 2.0, encode_block(1, 0, [1.0], [[0.0] * 5])),
        GapRecord(0, 0.0, 0.0, 0.0, 0.0, 2.0, encode_gap(7, 0, 2, 1000.0, 1020.0, GapReason.BUFFER_FULL)),
        GapRecord(0, 0.0, 0.0, 0.0, 0.0, never, good),
    ):
        writer.append(RecordKind.GAP, session.id, record.encode())
    writer.append(RecordKind.GAP, session.id, b"short")
    session.batch(1, 5)
    drained(writer, database)
    with psycopg.connect(database) as connection:
        query = "SELECT reason FROM core.damage ORDER BY segment, byte_offset"
        reasons = [reason for (reason,) in connection.execute(query)]
        connection.execute("DELETE FROM core.damage")
    told = ["gap needs 28 bytes", "1 rows where a gap", "track 7 is unknown", "arrived at nan", "5 bytes hold no rows"]
    for reason, expected in zip(reasons, told, strict=True):
        assert expected in reason
    check(database, session)
