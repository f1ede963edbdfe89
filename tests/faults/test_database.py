"""The database stops, freezes or dies: the running sessions do not notice, and its copy is whole afterwards."""

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from telemetry import timescale
from telemetry.drain import Drain
from telemetry.journal import JournalWriter
from telemetry.migrate import migrate
from tests.faults.crowd import Crowd
from tests.faults.house import Database, House
from tests.faults.ledger import check
from tests.faults.seeds import SCALES, Scale, seeds
from tests.faults.tape import Tape
from tests.telemetry.oracle import check as check_tape


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


def store(drain: Drain) -> None:
    while drain.step():
        pass


@seeds(1, 15)
def test_a_database_that_is_killed_in_the_middle_of_a_copy(
    own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Some of the rows are with it, some are not, and neither will know; what is stored is stored once."""
    chance, tape = random.Random(seed), Tape(seed)
    conninfo = own_database.create()
    migrate(conninfo)
    writer = JournalWriter(tmp_path)
    tape.write(writer)
    writer.close()
    left = chance.randint(1, 6)

    def copy(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
        nonlocal left
        left -= 1
        if left:
            whole(connection, table, columns, rows)
            return
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY core.{} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), names)
        with connection.cursor() as cursor, cursor.copy(statement) as out:
            out.write(timescale.COPY_HEADER + rows[: chance.randrange(len(rows))])
            own_database.kill()

    whole = timescale.copy
    monkeypatch.setattr(timescale, "copy", copy)
    drain = Drain(tmp_path, conninfo, limit=chance.choice([5, 30, 1000]))
    with pytest.raises(psycopg.OperationalError):
        store(drain)
    assert left == 0
    own_database.start()
    store(drain)
    drain.close()
    check_tape(conninfo, *tape.issued)
