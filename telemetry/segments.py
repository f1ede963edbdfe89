"""The journal's files: names, the header of a segment, the frame around a record, and reading them back.

A journal is a folder of segments `000000000001.journal`, `000000000002.journal`, ... Each has a header
that says how long its forerunner is, as far as its writer knew: what lies behind that in the forerunner is a
torn tail, nothing that was ever promised. It also says how many bytes of records were promised in all segments
before it: so of any number of missing neighbours it is known what they held. Records follow one another:

    header  8s magic | u16 version | u16 0 | u32 salt | u32 number | u32 end of the segment before
            | u64 bytes of records in all segments before | 16s journal id | u32 crc32 of the header so far
    record  u32 length | u32 crc32 | u8 kind | 16-byte session uuid | payload

`length` counts what follows the crc, which covers the same bytes and starts from the segment's salt: a sender
cannot put bytes into a payload that pass for a record when a damaged one is stepped over.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import numpy as np

from telemetry.errors import JournalError
from telemetry.records import RecordKind

SUFFIX = ".journal"
SEGMENT_HEADER = struct.Struct("<8sHHIIIQ16s")
HEADER_BYTES = SEGMENT_HEADER.size + 4
MAGIC = b"TALKDOWN"
# Raised with every change to how a segment, a record or a record's payload is laid out.
VERSION = 2

RECORD_HEADER = struct.Struct("<IIB16s")
PREFIX_BYTES = 8
"""Length and crc, which `length` does not count."""
LENGTH_MIN = RECORD_HEADER.size - PREFIX_BYTES
# A frame has 64 KiB at most and an event some KiB; a length above this is damage, not a record.
LENGTH_MAX = 1 << 20
# Read this much at a time: the largest record and a good part of a second of a busy node.
CHUNK_BYTES = 2 * LENGTH_MAX

_NAME = re.compile(r"^(\d{12})\.journal$")
_KINDS = {int(kind): kind for kind in RecordKind}


class Position(NamedTuple):
    """A place in a journal, just after a record; ordered."""

    segment: int
    offset: int


class Mark(NamedTuple):
    """A place in a journal, and how many bytes of records were promised before it since the journal began.

    Headers of segments do not count; `written` is None where nobody knows.
    """

    position: Position
    written: int | None


class Record(NamedTuple):
    """One record as journalled; a named tuple, because the drain makes one per batch."""

    kind: RecordKind
    session: UUID
    payload: bytes

    @property
    def size(self) -> int:
        """Its bytes in the journal."""
        return RECORD_HEADER.size + len(self.payload)


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of records that a journal does not have any more; they may have filled many segments from here on."""

    segment: int
    offset: int
    size: int
    reason: str

    def __str__(self) -> str:
        """For the log and for the page that counts losses."""
        return f"{self.size} bytes from segment {self.segment}, byte {self.offset} on: {self.reason}"


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """Whose segment this is, where the one before it ends, and the bytes of records in all before it."""

    number: int
    salt: int
    previous_end: int
    written: int
    journal: UUID

    def encode(self) -> bytes:
        """The header as it stands in the file."""
        fields = SEGMENT_HEADER.pack(MAGIC, VERSION, 0, self.salt, self.number, self.previous_end, self.written,
                                     self.journal.bytes)  # fmt: skip
        return fields + zlib.crc32(fields).to_bytes(4, "little")

    def written_before(self, offset: int) -> int:
        """The bytes of records promised before a byte of this segment."""
        return self.written + max(offset - HEADER_BYTES, 0)


def path_of(directory: Path, number: int) -> Path:
    """The file of segment `number`."""
    return directory / f"{number:012d}{SUFFIX}"


def numbers(directory: Path) -> list[int]:
    """The numbers of the segments there are, ascending."""
    with os.scandir(directory) as entries:
        return sorted(int(found[1]) for entry in entries if (found := _NAME.match(entry.name)))


def read_header(directory: Path, number: int) -> SegmentHeader | None:
    """The header of a segment, None where it is missing, cut or damaged; refuses one of another version."""
    path = path_of(directory, number)
    try:
        with path.open("rb") as file:
            data = file.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    fields = data[: SEGMENT_HEADER.size]
    if len(data) < HEADER_BYTES or zlib.crc32(fields).to_bytes(4, "little") != data[SEGMENT_HEADER.size :]:
        return None
    magic, version, _, salt, named, previous_end, written, journal = SEGMENT_HEADER.unpack(fields)
    if magic != MAGIC:
        return None
    if version != VERSION:
        raise JournalError(
            f"{path} has journal version {version}, this software reads {VERSION}: another version of Talkdown"
            " wrote it; let that one store it to its end, then move the folder away"
        )
    # A copy of another segment under this name has no record of its own.
    return SegmentHeader(number, salt, previous_end, written, UUID(bytes=journal)) if named == number else None


