"""Declared losses on their way into core.gap: one row for each stretch that a client has given up.

They are rare and small, so they go in by plain INSERT, in the transaction that moves their track's watermark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import psycopg

from telemetry.errors import RecordError
from telemetry.frames import Gap
from telemetry.records import GapRecord
from telemetry.timescale import EARLIEST_T_S, LATEST_AFTER_ARRIVAL_S

__all__ = ["GapRows"]

_INSERT = (
    "INSERT INTO core.gap (session_id, track, first_seq, rows, from_t, to_t, from_client_ms, to_client_ms, reason)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(slots=True)
class GapRows:
    """The gaps that one transaction will write."""

    _rows: list[tuple[object, ...]] = field(default_factory=list)

    def add(self, record: GapRecord, gap: Gap, session_id: int) -> None:
        """Take `gap`, which is what is new of `record`; raises `RecordError` for one that arrived at no time."""
        if not isfinite(record.received_t):
            raise RecordError(f"a gap that arrived at {record.received_t}")
        ends = (gap.start_ms, gap.end_ms)
        t = (_possible(ms / 1e3 + record.offset_at(ms), record.received_t) for ms in ends)
        self._rows.append(
            (session_id, gap.track, gap.first_seq, gap.rows, *t, gap.start_ms, gap.end_ms, gap.reason.word)
        )

    def write(self, connection: psycopg.Connection) -> None:
        """Insert them; the caller commits."""
        if self._rows:
            with connection.cursor() as cursor:
                cursor.executemany(_INSERT, self._rows)

    def __len__(self) -> int:
        """How many gaps there are."""
        return len(self._rows)


def _possible(t: float, received_t: float) -> float:
    """A lost row's session time, held within what a row's own may be."""
    return min(max(t, EARLIEST_T_S), received_t + LATEST_AFTER_ARRIVAL_S)
