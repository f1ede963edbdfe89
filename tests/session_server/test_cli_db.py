"""``talkdown db``: what it tells and when it fails, with and without a database."""

import json
import tempfile
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from session_server.cli import app
from telemetry import embedded
from telemetry.drain import Drain
from telemetry.journal import JournalWriter
from telemetry.migrate import available, migrate
from telemetry.promise import SYNCED
from telemetry.segments import HEADER_BYTES, path_of
from telemetry.status import stored, write
from tests.telemetry.oracle import Issued, journal_in
from tests.telemetry.proxy import mute

runner = CliRunner()


def db(*arguments: str, data: Path, url: str | None = None) -> Result:
    told = ["--database-url", url] if url else []
    return runner.invoke(app, ["db", *arguments, "--data", str(data), *told], env={"COLUMNS": "200"})


def status(data: Path, url: str | None = None) -> tuple[int, dict[str, Any]]:
    done = db("status", "--format", "json", data=data, url=url)
    return done.exit_code, json.loads(done.stdout)


def drained(folder: Path, url: str) -> None:
    drain = Drain(folder, url)
    while drain.step():
        pass
    drain.close()


def test_before_anything_was_recorded_nothing_is_wrong(tmp_path: Path) -> None:
    code, found = status(tmp_path)
    assert (code, found["database"], found["problems"]) == (0, None, [])
    assert found["journal"]["segments"] == 0
    assert not (tmp_path / "postgresql-16").exists(), "looking makes no database"


@pytest.mark.parametrize("what", ["another version", "an unreadable last word"])
def test_a_journal_that_cannot_be_read_is_a_problem_and_the_rest_is_told(
    tmp_path: Path, database: str, what: str
) -> None:
    folder = tmp_path / "journal"
    writer = JournalWriter(folder)
    Issued(writer).play(3)
    end = writer.sync()
    writer.close()
    drained(folder, database)
    code, found = status(tmp_path, database)
    assert (code, found["journal"]["fault"]) == (0, None)
    if what == "another version":
        path = path_of(folder, 1)
        content = bytearray(path.read_bytes())
        content[8] = 1
        content[HEADER_BYTES - 4 : HEADER_BYTES] = zlib.crc32(content[: HEADER_BYTES - 4]).to_bytes(4, "little")
        path.write_bytes(content)
    else:
        (folder / SYNCED).write_bytes(bytes((folder / SYNCED).stat().st_size))
    code, found = status(tmp_path, database)
    assert (code, found["problems"]) == (1, [found["journal"]["fault"]])
    assert ("has journal version 1" if what == "another version" else "synced is damaged") in found["problems"][0]
    assert (found["journal"]["segments"], found["journal"]["bytes"]) == (1, end.offset)
    assert (found["journal"]["backlog_bytes"], found["database"]["sessions"]) == (0, 1)
    told = db("status", data=tmp_path, url=database)
    assert (told.exit_code, told.exception.__class__) == (1, SystemExit)
    assert f"Problem     {found['problems'][0]}" in told.output


