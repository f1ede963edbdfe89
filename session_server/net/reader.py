"""Questions to the database on behalf of people who wait: a few at a time, none for long, none on the event loop."""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Final, ParamSpec, TypeVar, cast

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
#: Who has something to show without the database waits for it this long; an answer takes milliseconds.
SOON_S: Final = 0.5


class Reader:
    """Asks the database in threads of its own, so that one that hangs holds up nothing else."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        """``ready`` tells whether the database's schema is known to be what this software needs."""
        self._ready = ready
        self._threads = asyncio.Semaphore(THREADS)
        self._waiting = 0
        self._rest_until = 0.0
        #: What is being asked soon, by the question.
        self._asked: dict[Hashable, asyncio.Task[object]] = {}

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

    async def soon(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """As ``ask``, but ``UnavailableError`` already when it has not answered in ``SOON_S``.

        The question goes on; who asks the same meanwhile waits for the same answer, so that these are not many.
        """
        question = function, arguments, tuple(named.items())
        task = self._asked.get(question)
        if task is None:
            task = asyncio.create_task(self.ask(function, *arguments, **named), name="asked soon")
            self._asked[question] = task
            task.add_done_callback(lambda done: self._answered(question, done))
        await asyncio.wait({task}, timeout=SOON_S)
        if not task.done():
            raise UnavailableError(f"the database has not answered in {SOON_S:g} s")
        return cast(R, task.result())

    def _answered(self, question: Hashable, task: asyncio.Task[object]) -> None:
        del self._asked[question]
        if not task.cancelled():
            task.exception()  # looked at, for whoever asked may have gone
