"""The node's one journal: append-only, checksummed, and the truth of which the database is a copy.

`append` keeps a record in memory, `sync` makes all that was appended durable and returns up to where. Nothing
may be shown to anyone before the sync that covers it. One thread may append while another syncs.

A failed write or sync is never retried on the same file: the kernel may have dropped the pages and would
report success (PostgreSQL's "fsyncgate"). The segment is abandoned where it was last durable and
`JournalError` says so; what was pending is written to a new segment by the next `sync`.

The file `synced` (`telemetry.promise`) tells other processes up to where they may read.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

from telemetry.errors import JournalError
from telemetry.promise import SYNCED, Promise, synced
from telemetry.records import RecordKind
from telemetry.scan import first_header, journal_id, mark, readable_promise, scan
from telemetry.segments import (
    HEADER_BYTES,
    LENGTH_MAX,
    RECORD_HEADER,
    Damage,
    Mark,
    Position,
    Record,
    SegmentHeader,
    SegmentReader,
    frame,
    numbers,
    path_of,
    read_header,
)

__all__ = [
    "STEPS",
    "SYNCED",
    "Damage",
    "JournalError",
    "JournalWriter",
    "Position",
    "Record",
    "RecordKind",
    "journal_id",
    "read",
    "scan",
    "synced",
]

logger = logging.getLogger(__name__)

# A segment is the unit of removal and of the scan at start-up (0.2 s); a lone station fills one in hours.
SEGMENT_BYTES = 64 << 20
# What may wait for a disk that does not sync: a minute of 200 stations. Above it `append` refuses.
PENDING_BYTES_MAX = 64 << 20

# What a writer does, one step after the other; a test may end the process at each.
STEPS = ("segment made", "segment headed", "segment synced", "written", "synced", "published")

LOCK = "lock"


class JournalWriter:
    """The one writer of a journal's folder; opening one continues the journal in a new segment.

    Raises `JournalError` if another process writes it, or if it cannot be made durable.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        fdatasync: Callable[[int], None] = os.fdatasync,
        at: Callable[[str], None] = lambda step: None,
    ) -> None:
        """`fdatasync` is the call that makes a file's data durable; a test passes one that fails.

        `at(step)` is called with each of `STEPS` when it is done; a test kills the process there.
        """
        self.directory = Path(directory)
        self._segment_bytes = segment_bytes
        self._fdatasync = fdatasync
        self._at = at
        self._appending = threading.Lock()
        self._syncing = threading.Lock()
        self._pending: list[tuple[RecordKind, UUID, bytes]] = []
        self._pending_bytes = 0
        self._fd: int | None = None
        self._closed = False
        with contextlib.ExitStack() as undo:
            try:
                _make_directory(self.directory)
                self._lock_fd = _lock(self.directory)
                undo.callback(os.close, self._lock_fd)
                self._synced_fd = self._open_synced()
                undo.callback(os.close, self._synced_fd)
                # `_end`: where the current segment is durable; `_fd`: its file, None after a failure.
                # `_written`: the bytes of records before `_end`.
                self._end, self._written, self.journal = _promised_end(self.directory)
                # Where the segment before the current one ends.
                self._before = self._end
                self._synced = self._end
                self._open_segment()
            except OSError as error:
                raise self._failure("cannot be opened", error) from error
            undo.pop_all()
        self._synced = self._end
        self._publish()

    @property
    def synced(self) -> Position:
        """Up to where everything is durable."""
        return self._synced

    @property
    def pending_bytes(self) -> int:
        """How much waits for the next sync."""
        return self._pending_bytes

    def append(self, kind: RecordKind, session: UUID, payload: bytes) -> Position:
        """Take a record in; the position returned is durable once `sync` returns it or a later one.

        Raises `JournalError` if the payload is longer than a record may be, or if the disk has not taken
        anything for so long that no more may wait.
        """
        size = RECORD_HEADER.size + len(payload)
        if size > LENGTH_MAX:
            raise JournalError(f"a record of {size} bytes; at most {LENGTH_MAX} fit: what is in that event?")
        with self._appending:
            if self._pending_bytes + size > PENDING_BYTES_MAX:
                waiting = f"{self._pending_bytes} bytes wait for a sync, at most {PENDING_BYTES_MAX} may"
                raise JournalError(f"{self.directory}: {waiting}: the disk does not keep up", full=True)
            self._pending.append((kind, session, payload))
            self._pending_bytes += size
            return Position(self._end.segment, self._end.offset + self._pending_bytes)

    def sync(self) -> Position:
        """Make everything appended so far durable; returns up to where.

        Raises `JournalError` if that failed; what was pending is still pending then, for a new segment.
        """
        with self._syncing:
            with self._appending:
                records, self._pending = self._pending, []
            if not records:
                return self._synced
            try:
                self._write(records)
            except OSError as error:
                self._abandon(records)
                raise self._failure("could not be synced", error) from error
            self._synced = self._end
            self._publish()
            self._at("published")
            return self._synced

    def close(self) -> None:
        """Sync and release the folder; raises `JournalError` if the sync failed, having released it too."""
        if self._closed:
            return
        self._closed = True
        try:
            self.sync()
        finally:
            for fd in (self._fd, self._synced_fd, self._lock_fd):
                if fd is not None:
                    os.close(fd)
            self._fd = None

    def _write(self, records: list[tuple[RecordKind, UUID, bytes]]) -> None:
        """Write and sync; `_end` moves only when both have succeeded."""
        if self._fd is None or self._end.offset >= self._segment_bytes:
            self._open_segment()
        fd = cast("int", self._fd)
        data = b"".join([frame(kind, session, payload, self._salt) for kind, session, payload in records])
        _write_all(fd, data)
        self._at("written")
        self._fdatasync(fd)
        if os.fstat(fd).st_nlink == 0:
            # On disk, and yet nobody will ever read it.
            raise OSError(errno.ENOENT, f"somebody has removed segment {self._end.segment} while it is written")
        self._at("synced")
        with self._appending:
            self._end = Position(self._end.segment, self._end.offset + len(data))
            self._written += len(data)
            self._pending_bytes -= len(data)

    def _abandon(self, records: list[tuple[RecordKind, UUID, bytes]]) -> None:
        """Leave the current segment for good; its records go to the next one, before what came since.

        What was half written is given back: a disk that is full must not fill up with attempts. That this
        fails, or is undone by a crash, does no harm: the next header says where this segment ends.
        """
        fd, self._fd = self._fd, None
        # A segment that readers were told of stays: it would be missed.
        empty = fd is not None and self._end.offset == HEADER_BYTES and self._end.segment > self._synced.segment
        with contextlib.suppress(OSError):
            if fd is not None and not empty:
                os.ftruncate(fd, self._end.offset)
        with self._appending:
            self._pending[:0] = records
            if fd is not None:
                with contextlib.suppress(OSError):
                    os.close(fd)
            if empty:
                with contextlib.suppress(OSError):
                    path_of(self.directory, self._end.segment).unlink()
                    self._end = self._before

    def _open_segment(self) -> None:
        """Start the next segment, durably: its header says where the present one ends."""
        salt = int.from_bytes(os.urandom(4), "little")
        header = SegmentHeader(self._end.segment + 1, salt, self._end.offset, self._written, self.journal)
        path = path_of(self.directory, header.number)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            self._at("segment made")
            _write_all(fd, header.encode())
            self._at("segment headed")
            os.fsync(fd)
            _sync_directory(self.directory)
            self._at("segment synced")
        except OSError:
            os.close(fd)
            path.unlink(missing_ok=True)
            raise
        if self._fd is not None:
            os.close(self._fd)
        with self._appending:
            self._fd, self._salt = fd, salt
            self._before, self._end = self._end, Position(header.number, HEADER_BYTES)

    def _publish(self) -> None:
        """Tell readers how far they may read; failing to is not a loss, they only wait longer."""
        try:
            if os.fstat(self._synced_fd).st_nlink == 0:
                os.dup2(again := self._open_synced(), self._synced_fd, inheritable=False)
                os.close(again)
            os.pwrite(self._synced_fd, Promise(self._synced, self._written, self.journal).encode(), 0)
        except OSError:
            logger.exception("journal %s: cannot say how far it is synced", self.directory)

    def _open_synced(self) -> int:
        return os.open(self.directory / SYNCED, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _failure(self, what: str, error: OSError) -> JournalError:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return JournalError(f"journal {self.directory} {what}: {error.strerror or error}", full=full)


def read(
    directory: Path | str,
    start: Position | None = None,
    *,
    end: Position | None = None,
    on_damage: Callable[[Damage], None] | None = None,
) -> Iterator[tuple[Position, Record]]:
    """The records from `start` (or the beginning) to `end` (or the last whole one), with where each ends.

    Damage is stepped over and given to `on_damage`, by default to the log. With `end` everything before it
    was promised, so a torn tail there is damage; without, it is merely the end.
    """
    folder = Path(directory)
    marks = [None if place is None else mark(folder, place) for place in (start, end)]
    for position, found in scan(folder, *marks):
        if isinstance(found, Record):
            yield position, found
        elif on_damage is None:
            logger.error("journal %s is damaged: %s", directory, found)
        else:
            on_damage(found)


def _promised_end(directory: Path) -> Promise:
    """Where the journal ends and whose it is, having made durable what a crash left in memory.

    What readers were told of belongs to it even if it is not there any more: so they find the loss, and its place is
    not given to other records.
    """
    present = numbers(directory)
    header, promise = first_header(directory, present[::-1]), readable_promise(directory)
    if header is not None and promise is not None and promise.journal != header.journal:
        promise = None
    end, torn = Mark(Position(0, 0), 0), 0
    for number in present if header is None else [n for n in present if n >= header.number]:
        end, torn = _durable_end(directory, number, end)
    position, written = end.position, end.written or 0
    if promise is not None and promise.written > written:
        logger.error("journal %s ends at %s and was synced up to %s: %d bytes at its end are lost",
                     directory, position, promise.position, promise.written - written)  # fmt: skip
    elif torn > 0:
        logger.warning("journal %s: %d bytes at its end are no whole record: left behind", directory, torn)
    if promise is not None:
        return Promise(max(position, promise.position), max(written, promise.written), promise.journal)
    return Promise(position, written, uuid4() if header is None else header.journal)


def _durable_end(directory: Path, number: int, before: Mark) -> tuple[Mark, int]:
    """Where a segment ends, and the bytes behind that; without a header it ends with its file."""
    path = path_of(directory, number)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        size = max(os.fstat(file.fileno()).st_size, HEADER_BYTES)
    header = read_header(directory, number)
    if header is None:
        return Mark(Position(number, size), (before.written or 0) + size - HEADER_BYTES), 0
    end = HEADER_BYTES
    for offset, found in SegmentReader(directory, header, 0, None, tail_matters=False):
        if isinstance(found, Record):
            end = offset
    return Mark(Position(number, end), header.written_before(end)), size - end


def _lock(directory: Path) -> int:
    """Hold the folder for this process; the kernel lets go however it ends."""
    fd = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise JournalError(f"journal {directory} is written by another server: end that one first") from error
    return fd


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _make_directory(directory: Path) -> None:
    """Make a folder and those above it, durably."""
    missing = [folder for folder in (directory, *directory.parents) if not folder.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_directory(made.parent)


def _sync_directory(directory: Path) -> None:
    """A new file, or a new folder, is durable only once the folder it is in is."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
