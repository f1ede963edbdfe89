"""Questions to the database on behalf of people who wait: a few at a time, none for long, none on the event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from session_server.net.threads import apart
from session_server.store.archive import UnavailableError

P = ParamSpec("P")
R = TypeVar("R")

#: Each question takes milliseconds, and a thread while the database hangs.
THREADS: Final = 4
#: Who comes while so many are being asked is told to come again.
WAITING_MAX: Final = 32
#: So long after the database did not answer nobody is made to wait for it again.
REST_S: Final = 3.0


class Reader:
    """Asks the database in threads of its own, so that one that hangs holds up nothing else."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        """``ready`` tells whether the database's schema is known to be what this software needs."""
        self._ready = ready
        self._threads = asyncio.Semaphore(THREADS)
        self._waiting = 0
        self._rest_until = 0.0

    async def ask(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call ``function``, which must end in bounded time by itself; ``UnavailableError`` without the database."""
        if not self._ready():
            raise UnavailableError("the database has not been reached since the server's start")
        if time.monotonic() < self._rest_until:
            raise UnavailableError(f"the database did not answer less than {REST_S:.0f} s ago")
        if self._waiting >= WAITING_MAX:
            raise UnavailableError(f"{self._waiting} questions wait for the database already")
        self._waiting += 1
        try:
            async with self._threads:
                return await apart(function, *arguments, **named)
        except UnavailableError:
            self._rest_until = time.monotonic() + REST_S
            raise
        finally:
            self._waiting -= 1
