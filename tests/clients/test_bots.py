"""A bot does on the wire what its policy says: where it stands, what it says how loudly, what it asks for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from clients import bots
from clients.bots import Bot
from clients.policy import read_policy
from clients.station import Station
from clients.voice import NORMAL_LUFS
from tests.clients.model import Served, served

NOBODY_Q = [0, 0, 0, 1]


def a_bot(*steps: dict[str, Any], said: list[str] | None = None) -> Bot:
    heard = said if said is not None else []
    return Bot(read_policy({"name": "p", "person": "daniel", "steps": steps}), on_said=heard.append)


async def show(server: Served, ms: int, *, x: float = 0.0, z: float = -1.0) -> None:
    daniel = {"p": [x, 1.7, z], "q": NOBODY_Q, "posture": "standing", "gesture": "idle", "arousal": 0.5}
    await server.push("stage", t=ms / 1000, ms=ms, actors={"daniel": {**daniel, "speed": 0.0}})


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[tuple[Served, Station]]:
    """A bot whose scenario runs, seen from the start."""
    async with served() as server, bot.join(server.url, "KJ7P-Q2M4") as station:
        await station.consent()
        await station.begin()
        await show(server, 0)
        yield server, station


def asked(server: Served) -> list[tuple[str, str]]:
    """What the bot asked for, without the way into the scenario."""
    plain = [request for request in server.model.requests if request["type"] in ("choose", "radio", "act")]
    return [(str(r["type"]), str(r.get("choice") or r.get("request") or r.get("act"))) for r in plain]


async def test_it_walks_to_the_distance_and_its_rows_say_so_exactly() -> None:
    bot = a_bot({"do": "approach", "at_ms": 0, "actor": "daniel", "to_m": 5.0, "speed": 3.0})
    async with running(bot) as (_, station):
        await station.until(lambda: bot.body.place == pytest.approx((0.0, 4.0), abs=1e-6))
        assert await station.drain(5)
    poses = station.issued[1].values()
    distance = np.hypot(poses[0] - 0.0, poses[2] + 1.0)
    knots = np.array([(knot.ms, knot.x, knot.z) for knot in bot.body.walk])
    at = station.issued[1].times()
    walked = np.hypot(np.interp(at, knots[:, 0], knots[:, 1]), np.interp(at, knots[:, 0], knots[:, 2]) + 1.0)
    # A row's time is rounded to 1/256 ms after its place was computed; at 3 m/s that is 12 um.
    np.testing.assert_allclose(distance, walked, atol=2e-5)
    assert distance[0] == pytest.approx(6.0)


async def test_it_steps_back_from_somebody_who_comes_too_close() -> None:
    bot = a_bot({"do": "approach", "at_ms": 0, "actor": "daniel", "to_m": 2.0, "speed": 3.0})
    async with running(bot) as (server, station):
        await show(server, 50, x=0.5, z=4.5)
        await station.until(
            lambda: np.hypot(bot.body.place[0] - 0.5, bot.body.place[1] - 4.5) == pytest.approx(2.0, abs=1e-6)
        )
        assert bot.body.place[1] > 5.0


async def test_it_chooses_what_is_offered_and_calls_by_radio() -> None:
    bot = a_bot(
        {"do": "radio", "at_ms": 0, "request": "co_responder"},
        {"do": "choose", "at_ms": 0, "choices": ["ask_name", "reassure"]},
        {"do": "act", "at_ms": 100, "act": "show_hands"},
    )
    async with running(bot) as (server, station):
        await station.until(lambda: len(asked(server)) == 2)
        assert asked(server) == [("radio", "co_responder"), ("act", "show_hands")]
        await server.push("choices", offered=["reassure", "order_sit"])
        await station.until(lambda: len(asked(server)) == 3)
        assert asked(server)[-1] == ("choose", "reassure")


async def test_it_waits_for_what_it_is_to_hear() -> None:
    bot = a_bot(
        {"do": "act", "at_ms": 0, "act": "show_hands", "heard": ["too_close"]},
        {"do": "act", "at_ms": 0, "act": "take_cover", "heard": ["who"]},
    )
    async with running(bot) as (server, station):
        await server.push("say", event=7, t=2.0, actor="daniel", line="who", text="Who?", audio=None)
        await station.until(lambda: asked(server) == [("act", "take_cover")])
        await server.push("say", event=8, t=3.0, actor="daniel", line="too_close", text="Back!", audio=None)
        await station.until(lambda: asked(server)[1:] == [("act", "show_hands")])


async def test_it_speaks_at_its_level_and_an_instructor_would_hear_what() -> None:
    said: list[str] = []
    step = {"do": "speak", "at_ms": 100, "level_lu": 6, "lasting_ms": 900, "said": "order"}
    bot = a_bot(step, said=said)
    async with running(bot) as (_, station):
        await station.until(lambda: station.scenario_ms(station.clock()) > 1300)
        assert await station.drain(5)
    assert said == ["order"]
    (spoken,) = bot.spoken
    assert spoken.level_lu == 6
    assert 800 < spoken.until_ms - spoken.from_ms < 1100
    rows, at = station.issued[2].values(), station.issued[2].times()
    inside = (at > spoken.from_ms + 400) & (at < spoken.until_ms)
    np.testing.assert_allclose(rows[0][inside], NORMAL_LUFS + 6, atol=0.001)
    np.testing.assert_array_equal(rows[4] == 1, (at > spoken.from_ms) & (at <= spoken.until_ms))


async def test_while_the_session_is_frozen_nothing_falls_due_and_nobody_speaks() -> None:
    speak = {"do": "speak", "at_ms": 0, "level_lu": 0, "lasting_ms": 60_000, "said": None}
    bot = a_bot(speak, {"do": "act", "at_ms": 400, "act": "show_hands"})
    async with running(bot) as (server, station):
        await station.until(lambda: bot.voice.level is not None)
        await server.push("phase", phase="frozen", t=1.0, ms=200, reason="")
        await station.until(lambda: bot.voice.level is None)
        acked = station.rows_acked
        await station.until(lambda: station.rows_acked > acked + 80)  # over half a second
        assert asked(server) == []
        await server.push("phase", phase="running", t=2.0, ms=200, reason="")
        await station.until(lambda: asked(server) == [("act", "show_hands")])


async def test_it_calibrates_on_silence_and_then_its_normal_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots, "ROOM_S", 1.0)
    monkeypatch.setattr(bots, "VOICE_S", 1.2)
    bot = a_bot()
    async with served() as server, bot.join(server.url, "KJ7P-Q2M4") as station:
        await station.consent()
        assert (await bot.calibrate())["accepted"] is True
    (request,) = (request for request in server.model.requests if request["type"] == "calibrate")
    rows, at = station.issued[2].values(), station.issued[2].times()
    spans = json.loads(json.dumps(request))
    room, voice = ((at >= spans[name][0]) & (at <= spans[name][1]) for name in ("room_ms", "voice_ms"))
    assert room.sum() >= 8
    assert voice.sum() >= 15
    assert not rows[4][room].any()
    assert rows[4][voice].all()
    np.testing.assert_allclose(rows[0][voice], NORMAL_LUFS, atol=0.01)


async def test_a_policy_plays_with_an_instructor_who_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots.Bot, "calibrate", lambda self: asyncio.sleep(0, {"accepted": True}))
    steps = [{"do": "speak", "at_ms": 0, "level_lu": 0, "lasting_ms": 100, "said": "open_question"}]
    policy = {"name": "p", "person": "daniel", "steps": steps}
    async with served() as server:
        played = await bots.play(
            server.url, code="KJ7P-Q2M4", key="k", session="s", policy=policy, seconds=0.5
        )
        kinds = [request["type"] for request in server.model.requests]
        assert kinds == ["hello", "hello", "consent", "begin", "mark", "end"]
        assert server.model.requests[4]["kind"] == "open_question"
        stored = {track: len(rows) for track, rows in server.model.accepted.items()}
        assert {issued.track: issued.end_seq for issued in played.issued} == stored
        assert played.rows_sent == played.rows_acked == sum(stored.values())
        assert {issued.session for issued in played.issued} == {"s"}


async def test_cut_off_it_keeps_its_deeds_until_the_line_is_back() -> None:
    bot = a_bot({"do": "act", "at_ms": 200, "act": "show_hands"})
    async with running(bot) as (server, station):
        server.model.phase = "running"
        await station.until(lambda: station.scenario_ms(station.clock()) > 100)
        station.connection.drop()
        await station.until(lambda: station.connection.losses == 1 and station.connection.wire.joined)
        await station.until(lambda: asked(server) == [("act", "show_hands")])
