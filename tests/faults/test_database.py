"""The database stops, freezes or dies: the running sessions do not notice, and its copy is whole afterwards."""

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.faults.crowd import Crowd
from tests.faults.house import Database, House
from tests.faults.ledger import check
from tests.faults.seeds import SCALES, Scale, seeds


async def outage(
    house: House, scale: Scale, begin: Callable[[], None], end: Callable[[], None], *, seed: int = 0
) -> None:
    """Let the database be away under stations; nothing of it may reach them."""
    async with Crowd(house, scale.stations, seed=seed) as crowd:
        await crowd.fresh()
        await crowd.recording(state="storing")
        scenario_ms = [station.stage.ms if station.stage else 0 for station in crowd.stations]
        await asyncio.to_thread(begin)
        try:
            await crowd.recording(state="behind")
            await asyncio.sleep(scale.fault_s)
            await crowd.fresh()
            await crowd.instructor.flag("written while the database is away")
            await crowd.recording(state="behind")
        finally:
            await asyncio.to_thread(end)
        await crowd.fresh()
        await crowd.recording(state="storing")
        for before, station in zip(scenario_ms, crowd.stations, strict=True):
            assert station.stage is not None
            assert station.stage.ms >= before + scale.fault_s * 1000, "scenario time stood still"
            assert station.phase == "running"
        assert crowd.losses == 0
        await crowd.settle()
    await asyncio.to_thread(house.stored)
    account = await asyncio.to_thread(check, house.database, crowd)
    assert account.issued == account.acknowledged == account.stored > 0


@pytest.mark.parametrize("scale", SCALES)
async def test_a_database_that_is_stopped(house: House, own_database: Database, scale: Scale) -> None:
    await outage(house, scale, own_database.stop, own_database.start)


@pytest.mark.parametrize("scale", SCALES)
async def test_a_database_that_freezes(house: House, own_database: Database, scale: Scale) -> None:
    """It accepts connections and never answers."""
    await outage(house, scale, own_database.freeze, own_database.thaw)


@seeds(1, 10)
async def test_a_database_that_is_killed(house: House, own_database: Database, seed: int) -> None:
    """At a random point of the drain's work, several times; it recovers from its own log."""
    random_s = random.Random(seed)
    async with Crowd(house, 4, seed=seed) as crowd:
        await crowd.fresh()
        for _ in range(1 if seed == 0 else 3):
            await asyncio.sleep(random_s.uniform(0, 0.5))
            await asyncio.to_thread(own_database.kill)
            await crowd.recording(state="behind")
            await asyncio.to_thread(own_database.start)
            await crowd.recording(state="storing")
        await crowd.fresh()
        assert crowd.losses == 0
        await crowd.settle()
    await asyncio.to_thread(house.stored)
    account = await asyncio.to_thread(check, house.database, crowd)
    assert account.issued == account.acknowledged == account.stored > 0
