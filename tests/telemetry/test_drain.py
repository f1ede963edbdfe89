"""The oracle knows every issued row: each must be in the database once, unaltered, whatever fails."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest

from telemetry import embedded, frames, journal, status
from telemetry.drain import Drain, main
from telemetry.errors import ChainError, DrainError, JournalError
from telemetry.journal import JournalWriter, Position
from telemetry.migrate import migrate
from telemetry.promise import promised
from telemetry.records import SampleRecord, verify_chain
from telemetry.segments import HEADER_BYTES, numbers, path_of
from telemetry.streams import STREAMS

from .oracle import Issued, check, journal_in, stored_events, stored_rows, stored_watermarks


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[JournalWriter]:
    """A journal with small segments."""
    writer = journal_in(tmp_path / "journal")
    yield writer
    writer.close()


def drained(directory: Path, conninfo: str, *, limit: int = 1000) -> Drain:
    """Store everything there is, and let go."""
    drain = Drain(directory, conninfo, limit=limit)
    while drain.step():
        pass
    drain.close()
    return drain


def one(conninfo: str, query: str) -> object:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_every_issued_row_is_stored_once_and_unaltered(database: str, writer: JournalWriter) -> None:
    sessions = [Issued(writer, seed) for seed in range(3)]
    for session in sessions:
        session.play()
        writer.sync()
        session.close()
    writer.sync()
    drain = drained(writer.directory, database, limit=25)
    check(database, *sessions)
    assert drain.rows == sum(len(s.rows) + len(s.events) for s in sessions)


def test_what_is_not_synced_is_not_stored(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(2)
    assert drained(writer.directory, database).records == 0
    writer.sync()
    drained(writer.directory, database)
    check(database, session)


def test_a_session_s_row_follows_its_events(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(1)
    session.event("joined", {"who": "trainee", "role": "trainee", "modality": "headset", "run": "r1"}, t=1.0)
    session.event("joined", {"who": "i", "role": "instructor", "modality": "browser", "run": "r2"}, t=1.5)
    for t, phase in ((2.0, "running"), (3.0, "frozen"), (4.0, "running"), (9.5, "debrief"), (12.0, "closed")):
        session.event("phase", {"phase": phase, "reason": "x"}, t=t)
    session.event("outcome", {"outcome": "voluntary_transport", "node": "resolved"}, t=9.5)
    writer.sync()
    drained(writer.directory, database)
    row = one(database, "SELECT row_to_json(s) FROM (SELECT * FROM research.sessions) s")
    assert isinstance(row, dict)
    assert row["session"] == str(session.id)
    assert row["duration_s"] == 7.5
    assert (row["phase"], row["outcome"], row["modality"]) == ("closed", "voluntary_transport", "headset")
    assert (row["seed"], row["pseudonym"], row["attempt"]) == (7, "T-17", 1)
    assert one(database, "SELECT closed_at - opened_at = '12 s' FROM research.sessions") is True


def test_times_carry_the_mapping_that_was_journalled(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    for _ in range(12):
        session.batch(1, 25)
    writer.sync()
    drained(writer.directory, database)
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT seq, t, client_ms, at FROM research.voice ORDER BY seq").fetchall()
        query = "SELECT seq, offset_s, bound_s FROM research.clock ORDER BY seq"
        clock = connection.execute(query).fetchall()
    assert len(rows) == 300
    for seq, t, client_ms, at in rows:
        assert client_ms == 5000 + 20 * seq
        assert t == pytest.approx(seq / 50, abs=1e-6)
        assert at.timestamp() == pytest.approx(1772357400 + seq / 50, abs=1e-5)
    assert clock == [(seq, -5.0, 0.001) for seq in range(0, 300, 50)]


def test_epochs_and_the_slope_within_a_batch_are_stored(database: str, writer: JournalWriter) -> None:
    """The first batch of an epoch tells its mapping, also to a drain that has just been started."""
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    seq = 0
    for epoch, offset, skew in [(0, 5.0, 0.0), (0, 5.0, 0.01), (1, 65.0, 0.0), (1, 65.0, 0.0), (2, -3.0, -0.01)]:
        times = 1000.0 + np.arange(seq, seq + 5) * 20
        raw = frames.encode_block(1, seq, times, np.zeros((5, len(STREAMS["voice"].names))))
        record = SampleRecord(epoch, times[0], offset, skew, 0.001, 99.0, raw)
        writer.append(journal.RecordKind.SAMPLES, session.id, record.encode())
        seq += 5
        writer.sync()
        drained(writer.directory, database)
    with psycopg.connect(database) as connection:
        query = "SELECT seq, epoch, offset_s, skew FROM research.clock ORDER BY seq"
        clock = connection.execute(query).fetchall()
        t = [row[0] for row in connection.execute("SELECT t FROM research.voice ORDER BY seq")]
    assert clock == [(0, 0, 5.0, 0.0), (10, 1, 65.0, 0.0), (20, 2, -3.0, -0.01)]
    assert t[5:10] == pytest.approx([6.1 + 0.0202 * at for at in range(5)], abs=2e-6)
    assert t[20:] == pytest.approx([-1.6 + 0.0198 * at for at in range(5)], abs=2e-6)


def test_a_divided_block_keeps_its_clients_times_to_the_bit(database: str, writer: JournalWriter) -> None:
    """Its parts may have mappings of their own, each of its part's first row."""
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    times = 5000.1 + np.cumsum(np.random.default_rng(4).uniform(0, 37, 200))
    whole = frames.decode_block(frames.encode_block(1, 0, times, np.zeros((200, len(STREAMS["voice"].names)))))
    for first, end, offset, skew in [(0, 77, 5.0, 0.01), (77, 140, 6.0, -0.01), (140, 200, 7.0, 0.0)]:
        piece = frames.part(whole, first, end)
        record = SampleRecord(0, piece.start_ms, offset, skew, 0.001, 99.0, piece.raw)
        writer.append(journal.RecordKind.SAMPLES, session.id, record.encode())
    writer.sync()
    drained(writer.directory, database)
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT client_ms, t FROM research.voice ORDER BY seq").fetchall()
    client_ms, t = np.array(rows).T
    assert client_ms.tobytes() == whole.client_ms.tobytes()
    assert t[[0, 77, 140]] == pytest.approx(client_ms[[0, 77, 140]] / 1e3 + [5.0, 6.0, 7.0], abs=2e-6)
    assert t[139] - t[77] == pytest.approx((client_ms[139] - client_ms[77]) / 1e3 * 0.99, abs=4e-6)


