"""The server, or its drain, ends by SIGKILL under stations: at random, and at every step of the journal's writer."""

import asyncio
import random
from collections.abc import Iterator

from telemetry.journal import STEPS
from tests.faults.crowd import Crowd
from tests.faults.house import House, until
from tests.faults.ledger import Account, check
from tests.faults.seeds import seeds

STATIONS = 6
KILLS = 3
#: No later than this in the life of a server does a step's n-th time come: some 40 syncs a second, a segment every two.
SYNCS, SEGMENTS = (10, 80), (1, 3)


async def account(house: House, crowd: Crowd) -> Account:
    """Wait until all is stored, and compare."""
    await crowd.fresh()
    await crowd.settle()
    await asyncio.to_thread(house.stored)
    return await asyncio.to_thread(check, house.database, crowd)


@seeds(1, 10)
async def test_a_drain_killed_at_random_points(house: House, seed: int) -> None:
    chance = random.Random(seed)
    async with Crowd(house, STATIONS, seed=seed) as crowd:
        for _ in range(KILLS if seed else 1):
            await crowd.fresh()
            await asyncio.sleep(chance.uniform(0, 0.5))
            await asyncio.to_thread(house.kill_drain)
        await crowd.recording(state="storing")
        found = await account(house, crowd)
        assert crowd.losses == 0
    assert found.issued == found.acknowledged == found.stored > 0


@seeds(1, 10)
async def test_a_server_killed_at_random_points(house: House, seed: int) -> None:
    chance = random.Random(seed)
    kills = KILLS if seed else 1
    async with Crowd(house, STATIONS, seed=seed) as crowd:
        for _ in range(kills):
            await crowd.fresh()
            await asyncio.sleep(chance.uniform(0, 1))
            await asyncio.to_thread(house.kill)
            await asyncio.to_thread(house.start)
        found = await account(house, crowd)
        assert all(station.connection.losses >= kills for station in crowd.stations)
    assert found.issued == found.acknowledged == found.stored > 0


def failpoints(seed: int) -> Iterator[str]:
    """Every step in a random order, each at one of its times."""
    chance = random.Random(seed)
    for step in chance.sample(STEPS, len(STEPS)):
        yield f"{step}:{chance.randint(*(SEGMENTS if step.startswith('segment') else SYNCS))}"


@seeds(0, 6)
async def test_a_server_killed_at_steps_of_its_journal(empty_house: House, seed: int) -> None:
    """Between write, fsync and telling readers, and while a segment is begun; in `test_killed` without stations."""
    house, points = empty_house, list(failpoints(seed))
    crowd = Crowd(house, STATIONS, seed=seed)
    await asyncio.to_thread(house.start)
    async with crowd:
        for point in points:
            await asyncio.to_thread(house.kill)
            try:
                await asyncio.to_thread(house.start, failpoint=point)
            except AssertionError:
                # At its first segment: it dies while it starts.
                assert house.died(), point
            await asyncio.to_thread(until, house.died, f"failpoint {point}")
        await asyncio.to_thread(house.start)
        found = await account(house, crowd)
        # A page's own word: it asks for nothing twice, and never for less than was acknowledged.
        assert all(station.connection.error is None for station in crowd.stations)
    assert found.issued == found.acknowledged == found.stored > 0