def frame(kind: RecordKind, session: UUID, payload: bytes, salt: int) -> bytes:
    """A record with its length and checksum."""
    body = bytes((kind,)) + session.bytes + payload
    return len(body).to_bytes(4, "little") + zlib.crc32(body, salt).to_bytes(4, "little") + body


class SegmentReader:
    """The records of one segment between two offsets, stepping over damage.

    Iterating gives `(offset behind it, record or damage)` in the file's order. Bytes behind the last record
    are damage only if `tail_matters`; otherwise they are a torn tail, or still being written.
    """

    def __init__(
        self, directory: Path, header: SegmentHeader, start: int, end: int | None, *, tail_matters: bool
    ) -> None:
        """`end` None means the file's end; a `start` inside the header means its end."""
        self.path = path_of(directory, header.number)
        self.number = header.number
        self.offset = max(start, HEADER_BYTES)
        self._salt = header.salt
        self._end = end
        self._tail_matters = tail_matters

    def __iter__(self) -> Iterator[tuple[int, Record | Damage]]:
        """Read the file as it is now."""
        with self.path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            end = size if self._end is None else self._end
            cut = max(size, self.offset)
            yield from self._records(file.fileno(), min(size, end), self._salt)
            if end > cut:
                yield end, Damage(self.number, cut, end - cut, "the file ends before what was written")

    def _records(self, fd: int, end: int, salt: int) -> Iterator[tuple[int, Record | Damage]]:
        lost_from: int | None = None
        while self.offset < end:
            data = os.pread(fd, min(CHUNK_BYTES, end - self.offset), self.offset)
            base = self.offset
            for used, record in whole_records(data, salt):
                if lost_from is not None:
                    yield base, self._lost(lost_from, base)
                    lost_from = None
                self.offset = base + used
                yield self.offset, record
            rest = data[self.offset - base :]
            if self.offset > base and base + len(data) < end:
                continue
            skip = _next_record(rest, salt)
            if skip is None and base + len(data) < end:
                # The next chunk overlaps this one by the longest record.
                skip = max(len(rest) - LENGTH_MAX, 1)
            lost_from = self.offset if lost_from is None else lost_from
            if skip is None:
                break
            self.offset += skip
        if lost_from is not None and self._tail_matters and lost_from < end:
            yield end, self._lost(lost_from, end)

    def _lost(self, start: int, end: int) -> Damage:
        return Damage(self.number, start, end - start, "the checksum does not hold")


def whole_records(data: bytes, salt: int) -> Iterator[tuple[int, Record]]:
    """The records at the start of `data` as (where each ends, record), up to one that is cut or damaged."""
    at, size = 0, len(data)
    crc32, unpack = zlib.crc32, RECORD_HEADER.unpack_from
    view = memoryview(data)
    # Making a UUID costs as much as checking a record; few sessions share a chunk.
    sessions: dict[bytes, UUID] = {}
    while size - at >= RECORD_HEADER.size:
        length, crc, kind, session = unpack(data, at)
        end = at + PREFIX_BYTES + length
        if not LENGTH_MIN <= length <= LENGTH_MAX or end > size or kind not in _KINDS:
            return
        if crc32(view[at + PREFIX_BYTES : end], salt) != crc:
            return
        uuid = sessions.get(session)
        if uuid is None:
            uuid = sessions[session] = UUID(bytes=session)
        yield end, Record(_KINDS[kind], uuid, data[at + RECORD_HEADER.size : end])
        at = end


def _next_record(data: bytes, salt: int) -> int | None:
    """Where after byte 0 the next whole record of `data` begins; slow, for damage only."""
    count = len(data) - RECORD_HEADER.size
    if count < 1:
        return None
    octets = np.frombuffer(data, np.uint8)
    lengths = sum(octets[i : i + count + 1].astype(np.int64) << (8 * i) for i in range(4))
    kinds = octets[PREFIX_BYTES : PREFIX_BYTES + count + 1]
    room = len(data) - PREFIX_BYTES - np.arange(count + 1)
    likely = (lengths >= LENGTH_MIN) & (lengths <= LENGTH_MAX) & (lengths <= room)
    likely &= np.isin(kinds, tuple(_KINDS))
    likely[0] = False
    for at in np.flatnonzero(likely).tolist():
        if next(whole_records(data[at : at + PREFIX_BYTES + LENGTH_MAX], salt), None) is not None:
            return int(at)
    return None
