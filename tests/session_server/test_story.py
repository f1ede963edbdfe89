"""A whole session on a real server: played by a bot, steered, graded, read back; and who may read what."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID

import httpx
import numpy as np
import psycopg
import pytest
import pytest_asyncio

from clients.bots import Played, play
from clients.sessions import Sessions
from scenario_assets.runtime.policy import policy_as_json
from session_server.core.opening import Opening
from session_server.core.replay import replay
from session_server.store.audit import audit
from telemetry import trace
from telemetry.export import export
from telemetry.records import EventRecord
from tests.session_server.live import PATIENCE_S, LiveServer, Raw, live_server

SECONDS = 20.0


@pytest_asyncio.fixture
async def server(tmp_path: Path, database: str) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, database) as running:
        yield running


async def played(server: LiveServer, session: str, code: str) -> Played:
    scenario = server.house.shelf["bus-shelter"]
    policy = policy_as_json(scenario, "steps_in_and_back")
    return await play(server.url, code=code, key=server.key, session=session, policy=policy, seconds=SECONDS)


async def report_of(server: LiveServer, session: str) -> Mapping[str, object]:
    api = Sessions(server.url, server.key)
    async with asyncio.timeout(PATIENCE_S):
        # The report is asked for over HTTP, as any other client would.
        while (report := await asyncio.to_thread(api.report, session)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return report


async def asked(server: LiveServer, method: str, path: str, key: str, **options: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
        return await client.request(method, path, headers=headers, **options)  # type: ignore[arg-type]


async def test_a_session_is_played_recorded_graded_and_read_back(server: LiveServer, database: str) -> None:
    session, code = server.open("bus-shelter")
    done = await played(server, session, code)
    report = await report_of(server, session)

    found = await asyncio.to_thread(audit, database, done.issued)
    assert (found.rows_stored, found.rows_lost, found.rows_duplicated, found.rows_foreign) == (done.rows_sent, 0, 0, 0)

    recorded = await asyncio.to_thread(trace.read, database, UUID(session))
    who = server.house.shelf["bus-shelter"].scoring.person
    near, head = recorded.stream("proximity", who), recorded.stream("head_pose")
    person = recorded.stream("actor_pose", who)
    assert len(near) > 10 * SECONDS
    # The oracle: both tracks at the time of each row, by interpolation of what was recorded at their own rates.
    at = [np.interp(near.t, track.t, track[name]) for track in (head, person) for name in ("px", "pz")]
    expected = np.hypot(at[0] - at[2], at[1] - at[3])
    settled = near.t < near.t[-1] - 0.5
    # The trainee walks at up to 1 m/s and a frame comes every 100 ms: guards and this stream see it that much later.
    # A busy machine holds up a frame now and then.
    assert np.quantile(np.abs(near["distance"] - expected)[settled], 0.95) < 0.35
    assert np.min(near["distance"]) == pytest.approx(1.4, abs=0.3)

    check_report(report)
    await server.stored()
    recorded = await asyncio.to_thread(trace.read, database, UUID(session))
    written = json.loads((server.data / "reports" / f"{session}.json").read_text())
    assert written == report
    check_replay(server, recorded)
    await check_playback(server, session, code)
    await asyncio.to_thread(check_readme, database, session, server.data / "export")


def check_readme(database: str, session: str, folder: Path) -> None:
    """The README's query and its pandas example work on this session, as they stand there."""
    text = (Path(__file__).parents[2] / "README.md").read_text()
    [query] = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    with psycopg.connect(database) as connection:
        rows = connection.execute(query.replace(str(UUID(int=0)), session)).fetchall()
    assert len(rows) >= SECONDS - 1
    assert all(0.5 < row[1] < 12 for row in rows)
    assert any(row[2] is not None and row[2] > -60 for row in rows)
    export(database, UUID(session), folder)
    exec(example.replace("DIR", str(folder)), {})  # noqa: S102 - it is our own README


def check_report(report: Mapping[str, object]) -> None:
    grade, components = report["grade"], report["components"]
    assert isinstance(grade, dict)
    assert isinstance(components, list)
    measures = {measure["id"]: measure for component in components for measure in component["measures"]}
    assert measures["distance_kept"]["status"] == "ok"
    evidence = [row for measure in measures.values() for row in measure["evidence"]]
    assert evidence, "walking up to 1.4 m must leave evidence"
    assert all(row["t_end"] >= row["t_start"] >= 0 for row in evidence)


