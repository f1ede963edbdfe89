"""Rows that the server has not yet acknowledged, and which of them to send next. Pure: no clock, no socket.

Rows that cannot be kept are declared as lost, under numbers of their own: the server then knows what it will
never get, and why.

Each track is a run of rows with three marks, ``acked <= cursor <= issued``: below ``acked`` the server has
the rows on disk, below ``cursor`` they were sent on this connection, below ``issued`` they exist. A
reconnect, a gap or a refused frame only moves the cursor back.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clients.errors import ProtocolError, UsageError
from clients.frames import (
    BLOCK_BYTES,
    BUFFER_FULL,
    FRAME_BYTES,
    GAP_BYTES,
    GAP_ROWS,
    GAP_SPAN_MS,
    MAX_BYTES,
    NOT_MEASURED,
    SPAN_MS,
    as_sent,
    check_rows,
    encode_block,
    encode_frame,
    encode_gap,
)

__all__ = ["LIMIT_BYTES", "Numbered", "Unacked"]

#: A quarter of an hour of head, hands and voice (9.1 kB/s); a longer outage is not a training session.
LIMIT_BYTES: Final = 8 * 1024 * 1024

#: Once full, keep nothing before it is down to this share: if each row that was acknowledged let in another one, gaps
#: and rows would take turns, and each needs a frame of its own. An eighth of a backlog is sent in two seconds.
RESUME_SHARE: Final = 7 / 8

#: Bytes of one number of a row on the wire; a row is its time and its columns.
NUMBER_BYTES: Final = 4


class Numbered(NamedTuple):
    """The first of the sequence numbers that rows got, and whether they are kept or declared as lost."""

    first: int
    kept: bool


@dataclass(slots=True)
class _Chunk:
    """Rows issued together; ``sealed_ms`` is when the first of them was first sent."""

    first: int
    client_ms: NDArray[np.float64]
    values: NDArray[np.float32]
    sealed_ms: float | None = None

    @property
    def end(self) -> int:
        return self.first + self.client_ms.size

    @property
    def size(self) -> int:
        columns, rows = self.values.shape
        return NUMBER_BYTES * int((columns + 1) * rows)


@dataclass(slots=True)
class _Gap:
    """Rows given up; ``start_ms`` and ``end_ms`` are when the first and the last were due."""

    first: int
    rows: int
    start_ms: float
    end_ms: float
    reason: int
    sealed_ms: float | None = None

    @property
    def end(self) -> int:
        return self.first + self.rows

    @property
    def size(self) -> int:
        return GAP_BYTES

    def extend(self, rows: int, end_ms: float, reason: int) -> bool:
        """Take the rows after it in, if one block can declare them all and none was sent yet."""
        span_ms = max(end_ms, self.end_ms) - self.start_ms
        if (self.reason, self.sealed_ms) != (reason, None) or self.rows + rows > GAP_ROWS or span_ms > GAP_SPAN_MS:
            return False
        self.rows += rows
        self.end_ms = max(end_ms, self.end_ms)
        return True

    def since(self, seq: int, track: int) -> bytes:
        """Return the block that declares what is left of it from ``seq`` on, evenly spaced."""
        left = self.end - seq
        passed = (self.end_ms - self.start_ms) * (self.rows - left) / max(self.rows - 1, 1)
        return encode_gap(track, seq, left, min(self.start_ms + passed, self.end_ms), self.end_ms, self.reason)


@dataclass(slots=True)
class _Track:
    issued: int
    acked: int
    cursor: int
    chunks: deque[_Chunk | _Gap] = field(default_factory=deque)


class Unacked:
    """The unacknowledged rows of all tracks of one run.

    Full (``limit_bytes``), it keeps no more rows until an eighth of it is free; ``given_up`` counts those that come
    meanwhile. They get numbers and are declared, in their place in the sequence, as a gap. The new rows give way
    and not the old: an old row may be on the server's disk with its acknowledgement still on the way, and then
    nobody here could say whether its number stands for a row or for a loss.
    """

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        """Start without tracks; ``welcome`` brings them."""
        self._tracks: dict[int, _Track] = {}
        self._limit = limit_bytes
        self._bytes = 0
        self._giving_up = False
        self.given_up = 0

    def welcome(self, track: int, next_seq: int, now_ms: float) -> list[float]:
        """Take the server's word on where ``track`` goes on; an answer means on disk, so this acknowledges.

        Returns the waits of rows now acknowledged (ms), as ``ack`` does.
        """
        if track not in self._tracks:
            self._tracks[track] = _Track(issued=next_seq, acked=next_seq, cursor=next_seq)
            return []
        if next_seq < self._tracks[track].acked:
            raise ProtocolError(
                f"track {track}: rows below {self._tracks[track].acked} were acknowledged, and now the server"
                f" asks for {next_seq}: it lost acknowledged rows"
            )
        waits = self.ack(track, next_seq, now_ms)
        self._tracks[track].cursor = next_seq
        return waits

    def issue(self, track: int, client_ms: NDArray[np.float64], values: NDArray[np.float32]) -> Numbered:
        """Give rows their sequence numbers and keep them, or, when full, declare them as lost.

        ``client_ms`` (rows,) in ms not decreasing, kept as ``as_sent`` says; ``values`` (columns, rows)
        finite.
        """
        state = self._known(track)
        check_rows(client_ms, values)
        first = state.issued
        if self._full():
            self.given_up += client_ms.size
            for times in _declarable(client_ms):
                self._declare(state, times.size, float(times[0]), float(times[-1]), BUFFER_FULL)
            return Numbered(first, kept=False)
        self._append(state, _Chunk(first, as_sent(client_ms), values))
        return Numbered(first, kept=True)

    def not_measured(self, track: int, rows: int, *, start_ms: float, end_ms: float) -> int:
        """Declare rows that were due from ``start_ms`` to ``end_ms`` but not measured; return the first number."""
        state = self._known(track)
        if not (0 < rows <= GAP_ROWS and 0 <= start_ms <= end_ms <= start_ms + GAP_SPAN_MS):
            raise UsageError(
                f"{rows} rows from {start_ms} to {end_ms} ms cannot be declared: 1 to {GAP_ROWS} rows of at most"
                f" {GAP_SPAN_MS:.0f} ms can; declare more as several"
            )
        first = state.issued
        # Once full, one gap takes all that comes, or gaps of both kinds taking turns would grow without end.
        self._declare(state, rows, start_ms, end_ms, BUFFER_FULL if self._full() else NOT_MEASURED)
        return first

    def frame(self, now_ms: float) -> bytes | None:
        """Return the next frame to send, or None when all rows are on their way.

        It holds one block of each track. A backlog goes out as one full frame per call, in which each track
        has an equal share of the bytes.
        """
        share = (MAX_BYTES - FRAME_BYTES) // max(1, len(self._tracks))
        blocks = [_block(track, state, share, now_ms) for track, state in self._tracks.items()]
        filled = [block for block in blocks if block is not None]
        return encode_frame(now_ms, filled) if filled else None

    def ack(self, track: int, expected: int, now_ms: float) -> list[float]:
        """Drop the rows below ``expected``; return how long each issue had waited since sealed (ms)."""
        state = self._asked(track)
        if expected > state.issued:
            raise ProtocolError(f"track {track}: {expected} acknowledged, but only {state.issued} rows exist")
        state.acked = max(state.acked, expected)
        state.cursor = max(state.cursor, expected)
        waits = []
        while state.chunks and state.chunks[0].end <= expected:
            chunk = state.chunks.popleft()
            self._bytes -= chunk.size
            if chunk.sealed_ms is not None:
                waits.append(now_ms - chunk.sealed_ms)
        return waits

    def rewind(self, track: int, expected: int) -> None:
        """Send again from ``expected`` on: the server says that it has nothing after it."""
        state = self._asked(track)
        if not state.acked <= expected <= state.issued:
            raise ProtocolError(
                f"track {track}: the server expects row {expected}; kept are {state.acked} to {state.issued}"
            )
        state.cursor = min(state.cursor, expected)

    def rewind_all(self) -> None:
        """Send again everything that is not acknowledged: a frame was refused."""
        for state in self._tracks.values():
            state.cursor = state.acked

    def acked(self, track: int) -> int:
        """Return the number below which every row is on the server's disk."""
        return self._known(track).acked

    @property
    def empty(self) -> bool:
        """True when every issued row is acknowledged."""
        return all(state.acked == state.issued for state in self._tracks.values())

    def _full(self) -> bool:
        if self._bytes >= self._limit:
            self._giving_up = True
        elif self._bytes <= self._limit * RESUME_SHARE:
            self._giving_up = False
        return self._giving_up

    def _declare(self, state: _Track, rows: int, start_ms: float, end_ms: float, reason: int) -> None:
        last = state.chunks[-1] if state.chunks else None
        if isinstance(last, _Gap) and last.extend(rows, end_ms, reason):
            state.issued = last.end
        else:
            self._append(state, _Gap(state.issued, rows, start_ms, end_ms, reason))

    def _append(self, state: _Track, chunk: _Chunk | _Gap) -> None:
        state.chunks.append(chunk)
        state.issued = chunk.end
        self._bytes += chunk.size

    def _known(self, track: int) -> _Track:
        try:
            return self._tracks[track]
        except KeyError:
            raise UsageError(f"track {track} is not one of {sorted(self._tracks)}; join first") from None

    def _asked(self, track: int) -> _Track:
        try:
            return self._tracks[track]
        except KeyError:
            raise ProtocolError(f"the server names track {track}; ours are {sorted(self._tracks)}") from None


