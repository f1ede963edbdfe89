"""The clients and the real server understand each other: what a bot issued is what the tables hold, to the bit."""

from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from clients.bots import Bot
from clients.errors import RefusedError
from clients.instructor import Instructor
from clients.motion import Knot
from clients.policy import read_policy
from clients.station import Station
from clients.voice import NORMAL_LUFS
from telemetry import trace
from telemetry.trace import Trace
from tests.session_server.live import live_server

#: Walks up to five metres, says something, and asks for help.
POLICY = {
    "name": "visitor", "person": "person", "steps": [
        {"do": "approach", "at_ms": 0, "actor": "person", "to_m": 5.0, "speed": 3.0},
        {"do": "speak", "at_ms": 200, "level_lu": 2.0, "lasting_ms": 800, "said": "open_question"},
        {"do": "choose", "at_ms": 1500, "choices": ["call"]},
    ],
}  # fmt: skip
LIVE_MS = 3500
#: The line is cut while walking and while speaking, not while a request waits for its answer.
CUTS_MS = (300, 900)


def has_played(station: Station, ms: float) -> bool:
    return station.scenario_ms(station.clock()) > ms


def is_back(station: Station, cuts: int) -> bool:
    return station.connection.losses == cuts and station.connection.wire.joined


def place_at(walk: list[Knot], ms: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    times = [knot.ms for knot in walk]
    return np.interp(ms, times, [knot.x for knot in walk]), np.interp(ms, times, [knot.z for knot in walk])


def assert_stored_as_issued(stored: Trace, station: Station) -> None:
    for issued in station.issued.values():
        rows = stored.stream(issued.stream)
        np.testing.assert_array_equal(rows.seq, np.arange(issued.rows))
        np.testing.assert_array_equal(rows.client_ms, issued.times())
        for column, values in zip(rows.stream.names, issued.values(), strict=True):
            np.testing.assert_array_equal(rows[column], values)
        # A reconnect starts the comparison of clocks anew, so `t` may step by what the old one was wrong.
        assert np.abs(rows.t - issued.times() / 1000 - np.median(rows.t - issued.times() / 1000)).max() < 0.5


def assert_distances_are_of_the_walk(stored: Trace, station: Station, walk: list[Knot]) -> None:
    """Each distance the server measured is that of a pose it had been sent, and the poses lie on the walk."""
    poses, at = station.issued[1].values(), station.issued[1].times()
    x, z = place_at(walk, at)
    # A row's time is rounded to 1/256 ms after its place was computed.
    np.testing.assert_allclose(np.hypot(poses[0], poses[2]), np.hypot(x, z), atol=2e-5)
    measured = stored.stream("proximity", "person")["distance"].astype(np.float64)
    apart = np.abs(measured[:, None] - np.hypot(x, z)[None, :]).min(axis=1)
    assert apart.max() < 1e-4
    assert measured[0] > 7.9
    assert abs(measured[-1] - 5.0) < 0.05


async def test_what_a_bot_did_is_in_the_tables_to_the_bit(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        async with Instructor(server.url, server.key, session) as instructor:
            bot = Bot(read_policy(POLICY), on_said=lambda kind: instructor.connection.post("mark", kind=kind))
            async with bot.join(server.url, code) as station:
                await station.consent()
                await station.begin()
                for cuts, cut_ms in enumerate(CUTS_MS, 1):
                    await station.until(partial(has_played, station, cut_ms))
                    station.connection.drop()
                    await station.until(partial(is_back, station, cuts))
                await station.until(partial(has_played, station, LIVE_MS))
                await station.until(lambda: "co_responder" in station.radio_status)
                assert await station.drain(10)
                await instructor.end()
                await instructor.until(lambda: instructor.phase != "running")
                assert [event.data for event in instructor.happened("said")] == [
                    {"kind": "open_question", "source": "marked", "by": "instructor-1"}
                ]
                assert [event.data["choice"] for event in instructor.happened("choice")] == ["call"]
                assert not any(isinstance(post, RefusedError) for post in station.connection.failed_posts)
        await server.stored()
        stored = trace.read(database, UUID(session))
    assert_stored_as_issued(stored, station)
    assert_distances_are_of_the_walk(stored, station, bot.body.walk)
    voice = stored.stream("voice")
    spoken = voice["loudness"][voice["speaking"] == 1]
    assert abs(spoken[-1] - (NORMAL_LUFS + 2)) < 0.01
