"""A simulated station whose true times are known: its clock drifts, sleeps and is set, its network delays and fails.

The server's time is the truth. What the station sends goes through the server's own `Member` and `ClockFilter`, in the
order in which the network delivers it; `rows` then holds every row's true time, the time it was given and its bound.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from clients.clock import ClockEpoch, ClockExchange
from clients.frames import as_sent
from session_server.core.messages import Clock
from session_server.core.messages.requests import PreviousExchange
from session_server.core.roles import Role, Sender
from session_server.net.member import Member
from session_server.net.outbox import Outbox
from session_server.net.recovery import Found
from telemetry.clock import Began, ClockFilter, Last
from telemetry.epoch import BEND_S
from telemetry.frames import decode_block, encode_block
from telemetry.journal import Record
from telemetry.records import SampleRecord

#: Track: its rate, and how long its rows take to the wire.
TRACKS = {1: (72.0, 0.0), 2: (50.0, 0.03), 3: (2.0, 0.0)}
STEP_S = 0.1
BLOCK_ROWS = 1000
BLOCK_S = 60.0
#: Nobody measures at the very moment of falling asleep: rows that near could be of either epoch.
BREATH_S = 0.001
#: Times travel as multiples of 1/256 ms.
ROUNDING_S = 1e-5

Delay = Callable[[random.Random], float]


def quiet(low: float, high: float) -> Delay:
    """Any delay between the two."""
    return lambda chance: chance.uniform(low, high)


def busy(chance: random.Random) -> float:
    """Wi-Fi: some milliseconds, sometimes tens."""
    return chance.uniform(0.001, 0.004) + chance.expovariate(1 / 0.004)


def bursts(chance: random.Random) -> float:
    """Now and then nothing goes through for a while, and then all at once."""
    return busy(chance) + (chance.uniform(0.2, 2.0) if chance.random() < 0.02 else 0.0)


@dataclass
class Placed:
    """One row: its true time, the client's clock, the time it was given, right to `bound`."""

    track: int
    seq: int
    epoch: int
    true_t: float
    client_s: float
    t: float
    bound: float