def _declarable(client_ms: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Cut times so that one gap block can declare each part."""
    parts = []
    while client_ms.size:
        count = int(np.searchsorted(client_ms, client_ms[0] + GAP_SPAN_MS, side="right"))
        parts.append(client_ms[: min(count, GAP_ROWS)])
        client_ms = client_ms[parts[-1].size :]
    return parts


def _block(track: int, state: _Track, share: int, now_ms: float) -> bytes | None:
    """Return what is next from the cursor on, rows (at most ``share`` bytes) or a gap; it counts as sent now."""
    if state.cursor == state.issued:
        return None
    rest: deque[_Chunk | _Gap] = deque()
    for chunk in reversed(state.chunks):
        if chunk.end <= state.cursor:
            break
        rest.appendleft(chunk)
    if isinstance(gap := rest[0], _Gap):
        cursor, state.cursor = state.cursor, gap.end
        gap.sealed_ms = now_ms if gap.sealed_ms is None else gap.sealed_ms
        return gap.since(cursor, track)
    chunks: deque[_Chunk] = deque()
    for chunk in rest:
        if isinstance(chunk, _Gap):
            break
        chunks.append(chunk)
    return _rows(track, state, chunks, share, now_ms)


def _rows(track: int, state: _Track, chunks: deque[_Chunk], share: int, now_ms: float) -> bytes:
    """Return the first of the rows in ``chunks``, from the cursor on, as one block."""
    first, cursor = chunks[0], state.cursor
    room = (share - BLOCK_BYTES) // (NUMBER_BYTES * (first.values.shape[0] + 1))
    # The usual case: what was issued since the last frame, and nothing else.
    if len(chunks) == 1 and first.first == cursor and _fits(first.client_ms, room):
        times, values = first.client_ms, first.values
    else:
        times, values = _cut(chunks, cursor - first.first, room)
    state.cursor += times.size
    for chunk in chunks:
        if chunk.first < state.cursor and chunk.sealed_ms is None:
            chunk.sealed_ms = now_ms
    return encode_block(track, cursor, times, values)


def _fits(times: NDArray[np.float64], room: int) -> bool:
    return times.size <= room and bool(times[-1] - times[0] <= SPAN_MS)


def _cut(
    chunks: deque[_Chunk], skip: int, room: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return the rows after the first ``skip``: at most ``room``, and no more than ``SPAN_MS``."""
    taken: list[_Chunk] = []
    missing = skip + room
    for chunk in chunks:
        # A clock that was set back begins a new block: within one, times do not decrease.
        if missing <= 0 or (taken and chunk.client_ms[0] < taken[-1].client_ms[-1]):
            break
        taken.append(chunk)
        missing -= chunk.client_ms.size
    times = np.concatenate([chunk.client_ms for chunk in taken])[skip : skip + room]
    values = np.concatenate([chunk.values for chunk in taken], axis=1)[:, skip : skip + room]
    count = int(np.searchsorted(times, times[0] + SPAN_MS, side="right"))
    return times[:count], values[:, :count]