def test_the_way_from_journal_to_database_is_told(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.play(30)
    end = writer.sync()
    code, found = status(tmp_path, database)
    sizes = [path.stat().st_size for path in (tmp_path / "journal").glob("*.journal")]
    assert found["journal"]["synced"] == list(end)
    assert found["journal"]["bytes"] == found["journal"]["backlog_bytes"] == sum(sizes)
    assert found["database"]["sessions"] == 0
    waiting = f"{sum(sizes):,} bytes of the journal are not in the database, and no drain copies them"
    assert (code, found["problems"]) == (1, [f"{waiting} (none has ever run): start the server"])

    drained(writer.directory, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ANALYZE core.head_pose")
    code, found = status(tmp_path, database)
    assert (code, found["problems"]) == (0, [])
    assert found["journal"]["backlog_bytes"] == 0
    assert found["database"]["stored"] == [[str(writer.journal), list(end)]]
    assert (found["database"]["sessions"], found["database"]["open_sessions"]) == (1, 1)
    tables = {table["name"]: table for table in found["database"]["tables"]}
    assert {"event", "head_pose", "voice", "clock"} <= set(tables)
    assert tables["head_pose"]["rows"] == 210
    assert tables["head_pose"]["chunks"] == 1
    assert found["address"] is None, "one that was given may hold a password"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")
    forgotten = {table["name"]: table["rows"] for table in status(tmp_path, database)[1]["database"]["tables"]}
    assert (forgotten["head_pose"], forgotten["voice"], forgotten["hand_pose"]) == (210, None, 0)
    writer.close()

    text = db("status", data=tmp_path, url=database)
    assert text.exit_code == 0
    assert "with TimescaleDB" in text.stdout
    assert "Policies    none (they need TimescaleDB under its community license)" in text.stdout
    assert f"segment {end.segment}, byte {end.offset}" in text.stdout


def test_a_drain_that_is_not_alive_is_told_as_soon_as_something_waits(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.play(2)
    writer.sync()
    drained(writer.directory, database)
    at = 1_700_000_000.0
    heard = replace(stored(writer.directory), at=at)
    for state in ("storing", "behind", "off"):
        write(writer.directory, replace(heard, state=state))
        assert status(tmp_path, database)[0] == 0, "nothing waits, so nobody has to copy it"
    session.batch(1, 7)
    writer.sync()
    for state in ("storing", "behind", "off"):
        write(writer.directory, replace(heard, state=state))  # type: ignore[arg-type]
        code, found = status(tmp_path, database)
        assert code == 1
        assert "no drain copies them (last heard of at 2023-11-14 22:13:20 UTC)" in found["problems"][0]
        text = db("status", data=tmp_path, url=database).stdout
        assert "Drain       not running (last heard of at 2023-11-14 22:13:20 UTC)" in text
    # One that lives may take its minute.
    write(writer.directory, replace(heard, at=time.time(), stored_until=time.time() - 30))
    assert status(tmp_path, database)[0] == 0
    assert "Drain       behind, 30 s behind" in db("status", data=tmp_path, url=database).stdout
    write(writer.directory, replace(heard, at=time.time(), stored_until=time.time() - 90, error="asleep"))
    assert "90 s behind: asleep" in str(status(tmp_path, database)[1]["problems"])
    writer.close()


def test_a_server_that_has_just_started_is_in_order(tmp_path: Path, database: str) -> None:
    """Its segment is new, and its drain has said nothing yet."""
    for _ in range(2):
        writer = journal_in(tmp_path / "journal")
        Issued(writer).play(2)
        writer.close()
        drained(writer.directory, database)
        writer = JournalWriter(tmp_path / "journal")
        write(writer.directory, replace(stored(writer.directory), state="off"))
        assert status(tmp_path, database)[:1] == (0,)
        writer.close()


def test_looking_starts_no_database(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="talkdown-test-") as name:
        data = Path(name).resolve()
        data.chmod(0o711)
        with embedded.start(data, timescale=False, progress=lambda line: None) as server:
            migrate(server.uri)
            code, found = status(data)
            assert (code, found["address"]) == (0, server.uri)
            assert found["database"]["sessions"] == 0
        code, found = status(data)
        assert (code, found["database"], found["address"]) == (0, None, None)
        assert "Database    does not run; a server starts it" in db("status", data=data).stdout
        assert not server.pids()


def test_a_loss_is_told_to_the_byte_and_fails_while_it_is_news(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path / "journal", segment_bytes=1 << 20)
    session = Issued(writer)
    session.play(2)
    before = writer.sync()
    session.batch(1, 7)
    after = writer.sync()
    session.batch(2, 5)
    writer.sync()
    writer.close()
    with path_of(writer.directory, 1).open("r+b") as file:
        file.seek(before.offset + 30)
        file.write(b"\xff\xff\xff\xff")
    drained(writer.directory, database)
    size = after.offset - before.offset
    code, found = status(tmp_path, database)
    assert code == 1
    assert (found["database"]["damage_places"], found["database"]["damage_bytes"]) == (1, size)
    assert f"1 places of the journal, {size} bytes in all" in str(found["problems"])
    assert found["journal"]["drain"]["damage_bytes"] == size
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE core.damage SET noticed_at = noticed_at - INTERVAL '8 days'")
    assert status(tmp_path, database)[0] == 0


def test_a_database_that_does_not_answer_is_told_beside_what_is_known(tmp_path: Path) -> None:
    writer = journal_in(tmp_path / "journal")
    Issued(writer).play(2)
    writer.sync()
    writer.close()
    with mute() as url:
        code, found = status(tmp_path, f"{url}?connect_timeout=2")
    assert code == 1
    assert found["database"] is None
    assert "does not answer" in str(found["problems"])
    assert found["journal"]["backlog_bytes"] != 0


def test_an_older_schema_is_told_and_migrated(tmp_path: Path, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM core.migration WHERE version = 9")
        connection.execute("ALTER TABLE core.drain DROP COLUMN written, DROP COLUMN salt")
    code, found = status(tmp_path, database)
    assert code == 1
    assert f"the schema has version 8, this software needs {len(available())}" in str(found["problems"])
    done = db("migrate", data=tmp_path, url=database)
    assert done.exit_code == 0
    assert f"version {len(available())}" in done.stdout
    assert status(tmp_path, database)[0] == 0


def test_prune_does_what_it_is_told_and_nothing_else(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.play(2)
    session.event("phase", {"phase": "debrief", "reason": "test"}, t=100.0)
    session.event("phase", {"phase": "closed", "reason": "never began"}, t=101.0)
    writer.sync()
    writer.close()
    drained(writer.directory, database)
    assert db("prune", data=tmp_path, url=database).exit_code == 2
    assert db("prune", "--keep-days", "head_pose", data=tmp_path, url=database).exit_code == 2
    for options, verb in (["--dry-run"], "would go"), ([], "removed"), ([], "removed"):
        done = db("prune", "--keep-days", "raw=90", "--keep-days", "voice=36500", *options, data=tmp_path, url=database)
        assert done.exit_code == 0, done.output
        lines = {line.split()[0]: line for line in done.stdout.splitlines()}
        assert verb in lines["head_pose"]
        assert " 0 rows" in lines["voice"]
    assert " 0 rows" in lines["head_pose"], "the second time there is nothing left"


@pytest.mark.parametrize("given", ["raw=x", "raw", "=", "raw=-1"])
def test_days_that_are_none_are_refused(tmp_path: Path, given: str) -> None:
    done = db("prune", "--keep-days", given, data=tmp_path)
    assert done.exit_code == 2
    assert "is not STREAM=DAYS, such as head_pose=90" in " ".join(done.output.replace("│", " ").split())
