"""Only raw rows go that are old, closed and graded, whichever tables hold them; and it is noted."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from telemetry import grades, policies, trace
from telemetry.drain import Drain
from telemetry.errors import PruneError
from telemetry.migrate import available, migrate
from telemetry.policies import NOTHING, Hypertable, Offer, offered, statements
from telemetry.prune import RAW, Pruned, prune
from telemetry.timescale import Features

from .oracle import Issued, journal_in, stored_events, stored_rows

NOW = datetime(2026, 7, 1, tzinfo=UTC)
OLD, RECENT = "2026-03-01T09:30:00+00:00", "2026-06-20T09:30:00+00:00"
TRACKS = {1: "head_pose", 2: "voice"}


@pytest.fixture
def plain(database_server: str, tmp_path: Path) -> Iterator[str]:
    """A migrated database whose tables are PostgreSQL's own."""
    for migration in available():
        text = b"SELECT 1;" if migration.version == 1 else migration.sql
        (tmp_path / migration.name).write_bytes(text)
    name = f"talkdown_plain_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(database_server, autocommit=True) as connection:
        # template0 has no extension, whatever an administrator has put into the usual template.
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        conninfo = make_conninfo(database_server, dbname=name)
        migrate(conninfo, directory=tmp_path)
        yield conninfo
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def grade(conninfo: str, session: Issued) -> None:
    report = {
        "session": {"attempt": 1}, "grade": {"status": "graded", "total": 70.0, "low": 60.0, "high": 80.0},
        "profile": {"name": "formative", "sha256": "ab"}, "software": "0", "components": [],
    }  # fmt: skip
    with psycopg.connect(conninfo) as connection:
        grades.write(connection, session.id, report)


def recorded(folder: Path, conninfo: str, opened_at: str, *, seed: int, closed: bool = True) -> Issued:
    """A stored session."""
    writer = journal_in(folder)
    session = Issued(writer, seed, opened_at)
    session.play(3)
    if closed:
        session.close()
    writer.close()
    drain = Drain(folder, conninfo)
    while drain.step():
        pass
    drain.close()
    return session


def pruned(conninfo: str, *, dry_run: bool = False, **days: int) -> dict[str, Pruned]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return {one.stream: one for one in prune(connection, days, now=NOW, dry_run=dry_run)}


def tracks_left(conninfo: str, session: Issued) -> set[int]:
    return {track for track, *_ in stored_rows(conninfo, session.id)}


