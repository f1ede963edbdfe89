"""The simulator's account: every row issued is counted once, and one not acknowledged is told apart."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from clients import simulate as simulator
from clients.issued import TrackRange
from clients.scene import Scene
from clients.sessions import OpenSession, Sessions
from clients.simulate import Simulation, simulate
from tests.clients.model import Served, served


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []

    def open_one(self: Sessions, scenario: str) -> OpenSession:
        opened.append(f"session-{len(opened)}")
        return OpenSession(opened[-1], "KJ7P-Q2M4")

    monkeypatch.setattr(Sessions, "open", open_one)
    return opened


async def run(server: Served, *, stations: int, seconds: float) -> Simulation:
    """Simulate from a thread, as the command line does, while the model answers here."""
    job = partial(simulate, scenario="bus-shelter", stations=stations, seconds=seconds)
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.wrap_future(pool.submit(job, server.url, "key"))


async def test_what_was_issued_is_what_the_server_has(sessions: list[str]) -> None:
    async with served() as server:
        done = await run(server, stations=1, seconds=1.0)
        stored = {track: len(rows) for track, rows in server.model.accepted.items()}
    assert done.failures == ()
    assert done.rows_sent == done.rows_acked == sum(stored.values())
    assert done.issued == tuple(
        TrackRange("session-0", track, stream, 0, stored[track], stored[track])
        for track, stream in ((1, "head_pose"), (2, "voice"), (3, "headset_state"))
    )
    assert stored[1] > 36, "half a second of poses at least: the machine is shared"
    assert stored[2] >= 50
    assert 0 <= done.ack_ms.p50 <= done.ack_ms.p95 <= done.ack_ms.p99
    assert done.generator_cpu_seconds > 0


async def test_rows_without_an_acknowledgement_are_told_apart(
    sessions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator, "DRAIN_S", 0.2)
    async with served() as server:
        server.model.refuse = 10**6
        done = await run(server, stations=1, seconds=0.5)
    assert done.rows_sent > 0
    assert done.rows_acked == 0
    assert np.isnan(done.ack_ms.p50)
    assert done.failures == ("session session-0: rows unacknowledged after 0 s",)


async def test_one_that_cannot_begin_does_not_hold_up_the_others(sessions: list[str]) -> None:
    async with served() as server:
        server.model.refusals["begin"] = "wrong_phase"
        done = await run(server, stations=2, seconds=30.0)
    assert len(done.failures) == 2
    assert "begin refused: wrong_phase" in done.failures[0]


def test_simulated_stations_live_the_same_minute_shifted() -> None:
    minute = simulator._minute(Scene(((-7.0, 7.0), (-6.0, 9.0)), (0.0, 6.2), 0.0))
    pose, voice = minute["head_pose"], minute["voice"]
    assert pose.shape == (7, 4320)
    assert voice.shape == (7, 3000)
    # The loop closes: nobody jumps from its last row to its first.
    assert np.abs(pose[:, 0] - pose[:, -1]).max() < 0.05
    assert np.abs(np.diff(pose[[0, 2]], axis=1)).max() < 1.3 / 72
    assert voice[4].mean() == pytest.approx(0.3)
