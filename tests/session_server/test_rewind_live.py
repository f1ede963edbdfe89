"""A session on a real server, steered and rewound: what its record, its grades and its replay make of the attempts."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner

from clients.bots import Bot
from clients.instructor import Instructor
from clients.policy import read_policy
from clients.station import Station
from scenario_assets.language import load
from session_server.cli import app
from session_server.core.replay import replay
from session_server.store import archive
from session_server.store.grading import grade_session
from session_server.store.playback import of_trace
from session_server.store.played import Sources
from telemetry import trace
from telemetry.records import EventRecord
from tests.session_server.live import LiveServer, live_server
from tests.session_server.rehearsal import SMALL

STANDING = {"name": "stands", "person": "person", "start": {"at": [0, 8], "yaw": 0}, "steps": []}
HELD = "person.waiting.next[0]"


def played(station: Station, ms: float) -> bool:
    return station.phase == "running" and station.scenario_ms(station.clock()) > ms


async def begun(station: Station, ms: float) -> None:
    await station.consent()
    await station.begin()
    await station.until(lambda: played(station, ms))


async def steer_and_go_back(station: Station, instructor: Instructor) -> None:
    """The person is upset, goes back to before that, and is kept from it."""
    await begun(station, 400)
    await instructor.flag("before")
    await instructor.goto("person", "upset")
    await station.radio("co_responder")
    await station.until(lambda: station.radio_status == {"co_responder": "requested"})
    await instructor.until(lambda: [c.why for c in instructor.checkpoints] == ["start", "flag", "branch"])
    flagged = instructor.checkpoints[1]
    await station.until(lambda: played(station, 1_200))
    await instructor.rewind(flagged.checkpoint)
    await station.until(lambda: station.phase == "frozen" and station.radio_status == {})
    assert station.attempt == 2
    assert station.scenario_ms(station.clock()) == flagged.ms
    assert station.offered == ("ask", "call")
    await instructor.hold(HELD, on=True)
    await instructor.nudge("agitation", 40)
    await instructor.until(lambda: any(w.held and w.holds for w in instructor.ways["person"] if w.rule == HELD))


async def go_on(station: Station, instructor: Instructor) -> None:
    await instructor.resume()
    stood = instructor.checkpoints[1].ms
    await station.until(lambda: played(station, stood + 800))
    assert instructor.live is not None
    assert instructor.live.nodes["person"] == "waiting"


async def test_the_attempts_of_a_session_are_recorded_graded_and_played_back(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        bot = Bot(read_policy(STANDING))
        async with bot.join(server.url, code) as station, Instructor(server.url, server.key, session) as instructor:
            await steer_and_go_back(station, instructor)
            await go_on(station, instructor)
            await instructor.end()
            await instructor.until(lambda: instructor.grade is not None and instructor.grade.status == "ready")
        await server.stored()
        check_replays(server, await asyncio.to_thread(trace.read, database, UUID(session)))
    await asyncio.to_thread(check_attempts, database, UUID(session))
    await asyncio.to_thread(check_grades, database, UUID(session))
    await asyncio.to_thread(check_playback, database, UUID(session))
    await asyncio.to_thread(check_the_command, tmp_path, database, session)


async def test_a_server_that_comes_back_is_in_the_same_attempt_and_can_go_back_further(
    tmp_path: Path, database: str
) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        async with (
            Bot(read_policy(STANDING)).join(server.url, code) as station,
            Instructor(server.url, server.key, session) as instructor,
        ):
            await steer_and_go_back(station, instructor)
            before = server.house.rooms[UUID(session)].session.fold
            kept, state = instructor.checkpoints, before.engine.digest()
    async with live_server(tmp_path, database) as server:
        fold = server.house.rooms[UUID(session)].session.fold
        assert (fold.attempt, str(fold.phase), fold.engine.digest()) == (2, "frozen", state)
        async with (
            Bot(read_policy(STANDING)).join(server.url, code) as station,
            Instructor(server.url, server.key, session) as instructor,
        ):
            await instructor.until(lambda: bool(instructor.checkpoints))
            assert instructor.checkpoints == kept
            assert (instructor.attempt, station.attempt) == (2, 2)
            await instructor.rewind(kept[0].checkpoint)
            assert fold.attempt == 3
            await instructor.resume()
            await station.until(lambda: played(station, 300))
            await instructor.end()


def check_replays(server: LiveServer, recorded: trace.Trace) -> None:
    """Every decision of every attempt comes out again, from the database's copy too."""
    events = [EventRecord(e.seq, e.t, e.ms, e.actor, e.type, e.data) for e in recorded.events]
    fold, unwritten = replay(recorded.session.id, events, lambda _: load(SMALL))
    live = server.house.rooms[recorded.session.id].session.fold
    assert not unwritten
    assert fold.digest() == live.digest()


