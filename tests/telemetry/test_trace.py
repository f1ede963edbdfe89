"""A session comes back as the arrays it was recorded from."""

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import hypothesis.strategies as st
import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from telemetry import grades, sessions, trace
from telemetry.drain import Drain
from telemetry.errors import UnknownAttempt, UnknownSession, UnknownStream
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


@pytest.mark.parametrize(
    ("name", "label", "told"),
    [
        ("head_poze", None, "no stream is called 'head_poze'; there are actor_pose, .*, head_pose, .*voice"),
        ("actor_pose", "nobody", "no track of actor_pose has the label 'nobody'; there are 'daniel', 'bystander'"),
        ("head_pose", "left", "head_pose has no labels, so none is 'left': leave it out"),
        ("voice", "left", "voice has no labels"),
        ("hand_pose", "third", "no track of hand_pose has the label 'third'; there are 'left', 'right'"),
    ],
)
def test_what_is_asked_for_by_a_wrong_name_is_told_what_there_is(name: str, label: str | None, told: str) -> None:
    tracks = (
        trace.Samples.empty(STREAMS["head_pose"], track=1),
        *(trace.Samples.empty(STREAMS["actor_pose"], label=label) for label in ("daniel", "bystander")),
    )
    whole = trace.Trace(None, (), tracks)  # type: ignore[arg-type]
    with pytest.raises(UnknownStream, match=told):
        whole.stream(name, label)


@pytest.mark.parametrize(
    ("name", "label"), [("voice", None), ("voice", ""), ("hand_pose", "right"), ("sensor", "heart_rate")]
)
def test_a_stream_that_was_not_recorded_has_no_rows(name: str, label: str | None) -> None:
    found = trace.Trace(None, (), ()).stream(name, label)  # type: ignore[arg-type]
    assert (len(found), found.stream.name, found.label) == (0, name, label or "")


def test_streams_are_found_by_name_and_label(database: str, issued: Issued) -> None:
    with psycopg.connect(database) as connection:
        found = trace.read(connection, issued.id)
    assert found.labels("actor_pose") == ("daniel", "bystander")
    assert len(found.stream("actor_pose", "bystander")) == 5
    both = found.stream("actor_pose")
    assert len(both) == 25
    assert (np.diff(both.t) >= 0).all()
    assert (both.label, both.station) == ("", "server")
    assert len(found.stream("actor_pose", "nobody", optional=True)) == 0
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


PLAN = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(0, 60), st.integers(0, 3)), min_size=1, max_size=12
)
"""Batches: of which track, how many rows, how many are lost before them, how many are sent again."""


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLAN, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40), st.data())
def test_whatever_was_stored_is_read(
    database: str, plan: list[tuple[int, ...]], label: str, data: st.DataObject
) -> None:
    """Over midnight, in chunks of two days, with losses, resends, long names, and tracks without rows."""
    with tempfile.TemporaryDirectory() as folder:
        writer = journal_in(Path(folder))
        session = Issued(writer, opened_at="2026-03-01T23:59:59.7+00:00")
        session.open()
        labels = {1: "", 2: "", 3: label * 200, 4: "d"}
        for track, stream in enumerate(("head_pose", "voice", "actor_pose", "proximity"), 1):
            session.track(track, stream, label=labels[track])
        lost: dict[int, int] = {}
        for track, rows, missing, again in plan:
            session.next_seq[track] += missing
            lost[track] = lost.get(track, 0) + missing
            session.batch(track, rows, again=0 if missing else min(again, _unbroken(session, track)))
        writer.close()
        store(Path(folder), database)
    found = trace.read(database, session.id)
    assert [track.label for track in found.tracks] == list(labels.values())
    for samples in found.tracks:
        expected = sorted((seq, row) for (track, seq), row in session.rows.items() if track == samples.track)
        assert samples.seq.tolist() == [seq for seq, _ in expected]
        assert samples.client_ms.tolist() == [ms for _, (ms, _) in expected]
        values = np.stack([samples[name] for name in samples.stream.names], axis=1)
        assert values.tolist() == [list(row) for _, (_, row) in expected]
        assert {gap.cause for gap in samples.gaps} <= {"lost"}
        assert sum(gap.missing for gap in samples.gaps) == lost.get(samples.track, 0)
        at = data.draw(st.floats(-1.0, 5.0))
        parts = samples.between(-math.inf, at), samples.between(at, math.inf)
        assert sum(gap.missing for part in parts for gap in part.gaps) == lost.get(samples.track, 0)
        assert [*parts[0].seq, *parts[1].seq] == [*samples.seq]


