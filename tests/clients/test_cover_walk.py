"""Bots go behind the scene's boxes: by the same geometry as the scenarios' own simulations."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clients import cover
from clients.errors import UsageError
from clients.policy import TakeCover, read_policy
from scenario_assets.language.staging import Bounds
from scenario_assets.language.staging import Box as Declared
from scenario_assets.runtime import cover as simulated
from tests.clients.model import served
from tests.clients.test_bots import a_bot, running, show

numbers = st.floats(-8, 8)
places = st.tuples(numbers, numbers)
sizes = st.floats(0.05, 5)


@given(center=places, size=st.tuples(sizes, sizes), start=places, other=places, room=st.floats(1, 10))
def test_bots_and_simulations_go_the_same_way(
    center: tuple[float, float],
    size: tuple[float, float],
    start: tuple[float, float],
    other: tuple[float, float],
    room: float,
) -> None:
    box = cover.Box("b", center, size)
    declared = Declared(id="b", label="b", center=(center[0], 0.5, center[1]), size=(size[0], 1.0, size[1]))
    assume(math.dist(center, other) > 1e-3)
    goal = simulated.behind(declared, other)
    assert cover.behind(box, other) == pytest.approx(goal, abs=1e-6)
    bounds = (-room, room)
    ours = cover.way_round(start, goal, box, (bounds, bounds))
    theirs = simulated.way_round(start, goal, declared, Bounds(x=bounds, z=bounds))
    assert _way(start, ours, goal) == pytest.approx(_way(start, theirs, goal), abs=1e-6)


def _way(start: tuple[float, float], turn: tuple[float, float], goal: tuple[float, float]) -> float:
    """Of two ways of one length either may be taken."""
    return math.dist(start, turn) + math.dist(turn, goal)


async def test_a_bot_walks_round_the_box_and_stands_behind_it() -> None:
    bot = a_bot({"do": "take_cover", "at_ms": 0, "box": "bin", "from": "daniel", "speed": 3.0})
    async with running(bot) as (server, station):
        await show(server, 50, x=2.0, z=-1.0)  # the bin at [2, 3] lies between daniel and where the bot will be
        await station.until(lambda: bot.body.place == pytest.approx((2.0, 3.8), abs=1e-3))
        await show(server, 100, x=2.0, z=6.0)
        await station.until(lambda: bot.body.place == pytest.approx((2.0, 2.2), abs=1e-3))
        for knot in bot.body.walk:
            assert max(abs(knot.x - 2.0), abs(knot.z - 3.0)) > 0.3


async def test_a_box_the_scene_does_not_have_is_told_at_once() -> None:
    bot = a_bot({"do": "take_cover", "at_ms": 0, "box": "tree", "from": "daniel", "speed": 1.0})
    async with served() as server:
        with pytest.raises(UsageError, match="the policy goes behind 'tree'; the scene's cover: bin"):
            async with bot.join(server.url, "KJ7P-Q2M4"):
                pass


def test_a_policy_in_json_takes_cover() -> None:
    (step,) = read_policy({"steps": [{"do": "take_cover", "at_ms": 5, "box": "bin", "from": "kim", "speed": 1}]}).steps
    assert step.deed == TakeCover("bin", "kim", 1.0)
    with pytest.raises(UsageError, match="KeyError"):
        read_policy({"steps": [{"do": "take_cover", "at_ms": 5, "box": "bin", "speed": 1}]})
