"""Clocks that drift, sleep and are set, against simulated ones whose truth is known."""

import math
from collections.abc import Callable
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from session_server.net.recovery import Found
from telemetry.clock import DELAY_MAX_S, GUESS_S, ClockError, ClockFilter, Last
from telemetry.epoch import DRIFT, HISTORY, JUMP_S, SLEW, Epoch
from telemetry.frames import Block, GapReason, decode_block, decode_gap, encode_block, encode_gap
from telemetry.journal import Record
from telemetry.records import EPOCHS, GapRecord, SampleRecord
from tests.telemetry.clocks import Delay, Placed, Simulated, bursts, busy, check, check_bounds, check_order, quiet

SEEDS = st.integers(0, 2**32)
DRIFTS = st.floats(-200e-6, 200e-6)
DELAYS: st.SearchStrategy[Delay] = st.sampled_from([busy, bursts, quiet(0.0005, 0.001), quiet(0.03, 0.06)])

Happening = tuple[Callable[[Simulated], None], str]


def _sleeps(seconds: float, declare: bool) -> Happening:
    return lambda client: client.sleep(seconds, declare=declare), f"sleeps {seconds} s, {declare=}"


def _sets(by: float, declare: bool) -> Happening:
    return lambda client: client.set(by, declare=declare), f"sets by {by} s, {declare=}"


def _away(seconds: float) -> Happening:
    return lambda client: client.away(seconds), f"away {seconds} s"


JUMPS = st.builds(_sleeps, st.floats(0.2, 300), st.booleans()) | st.builds(
    _sets, st.floats(0.2, 86_400) | st.floats(-86_400, -3_600), st.booleans()
)
HAPPENINGS = st.lists(JUMPS | st.builds(_away, st.floats(1, 120)), min_size=1, max_size=3)


def rows_of(records: list[SampleRecord]) -> list[tuple[float, float]]:
    """(time, bound) of every row."""
    found = []
    for record in records:
        for block in record.blocks():
            times = block.client_ms / 1e3 + record.offset_s + record.skew * (block.client_ms - record.at_ms) / 1e3
            found += [(float(t), record.bound_s) for t in times]
    return found


def block(first_s: float, last_s: float, *, track: int = 1, rows: int = 8) -> Block:
    times = np.linspace(first_s, last_s, rows) * 1e3
    return decode_block(encode_block(track, 0, times, np.zeros((rows, 1), np.float32)))


def exchange(clock: ClockFilter, offset_s: float, c: float, there_s: float = 0.002, back_s: float = 0.002) -> None:
    """An exchange sent at `c` with a client whose clock is `offset_s` behind and does not drift."""
    t0, t1 = c, c + offset_s + there_s
    clock.exchange(t0 * 1e3, t1 * 1e3, t1 * 1e3, (t1 + back_s - offset_s) * 1e3)


def place(clock: ClockFilter, sealed: float, offset_s: float, late_s: float = 0.002) -> SampleRecord:
    """The record of a frame with a tenth of a second of one track, closed at `sealed`."""
    [record] = clock.place(sealed * 1e3, [block(sealed - 0.1, sealed - 0.001)], sealed + offset_s + late_s)
    return record


# --- what holds always ------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(SEEDS, DRIFTS, DELAYS, DELAYS)
def test_every_row_is_right_to_its_bound(seed: int, drift: float, there: Delay, back: Delay) -> None:
    client = Simulated(seed, drift, there=there, back=back)
    client.live(15)
    client.settle()
    # Where a burst holds up the first frame of all, the guess from its arrival is given up for a new epoch.
    assert client.clock.epoch <= (there is bursts)
    check(client.rows())


@settings(max_examples=15, deadline=None)
@given(SEEDS, DRIFTS, HAPPENINGS)
def test_every_row_is_right_to_its_bound_whatever_happens(
    seed: int, drift: float, happenings: list[Happening]
) -> None:
    """Clocks sleep and are set, declared or not, the network goes: no time is wrong by more than is said."""
    client = Simulated(seed, drift, c=2e5)
    client.live(12)
    for happen, _ in happenings:
        happen(client)
        client.live(12)
    client.settle()
    check(client.rows())


AWAY = st.sampled_from([0.0, 1.0, 30.0, 120.0])
SLEPT_OR_SET = st.floats(0.2, 300) | st.floats(-86_400, -3_600)


