"""An author edits a scenario's file while it is played on a real server."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from clients.bots import Bot
from clients.errors import RefusedError
from clients.instructor import Instructor
from clients.policy import read_policy
from scenario_assets.language import Scenario
from session_server.core.opening import Opening
from session_server.core.replay import replay
from session_server.store import archive
from session_server.store.grading import grade_session
from session_server.store.played import Sources, as_played
from session_server.store.versions import Versions
from telemetry import trace
from telemetry.records import EventRecord
from tests.session_server.live import PATIENCE_S, LiveServer, live_server
from tests.session_server.rehearsal import SMALL
from tests.session_server.test_versions import edit

STANDING = {"name": "stands", "person": "person", "start": {"at": [0, 8], "yaw": 0}, "steps": []}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "author" / "scenario.yaml"
    path.parent.mkdir()
    path.write_text(SMALL.read_text())
    return path


async def asked(server: LiveServer, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
        return await client.get(path, headers={"Authorization": f"Bearer {server.key}"})


async def test_a_running_session_goes_on_in_the_edited_file_and_is_graded_by_it(
    tmp_path: Path, database: str, file: Path
) -> None:
    data = tmp_path / "data"
    async with live_server(data, database, scenario=file) as server:
        session, code = server.open()
        async with (
            Bot(read_policy(STANDING)).join(server.url, code) as station,
            Instructor(server.url, server.key, session) as instructor,
        ):
            await station.consent()
            await station.begin()
            await refused(server, instructor, file)
            edit(file, ("rate: very fast", 'rate: "+8 /s"'), ("text: A siren,", "text: A loud siren,"))
            about = (await asked(server, f"/api/sessions/{session}")).json()["version"]
            assert (about["newer"], about["faults"]) == (True, [])
            await instructor.reload()
            await instructor.until(lambda: instructor.scenario["injects"]["siren"]["text"] == "A loud siren")  # type: ignore[index]
            assert (await asked(server, f"/api/sessions/{session}")).json()["version"]["newer"] is False
            await instructor.inject("siren")
            await instructor.end()
            await instructor.until(lambda: instructor.grade is not None and instructor.grade.status == "ready")
        await server.stored()
        live = server.house.rooms[UUID(session)].session.fold.digest()
    await asyncio.to_thread(file.write_text, "no scenario any more")
    await asyncio.to_thread(check_what_is_left, data, database, UUID(session), live)


async def refused(server: LiveServer, instructor: Instructor, file: Path) -> None:
    """A file with errors is not taken, by nobody, and the instructor is told which."""
    edit(file, ('rate: "+8 /s"', "rate: very fast"))
    with pytest.raises(RefusedError) as caught:
        await instructor.reload()
    assert caught.value.refusal.code == "not_reloadable"
    faults = caught.value.refusal.details["faults"]
    assert isinstance(faults, list)
    assert "scenario.yaml:" in faults[0]
    [offered] = [one for one in (await asked(server, "/api/scenarios")).json() if one["id"] == "small"]
    assert offered["faults"] == faults
    another, _ = server.open()
    assert server.house.rooms[UUID(another)].session.fold.scenario.title == "A man at a bus stop"


def check_what_is_left(data: Path, database: str, session: UUID, live: str) -> None:
    """Grade, replay and scenario are those of the versions that were played, whatever the file says now."""
    recorded = trace.read(database, session)
    sources = Sources(data / "scenarios", None)
    scenario = as_played(recorded, sources)
    assert scenario.injects["siren"].text == "A loud siren"
    report = archive.report_of(database, session)
    assert report is not None
    influenced = report["influenced"]
    assert isinstance(influenced, list)
    assert [each["what"] for each in influenced if each["steers"]] == [
        "scenario exchanged for another version of it", "event brought in: A loud siren",
    ]  # fmt: skip
    again = grade_session(database, session, sources, "formative").to_json()
    assert again["influenced"] == influenced
    events = [EventRecord(e.seq, e.t, e.ms, e.actor, e.type, e.data) for e in recorded.events]

    def scenario_of(opening: Opening) -> Scenario:
        found = Versions(data / "scenarios").load(opening.scenario_sha256)
        assert found is not None
        return found

    fold, unwritten = replay(session, events, scenario_of)
    assert (unwritten, fold.digest()) == ([], live)


async def test_a_session_comes_back_in_the_version_it_was_opened_with(
    tmp_path: Path, database: str, file: Path
) -> None:
    data = tmp_path / "data"
    async with live_server(data, database, scenario=file) as server:
        session, code = server.open()
        async with Bot(read_policy(STANDING)).join(server.url, code) as station:
            await station.consent()
            await station.begin()
            before = server.house.rooms[UUID(session)].session.fold.scenario.sha256
    edit(file, ("title: A man at a bus stop", "title: A man at another bus stop"))
    async with live_server(data, database, scenario=file) as server:
        fold = server.house.rooms[UUID(session)].session.fold
        assert (fold.scenario.title, fold.scenario.sha256) == ("A man at a bus stop", before)
        fresh, _ = server.open()
        assert server.house.rooms[UUID(fresh)].session.fold.scenario.title == "A man at another bus stop"
        async with (
            Bot(read_policy(STANDING)).join(server.url, code) as station,
            Instructor(server.url, server.key, session) as instructor,
        ):
            await instructor.reload()
            assert fold.scenario.title == "A man at another bus stop"
            await instructor.resume()
            await station.until(lambda: station.phase == "running")
            await instructor.end()
