"""``talkdown scenario replay`` on what a real server recorded, in its journal and in the database."""

import shutil
from pathlib import Path

import psycopg
import pytest_asyncio
from typer.testing import CliRunner, Result

from session_server.cli import app
from session_server.core.phases import Phase
from tests.session_server.live import Raw, live_server
from tests.session_server.rehearsal import SMALL

runner = CliRunner(env={"COLUMNS": "100"})


def replayed(*words: str) -> Result:
    return runner.invoke(app, ["scenario", "replay", *words])


@pytest_asyncio.fixture
async def recorded(tmp_path: Path, database: str) -> tuple[str, Path]:
    """A session that was played for a moment, all of it stored: its id and the server's data folder."""
    data = tmp_path / "data"
    async with live_server(data, database) as server:
        session, code = server.open()
        async with Raw.of(server.url) as trainee:
            await trainee.join(code)
            await trainee.ask("consent", content=True, microphone=True)
            await trainee.ask("begin")
            await trainee.ask("choose", choice="ask")
            await trainee.ask("stop")
        await server.stored()
    return session, data


def test_a_session_replays_from_the_journal_and_from_the_database(
    recorded: tuple[str, Path], database: str, tmp_path: Path
) -> None:
    session, data = recorded
    small = ("--scenario", str(SMALL))
    local = replayed(session, "--data", str(data), *small)
    assert local.exit_code == 0, local.output
    assert "small, seed 7: replays exactly: " in local.stdout
    folder = replayed(str(data / "journal"), *small)
    assert folder.stdout == local.stdout
    stored = replayed(session, "--data", str(tmp_path / "elsewhere"), "--database-url", database, *small)
    assert stored.exit_code == 0, stored.output
    assert stored.stdout == local.stdout


def test_what_was_changed_in_the_database_is_named(recorded: tuple[str, Path], database: str, tmp_path: Path) -> None:
    session, _ = recorded
    with psycopg.connect(database) as connection:
        changed = connection.execute(
            "UPDATE core.event SET data = jsonb_set(data, '{phase}', '\"lunch\"')"
            " WHERE type = 'phase' AND data->>'phase' = 'running'"
        ).rowcount
    assert changed == 1
    done = replayed(
        session, "--data", str(tmp_path / "elsewhere"), "--database-url", database, "--scenario", str(SMALL)
    )
    assert done.exit_code == 1
    assert " (phase, " in done.stdout
    assert 'phase: the record says "lunch", here "running"' in done.stdout


def test_the_version_that_was_played_is_found_whatever_became_of_the_file(
    recorded: tuple[str, Path], tmp_path: Path
) -> None:
    session, data = recorded
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.read_text() + "# a word more\n")
    done = replayed(session, "--data", str(data))
    assert (done.exit_code, "replays exactly" in done.stdout) == (0, True)
    # The file that was named is what is to be replayed with: another version is never passed over in silence.
    done = replayed(session, "--data", str(data), "--scenario", str(other))
    assert (done.exit_code, "replays exactly" in done.stdout) == (1, False)
    assert "without --scenario the version kept in the data folder is used" in done.stdout


def test_the_first_characters_of_an_id_are_enough(recorded: tuple[str, Path], database: str, tmp_path: Path) -> None:
    session, data = recorded
    where = ("--data", str(data), "--database-url", database)
    done = replayed(session[:6], *where)
    assert (done.exit_code, done.stdout.startswith(session)) == (0, True)
    shown = runner.invoke(app, ["sessions", "show", session[:8].upper(), *where])
    assert (shown.exit_code, shown.stdout.startswith(session)) == (0, True)
    listed = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["sessions", "list", *where])
    assert session in listed.stdout
    assert max(map(len, listed.stdout.splitlines())) <= 80
    (row,) = (line for line in listed.stdout.splitlines() if session in line)
    assert row.split()[-1] in {*Phase, "graded", "not"}, "the last column is cut"
    short = replayed(session[:5], *where)
    assert short.exit_code == 2
    assert "its first 6 or more characters" in told(short)


def told(result: Result) -> str:
    """What is said of a wrong argument, without its frame."""
    return " ".join(result.output.replace("│", "").split())


def test_another_version_of_the_scenario_is_refused(recorded: tuple[str, Path], tmp_path: Path) -> None:
    session, data = recorded
    shutil.rmtree(data / "scenarios")
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.read_text() + "# a word more\n")
    done = replayed(session, "--data", str(data), "--scenario", str(other))
    assert done.exit_code == 1
    assert "cannot be replayed: it was played with another version of 'small' (sha256 " in done.stdout
    assert "without --scenario" not in done.stdout
    unknown = replayed(session, "--data", str(data))
    assert unknown.exit_code == 1
    assert "it was played with 'small'; give that scenario's file as --scenario" in unknown.stdout


def test_a_journal_whose_beginning_is_gone_sends_to_the_database(
    recorded: tuple[str, Path], database: str, tmp_path: Path
) -> None:
    _, data = recorded
    done = replayed("00000000-0000-0000-0000-000000000009", "--data", str(data), "--database-url", database)
    assert "no session 00000000-0000-0000-0000-000000000009 in the database" in told(done)
    empty = tmp_path / "empty"
    shutil.copytree(data / "journal", empty)
    for segment in empty.iterdir():
        if segment.is_file():
            segment.unlink()
    done = replayed(str(empty))
    assert done.exit_code == 2
    assert "there are no sessions in the journal" in " ".join(done.output.split())


def test_what_is_no_session_is_told(tmp_path: Path) -> None:
    done = replayed("tuesday", "--data", str(tmp_path))
    assert done.exit_code == 2
    assert "'tuesday' is neither a session's id nor its first 6 or more characters" in told(done)