@settings(max_examples=15, deadline=None)
@given(SEEDS, DRIFTS, AWAY, st.lists(st.tuples(SLEPT_OR_SET, AWAY), min_size=2, max_size=4))
def test_each_of_several_jumps_in_one_outage_is_told(
    seed: int, drift: float, away: float, jumps: list[tuple[float, float]]
) -> None:
    """Rows from between two of them are of an epoch in which nothing was ever compared: they have no bound."""
    client = Simulated(seed, drift, c=4e5)
    client.live(12)
    client.away(away)
    for seconds, after in jumps:
        client.sleep(seconds) if seconds > 0 else client.set(-seconds)
        client.away(after)
    client.live(12)
    client.settle()
    check_bounds(rows := client.rows())
    check_order(rows)
    assert client.clock.declared == len(jumps)


@settings(max_examples=25, deadline=None)
@given(SEEDS, DRIFTS, st.sampled_from([0.0, 30.0, 120.0]), JUMPS, st.sampled_from([0.1, 0.2, 0.3, 0.5, 3.0]))
@example(1, 0.0, 30.0, _sets(80_000.0, False), 0.1)
@example(1, 0.0, 30.0, _sets(-80_000.0, False), 0.1)
def test_after_a_restart_no_more_is_claimed_than_the_journal_tells(
    seed: int, drift: float, away: float, jump: Happening, then: float
) -> None:
    """Backlog that comes after it may be of the epoch before a jump, noticed before the restart or not yet."""
    client = Simulated(seed, drift, c=2e5)
    client.live(12)
    client.away(away)
    jump[0](client)
    client.live(then)
    client.restart(client.chance.uniform(0.1, 10))
    client.live(12)
    client.settle()
    rows = client.rows()
    check_bounds(rows)
    check_order(rows)


@pytest.mark.parametrize("drift", [-200e-6, 0.0, 200e-6])
def test_at_round_trips_up_to_20_ms_the_bound_is_10_ms_for_95_percent_of_rows(drift: float) -> None:
    bounds: list[float] = []
    for seed in range(4):
        client = Simulated(seed, drift, there=quiet(0.002, 0.01), back=quiet(0.002, 0.01))
        client.live(60)
        bounds += [row.bound for row in client.rows()]
    assert np.quantile(bounds, 0.95) <= 0.010


def test_on_a_line_that_always_takes_17_ms_the_bound_stays_under_10_ms() -> None:
    """Half of it, and the drift since the last exchange."""
    client = Simulated(1, 200e-6, there=quiet(0.0085, 0.0085), back=quiet(0.0085, 0.0085))
    client.live(60)
    assert np.quantile([row.bound for row in client.rows()], 0.95) <= 0.010


# --- backlog ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drift", [-200e-6, 0.0, 200e-6])
def test_ten_minutes_of_backlog_are_dated_by_what_is_known_of_their_time(drift: float) -> None:
    client = Simulated(3, drift, there=quiet(0.001, 0.005), back=quiet(0.001, 0.005))
    client.live(20)
    gone = client.t
    client.away(600)
    back = client.t
    client.live(10)
    client.settle()
    rows = client.rows()
    check(rows)
    # The mapping of now would be wrong by 120 ms at the beginning of the outage.
    near = [row for row in rows if gone - 10 < row.true_t < gone + 10]
    assert max(abs(row.t - row.true_t) for row in near) < 0.02
    # Of the poses most come when the clocks have been compared again. The bound grows away from either end.
    by_time = {round((row.true_t - gone) / (back - gone), 1): row.bound for row in rows if row.track == 1}
    assert by_time[0.5] < DRIFT * (back - gone) / 2 + 0.02
    if not drift:
        assert by_time[0.2] < by_time[0.5] > by_time[0.8]


def test_rows_of_two_tracks_keep_their_order_while_the_offset_is_slewed() -> None:
    """The first guess is half a second late, so the curve bends sharply where the slew begins and ends."""
    client = Simulated(5, there=quiet(0.001, 0.002), back=quiet(0.001, 0.002))
    client._arrived[0] = client.t + 0.5
    client.live(50)
    rows = client.rows()
    check(rows)
    assert any(abs(row.t - row.true_t) > 0.3 for row in rows)
    assert max(abs(row.t - row.true_t) for row in rows if row.true_t > 98.0) < 0.01