def check_replay(server: LiveServer, recorded: trace.Trace) -> None:
    """The database's copy of the events folds to the state of a session that was closed."""
    events = [EventRecord(e.seq, e.t, e.ms, e.actor, e.type, e.data) for e in recorded.events]

    def scenario_of(opening: Opening):  # type: ignore[no-untyped-def]
        return server.house.shelf[opening.scenario]

    fold, unwritten = replay(recorded.session.id, events, scenario_of)
    assert not unwritten
    live = server.house.rooms[recorded.session.id].session.fold
    assert fold.digest() == live.digest()


async def check_playback(server: LiveServer, session: str, code: str) -> None:
    """The replay is on one raster and has everybody in it; the trainee's code opens it."""
    replayed = (await asked(server, "GET", f"/api/sessions/{session}/replay", code)).json()
    who = server.house.shelf["bus-shelter"].scoring.person
    t = replayed["t"]
    assert len(t) == pytest.approx(SECONDS * 10, abs=15)
    np.testing.assert_allclose(np.diff(t), 0.1, atol=1e-6)
    trainee, actors, poses = replayed["trainee"], replayed["actors"], replayed["poses"]
    assert len(trainee) == len(t) == len(actors[who])
    assert sum(row is not None for row in trainee) > 0.9 * len(t)
    assert poses[who][0]["t"] == pytest.approx(replayed["from_t"], abs=0.1)
    assert {"posture", "gesture", "arousal"} <= set(poses[who][0])


async def test_who_may_read_what(server: LiveServer) -> None:
    (mine, code), (other, _) = server.open(), server.open()

    cases = [
        (server.key, "GET", "", 200),
        (code, "GET", "", 401),
        ("", "GET", "", 401),
        (server.key, "POST", "", 201),
        (code, "POST", "", 401),
        (server.key, "GET", f"/{mine}", 200),
        (code, "GET", f"/{mine}", 401),
        (code, "GET", f"/{mine}/report", 202),
        (code, "GET", f"/{other}/report", 401),
        (code, "GET", f"/{mine}/replay", 202),
        (code, "GET", f"/{other}/replay", 401),
    ]
    for key, method, path, expected in cases:
        body = {"json": {"scenario": "small"}} if method == "POST" else {}
        answer = await asked(server, method, f"/api/sessions{path}", key, **body)
        assert answer.status_code == expected, (method, path, answer.text)
        if expected == 401:
            assert answer.json()["code"] == "bad_key"


async def test_an_unknown_session_and_a_wrong_body_are_coded_errors(server: LiveServer) -> None:
    for path in ("", "/report", "/replay"):
        answer = await asked(server, "GET", f"/api/sessions/{UUID(int=9)}{path}", server.key)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")
    answer = await asked(server, "POST", "/api/sessions", server.key, json={"scenario": "no-such-scenario"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_name")
    assert "bus-shelter" in answer.json()["message"]


async def test_a_stopped_session_is_not_graded_and_says_why(server: LiveServer, database: str) -> None:
    session, code = server.open()
    async with Raw.of(server.url) as raw:
        await raw.join(code)
        await raw.ask("consent", content=True, microphone=False)
        await raw.ask("begin")
        assert (await raw.ask("stop"))["type"] == "ok"
        assert (await raw.until(type="grade", status="ready"))["reason"] is None
        assert (await raw.ask("flag"))["code"] == "forbidden"
    report = await report_of(server, session)
    grade = report["grade"]
    assert isinstance(grade, dict)
    assert grade["status"] == "not_graded"
    assert grade["total"] is None
    assert grade["reason"]
    # How good its data are is known all the same.
    assert isinstance(report["quality"], dict)
    await asyncio.to_thread(check_quality, database, session)


def check_quality(database: str, session: str) -> None:
    with psycopg.connect(database) as connection:
        tracks = connection.execute(
            "SELECT stream, verdict FROM research.tracks k JOIN research.quality q"
            " USING (session, track, stream) WHERE session = %s", [session],
        ).fetchall()  # fmt: skip
        every = connection.execute("SELECT count(*) FROM research.tracks WHERE session = %s", [session]).fetchone()
    assert tracks
    assert every == (len(tracks),)
    assert {verdict for *_, verdict in tracks} <= {"good", "limited", "poor", "none"}


async def test_the_server_says_how_it_is(server: LiveServer) -> None:
    server.open()
    await server.stored()
    health = (await asked(server, "GET", "/api/health", "")).json()
    assert (health["status"], health["database"]) == ("ok", "test database")
    assert health["recording"]["state"] == "storing"
