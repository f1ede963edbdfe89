"""The journal's writer, then the drain, killed by SIGKILL at every step, with nothing but them running."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from telemetry import journal
from telemetry.drain import Drain
from telemetry.journal import STEPS, JournalWriter
from telemetry.segments import numbers
from tests.faults.failing import TAPE_SEGMENT_BYTES
from tests.faults.seeds import seeds
from tests.faults.tape import Tape
from tests.telemetry.oracle import check

DRAIN_STEPS = ["read", "copied", "committed", "remove", "removed"]
#: Of a drain that is told to take this many records at a time, many transactions are needed.
LIMIT = 20


def drained(directory: Path, conninfo: str) -> None:
    """Store everything there is."""
    drain = Drain(directory, conninfo, limit=LIMIT)
    while drain.step():
        pass
    drain.close()


def kept(directory: Path) -> list[tuple[object, ...]]:
    """All records that can be read, none of them damaged."""
    damage: list[journal.Damage] = []
    records = [tuple(record) for _, record in journal.read(directory, on_damage=damage.append)]
    assert damage == []
    return records


def play(failpoint: str, seed: int, directory: Path, first: int) -> tuple[int, int]:
    """Let a process write a tape until it kills itself; returns its end and how many records it acknowledged."""
    played = subprocess.run(
        [sys.executable, "-m", "tests.faults.failing", failpoint, "tape", str(seed), str(directory), str(first)],
        check=False, stdout=subprocess.PIPE,
    )  # fmt: skip
    acknowledged = [int(line) for line in played.stdout.split()]
    return played.returncode, acknowledged[-1] if acknowledged else first


@seeds(1, 20)
def test_a_writer_killed_at_every_step(database: str, tmp_path: Path, seed: int) -> None:
    """It comes back after each, and what was not acknowledged is sent again, together with some that was."""
    chance, tape, acknowledged = random.Random(seed), Tape(seed), 0
    for step in chance.sample(STEPS, len(STEPS)):
        again = max(acknowledged - chance.randint(0, 5), 0)
        before = kept(tmp_path) if tmp_path.joinpath(journal.SYNCED).exists() else []
        end, now = play(f"{step}:{chance.randint(1, 2)}", seed, tmp_path, again)
        acknowledged = max(acknowledged, now)
        found = kept(tmp_path)
        assert found[: len(before)] == before, "what was readable is so no more"
        expected = [tuple(record) for record in tape.records]
        assert set(expected[:acknowledged]) <= set(found), "an acknowledged record is lost"
        assert found[len(before) :] == expected[again : again + len(found) - len(before)]
        assert end == -signal.SIGKILL
        if chance.random() < 0.5:
            # The drain reads only what the writer said was synced, which may be less.
            drained(tmp_path, database)
    writer = JournalWriter(tmp_path, segment_bytes=TAPE_SEGMENT_BYTES)
    tape.write(writer, acknowledged)
    writer.close()
    drained(tmp_path, database)
    check(database, *tape.issued)


KILLER = """
import os, signal, sys
from telemetry.drain import Drain
step, count = sys.argv[3], int(sys.argv[4])
def at(reached):
    global count
    if reached == step:
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
drain = Drain(sys.argv[1], sys.argv[2], limit=20, at=at)
while drain.step():
    pass
"""


@seeds(1, 10)
@pytest.mark.parametrize("step", DRAIN_STEPS)
def test_a_drain_killed_at_a_step(database: str, tmp_path: Path, step: str, seed: int) -> None:
    """Once and again, at random times of that step."""
    chance, tape = random.Random(seed), Tape(seed, batches=6, all_closed=True)
    writer = JournalWriter(tmp_path, segment_bytes=TAPE_SEGMENT_BYTES)
    tape.write(writer)
    command = [sys.executable, "-c", KILLER, str(tmp_path), database, step]
    counts = [1, chance.randint(1, 3)] if seed else [chance.randint(1, 3)]
    ends = [subprocess.run([*command, str(count)], check=False).returncode for count in counts]
    assert ends[0] == -signal.SIGKILL
    drained(tmp_path, database)
    check(database, *tape.issued)
    writer.close()
    assert numbers(tmp_path)[0] > 1