def test_a_block_is_divided_where_the_offsets_of_its_time_bend() -> None:
    """One track comes late: its rows get the very times that those of the other got, slewed for half a minute."""
    clock = ClockFilter()
    place(clock, 10.0, 5.0, late_s=0.3)
    exchange(clock, 5.0, 10.5)
    given: dict[float, float] = {}
    for step in range(110, 600):
        [record] = clock.place(step * 100.0, [block(step / 10 - 0.1, step / 10)], step / 10 + 5.002)
        given[step / 10] = rows_of([record])[-1][0]
    late = clock.place(60_100.0, [block(30.0, 50.0, track=2, rows=201)], 65.102)
    assert len(late) > 1
    times = [t for t, _ in rows_of(late)]
    assert len(times) == 201
    assert times == pytest.approx([given[round(30.0 + at / 10, 1)] for at in range(201)], abs=1e-5)
    assert 5.2 > times[0] - 30.0 > 5.05
    assert times[-1] - 50.0 == pytest.approx(5.0, abs=0.005)


# --- epochs -----------------------------------------------------------------------------------------------------------


def epochs_of(rows: list[Placed]) -> list[tuple[int, float, float]]:
    """(epoch, true time of its first row, of its last) of the first track."""
    numbers = sorted({row.epoch for row in rows if row.track == 1})
    times = {n: [row.true_t for row in rows if row.track == 1 and row.epoch == n] for n in numbers}
    return [(n, min(times[n]), max(times[n])) for n in numbers]


@pytest.mark.parametrize("declare", [True, False])
@pytest.mark.parametrize("away_s", [0.0, 600.0])
def test_a_sleep_begins_an_epoch_and_rows_from_before_keep_theirs(declare: bool, away_s: float) -> None:
    client = Simulated(1, 200e-6)
    client.live(20)
    if away_s:
        client.away(away_s)
    asleep = client.t
    client.sleep(60.0, declare=declare)
    client.live(20)
    client.settle()
    rows = client.rows()
    check(rows)
    [began] = client.began
    assert began.epoch == 1
    assert began.cause == ("declared" if declare else "noticed")
    assert began.jump_s == pytest.approx(60.0, abs=0.2)
    if declare:
        [(_, _, last), (_, first, _)] = epochs_of(rows)
        assert last <= asleep + 0.001
        assert first >= asleep + 60.0
        after = [row for row in rows if row.epoch == 1 and row.true_t > asleep + 65]
        assert max(row.bound for row in after) < 0.05


@pytest.mark.parametrize("declare", [True, False])
@pytest.mark.parametrize("by", [86_400.0, -86_400.0, 0.5, -20.0])
def test_a_clock_that_is_set_begins_an_epoch(by: float, declare: bool) -> None:
    client = Simulated(7, -200e-6, c=2e5)
    client.live(20)
    client.set(by, declare=declare)
    client.live(20)
    client.settle()
    rows = client.rows()
    check(rows)
    assert [began.epoch for began in client.began] == [1]
    assert client.began[0].jump_s == pytest.approx(-by, abs=0.1)
    settled = [row for row in rows if row.true_t > 80.0]
    assert max(row.bound for row in settled) < 0.05
    assert {row.epoch for row in settled} == {1}


def test_a_block_across_the_beginning_of_an_epoch_is_divided() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    clock.declare(1, 13_000.0, 13_000.0, 78.0)
    before, after = clock.place(13_100.0, [block(12.5, 13.1, rows=13)], 78.11)
    assert (before.epoch, after.epoch) == (0, 1)
    rows = [*before.blocks(), *after.blocks()]
    assert [r.first_seq for r in rows] == [0, len(rows[0].offsets_ms)]
    assert np.concatenate([r.client_ms for r in rows]) == pytest.approx(np.linspace(12.5, 13.1, 13) * 1e3, abs=1e-3)
    assert rows[0].client_ms[-1] < 13_000.0 <= rows[1].client_ms[0] + 1e-3
    assert before.bound_s < 0.01
    assert after.bound_s == math.inf


