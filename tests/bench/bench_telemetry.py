"""Print what the telemetry path costs: part of `make bench`.

Decoding a frame, journalling, draining into the embedded database, reading a session of twenty minutes back.
"""

from __future__ import annotations

import tempfile
import time
import timeit
from pathlib import Path

import numpy as np

from telemetry import embedded, frames, trace
from telemetry.drain import Drain
from telemetry.journal import JournalWriter, RecordKind
from telemetry.migrate import migrate
from telemetry.records import SampleRecord
from tests.telemetry.oracle import Issued

STATIONS, SECONDS, MINUTES = 100, 30, 20


def frame() -> bytes:
    """What a station sends every 100 ms."""
    pose = frames.encode_block(1, 100, 5000 + np.arange(7) * 13.9, np.random.rand(7, 7))
    voice = frames.encode_block(2, 70, 5000 + np.arange(5) * 20.0, np.random.rand(5, 7))
    return frames.encode(5100.0, [pose, voice])


def journal(directory: Path) -> None:
    """Many stations for a while, one sync per 100 ms."""
    writer = JournalWriter(directory)
    sessions = [Issued(writer, seed) for seed in range(STATIONS)]
    for session in sessions:
        session.open()
        session.track(1, "head_pose")
        session.track(2, "voice")
    writer.sync()
    values = {1: np.random.rand(7, 7), 2: np.random.rand(5, 7)}
    started, rows = time.perf_counter(), 0
    for step in range(10 * SECONDS):
        for track, block in values.items():
            count = len(block)
            raw = frames.encode_block(track, step * count, 5000 + step * 100 + np.arange(count), block)
            payload = SampleRecord(track, 0, -5.0, 0.0, 0.001, step / 10, raw).encode()
            for session in sessions:
                writer.append(RecordKind.SAMPLES, session.id, payload)
            rows += count * STATIONS
        writer.sync()
    took = time.perf_counter() - started
    writer.close()
    print(f"journalled   {rows:9,} rows in {took:6.2f} s  {rows / took:12,.0f} rows/s")


def drain(directory: Path, conninfo: str) -> None:
    """All of it, in transactions of the drain's own size."""
    copier = Drain(directory, conninfo)
    started, cpu, slowest = time.perf_counter(), time.process_time(), 0.0
    while True:
        before = time.perf_counter()
        if not copier.step():
            break
        slowest = max(slowest, time.perf_counter() - before)
    took, spent = time.perf_counter() - started, time.process_time() - cpu
    copier.close()
    python = f"{1e6 * spent / copier.rows:.1f} us Python per row"
    print(f"drained      {copier.rows:9,} rows in {took:6.2f} s  {copier.rows / took:12,.0f} rows/s")
    print(f"             {python}, longest transaction {1e3 * slowest:.0f} ms")


def one_session(directory: Path) -> Issued:
    """Twenty minutes of pose and voice, the server's streams and ten signals a second."""
    writer = JournalWriter(directory)
    session = Issued(writer)
    session.open()
    for track, (stream, label) in enumerate(
        [("head_pose", ""), ("voice", ""), ("actor_pose", "d"), ("proximity", "d"), ("person_state", "a")], 1
    ):
        session.track(track, stream, label=label)
    for second in range(60 * MINUTES):
        for track, rows in enumerate((72, 50, 20, 20, 20), 1):
            session.batch(track, rows)
        for tenth in range(10):
            t = second + tenth / 10
            session.event("signals", {"distance": second / 4, "speaking": True}, t=t, ms=round(t * 1000))
    writer.close()
    return session


def main() -> None:
    """Measure and print."""
    data = frame()
    took = min(timeit.repeat(lambda: frames.decode(data), number=5000, repeat=7)) / 5000
    print(f"decode       {1e6 * took:9.1f} us per frame of 7 poses and 5 voice levels")
    with tempfile.TemporaryDirectory(prefix="talkdown-measure-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with embedded.start(folder / "database", progress=lambda line: None) as server:
            migrate(server.uri)
            print(server.describe())
            journal(folder / "many")
            drain(folder / "many", server.uri)
            session = one_session(folder / "one")
            drain(folder / "one", server.uri)
            times = []
            for _ in range(5):
                started = time.perf_counter()
                found = trace.read(server.uri, session.id)
                times.append(time.perf_counter() - started)
            rows = sum(len(track) for track in found.tracks)
            print(f"read back    {rows:9,} rows and {len(found.events):,} events in {min(times):.2f} s")


if __name__ == "__main__":
    main()
