"""The real server, which kills itself when the writer of its journal has done a step for the n-th time.

    python -m tests.faults.failing "synced:30" serve ...
"""

import os
import signal
import sys
from functools import partial
from typing import Final

from session_server.cli import main
from session_server.net import app
from telemetry.journal import STEPS, JournalWriter

#: Small, so that a new segment is begun every other second.
SEGMENT_BYTES: Final = 100_000


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


if __name__ == "__main__":
    app.JournalWriter = partial(  # type: ignore[assignment,misc]
        JournalWriter, segment_bytes=SEGMENT_BYTES, at=Failpoint(sys.argv.pop(1))
    )
    main()
