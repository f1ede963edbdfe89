"""A client run's clock as the server sees it: its epochs, and the times that its rows are given.

Four timestamps per exchange, as in NTP; `telemetry.epoch` says what is learnt from them. A clock that stood still (a
headset slept) or was set begins a new epoch, because its client says so or because what comes contradicts the old
one; only there are rows' times stepped, and every such step is told. Rows from before keep the old epoch's mapping.
Pure: time comes in as arguments.

Units: arguments are milliseconds as on the wire where their names say so, else seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, nextafter
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from telemetry.epoch import DRIFT, JUMP_S, Epoch
from telemetry.errors import ClockError
from telemetry.frames import Block, Float64, Gap, part
from telemetry.records import EPOCHS, GapRecord, SampleRecord

__all__ = ["Began", "Cause", "ClockError", "ClockFilter", "Last"]

# Browsers round their clock: to 0.1 ms, or to 1 ms where their users want it coarse. A trip may seem negative by that.
GRAIN_MS = 0.1
COARSE_MS = 1.0
# No useful exchange takes longer, and no frame is that late; a station that slept meanwhile measured its sleep.
DELAY_MAX_S = 60.0
# Before the first exchange rows are dated by the quickest-looking arrival. Wrong by more than this it is given up,
# which takes a new epoch; less is slewed away within two minutes.
GUESS_S = 1.0
# Jumps that nobody declared are believed so often; of a clock that contradicts itself faster nothing is known.
NOTICE_EVERY_S = 10.0
# Rows of an old epoch cannot be of later than now; by its last mapping, now is known to this.
AHEAD_S = 1.0
# A declared epoch began this long after its `since_ms` at the latest, or before the client said so.
LOOK_S = 1.0
# Times of rows are rounded on their way (`frames.encode_block`), and the time at which an epoch began is not.
ROUNDED_S = 1e-3 / 16

Cause: TypeAlias = Literal["declared", "noticed"]
Ints: TypeAlias = npt.NDArray[np.intp]


class Began(NamedTuple):
    """An epoch that began, or of which the client now says when.

    `since_ms` is None where nobody knows; `jump_s` says by how much the client's clock fell behind the server's:
    positive when it stood still or was set back, None where nothing was known before.
    """

    epoch: int
    since_ms: float | None
    jump_s: float | None
    cause: Cause


@dataclass(slots=True)
class Last:
    """The newest row of a run's epoch that the journal holds: its client time, the offset it got, the bound.

    `certain_s`: rows from this client time on, at the latest, are of this epoch and of no other; inf: nobody knows.
    """

    end_s: float
    offset_s: float
    bound_s: float
    certain_s: float = inf

    @classmethod
    def of(cls, start_s: float, end_s: float, offset_s: float, bound_s: float) -> Last:
        """What a record tells whose rows lie from `start_s` to `end_s`; `offset_s` is the last one's."""
        # Where rows may be of the epoch before, the bound covers the jump, which is at least so great.
        return cls(end_s, offset_s, bound_s, start_s if bound_s < JUMP_S else inf)

    def joined(self, other: Last | None) -> Last:
        """What two records of an epoch tell together."""
        if other is None:
            return self
        newest = self if self.end_s > other.end_s else other
        return Last(newest.end_s, newest.offset_s, newest.bound_s, min(self.certain_s, other.certain_s))


class _Piece:
    """Rows of one block that belong to one epoch; `start` to `end` in seconds of the client's clock."""

    __slots__ = ("block", "end", "epoch", "start")

    def __init__(self, block: Block, epoch: Epoch) -> None:
        self.block, self.epoch = block, epoch
        self.start, self.end = block.start_ms / 1e3, block.end_ms / 1e3


