"""What a station has issued, on record, so that an oracle can compare it with what was stored."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clients.frames import as_sent
from clients.sampling import COLUMNS

__all__ = ["IssuedTrack", "TrackRange"]


@dataclass(slots=True)
class IssuedTrack:
    """The rows of one track that got a sequence number: ``first_seq`` up to but not including ``end_seq``.

    Those in ``declared`` (from, up to) were given up and told to the server as a gap.
    """

    track: int
    stream: str
    first_seq: int
    end_seq: int
    acked: int
    declared: list[tuple[int, int]] = field(default_factory=list)
    _times: list[NDArray[np.float64]] = field(default_factory=list, repr=False)
    _values: list[NDArray[np.float32]] = field(default_factory=list, repr=False)

    @property
    def rows(self) -> int:
        """How many rows were issued."""
        return self.end_seq - self.first_seq

    @property
    def rows_declared(self) -> int:
        """How many of them were declared as lost."""
        return sum(end - first for first, end in self.declared)

    def declare(self, first: int, end: int) -> None:
        """Put rows that were given up on record."""
        if self.declared and self.declared[-1][1] == first:
            first = self.declared.pop()[0]
        self.declared.append((first, end))

    def seq(self) -> NDArray[np.int64]:
        """Return the number of each row that was kept, as ``times`` and ``values`` have them."""
        numbers = np.arange(self.first_seq, self.end_seq)
        gone = [(numbers >= first) & (numbers < end) for first, end in self.declared]
        return numbers[~np.any(gone, axis=0)] if gone else numbers

    def times(self) -> NDArray[np.float64]:
        """Return the client's time of each row kept (ms), exactly as a reader of the frames sees it."""
        return np.concatenate(self._times or [np.empty(0, np.float64)])

    def values(self) -> NDArray[np.float32]:
        """Return the values (columns, rows) of each row kept."""
        empty = np.empty((len(COLUMNS[self.stream]), 0), np.float32)
        return np.concatenate(self._values or [empty], axis=1)

    def keep(self, client_ms: NDArray[np.float64], values: NDArray[np.float32]) -> None:
        """Put the times and values of the rows just issued on record."""
        self._times.append(as_sent(client_ms))
        self._values.append(values)


@dataclass(frozen=True, slots=True)
class TrackRange:
    """Rows ``first_seq`` up to, not including, ``end_seq`` of a track; those below ``acked`` are stored.

    Those in ``declared`` (from, up to) are stored as gaps.
    """

    session: str
    track: int
    stream: str
    first_seq: int
    end_seq: int
    acked: int
    declared: tuple[tuple[int, int], ...] = ()
