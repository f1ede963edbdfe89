"""Durable before visible: a callback runs after the sync that covers what came before it, and not otherwise."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from session_server.net import recorder as recorders
from session_server.net.recorder import Recorder
from telemetry.journal import JournalWriter, read
from telemetry.records import EventRecord, RecordKind, decode_event, verify_chain

SESSION = UUID(int=1)


def event(seq: int) -> EventRecord:
    return EventRecord(seq, seq / 10, None, "system", "flag", {"note": str(seq)})


@asynccontextmanager
async def recording(folder: Path, fdatasync: Callable[[int], None] = os.fdatasync) -> AsyncIterator[Recorder]:
    recorder = Recorder(JournalWriter(folder, fdatasync=fdatasync))
    running = asyncio.create_task(recorder.run())
    yield recorder
    recorder.close()
    await running


def stored(folder: Path) -> list[EventRecord]:
    return [decode_event(record.payload)[1] for _, record in read(folder) if record.kind is RecordKind.EVENT]


async def test_what_a_record_makes_visible_waits_for_the_disk(tmp_path: Path) -> None:
    seen: list[int] = []
    async with recording(tmp_path) as recorder:
        for seq in range(50):
            recorder.event(SESSION, event(seq))
            recorder.after(lambda seq=seq: seen.append(len(stored(tmp_path)) - seq))  # type: ignore[misc]
        assert not seen
        await recorder.durable()
    assert len(seen) == 50
    assert min(seen) >= 1, "a callback ran before its record could be read back"
    verify_chain(record.payload for _, record in read(tmp_path))


async def test_what_is_to_come_before_a_group_is_done_once_however_long_the_disk_keeps_it_open(tmp_path: Path) -> None:
    answer = threading.Event()
    calls: list[int] = []

    def hanging(fd: int) -> None:
        answer.wait()

    def take() -> None:
        calls.append(1)

    async with recording(tmp_path, hanging) as recorder:
        recorder.event(SESSION, event(0))
        while recorder.failure is None:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.05)
        for _ in range(1000):
            recorder.before(take)
        answer.set()
        await recorder.durable()
    assert len(calls) == 1


async def test_what_waits_for_company_is_recorded_in_its_group_and_answered_after_it(tmp_path: Path) -> None:
    seen: list[int] = []

    async with recording(tmp_path) as recorder:

        def late(seq: int) -> None:
            recorder.event(SESSION, event(seq))
            recorder.after(lambda: seen.append(len(stored(tmp_path)) - seq))

        for seq in range(10):
            recorder.before(lambda seq=seq: late(seq))  # type: ignore[misc]
        assert recorder.pending_bytes == 0
        await recorder.durable()
        assert len(seen) == 10
        recorder.before(lambda: late(10))
    # Closing takes in what still waits.
    assert len(seen) == 11
    assert min(seen) >= 1, "a callback ran before its record could be read back"


async def test_with_nothing_to_write_a_callback_runs_at_once(tmp_path: Path) -> None:
    seen: list[str] = []
    async with recording(tmp_path) as recorder:
        recorder.after(lambda: seen.append("now"))
        assert seen == ["now"]


async def test_while_the_disk_refuses_nothing_is_acknowledged_and_afterwards_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "RETRY_S", 0.01)
    failures = [OSError(5, "Input/output error")] * 3

    def fdatasync(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        os.fdatasync(descriptor)

    seen: list[tuple[str | None, int]] = []
    async with recording(tmp_path, fdatasync) as recorder:
        recorder.event(SESSION, event(0))
        recorder.after(lambda: seen.append((recorder.failure, len(failures))))
        await recorder.durable()
    assert seen == [(None, 0)]
    assert [found.seq for found in stored(tmp_path)] == [0]


async def test_what_a_server_that_ends_could_not_write_is_not_acknowledged_afterwards(tmp_path: Path) -> None:
    """A resend of rows that never reached the disk must not find a recorder with nothing to wait for."""

    def fdatasync(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    seen: list[str] = []
    async with recording(tmp_path, fdatasync) as recorder:
        recorder.event(SESSION, event(0))
        recorder.after(lambda: seen.append("first"))
    recorder.after(lambda: seen.append("again"))
    assert not seen