def _unbroken(session: Issued, track: int) -> int:
    """How many of the newest rows follow one another: a batch that is sent again holds no others."""
    count = 0
    while (track, session.next_seq[track] - count - 1) in session.rows:
        count += 1
    return count


def test_an_attempt_is_what_the_research_view_says(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path)
    session = Issued(writer)
    session.open()
    for track, stream in enumerate(("head_pose", "voice"), 1):
        session.track(track, stream)
        session.batch(track, 400)
    running: dict[str, object] = {"phase": "running", "reason": "begin"}
    session.event("phase", running, t=1.0005, ms=0)
    begun: dict[str, object] = {"checkpoint": 1, "of": 1, "seq": 4, "t": 1.5, "why": "start", "label": ""}
    session.event("attempt", begun | {"attempt": 2}, t=2.0005, ms=0)
    session.event("phase", running, t=2.5005, ms=0)
    session.event("attempt", begun | {"attempt": 3}, t=3.0005, ms=0)
    session.event("phase", running, t=3.2505, ms=0)
    session.event("phase", {"phase": "debrief", "reason": "end"}, t=4.0005)
    writer.close()
    store(tmp_path, database)
    with psycopg.connect(database) as connection:
        for number in (1, 2, 3):
            found = trace.read(connection, session.id, number)
            rows = connection.execute(
                "SELECT 1, d.seq FROM research.head_pose d JOIN research.attempts a USING (session)"
                " WHERE a.attempt = %(n)s AND d.t >= a.began_t AND d.t < a.left_t UNION ALL"
                " SELECT 2, d.seq FROM research.voice d JOIN research.attempts a USING (session)"
                " WHERE a.attempt = %(n)s AND d.t >= a.began_t AND d.t < a.left_t ORDER BY 1, 2",
                {"n": number},
            ).fetchall()
            assert rows == [(track.track, seq) for track in found.tracks for seq in track.seq.tolist()]
            assert rows
            assert [event.data["phase"] for event in found.events_of("phase")][:1] == ["running"]
        with pytest.raises(UnknownAttempt, match="no attempt 4; there is 1, 2, 3"):
            trace.read(connection, session.id, 4)
    writer = journal_in(tmp_path / "idle")
    idle = Issued(writer)
    idle.open()
    idle.track(1, "voice")
    idle.batch(1, 5)
    writer.close()
    store(tmp_path / "idle", database)
    assert [len(track) for track in trace.read(database, idle.id, 1).tracks] == [0]


def test_each_gap_has_its_cause(tmp_path: Path, database: str) -> None:
    """Declared, pruned and lost rows of one track; what was lost at its very end is missed too."""
    writer = journal_in(tmp_path)
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    session.batch(1, 216)
    writer.close()
    store(tmp_path, database)
    with psycopg.connect(database) as connection:
        found = [connection.execute(f"DELETE FROM core.head_pose WHERE {rows}").rowcount  # noqa: S608 - these
                 for rows in ("seq < 36", "seq BETWEEN 72 AND 107", "seq >= 200")]  # fmt: skip
        assert found == [36, 36, 16]
        connection.execute(
            "INSERT INTO core.gap SELECT session_id, 1, 80, 10, 80 / 72.0, 89 / 72.0, 0, 0, 'buffer_full'"
            " FROM core.session"
        )
        connection.execute(
            "INSERT INTO core.pruned SELECT session_id, 'head_pose', opened_at + '0.5 s' FROM core.session"
        )
        connection.commit()
        (track,) = trace.read(connection, session.id).tracks
    assert [(gap.cause, gap.missing, gap.reason) for gap in track.gaps] == [
        ("pruned", 36, ""), ("lost", 8, ""), ("declared", 10, "buffer_full"), ("lost", 18, ""), ("lost", 16, ""),
    ]  # fmt: skip
    edges = [(gap.t_start * 72, gap.t_end * 72) for gap in track.gaps]
    assert edges == [pytest.approx(each, abs=1e-3) for each in (
        (0, 36), (71, 80), (80, 89), (89, 108), (199, 215),
    )]  # fmt: skip


