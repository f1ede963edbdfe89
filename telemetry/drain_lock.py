"""One drain for each journal: a lock in the database that belongs to the drain's connection.

While an old connection might still commit, nobody else reads the position; that is what makes it safe to end a
connection at any moment and to make another.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime

import psycopg

from telemetry.errors import DrainError

__all__ = ["DrainLock"]

# A killed drain's connection is noticed by the database within milliseconds; a living drain keeps its lock.
LOCK_TIMEOUT_S = 2
# Our own former connections that may still hold the lock: the database notices their end late, or never.
FORMER_MAX = 8

_TAKE = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"


class DrainLock:
    """Takes the lock, and remembers the connections that have had it."""

    def __init__(self) -> None:
        self._former: deque[tuple[int, datetime]] = deque(maxlen=FORMER_MAX)

    def take(self, connection: psycopg.Connection, name: str) -> None:
        """Hold the lock `name` for as long as `connection` lives.

        What is left of one of our own former connections is ended first. Raises `DrainError` if somebody else holds
        it, or if the former one does not end.
        """
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S} s'")
        ours = connection.execute(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        ).fetchone()
        try:
            connection.execute(_TAKE, [name])
        except psycopg.errors.LockNotAvailable:
            self._take_from(_holder(connection, name), connection, name)
        if ours is not None:
            self._former.append((ours[0], ours[1]))

    def _take_from(
        self, holder: tuple[int, datetime, str] | None, connection: psycopg.Connection, name: str
    ) -> None:
        if holder is None or (holder[0], holder[1]) not in self._former:
            who = "" if holder is None else f" (database process {holder[0]}, {holder[2]}, since {holder[1]})"
            raise DrainError(f"another drain stores it{who}: end that one, or wait for it") from None
        # Should it have ended meanwhile, its number may be somebody else's.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s", holder[:2]
        )
        try:
            connection.execute(_TAKE, [name])
        except psycopg.errors.LockNotAvailable:
            held = f"the database's process {holder[0]} still holds our former connection and does not end"
            raise DrainError(held) from None


def _holder(connection: psycopg.Connection, name: str) -> tuple[int, datetime, str] | None:
    """Process, start and address of the connection that holds the lock; None if it has just let go."""
    return connection.execute(
        "SELECT a.pid, a.backend_start, coalesce(host(a.client_addr), 'on the same machine')"
        " FROM pg_locks l JOIN pg_stat_activity a USING (pid), hashtextextended(%s, 0) k"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()"
        " AND l.classid::bigint = (k >> 32) & 4294967295 AND l.objid::bigint = k & 4294967295",
        [name],
    ).fetchone()
