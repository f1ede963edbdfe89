"""What stations issued against what the database has: identities, times and values of every row."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from clients.issued import IssuedTrack
from clients.sampling import COLUMNS
from tests.faults.crowd import Crowd

#: Rows of one track in the database: seq, client_ms, values (rows, columns).
Rows = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Account:
    """What became of all rows but those that a station itself declared as lost."""

    issued: int
    acknowledged: int
    stored: int


def check(conninfo: str, crowd: Crowd) -> Account:
    """Assert that every acknowledged row is stored once and unaltered, and that no other is but issued ones."""
    return check_tracks(conninfo, [(session, station.issued.values()) for session, station in crowd.issuers])


def check_tracks(conninfo: str, issued: Iterable[tuple[str, Iterable[IssuedTrack]]]) -> Account:
    """As `check`, of the tracks by session."""
    tracks = [(session, track) for session, those in issued for track in those]
    stored = {stream: _stored(conninfo, stream, {session for session, _ in tracks}) for stream in COLUMNS}
    rows_issued = acknowledged = found = 0
    for session, track in tracks:
        rows = stored[track.stream].pop((session, track.track), _nothing(track.stream))
        check_track(f"session {session}, track {track.track} ({track.stream})", track, *rows)
        kept = track.seq()
        rows_issued += len(kept)
        acknowledged += int(np.sum(kept < track.acked))
        found += len(rows[0])
    strangers = [key for those in stored.values() for key in those]
    assert not strangers, f"rows are stored that nobody issued: {strangers}"
    return Account(rows_issued, acknowledged, found)


def check_track(
    name: str, track: IssuedTrack, seqs: NDArray[np.int64], times: NDArray[np.float64], values: NDArray[np.float32]
) -> None:
    """As `check`, of one track whose rows in the database are these, by sequence number."""
    unique = np.unique(seqs)
    assert len(unique) == len(seqs), f"{name}: {len(seqs) - len(unique)} rows are stored twice"
    kept = track.seq()
    lost = np.setdiff1d(kept[kept < track.acked], seqs)
    assert not lost.size, f"{name}: acknowledged and lost: {lost.size} rows, {lost[:5]}…"
    foreign = np.setdiff1d(seqs, kept)
    assert not foreign.size, f"{name}: stored and never issued: {foreign[:5]}…"
    at = np.searchsorted(kept, seqs)
    altered = track.times()[at] != times
    assert not altered.any(), f"{name}: other times than issued: rows {seqs[altered][:5]}…"
    altered = (values != track.values()[:, at].T).any(axis=1)
    assert not altered.any(), f"{name}: other values than issued: rows {seqs[altered][:5]}…"


def _nothing(stream: str) -> Rows:
    return np.empty(0, np.int64), np.empty(0), np.empty((0, len(COLUMNS[stream])), np.float32)


def _stored(conninfo: str, stream: str, sessions: set[str]) -> dict[tuple[str, int], Rows]:
    """All stored rows of a stream by (session, track), doubles included."""
    query = sql.SQL(
        "SELECT s.session::text, d.track, d.seq, d.client_ms, {columns} FROM core.{table} d"
        " JOIN core.session s USING (session_id) WHERE s.session = ANY(%s::uuid[]) ORDER BY 1, 2, 3"
    ).format(
        table=sql.Identifier(stream),
        columns=sql.SQL(", ").join(sql.SQL("d.{}").format(sql.Identifier(name)) for name in COLUMNS[stream]),
    )
    with psycopg.connect(conninfo) as connection, connection.cursor(binary=True) as cursor:
        rows = cursor.execute(query, [list(sessions)]).fetchall()
    if not rows:
        return {}
    names = np.array([row[0] for row in rows])
    numbers = np.array([row[1:] for row in rows], np.float64)
    key = np.flatnonzero((names[1:] != names[:-1]) | (numbers[1:, 0] != numbers[:-1, 0])) + 1
    parts = zip(np.split(names, key), np.split(numbers, key), strict=True)
    return {
        (str(name[0]), int(part[0, 0])): (part[:, 1].astype(np.int64), part[:, 2], part[:, 3:].astype(np.float32))
        for name, part in parts
    }