@dataclass
class Simulated:
    """One run of a station; `c` is its clock, `t` the true time."""

    seed: int
    drift: float = 0.0
    c: float = 1234.5
    t: float = 50.0
    there: Delay = busy
    back: Delay = busy
    clock: ClockFilter = field(default_factory=ClockFilter)
    records: list[SampleRecord] = field(default_factory=list)
    began: list[Began] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.asleep = False
        self.epoch = ClockEpoch()
        self._untold: list[ClockEpoch] = []
        self._told = True
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._arrived = [0.0, 0.0]
        self._unsent: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._next: dict[int, int] = defaultdict(int)
        self._sampled = dict.fromkeys(TRACKS, self.t)
        self._true: dict[tuple[int, int], float] = {}
        self._flying: dict[int, list[tuple[int, int, list[tuple[float, float]]]]] = {}
        self.connect()

    def connect(self) -> None:
        """A new connection of the same run."""
        self.member = Member(Sender("trainee", Role.TRAINEE, 1), "run", Outbox(None), lambda code: None)  # type: ignore[arg-type]  # nothing is sent
        self.member.clock = self.clock
        self.exchange = ClockExchange(self.c * 1e3)

    def live(self, seconds: float) -> None:
        """Measure, send and compare clocks for a while."""
        for _ in range(round(seconds / STEP_S)):
            self._run(self.t + STEP_S)
            if self.exchange.due_ms <= self.c * 1e3:
                self._ask()
            self._measure()
            self._seal()

    def away(self, seconds: float) -> None:
        """Measure, but the network is gone; what is on its way is lost. Then connect again."""
        self._events.clear()
        self._flying.clear()
        for _ in range(round(seconds / STEP_S)):
            self._run(self.t + STEP_S)
            self._measure()
        self.connect()

    def restart(self, seconds: float) -> None:
        """The server is killed, and so much later goes on from its journal; what had not arrived is sent again."""
        for rows in reversed(self._flying.values()):
            for track, first, sent in rows:
                self._next[track] = first
                self._unsent[track][:0] = sent
        self._flying.clear()
        self.away(seconds)
        journal = Found()
        for record in self.records:
            journal.add(Record(record.kind, UUID(int=1), record.encode()))
        last: dict[int, Last] = {}
        for (_, epoch), row in journal.clocks.items():
            last[epoch] = row.joined(last.get(epoch))
        self.clock = ClockFilter.restored({began.epoch: began.since_ms for began in self.began}, last)
        self.connect()

    def settle(self) -> None:
        """Send all that is kept, and wait until it has come."""
        while any(self._unsent.values()) or self._events:
            self._run(self.t + STEP_S)
            self._seal()

    def sleep(self, seconds: float, *, declare: bool = True) -> None:
        """Stand still: nothing is measured, nothing sent."""
        self._measure(at_once=True)
        self._run(self.t + BREATH_S)
        self.asleep = True
        self._run(self.t + seconds)
        self.asleep = False
        self._sampled = dict.fromkeys(TRACKS, self.t)
        self._woken(declare)

    def set(self, by: float, *, declare: bool = True) -> None:
        """The clock is set, forward or back."""
        self._measure(at_once=True)
        self._run(self.t + BREATH_S)
        self.c += by
        self._woken(declare)

    def rows(self) -> list[Placed]:
        """Every row that was sent, by track and number."""
        found = []
        for record in self.records:
            for block in record.blocks():
                since = (block.client_ms - record.at_ms) / 1e3
                times = block.client_ms / 1e3 + record.offset_s + record.skew * since
                seqs = range(block.first_seq, block.end_seq)
                for seq, client_ms, t in zip(seqs, block.client_ms, times, strict=True):
                    true_t, client_s = self._true[block.track, seq], client_ms / 1e3
                    found.append(Placed(block.track, seq, record.epoch, true_t, client_s, float(t), record.bound_s))
        return sorted(found, key=lambda row: (row.track, row.seq))

    # --- what happens -------------------------------------------------------------------------------------------------

    def _run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            at, _, happen = heapq.heappop(self._events)
            self._pass(at)
            happen()
        self._pass(until)

    def _pass(self, until: float) -> None:
        if not self.asleep:
            self.c += (until - self.t) * (1 + self.drift)
        self.t = until

    def _deliver(self, way: int, delay: Delay, happen: Callable[[], None]) -> None:
        """What is sent one way arrives in order."""
        self._arrived[way] = max(self._arrived[way], self.t + delay(self.chance))
        heapq.heappush(self._events, (self._arrived[way], next(self._order), happen))

    def _ask(self) -> None:
        fields = self.exchange.ask(self.c * 1e3)
        for epoch in self._untold:
            self._request(fields, epoch, told=False)
        self._request(fields, self.epoch, told=True)

    def _request(self, fields: Mapping[str, object], epoch: ClockEpoch, *, told: bool) -> None:
        previous = self.exchange.previous
        request = Clock(
            ref=1, t0_ms=float(str(fields["t0_ms"])), epoch=epoch.number,
            since_ms=epoch.since_ms if epoch.number else None,
            previous=None if previous is None else PreviousExchange(previous.t0_ms, previous.t3_ms),
        )  # fmt: skip
        member, exchange = self.member, self.exchange

        def arrived() -> None:
            answer = member.compare_clocks(request, self.t, self.t + 0.0002)
            self.began += self.clock.take_begun()

            def back() -> None:
                if told:
                    if epoch is self.epoch:
                        self._told = True
                        self._untold.clear()
                    exchange.answered(answer.t0_ms, answer.t1_ms, answer.t2_ms, self.c * 1e3)

            self._deliver(1, self.back, back)

        self._deliver(0, self.there, arrived)

    def _woken(self, declare: bool) -> None:
        if declare:
            if not self._told:
                self._untold.append(self.epoch)
            self._told = False
            self.epoch = ClockEpoch(self.epoch.number + 1, self.c * 1e3)
        self.exchange = ClockExchange(self.c * 1e3)

    def _measure(self, *, at_once: bool = False) -> None:
        for track, (rate, usual) in TRACKS.items():
            lag = 0.0 if at_once else usual
            first = math.floor(self._sampled[track] * rate + 1e-6) + 1
            times = np.arange(first, math.floor((self.t - lag) * rate + 1e-6) + 1) / rate
            clocks = as_sent((self.c + (times - self.t) * (1 + self.drift)) * 1e3) / 1e3
            self._unsent[track] += zip(clocks.tolist(), times.tolist(), strict=True)
            self._sampled[track] = max(self._sampled[track], self.t - lag)

    def _seal(self) -> None:
        blocks, flying = [], []
        for track, rows in self._unsent.items():
            if not rows:
                continue
            count = 1
            while count < min(len(rows), BLOCK_ROWS) and 0 <= rows[count][0] - rows[count - 1][0] <= BLOCK_S / 2:
                count += 1
                if rows[count - 1][0] - rows[0][0] > BLOCK_S:
                    break
            sent, self._unsent[track] = rows[:count], rows[count:]
            first = self._next[track]
            flying.append((track, first, sent))
            self._next[track] += count
            self._true |= {(track, first + at): true for at, (_, true) in enumerate(sent)}
            times = np.array([row[0] for row in sent]) * 1e3
            blocks.append(decode_block(encode_block(track, first, times, np.zeros((count, 1), np.float32))))
        sealed_ms, number = self.c * 1e3, next(self._order)
        self._flying[number] = flying

        def arrived() -> None:
            del self._flying[number]
            self.records += self.clock.place(sealed_ms, blocks, self.t)
            self.began += self.clock.take_begun()

        if blocks:
            self._deliver(0, self.there, arrived)


def check(rows: list[Placed]) -> None:
    """Every row is right to its bound, and nothing runs backwards within an epoch."""
    check_bounds(rows)
    check_order(rows)
    by_clock = sorted(rows, key=lambda row: (row.epoch, row.client_s))
    for before, after in itertools.pairwise(by_clock):
        if after.epoch == before.epoch:
            assert after.t >= before.t - BEND_S, (before, after)


def check_bounds(rows: list[Placed]) -> None:
    """Every row is right to its bound."""
    for row in rows:
        assert abs(row.t - row.true_t) <= row.bound + ROUNDING_S, row


def check_order(rows: list[Placed]) -> None:
    """No track runs backwards within an epoch, and none goes back to an old one."""
    for before, after in itertools.pairwise(rows):
        if before.track == after.track:
            assert after.epoch >= before.epoch
            if after.epoch == before.epoch:
                assert after.t >= before.t - 1e-9, (before, after)
