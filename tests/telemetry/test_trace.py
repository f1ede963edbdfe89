"""A session comes back as the arrays it was recorded from."""

from pathlib import Path
from uuid import uuid4

import numpy as np
import psycopg
import pytest

from telemetry import grades, quality, sessions, trace
from telemetry.drain import Drain
from telemetry.errors import UnknownSession
from telemetry.journal import JournalWriter
from telemetry.streams import STREAMS

from .oracle import OPENED_AT, Issued, journal_in

REPORT: dict[str, object] = {
    "session": {"id": "x", "attempt": 1, "duration_s": 100.0},
    "profile": {"name": "formative", "version": 1, "sha256": "cd" * 32},
    "software": "0.1.0",
    "grade": {"status": "graded", "total": 71.5, "low": 60.0, "high": 80.0, "reason": None},
    "components": [
        {"id": "distance", "measures": [
            {"id": "kept", "value": 0.8, "unit": "1", "status": "ok", "reason": None, "score": 70.0,
             "weight": 0.6, "coverage": 0.95, "n": 4000, "low": 60.0, "high": 75.0,
             "evidence": [{"t_start": 3.0}]},
            {"id": "voice", "value": None, "unit": "LU", "status": "missing", "reason": "no microphone"},
        ]},
    ],
}  # fmt: skip


@pytest.fixture
def issued(database: str, tmp_path: Path) -> Issued:
    """A played session, stored."""
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.play(10)
    session.track(6, "actor_pose", label="bystander")
    session.batch(6, 5)
    session.track(7, "head_pose")
    session.track(8, "voice")
    session.close()
    writer.close()
    store(tmp_path / "journal", database)
    return session


def store(directory: Path, conninfo: str) -> None:
    drain = Drain(directory, conninfo)
    while drain.step():
        pass
    drain.close()


def test_arrays_are_what_was_issued(database: str, issued: Issued) -> None:
    found = trace.read(database, issued.id)
    assert found.session.id == issued.id
    assert found.session.opened_at.isoformat() == OPENED_AT
    assert (found.session.seed, found.session.phase, found.session.modality) == (7, "closed", None)
    assert [track.track for track in found.tracks] == [1, 2, 3, 4, 5, 6, 7, 8]
    count = 0
    for samples in found.tracks:
        expected = [(seq, row) for (track, seq), row in issued.rows.items() if track == samples.track]
        assert samples.seq.tolist() == [seq for seq, _ in expected]
        assert samples.client_ms.tolist() == [ms for _, (ms, _) in expected]
        np.testing.assert_allclose(samples.t, samples.client_ms / 1e3 - 5.0, atol=1e-6)
        values = np.stack([samples[name] for name in samples.stream.names], axis=1)
        assert values.tolist() == [list(row) for _, (_, row) in expected]
        assert samples.flags is not None
        assert len(samples.flags) == len(samples) == len(samples.t)
        count += len(samples)
    assert count == len(issued.rows)
    assert [(e.seq, e.t, e.ms, e.type, e.data) for e in found.events] == [
        (e.seq, e.t, e.ms, e.type, e.data) for e in issued.events
    ]
    assert [e.data["phase"] for e in found.events_of("phase")] == ["running", "debrief", "closed"]


def test_streams_are_found_by_name_and_label(database: str, issued: Issued) -> None:
    with psycopg.connect(database) as connection:
        found = trace.read(connection, issued.id)
    assert found.labels("actor_pose") == ("daniel", "bystander")
    assert len(found.stream("actor_pose", "bystander")) == 5
    both = found.stream("actor_pose")
    assert len(both) == 25
    assert (np.diff(both.t) >= 0).all()
    assert (both.label, both.station) == ("", "server")
    assert len(found.stream("actor_pose", "nobody")) == 0
    assert len(found.stream("head_pose")) == 70
    assert found.stream("head_pose").bound_s == 0.001
    assert found.stream("proximity").bound_s == 0.0
    assert np.isnan(found.tracks[-1].bound_s)


def test_two_runs_of_a_station_are_joined_in_order_of_time(tmp_path: Path, database: str) -> None:
    writer = JournalWriter(tmp_path)
    session = Issued(writer)
    session.open()
    session.track(1, "voice")
    session.track(2, "voice")
    for _ in range(3):
        session.batch(1, 5)
        session.batch(2, 5)
    writer.close()
    store(tmp_path, database)
    joined = trace.read(database, session.id).stream("voice")
    assert joined.track == 0
    assert len(joined) == 30
    assert (np.diff(joined.t) >= 0).all()
    assert joined.seq[:4].tolist() == [0, 0, 1, 1]


