"""A recorded session as arrays: what scoring, replay and research work on.

`read` brings a whole session in one call, some 0.2 s for twenty minutes: the database packs each column of a track
into one value, which numpy takes as it is. Times are seconds since the session opened (`t`), on the server's
clock. `t` need not be evenly spaced, and where it is not, `Samples.gaps` says why.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import numpy as np
import numpy.typing as npt
import psycopg

from telemetry import beside, observation, spans
from telemetry.attempts import Attempt
from telemetry.beside import Clock, Damage
from telemetry.connections import connected
from telemetry.errors import UnknownSession, UnknownStream
from telemetry.frames import Float32, Float64
from telemetry.observation import Declared, Gap, Known
from telemetry.streams import STREAMS, Sensor, Stream
from telemetry.timescale import EARLIEST_T_S, microseconds

__all__ = [
    "Clock", "Damage", "Declared", "Event", "Gap", "Samples", "SessionInfo", "Trace", "UnknownSession", "UnknownStream",
    "read",
]  # fmt: skip

# A closed session takes no more samples; a minute of clock error and the last batches fit in.
AFTER_CLOSING_S = 3600.0
# Of a track's times so many were right to its `bound_s`.
LIKELY = 0.95
# What every sample has, and how the database packs it.
_HEAD = (("at", "timestamptz_send"), ("client_ms", "float8send"), ("seq", "int8send"), ("flags", "int2send"))
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


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Rows of one track, or of all tracks of one stream: every array has shape (n,).

    `samples["px"]` is a column in its unit (see the stream; a sensor's is as declared). `flags` marks implausible rows
    as the store does, None where nobody has looked. `bound_s`: 95 % of the time `t` was right to this; infinity without
    any clock exchange, 0 on the server's own clock, nan where unknown; `clock` has it in detail.
    `rate`: nominal, in Hz, as announced; 0: the stream's. `gaps` are in order of time: a hole in the numbers, however
    short, and time without rows; `declared` is what the client has said of them, in order, as it came.
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
    rate: float = 0.0
    gaps: tuple[Gap, ...] = ()
    declared: tuple[Declared, ...] = ()
    clock: Clock | None = None

    def __getitem__(self, column: str) -> Float32:
        """A column by name."""
        return self.columns[column]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.t)

    @property
    def nominal_hz(self) -> float:
        """How many rows per second were promised."""
        return self.rate if self.rate > 0 else self.stream.rate

    @property
    def observed(self) -> Float64:
        """Spans (k, 2) of session time, [start, end), in which plausible rows follow one another without a gap.

        A gap is longer than `observation.longest_gap`; shorter ones may be bridged.
        """
        t = self.t if self.flags is None else self.t[self.flags == 0]
        return spans.observed(np.sort(t, kind="stable"), observation.longest_gap(self.nominal_hz))

    def marked(self, known: Known | None = None) -> Samples:
        """The same rows, in order of number, with their gaps, by what is `known` of them."""
        known = known or Known()
        found = observation.find(self.t, self.seq, self.nominal_hz, known)
        gaps = tuple(sorted(found, key=lambda gap: gap.t_start))
        return replace(self, gaps=gaps, declared=tuple(known.declared))

    def between(self, low: float, high: float) -> Samples:
        """The rows and the gaps with `t` in [low, high), session time in s; a gap is cut at the edges."""
        kept = self.taken((self.t >= low) & (self.t < high))
        return replace(kept, gaps=observation.between(self.gaps, low, high))

    def taken(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Samples:
        """Some of the rows, by a mask or by their places; gaps stay as they are."""
        return replace(
            self,
            t=self.t[rows],
            seq=self.seq[rows],
            client_ms=self.client_ms[rows],
            columns={name: column[rows] for name, column in self.columns.items()},
            flags=None if self.flags is None else self.flags[rows],
        )

    @classmethod
    def empty(cls, stream: Stream, *, track: int = 0, label: str = "", station: str = "") -> Samples:
        """No rows at all."""
        columns = {name: np.zeros(0, np.float32) for name in stream.names}
        t, seq, flags = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int16)
        return cls(stream, track, label, station, t, seq, t, columns, flags)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A session: who and what, its events by sequence number, its tracks by number; what its journal lost."""

    session: SessionInfo
    events: tuple[Event, ...]
    tracks: tuple[Samples, ...]
    damage: Damage = Damage()  # noqa: RUF009 - it is frozen

    def stream(self, name: str, label: str | None = None, *, optional: bool = False) -> Samples:
        """All tracks of a stream (and label) as one, in order of time; without rows if the session has none of it.

        Several tracks are several runs of a client, or several actors if no label is given. `track` is then
        0. Raises `UnknownStream` for a name that is none, and for a label that none of the stream's tracks has;
        `optional`: that only means no rows, as of an actor who never came.
        """
        if name not in STREAMS:
            raise UnknownStream(f"no stream is called {name!r}; there are {', '.join(sorted(STREAMS))}")
        tracks = [track for track in self.tracks if track.stream.name == name]
        found = [track for track in tracks if label in (None, track.label)]
        if not found:
            if not optional:
                _check_label(STREAMS[name], label, self.labels(name))
            return Samples.empty(STREAMS[name], label=label or "")
        return found[0] if len(found) == 1 else _joined(found)

    def labels(self, name: str) -> tuple[str, ...]:
        """The actors or states that a stream was recorded for, in the order of their tracks."""
        return tuple(dict.fromkeys(track.label for track in self.tracks if track.stream.name == name))

    def attempt(self, number: int) -> Trace:
        """One attempt: its own events, the rows from its beginning to its leaving; raises `UnknownAttempt`.

        One that never began has no rows. What it builds on is in the session's other attempts (`attempts.Attempt`).
        """
        attempt = Attempt.of(self, number)
        low, high = attempt.spans[0].tolist() if len(attempt.spans) else (math.inf, math.inf)
        tracks = tuple(track.between(low, high) for track in self.tracks)
        return replace(self, events=attempt.events, tracks=tracks)

    def events_of(self, *types: str) -> tuple[Event, ...]:
        """The events of these types, in order."""
        return tuple(event for event in self.events if event.type in types)


