"""The clock filter against simulated clocks whose truth is known."""

import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.clock import SLEW, WINDOW, ClockError, ClockFilter


class Simulated:
    """A client whose clock drifts, behind a network with given delays; the server's time is the truth."""

    def __init__(self, seed: int, *, offset_s: float = -1234.5, drift: float = 0.0) -> None:
        """`offset_s` is true server minus client time at 0 s."""
        self.random = random.Random(seed)
        self.offset_s = offset_s
        self.drift = drift

    def client_ms(self, t: float) -> float:
        return (t - self.offset_s + self.drift * t) * 1e3

    def true_offset_s(self, t: float) -> float:
        return t - self.client_ms(t) / 1e3

    def exchange(self, clock: ClockFilter, t: float, there_s: float, back_s: float) -> None:
        answered = t + there_s + 0.0002
        arrived = answered + back_s
        clock.exchange(self.client_ms(t), (t + there_s) * 1e3, answered * 1e3, self.client_ms(arrived))

    def delays(self) -> tuple[float, float]:
        """Busy Wi-Fi: some milliseconds, sometimes tens, each way on its own."""
        def one() -> float:
            return self.random.uniform(0.001, 0.004) + self.random.expovariate(1 / 0.004)
        return one(), one()


def schedule() -> Iterator[float]:
    """A burst of 8 at 50 ms, then every 2 s for two minutes."""
    yield from (0.05 * i for i in range(8))
    yield from (2.0 * i for i in range(1, 60))


@given(st.integers(0, 2**32), st.floats(-50e-6, 50e-6))
def test_the_truth_lies_within_the_bound(seed: int, drift: float) -> None:
    """Also while the client's crystal is off by all that is allowed."""
    client, clock = Simulated(seed, drift=drift), ClockFilter()
    for t in schedule():
        client.exchange(clock, t, *client.delays())
        now = t + 0.1
        clock.observe(client.client_ms(now - 0.02), now)
        assert abs(clock.offset_s - client.true_offset_s(now)) <= clock.bound_s + 1e-9


def test_after_a_burst_and_a_minute_the_error_is_about_a_millisecond() -> None:
    errors = []
    for seed in range(40):
        client, clock = Simulated(seed, drift=20e-6), ClockFilter()
        for t in schedule():
            client.exchange(clock, t, *client.delays())
        errors.append(abs(clock.offset_s - client.true_offset_s(120.0)))
    assert sorted(errors)[37] < 0.002


@given(st.integers(0, 2**32), st.floats(-200e-6, 200e-6), st.booleans())
def test_row_times_never_run_backwards(seed: int, drift: float, guess_first: bool) -> None:
    client, clock = Simulated(seed, drift=drift), ClockFilter()
    if guess_first:
        clock.observe(client.client_ms(0.0), 0.4)
    exchanges = sorted([*schedule()])
    last = -math.inf
    for step in range(1, 300):
        now = step * 0.1
        while exchanges and exchanges[0] <= now - 0.1:
            client.exchange(clock, exchanges.pop(0), *client.delays())
        clock.observe(client.client_ms(now - client.random.uniform(0.001, 0.05)), now)
        for row in (now - 0.1, now - 0.05, now - 0.002):
            mapped = client.client_ms(row) / 1e3 + clock.offset_s
            assert mapped >= last
            last = mapped
    assert clock.epoch == 0


def test_a_wrong_first_guess_is_slewed_away() -> None:
    client, clock = Simulated(1), ClockFilter()
    clock.observe(client.client_ms(0.0), 0.5)
    assert clock.bound_s == math.inf
    assert clock.offset_s == pytest.approx(client.offset_s + 0.5)
    client.exchange(clock, 0.5, 0.002, 0.002)
    assert clock.bound_s > 0.49
    clock.observe(client.client_ms(10.5), 10.5)
    assert clock.offset_s == pytest.approx(client.offset_s + 0.5 - 10 * SLEW, abs=0.003)
    clock.observe(client.client_ms(60.5), 60.5)
    assert clock.offset_s == pytest.approx(client.offset_s, abs=0.003)
    assert clock.bound_s < 0.006


def test_what_was_wrong_before_the_first_frame_is_forgotten_at_once() -> None:
    """A page answers late while it is being built; its first rows come seconds later."""
    client, clock = Simulated(1), ClockFilter()
    client.exchange(clock, 0.5, 0.001, 1.6)
    assert clock.offset_s == pytest.approx(client.offset_s - 0.8, abs=0.001)
    client.exchange(clock, 4.0, 0.002, 0.003)
    clock.observe(client.client_ms(6.0), 6.02)
    assert clock.offset_s == pytest.approx(client.offset_s, abs=0.001)
    assert clock.bound_s < 0.003


def test_all_of_the_round_trip_on_one_side_is_covered_by_the_bound() -> None:
    client, clock = Simulated(1), ClockFilter()
    client.exchange(clock, 1.0, 0.2, 0.0)
    assert abs(clock.offset_s - client.offset_s) == pytest.approx(0.1)
    assert clock.bound_s == pytest.approx(0.1)


def test_a_client_that_slept_starts_a_new_epoch_and_only_then_steps() -> None:
    client, clock = Simulated(1), ClockFilter()
    client.exchange(clock, 1.0, 0.01, 0.01)
    client.offset_s += 60.0
    client.exchange(clock, 62.0, 0.01, 0.01)
    assert clock.epoch == 1
    assert clock.offset_s == pytest.approx(client.offset_s)
    client.offset_s += 0.5
    client.exchange(clock, 64.0, 0.01, 0.01)
    assert clock.epoch == 1


def test_old_exchanges_leave_the_window() -> None:
    client, clock = Simulated(1), ClockFilter()
    client.exchange(clock, 0.0, 0.0001, 0.0001)
    for i in range(WINDOW):
        client.exchange(clock, 2.0 + 2 * i, 0.05, 0.05)
    assert clock.round_trip_s == pytest.approx(0.1)


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
    with pytest.raises(ClockError, match="call observe"):
        _ = clock.offset_s
