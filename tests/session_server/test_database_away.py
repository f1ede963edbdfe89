"""Without its database a server starts, serves, says so at once, and stops; what is recorded is stored later."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from typer.testing import CliRunner

from session_server.cli import app as cli
from session_server.net import reader as readers
from session_server.net import server as servers
from session_server.net import upkeep as upkeeps
from session_server.net.app import create_app
from session_server.net.reader import WAITING_MAX, Reader
from session_server.net.server import listen, open_database, running, url_of
from session_server.net.settings import Settings
from session_server.store import archive
from session_server.store.archive import UnavailableError
from telemetry.journal import synced
from telemetry.status import stored
from tests.session_server.live import PATIENCE_S, LiveServer, Raw
from tests.session_server.rehearsal import SMALL
from tests.session_server.test_disk import figures
from tests.telemetry.proxy import mute, proxy


@asynccontextmanager
async def unready(data: Path, database: str) -> AsyncIterator[LiveServer]:
    """A server whose database was not reached at its start."""
    app = create_app(Settings(data, database, "not reached yet", ready=False), SMALL)
    listener = listen("127.0.0.1", 0)
    async with running(app, listener):
        yield LiveServer(app.state.house, app.state.desk, url_of(listener, tls=False), data, app.state.house.key)


@asynccontextmanager
async def asking(server: LiveServer) -> AsyncIterator[httpx.AsyncClient]:
    key = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S, headers=key) as client:
        yield client


async def test_a_session_is_played_and_stored_when_the_database_comes_back(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeeps, "RETRY_S", 0.1)
    with proxy(database) as way:
        way.questions.clear()
        async with unready(tmp_path, way.conninfo) as server, asking(server) as client:
            opened = await client.post("/api/sessions", json={"scenario": "small"})
            assert opened.status_code == 201
            listed = (await client.get("/api/sessions")).json()
            assert [one["id"] for one in listed["sessions"]] == [opened.json()["id"]]
            assert "the database does not answer" in listed["unlisted"]
            report = await client.get("/api/sessions/00000000-0000-0000-0000-000000000001/report")
            assert (report.status_code, report.json()["code"], report.json()["retry"]) == (503, "unavailable", True)
            health = (await client.get("/api/health")).json()
            assert health["status"] == "degraded"
            assert "database_not_reached" in health["problems"]
            async with Raw.of(server.url) as raw:
                await raw.join(opened.json()["code"])
                assert (await raw.ask("consent", content=True, microphone=False))["type"] != "error"
                assert (await raw.ask("begin"))["type"] != "error"
            assert not (tmp_path / "journal" / "drain.json").exists()
            way.questions.set()
            await server.stored()
            health = (await client.get("/api/health")).json()
            assert "TimescaleDB" in health["database"]
            assert "database_not_reached" not in health["problems"]
            assert (await figures(server))["talkdown_stored_records_total"] > 0


async def test_a_database_that_hangs_holds_up_nobody(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops answering in mid-session: lists and reports say so, and sessions, health and shutdown do not wait."""
    with proxy(database) as way:
        app = create_app(Settings(tmp_path, way.conninfo, "proxied"), SMALL)
        listener = listen("127.0.0.1", 0)
        async with running(app, listener):
            server = LiveServer(app.state.house, app.state.desk, url_of(listener, tls=False), tmp_path,
                                app.state.house.key)  # fmt: skip
            session, code = server.open()
            await server.stored()
            async with asking(server) as client:
                assert (await client.get("/api/sessions")).json()["unlisted"] is None
            way.questions.clear()
            async with asking(server) as client, Raw.of(server.url) as raw:
                report = "/api/sessions/00000000-0000-0000-0000-000000000001/report"
                waiting = [asyncio.create_task(client.get(report)) for _ in range(8)]
                await raw.join(code)
                assert (await raw.ask("consent", content=True, microphone=False))["type"] != "error"
                assert (await client.get("/api/health")).status_code == 200
                assert (await client.post("/api/sessions", json={"scenario": "small"})).status_code == 201
                for listed in [(await client.get("/api/sessions")).json() for _ in range(2)]:
                    assert session in {one["id"] for one in listed["sessions"]}
                    assert "the database does not answer" in listed["unlisted"]
                assert not any(one.done() for one in waiting), "somebody waited for the database"
                monkeypatch.setattr(archive, "ANSWER_WITHIN_S", 1.0)  # for those whose turn has not come
                for one in await asyncio.gather(*waiting):
                    assert (one.status_code, one.json()["code"]) == (503, "unavailable")
                tried = way.connections
                assert (await client.get("/api/sessions")).status_code == 200
                assert way.connections == tried, "it was known that the database does not answer"
                async with asyncio.timeout(PATIENCE_S):
                    while (await client.get("/api/health")).json()["status"] != "degraded":  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
        # Leaving the block has stopped the server: a hang here is the test's failure.
    end = synced(tmp_path / "journal")
    assert end is not None
    assert stored(tmp_path / "journal").position < end


