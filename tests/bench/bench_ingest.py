"""Print what the telemetry path carries and costs: part of `make bench`.

    python -m tests.bench.bench_ingest [--stations 50,200,500,1000] [--seconds 20] [--only curve,cost,...]

Everything shares this machine: server, drain, database and the load itself. Processor time tells them apart.
"""

import argparse
import tempfile
import time
import timeit
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from telemetry import embedded, frames, trace
from telemetry.drain import Drain
from telemetry.journal import JournalWriter
from telemetry.migrate import migrate
from telemetry.streams import STREAMS
from tests.bench import curve, floor, shares, throughput
from tests.bench.curve import Point
from tests.bench.figures import tell
from tests.bench.rows import Frames
from tests.telemetry.oracle import PULSE, Issued

STATIONS: Final = (50, 200, 500, 1000)
SECONDS: Final = 20.0
#: The issue's goals.
ACK_P99_MS: Final = 100.0
FLOOR_RATIO: Final = 2.0
CATCH_UP: Final = 10.0
TRACE_S: Final = 0.5
#: A class and its observers; what a drain must catch up with after a database was away.
CLASS: Final = 50
#: Stations of the comparison with the floor: enough that a frame is seldom alone in a turn of the loop.
COMPARED: Final = 200
MINUTES: Final = 20


