"""File locks between the processes that share a database or a build.

`flock` is released by the kernel however a process ends, so a killed one never blocks the next, and no list
of process ids can go stale.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from telemetry.embedded.errors import EmbeddedError

# Short against every step it guards (the shortest, a second start, takes some 0.2 s), long enough to cost
# nothing.
POLL_S = 0.05


class FileLock:
    """One held lock on one file; `release()` ends it, as does the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Give the lock back; calling it again does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def try_lock(path: Path, *, shared: bool = False) -> FileLock | None:
    """Take the lock on `path` (made when missing), or return None when another holder excludes us."""
    # 0o644: as root, a process of another user may still read the file to see that it is there.
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise EmbeddedError(f"{path} cannot be written ({error.strerror}); choose another folder") from error
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return FileLock(descriptor)


@contextmanager
def exclusive(path: Path, *, timeout_s: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock on `path` within the block; `waiting` is called once when another process has it.

    Raises `EmbeddedError` when it is not free within `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    told = False
    while (lock := try_lock(path)) is None:
        if not told:
            waiting()
            told = True
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"Another process has held {path} for {timeout_s:.0f} s; end it and try again"
            )
        time.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()
