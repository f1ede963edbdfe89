"""Work that must not hold the event loop: grading and playback, in a process pool, once the record is stored."""

import asyncio
import json
import logging
import multiprocessing
import multiprocessing.connection
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from session_server.core.messages import Recording
from session_server.net.disk import Disk
from session_server.net.recorder import Recorder
from session_server.net.room import Room
from session_server.net.settings import Settings
from session_server.store.archive import UnavailableError
from session_server.store.grading import grade_json
from session_server.store.playback import playback
from session_server.store.played import Sources
from telemetry import status
from telemetry.journal import Position
from telemetry.status import DrainStatus

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

#: Between attempts to grade while the database or the worker is away.
RETRY_S: Final = 2.0
#: The drain writes its status some ten times a second.
POLL_S: Final = 0.1
#: Every instructor's live view asks ten times a second; the files behind the answer are read this often.
RECORDING_S: Final = 0.5
#: Replays that may wait for the one worker; each takes a second, or as long as a database that hangs is waited for.
PLAYBACKS_MAX: Final = 8


class Desk:
    """Grades sessions, one task each; cancels what is left when closed."""

    def __init__(self, settings: Settings, recorder: Recorder, disk: Disk) -> None:
        self._settings = settings
        self._recorder = recorder
        self._pool = _worker()
        self._workers: set[int] = set()
        self._playbacks = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk = disk
        self._drain = status.NOTHING
        self._look_again = 0.0

    def warm(self) -> None:
        """Start the worker now: its first import takes a second that a waiting trainee would notice."""
        self._begin(self._pool)

    def recording(self) -> Recording:
        """Return where the record stands between journal and database, as of the last ``RECORDING_S``.

        What ails the disk is told as of now.
        """
        failing, full = self._recorder.failure, self._disk.full or self._recorder.full
        if failing is not None:
            return Recording("off", 0.0, failing, full)
        drain = self.drain()
        return Recording(drain.state, round(drain.behind_s, 1), failing, full)

    def drain(self) -> DrainStatus:
        """Return what the drain said last, as of the last ``RECORDING_S``."""
        now = time.monotonic()
        if now >= self._look_again:
            self._drain = status.read(self._settings.journal)
            self._look_again = now + RECORDING_S
        return self._drain

    def grade(self, room: Room, scenario: Path | None) -> None:
        """Grade ``room`` as soon as its record is stored, and tell it; ``scenario`` is its scenario's present file."""
        task = asyncio.create_task(self._grade(room, self._sources(scenario)), name=f"grade-{room.session.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def playback(self, session: UUID, scenario: Path | None) -> bytes:
        """Return a stored session as arrays for the stage, as JSON; ``scenario`` is its scenario's present file."""
        if self._playbacks >= PLAYBACKS_MAX:
            raise UnavailableError(f"{self._playbacks} others wait for a replay")
        self._playbacks += 1
        try:
            return await self._run(playback, self._settings.database_url, session, self._sources(scenario))
        finally:
            self._playbacks -= 1

    def _sources(self, scenario: Path | None) -> Sources:
        return Sources(self._settings.scenarios, scenario)

    async def stored(self, position: Position) -> None:
        """Wait until the drain has stored the journal up to ``position``, however long the database is away."""
        # The drain is another process: its status file is all there is to look at.
        while status.read(self._settings.journal).position < position:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)

    async def close(self) -> None:
        """Cancel what still waits; it is taken up again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            if worker.pid in self._workers:
                # It may be waiting for a database that hangs; what it was doing is done again.
                worker.kill()

    def _begin(self, pool: ProcessPoolExecutor) -> None:
        """Let the worker import what it needs, and tell its number."""
        pool.submit(os.getpid).add_done_callback(
            lambda done: None if done.cancelled() or done.exception() else self._workers.add(done.result())
        )

    async def _grade(self, room: Room, sources: Sources) -> None:
        session = room.session.id
        await self.stored(await self._recorder.durable())
        try:
            report = await self._graded(session, sources)
            await asyncio.to_thread(_write, self._settings.reports / f"{session}.json", report)
        except OSError as error:
            # The report itself is in the database.
            log.error("the report of session %s could not be written as a file: %s", session, error)
        except Exception:
            log.exception("session %s could not be graded", session)
            room.graded("failed", "the session could not be graded; the server's log says why")
            return
        room.graded("ready", None)

    async def _graded(self, session: UUID, sources: Sources) -> dict[str, object]:
        """Grade; a database that is away for a moment, or a worker that was killed, only delays it."""
        while True:
            try:
                return await self._run(
                    grade_json, self._settings.database_url, session, sources, self._settings.profile
                )
            except (UnavailableError, BrokenProcessPool) as error:
                log.warning("session %s is graded later: %s", session, error)
                await asyncio.sleep(RETRY_S)

    async def _run(self, function: Callable[P, R], *arguments: P.args, **_: P.kwargs) -> R:
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = _worker()
                self._begin(self._pool)
            raise


def _worker() -> ProcessPoolExecutor:
    """One process for heavy work. Spawned, not forked: the server has threads and open sockets."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """A worker must not outlive a server that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _write(path: Path, report: dict[str, object]) -> None:
    """Write a report for its owner's eyes only, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_suffix(".new")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(report, file, indent=1)
    made.rename(path)
