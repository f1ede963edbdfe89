"""How fast rows are journalled and drained, and how many bytes each takes: without sockets, as fast as it goes."""

import os
import resource
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import numpy as np
import psycopg

from telemetry import frames
from telemetry.drain import Drain
from telemetry.journal import JournalWriter, RecordKind
from telemetry.records import GENESIS, EventRecord, SampleRecord, encode_event
from telemetry.streams import STREAMS
from tests.bench.rows import RATES, seqs, values

#: What a station and its scenario record in 100 ms, beside the station's own rows: every track of the server's own
#: writes a block a second (session_server.net.streams_out), and signals change with most frames.
SERVER_TRACKS: Final = (
    ("actor_pose", "daniel"), ("actor_pose", "noor"), ("proximity", "daniel"), ("proximity", "noor"),
    ("person_state", "agitation"), ("person_state", "trust"), ("person_state", "words"),
)  # fmt: skip
SERVER_ROWS: Final = 20
_FIRST_SEQ: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Journalled:
    """What was written: rows of streams, records, bytes of segments, and what it took."""

    rows: int
    records: int
    bytes: int
    took_s: float
    cpu_s: float


class _Recorded:
    """One session's records."""

    def __init__(self, writer: JournalWriter) -> None:
        self._writer = writer
        self._id: UUID = uuid4()
        self._seq = 0
        self._chain = GENESIS
        self.rows = self.records = 0
        self._event("session_opened", {
            "scenario": "bench", "scenario_sha256": "ab" * 32, "profile": "formative", "profile_sha256": "cd" * 32,
            "software": "bench", "seed": 7, "pseudonym": "B", "attempt": 1, "modality": "bot", "condition": None,
            "opened_at": "2026-03-01T09:30:00+00:00",
        }, 0.0)  # fmt: skip
        self._tracks: list[tuple[str, int]] = [(stream, number) for number, stream in enumerate(RATES, 1)]
        for number, (stream, label) in enumerate([(stream, "") for stream in RATES] + list(SERVER_TRACKS), 1):
            self._event("track_opened", {
                "track": number, "stream": stream, "station": "trainee" if not label else "server", "run": "r",
                "label": label, "rate": STREAMS[stream].rate,
            }, 0.0)  # fmt: skip

    def _event(self, kind: str, data: dict[str, object], t: float, ms: int | None = None) -> None:
        event = EventRecord(self._seq, t, ms, "system", kind, data)
        payload = encode_event(event, self._chain)
        self._writer.append(event.kind, self._id, payload)
        self._seq, self._chain = self._seq + 1, payload[:32]
        self.records += 1

    def step(self, number: int, own: dict[str, bytes], server: list[bytes]) -> None:
        """Record 100 ms: frames of the station, signals, and once a second the server's own blocks."""
        t = number / 10
        for stream, track in self._tracks:
            self._samples(track, own[stream], t, RATES[stream] * 1)
        self._event("signals", {"distance": round(2 + (number % 40) * 0.05, 2)}, t, number * 100)
        if number % 10 == 9:
            for track, raw in enumerate(server, len(RATES) + 1):
                self._samples(track, raw, t, 0)

    def _samples(self, track: int, raw: bytes, t: float, _: int) -> None:
        self._writer.append(RecordKind.SAMPLES, self._id, SampleRecord(0, 0.0, -5.0, 0.0, 0.001, t, raw).encode())
        self.rows += frames.BLOCK_HEADER.unpack_from(raw)[2]
        self.records += 1


def _own(number: int) -> dict[str, bytes]:
    """Blocks of a station's frame ``number``."""
    blocks = {}
    for track, stream in enumerate(RATES, 1):
        first, end = seqs(stream, number)
        cycle = values(stream)
        rows = cycle[np.arange(first, end) % len(cycle)]
        blocks[stream] = frames.encode_block(track, first, 5000 + np.arange(first, end) * 1000 / RATES[stream], rows)
    return blocks


def _server(number: int) -> list[bytes]:
    """Blocks of the server's own tracks for the second that ends with frame ``number``."""
    first = number // 10 * SERVER_ROWS
    times = np.arange(first, first + SERVER_ROWS) * 50.0
    return [
        frames.encode_block(track, first, times, np.tile(np.linspace(0.1, 0.9, SERVER_ROWS)[:, None], (1, width)))
        for track, width in enumerate((len(STREAMS[stream].columns) for stream, _ in SERVER_TRACKS), len(RATES) + 1)
    ]


def journal(directory: Path, *, sessions: int, seconds: float) -> Journalled:
    """Record so many sessions for so long, one sync for each 100 ms of all of them."""
    writer = JournalWriter(directory)
    recorded = [_Recorded(writer) for _ in range(sessions)]
    writer.sync()
    before, began, cpu = sum(one.rows for one in recorded), time.monotonic(), time.process_time()
    for number in range(round(10 * seconds)):
        own, server = _own(number), _server(number) if number % 10 == 9 else []
        for one in recorded:
            one.step(number, own, server)
        writer.sync()
    took, spent = time.monotonic() - began, time.process_time() - cpu
    writer.close()
    size = sum(path.stat().st_size for path in directory.glob("*.journal"))
    rows = sum(one.rows for one in recorded) - before
    return Journalled(rows, sum(one.records for one in recorded), size, took, spent)


@dataclass(frozen=True, slots=True)
class Drained:
    """What was stored, and what it took drain and database, in seconds."""

    rows: int
    records: int
    took_s: float
    drain_s: float
    database_s: float
    longest_s: float
    database_bytes: int


def drain(directory: Path, conninfo: str, database_cpu: Callable[[], float]) -> Drained:
    """Store a whole journal in transactions of the drain's own size."""
    before, size = database_cpu(), database_bytes(conninfo)
    copier, longest = Drain(directory, conninfo), 0.0
    began, cpu = time.monotonic(), time.process_time()
    while True:
        started = time.monotonic()
        if not copier.step():
            break
        longest = max(longest, time.monotonic() - started)
    took, spent = time.monotonic() - began, time.process_time() - cpu
    copier.close()
    database = database_cpu() - before
    return Drained(copier.rows, copier.records, took, spent, database, longest, database_bytes(conninfo) - size)


def database_bytes(conninfo: str) -> int:
    """Bytes of the database with its indexes."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def machine() -> str:
    """What this runs on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GB, load {os.getloadavg()[0]:.1f}"


def own_cpu_s() -> float:
    """Processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