def test_a_frames_rows_are_one_record_with_one_mapping() -> None:
    """Of each track the times are as if it had been placed alone."""
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    exchange(clock, 5.02, 12.01)
    # The slope changes where the newest row was dated, and both blocks begin after it.
    blocks = [block(12.0, 12.2), block(12.05, 12.19, track=2)]
    [record] = clock.place(12_200.0, blocks, 17.21)
    assert record.raw == blocks[0].raw + blocks[1].raw
    assert record.skew != 0.0
    later = rows_of([record])[8:]
    assert [t for t, _ in later] == pytest.approx(
        [ms / 1e3 + record.offset_s + record.skew * (ms / 1e3 - 12.0) for ms in blocks[1].client_ms]
    )


def test_what_was_noticed_and_is_then_declared_is_one_epoch() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    exchange(clock, 65.0, 12.5)
    [noticed] = clock.take_begun()
    assert (noticed.epoch, noticed.cause) == (1, "noticed")
    clock.declare(1, 12_100.0, 12_600.0, 77.7)
    [declared] = clock.take_begun()
    assert (declared.epoch, declared.cause, declared.since_ms) == (1, "declared", 12_100.0)
    clock.declare(1, 12_100.0, 14_600.0, 79.7)
    assert clock.take_begun() == []
    # It says since when, and until it said so its rows may still be from before.
    before, doubtful, after = clock.place(12_700.0, [block(12.0, 12.7, rows=15)], 77.71)
    assert (before.epoch, doubtful.epoch, after.epoch) == (0, 1, 1)
    assert after.blocks()[0].start_ms >= 12_600.0
    assert before.bound_s < 0.1
    assert 60.0 <= doubtful.bound_s < 60.2
    assert after.bound_s < 0.1


def test_rows_that_may_be_of_either_epoch_have_a_bound_for_both() -> None:
    """Nobody says when the clock stood still: after the last frame before, and before the exchange that shows it."""
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    exchange(clock, 65.0, 14.0)
    exchange(clock, 65.0, 14.5)
    [record] = clock.place(14_600.0, [block(12.5, 13.5)], 79.61)
    assert record.epoch == 1
    assert 60.0 <= record.bound_s < 60.1
    assert clock.place(14_700.0, [block(14.6, 14.69)], 79.71)[0].bound_s < 0.01


def test_a_frame_that_comes_late_may_come_from_a_clock_that_stood_still() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    record = place(clock, 13.0, 5.0, late_s=30.0)
    assert clock.epoch == 0
    assert record.offset_s == pytest.approx(5.0, abs=0.01)
    assert 30.0 <= record.bound_s < 30.1
    assert place(clock, 44.0, 5.0).bound_s < 0.1


def test_a_frame_later_than_any_can_be_shows_that_the_clock_stood_still() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    assert place(clock, 13.0, 5.0, late_s=DELAY_MAX_S + 1.0).bound_s == math.inf
    assert clock.epoch == 1


def test_a_declared_gap_has_the_times_of_its_ends_whatever_lies_between() -> None:
    """Rows were given up before and after a sleep: the gap is an hour of the client's clock, and the sleep besides."""
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    clock.declare(1, 3_600_000.0, 3_600_050.0, 3665.1)
    exchange(clock, 65.0, 3610.0)
    gap = decode_gap(encode_gap(1, 8, 1000, 13_000.0, 3_611_000.0, GapReason.BUFFER_FULL))
    [record] = clock.place(3_612_000.0, [gap], 3677.01)
    assert isinstance(record, GapRecord)
    assert record.epoch == 0
    assert 13.0 + record.offset_s == pytest.approx(18.0, abs=0.01)
    assert 3611.0 + record.offset_s + record.skew * 3598.0 == pytest.approx(3676.0, abs=0.01)
    assert record.bound_s < 0.1


def test_times_that_can_be_of_no_epoch_are_dated_by_the_newest() -> None:
    """A block a day ahead of its frame is not refused; the store marks its times."""
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    place(clock, 12.0, 5.0)
    [record] = clock.place(13_000.0, [block(86_413.0, 86_413.1)], 18.0)
    assert record.epoch == 0
    assert record.offset_s == pytest.approx(5.0, abs=0.01)
    assert place(clock, 13.1, 5.0).bound_s < 0.01


