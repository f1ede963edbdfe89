"""Durable before visible: group commit of the node's journal.

Records are taken in on the event loop and written and synced by one thread, group after group. What a record makes
visible (an acknowledgement, a push) is handed in as a callback and runs only once the group is on disk. Events start
a sync at once, samples wait up to ``GROUP_S`` for company.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final
from uuid import UUID

from session_server.net.counts import JournalCounts
from telemetry.frames import count_rows
from telemetry.journal import JournalError, JournalWriter, Position
from telemetry.records import GENESIS, EventRecord, RecordKind, SampleRecord, encode_event

log = logging.getLogger(__name__)

#: Samples wait this long for others: one sync then serves them all, and an acknowledgement stays under some 30 ms.
GROUP_S: Final = 0.018
#: What may wait for a failing disk before clients are refused: half of what the journal keeps, the rest being for
#: what the scenarios themselves give rise to.
FULL_BYTES: Final = 32 << 20
#: Between attempts while the disk refuses.
RETRY_S: Final = 1.0
#: A sync that takes longer is told like one that failed: a disk that hangs does not say so itself.
STALLED_S: Final = 0.8


class Recorder:
    """The one that writes the journal."""

    def __init__(self, writer: JournalWriter) -> None:
        self._writer = writer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._chains: dict[UUID, bytes] = {}
        self._before: dict[Callable[[], None], None] = {}
        self._after: list[Callable[[], None]] = []
        self._dirty = False
        #: When the first record of the group that gathers was taken in.
        self._since = 0.0
        self._committing = False
        self._closing = False
        self._wanted = asyncio.Event()
        self._urgent = asyncio.Event()
        self.position = writer.synced
        self.counts = JournalCounts()
        self._failure: str | None = None
        self._syncing_since: float | None = None

    @property
    def failure(self) -> str | None:
        """Why nothing is acknowledged at present."""
        if self._failure is None and self._syncing_since is not None:
            waiting = time.monotonic() - self._syncing_since
            if waiting > STALLED_S:
                return f"the journal's disk has not answered for {waiting:.0f} s"
        return self._failure

    @property
    def pending_bytes(self) -> int:
        """How much waits for the disk."""
        return self._writer.pending_bytes

    @property
    def full(self) -> bool:
        """Whether nothing more should be taken from clients until the disk accepts what waits."""
        return self._writer.pending_bytes > FULL_BYTES

    def resume(self, session: UUID, chain: bytes) -> None:
        """Go on with the hash chain of a session that was rebuilt from the journal."""
        self._chains[session] = chain

    def forget(self, session: UUID) -> None:
        """The session is closed: nothing more will be chained to it."""
        self._chains.pop(session, None)

    def event(self, session: UUID, event: EventRecord) -> None:
        """Journal an event or consumed signals, chained to the session's last."""
        payload = encode_event(event, self._chains.get(session, GENESIS))
        self._append(event.kind, session, payload)
        self._chains[session] = payload[: len(GENESIS)]
        if event.kind is RecordKind.EVENT:
            self._urgent.set()

    def samples(self, session: UUID, samples: SampleRecord) -> None:
        """Journal rows, or a declared gap between them."""
        self._append(samples.kind, session, samples.encode())
        if samples.kind is RecordKind.SAMPLES:
            self.counts.rows += count_rows(samples.raw)

    def before(self, callback: Callable[[], None]) -> None:
        """Run ``callback``, which will record something, once when the group that gathers now is closed.

        However often it is given: a group does not close while the disk does not sync.
        """
        self._before[callback] = None
        self._gather()

    def after(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` once all that was recorded so far is on disk; at once if it already is."""
        if self._dirty or self._committing:
            self._after.append(callback)
            if not self._dirty:
                self._wanted.set()
        else:
            callback()

    async def durable(self) -> Position:
        """Wait until all that was recorded so far is on disk; return the journal's end."""
        done: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        self.after(lambda: None if done.done() else done.set_result(self.position))
        self._urgent.set()
        return await done

    async def run(self) -> None:
        """Commit group after group until closed; the owner must await this task."""
        while not (self._closing and not self._dirty):
            await self._wanted.wait()
            if self._dirty:
                await self._company()
            await self._commit()
        with suppress(JournalError):
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown()

    def close(self) -> None:
        """Let ``run`` return once all is on disk."""
        self._closing = True
        self._wanted.set()
        self._urgent.set()

    def _append(self, kind: RecordKind, session: UUID, payload: bytes) -> None:
        self._writer.append(kind, session, payload)
        self.counts.records[kind] += 1
        self.counts.bytes += len(payload)
        self._gather()

    def _gather(self) -> None:
        if not self._dirty:
            self._dirty, self._since = True, time.monotonic()
            self._wanted.set()

    async def _company(self) -> None:
        """Let samples gather, unless an event is waiting, or a busy loop has let them wait long enough."""
        left = GROUP_S - (time.monotonic() - self._since)
        if left <= 0:
            return
        # No `wait_for`: it makes a task of its own, and half of what a group costs the loop.
        enough = asyncio.get_running_loop().call_later(left, self._urgent.set)
        await self._urgent.wait()
        enough.cancel()

    async def _commit(self) -> None:
        opened, self._before = self._before, {}
        _each(opened)
        callbacks, self._after = self._after, []
        self._dirty, self._committing = False, True
        self._wanted.clear()
        self._urgent.clear()
        while True:
            self._syncing_since = time.monotonic()
            try:
                loop = asyncio.get_running_loop()
                self.position = await loop.run_in_executor(self._thread, self._writer.sync)
                self.counts.syncs.add(time.monotonic() - self._syncing_since)
                self._failure = self._syncing_since = None
                break
            except JournalError as error:
                # What was pending still is, in a new segment; nothing is acknowledged meanwhile.
                self._failure, self._syncing_since = str(error), None
                self.counts.failures += 1
                log.error("the journal cannot be written: %s", error)
                if self._closing:
                    log.error("the server ends all the same; nothing that waits was acknowledged")
                    # It stays committing: what comes now waits for a disk that is asked no more.
                    return
                await asyncio.sleep(RETRY_S)
        self._committing = False
        if self._closing:
            self._wanted.set()
        _each(callbacks)


def _each(callbacks: Iterable[Callable[[], None]]) -> None:
    """Call them all; one connection's fault must not stop the journal of all."""
    for callback in callbacks:
        try:
            callback()
        except Exception:
            log.exception("what waited for the disk could not be done")
