"""The floor: what receiving and storing cost at least with the same parts and none of our own.

A bare `websockets` server receives the very frames of the load, and rows that are packed already go by raw binary COPY
into tables of the store's own shape, a transaction for some hundred frames.

    python -m tests.bench.floor      says the address it listens at, receives until it is ended
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import psutil
import psycopg
import uvloop
from websockets.asyncio.server import ServerConnection, serve

from telemetry import frames, timescale
from telemetry.drain import PERIOD_S
from telemetry.records import SampleRecord
from telemetry.streams import STREAMS
from tests.bench.node import WARM_S, Generator
from tests.bench.rows import RATES, values
from tests.bench.throughput import own_cpu_s

#: Seconds of every station's rows in one transaction: as often as the drain commits.
COMMIT_S: Final = PERIOD_S


@dataclass(frozen=True, slots=True)
class Floor:
    """Microseconds of processor time per frame: to receive it, to send its rows, to store them."""

    receive: float
    copy: float
    database: float

    @property
    def all(self) -> float:
        """The three together."""
        return self.receive + self.copy + self.database


def receive(stations: int, seconds: float) -> float:
    """Return the microseconds that a bare server takes to receive a frame at the load's own pace."""
    command = [sys.executable, "-m", "tests.bench.floor"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        url = json.loads(server.stdout.readline())["url"]
        try:
            with Generator(url, stations) as load:
                time.sleep(WARM_S)
                load.tell("measure")
                before = psutil.Process(server.pid).cpu_times()
                time.sleep(seconds)
                seen, after = load.tell("report"), psutil.Process(server.pid).cpu_times()
        finally:
            server.kill()
    spent = after.user + after.system - before.user - before.system
    count = seen["frames"]
    assert isinstance(count, int)
    return 1e6 * spent / count


def store(conninfo: str, stations: int, seconds: float, database_cpu: Callable[[], float]) -> tuple[float, float]:
    """Return the microseconds per frame of client and database to COPY the rows of so many stations for so long.

    The tables are the store's own, with their index: equal rows in equal tables, and as time goes on.
    """
    commits = round(seconds / COMMIT_S)
    packed = [{stream: _packed(stream, stations, number) for stream in RATES} for number in range(commits)]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for stream in RATES:
            connection.execute(f"CREATE TABLE IF NOT EXISTS core.floor_{stream} (LIKE core.{stream} INCLUDING ALL)")
            connection.execute(
                f"SELECT create_hypertable('core.floor_{stream}', by_range('at', INTERVAL '1 day'),"
                " create_default_indexes => false, if_not_exists => true)"
            )
        client, database = own_cpu_s(), database_cpu()
        for transaction in packed:
            with connection.transaction():
                for stream, rows in transaction.items():
                    columns = (*timescale.SAMPLE_COLUMNS, *STREAMS[stream].names, "flags")
                    timescale.copy(connection, f"floor_{stream}", columns, rows)
        client, database = own_cpu_s() - client, database_cpu() - database
        for stream in RATES:
            connection.execute(f"DROP TABLE core.floor_{stream}")
    count = stations * 10 * commits * COMMIT_S
    return 1e6 * client / count, 1e6 * database / count


def _packed(stream: str, stations: int, number: int) -> bytes:
    """The rows of all stations in transaction `number`, ready to be written."""
    count = round(RATES[stream] * COMMIT_S)
    rows = timescale.SampleRows(STREAMS[stream])
    seqs, cycle = np.arange(number * count, (number + 1) * count), values(stream)
    raw = frames.encode_block(1, int(seqs[0]), seqs * 1000 / RATES[stream], cycle[seqs % len(cycle)])
    mapping = SampleRecord(0, 0.0, 0.0, 0.0, 0.001, 1.0, b"").encode()
    for station in range(stations):
        rows.add(station, 800_000_000_000_000, [(mapping, raw, 0)])
    return rows.pack()


async def _receive() -> None:
    async def taken(connection: ServerConnection) -> None:
        async for _ in connection:
            pass

    async with serve(taken, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_receive())