async def test_who_asks_is_refused_rather_than_queued_without_end() -> None:
    reader, goes_on, asked = Reader(lambda: True), asyncio.Event(), asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    def hang() -> str:
        loop.call_soon_threadsafe(asked.release)
        asyncio.run_coroutine_threadsafe(goes_on.wait(), loop).result()
        return "answered"

    waiting = [asyncio.create_task(reader.ask(hang)) for _ in range(WAITING_MAX)]
    await asked.acquire()
    with pytest.raises(UnavailableError, match="wait for the database already"):
        await reader.ask(hang)
    goes_on.set()
    assert await asyncio.gather(*waiting) == ["answered"] * WAITING_MAX


async def test_who_asks_soon_is_told_soon_and_asks_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "SOON_S", 0.05)
    reader, goes_on, asked = Reader(lambda: True), threading.Event(), []

    def hang() -> str:
        asked.append("once")
        assert goes_on.wait(PATIENCE_S)
        return "answered"

    for _ in range(3):
        with pytest.raises(UnavailableError, match="has not answered in"):
            await reader.soon(hang)
    assert asked == ["once"]
    monkeypatch.setattr(readers, "SOON_S", PATIENCE_S)
    waiting = asyncio.create_task(reader.soon(hang))
    goes_on.set()
    assert await waiting == "answered"
    assert await reader.soon(hang) == "answered"


def test_who_waits_for_a_database_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "SILENCE_S", 0.01)
    told: list[str] = []
    with mute() as url, pytest.raises(UnavailableError), open_database(tmp_path, url, progress=told.append):
        pass
    assert told == ["The database does not answer yet; still waiting for it ..."]


def until(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_serve_starts_on_a_database_that_never_answers_and_stops_when_told(tmp_path: Path) -> None:
    with mute() as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "session_server.cli", "serve", "--port", "0", "--data", str(tmp_path)],
            env=os.environ | {"TALKDOWN_DATABASE_URL": url}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            until((tmp_path / "server.json").exists, process)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 0
    assert b"Sessions are recorded to the journal" in said


def test_an_embedded_database_that_was_killed_is_started_again(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(servers, "REVIVE_S", 0.1)
    with open_database(open_folder, None, progress=lambda line: None, wait=False) as database:
        number = (open_folder / "postgresql-16" / "postmaster.pid").read_text().split()[0]
        os.kill(int(number), signal.SIGKILL)
        until = time.monotonic() + PATIENCE_S
        while "started again" not in caplog.text:
            assert time.monotonic() < until, "nobody started it"
            time.sleep(0.05)
        with psycopg.connect(database.url) as connection:
            assert connection.execute("SELECT count(*) FROM core.session").fetchone() == (0,)
        told = CliRunner().invoke(cli, ["db", "status", "--format", "json", "--data", str(open_folder)])
        assert json.loads(told.stdout)["address"] == database.url