def check_attempts(database: str, session: UUID) -> None:
    """The record says which is the last one, and when each was."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT attempt, forked_from, checkpoint, from_ms, began_t, left_t FROM research.attempts"
            " WHERE session = %s ORDER BY attempt", [session],
        ).fetchall()  # fmt: skip
        [last] = connection.execute("SELECT attempt FROM research.sessions WHERE session = %s", [session]).fetchall()
    assert last == (2,)
    (first, second) = rows
    assert first[:4] == (1, None, None, 0)
    assert second[:3] == (2, 1, 1)
    assert second[3] > 400
    assert first[4] < first[5] == second[4] < second[5]


def check_grades(database: str, session: UUID) -> None:
    """What is shown is the last attempt's report; an earlier one can be graded too, and does not take its place."""
    shown, sources = archive.report_of(database, session), Sources(Path("nowhere"), SMALL)
    assert shown is not None
    last, first = shown["session"], grade_session(database, session, sources, "formative", attempt=1)
    assert isinstance(last, dict)
    assert (last["attempt"], last["attempts"], last["began"]) == (2, 2, "at a flagged moment: before")
    assert last["from_ms"] > 400
    assert 0.7 < last["duration_s"] < 5
    assert (first.attempt.number, first.attempt.from_ms) == (1, 0)
    assert [each.what for each in first.influenced if each.steers] == ["person sent to upset"]
    assert archive.report_of(database, session) == shown
    steered = [each["what"] for each in shown["influenced"] if each["steers"]]  # type: ignore[attr-defined]
    assert steered == [f"a branch held back ({HELD})", "agitation changed by +40"]


def check_the_command(data: Path, database: str, session: str) -> None:
    """`talkdown grade` grades the attempt that is asked for, with the version that the data folder has."""
    runner = CliRunner(env={"COLUMNS": "300"})
    options = ["--data", str(data), "--database-url", database]
    done = runner.invoke(app, ["grade", session, "--attempt", "1", *options])
    assert (done.exit_code, "Attempt 1 of 2, begun at 00:00 at the start" in done.stdout) == (0, True), done.output
    done = runner.invoke(app, ["grade", session, "--attempt", "9", *options])
    assert done.exit_code == 2
    assert "no attempt 9" in " ".join(done.output.split())
    seconds = []
    for which in ([], ["--attempt", "1"], ["--attempt", "2"]):
        done = runner.invoke(app, ["quality", session, "--format", "json", *which, *options])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        seconds.append(found["seconds"])
        assert {stream["stream"] for stream in found["streams"]} >= {"head_pose", "actor_pose"}
        assert next(one for one in found["streams"] if one["stream"] == "head_pose")["missing"] == 0
    assert seconds[0] == pytest.approx(seconds[1] + seconds[2])
    done = runner.invoke(app, ["quality", session, *options])
    assert (done.exit_code, "head_pose" in done.stdout) == (0, True), done.output
    assert f"{seconds[0]:.0f} s. Of {len(found['streams'])} streams" in done.stdout
    done = runner.invoke(app, ["quality", session, "--attempt", "9", *options])
    assert (done.exit_code, "no attempt 9" in " ".join(done.output.split())) == (2, True)


def check_playback(database: str, session: UUID) -> None:
    """The replay is of the last attempt, with the person as they were at its checkpoint."""
    recorded = trace.read(database, session)
    shown, report = of_trace(recorded, load(SMALL)), archive.report_of(database, session)
    assert report is not None
    assert isinstance(report["session"], dict)
    assert shown["from_t"] == report["session"]["from_t"]
    events = shown["events"]
    assert isinstance(events, list)
    done = [event["kind"] for event in events if event["actor"].startswith("instructor")]
    assert done == ["hold", "nudge", "resume", "end"]