def test_a_clock_that_contradicts_itself_all_the_time_fills_no_journal() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 10.0)
    for step in range(1000):
        sealed = 20.0 + step / 10 + 7.0 * (step % 2)
        record = clock.place(sealed * 1e3, [block(sealed - 0.1, sealed)], 25.0 + step / 10)[0]
    assert len(clock.take_begun()) <= 11
    assert record.bound_s == math.inf


def test_only_so_many_epochs_are_kept() -> None:
    clock = ClockFilter()
    for number in range(1, 100):
        exchange(clock, 5.0 + number, 10.0 * number)
        place(clock, 10.0 * number + 1, 5.0 + number)
        clock.declare(number, 10e3 * number + 2000, 10e3 * number + 3000, 10.0 * number + 9 + number)
    assert clock.epoch == 99
    assert len(clock._epochs) == EPOCHS


# --- one epoch --------------------------------------------------------------------------------------------------------


def test_a_wrong_first_guess_is_slewed_away() -> None:
    clock = ClockFilter()
    first = place(clock, 10.0, 5.0, late_s=0.5)
    assert first.bound_s == math.inf
    assert first.offset_s == pytest.approx(5.5, abs=1e-3)
    exchange(clock, 5.0, 10.5)
    after = place(clock, 11.0, 5.0)
    assert after.bound_s > 0.48
    assert after.skew == pytest.approx(-SLEW)
    for at in range(12, 75):
        record = place(clock, at, 5.0)
    assert record.offset_s == pytest.approx(5.0, abs=0.003)
    assert record.bound_s < 0.02
    assert clock.epoch == 0


def test_a_guess_that_is_far_off_is_given_up() -> None:
    clock = ClockFilter()
    place(clock, 10.0, 5.0, late_s=GUESS_S + 9)
    exchange(clock, 5.0, 21.0)
    assert clock.epoch == 1
    assert clock.offset_s == pytest.approx(5.0, abs=0.01)


def test_what_was_wrong_before_the_first_frame_is_forgotten_at_once() -> None:
    """A page answers late while it is being built; its first rows come seconds later."""
    clock = ClockFilter()
    exchange(clock, 5.0, 0.5, 0.001, 1.6)
    assert clock.offset_s == pytest.approx(4.2, abs=0.001)
    exchange(clock, 5.0, 4.0, 0.002, 0.003)
    record = place(clock, 6.0, 5.0)
    assert record.offset_s == pytest.approx(5.0, abs=0.001)
    assert record.bound_s < 0.005


def test_all_of_the_round_trip_on_one_side_is_covered_by_the_bound() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 1.0, 0.2, 0.0)
    record = place(clock, 1.5, 5.0, late_s=0.2)
    assert record.offset_s == pytest.approx(5.1, abs=1e-3)
    assert record.bound_s == pytest.approx(0.1, abs=1e-3)


def test_the_quickest_way_there_and_the_quickest_way_back_count_though_of_two_exchanges() -> None:
    clock = ClockFilter()
    exchange(clock, 5.0, 1.0, 0.001, 0.2)
    exchange(clock, 5.0, 2.0, 0.2, 0.001)
    assert place(clock, 2.5, 5.0).bound_s < 0.003


def test_a_clock_coarse_to_the_millisecond_is_within_its_bound() -> None:
    """What it shows is rounded down, in exchanges as in rows."""
    clock, offset_s = ClockFilter(), 5.000_9
    for c in (10.0, 10.05, 12.05):
        t1 = c + 0.0009 + offset_s + 0.0001
        clock.exchange(c * 1e3, t1 * 1e3, t1 * 1e3, math.floor((t1 + 0.0001 - offset_s) * 1e3))
    record = place(clock, 12.1, offset_s, late_s=0.001)
    assert abs(record.offset_s - offset_s) <= record.bound_s


