"""How far a database has a journal, as it says itself in `core.drain`, and whether that is still the same journal.

Two copies of a journal that were written on apart have segments of the same numbers, and what one has under a number
may not be passed over for what the other had. So the database keeps, beside the place, the salt of the segment it
stands in and the bytes of records that were promised before: another segment of that number has another salt, and
one that was begun after fewer bytes does not follow what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from telemetry.errors import DrainError
from telemetry.promise import Promise
from telemetry.scan import first_header
from telemetry.segments import Damage, Mark, Position, Record, numbers, path_of, read_header

__all__ = ["Standing"]

Found = Sequence[tuple[Position, Record | Damage]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Up to where a journal is stored; `salt` is None where the segment's header was never read."""

    journal: UUID
    mark: Mark
    salt: int | None

    @classmethod
    def of(cls, connection: psycopg.Connection, journal: UUID) -> Standing:
        """As the database has it; a journal that it does not know yet is stored from its very beginning."""
        connection.execute(
            "INSERT INTO core.drain (journal, segment, byte_offset) VALUES (%s, 1, 0) ON CONFLICT DO NOTHING", [journal]
        )
        row = connection.execute(
            "SELECT segment, byte_offset, written, salt FROM core.drain WHERE journal = %s", [journal]
        ).fetchone()
        segment, offset, written, salt = row or (1, 0, 0, None)
        return cls(journal, Mark(Position(segment, offset), written), salt)

    def check(self, directory: Path, promise: Promise) -> None:
        """Raise `DrainError` if the journal in `directory` is not the one that is stored up to here."""
        (number, offset), written = self.mark
        stored = written or 0
        header = read_header(directory, number)
        following = first_header(directory, [present for present in numbers(directory) if present > number])
        if promise.journal != self.journal:
            wrong = f"its last word is of journal {promise.journal}"
        elif header is not None and self.salt not in (None, header.salt):
            wrong = f"segment {number} is not the one that the database has stored to byte {offset}"
        elif header is not None and header.written_before(offset) != stored:
            wrong = f"{header.written_before(offset)} bytes lie before byte {offset} of segment {number}, {stored} do"
        elif following is not None and following.written < stored:
            wrong = f"segment {following.number} was begun after {following.written} bytes, {stored} are stored"
        elif following is None and promise.mark < self.mark and not self._is_there(directory):
            wrong = f"it ends after {promise.written} bytes, {stored} are stored"
        else:
            return
        raise DrainError(
            f"journal {directory} is not {self.journal} as the database knows it: {wrong}. Was an older copy of it put"
            " back? It is not stored; telemetry/README.md says what to do"
        )

    def _is_there(self, directory: Path) -> bool:
        """Whether the file reaches to here: after a power cut the writer's last word may be an old one."""
        try:
            return path_of(directory, self.mark.position.segment).stat().st_size >= self.mark.position.offset
        except FileNotFoundError:
            return False

    def after(self, directory: Path, found: Found) -> Standing:
        """Behind `found`, which has one item at least."""
        (before, stored), position = self.mark, found[-1][0]
        written = (stored or 0) + sum(item.size for _, item in found)
        salt = self.salt
        if salt is None or position.segment != before.segment:
            header = read_header(directory, position.segment)
            salt = None if header is None else header.salt
        return Standing(self.journal, Mark(position, written), salt)

    def move(self, connection: psycopg.Connection, directory: Path, found: Found) -> Standing:
        """Move behind `found`, within the transaction that stores it.

        Raises `DrainError` if somebody else has moved meanwhile.
        """
        to = self.after(directory, found)
        moved = connection.execute(
            "UPDATE core.drain SET segment = %s, byte_offset = %s, written = %s, salt = %s, records = records + %s,"
            " updated_at = now() WHERE journal = %s AND segment = %s AND byte_offset = %s",
            [*to.mark.position, to.mark.written, to.salt, len(found), self.journal, *self.mark.position],
        )
        if moved.rowcount != 1:
            raise DrainError(f"journal {directory}: the position moved: does a second drain run?")
        return to