class ClockFilter:
    """One client run's clock, over all its connections.

    Give it every exchange (`exchange`) and every frame (`place`), which it answers with the frame's records; what
    has begun meanwhile stands in `begun` until `take_begun`.
    """

    __slots__ = ("_declared", "_epochs", "_noticed_t", "_reached", "_sealed", "begun")

    def __init__(self) -> None:
        """A clock of which nothing is known."""
        self.begun: list[Began] = []
        self._epochs = [Epoch(0)]
        self._declared = 0
        self._sealed = -inf
        self._noticed_t = -inf
        # The epoch that a track's rows have reached: they do not go back. Empty while there is but one.
        self._reached: dict[int, int] = {}

    @classmethod
    def restored(cls, since_ms: Mapping[int, float | None], last: Mapping[int, Last]) -> ClockFilter:
        """The clock of a run as far as the journal tells: when its epochs began, and the last row of each."""
        clock = cls()
        for number in sorted({0, *since_ms, *last})[-EPOCHS:]:
            began = since_ms.get(number)
            epoch = Epoch(number, since=-inf if began is None else began / 1e3 - ROUNDED_S)
            epoch.declared = began is not None
            if number:
                # A jump that was declared may have been of less than `JUMP_S`, but is over by then.
                epoch.certain = max(last[number].certain_s, epoch.since + LOOK_S) if number in last else inf
            clock._sealed = -inf
            if number in last:
                epoch.restore(last[number].end_s, last[number].offset_s, last[number].bound_s)
                clock._sealed = last[number].end_s
            clock._epochs.append(epoch)
        clock._epochs = clock._epochs[1:]
        return clock

    @property
    def declared(self) -> int:
        """The client's own number of the newest epoch it has told of."""
        return self._declared

    @property
    def epoch(self) -> int:
        """The number of the newest epoch, from 0."""
        return self._epochs[-1].number

    @property
    def known(self) -> bool:
        """Whether any estimate exists; before that `offset_s` must not be read."""
        return self._epochs[-1].known

    @property
    def offset_s(self) -> float:
        """Server time minus client time that a row measured now would get: `t_server = t_client + offset_s`."""
        if not self.known:
            raise ClockError("no exchange and no frame yet: call place() with the frame first")
        epoch = self._epochs[-1]
        return epoch.offset(inf) if epoch.dated else epoch.best

    def take_begun(self) -> list[Began]:
        """What has begun since this was last called."""
        begun, self.begun = self.begun, []
        return begun

    # --- exchanges ------------------------------------------------------------------------------------------------

    def exchange(self, t0_ms: float, t1_ms: float, t2_ms: float, t3_ms: float) -> None:
        """Take in one: sent `t0` (client), received `t1`, answered `t2` (server), back `t3` (client).

        Raises `ClockError` if it cannot have happened; nothing is changed then.
        """
        if not all(map(isfinite, (t0_ms, t1_ms, t2_ms, t3_ms))):
            raise ClockError(f"times {t0_ms}, {t1_ms}, {t2_ms}, {t3_ms} ms: all must be finite")
        round_trip_ms = (t3_ms - t0_ms) - (t2_ms - t1_ms)
        if t2_ms < t1_ms or not -COARSE_MS <= round_trip_ms <= DELAY_MAX_S * 1e3:
            bounds = f"{-COARSE_MS:.0f} to {DELAY_MAX_S * 1e3:.0f} ms is possible"
            raise ClockError(f"a round trip of {round_trip_ms} ms; {bounds}: are t0 and t3 of one request?")
        # Whole milliseconds are a coarse clock's.
        grain = (COARSE_MS if t0_ms % 1.0 == t3_ms % 1.0 == 0.0 else GRAIN_MS) / 1e3
        c0, c3 = t0_ms / 1e3, t3_ms / 1e3
        high, low = t1_ms / 1e3 - c0 + grain, t2_ms / 1e3 - c3 - grain
        epoch = self._epochs[-1]
        jumped = epoch.contradiction(c0, c3, low, high) > JUMP_S
        if not epoch.compared and epoch.dated:
            jumped = jumped or abs(epoch.offset(inf) - min(max(epoch.offset(inf), low), high)) > GUESS_S
        if jumped:
            epoch = self._notice(c3, low, high, t2_ms / 1e3)
        epoch.compare(c0, c3, low, high)
        epoch.arrive(c0, t1_ms / 1e3)

    def declare(self, epoch: int, since_ms: float, sent_ms: float, received_t: float) -> None:
        """The client says, at `sent_ms` on its clock, that its epoch number `epoch` began at `since_ms`.

        An exchange that was under way has a foot in either epoch: it must not be given to `exchange` any more.
        """
        jump: float | None
        old, since, sent = self._epochs[-1], min(since_ms, sent_ms) / 1e3 - ROUNDED_S, sent_ms / 1e3
        if epoch <= self._declared:
            return
        self._declared = epoch
        if any(known.declared and known.since == since for known in self._epochs):
            # Told again after the server's restart.
            return
        # A client that looks at its clock now and then knows the last look before the jump.
        certain = min(sent, since + LOOK_S)
        if not old.declared and old.since <= since <= old.noticed:
            # It was noticed before it was told.
            began, jump = old, old.jump
            began.since, began.certain = since, min(certain, old.certain)
        elif old.known:
            jump, before = received_t - sent - old.best, _without(old, since, received_t)
            began = self._begin(Epoch(old.number + 1, since=since, certain=certain, jump=jump, before=before))
        else:
            jump, began = None, self._begin(Epoch(old.number + 1, since=since, certain=certain))
        began.declared = True
        self._tell(began, min(since_ms, sent_ms), jump, "declared")

    def _notice(self, at: float, low: float, high: float, now: float) -> Epoch:
        """The clock has jumped, which is seen at client time `at`, where the offset is now `low` (-inf: unknown) to
        `high`.

        Returns the epoch that goes on from here.
        """
        old = self._epochs[-1]
        if now - self._noticed_t < NOTICE_EVERY_S:
            old.forget()
            return old
        self._noticed_t = now
        jump = (high if low == -inf else (low + high) / 2) - old.best
        before = _without(old, at, now)
        # Set forward by at least so much, it cannot show less than what it is sure to have shown before, and that much.
        since = max(nextafter(old.sure, inf), old.sure + before[0] - high) if old.sure < at else -inf
        # Set forward, its clock shows what the old one could not show yet; else the next exchange brings certainty.
        certain = now - old.best + JUMP_S if jump < 0.0 else inf
        epoch = self._begin(Epoch(old.number + 1, since=since, certain=certain, jump=jump, noticed=at, before=before))
        self._tell(epoch, since * 1e3 if since > -inf else None, jump, "noticed")
        return epoch

    def _tell(self, epoch: Epoch, since_ms: float | None, jump: float | None, cause: Cause) -> None:
        self.begun.append(Began(epoch.number, since_ms, None if jump is None else round(jump, 6), cause))

    def _begin(self, epoch: Epoch) -> Epoch:
        epoch.expect(self._epochs[-1].best)
        self._epochs.append(epoch)
        del self._epochs[:-EPOCHS]
        self._sealed = -inf
        return epoch

    # --- frames ---------------------------------------------------------------------------------------------------

    def place(self, sealed_ms: float, blocks: Sequence[Block | Gap], received_t: float) -> list[SampleRecord]:
        """The records of a frame's `blocks`, in which every row has its time and its epoch.

        The frame was closed at `sealed_ms` and arrived at `received_t`. A block whose rows belong to two epochs, or
        lie where the curve of offsets bends, is divided; a gap is not, and has the times of its ends.
        """
        sealed, sure = sealed_ms / 1e3, self._epochs[-1].sure
        late = self._arrived(sealed, received_t)
        rows, gaps, start_ms, end_ms = [], [], inf, -inf
        for block in blocks:
            if isinstance(block, Gap):
                gaps.append(block)
                continue
            rows.append(block)
            if block.start_ms < start_ms:
                start_ms = block.start_ms
            if block.end_ms > end_ms:
                end_ms = block.end_ms
        records = self._dated(rows, start_ms / 1e3, end_ms / 1e3, sealed, received_t, late, sure)
        if gaps:
            records += [self._gap(gap, sealed, received_t, late) for gap in gaps]
        return records

    def _dated(
        self, blocks: Sequence[Block], start: float, end: float, sealed: float, received_t: float, late: float,
        sure: float,
    ) -> list[SampleRecord]:  # fmt: skip
        """The records of rows, the first of all at `start` and the last at `end`."""
        epoch = self._epochs[-1]
        # A row may seem to be measured when its frame was closed already, by what its time is rounded to.
        if not epoch.since <= start <= end <= sealed + COARSE_MS / 1e3:
            pieces = [piece for block in blocks for piece in self._by_epoch(block, sealed, received_t)]
            return self._records(pieces, sealed, received_t, late, sure)
        epoch.date(end)
        line = epoch.live(start, end)
        if line is None:
            return self._records([_Piece(block, epoch) for block in blocks], sealed, received_t, late, sure)
        offset, rate, bound = line
        if late > JUMP_S and end > sure:
            bound = max(bound, _reach(sealed, received_t, start) - min(offset, offset + rate * (end - start)))
        number = epoch.number
        if number:
            self._reached.update((block.track, number) for block in blocks)
        # Nearly every frame: all its rows lie on one straight line.
        raw = b"".join([block.raw for block in blocks])
        return [SampleRecord(number, start * 1e3, offset, rate, bound, received_t, raw)]

    def _arrived(self, sealed: float, received_t: float) -> float:
        """Learn from a frame's arrival, and notice a clock that jumped; return how late it seems to be."""
        epoch = self._epochs[-1]
        early = epoch.lead(sealed, received_t)
        if early > JUMP_S or sealed < self._sealed - JUMP_S:
            epoch = self._notice(sealed, -inf, received_t - sealed, received_t)
        late = epoch.arrive(sealed, received_t)
        if late > DELAY_MAX_S:
            epoch = self._notice(sealed, -inf, received_t - sealed, received_t)
            late = epoch.arrive(sealed, received_t)
        self._sealed = max(self._sealed, sealed)
        return late

    def _records(
        self, pieces: Sequence[_Piece], sealed: float, received_t: float, late: float, sure: float
    ) -> list[SampleRecord]:
        """The records of rows that are not all of the newest epoch, or not on one line."""
        newest = self._epochs[-1]
        for piece in pieces:
            piece.epoch.date(min(piece.end, sealed) if piece.epoch is newest else piece.end)
        records = []
        for piece in _straight(pieces):
            epoch = piece.epoch
            offset, rate, bound = epoch.line(piece.start, piece.end)
            if epoch is newest and late > JUMP_S and piece.end > sure:
                lowest = min(offset, offset + rate * (piece.end - piece.start))
                bound = max(bound, _reach(sealed, received_t, piece.start) - lowest)
            block = piece.block
            if epoch.number:
                self._reached[block.track] = epoch.number
            records.append(SampleRecord(epoch.number, block.start_ms, offset, rate, bound, received_t, block.raw))
        return records

    def _by_epoch(self, block: Block, sealed: float, received_t: float) -> Iterator[_Piece]:
        """The rows of a block, divided by the epochs they were measured in."""
        chosen = self._chosen(block.track, block.client_ms / 1e3, sealed, received_t)
        for first, end in pairwise([0, *(np.flatnonzero(np.diff(chosen)) + 1).tolist(), len(chosen)]):
            yield _Piece(part(block, first, end), self._epochs[chosen[first]])

    def _chosen(self, track: int, times: Float64, sealed: float, received_t: float) -> Ints:
        """Which of the epochs a track's rows were measured in: for each of their times the newest that is possible."""
        chosen = np.full(len(times), -1)
        reached = self._reached.get(track, 0)
        newest = len(self._epochs) - 1
        for place in range(newest, -1, -1):
            epoch = self._epochs[place]
            if epoch.number < reached:
                continue
            until = sealed + COARSE_MS / 1e3 if place == newest else inf
            if place < newest and epoch.learnt:
                until = received_t - epoch.best + AHEAD_S
            chosen[(chosen < 0) & (times >= epoch.since) & (times <= until)] = place
        # What can be in none is wrong: the newest has it, and the store marks a time that cannot be.
        chosen[chosen < 0] = newest
        # Before a row of an old epoch there is none of a newer one.
        return np.minimum.accumulate(chosen[::-1])[::-1]

    def _gap(self, gap: Gap, sealed: float, received_t: float, late: float) -> GapRecord:
        """The record of rows that were given up: its mapping is that of their first and their last."""
        start, end = gap.start_ms / 1e3, gap.end_ms / 1e3
        first, last = (
            self._epochs[place] for place in self._chosen(gap.track, np.array((start, end)), sealed, received_t)
        )
        for epoch, at in ((first, start), (last, end)):
            epoch.date(min(at, sealed) if epoch is self._epochs[-1] else at)
        (offset, _, one), (end_offset, _, other) = first.line(start, start), last.line(end, end)
        skew = (end_offset - offset) / (end - start) if end > start else 0.0
        bound = max(one, other) + (late if late > JUMP_S else 0.0)
        return GapRecord(first.number, gap.start_ms, offset, skew, bound, received_t, gap.raw)


def _reach(sealed: float, received_t: float, start: float) -> float:
    """The most that the offset can be from `start` on, by the arrival of a frame, even if the clock stood still."""
    return received_t - sealed + DRIFT * (sealed - start)


def _without(old: Epoch, at: float, now: float) -> tuple[float, float]:
    """Between what the offset would be now without a jump that was noticed at client time `at`."""
    return old.limits(min(max(at, old.sure), now - old.best))


def _straight(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """The pieces, divided where their epoch's curve bends."""
    for piece in pieces:
        bends = piece.epoch.bends(piece.start, piece.end)
        if not bends:
            yield piece
            continue
        times = piece.block.client_ms / 1e3
        edges = sorted({0, *np.searchsorted(times, bends).tolist(), len(times)})
        for first, end in pairwise(edges):
            yield _Piece(part(piece.block, first, end), piece.epoch)
