"""Rows that the server has not yet acknowledged, and which of them to send next. Pure: no clock, no socket.

Each track is a run of blocks with three marks, ``acked <= cursor <= issued``: below ``acked`` the server has
the rows on disk, below ``cursor`` they were sent on this connection, below ``issued`` they exist. A gap, a
reconnect or a refused frame only moves the cursor back; a block is always resent byte for byte.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.errors import ProtocolError, UsageError
from clients.frames import BLOCK_ROWS, FRAME_BYTES, MAX_BYTES, encode_block, encode_frame

__all__ = ["LIMIT_BYTES", "Unacked"]

#: About a quarter of an hour of head pose and voice (4.3 kB/s); a longer outage is not a training session.
LIMIT_BYTES: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class _Block:
    first: int
    end: int
    data: bytes
    sealed_ms: float | None = None


@dataclass(slots=True)
class _Track:
    issued: int
    acked: int
    cursor: int
    blocks: deque[_Block] = field(default_factory=deque)


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

        Returns the waits of newly acknowledged blocks (ms), as ``ack`` does.
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

        ``client_ms`` (rows,) in ms not decreasing, ``values`` (columns, rows).
        """
        state = self._known(track)
        rows = client_ms.size
        if self._bytes >= self._limit:
            self.withheld += rows
            return None
        first = state.issued
        for start in range(0, rows, BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            data = encode_block(track, state.issued, client_ms[part], values[:, part])
            end = state.issued + min(BLOCK_ROWS, rows - start)
            state.blocks.append(_Block(state.issued, end, data))
            state.issued = end
            self._bytes += len(data)
        return first

    def frame(self, now_ms: float) -> bytes | None:
        """Return the next frame to send, or None when all rows are on their way.

        A backlog goes out as one full frame per call, each track getting an equal share of the bytes.
        """
        share = (MAX_BYTES - FRAME_BYTES) // max(1, len(self._tracks))
        blocks = [data for state in self._tracks.values() for data in _unsent(state, share, now_ms)]
        return encode_frame(now_ms, blocks) if blocks else None

    def ack(self, track: int, expected: int, now_ms: float) -> list[float]:
        """Drop the rows below ``expected``; return how long each block done waited since sealed, in ms."""
        state = self._asked(track)
        if expected > state.issued:
            raise ProtocolError(f"track {track}: {expected} acknowledged, but only {state.issued} rows exist")
        state.acked = max(state.acked, expected)
        state.cursor = max(state.cursor, expected)
        waits = []
        while state.blocks and state.blocks[0].end <= expected:
            block = state.blocks.popleft()
            self._bytes -= len(block.data)
            # The server can have a block that this connection never sent: an earlier one did.
            waits.append(now_ms - (now_ms if block.sealed_ms is None else block.sealed_ms))
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

    def issued(self, track: int) -> int:
        """Return the number of the next row to be issued."""
        return self._known(track).issued

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


def _unsent(state: _Track, share: int, now_ms: float) -> list[bytes]:
    """Take blocks from the cursor on, up to ``share`` bytes; they count as sent from now on."""
    if state.cursor == state.issued:
        return []
    waiting: list[_Block] = []
    for block in reversed(state.blocks):
        if block.end <= state.cursor:
            break
        waiting.append(block)
    taken: list[bytes] = []
    for block in reversed(waiting):
        share -= len(block.data)
        if share < 0:
            break
        block.sealed_ms = now_ms if block.sealed_ms is None else block.sealed_ms
        state.cursor = block.end
        taken.append(block.data)
    return taken
