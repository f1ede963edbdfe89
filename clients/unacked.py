"""Rows that the server has not yet acknowledged, and which of them to send next. Pure: no clock, no socket.

Each track is a run of rows with three marks, ``acked <= cursor <= issued``: below ``acked`` the server has
the rows on disk, below ``cursor`` they were sent on this connection, below ``issued`` they exist. A
reconnect, a gap or a refused frame only moves the cursor back.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.errors import ProtocolError, UsageError
from clients.frames import (
    BLOCK_BYTES,
    FRAME_BYTES,
    MAX_BYTES,
    SPAN_MS,
    as_sent,
    check_rows,
    encode_block,
    encode_frame,
)

__all__ = ["LIMIT_BYTES", "Unacked"]

#: About a quarter of an hour of head pose and voice (4.3 kB/s); a longer outage is not a training session.
LIMIT_BYTES: Final = 4 * 1024 * 1024

#: Bytes of one number of a row on the wire; a row is its time and its columns.
NUMBER_BYTES: Final = 4


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


@dataclass(slots=True)
class _Track:
    issued: int
    acked: int
    cursor: int
    chunks: deque[_Chunk] = field(default_factory=deque)


class Unacked:
    """The unacknowledged rows of all tracks of one run.

    Full (``limit_bytes``), it takes no more rows: they get no sequence number, so the track shows a gap in
    time and never a row that was promised and lost. ``withheld`` counts them.
    """

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        """Start without tracks; ``welcome`` brings them."""
        self._tracks: dict[int, _Track] = {}
        self._limit = limit_bytes
        self._bytes = 0
        self.withheld = 0

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

    def issue(self, track: int, client_ms: NDArray[np.float64], values: NDArray[np.float32]) -> int | None:
        """Give rows their sequence numbers and keep them; return the first number, or None when full.

        ``client_ms`` (rows,) in ms not decreasing, kept as ``as_sent`` says; ``values`` (columns, rows)
        finite.
        """
        state = self._known(track)
        check_rows(client_ms, values)
        if self._bytes >= self._limit:
            self.withheld += client_ms.size
            return None
        chunk = _Chunk(state.issued, as_sent(client_ms), values)
        state.chunks.append(chunk)
        state.issued = chunk.end
        self._bytes += _size(chunk)
        return chunk.first

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
            self._bytes -= _size(chunk)
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


def _size(chunk: _Chunk) -> int:
    columns, rows = chunk.values.shape
    return NUMBER_BYTES * int((columns + 1) * rows)


def _block(track: int, state: _Track, share: int, now_ms: float) -> bytes | None:
    """Return the rows from the cursor on as one block of at most ``share`` bytes; they count as sent now."""
    if state.cursor == state.issued:
        return None
    chunks: deque[_Chunk] = deque()
    for chunk in reversed(state.chunks):
        if chunk.end <= state.cursor:
            break
        chunks.appendleft(chunk)
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
