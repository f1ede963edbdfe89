"""The curve: acknowledgement times, loss and processor use with so many live stations, the scenario running."""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import psutil
import psycopg

from tests.bench.node import WARM_S, Generator, Json, Node, Shares, load_of, node, slope
from tests.bench.rows import RATES, seqs, values

#: Processors in use by none of ours, above which times of waiting say more about others than about us.
OTHERS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Audit:
    """What became of the rows that the stations issued, as the database has it."""

    issued: int
    stored: int
    lost: int
    duplicated: int
    altered: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the curve; times in ms, processors, MB, MB per minute."""

    stations: int
    ack_ms: tuple[float, float, float]
    clock_ms: tuple[float, float]
    frames_per_s: float
    audit: Audit
    cpu: Shares
    generator: float
    memory: tuple[float, float]
    growth: float
    drain_memory: tuple[float, float]
    stored_after_s: float
    ticks_per_s: float
    others: float
    notes: tuple[str, ...]


def measure(stations: int, seconds: float, *, frozen: bool = False) -> Point:
    """Run a fresh node with so many stations for so long."""
    with node() as running, load_of(running, stations, frozen=frozen) as load:
        return observe(running, load, stations, seconds)


def observe(running: Node, load: Generator, stations: int, seconds: float) -> Point:
    """Measure a load that has just begun to send, and audit what was stored of it."""
    time.sleep(WARM_S)
    first, before, memory = load.tell("measure"), running.spent(), [(time.monotonic(), running.memory())]
    busy = busy_s()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(1.0, left))
        memory.append((time.monotonic(), running.memory()))
    after, seen = running.spent(), load.tell("report")
    cpu, busy = after.since(before), busy_s() - busy
    generator = (_float(seen["cpu_s"]) - _float(first["cpu_s"])) / cpu.seconds
    others = max(busy / cpu.seconds - cpu.all - generator, 0.0)
    last = load.tell("stop")
    waited = running.wait_until_stored()
    acks = _floats(seen["ack_ms"])
    clocks = _floats(seen["clock_ms"])
    return Point(
        stations=stations, ack_ms=(acks[0], acks[1], acks[2]), clock_ms=(clocks[0], clocks[1]),
        frames_per_s=_float(seen["frames"]) / cpu.seconds, audit=audit(running.database.uri, last), cpu=cpu,
        generator=generator,
        memory=(memory[0][1]["server"], memory[-1][1]["server"]),
        growth=slope([(at, used["server"]) for at, used in memory]),
        drain_memory=(memory[0][1]["drain"], memory[-1][1]["drain"]), stored_after_s=waited,
        ticks_per_s=ticks_per_s(running.database.uri), others=others,
        notes=_notes(seen, last, others),
    )  # fmt: skip


def audit(conninfo: str, last: Json) -> Audit:
    """Compare every issued row with the store, by identity and by value."""
    issued = stored = lost = duplicated = altered = unacknowledged = 0
    sessions = last["issued"]
    assert isinstance(sessions, list)
    with psycopg.connect(conninfo) as connection:
        ids: dict[UUID, int] = dict(connection.execute("SELECT session, session_id FROM core.session").fetchall())
        for stream in RATES:
            first_column = values(stream)[:, 0].tolist()
            found = {
                (session, track): rest
                for session, track, *rest in connection.execute(
                    f"SELECT session_id, track, count(*), count(DISTINCT seq), coalesce(max(seq), -1),"  # noqa: S608
                    f" count(*) FILTER (WHERE {COLUMN[stream]} <> (%s::real[])[seq %% {len(first_column)} + 1])"
                    f" FROM core.{stream} GROUP BY 1, 2",
                    [first_column],
                )
            }
            for one in sessions:
                expected = seqs(stream, one["frames"])[0]
                key = ids.get(UUID(one["session"])), one["tracks"][stream]
                count, distinct, greatest, wrong = found.get(key, (0, 0, -1, 0))
                issued += expected
                stored += count
                duplicated += count - distinct
                lost += max(expected - distinct, 0)
                altered += wrong + max(greatest + 1 - expected, 0)
        unacknowledged = sum(max(seqs("head_pose", one["frames"])[0] - one["acked"], 0) for one in sessions)
    return Audit(issued, stored, lost, duplicated, altered, unacknowledged)


COLUMN: Final = {"head_pose": "px", "voice": "loudness"}


def ticks_per_s(conninfo: str) -> float:
    """How often a session's scenario was really stepped, from the states it recorded."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(
            "SELECT avg(rate) FROM (SELECT (count(*) - 1) / nullif(extract(epoch FROM max(at) - min(at)), 0) AS rate"
            " FROM core.person_state GROUP BY session_id, track) each"
        ).fetchone()
    return float(row[0]) if row and row[0] is not None else 0.0


def busy_s() -> float:
    """Processor seconds that anybody has used on this machine."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _notes(seen: Json, last: Json, others: float) -> tuple[str, ...]:
    notes = [str(error) for error in dict.fromkeys([*_list(seen["errors"]), *_list(last["errors"])])]
    if closed := _list(seen["closed"]):
        notes.append(f"{len(closed)} connections ended, the first: {closed[0]}")
    if last.get("unacknowledged"):
        notes.append("some frames were never acknowledged")
    if (late := _float(seen["late_ms"])) > 50:
        notes.append(f"the generator itself was up to {late:.0f} ms late")
    if others > OTHERS:
        notes.append(f"others used {others:.2f} processors meanwhile: times say little, measure on a quiet machine")
    return tuple(notes)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _floats(value: object) -> list[float]:
    return [float("nan") if one is None else _float(one) for one in _list(value)]