def read(source: psycopg.Connection | str, session: UUID, attempt: int | None = None) -> Trace:
    """A session, or one attempt of it, from the database, by an open connection or a conninfo.

    Raises `UnknownSession` and `UnknownAttempt`.
    """
    if isinstance(source, str):
        with connected(source, within_s=READ_WITHIN_S) as connection:
            return read(connection, session, attempt)
    with source.cursor(binary=True) as cursor:
        info = _session(cursor, session)
        tracks = _tracks(cursor, info)
        for stream in {track.stream.name for track in tracks.values()}:
            tracks |= _with_rows(cursor, info, tracks, STREAMS[stream])
        known = beside.known(cursor, info.id, info.opened_at, {n: track.clock for n, track in tracks.items()})
        marked = tuple(tracks[number].marked(known.get(number)) for number in sorted(tracks))
        whole = Trace(info, _events(cursor, session), marked, beside.damage(cursor, session))
    return whole if attempt is None else whole.attempt(attempt)


def _check_label(stream: Stream, label: str | None, recorded: Sequence[str]) -> None:
    """Raise `UnknownStream` for a label that no track can have, or none has while others are `recorded`."""
    given = stream.labels.known if stream.labels else ("",)
    known = [*recorded, *(one for one in given if one not in recorded)]
    if label is None or label in known or not known:
        return
    if known == [""]:
        raise UnknownStream(f"{stream.name} has no labels, so none is {label!r}: leave it out")
    raise UnknownStream(f"no track of {stream.name} has the label {label!r}; there are {', '.join(map(repr, known))}")


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


def _tracks(cursor: psycopg.Cursor, info: SessionInfo) -> dict[int, Samples]:
    """The tracks by number, with their clocks and without their rows."""
    clocks = beside.clocks(cursor, info.id, info.opened_at, _between(info))
    cursor.execute(
        "SELECT k.track, k.stream, k.label, k.station, k.rate, to_jsonb(n) FROM core.track k"
        " JOIN core.session s USING (session_id) LEFT JOIN core.sensor_declared n USING (session_id, track)"
        " WHERE s.session = %s",
        [info.id],
    )
    found = {}
    for number, name, label, station, rate, declared in cursor.fetchall():
        if name not in STREAMS:  # recorded by other software
            continue
        stream = STREAMS[name] if declared is None else Sensor.of(declared).stream
        track = Samples.empty(stream, track=number, label=label, station=station)
        clock = clocks.get(number)
        known = math.nan if clock is None else float(np.quantile(clock.bound_s, LIKELY, method="inverted_cdf"))
        bound_s = 0.0 if track.stream.origin == "server" else known
        found[number] = replace(track, rate=rate, clock=clock, bound_s=bound_s)
    return found


