"""A journal's records made up from a seed: the same ones in every process that plays the tape."""

import random
from pathlib import Path
from typing import Final
from uuid import UUID

from telemetry.journal import JournalWriter, Position, RecordKind
from tests.telemetry.oracle import Issued

SESSIONS: Final = 3
SYNCS: Final = 20


class Tape:
    """Some sessions' records in one order, and how many of them each sync covers.

    The records are those of `issued`, which is the oracle that knows every row and event. It stands in for a
    `JournalWriter` while the sessions are played.
    """

    def __init__(self, seed: int, *, batches: int = 4, all_closed: bool = False) -> None:
        chance = random.Random(seed)
        self.records: list[tuple[RecordKind, UUID, bytes]] = []
        self.directory = Path()
        self.issued = [
            Issued(self, seed=seed * SESSIONS + i, id=UUID(int=chance.getrandbits(128)))  # type: ignore[arg-type]
            for i in range(SESSIONS)
        ]
        for session in self.issued:
            session.play(batches, losing=True)
        # The last one stays open, as at a crash.
        for session in self.issued if all_closed else self.issued[:-1]:
            session.close()
        self._interleave(chance)
        ends = sorted(chance.sample(range(1, len(self.records)), SYNCS))
        self.syncs = [*ends, len(self.records)]

    def _interleave(self, chance: random.Random) -> None:
        """Let the sessions have been at the same time."""
        turns = [session for _, session, _ in self.records]
        chance.shuffle(turns)
        waiting = {
            session.id: iter([record for record in self.records if record[1] == session.id]) for session in self.issued
        }
        self.records = [next(waiting[session]) for session in turns]

    def append(self, kind: RecordKind, session: UUID, payload: bytes) -> Position:
        """Take a record in, as a `JournalWriter` does."""
        self.records.append((kind, session, payload))
        return Position(0, len(self.records))

    def write(self, writer: JournalWriter, first: int = 0) -> None:
        """Write all records from ``first`` on to a journal."""
        for end in [end for end in self.syncs if end > first]:
            for record in self.records[first:end]:
                writer.append(*record)
            writer.sync()
            first = end
