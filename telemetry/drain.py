"""The drain: a process of its own that copies the journal into the database, each record exactly once.

It reads what the journal's writer has synced, stores some hundred frames by binary COPY and moves its
position in the same transaction. So it may be killed at any point: what was not committed is read again. A
database that is away, hangs or restarts is waited for; the journal keeps what comes meanwhile. One that does
not answer is told of, and after a while the connection is ended and made again (`telemetry.watchdog`). Stored
segments are removed once every session in them is closed; those with damage are set aside instead.

    python -m telemetry.drain --journal DIR --database-url URL [--once] [--parent PID]
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID

import psycopg

from telemetry import journal, status
from telemetry.connections import with_limits
from telemetry.drain_lock import DrainLock
from telemetry.errors import DrainError, JournalError, TelemetryError
from telemetry.promise import promised
from telemetry.segments import Damage, Position, Record, numbers, path_of, read_header
from telemetry.standing import Standing
from telemetry.status import BEHIND_S, DrainStatus
from telemetry.stop import Stop
from telemetry.store import Store
from telemetry.watchdog import CUT_S, Watchdog

__all__ = ["Drain", "main"]

logger = logging.getLogger(__name__)

# Records per transaction: with 1,000, drain and database take up to a sixth more processor time per row (tests/bench),
# above 3,000 little is gained. One transaction takes 0.1 to 0.3 s then, on a machine that is busy elsewhere 0.6 s.
LIMIT = 3000
# A grade waits for the drain, a disk for its commits: two transactions a second are enough for both. With four, which
# move every watermark twice as often, drain and database take a tenth more processor time (tests/bench).
PERIOD_S = 0.5
# Retries while the database is away: soon at first, then seldom enough to be nobody's burden.
BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.1, 2.0
# While nothing is to be stored the database is asked so often whether it is there: who looks at the state should
# not learn of a database that hangs from the next session.
PING_S = 5.0
# A URL may hold a password, and a command line is everybody's to read.
URL_VARIABLE = "TALKDOWN_DATABASE_URL"
# When told to stop, how long to go on storing what is already in the journal.
FINISH_S = 5.0

# SQLSTATE classes in which the data are at fault: data exception and integrity violation.
_DATA_AT_FAULT = ("22", "23")

_Found = tuple[Position, Record | Damage]


class Drain:
    """Copies one journal's folder into one database.

    `at(step)` is called at each step between reading and removal; a test kills the process there.
    """

    def __init__(
        self,
        directory: Path | str,
        conninfo: str,
        *,
        limit: int = LIMIT,
        at: Callable[[str], None] = lambda step: None,
    ) -> None:
        """Nothing is opened yet: the database may be away, the journal not yet begun."""
        self.directory = Path(directory)
        self.position = Position(0, 0)
        self.records = 0
        self.rows = 0
        self._conninfo = conninfo
        self._limit = limit
        self._narrowed = limit
        self._at = at
        self._connection: psycopg.Connection | None = None
        self._watchdog: Watchdog | None = None
        self._cut_s = CUT_S
        self._answered = 0.0
        self._lock = DrainLock()
        self._damage = (0, 0)
        self._reporting = threading.Lock()
        self._unsaid: str | None = None
        self._store: Store | None = None
        self._journal: UUID | None = None
        self._standing: Standing | None = None
        self._refused: dict[Position, str] = {}
        self._swept: int | None = None
        self._passed = Position(0, 0)
        before = status.stored(self.directory)
        self._stored_until = before.stored_until or time.time()
        if before.position > Position(0, 0):
            self.position = before.position

    def step(self) -> int:
        """Store the next records in one transaction and return how many; 0 if nothing waits.

        Raises `psycopg.Error` when the database does not answer as it should, `TelemetryError` when the
        journal cannot be copied; either way the next step starts from what is committed.
        """
        while True:
            try:
                stored = self._step()
            except psycopg.Error as error:
                error = self._unanswered(error)
                self.close()
                if not self._narrow(error):
                    raise error from error.__cause__
            except (TelemetryError, OSError):
                self.close()
                raise
            else:
                self._report(None)
                return stored

    def run(self, wait: Callable[[float], bool]) -> None:
        """Store until `wait(seconds)` returns True (as `threading.Event.wait` does), then what is left."""
        backoff = BACKOFF_FIRST_S
        failure: Exception | None
        told = ""
        while True:
            failure, started = None, time.monotonic()
            try:
                stored = self.step()
                pause = 0.0 if stored >= self._narrowed else PERIOD_S - (time.monotonic() - started)
                backoff = BACKOFF_FIRST_S
                if told and self._store is not None:
                    logger.warning("journal %s: storing again", self.directory)
                    told = ""
            except (psycopg.Error, TelemetryError, OSError) as error:
                failure = error
                if type(error).__name__ != told:
                    # Once for each kind: a database on its way up says several things, many times.
                    logger.warning("journal %s: not storing, nothing is lost: %s", self.directory, error)
                    told = type(error).__name__
                self._report(error)
                pause = backoff * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, hides nothing
                backoff = min(2 * backoff, BACKOFF_LAST_S)
            if wait(max(pause, 0.0)):
                break
        self._finish(failure)

    def hurry(self) -> None:
        """Wait for the database no longer than `FINISH_S` from now on; may be called from a signal handler."""
        self._cut_s = min(self._cut_s, FINISH_S)

    def close(self) -> None:
        """Let go of the database; the next step connects again and asks where it was."""
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            watchdog.close()
        connection, self._connection, self._store = self._connection, None, None
        if connection is not None:
            connection.close()

    def _finish(self, error: Exception | None) -> None:
        """Store what is in the journal already, unless the database is away (`error` says so) or too slow."""
        self.hurry()
        deadline = time.monotonic() + FINISH_S
        try:
            while error is None and self.step() and time.monotonic() < deadline:
                pass
        except (psycopg.Error, TelemetryError, OSError) as failure:
            error = failure
        self._report(error, ended=True)
        self.close()

    def _step(self) -> int:
        store = self._connected()
        if store is None:
            return 0
        found = self._next()
        self._at("read")
        with self._asking():
            if found:
                self._commit(store, found)
            elif time.monotonic() - self._answered > PING_S:
                store.connection.execute("SELECT 1")
                self._answered = time.monotonic()
            self._remove_stored(store)
        return len(found)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Within the block the database owes an answer, and the watchdog waits for it."""
        assert self._watchdog is not None  # noqa: S101 - made with the connection
        with self._watchdog.asking():
            yield

    def _unanswered(self, error: psycopg.Error) -> psycopg.Error:
        """What to say of an error that is our own doing."""
        if self._watchdog is not None and self._watchdog.cut:
            told = f"no answer within {self._cut_s:.0f} s, the connection was ended: {error}"
            return psycopg.OperationalError(told.strip())
        return error

    def _tell(self, waited: float) -> None:
        """Say that the database does not answer, from the watchdog's thread."""
        self._report(TimeoutError(f"the database has not answered for {waited:.0f} s"))

    def _connected(self) -> Store | None:
        """The store on a live connection, the position read from it; None while there is no journal."""
        if self._store is not None:
            return self._store
        self._journal = journal.journal_id(self.directory) if self.directory.is_dir() else None
        if self._journal is None:
            return None
        limited = with_limits(self._conninfo, application="talkdown drain")
        connection = self._connection = psycopg.connect(limited, autocommit=True)
        self._watchdog = Watchdog(connection, self._tell, cut_s=lambda: self._cut_s)
        with self._asking():
            try:
                self._lock.take(connection, f"talkdown drain {self._journal}")
            except DrainError as error:
                raise DrainError(f"journal {self.directory}: {error}") from None
            self._standing = Standing.of(connection, self._journal)
            self.position = self._standing.mark.position
            self._damage = self._counted(connection)
        self._answered = time.monotonic()
        self._store = Store(connection, self._journal)
        return self._store

    def _counted(self, connection: psycopg.Connection) -> tuple[int, int]:
        """Places and bytes of this journal that could not be stored, as the database has them."""
        query = "SELECT count(*), coalesce(sum(size), 0)::bigint FROM core.damage WHERE journal = %s"
        row = connection.execute(query, [self._journal]).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def _next(self) -> list[_Found]:
        """The next records that are on disk for certain, and what is lost among them."""
        promise = promised(self.directory)
        if promise is None or self._standing is None:
            return []
        try:
            self._standing.check(self.directory, promise)
        except DrainError:
            # Nobody may take what this copy holds for stored.
            self.position = self._passed = Position(0, 0)
            raise
        if promise.position <= self.position:
            return []
        found = list(islice(journal.scan(self.directory, self._standing.mark, promise.mark), self._narrowed))
        if not found:
            # A server that has just started, and nothing but the header of its segment: nobody is behind.
            self._passed = promise.position
        return [self._unless_refused(*item) for item in found] if self._refused else found

    def _unless_refused(self, position: Position, item: Record | Damage) -> _Found:
        reason = self._refused.get(position)
        if reason is None or isinstance(item, Damage):
            return position, item
        return position, Damage(position.segment, position.offset - item.size, item.size, reason)

    def _commit(self, store: Store, found: list[_Found]) -> None:
        connection, rows = store.connection, store.rows
        assert self._standing is not None  # noqa: S101 - read on the connection
        with connection.transaction():
            store.put(found)
            moved = self._standing.move(connection, self.directory, found)
            self._at("copied")
        self._at("committed")
        self._standing, self.position = moved, moved.mark.position
        self._answered = time.monotonic()
        if store.lost:
            self._damage = self._counted(connection)
        self.records += len(found)
        self.rows += store.rows - rows
        self._narrowed = min(2 * self._narrowed, self._limit)
        self._stored_until = max(self._stored_until, store.stored_until or 0.0)
        for damage in store.lost:
            logger.error("journal %s: not stored: %s", self.directory, damage)

    def _narrow(self, error: psycopg.Error) -> bool:
        """Whether the records are at fault: then go on with fewer of them, and at last without the one.

        A record that cannot be stored is counted as damage; it must not stop all that come after it.
        """
        if not (error.sqlstate or "").startswith(_DATA_AT_FAULT):
            return False
        if self._narrowed > 1:
            self._narrowed = max(self._narrowed // 8, 1)
            return True
        start = None if self._standing is None else self._standing.mark
        following = list(islice(journal.scan(self.directory, start), 1))
        if not following:
            return False
        self._refused = {following[0][0]: f"refused by the database: {error.diag.message_primary}"}
        return True

    def _remove_stored(self, store: Store) -> None:
        """Remove from the front the segments that are stored and hold nothing of an open session.

        One whose opening is gone with its segment keeps nothing: nobody can bring it back, whatever else is there.
        """
        if self._swept == self.position.segment and not store.closed:
            return
        self._swept = self.position.segment
        present = numbers(self.directory)
        if not any(number < self.position.segment for number in present):
            return
        kept_from = store.connection.execute(
            "SELECT least(min(segment), %s) FROM core.session"
            " WHERE journal = %s AND closed_at IS NULL AND segment = ANY(%s)",
            [self.position.segment, self._journal, present],
        ).fetchone()
        damaged = store.connection.execute(
            "SELECT DISTINCT segment FROM core.damage WHERE journal = %s", [self._journal]
        ).fetchall()
        self._at("remove")
        for number in present:
            if kept_from is None or number >= kept_from[0]:
                break
            path = path_of(self.directory, number)
            if (number,) in damaged or read_header(self.directory, number) is None:
                path.rename(path.with_suffix(".damaged"))
            else:
                path.unlink()
            self._at("removed")

    def _report(self, error: Exception | None, *, ended: bool = False) -> None:
        """Write drain.json; that it cannot be written is no reason to stop storing."""
        with self._reporting:
            self._write_report(error, time.time(), ended=ended)

    def _write_report(self, error: Exception | None, now: float, *, ended: bool) -> None:
        places, size = self._damage
        try:
            end = journal.synced(self.directory)
            reached = max(self.position, self._passed)
            waiting = end is not None and end > reached
            if not waiting and error is None:
                self._stored_until = now
            behind_s = max(now - self._stored_until, 0.0) if waiting else 0.0
            late: status.State = "behind" if behind_s > BEHIND_S or error is not None else "storing"
            state: status.State = "off" if ended else late
            text = None if error is None else f"{type(error).__name__}: {error}".strip()
            report = DrainStatus(
                state, *reached, round(behind_s, 3), self._stored_until, text, now,
                self.records, self.rows, places, size,
            )  # fmt: skip
            if self.directory.is_dir():
                status.write(self.directory, report)
            self._unsaid = None
        except (OSError, JournalError) as failure:
            # On a full disk this happens twice a second, for as long as it is full.
            if str(failure) != self._unsaid:
                logger.error("journal %s: cannot say how far it is stored: %s", self.directory, failure)
            self._unsaid = str(failure)


def main(arguments: Sequence[str] | None = None) -> int:
    """The drain's process; 0 after it was told to stop and has stored what was there."""
    parser = argparse.ArgumentParser(prog="python -m telemetry.drain", description=__doc__.splitlines()[0])
    parser.add_argument("--journal", type=Path, required=True, help="the journal's folder")
    parser.add_argument("--database-url", default=os.environ.get(URL_VARIABLE), help=f"or {URL_VARIABLE}")
    parser.add_argument("--once", action="store_true", help="store what is there, then end")
    parser.add_argument("--parent", type=int, help="end when the process with this id ends")
    given = parser.parse_args(arguments)
    if not given.database_url:
        parser.error(f"--database-url or the variable {URL_VARIABLE} is needed")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s drain %(levelname)s %(message)s")
    drain = Drain(given.journal, given.database_url)
    if not given.once:
        drain.run(Stop(given.parent, drain.hurry, within_s=2 * FINISH_S).wait)
        return 0
    try:
        while drain.step():
            pass
    except (psycopg.Error, TelemetryError, OSError) as error:
        logger.error("journal %s is not stored: %s", given.journal, error)
        return 1
    finally:
        drain.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
