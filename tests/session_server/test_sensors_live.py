"""A sensor that the agency declares, from its lines to the database and back out: no code in between."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # its types are a package of their own
import pytest
from typer.testing import CliRunner

from clients import sensor as sensors
from clients.errors import EndedError, RefusedError, UsageError
from clients.instructor import Instructor
from clients.sensor import Reading, SensorFeed, feed, read_line
from session_server.cli import app
from session_server.cli.sensor import lines_of
from session_server.net import room
from session_server.net.settings import Settings
from telemetry import trace
from telemetry.export import export
from telemetry.sensors import SensorsError
from tests.session_server.live import PATIENCE_S, Json, LiveServer, Raw, live_server
from tests.telemetry.oracle import PULSE_TOML

DECLARED = f"""{PULSE_TOML}
[[sensor]]
name = "grip"
unit = "N"
description = "force on the handle of the training weapon"
privacy = "derived"
rate = 20
low = 0
high = 500
"""


@pytest.fixture
async def server(tmp_path: Path, database: str) -> AsyncIterator[LiveServer]:
    (tmp_path / "sensors.toml").write_text(DECLARED)
    async with live_server(tmp_path, database) as running:
        yield running


async def test_a_value_goes_from_a_line_to_trace_and_export_with_all_that_was_declared(
    server: LiveServer, database: str, tmp_path: Path
) -> None:
    session, code = server.open()
    async with Raw.of(server.url) as trainee, Instructor(server.url, server.key, session) as instructor:
        welcome = await trainee.join(code)
        assert welcome["sensors"][0] == {  # type: ignore[index]
            "name": "heart_rate", "unit": "1/min", "description": "heart rate, from the chest strap",
            "privacy": "health", "rate": 1.0, "agreed": None,
        }  # fmt: skip
        async with SensorFeed(server.url, code, "heart_rate") as strap, SensorFeed(server.url, code, "grip") as grip:
            assert not strap.put(Reading(70, None)), "nobody has agreed yet"
            asked = await trainee.ask("consent", content=True, microphone=False, sensors=["heart_rate", "grip"])
            assert asked["type"] == "ok"
            async with asyncio.timeout(PATIENCE_S):
                await strap.connection.until(lambda: strap.wanted)
                await grip.connection.until(lambda: grip.wanted)
            assert all(strap.put(Reading(value, None)) for value in (72.5, 300.0, 71.0))
            assert grip.put(Reading(12.25, None))
            assert await strap.drain()
            assert await grip.drain()
            # The trainee's station is not superseded by either.
            assert (await trainee.ask("begin"))["type"] == "ok"
            async with asyncio.timeout(PATIENCE_S):
                await strap.connection.until(lambda: strap.phase == "running")
                await instructor.connection.until(lambda: any(e.kind == "begin" for e in instructor.events))
        async with asyncio.timeout(PATIENCE_S):
            await instructor.connection.until(lambda: sum(e.kind == "left" for e in instructor.events) == 2)
        seen = [(e.kind, e.actor, e.data.get("role")) for e in instructor.events if e.actor.startswith("sensor-")]
        assert sorted(seen[:2]) == [("joined", "sensor-1", "sensor"), ("joined", "sensor-2", "sensor")]
        assert {kind for kind, *_ in seen[2:]} == {"left"}
    await server.stored()

    room = next(iter(server.house.rooms.values()))
    recorded = await asyncio.to_thread(trace.read, database, room.session.id)
    pulse = recorded.stream("sensor", "heart_rate")
    [column] = pulse.stream.columns
    assert (column.unit, column.low, column.high, column.privacy.value) == ("1/min", 25, 240, "health")
    assert pulse.stream.rate == 1.0
    assert pulse["value"].tolist() == [72.5, 300.0, 71.0]
    assert pulse.flags is not None
    assert pulse.flags.tolist() == [0, 1, 0]
    assert (np.abs(pulse.t - room.now()) < PATIENCE_S).all(), "its clock was compared with the session's"
    assert recorded.stream("sensor", "grip")["value"].tolist() == [12.25]
    await asyncio.to_thread(export, database, room.session.id, tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out" / "sensor.parquet")
    assert set(zip(table["sensor"], table["unit"], table["station"], strict=True)) == {
        ("heart_rate", "1/min", "sensor-1"), ("grip", "N", "sensor-2"),
    }  # fmt: skip


async def test_a_lost_line_costs_no_reading_and_the_sensor_keeps_its_name(server: LiveServer, database: str) -> None:
    _, code = server.open()
    room = next(iter(server.house.rooms.values()))
    async with Raw.of(server.url) as trainee:
        await trainee.join(code)
        await trainee.ask("consent", content=True, microphone=False, sensors=["heart_rate"])
        async with SensorFeed(server.url, code, "heart_rate", jitter=lambda: 0.0) as strap:
            cuts = 0

            def back() -> bool:
                return strap.connection.losses == cuts and strap.connection.wire.joined

            for number in range(60):
                assert strap.put(Reading(60 + number, None))
                if number % 20 == 10:
                    strap.connection.drop()
                    cuts += 1
                    async with asyncio.timeout(PATIENCE_S):
                        await strap.connection.until(back)
            assert await strap.drain(PATIENCE_S)
            assert (strap.rows_sent, strap.rows_acked) == (60, 60)
    await server.stored()
    recorded = await asyncio.to_thread(trace.read, database, room.session.id)
    pulse = recorded.stream("sensor", "heart_rate")
    assert pulse["value"].tolist() == [60.0 + number for number in range(60)]
    assert {e.actor for e in recorded.events if e.data.get("role") == "sensor"} == {"sensor-1"}


async def test_who_feeds_a_sensor_is_told_when_its_values_begin_to_be_kept(server: LiveServer) -> None:
    _, code = server.open()
    lines: asyncio.Queue[str] = asyncio.Queue()
    told: asyncio.Queue[str] = asyncio.Queue()

    async def read() -> AsyncIterator[str]:
        while True:
            yield await lines.get()

    async with Raw.of(server.url) as trainee, asyncio.timeout(PATIENCE_S):
        await trainee.join(code)
        feeding = asyncio.create_task(feed(server.url, code, "grip", read(), tell=told.put_nowait))
        assert (await told.get()).startswith("grip: ")
        assert "waiting for the trainee to agree" in await told.get()
        await trainee.ask("consent", content=True, microphone=False, sensors=["grip"])
        while told.empty():
            lines.put_nowait("12.5")
            await asyncio.sleep(0.02)
        assert await told.get() == "the trainee has agreed, and values are kept from now on"
        feeding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await feeding


async def test_a_sensor_that_was_not_agreed_to_is_told_so_and_ends(server: LiveServer) -> None:
    _, code = server.open()
    async with Raw.of(server.url) as trainee:
        await trainee.join(code)
        async with SensorFeed(server.url, code, "heart_rate") as early:
            await trainee.ask("consent", content=True, microphone=False, sensors=["grip"])
            async with asyncio.timeout(PATIENCE_S):
                await early.connection.until(lambda: early.wanted)
                assert early.put(Reading(72, None))
                with pytest.raises(RefusedError, match="forbidden: the trainee has not agreed to 'heart_rate'"):
                    await early.over()
        with pytest.raises(RefusedError, match="sensor refused: forbidden: the trainee has not agreed"):
            async with SensorFeed(server.url, code, "heart_rate"):
                pass
        with pytest.raises(EndedError, match="no sensor is called 'pressure'; declared: grip, heart_rate"):
            async with SensorFeed(server.url, code, "pressure"):
                pass


async def test_a_session_with_nothing_but_a_sensor_is_not_attended(server: LiveServer) -> None:
    _, code = server.open()
    room = next(iter(server.house.rooms.values()))
    async with Raw.of(server.url) as trainee:
        await trainee.join(code)
        async with SensorFeed(server.url, code, "heart_rate"):
            assert room.attended
            await trainee.socket.close()
            async with asyncio.timeout(PATIENCE_S):
                while len(room.members) > 1:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert not room.attended


async def test_lines_are_fed_until_the_session_is_over(server: LiveServer) -> None:
    session, code = server.open()
    told: list[str] = []
    measured: asyncio.Queue[str] = asyncio.Queue()

    async def lines() -> AsyncIterator[str]:
        while True:
            yield await measured.get()
            measured.task_done()

    async with Raw.of(server.url) as trainee, Instructor(server.url, server.key, session) as instructor:
        await trainee.join(code)
        await trainee.ask("consent", content=True, microphone=False, sensors=["heart_rate"])
        feeding = asyncio.create_task(feed(server.url, code, "heart_rate", lines(), tell=told.append))
        for line in ("72\n", "\n", "fast\n", "73 1e99\n", "71 0\n", "74\n", "2e6\n"):
            measured.put_nowait(line)
        async with asyncio.timeout(PATIENCE_S):
            await measured.join()
            await instructor.end()
            fed = await feeding
    assert (fed.rows_sent, fed.rows_acked) == (2, 2)
    assert (fed.early, fed.unread) == (1, 3)
    assert told[0] == "heart_rate: heart rate, from the chest strap (1/min)"
    assert "line 3: 'fast' is no reading; write VALUE, or VALUE and its time in ms" in told
    assert any(line.startswith("line 4: measured at 1e+99 ms, which is yet to come") for line in told)
    assert any(line.startswith("line 7: 2e+06 is no value; 1e+06 is the greatest") for line in told)


async def test_a_server_that_does_not_answer_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors, "SILENCE_S", 0.1)
    told: asyncio.Queue[str] = asyncio.Queue()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    feeding = asyncio.create_task(feed(url, "WDJB-MJHT", "heart_rate", nothing(), tell=told.put_nowait))
    said = await asyncio.wait_for(told.get(), PATIENCE_S)
    assert said.startswith(f"no answer from {url} yet (1006 ")
    assert said.endswith("it is tried until there is one: does the server run?")
    assert not feeding.done()
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)


async def nothing() -> AsyncIterator[str]:
    await asyncio.Event().wait()
    yield ""


@pytest.mark.parametrize("line", ["", "x", "1 2 3", "nan", "1 inf", "1,5", "0x10"])
def test_what_is_no_reading_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="is no reading; write VALUE"):
        read_line(line)


def test_a_reading_is_a_value_and_perhaps_its_time() -> None:
    assert read_line(" 72.5\n") == Reading(72.5, None)
    assert read_line("-3 81234567.25") == Reading(-3.0, 81234567.25)


async def test_a_stream_is_read_line_by_line_as_it_is_written() -> None:
    reading, writing = os.pipe()
    with open(reading, errors="replace") as stream, open(writing, "wb", buffering=0) as sensor:  # noqa: ASYNC230
        lines = lines_of(stream)
        sensor.write(b"12.5\n\xff\n")
        assert await anext(lines) == "12.5\n"
        assert await anext(lines) == "\ufffd\n"
        sensor.write(b"13\n")
        assert await anext(lines) == "13\n"
        sensor.close()
        assert [line async for line in lines] == []


@pytest.mark.slow
async def test_the_command_reads_standard_input(server: LiveServer) -> None:
    _, code = server.open()
    async with Raw.of(server.url) as trainee:
        await trainee.join(code)
        await trainee.ask("consent", content=True, microphone=False, sensors=["grip"])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "session_server.cli", "sensor", "grip", "--code", code, "--url", server.url,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(b"12.5\n\xff\n13\n")
    assert process.returncode == 0, err
    assert out.decode().strip() == "2 sent, 2 stored safely, 0 before the trainee had agreed, 1 unreadable"
    assert "grip: force on the handle of the training weapon (N)" in err.decode()


def test_a_server_does_not_start_with_declarations_it_cannot_use(tmp_path: Path) -> None:
    assert Settings(tmp_path, "", "").sensors() == ()
    (tmp_path / "sensors.toml").write_text("[[sensor]]\nname = 'x'\nrate = 0")
    with pytest.raises(SensorsError, match=r"sensors\.toml has 2 faults:\n  x: unit, description.*\n  x: rate is 0"):
        Settings(tmp_path, "", "").sensors()
    with pytest.raises(FileNotFoundError):
        Settings(tmp_path, "", "", sensors_file=tmp_path / "elsewhere.toml").sensors()
    assert "--sensors" in CliRunner(env={"COLUMNS": "200"}).invoke(app, ["serve", "--help"]).output


async def test_a_sensor_that_starts_again_and_again_uses_up_its_own_places_and_nobody_else_s(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that its supervisor starts anew each time is another run each time, with tracks of its own."""
    monkeypatch.setattr(room, "SENSOR_RUNS", 2)
    _, code = server.open()

    async def come(run: str) -> Json:
        async with Raw.of(server.url) as raw:
            return await raw.ask(
                "hello", protocol=1, role="sensor", code=code, run=run,
                client={"name": "raw", "modality": "sensor"}, streams={"sensor.grip": 20},
            )  # fmt: skip

    runs = [str(uuid4()) for _ in range(3)]
    told = [await come(run) for run in (*runs, runs[0])]
    assert [one["type"] for one in told] == ["welcome", "welcome", "error", "welcome"]
    assert told[2]["code"] == "forbidden"
    async with Raw.of(server.url) as trainee:
        assert (await trainee.join(code))["type"] == "welcome"
