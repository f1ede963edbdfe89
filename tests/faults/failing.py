"""Processes that kill themselves when the writer of a journal has done a step for the n-th time.

The real server, and one that only writes a tape (see `tape`) and says after each sync how much of it is durable:

    python -m tests.faults.failing "synced:30" serve ...
    python -m tests.faults.failing "synced:30" tape SEED JOURNAL FIRST
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from telemetry.journal import STEPS, JournalWriter
from tests.faults.tape import Tape

#: Small, so that a new segment is begun every other second of a server, and every few syncs of a tape.
SEGMENT_BYTES, TAPE_SEGMENT_BYTES = 100_000, 2_000


class Failpoint:
    """Ends this process, as the kernel would, at a step's n-th time: ``"step:n"``."""

    def __init__(self, where: str) -> None:
        self._step, _, count = where.rpartition(":")
        self._left = int(count)
        if self._step not in STEPS:
            raise ValueError(f"{self._step!r} is no step; there are {', '.join(STEPS)}")

    def __call__(self, step: str) -> None:
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def serve(failpoint: Failpoint) -> None:
    """Be the server."""
    from session_server.cli import main
    from session_server.net import app

    # The application makes its own writer; nothing else of it is changed.
    vars(app)["JournalWriter"] = partial(JournalWriter, segment_bytes=SEGMENT_BYTES, at=failpoint)
    main()


def write(failpoint: Failpoint, tape: Tape, journal: Path, first: int) -> None:
    """Write a tape from its record ``first`` on, and acknowledge what is durable."""
    writer = JournalWriter(journal, segment_bytes=TAPE_SEGMENT_BYTES, at=failpoint)
    for end in tape.syncs:
        for kind, session, payload in tape.records[first:end]:
            writer.append(kind, session, payload)
        writer.sync()
        first = max(first, end)
        print(first, flush=True)
    writer.close()


if __name__ == "__main__":
    at = Failpoint(sys.argv.pop(1))
    if sys.argv[1] == "tape":
        write(at, Tape(int(sys.argv[2])), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        serve(at)