def test_a_pause_in_which_a_clock_epoch_began_was_a_sleep(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path)
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    for _ in range(4):
        session.batch(1, 72)
    writer.close()
    store(tmp_path, database)
    with psycopg.connect(database) as connection:
        for first in (72, 216):
            connection.execute("UPDATE core.head_pose SET at = at + interval '1 min' WHERE seq >= %s", [first])
        connection.execute("UPDATE core.clock SET epoch = 1 WHERE seq >= 216")
        connection.commit()
        (track,) = trace.read(connection, session.id).tracks
    assert [(gap.cause, gap.missing) for gap in track.gaps] == [("silent", 0), ("asleep", 0)]
    assert [gap.seconds for gap in track.gaps] == pytest.approx([60 + 1 / 72] * 2, abs=1e-5)
    assert track.clock is not None
    assert track.clock.epoch.tolist() == [0, 0, 0, 1]


def test_damage_is_told_to_whom_it_belongs(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path, segment_bytes=700)
    first, second = Issued(writer), Issued(writer, opened_at="2026-03-01T12:00:00+00:00")
    for session in (first, second):
        session.open()
        session.close()
    writer.close()
    store(tmp_path, database)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO core.damage (journal, segment, byte_offset, size, session, reason)"
            " SELECT journal, segment, 1, 50, session, 'fault' FROM core.session WHERE session = %(first)s UNION ALL"
            " SELECT journal, segment, 2, 70, NULL, 'checksum' FROM core.session WHERE session = %(second)s UNION ALL"
            " SELECT journal, segment + 90, 3, 9, NULL, 'checksum' FROM core.session WHERE session = %(second)s",
            {"first": first.id, "second": second.id},
        )
        connection.commit()
        damage = [trace.read(connection, session.id).damage for session in (first, second)]
    assert damage == [trace.Damage(1, 50, 1, 70), trace.Damage(0, 0, 2, 79)]


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


def test_tracks_as_one_are_silent_where_none_has_rows_and_no_gap_says_why() -> None:
    stream = STREAMS["head_pose"]

    def run(t: list[float], *gaps: trace.Gap) -> trace.Samples:
        empty = trace.Samples.empty(stream)
        columns = {name: np.zeros(len(t), np.float32) for name in stream.names}
        return replace(empty, t=np.array(t), seq=np.arange(len(t)), client_ms=np.array(t), columns=columns,
                       flags=np.zeros(len(t), np.int16), gaps=gaps)  # fmt: skip

    lost, short = trace.Gap(1.0, 4.0, 9, "lost"), trace.Gap(5.0, 5.5, 1, "lost")
    asleep, silent = trace.Gap(7.0, 9.0, 0, "asleep"), trace.Gap(4.0, 9.0, 0, "silent")
    tracks = run([0.0, 1.0, 4.0], lost), run([4.2, 5.0, 7.0, 9.0, 12.0], short, asleep), run([4.0, 9.0], silent)
    whole = trace.Trace(None, (), tracks).stream("head_pose")  # type: ignore[arg-type]
    assert [(gap.t_start, gap.t_end, gap.cause) for gap in whole.gaps] == [
        (0.0, 1.0, "silent"), (1.0, 4.0, "lost"), (4.2, 5.0, "silent"), (5.0, 5.5, "lost"), (5.0, 7.0, "silent"),
        (7.0, 9.0, "asleep"), (9.0, 12.0, "silent"),
    ]  # fmt: skip
