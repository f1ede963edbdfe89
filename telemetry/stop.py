"""How a process of ours learns that it is to end."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
from collections.abc import Callable
from types import FrameType

__all__ = ["Stop"]


class Stop:
    """Told by SIGTERM or SIGINT, or by the end of the process given as parent."""

    def __init__(self, parent: int | None, hurry: Callable[[], None], *, within_s: float) -> None:
        """`hurry` is called when told; after `within_s` more the process is ended by its alarm."""
        self._hurry = hurry
        self._within_s = within_s
        self._wake_up, self._written = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._watched = [self._wake_up]
        if parent is not None:
            # A descriptor of the process itself: neither a zombie nor another process with its number fools
            # it.
            with contextlib.suppress(ProcessLookupError):
                self._watched.append(os.pidfd_open(parent))
            if len(self._watched) == 1:
                os.write(self._written, b"0")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        os.write(self._written, b"1")
        self._hurry()
        # Whatever else hangs must not keep this process: what is not committed is read again next time.
        signal.alarm(math.ceil(self._within_s))

    def wait(self, seconds: float) -> bool:
        """Whether to stop, known within `seconds`."""
        return bool(select.select(self._watched, [], [], seconds)[0])
