"""What the database knows of a session beside its rows: clocks, declared losses, what was pruned, damage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
import psycopg

from telemetry.frames import Float64
from telemetry.observation import Declared, Known
from telemetry.timescale import microseconds

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Damage:
    """What the journal could not give back: of this session for certain, and of nobody knows which session."""

    places: int = 0
    bytes: int = 0
    unplaced_places: int = 0
    unplaced_bytes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """How well a track's clock was known, about once per second and at each new epoch; arrays have shape (n,).

    The batch that begins with row `seq` arrived at session time `t`, s; its rows' times were right to `bound_s`, s
    (infinity before the first exchange). `epoch` rises where the client's clock began anew.
    """

    t: Float64
    seq: Int64
    bound_s: Float64
    epoch: Int64


_SESSION = "(SELECT session_id FROM core.session WHERE session = %s)"
_CLOCK = np.dtype([("at", ">i8"), ("seq", ">i8"), ("bound_s", ">f8"), ("epoch", ">i4")])


def clocks(
    cursor: psycopg.Cursor, session: UUID, opened_at: datetime, between: tuple[datetime, datetime]
) -> dict[int, Clock]:
    """Each track's clock, by the track's number; those on the server's own clock have none."""
    packed = "timestamptz_send(at) || int8send(seq) || float8send(bound_s) || int4send(epoch)"
    cursor.execute(
        f"SELECT track, string_agg({packed}, '') FROM core.clock"  # noqa: S608 - our own words
        f" WHERE session_id = {_SESSION} AND at BETWEEN %s AND %s GROUP BY track",
        [session, *between],
    )
    opened_us = microseconds(opened_at.timestamp())
    found = {}
    for track, every in cursor.fetchall():
        rows = np.sort(np.frombuffer(every, _CLOCK), order="seq", kind="stable")
        t = (rows["at"].astype(np.int64) - opened_us) / 1e6
        found[track] = Clock(
            t, rows["seq"].astype(np.int64), rows["bound_s"].astype(np.float64), rows["epoch"].astype(np.int64)
        )
    return found


def known(
    cursor: psycopg.Cursor, session: UUID, opened_at: datetime, of: Mapping[int, Clock | None]
) -> dict[int, Known]:
    """What is known of each track's gaps, by its number; `of`: the tracks' clocks."""
    declared: dict[int, list[Declared]] = {}
    cursor.execute(
        "SELECT track, first_seq, rows, from_t, to_t, reason FROM core.gap"  # noqa: S608 - our own words
        f" WHERE session_id = {_SESSION} ORDER BY track, first_seq",
        [session],
    )
    for track, *told in cursor.fetchall():
        declared.setdefault(track, []).append(Declared(*told))
    cursor.execute(
        "SELECT track, next_seq, opened_t, (SELECT max(before) FROM core.pruned p"  # noqa: S608 - our own words
        " WHERE p.session_id = k.session_id AND p.stream = k.stream)"
        f" FROM core.track k WHERE session_id = {_SESSION}",
        [session],
    )
    return {
        track: Known(
            numbered=next_seq,
            opened_t=opened_t,
            declared=tuple(declared.get(track, ())),
            asleep=_asleep(of.get(track)),
            pruned_t=-math.inf if before is None else (before - opened_at).total_seconds(),
        )
        for track, next_seq, opened_t, before in cursor.fetchall()
    }


def _asleep(clock: Clock | None) -> tuple[tuple[int, int], ...]:
    """Between which row numbers the clock began anew: the first batch of each epoch is told of."""
    if clock is None:
        return ()
    first = clock.seq[1:][np.diff(clock.epoch) > 0]
    return tuple((seq - 1, seq) for seq in first.tolist())


def damage(cursor: psycopg.Cursor, session: UUID) -> Damage:
    """What of a session is lost for certain, and what is lost of nobody knows whom in its journal's segments.

    Its segments are those from its opening to the opening of the first session after it was closed.
    """
    cursor.execute(
        "SELECT count(*) FILTER (WHERE d.session = s.session), sum(d.size) FILTER (WHERE d.session = s.session),"
        " count(*) FILTER (WHERE d.session IS NULL), sum(d.size) FILTER (WHERE d.session IS NULL)"
        " FROM core.damage d JOIN core.session s ON d.journal = s.journal"
        " WHERE s.session = %s AND (d.session = s.session OR d.session IS NULL AND d.segment >= s.segment"
        " AND d.segment <= ALL (SELECT n.segment FROM core.session n"
        " WHERE n.journal = s.journal AND n.opened_at > s.closed_at))",
        [session],
    )
    return Damage(*(int(number or 0) for number in cursor.fetchone() or ()))
