"""One epoch of a client's clock: what its offset to the server's can be, and the offset that its rows are given.

What can be is a matter of causes: nothing arrives before it was sent. A request sent at client time c that arrived
at t says that the offset is at most t - c; an answer that left at t and arrived at c says that it is at least
t - c. Either holds at other times too, loosened by `DRIFT` times the distance, so that the quickest way there and
the quickest way back of all exchanges (a minimum filter on either way) leave the narrowest interval, however the
network divides a round trip. The bound of a row is how far its offset is from the far end of that interval: no
delay, asymmetry or burst can make it wrong.

What rows are given is a curve over the client's time: continuous, its slope at most `SLEW`, and fixed up to the
newest row that was dated. So times of rows never run backwards, in whatever order and over however many
connections they come, and a row that arrives late is dated by what is known of its own time.

Units: seconds, of the client's clock (`c`) and of the server's; `t = c + offset`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from math import inf

import numpy as np

from telemetry.frames import Float64

__all__ = ["DRIFT", "JUMP_S", "SLEW", "Epoch"]

# Two clocks drift against each other by up to this: 200 ppm is twice what the crystals of headsets and laptops are
# sold with, and 50 ppm is left for the server's own and for a clock that is being disciplined.
DRIFT = 250e-6
# While slewing, a speed or a loudness' slope is wrong by 1 % at most; a guess 30 ms off is right in 3 s.
SLEW = 0.01
# What comes of drift is a fraction of a millisecond per exchange: it is followed ten times as gently.
GENTLE_SLEW = 0.001
GENTLE_S = 0.003
# Not worth a bend in the curve.
STILL_S = 50e-6
# No drift explains a contradiction beyond this: the clock stood still or was set. A frame that comes later than the
# quickest by this much may also come from a clock that stood still, and its bound covers that.
JUMP_S = 0.1
# Rows this much older than the newest comparison are backlog: they are looked up in the history.
LIVE_S = 1.0
# Anchors and bends kept: at one exchange in 2 s the first is at least a quarter of an hour, and an outage, in which
# there are none, takes no room at all.
HISTORY = 512
# A long block's bound is looked at every so many seconds, at most so often.
GRID_S = 1.0
GRID_MOST = 64
# Rows of two tracks that were measured at one time may be dated so far apart, where the curve bends in a block.
BEND_S = 1e-4


class Epoch:
    """A stretch in which the client's clock ran on without a jump.

    `since` is the client time at which it began (-inf: always, or unknown because the clock was set back),
    `certain` the one from which on that is sure: rows between the two may belong to the epoch before, whose bound is
    then theirs, too. `sure` is the newest client time that is known to belong to it.
    """

    __slots__ = (
        "_anchors", "_before", "_bends", "_compared_high", "_doubt", "_ever", "_front", "_front_offset", "_high",
        "_latest", "_low", "certain", "declared", "jump", "noticed", "number", "since", "sure",
    )  # fmt: skip

    def __init__(
        self, number: int, *, since: float = -inf, certain: float = -inf, jump: float = 0.0, noticed: float = -inf,
        before: tuple[float, float] = (-inf, inf),
    ) -> None:  # fmt: skip
        """`noticed` is the client time at which a jump of about `jump` seconds, which nobody declared, was noticed;
        `before` is between what the offset would have been without it.
        """
        self.number, self.since, self.certain, self.jump, self.noticed = number, since, certain, jump, noticed
        self._before, self._doubt = before, inf
        self.declared = False
        self.sure = -inf
        # low(c) = _low - DRIFT * c and high(c) = _high + DRIFT * c for any c from _latest on.
        self._low, self._high, self._latest = -inf, inf, -inf
        # _high as exchanges alone have it: they see either way equally often, so that the middle does not lean.
        self._compared_high = inf
        # Client times of exchanges, and between what the offset was then known to be; what all of them say of any time
        # after the last, as _low and _high say it.
        self._anchors = (array("d"), array("d"), array("d"))
        self._ever = (-inf, inf)
        # Where the curve bends: client time, offset, slope from there on.
        self._bends = (array("d"), array("d"), array("d"))
        self._front, self._front_offset = -inf, 0.0

    @property
    def dated(self) -> bool:
        """Whether rows have been dated: from then on the curve is slewed and never stepped."""
        return self._front > -inf

    @property
    def front(self) -> float:
        """The newest client time that rows were dated to."""
        return self._front

    @property
    def known(self) -> bool:
        """Whether anything says what the offset may be."""
        return self._high < inf or self.dated

    @property
    def learnt(self) -> bool:
        """Whether an arrival, an exchange or the journal says so: of an epoch between two sleeps nothing may."""
        return self._high < inf or bool(self._anchors[0])

    @property
    def compared(self) -> bool:
        """Whether an exchange bounds the offset from both sides."""
        return self._low > -inf

    @property
    def best(self) -> float:
        """The offset in the middle of what exchanges allow now; the quickest arrival's while there was none."""
        if self._low > -inf:
            return (self._low + self._compared_high) / 2
        return self._high + DRIFT * self._latest if self._high < inf else self._front_offset

    # --- what can be ----------------------------------------------------------------------------------------------

    def lead(self, sent: float, received: float) -> float:
        """By how many seconds something sent at `sent` arrived earlier than is possible."""
        if self._low == -inf and self._anchors[0]:
            # After a restart only the journal tells what is possible.
            return self.limits(sent)[0] - (received - sent)
        return self._low - DRIFT * max(sent, self._latest) - (received - sent)

    def arrive(self, sent: float, received: float) -> float:
        """Learn from an arrival; return by how many seconds it was slower than the quickest can have been."""
        high = received - sent - DRIFT * sent
        # After a restart only the journal tells how quick the quickest was.
        late = high - self._high if self._high < inf else received - sent - self.limits(sent)[1]
        if sent > self._latest:
            self._latest = sent
        if late < 0.0:
            self._high = high
            if high + DRIFT * self._latest < self._low - DRIFT * self._latest:
                # A little too early to be true: what was known below no longer holds, and nothing else is known.
                self._low = -inf
        if late < JUMP_S and sent > self.sure:
            self.sure = sent
        return late

    def contradiction(self, c0: float, c3: float, low: float, high: float) -> float:
        """By how many seconds an exchange lies outside of what is possible: at least `low` at `c3`, at most `high`
        at `c0`.
        """
        return max(low - self.limits(c3)[1], self.limits(c0)[0] - high)

    def compare(self, c0: float, c3: float, low: float, high: float) -> None:
        """Learn from an exchange: the offset was at least `low` at `c3` and at most `high` at `c0`."""
        if self.contradiction(c0, c3, low, high) > 0.0:
            # Less than a jump: a clock that was set by a little, or drifts more than any should. The newest is right.
            self.forget()
        self._latest = latest = max(self._latest, c0, c3)
        self._low = max(self._low, low + DRIFT * c3)
        self._high = min(self._high, high - DRIFT * c0)
        self._compared_high = min(self._compared_high, high - DRIFT * c0)
        if self._doubt == inf:
            # How far it can have jumped.
            self._doubt = max(high - self._before[0], self._before[1] - low)
        if c0 > self.noticed:
            # Sent after the jump was noticed, so it is all of this epoch.
            self.certain = min(self.certain, c0)
        self._anchor(latest, self._low - DRIFT * latest, self._high + DRIFT * latest)

    def _anchor(self, at: float, low: float, high: float) -> None:
        """Keep between what the offset is known to be at `at`, which is not before the last anchor."""
        self._ever = max(self._ever[0], low + DRIFT * at), min(self._ever[1], high - DRIFT * at)
        for kept, value in zip(self._anchors, (at, low, high), strict=True):
            kept.append(value)
            if len(kept) > 2 * HISTORY:
                del kept[:HISTORY]

    def expect(self, offset: float) -> None:
        """Where nothing is ever learnt of this epoch, its rows get this offset, and no bound."""
        self._front_offset = offset

    def forget(self) -> None:
        """Nothing is known any more of what the offset can be; the curve stays."""
        self._low, self._high, self._compared_high = -inf, inf, inf
        self._anchors, self._ever = (array("d"), array("d"), array("d")), (-inf, inf)

    def limits(self, at: float) -> tuple[float, float]:
        """Between what the offset must be at a client time."""
        times = self._anchors[0]
        if times and at < times[-1]:
            lows, highs = self._limits(np.array((at,)))
            return float(lows[0]), float(highs[0])
        # After the last anchor: nearly every exchange and frame, for which numpy would be a high price.
        low, high = self._ever[0] - DRIFT * at, self._ever[1] + DRIFT * at
        if self._latest > -inf:
            apart = DRIFT * (abs(at - self._latest) + self._latest)
            low, high = max(low, self._low - apart), min(high, self._high + apart)
        return (low, high) if low <= high else (high, low)

    def _limits(self, at: Float64) -> tuple[Float64, Float64]:
        """Between what the offset must be at these client times, by all anchors before and after."""
        newest = (self._latest, self._low - DRIFT * self._latest, self._high + DRIFT * self._latest)
        if self._latest == -inf:
            newest = (0.0, -inf, inf)
        anchors = np.empty((3, len(self._anchors[0]) + 1))
        anchors[:, :-1] = self._anchors
        anchors[:, -1] = newest
        apart = DRIFT * np.abs(at[:, None] - anchors[0])
        low, high = np.max(anchors[1] - apart, axis=1), np.min(anchors[2] + apart, axis=1)
        return np.minimum(low, high), np.maximum(low, high)

    # --- what rows are given --------------------------------------------------------------------------------------

    def date(self, until: float) -> None:
        """Fix the curve up to `until`: rows up to there are dated now."""
        step = until - self._front
        if step <= 0.0:
            return
        if step == inf:
            self._front_offset = self.best if until >= self._latest - LIVE_S else self._aim_of_old(until)
            self._bend(until, 0.0)
        else:
            # Nearly always there is nothing to make up for, and what is asked in every frame costs no call.
            missing = (self.best if until >= self._latest - LIVE_S else self._aim_of_old(until)) - self._front_offset
            slope = 0.0 if -STILL_S < missing < STILL_S else _slope(missing, step)
            if slope != self._bends[2][-1]:
                self._bend(self._front, slope)
            self._front_offset += slope * step
        self._front = until

    def _aim_of_old(self, at: float) -> float:
        """The offset that a row at `at`, long before the newest, should have as far as is known now."""
        low, high = self.limits(at)
        middle = (low + high) / 2
        return middle if abs(middle) < inf else self.best

    def _bend(self, at: float, slope: float) -> None:
        for kept, value in zip(self._bends, (at, self._front_offset, slope), strict=True):
            kept.append(value)
            if len(kept) > 2 * HISTORY:
                del kept[:HISTORY]

    def offset(self, at: float) -> float:
        """The curve at a client time that is dated; before the first and after the newest it is level."""
        times, offsets, slopes = self._bends
        if at >= self._front:
            return self._front_offset
        bend = len(times) - 1 if at >= times[-1] else bisect_right(times, at) - 1
        return offsets[0] if bend < 0 else offsets[bend] + slopes[bend] * (at - times[bend])

    def live(self, start: float, end: float) -> tuple[float, float, float] | None:
        """What `line` returns, for rows after the curve's last bend, none of them old; None for others."""
        times, offsets, slopes = self._bends
        latest = self._latest
        if start < times[-1] or end > self._front or start < latest - LIVE_S or start < self.certain:
            return None
        slope = slopes[-1]
        first = offsets[-1] + slope * (start - times[-1])
        return first, slope, self._bound(start, end, first + slope * (end - start), slope)

    def bends(self, start: float, end: float) -> tuple[float, ...]:
        """The client times at which a block from `start` to `end` is to be divided.

        Not where a straight line follows the curve closely enough, and where rows begin to be certainly of this epoch.
        """
        times, parts = self._bends[0], (self.certain,) if start < self.certain <= end else ()
        if start >= times[-1]:
            return parts
        inside = times[bisect_right(times, start) : bisect_right(times, end)]
        first, rate = self.offset(start), (self.offset(end) - self.offset(start)) / max(end - start, 1e-9)
        apart = max((abs(self.offset(at) - first - rate * (at - start)) for at in inside), default=0.0)
        return (*inside, *parts) if apart > BEND_S else parts

    def line(self, start: float, end: float) -> tuple[float, float, float]:
        """Offset at `start`, its growth per second, and the bound, for rows from `start` to `end`, all dated."""
        first = self.offset(start)
        last = self.offset(end)
        rate = (last - first) / (end - start) if end > start else 0.0
        known = self._anchors[0]
        # After a restart the old server's exchanges hold for what it has seen, and for nothing later.
        later = self._low == -inf and bool(known) and end > known[-1]
        if later or start >= self._latest - LIVE_S:
            bound = self._bound(start, end, last, rate)
        else:
            bound = self._bound_of_old(start, end, first, rate)
        return first, rate, bound if start >= self.certain else bound + self._doubt

    def _bound(self, start: float, end: float, last: float, rate: float) -> float:
        ref = end if end > self._latest else self._latest
        above, below = self._high + DRIFT * ref - last, last - self._low + DRIFT * ref
        # At `ref` the truth is between the two; on the way back to `start` it drifts, and the line slopes.
        return (above if above > below else below) + DRIFT * (ref - start) + abs(rate) * (end - start)

    def _bound_of_old(self, start: float, end: float, first: float, rate: float) -> float:
        at = np.linspace(start, end, min(int((end - start) / GRID_S), GRID_MOST) + 2)
        low, high = self._limits(at)
        given = first + rate * (at - start)
        apart = np.maximum(high - given, given - low)
        between = (at[1] - at[0]) / 2
        return float(np.max(apart) + (DRIFT + abs(rate)) * between)

    # --- from the journal -----------------------------------------------------------------------------------------

    def restore(self, end: float, offset: float, bound: float) -> None:
        """Go on where the journal ends: its newest row, at client time `end`, was given `offset`.

        Its bound holds for rows before it. Of those after it nothing is known until the next exchange, because the
        server's time was carried over its restart by the wall clock.
        """
        self._front_offset = offset
        self._bend(end, 0.0)
        self._front = self._latest = self.sure = end
        if bound < inf:
            self._anchor(end, offset - bound, offset + bound)


def _slope(missing: float, step: float) -> float:
    """The slope by which the curve makes up for what is missing within `step`, or as much as it may."""
    most = SLEW if abs(missing) > GENTLE_S else GENTLE_SLEW
    return min(max(missing / step, -most), most)
