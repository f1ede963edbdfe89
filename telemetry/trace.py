"""A recorded session as arrays: what scoring, replay and research work on.

`read` brings a whole session in one call, some 0.2 s for twenty minutes: the database packs each track's rows
into one value, which numpy takes apart. Times are seconds since the session opened (`t`), on the server's
clock.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import numpy as np
import numpy.typing as npt
import psycopg

from telemetry.connections import connected
from telemetry.errors import UnknownSession
from telemetry.frames import Float32, Float64
from telemetry.streams import STREAMS, Sensor, Stream
from telemetry.timescale import EARLIEST_T_S, microseconds

__all__ = ["DeclaredGap", "Event", "Samples", "SessionInfo", "Trace", "UnknownSession", "read"]

# A closed session takes no more samples; a minute of clock error and the last batches fit in.
AFTER_CLOSING_S = 3600.0
# Twenty minutes are read in half a second; a database that hangs must not hold a reader for ever.
READ_WITHIN_S = 60.0

Int16: TypeAlias = npt.NDArray[np.int16]
Int64: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What is known of a session but for its events and samples; None where it has not happened yet."""

    id: UUID
    opened_at: datetime
    scenario: str
    scenario_sha256: str
    profile: str
    profile_sha256: str
    software: str
    seed: int
    pseudonym: str
    attempt: int
    modality: str | None = None
    condition: str | None = None
    phase: str = "lobby"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once; type `signals` holds what the guards read from then on."""

    seq: int
    t: float
    ms: int | None
    actor: str
    type: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DeclaredGap:
    """Rows that a client has given up and said so; `t_start` and `t_end` are those of the first and the last.

    `reason` is `buffer_full` or `not_measured`.
    """

    first_seq: int
    rows: int
    t_start: float
    t_end: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Rows of one track, or of all tracks of one stream: every array has shape (n,).

    `samples["px"]` is a column in its unit (see the stream; a sensor's is as declared). `flags` marks implausible
    rows as the store does, None where nobody has looked. `bound_s`: 95 % of the time `t` was right to this; infinity
    without any clock exchange, 0 on the server's own clock, nan where unknown. `gaps` are the losses that the client
    has declared, in order; a number that is neither in `seq` nor in one of them was lost on our side.
    """

    stream: Stream
    track: int
    label: str
    station: str
    t: Float64
    seq: Int64
    client_ms: Float64
    columns: Mapping[str, Float32]
    flags: Int16 | None = None
    bound_s: float = math.nan
    gaps: tuple[DeclaredGap, ...] = ()

    def __getitem__(self, column: str) -> Float32:
        """A column by name."""
        return self.columns[column]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.t)

    @classmethod
    def empty(cls, stream: Stream, *, track: int = 0, label: str = "", station: str = "") -> Samples:
        """No rows at all."""
        columns = {name: np.zeros(0, np.float32) for name in stream.names}
        t, seq, flags = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int16)
        return cls(stream, track, label, station, t, seq, t, columns, flags)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A session: who and what, its events by sequence number, its tracks by number."""

    session: SessionInfo
    events: tuple[Event, ...]
    tracks: tuple[Samples, ...]

    def stream(self, name: str, label: str | None = None) -> Samples:
        """All tracks of a stream (and label) as one, in order of time; without rows if there are none.

        Several tracks are several runs of a client, or several actors if no label is given. `track` is then
        0.
        """
        tracks = [track for track in self.tracks if track.stream.name == name]
        found = [track for track in tracks if label in (None, track.label)]
        if not found:
            return Samples.empty(STREAMS[name], label=label or "")
        return found[0] if len(found) == 1 else _joined(found)

    def labels(self, name: str) -> tuple[str, ...]:
        """The actors or states that a stream was recorded for, in the order of their tracks."""
        return tuple(dict.fromkeys(track.label for track in self.tracks if track.stream.name == name))

    def events_of(self, *types: str) -> tuple[Event, ...]:
        """The events of these types, in order."""
        return tuple(event for event in self.events if event.type in types)


def read(source: psycopg.Connection | str, session: UUID) -> Trace:
    """A session from the database, by an open connection or a conninfo; raises `UnknownSession`."""
    if isinstance(source, str):
        with connected(source, within_s=READ_WITHIN_S) as connection:
            return read(connection, session)
    with source.cursor(binary=True) as cursor:
        info = _session(cursor, session)
        tracks = [_samples(cursor, info, stream) for stream in STREAMS.values()]
        gaps = _gaps(cursor, session)
        by_number = sorted(
            (replace(track, gaps=tuple(gaps.get(track.track, ()))) for stream in tracks for track in stream),
            key=lambda track: track.track,
        )
        return Trace(info, _events(cursor, session), tuple(by_number))


def _session(cursor: psycopg.Cursor, session: UUID) -> SessionInfo:
    names = [field.name for field in fields(SessionInfo)]
    columns = ", ".join("seed::text" if name == "seed" else name for name in names[1:])
    query = f"SELECT session, {columns} FROM core.session WHERE session = %s"  # noqa: S608 - our own names
    row = cursor.execute(query, [session]).fetchone()
    if row is None:
        raise UnknownSession(f"no session {session} in the database: is it still being stored?")
    values = dict(zip(names, row, strict=True))
    return SessionInfo(**{**values, "seed": int(float(values["seed"]))})


def _events(cursor: psycopg.Cursor, session: UUID) -> tuple[Event, ...]:
    cursor.execute(
        "SELECT e.seq, e.t, e.ms, e.actor, e.type, e.data::text FROM core.event e"
        " JOIN core.session s USING (session_id) WHERE s.session = %s ORDER BY e.seq",
        [session],
    )
    rows = cursor.fetchall()
    # One long list is parsed four times as fast as thousands of small objects.
    data = json.loads(f"[{','.join(row[5] for row in rows)}]")
    return tuple(
        Event(seq, t, ms, actor, type_, fields)
        for (seq, t, ms, actor, type_, _), fields in zip(rows, data, strict=True)
    )


def _samples(cursor: psycopg.Cursor, info: SessionInfo, stream: Stream) -> list[Samples]:
    """A stream's tracks: one row per track, in which all its rows are packed back to back.

    An array per column takes thrice as long, a row per sample ten times.
    """
    packed = " || ".join(
        ["timestamptz_send(d.at)", "float8send(d.client_ms)", "int8send(d.seq)", "int2send(d.flags)"]
        + [f"float4send(d.{name})" for name in stream.names]
    )
    rows = (
        f"SELECT string_agg({packed}, '') FROM core.{stream.name} d"  # noqa: S608 - the registry's names
        " WHERE d.session_id = k.session_id AND d.track = k.track AND d.at BETWEEN %s AND %s"
    )
    bound = (
        "SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY c.bound_s) FROM core.clock c"
        " WHERE c.session_id = k.session_id AND c.track = k.track AND c.at BETWEEN %s AND %s"
    )
    cursor.execute(
        f"SELECT k.track, k.label, k.station, to_jsonb(n), ({bound}), ({rows}) FROM core.track k"  # noqa: S608
        " JOIN core.session s USING (session_id) LEFT JOIN core.sensor_declared n USING (session_id, track)"
        " WHERE s.session = %s AND k.stream = %s",
        [*_between(info), *_between(info), info.id, stream.name],
    )
    opened_us = microseconds(info.opened_at.timestamp())
    found = []
    for track, label, station, declared, bound_s, every in cursor.fetchall():
        shape = stream if declared is None else Sensor.of(declared).stream
        empty = Samples.empty(shape, track=track, label=label, station=station)
        samples = empty if every is None else _unpacked(empty, every, opened_us)
        known = 0.0 if stream.origin == "server" else math.nan if bound_s is None else bound_s
        found.append(replace(samples, bound_s=known))
    return found


def _gaps(cursor: psycopg.Cursor, session: UUID) -> dict[int, list[DeclaredGap]]:
    """What the clients have declared lost, by track."""
    cursor.execute(
        "SELECT g.track, g.first_seq, g.rows, g.from_t, g.to_t, g.reason FROM core.gap g"
        " JOIN core.session s USING (session_id) WHERE s.session = %s ORDER BY g.track, g.first_seq",
        [session],
    )
    found: dict[int, list[DeclaredGap]] = {}
    for track, *gap in cursor.fetchall():
        found.setdefault(track, []).append(DeclaredGap(*gap))
    return found


def _between(info: SessionInfo) -> tuple[datetime, datetime]:
    """Where on the calendar a session's rows lie, so that the chunks of other days are not looked at."""
    end = info.closed_at + timedelta(seconds=AFTER_CLOSING_S) if info.closed_at else datetime.max
    return info.opened_at + timedelta(seconds=EARLIEST_T_S), end.replace(tzinfo=UTC)


