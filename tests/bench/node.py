"""A node under load: `talkdown serve` as a process with its drain and the embedded database, and who uses how much."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import psutil

from telemetry import embedded, journal, status
from telemetry.embedded import EmbeddedDatabase
from telemetry.migrate import migrate

SCENARIO: Final = "bus-shelter"
START_S: Final = 60.0
#: From the first frame to the measurement: joins, first ticks and caches are not what is measured.
WARM_S: Final = 4.0
#: After the load stops the drain may need this long for what is left, before rows count as lost.
STORED_S: Final = 120.0

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor seconds since each process began; ``loop`` and ``journal`` are threads of ``server``."""

    at: float
    server: float
    loop: float
    journal: float
    drain: float
    database: float

    def since(self, before: Self) -> "Shares":
        """Return what was spent since ``before``, in processors."""
        took = self.at - before.at
        names = ("server", "loop", "journal", "drain", "database")
        return Shares(seconds=took, **{name: (getattr(self, name) - getattr(before, name)) / took for name in names})


@dataclass(frozen=True, slots=True)
class Shares:
    """Processors in use over ``seconds``."""

    server: float
    loop: float
    journal: float
    drain: float
    database: float
    seconds: float

    @property
    def all(self) -> float:
        """Server, drain and database together."""
        return self.server + self.drain + self.database


@dataclass(slots=True)
class Node:
    """One running server with what belongs to it."""

    folder: Path
    database: EmbeddedDatabase
    process: "subprocess.Popen[bytes]"
    url: str = ""
    _drain: psutil.Process | None = field(default=None)

    @property
    def key(self) -> str:
        """The console key."""
        return (self.folder / "console.key").read_text().strip()

    @property
    def drain(self) -> psutil.Process:
        """The drain's process."""
        if self._drain is None:
            children = psutil.Process(self.process.pid).children()
            self._drain = next(child for child in children if "telemetry.drain" in child.cmdline())
        return self._drain

    def spent(self) -> Spent:
        """Who has used how much until now. The first thread is the event loop's, the busiest other the journal's."""
        server = psutil.Process(self.process.pid)
        threads = {thread.id: thread.user_time + thread.system_time for thread in server.threads()}
        loop = threads.pop(server.pid)
        return Spent(
            time.monotonic(), _cpu_s(server), loop, max(threads.values(), default=0.0), _cpu_s(self.drain),
            self.database.cpu_seconds(),
        )  # fmt: skip

    def memory(self) -> dict[str, float]:
        """Memory of server and drain in MB that is theirs alone."""
        server = psutil.Process(self.process.pid)
        return {"server": server.memory_info().rss / 1e6, "drain": self.drain.memory_info().rss / 1e6}

    def wait_until_stored(self) -> float:
        """Wait for the drain; return how long that took. ``TimeoutError`` where it does not finish."""
        folder, began = self.folder / "journal", time.monotonic()
        # As of now: the sessions go on, and so does their journal.
        end = journal.synced(folder)
        while True:
            if end is None or status.read(folder).position >= end:
                return time.monotonic() - began
            if time.monotonic() - began > STORED_S:
                raise TimeoutError(f"after {STORED_S:.0f} s the drain has not stored the journal")
            time.sleep(0.05)

    def bytes_on_disk(self) -> int:
        """Bytes of the journal's segments."""
        return sum(path.stat().st_size for path in (self.folder / "journal").glob("*.journal"))


@contextmanager
def node(*wrapper: str) -> Iterator[Node]:
    """Start a node in a folder of its own; ``wrapper`` is a module to run the command line in, instead of it itself."""
    with tempfile.TemporaryDirectory(prefix="talkdown-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with embedded.start(folder, progress=lambda line: None) as database:
            migrate(database.uri)
            command = [sys.executable, "-m", *(wrapper or ("session_server.cli",)), "serve", "--port", "0"]
            with (folder / "server.log").open("wb") as log:
                process = subprocess.Popen([*command, "--data", name], stdout=log, stderr=log)
            try:
                yield _started(Node(folder, database, process))
            finally:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(60)
                process.kill()


def _started(node: Node) -> Node:
    began = time.monotonic()
    while True:
        if node.process.poll() is not None or time.monotonic() - began > START_S:
            raise RuntimeError(f"the server did not start: {(node.folder / 'server.log').read_text()[-2000:]}")
        with suppress(FileNotFoundError, ValueError, StopIteration):
            node.url = json.loads((node.folder / "server.json").read_text())["url"]
            if node.drain.is_running():
                return node
        time.sleep(0.05)


class Generator:
    """The load's process, told over its standard input."""

    def __init__(self, url: str, stations: int, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.generator", url, str(stations), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip
        self._answer()

    def tell(self, word: str) -> Json:
        """Say a word; return the answer."""
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Json:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the load ended before its time; what it printed says why")
        found: Json = json.loads(line)
        return found

    def __enter__(self) -> Self:
        """Send until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def load_of(node: Node, stations: int, *, frozen: bool = False) -> Generator:
    """Return a load whose every station has a session of its own on ``node``."""
    options = [f"--key={node.key}", "--scenario", SCENARIO, *(["--frozen"] if frozen else [])]
    return Generator(node.url, stations, *options)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return the least-squares slope of (seconds, MB) in MB per minute; 0 of fewer than two samples."""
    if len(samples) < 2:
        return 0.0
    mean_t = sum(t for t, _ in samples) / len(samples)
    mean = sum(value for _, value in samples) / len(samples)
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    return 60 * sum((t - mean_t) * (value - mean) for t, value in samples) / spread