def paths() -> None:
    """Rows through journal and drain as fast as they go, bytes on disk, and a session read back."""
    data = Frames().message(3, {"head_pose": 1, "voice": 2}, 0.0, 0.0)[8:]
    decode = min(timeit.repeat(lambda: frames.decode(data), number=5000, repeat=7)) / 5000
    tell("decode", 1e6 * decode, "us for a frame of 7 poses and 5 voice levels")
    with tempfile.TemporaryDirectory(prefix="talkdown-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with embedded.start(folder / "database", progress=lambda line: None) as database:
            migrate(database.uri)
            print(f"{'database':<12} {database.describe()}")
            seconds = 60.0
            written = throughput.journal(folder / "class", sessions=CLASS, seconds=seconds)
            stored = throughput.drain(folder / "class", database.uri, database.cpu_seconds)
            tell("journal", written.rows / written.took_s, "rows/s journalled, a sync for each 100 ms")
            tell("journal", written.bytes / written.rows, "bytes per row on disk")
            tell("drain", stored.rows / stored.took_s, f"rows/s stored, longest transaction {stored.longest_s:.2f} s")
            drain_us, database_us = (1e6 * spent / stored.rows for spent in (stored.drain_s, stored.database_s))
            tell("drain", drain_us, f"us per row of the drain, and {database_us:.2f} us of the database")
            tell("drain", seconds / stored.took_s, f"times real time, catching up with {CLASS} stations",
                 at_least=CATCH_UP)  # fmt: skip
            tell("database", stored.database_bytes / stored.rows, "bytes per row on disk, indexes included")
            _read_back(folder / "one", database.uri)


def _read_back(directory: Path, conninfo: str) -> None:
    writer = JournalWriter(directory)
    session = _one_session(writer)
    writer.close()
    copier = Drain(directory, conninfo)
    while copier.step():
        pass
    copier.close()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        found = trace.read(conninfo, session.id)
        times.append(time.perf_counter() - started)
    rows = sum(len(track) for track in found.tracks)
    what = f"s to read {MINUTES} minutes back: {len(found.tracks)} tracks, {rows:,} rows, {len(found.events):,} events"
    tell("trace", min(times), what, at_most=TRACE_S)


def _one_session(writer: JournalWriter) -> Issued:
    """A session of twenty minutes with every stream there is, and ten signals a second."""
    session = Issued(writer)
    session.open()
    labels = {"hand_pose": ("left", "right"), "actor_pose": ("daniel", "noor"), "proximity": ("daniel", "noor"),
              "person_state": ("agitation", "trust", "words"), "sensor": ("heart_rate",)}  # fmt: skip
    tracks = [(stream, label) for stream in STREAMS.values() for label in labels.get(stream.name, ("",))]
    for track, (stream, label) in enumerate(tracks, 1):
        session.track(track, stream.name, label=label, sensor=PULSE if stream.name == "sensor" else None)
    for second in range(60 * MINUTES):
        for track, (stream, _) in enumerate(tracks, 1):
            session.batch(track, max(round(stream.rate), 1))
        for tenth in range(10):
            t = second + tenth / 10
            session.event("signals", {"distance": second / 4, "speaking": True}, t=t, ms=round(t * 1000))
        if second % 60 == 0:
            writer.sync()
    return session


def cost(seconds: float) -> None:
    """A frame from its receipt to its rows in the database, scenarios paused, beside the floor of the same run."""
    with tempfile.TemporaryDirectory(prefix="talkdown-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with embedded.start(folder, progress=lambda line: None) as database:
            migrate(database.uri)
            copy_us, database_us = floor.store(database.uri, COMPARED, seconds, database.cpu_seconds)
    least = floor.Floor(floor.receive(COMPARED, seconds), copy_us, database_us)
    point = curve.measure(COMPARED, seconds, frozen=True)
    server, drain, stored = (
        1e6 * spent / point.frames_per_s for spent in (point.cpu.server, point.cpu.drain, point.cpu.database)
    )
    tell("floor", least.all, f"us per frame: receive {least.receive:.1f}, copy {least.copy:.1f},"
         f" database {least.database:.1f}")  # fmt: skip
    ours = server + drain + stored
    tell("cost", ours, f"us per frame, paused: server {server:.1f}, drain {drain:.1f}, database {stored:.1f}")
    tell("cost", ours / least.all, "times the floor", at_most=FLOOR_RATIO)


HEAD: Final = (
    "stations  ack p50   p95   p99 ms      issued      stored  lost  dup  alt   server  drain  datab.  load"
    "   ticks/s  server MB        MB/min  drain MB      behind s"
)


def the_curve(stations: Sequence[int], seconds: float) -> None:
    """The curve with the scenario running, and where the time goes where a goal is missed."""
    print(f"\n{seconds:.0f} s for each point; processors of {throughput.machine()}\n{HEAD}")
    missed = []
    for count in stations:
        point = curve.measure(count, seconds)
        held = point.ack_ms[2] <= ACK_P99_MS and not point.audit.lost + point.audit.duplicated + point.audit.altered
        print(f"{_line(point)}  {'holds' if held else 'MISSED'}", flush=True)
        for note in point.notes:
            print(f"          {note}")
        if not held:
            missed.append(point)
    for point in missed:
        _where(point)
    print(f"\nWhere the server's loop spends its time, at {shares.STATIONS} stations:")
    for work, share in sorted(shares.measure(min(seconds, 10.0)).items(), key=lambda item: -item[1]):
        print(f"{100 * share:9.1f} %  {work}")


def _line(point: Point) -> str:
    audit, cpu = point.audit, point.cpu
    p50, p95, p99 = point.ack_ms
    before, after = point.memory
    drain_before, drain_after = point.drain_memory
    return (
        f"{point.stations:8} {p50:9.1f} {p95:5.1f} {p99:5.1f}    {audit.issued:11,} {audit.stored:11,}"
        f" {audit.lost:5} {audit.duplicated:4} {audit.altered:4}"
        f"  {cpu.server:6.2f} {cpu.drain:6.2f} {cpu.database:7.2f} {point.generator:5.2f} {point.ticks_per_s:9.1f}"
        f"  {before:6.1f} > {after:6.1f} {point.growth:7.2f}  {drain_before:5.1f} > {drain_after:5.1f}"
        f" {point.stored_after_s:7.1f}"
    )


def _where(point: Point) -> None:
    """Say which processor was short, and how long the loop made others wait."""
    cpu = point.cpu
    used = cpu.all + point.generator
    print(
        f"\n{point.stations} stations: {used:.2f} processors used in all; the server's loop {cpu.loop:.2f}"
        f" of at most 1, its journal's thread {cpu.journal:.2f}.\n"
        f"A clock exchange, which waits for the loop only, took {point.clock_ms[0]:.1f} ms (p50) and"
        f" {point.clock_ms[1]:.1f} ms (p99);"
        f" so {max(point.ack_ms[2] - point.clock_ms[1], 0):.0f} ms of the p99 are waits for the disk and its company."
    )
    names = ("server", "drain", "database")
    each = ", ".join(f"{name} {1e6 * getattr(cpu, name) / point.frames_per_s:.0f}" for name in names)
    print(f"Per station and 100 ms, in us: {each}, load {1e6 * point.generator / point.frames_per_s:.0f}.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--stations", default=",".join(map(str, STATIONS)), help="points of the curve")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of each measurement")
    parser.add_argument("--only", default="paths,cost,curve", help="which parts to run")
    given = parser.parse_args()
    parts = given.only.split(",")
    if "paths" in parts:
        paths()
    if "cost" in parts:
        cost(min(given.seconds, 10.0))
    if "curve" in parts:
        the_curve([int(count) for count in given.stations.split(",") if count], given.seconds)


if __name__ == "__main__":
    main()
