"""Notices that the database does not answer, says so, and at last ends the connection.

A connection on which nothing comes back raises no error by itself. Ending it is safe for the drain: what the
database has done of a transaction that was asked for shows when the position is read again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import psycopg

from telemetry.connections import Cutter

__all__ = ["Watchdog"]

# A transaction takes under 100 ms; a checkpoint or a busy disk may hold one for a second or two.
SLOW_S = 3.0
# A failover or a disk that is catching up is over within this; a connection without an answer for longer is dead.
CUT_S = 60.0
LOOK_S = 0.25


class Watchdog:
    """Watches one connection, in a thread of its own until `close`."""

    def __init__(
        self,
        connection: psycopg.Connection,
        tell: Callable[[float], None],
        *,
        cut_s: Callable[[], float] = lambda: CUT_S,
    ) -> None:
        """`tell(seconds)` is called now and then while an answer is overdue; `cut_s` says when to give up."""
        self._tell = tell
        self._cut_s = cut_s
        self._cut = Cutter(connection)
        self._since: float | None = None
        # Held while telling: what was told last is then never older than the answer.
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Within the block the database owes an answer."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._since = None

    @property
    def cut(self) -> bool:
        """Whether the connection was ended from here."""
        return self._cut.cut

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._thread.join()
        self._cut.release()

    def _run(self) -> None:
        while not self._closed.wait(LOOK_S):
            with self._lock:
                waited = 0.0 if self._since is None else time.monotonic() - self._since
                if waited > self._cut_s():
                    self._cut()
                elif waited > SLOW_S:
                    self._tell(waited)
