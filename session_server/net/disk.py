"""Room on the journal's disk: what may still be taken in, so that what has begun can be brought to its end.

Two bounds on what is free. Below the upper one no session is opened: those that run need the rest. Below the lower
one clients keep their samples, and what is left belongs to the events and the server's own streams of the running
sessions, which nobody else keeps. Both rise with the number of sessions. Nobody has to do anything when there is
room again.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from session_server.core.errors import Refusal
from session_server.net.threads import apart

log = logging.getLogger(__name__)

#: Between looks: an alarm is out within a second of what caused it.
LOOK_S: Final = 0.5
#: Left alone in any case: the segment being written (64 MiB at most), and as much for what else writes here.
RESERVE_BYTES: Final = 128 << 20
#: A session's events and server streams until its end: 20 minutes (the length scenarios are made for) of 4 KiB/s,
#: twice what the busiest shipped scenario gives rise to.
EVENTS_BYTES: Final = 20 * 60 * (4 << 10)
#: All of a session until its end: 20 minutes of 16 KiB/s, which a headset with two hands and voice stays below.
SESSION_BYTES: Final = 20 * 60 * (16 << 10)
#: Samples are taken again once a quarter more than the lower bound is free, so that it does not go to and fro.
RELIEF: Final = 1.25
#: A file system without inodes takes no new segment, however many bytes are free.
INODES: Final = 16


class Space(StrEnum):
    """How much room there is: for everything, for the sessions that run, or for their events only."""

    ENOUGH = "enough"
    LOW = "low"
    FULL = "full"


def free_bytes(folder: Path) -> int:
    """Return how much an ordinary user may still write to the disk of ``folder``; 0 where no file can be made."""
    found = os.statvfs(folder)
    if found.f_files and found.f_favail < INODES:
        return 0
    return found.f_bavail * found.f_frsize


class Disk:
    """Looks at the disk, and says what may be taken."""

    def __init__(
        self, folder: Path, *, sessions: Callable[[], int], reserve_bytes: int = RESERVE_BYTES,
        measure: Callable[[Path], int] = free_bytes,
    ) -> None:  # fmt: skip
        """``sessions`` counts those that run; ``measure`` is how free bytes are found."""
        self._folder = folder
        self._sessions = sessions
        self._reserve = reserve_bytes
        self.measure = measure
        #: As of the last look, ``None`` before the first and while the disk cannot be asked.
        self.free: int | None = None
        self._full = False

    @property
    def space(self) -> Space:
        """How much room there is, as of the last look."""
        if self._full:
            return Space.FULL
        running = self._sessions()
        needed = self._lower(running) + (running + 1) * SESSION_BYTES
        return Space.LOW if self.free is not None and self.free < needed else Space.ENOUGH

    @property
    def full(self) -> bool:
        """Whether clients must keep their samples."""
        return self._full

    def admit_session(self) -> None:
        """Refuse to open a session for which there may be no room until its end."""
        if self.space is not Space.ENOUGH and self.free is not None:
            free = f"{self.free >> 20} MiB are free on the disk of {self._folder}"
            raise Refusal("storage_full", f"{free}, which the sessions that run may need: free some and try again")

    def admit_samples(self) -> None:
        """Refuse samples that a client can keep, while what is left is needed for what it cannot."""
        if self._full:
            raise Refusal("storage_full", "the server's disk is full; keep the rows and send them again")

    def look(self) -> None:
        """Measure, and log a change of what is taken. Blocks as long as the disk takes: call it from a thread."""
        before = self.space
        try:
            self.free = self.measure(self._folder)
        except OSError as error:
            log.error("the disk of %s cannot be asked for its free space: %s", self._folder, error)
            self.free = None
            return
        lower = self._lower(self._sessions())
        self._full = self.free < (lower * RELIEF if self._full else lower)
        if self.space is not before:
            level = logging.INFO if self.space is Space.ENOUGH else logging.ERROR
            log.log(level, "the disk of %s: %s, %d MiB are free", self._folder, self.space, self.free >> 20)

    async def run(self) -> None:
        """Look again and again; the owner must cancel this task."""
        while True:
            await apart(self.look)
            await asyncio.sleep(LOOK_S)

    def _lower(self, running: int) -> int:
        return self._reserve + running * EVENTS_BYTES