def test_implausible_rows_are_flagged_and_kept(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "person_state", label="agitation")
    for seq, (value, client_ms) in enumerate([(50.0, 1000.0), (101.0, 1020.0), (3e38, 1e12), (1.0, 0.0)]):
        offset = -1e9 if seq == 3 else 0.0
        raw = frames.encode_block(1, seq, [client_ms], [value])
        writer.append(journal.RecordKind.SAMPLES, session.id, SampleRecord(0, 0.0, offset, 0.0, 0.0, 2.0, raw).encode())
    writer.sync()
    drained(writer.directory, database)
    with psycopg.connect(database) as connection:
        query = "SELECT value::double precision, client_ms, flags FROM core.person_state ORDER BY seq"
        rows = connection.execute(query).fetchall()
        t = [row[0] for row in connection.execute("SELECT t FROM research.person_state ORDER BY seq")]
    assert rows == [(50.0, 1000.0, 0), (101.0, 1020.0, 1), (float(np.float32(3e38)), 1e12, 3), (1.0, 0.0, 2)]
    assert t == [1.0, 1.02, 62.0, -3600.0]


def test_of_a_frame_only_the_block_nobody_can_place_is_lost(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    session.track(2, "voice")
    unknown = frames.encode_block(9, 0, [1.0, 2.0], [0.0, 0.0])
    misshapen = frames.encode_block(2, 5, [1.0], [[0.0] * 3])
    raw = b"".join([session.block(1, 7, 0).raw, unknown, session.block(2, 5, 0).raw, misshapen])
    writer.append(journal.RecordKind.SAMPLES, session.id, SampleRecord(0, 0.0, -5.0, 0.0, 0.001, 9.0, raw).encode())
    end = writer.sync().offset
    drained(writer.directory, database)
    stored = {(track, seq): rest for track, seq, *rest in stored_rows(database, session.id)}
    assert stored == {key: list(row) for key, row in session.rows.items()}
    assert stored_watermarks(database, session.id) == session.next_seq == {1: 7, 2: 5}
    with psycopg.connect(database) as connection:
        query = "SELECT byte_offset, size, reason FROM core.damage ORDER BY byte_offset"
        (at, size, first), (last, last_size, second) = connection.execute(query).fetchall()
    begin = end - len(raw)
    assert (at, size) == (begin + raw.index(unknown), len(unknown))
    assert (last, last_size) == (end - len(misshapen), len(misshapen))
    assert "track 9 is unknown" in first
    assert "1 rows of 3 columns are no block of voice" in second


def test_resent_rows_are_stored_once(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    for again in (0, 0, 7, 3, 14, 1):
        session.batch(1, 7, again=again)
    writer.sync()
    drained(writer.directory, database, limit=3)
    check(database, session)


def test_a_journal_read_again_stores_nothing_twice(database: str, writer: JournalWriter) -> None:
    """As after a lost position: the watermarks alone suffice."""
    session = Issued(writer)
    session.play()
    writer.sync()
    drained(writer.directory, database)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM core.drain")
    session.batch(1, 7)
    writer.sync()
    drained(writer.directory, database)
    check(database, session)


def test_a_database_that_ends_the_connection_in_mid_copy(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(30)
    writer.sync()

    def terminate(step: str) -> None:
        if step == "copied" and drain.records == 0 and not ended:
            ended.append(step)
            with psycopg.connect(database, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE application_name = 'talkdown drain' AND datname = current_database()"
                )

    ended: list[str] = []
    drain = Drain(writer.directory, database, at=terminate, limit=40)
    with pytest.raises(psycopg.OperationalError, match=r"terminat|closed"):
        drain.step()
    assert stored_rows(database, session.id) == []
    while drain.step():
        pass
    drain.close()
    check(database, session)


def test_a_database_that_is_away_is_waited_for(
    database: str, writer: JournalWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """The state is told in drain.json and once in the log, and storing goes on by itself."""
    session = Issued(writer)
    session.play(3)
    end = writer.sync()
    folder = writer.directory
    seen: list[status.DrainStatus] = []
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]

    def allow(connections: bool) -> None:
        with psycopg.connect(database, dbname="postgres", autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {connections}")

    def wait(seconds: float) -> bool:
        seen.append(status.stored(folder))
        if len(seen) == 3:
            allow(True)
        return len(seen) > 3 and status.wait_until_stored(folder, end, 0)

    allow(False)
    Drain(folder, database).run(wait)
    check(database, session)
    assert [report.state for report in seen[:3]] == ["behind"] * 3
    assert "not currently accepting connections" in str(seen[0].error)
    assert seen[-1].state == "storing"
    final = status.stored(folder)
    assert (final.state, final.position, final.error) == ("off", end, None)
    told = [record.getMessage().partition(f"journal {folder}: ")[2] for record in caplog.records]
    assert [line.partition(",")[0] for line in told] == ["not storing", "storing again"]


def test_a_drain_told_to_stop_stores_what_is_there_and_ends(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(3)
    end = writer.sync()
    command = [sys.executable, "-m", "telemetry.drain", "--journal", str(writer.directory)]
    environment = os.environ | {"TALKDOWN_DATABASE_URL": database}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        assert status.wait_until_stored(writer.directory, end, 30)
        session.batch(1, 7)
        session.close()
        writer.sync()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    check(database, session)
    assert status.stored(writer.directory).state == "off"


def test_a_drain_ends_with_its_parent(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(2)
    writer.sync()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        command = [sys.executable, "-m", "telemetry.drain", "--journal", str(writer.directory),
                   "--database-url", database, "--parent", str(parent.pid)]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            assert status.wait_until_stored(writer.directory, writer.synced, 30)
            parent.kill()
            assert process.wait(30) == 0
    check(database, session)


def test_once_stores_what_there_is_or_says_why_not(
    database: str, writer: JournalWriter, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    session = Issued(writer)
    session.play(2)
    writer.sync()
    arguments = ["--once", "--journal", str(writer.directory), "--database-url"]
    assert main([*arguments, "postgresql://127.0.0.1:1/none"]) == 1
    assert "is not stored" in caplog.text
    assert main([*arguments, database]) == 0
    check(database, session)


def test_a_second_drain_of_the_same_journal_is_refused(database: str, writer: JournalWriter) -> None:
    Issued(writer).play(1)
    writer.sync()
    first = Drain(writer.directory, database)
    first.step()
    with pytest.raises(DrainError, match="another drain stores it"):
        Drain(writer.directory, database).step()
    first.close()


@pytest.mark.parametrize("goes_on", [False, True])
def test_an_older_copy_put_back_is_refused_and_said(database: str, tmp_path: Path, goes_on: bool) -> None:
    """Also when its writer went on under the numbers of segments that are stored."""
    folder = tmp_path / "journal"
    writer = journal_in(folder)
    session = Issued(writer)
    session.play(30)
    writer.close()
    drained(folder, database)
    shutil.copytree(folder, tmp_path / "copy")
    session.writer = journal_in(folder)
    for _ in range(20):
        session.batch(1, 50)
        session.writer.sync()
    session.writer.close()
    drained(folder, database)
    shutil.rmtree(folder)
    (tmp_path / "copy").rename(folder)
    if goes_on:
        other = journal_in(folder)
        Issued(other).play(100)
        other.close()
    for _ in range(2):
        drain = Drain(folder, database)
        drain.run(lambda seconds: True)
        told = status.read(folder, now=lambda: time.time() + 60)
        assert "Was an older copy of it put back?" in str(told.error)
        assert told.position == Position(0, 0), "nobody may take what this copy holds for stored"
        assert told.behind_s > 50
    check(database, session)


@pytest.mark.parametrize("stored", [0, 40])
@pytest.mark.parametrize("goes_on", [False, True])
def test_a_journal_that_is_gone_is_counted_and_gone_on_with(
    database: str, tmp_path: Path, stored: int, goes_on: bool
) -> None:
    """All that is left of it is its writer's last word."""
    writer = journal_in(tmp_path)
    session = Issued(writer)
    session.play(20)
    writer.sync()
    promise = promised(tmp_path)
    assert promise is not None
    first = Drain(tmp_path, database, limit=stored or 1)
    if stored:
        first.step()
    before = one(database, "SELECT coalesce(max(written), 0) FROM core.drain")
    for number in numbers(tmp_path):
        path_of(tmp_path, number).unlink()
    writer.close()
    if goes_on:
        again = journal_in(tmp_path)
        other = Issued(again)
        other.play(1)
        again.close()
    first.step()
    first.close()
    drained(tmp_path, database)
    with psycopg.connect(database) as connection:
        sizes = connection.execute("SELECT size, reason FROM core.damage").fetchall()
    assert [(promise.written - size, "missing" in reason) for size, reason in sizes] == [(before, True)]
    assert status.stored(tmp_path).damage_bytes == promise.written - int(str(before))
    assert status.read(tmp_path, now=lambda: time.time() + 60).behind_s == 0
    if goes_on:
        rows = sorted((track, seq, *rest) for (track, seq), rest in other.rows.items())
        assert sorted(stored_rows(database, other.id)) == rows


def test_a_journal_of_another_version_is_refused_and_not_called_damaged(database: str, writer: JournalWriter) -> None:
    Issued(writer).play(1)
    writer.sync()
    path = path_of(writer.directory, 1)
    content = bytearray(path.read_bytes())
    content[8] = 1
    content[HEADER_BYTES - 4 : HEADER_BYTES] = zlib.crc32(content[: HEADER_BYTES - 4]).to_bytes(4, "little")
    path.write_bytes(content)
    for refuses in (
        lambda: Drain(writer.directory, database).step(),
        lambda: JournalWriter(shutil.copytree(writer.directory, writer.directory.with_name("copy"))),
        lambda: list(journal.read(writer.directory)),
    ):
        with pytest.raises(JournalError, match="has journal version 1, this software reads 2: another version of Talk"):
            refuses()


def test_segments_stay_while_a_session_in_them_is_open(database: str, writer: JournalWriter) -> None:
    early, late = Issued(writer, 1), Issued(writer, 2)
    early.play(1)
    for _ in range(60):
        early.batch(1, 7)
        writer.sync()
    late.play(1)
    early.close()
    writer.sync()
    before = numbers(writer.directory)
    assert len(before) > 1
    drained(writer.directory, database)
    held = one(database, "SELECT segment FROM core.session ORDER BY session_id DESC LIMIT 1")
    assert numbers(writer.directory) == [number for number in before if number >= int(str(held))]
    late.close()
    for _ in range(100):
        late.batch(1, 7)
        writer.sync()
    drained(writer.directory, database)
    assert numbers(writer.directory) == [writer.synced.segment]
    check(database, early, late)


def test_a_session_whose_opening_is_gone_with_its_segment_keeps_none(database: str, tmp_path: Path) -> None:
    writer = journal_in(tmp_path)
    lost = Issued(writer, 1)
    lost.play(3)
    writer.close()
    drained(tmp_path, database)
    for number in numbers(tmp_path):
        path_of(tmp_path, number).unlink()
    writer = journal_in(tmp_path)
    others = [Issued(writer, seed) for seed in range(2, 6)]
    for other in others:
        other.play(3)
        other.close()
        writer.sync()
    writer.close()
    drained(tmp_path, database)
    assert numbers(tmp_path) == [writer.synced.segment]
    check(database, lost, *others)


def test_a_damaged_tail_is_set_aside_though_the_next_header_is_damaged_too(database: str, tmp_path: Path) -> None:
    """Only that header would tell where the segment ends, and only its file has what is left of the tail."""
    writer = journal_in(tmp_path)
    for seed in range(4):
        session = Issued(writer, seed)
        session.play(3)
        session.close()
        session.event("signals", {"distance": 0.0}, t=103.0)
        writer.sync()
    writer.close()
    first, second, third = (path_of(tmp_path, number) for number in numbers(tmp_path)[:3])
    for path, at in ((first, first.stat().st_size - 1), (second, 20)):
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)
    drained(tmp_path, database)
    assert sorted(tmp_path.glob("*.damaged")) == [first.with_suffix(".damaged"), second.with_suffix(".damaged")]
    assert not third.exists()
    lost = second.with_suffix(".damaged").stat().st_size - HEADER_BYTES
    query = f"SELECT segment, size > {lost}, reason FROM core.damage WHERE session IS NULL"  # noqa: S608 - a number
    assert one(database, query) == (1, True, "the header of segment 2 is damaged")


def test_records_nobody_can_place_are_counted(database: str, writer: JournalWriter) -> None:
    lost, session = Issued(writer, 1), Issued(writer, 2)
    lost.open()
    lost.track(1, "voice")
    session.play(1)
    writer.sync()
    path = path_of(writer.directory, 1)
    content = bytearray(path.read_bytes())
    content[HEADER_BYTES + 50] ^= 1
    path.write_bytes(content)
    writer.append(journal.RecordKind.EVENT, session.id, b"no event at all")
    writer.append(journal.RecordKind.SAMPLES, session.id, b"\1\0\0\0")
    session.event("track_opened", {"track": 9, "stream": "gaze", "station": "s", "run": "r", "rate": 9})
    lost.batch(1, 5)
    session.batch(1, 7)
    writer.sync()
    drained(writer.directory, database, limit=4)
    assert {(t, s) for t, s, *_ in stored_rows(database, session.id)} == set(session.rows)
    with psycopg.connect(database) as connection:
        query = "SELECT reason FROM core.damage ORDER BY segment, byte_offset"
        reasons = [reason for (reason,) in connection.execute(query)]
    assert len(reasons) == 5
    assert reasons[0] == "the checksum does not hold"
    assert "is unknown: the record that opened it is lost" in reasons[1]
    assert "15 bytes are not an event" in reasons[2]
    assert "4 bytes hold 0 blocks" in reasons[3]
    assert "is unknown" in reasons[4]


def test_a_record_the_database_refuses_does_not_stop_the_others(database: str, writer: JournalWriter) -> None:
    """A writer with a fault of its own: jsonb takes no NUL."""
    session = Issued(writer)
    session.play(1)
    body = b'{"actor":"x","data":{"note":"\\u0000"},"ms":null,"seq":%d,"t":1.0,"type":"flag"}'
    poisoned = bytes(32) + body % len(session.events)
    writer.append(journal.RecordKind.EVENT, session.id, poisoned)
    session.batch(1, 7)
    writer.sync()
    drained(writer.directory, database)
    assert {(t, s) for t, s, *_ in stored_rows(database, session.id)} == set(session.rows)
    assert "NUL" in str(one(database, "SELECT reason FROM core.damage"))


def test_a_fault_of_our_own_costs_one_record(
    database: str, writer: JournalWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """No calendar reaches to the time of this event; nobody has thought of it."""
    session = Issued(writer)
    session.play(1)
    session.event("phase", {"phase": "running", "reason": "?"}, t=3e11)
    session.batch(1, 7)
    writer.sync()
    drained(writer.directory, database)
    assert {(t, s) for t, s, *_ in stored_rows(database, session.id)} == set(session.rows)
    assert "fault: " in str(one(database, "SELECT reason FROM core.damage"))
    assert "Traceback" in caplog.text


def test_an_edited_event_is_found_in_the_database(database: str, writer: JournalWriter) -> None:
    session = Issued(writer)
    session.play(2)
    writer.sync()
    drained(writer.directory, database)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE core.event SET data = jsonb_set(data, '{distance}', '9.0') WHERE seq = 7")
    stored = stored_events(database, session.id)
    assert stored[7][0].type == "signals"
    with pytest.raises(ChainError, match="event 7 does not follow"):
        verify_chain(chain + event.body() for event, chain in stored)


def test_the_wait_for_a_position_is_bounded(tmp_path: Path) -> None:
    clock = iter(range(10))
    pauses: list[float] = []
    waited = status.wait_until_stored(tmp_path, Position(1, 100), 3, clock=lambda: next(clock), sleep=pauses.append)
    assert not waited
    assert len(pauses) == 2


def test_a_drain_that_hangs_shows_as_behind(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path)
    assert status.read(tmp_path).state == "off"
    report = status.DrainStatus("storing", *writer.synced, 0.0, 1000.0, None, 1000.0)
    status.write(tmp_path, report)
    assert status.read(tmp_path, now=lambda: 1060.0) == report
    writer.append(journal.RecordKind.EVENT, Issued(writer).id, b"x")
    writer.sync()
    late = status.read(tmp_path, now=lambda: 1060.0)
    assert (late.state, late.behind_s) == ("behind", 60.0)
    (tmp_path / status.STATUS).write_text(json.dumps({"state": "x"}))
    assert status.read(tmp_path).state == "off"
    writer.close()


def test_a_server_that_has_recorded_nothing_yet_is_not_behind(database: str, writer: JournalWriter) -> None:
    """A segment's header is no record: an idle installation is sound, at its first start and at each later one."""
    folder = writer.directory
    drained(folder, database)
    assert (status.read(folder).state, status.read(folder).behind_s) == ("storing", 0.0)
    session = Issued(writer)
    session.play(2)
    session.close()
    writer.sync()
    assert status.read(folder).state == "storing"
    assert status.read(folder, now=lambda: time.time() + 60).state == "behind"
    writer.close()
    again = JournalWriter(folder)
    drained(folder, database)
    late = status.read(folder, now=lambda: time.time() + 60)
    assert (late.state, late.behind_s, late.position) == ("storing", 0.0, again.synced)
    again.close()
    check(database, session)


def test_a_drain_runs_beside_its_writer(database: str, writer: JournalWriter) -> None:
    """Appending, syncing and storing at once, over many segments."""
    sessions = [Issued(writer, seed) for seed in range(2)]
    stop = threading.Event()
    drain = Drain(writer.directory, database, limit=30)
    thread = threading.Thread(target=drain.run, args=(lambda seconds: stop.wait(0.001),))
    thread.start()
    for session in sessions:
        session.play(40)
        writer.sync()
        for _ in range(20):
            session.batch(1, 7)
            writer.sync()
        session.close()
    end = writer.sync()
    assert status.wait_until_stored(writer.directory, end, 30)
    stop.set()
    thread.join()
    check(database, *sessions)


def test_a_database_that_restarts_is_found_again(open_folder: Path, tmp_path: Path) -> None:
    """Stopped in the middle of a session, its rows still coming, and started again at the same place."""
    writer = JournalWriter(tmp_path)
    session = Issued(writer)
    session.play(3)
    writer.sync()
    with embedded.start(open_folder, progress=lambda line: None) as server:
        conninfo = server.uri
        migrate(conninfo)
        drain = Drain(tmp_path, conninfo)
        drain.step()
    session.batch(1, 7)
    writer.sync()
    with pytest.raises(psycopg.OperationalError, match=r"terminating|closed"):
        drain.step()
    with pytest.raises(psycopg.OperationalError, match="No such file or directory"):
        drain.step()
    session.batch(1, 7)
    writer.close()
    with embedded.start(open_folder, progress=lambda line: None) as server:
        assert server.uri == conninfo
        while drain.step():
            pass
        drain.close()
        check(conninfo, session)