def test_history_is_bounded_and_of_the_newest() -> None:
    epoch = Epoch(0)
    for at in range(5 * HISTORY):
        epoch.compare(2.0 * at, 2.0 * at, 5.0 + 0.004 * (at % 3), 5.01 + 0.004 * (at % 3))
        epoch.date(2.0 * at)
    assert len(epoch._anchors[0]) <= 2 * HISTORY
    assert len(epoch._bends[0]) <= 2 * HISTORY
    low, high = epoch.limits(2.0 * (5 * HISTORY - HISTORY // 2))
    assert high - low < 0.02


@pytest.mark.parametrize(
    "times",
    [
        (0.0, 5.0, 4.0, 10.0),
        (10.0, 5.0, 6.0, 9.0),
        (0.0, 5.0, 6.0, 70_000.0),
        (math.nan, 5.0, 6.0, 10.0),
        (0.0, 5.0, math.inf, 10.0),
    ],
)
def test_an_exchange_that_cannot_have_happened_is_refused(times: tuple[float, float, float, float]) -> None:
    clock = ClockFilter()
    with pytest.raises(ClockError, match="ms"):
        clock.exchange(*times)
    assert not clock.known
    with pytest.raises(ClockError, match="call place"):
        _ = clock.offset_s


# --- after a restart --------------------------------------------------------------------------------------------------


def test_a_clock_goes_on_where_the_journal_ends() -> None:
    """Times do not step, nor is anything claimed of what the restart may have changed."""
    clock = ClockFilter.restored({1: 100_000.0}, {0: Last(99.0, 5.0, 0.003), 1: Last(200.0, 65.0, 0.004)})
    assert clock.epoch == 1
    old, kept = clock.place(212_000.0, [block(98.0, 99.5), block(199.0, 200.5, track=2)], 277.01)
    assert (old.epoch, kept.epoch) == (0, 1)
    assert [old.offset_s, kept.offset_s] == pytest.approx([5.0, 65.0])
    exchange(clock, 65.002, 212.0)
    exchange(clock, 65.002, 212.1)
    record = place(clock, 212.3, 65.002)
    assert record.epoch == 1
    assert record.offset_s == pytest.approx(65.0, abs=0.003)
    assert record.bound_s < 0.01
    clock.declare(1, 100_000.0, 213_000.0, 278.0)
    assert clock.epoch == 1
    assert clock.take_begun() == []


def test_backlog_after_a_restart_has_no_bound_until_the_clocks_were_compared() -> None:
    """The wall clock carries session time over a restart, as right as it is: no bound of before holds after."""
    clock = ClockFilter.restored({}, {0: Last(200.0, 65.0, 0.004)})
    [seen, later] = clock.place(212_000.0, [block(199.0, 199.5), block(200.5, 205.0, track=2)], 277.01)
    assert seen.bound_s < 0.01
    assert later.bound_s == math.inf
    exchange(clock, 65.002, 212.0)
    exchange(clock, 65.002, 212.1)
    [later] = clock.place(212_200.0, [block(205.0, 206.0, track=2)], 277.21)
    assert later.bound_s < 0.01


def test_a_clock_that_was_set_back_over_the_restart_is_noticed_at_its_first_frame() -> None:
    clock = ClockFilter.restored({}, {0: Last(200.0, 65.0, 0.004, 100.0)})
    record = place(clock, 192.0, 75.0)
    assert (record.epoch, record.bound_s) == (1, math.inf)


def test_what_a_gap_ends_with_is_not_taken_for_its_epoch_s() -> None:
    """The client gave rows up over a sleep: the last of them is of the next epoch, and dates nothing of this one."""
    clock = ClockFilter()
    exchange(clock, 5.0, 98.0)
    place(clock, 98.1, 5.0)
    clock.declare(1, 100_000.0, 100_000.0, 165.0)
    exchange(clock, 65.0, 100.1)
    gap = decode_gap(encode_gap(2, 0, 100, 99_000.0, 100_500.0, GapReason.BUFFER_FULL))
    [record] = clock.place(100_600.0, [gap], 165.602)
    assert record.epoch == 0
    journal = Found()
    journal.add(Record(record.kind, UUID(int=1), record.encode()))
    [last] = journal.clocks.values()
    assert (last.end_s, last.certain_s) == (99.0, 99.0)
    assert last.offset_s == pytest.approx(5.0, abs=0.003)


def test_session_time_that_went_on_wrongly_over_the_restart_shows_at_the_first_exchange() -> None:
    """The wall clock was set while the server was down: the offset is another, and a step is marked as one."""
    clock = ClockFilter.restored({}, {0: Last(200.0, 65.0, 0.004)})
    exchange(clock, 25.0, 212.0)
    [began] = clock.take_begun()
    assert began.epoch == 1
    assert began.jump_s == pytest.approx(-40.0, abs=0.1)
    assert JUMP_S < 40.0