@pytest.mark.parametrize("kind", ["database", "plain"])
def test_only_what_is_old_closed_and_graded_goes(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    conninfo = request.getfixturevalue(kind)
    # The first ends two days before the others begin: its chunk is nobody else's.
    first = recorded(tmp_path / "1", conninfo, "2026-02-20T09:30:00+00:00", seed=1)
    old, ungraded, unclosed, recent = (
        recorded(tmp_path / str(seed), conninfo, opened_at, seed=seed, closed=closed)
        for seed, opened_at, closed in ((2, OLD, True), (3, OLD, True), (4, OLD, False), (5, RECENT, True))
    )
    for session in (first, old, recent):
        grade(conninfo, session)
    all_tracks = set(TRACKS) | {3, 4, 5}
    going = [track for session in (first, old) for track, _ in session.rows]
    expected = {name: going.count(number) for number, name in TRACKS.items()}

    tried = pruned(conninfo, dry_run=True, head_pose=90, voice=90)
    assert {name: one.rows for name, one in tried.items()} == expected
    assert tracks_left(conninfo, old) == all_tracks

    done = pruned(conninfo, head_pose=90, voice=90)
    assert done == tried
    for one in done.values():
        assert (one.sessions, one.chunks) == (2, 1 if kind == "database" else 0)
        assert set(one.kept) == {ungraded.id, unclosed.id}
    assert tracks_left(conninfo, first) == tracks_left(conninfo, old) == {3, 4, 5}
    for session in (ungraded, unclosed, recent):
        assert tracks_left(conninfo, session) == all_tracks
    for session in (first, old, ungraded, unclosed, recent):
        assert [event for event, _ in stored_events(conninfo, session.id)] == session.events
    with psycopg.connect(conninfo) as connection:
        assert grades.read(connection, old.id) is not None
        noted = connection.execute(
            "SELECT stream, before, session FROM core.pruned JOIN core.session USING (session_id) ORDER BY 1, opened_at"
        ).fetchall()
    assert noted == [
        (name, NOW - timedelta(days=90), session.id) for name in ("head_pose", "voice") for session in (first, old)
    ]
    assert len(trace.read(conninfo, old.id).stream("head_pose")) == 0

    again = pruned(conninfo, head_pose=90, voice=90)
    assert {one.rows for one in again.values()} == {0}


def test_a_loss_of_a_session_that_stays_is_still_a_loss(tmp_path: Path, database: str) -> None:
    graded, kept = (recorded(tmp_path / str(seed), database, OLD, seed=seed) for seed in (1, 2))
    grade(database, graded)
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM core.head_pose WHERE seq BETWEEN 1 AND 3")
    assert pruned(database, head_pose=90)["head_pose"].kept == (kept.id,)
    assert [gap.cause for gap in trace.read(database, kept.id).stream("head_pose").gaps] == ["lost"]
    assert [gap.cause for gap in trace.read(database, graded.id).stream("head_pose").gaps] == ["pruned"]


def test_nothing_is_removed_before_it_can_be_graded_nor_of_what_there_is_not(database: str) -> None:
    with pytest.raises(PruneError, match="no stream 'motion'; known: head_pose"):
        pruned(database, motion=90)
    with pytest.raises(PruneError, match="voice is to be kept 0 days; at least 1"):
        pruned(database, voice=0)


def test_what_identifies_a_person_is_raw() -> None:
    assert {"head_pose", "voice"} <= set(RAW)
    assert not {"actor_pose", "person_state", "proximity"} & set(RAW)


# --- policies --------------------------------------------------------------------------------------------------------

FUNCTIONS = {"add_columnstore_policy", "add_compression_policy", "add_retention_policy"}
TABLES = [Hypertable("event", False, False), Hypertable("voice", True, False), Hypertable("clock", True, True)]


@pytest.mark.parametrize(
    ("version", "license", "functions", "expected"),
    [
        (None, None, FUNCTIONS, NOTHING),
        ("2.19.3", "apache", FUNCTIONS, NOTHING),
        ("2.19.3", None, FUNCTIONS, NOTHING),
        ("2.31.0", "timescale", FUNCTIONS, Offer("columnstore", True)),
        ("2.14.2", "timescale", FUNCTIONS - {"add_columnstore_policy"}, Offer("compression", True)),
        ("2.31.0", "timescale", set(), NOTHING),
    ],
)
def test_what_is_offered_follows_the_license_and_the_functions(
    version: str | None, license: str | None, functions: set[str], expected: Offer
) -> None:
    assert offered(Features("16.14", version, license), functions) == expected


def test_an_apache_server_is_left_alone_though_the_functions_exist(database: str, plain: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_proc WHERE proname = ANY(%s)"
        assert connection.execute(query, [list(FUNCTIONS)]).fetchone() != (0,), "else this shows nothing"
        assert policies.apply(connection, keep_days={"voice": 90}) == NOTHING
        assert "event" in {table.name for table in policies.hypertables(connection)}
    with psycopg.connect(plain, autocommit=True) as connection:
        assert policies.apply(connection, keep_days={"voice": 90}) == NOTHING


def test_statements_of_the_newer_interface() -> None:
    told = list(statements(Offer("columnstore", True), TABLES, columnstore_after_days=7, keep_days={"voice": 90}))
    assert [table for table, _ in told] == ["event", "event", "voice", "voice", "voice", "voice", "clock"]
    assert told[0][1].endswith("timescaledb.segmentby = 'session_id', timescaledb.orderby = 'at, seq')")
    assert "timescaledb.segmentby = 'session_id, track'" in told[2][1]
    assert told[3][1] == (
        "CALL add_columnstore_policy('core.voice', after => INTERVAL '7 days', if_not_exists => true)"
    )
    assert told[5][1] == "SELECT add_retention_policy('core.voice', drop_after => INTERVAL '90 days')"


def test_statements_of_the_older_interface_and_nothing_unasked() -> None:
    told = [one for _, one in statements(Offer("compression", True), TABLES, columnstore_after_days=9, keep_days={})]
    assert "timescaledb.compress_segmentby = 'session_id, track'" in told[2]
    assert told[3].startswith("SELECT add_compression_policy('core.voice', compress_after => INTERVAL '9 days'")
    assert not [one for one in told if "retention" in one]
    assert list(statements(NOTHING, TABLES, columnstore_after_days=7, keep_days={"voice": 1})) == []


def test_a_policy_that_cannot_be_set_is_no_reason_not_to_record(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As if the license were another: the Apache edition's functions refuse."""
    monkeypatch.setattr(policies, "offer", lambda _: Offer("columnstore", True))
    assert migrate(database, keep_days={"voice": 90}) == len(available())
    assert "no policy is set for core.voice" in caplog.text