def _unpacked(track: Samples, packed: bytes, opened_us: int) -> Samples:
    """The track with its rows."""
    names = track.stream.names
    head = [("at", ">i8"), ("client_ms", ">f8"), ("seq", ">i8"), ("flags", ">i2")]
    rows = np.frombuffer(packed, np.dtype([*head, *((name, ">f4") for name in names)]))
    seq = rows["seq"].astype(np.int64)
    # Rows come as the table has them, which is nearly always this order.
    if np.any(seq[1:] < seq[:-1]):
        order = np.argsort(seq, kind="stable")
        rows, seq = rows[order], seq[order]
    return replace(
        track,
        t=(rows["at"].astype(np.int64) - opened_us) / 1e6,
        seq=seq,
        client_ms=rows["client_ms"].astype(np.float64),
        columns={name: rows[name].astype(np.float32) for name in names},
        flags=rows["flags"].astype(np.int16),
    )


def _joined(tracks: list[Samples]) -> Samples:
    first = tracks[0]
    t = np.concatenate([track.t for track in tracks])
    order = np.argsort(t, kind="stable")
    columns = {
        name: np.concatenate([track.columns[name] for track in tracks])[order] for name in first.columns
    }
    flags = [np.zeros(len(track), np.int16) if track.flags is None else track.flags for track in tracks]
    # Sensors of different declarations have only the registry's column in common.
    alike = all(track.stream == first.stream for track in tracks)
    return Samples(
        first.stream if alike else STREAMS[first.stream.name],
        0,
        _common(track.label for track in tracks),
        _common(track.station for track in tracks),
        t[order],
        np.concatenate([track.seq for track in tracks])[order],
        np.concatenate([track.client_ms for track in tracks])[order],
        columns,
        np.concatenate(flags)[order],
        max(track.bound_s for track in tracks),
        tuple(sorted((gap for track in tracks for gap in track.gaps), key=lambda gap: gap.t_start)),
    )


def _common(words: Iterable[str]) -> str:
    """The one word that all share, else nothing."""
    found = set(words)
    return found.pop() if len(found) == 1 else ""
