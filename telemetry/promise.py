"""The file `synced` in a journal's folder: up to where its writer has promised that everything is on disk.

It is written after each sync, so what it says is on disk; it is itself not synced, since a new writer reads the
segments. It tells readers how far they may read, and what is missing should the last segments be gone, or all.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from telemetry.errors import JournalError
from telemetry.segments import Mark, Position

__all__ = ["SYNCED", "Promise", "promised", "synced"]

SYNCED = "synced"
_FIELDS = struct.Struct("<QQQ16sI")
"""segment, offset, bytes of records before it, the journal's id, crc32 of these."""

# A reader that meets a half-written file reads again; a write of 44 bytes takes a microsecond.
TRIES = 100


class Promise(NamedTuple):
    """Everything before `position` is durable: `written` bytes of records since the journal `journal` began."""

    position: Position
    written: int
    journal: UUID

    @property
    def mark(self) -> Mark:
        """Where it ends."""
        return Mark(self.position, self.written)

    def encode(self) -> bytes:
        """The whole file."""
        fields = _FIELDS.pack(*self.position, self.written, self.journal.bytes, 0)[:-4]
        return fields + zlib.crc32(fields).to_bytes(4, "little")


def promised(directory: Path | str) -> Promise | None:
    """What the journal's writer has said last; None if none ever wrote, or one of another version."""
    path = Path(directory) / SYNCED
    for _ in range(TRIES):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if len(data) != _FIELDS.size:
            return None
        segment, offset, written, journal, crc = _FIELDS.unpack(data)
        if crc == zlib.crc32(data[:-4]):
            return Promise(Position(segment, offset), written, UUID(bytes=journal))
    raise JournalError(f"{path} is damaged: remove it while no server runs, the next one writes it anew")


def synced(directory: Path | str) -> Position | None:
    """Up to where the journal is durable, as its writer last said; None if none ever wrote."""
    found = promised(directory)
    return None if found is None else found.position