def test_an_unknown_session_is_told(database: str) -> None:
    with pytest.raises(UnknownSession, match="is it still being stored"):
        trace.read(database, uuid4())


def test_rows_far_from_the_session_s_day_are_found(tmp_path: Path, database: str) -> None:
    """Chunks are left out by the session's calendar; a session open for days must not lose any."""
    writer = JournalWriter(tmp_path)
    session = Issued(writer, opened_at="2026-03-01T23:59:59.9+00:00")
    session.open()
    session.track(1, "voice")
    session.batch(1, 100)
    session.event("flag", {"note": "three days later"}, t=3 * 86400.0)
    writer.close()
    store(tmp_path, database)
    found = trace.read(database, session.id)
    assert len(found.stream("voice")) == 100
    assert found.events[-1].t == 3 * 86400.0
    with psycopg.connect(database) as connection:
        chunks = connection.execute("SELECT count(*) FROM show_chunks('core.voice')").fetchone()
    assert chunks == (2,)


def test_quality_counts_what_is_missing(tmp_path: Path, database: str) -> None:
    writer = JournalWriter(tmp_path)
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    for i in range(6):
        if i == 3:
            for seq in range(session.next_seq[1], session.next_seq[1] + 36):
                session.rows[1, seq] = (0.0, ())
            session.next_seq[1] += 36
        session.batch(1, 36)
    writer.close()
    store(tmp_path, database)
    (track,) = quality.of(trace.read(database, session.id))
    assert (track.rows, track.missing, track.implausible) == (216, 36, 0)
    assert track.achieved_rate == pytest.approx(215 / (251 / 72))
    (gap,) = track.gaps
    assert gap.missing == 36
    assert gap.t_end - gap.t_start == pytest.approx(37 / 72, abs=1e-5)
    assert track.clock_bound_s == 0.001
    assert track.to_json()["gaps"]


def test_quality_of_an_empty_track_is_not_observed(database: str, issued: Issued) -> None:
    empty = quality.of(trace.read(database, issued.id))[-1]
    assert (empty.stream, empty.rows, empty.missing, empty.gaps) == ("voice", 0, 0, ())
    assert {empty.achieved_rate, empty.t_start, empty.clock_bound_s, empty.clipped} == {None}


def test_a_grade_is_stored_read_and_replaced(database: str, issued: Issued) -> None:
    with psycopg.connect(database) as connection:
        assert grades.read(connection, issued.id) is None
        grades.write(connection, issued.id, REPORT)
        grades.write(connection, issued.id, REPORT | {"grade": {"status": "graded", "total": 70.0, "low": 1.0,
                                                                "high": 99.0}})  # fmt: skip
        grades.write(connection, issued.id, REPORT | {"software": "0.2.0"})
        connection.commit()
        newest = grades.read(connection, issued.id, profile_sha256="cd" * 32)
        assert newest == REPORT | {"software": "0.2.0"}
        assert grades.read(connection, issued.id, profile_sha256="00") is None
        rows = connection.execute("SELECT software, total FROM research.grades ORDER BY software").fetchall()
        assert rows == [("0.1.0", 70.0), ("0.2.0", 71.5)]
        measures = connection.execute(
            "SELECT component, measure, value, status, reason, score, n, evidence FROM research.measures"
            " WHERE software = '0.2.0' ORDER BY measure"
        ).fetchall()
        assert measures == [
            ("distance", "kept", 0.8, "ok", None, 70.0, 4000, [{"t_start": 3.0}]),
            ("distance", "voice", None, "missing", "no microphone", None, None, []),
        ]
        with pytest.raises(UnknownSession, match="is it still being stored"):
            grades.write(connection, uuid4(), REPORT)


def test_sessions_are_listed_newest_first(database: str, tmp_path: Path, issued: Issued) -> None:
    writer = JournalWriter(tmp_path / "later")
    later = Issued(writer, opened_at="2026-03-02T08:00:00+00:00")
    later.open()
    writer.close()
    store(tmp_path / "later", database)
    with psycopg.connect(database) as connection:
        grades.write(connection, issued.id, REPORT)
        first, second = sessions.list_sessions(connection)
        assert (first.id, first.phase, first.total) == (later.id, "lobby", None)
        assert (second.id, second.phase, second.total) == (issued.id, "closed", 71.5)
        assert sessions.list_sessions(connection, limit=1, offset=1) == [second]
        assert sessions.find(connection, issued.id) == second
        assert sessions.find(connection, uuid4()) is None


def test_every_stream_has_an_empty_form() -> None:
    for stream in STREAMS.values():
        empty = trace.Samples.empty(stream, label="x")
        assert len(empty) == 0
        assert [empty[name].dtype for name in stream.names] == [np.float32] * len(stream.names)
