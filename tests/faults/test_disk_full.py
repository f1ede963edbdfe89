"""A disk fills up to its last byte: nothing is acknowledged that is not on it, and nothing that was is lost."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from tests.faults.crowd import Crowd
from tests.faults.disk import small_disk
from tests.faults.house import PATIENCE_S, Database, House
from tests.faults.ledger import check
from tests.faults.seeds import Scale

#: Room for what a server leaves free for its sessions; only what is written takes memory.
JOURNAL_MIB = 1024
#: A new cluster, its log of transactions and some more.
DATABASE_MIB = 400

SCALES = [
    pytest.param(Scale(3, 0.5), id="short"),
    pytest.param(Scale(20, 60.0), id="full", marks=pytest.mark.slow),
]


async def unacknowledged(crowd: Crowd) -> None:
    """Wait until every station has rows that the server does not acknowledge, though it had time to."""
    quiet, before = 0, -1
    async with asyncio.timeout(PATIENCE_S):
        while quiet < 5:
            await asyncio.sleep(0.2)
            now = sum(station.rows_acked for station in crowd.stations)
            quiet, before = (quiet + 1 if now == before else 0), now


@pytest.mark.parametrize("scale", SCALES)
async def test_the_journal_s_disk_is_full(own_database: Database, tmp_path: Path, scale: Scale) -> None:
    with small_disk(tmp_path / "disk", JOURNAL_MIB) as disk:
        house = House(disk.folder, await asyncio.to_thread(own_database.create))
        try:
            await asyncio.to_thread(house.start)
            async with Crowd(house, scale.stations) as crowd:
                await crowd.fresh()
                disk.fill()
                # Clients keep their rows from now on, while the sessions' events take what is left, to the last byte.
                await crowd.recording(full=True)
                await crowd.problem("disk_failing")
                await unacknowledged(crowd)
                acknowledged = [station.rows_acked for station in crowd.stations]
                await asyncio.sleep(scale.fault_s)
                # Still nothing, and the server still answers; what was acknowledged before is no less.
                await crowd.recording(full=True)
                assert [station.rows_acked for station in crowd.stations] == acknowledged
                assert all(s.rows_sent > s.rows_acked for s in crowd.stations)
                disk.relieve()
                await crowd.fresh()
                await crowd.recording(full=False)
                await crowd.settle()
                assert crowd.losses == 0
            await asyncio.to_thread(house.stored)
            account = await asyncio.to_thread(check, house.database, crowd)
        finally:
            await asyncio.to_thread(house.kill)
    assert account.issued == account.acknowledged == account.stored > 0
    with psycopg.connect(house.database) as connection:
        assert connection.execute("SELECT segment, byte_offset, reason FROM core.damage").fetchall() == []


@pytest.mark.slow
async def test_the_database_s_disk_is_full(tmp_path: Path, open_folder: Path) -> None:
    """It may refuse, or give up altogether and be started again: the sessions do not notice."""
    with small_disk(open_folder / "disk", DATABASE_MIB) as disk:
        database = Database(disk.folder)
        await asyncio.to_thread(database.start)
        house = House(tmp_path, database.uri)
        try:
            await asyncio.to_thread(house.start)
            async with Crowd(house, 10) as crowd:
                await crowd.fresh()
                disk.fill()
                await crowd.recording(state="behind")
                await asyncio.sleep(10)
                await crowd.fresh()
                await crowd.problem("not_storing")
                disk.relieve()
                await asyncio.to_thread(database.start)
                await crowd.recording(state="storing")
                await crowd.fresh()
                assert crowd.losses == 0
                await crowd.settle()
            await asyncio.to_thread(house.stored)
            account = await asyncio.to_thread(check, house.database, crowd)
        finally:
            await asyncio.to_thread(house.kill)
            await asyncio.to_thread(database.stop)
    assert account.issued == account.acknowledged == account.stored > 0