def _with_rows(
    cursor: psycopg.Cursor, info: SessionInfo, tracks: Mapping[int, Samples], stream: Stream
) -> dict[int, Samples]:
    """A stream's tracks with their rows: of each track one row, in which each column's values are packed back to back.

    To pack whole rows takes twice as long, an array per column six times, a row per sample twenty times; to group by
    track sorts all rows first.
    """
    heads = [f"string_agg({send}(d.{name}), '')" for name, send in _HEAD]
    packed = ", ".join([*heads, *(f"string_agg(float4send(d.{name}), '')" for name in stream.names)])
    cursor.execute(
        f"SELECT k.track, r.* FROM core.track k JOIN core.session s USING (session_id)"  # noqa: S608 - the registry's
        f" CROSS JOIN LATERAL (SELECT {packed} FROM core.{stream.name} d"
        " WHERE d.session_id = k.session_id AND d.track = k.track AND d.at BETWEEN %s AND %s) r"
        " WHERE s.session = %s AND k.stream = %s",
        [*_between(info), info.id, stream.name],
    )
    opened_us = microseconds(info.opened_at.timestamp())
    return {
        number: _unpacked(tracks[number], columns, opened_us)
        for number, *columns in cursor.fetchall()
        if columns[0] is not None
    }


def _between(info: SessionInfo) -> tuple[datetime, datetime]:
    """Where on the calendar a session's rows lie, so that the chunks of other days are not looked at."""
    end = info.closed_at + timedelta(seconds=AFTER_CLOSING_S) if info.closed_at else datetime.max
    return info.opened_at + timedelta(seconds=EARLIEST_T_S), end.replace(tzinfo=UTC)


def _unpacked(track: Samples, packed: Sequence[bytes], opened_us: int) -> Samples:
    """The track with its rows; `packed` holds the columns of `_HEAD`, then the stream's own."""
    at, seq = (np.frombuffer(packed[place], ">i8").astype(np.int64) for place in (0, 2))
    client_ms = np.frombuffer(packed[1], ">f8").astype(np.float64)
    flags = np.frombuffer(packed[3], ">i2").astype(np.int16)
    names = track.stream.names
    columns = {
        name: np.frombuffer(column, ">f4").astype(np.float32)
        for name, column in zip(names, packed[len(_HEAD) :], strict=True)
    }
    found = replace(track, t=(at - opened_us) / 1e6, seq=seq, client_ms=client_ms, columns=columns, flags=flags)
    # Rows come as the table has them, which is nearly always this order.
    if np.all(seq[1:] > seq[:-1]):
        return found
    return found.taken(np.argsort(seq, kind="stable"))


def _joined(tracks: list[Samples]) -> Samples:
    first = tracks[0]
    t = np.concatenate([track.t for track in tracks])
    order = np.argsort(t, kind="stable")
    columns = {name: np.concatenate([track.columns[name] for track in tracks])[order] for name in first.columns}
    flags = [np.zeros(len(track), np.int16) if track.flags is None else track.flags for track in tracks]
    # Sensors of different declarations have only the registry's column in common.
    alike = all(track.stream == first.stream for track in tracks)
    joined = Samples(
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
        max(track.rate for track in tracks),
    )
    declared = sorted((each for track in tracks for each in track.declared), key=lambda each: each.t_start)
    return replace(joined, gaps=_gaps_of_all(tracks, joined), declared=tuple(declared))


def _gaps_of_all(tracks: list[Samples], joined: Samples) -> tuple[Gap, ...]:
    """The losses of each track, and the time in which none of them has rows: between two runs of a client, say."""
    lost = [gap for track in tracks for gap in track.gaps if gap.missing]
    slept = [gap for track in tracks for gap in track.gaps if not gap.missing and gap.cause == "asleep"]
    steps = np.round(np.diff(joined.t), spans.DECIMALS)
    at = np.flatnonzero(steps > observation.longest_gap(joined.nominal_hz))
    low, high = joined.t[at], joined.t[at + 1]
    asleep, told = _covered(slept, low, high), _covered(lost, low, high)
    silent = [
        Gap(float(low[i]), float(high[i]), 0, "asleep" if asleep[i] else "silent") for i in np.flatnonzero(~told)
    ]
    return tuple(sorted([*lost, *silent], key=lambda gap: gap.t_start))


def _covered(gaps: Iterable[Gap], low: Float64, high: Float64) -> spans.Mask:
    """Say for each stretch from `low` to `high` whether one of the gaps holds all of it."""
    ends = np.array(sorted((gap.t_start, gap.t_end) for gap in gaps), np.float64).reshape(-1, 2)
    reach = np.append(-np.inf, np.maximum.accumulate(ends[:, 1]))
    covered: spans.Mask = reach[np.searchsorted(ends[:, 0], low, side="right")] >= high
    return covered


def _common(words: Iterable[str]) -> str:
    """The one word that all share, else nothing."""
    found = set(words)
    return found.pop() if len(found) == 1 else ""
