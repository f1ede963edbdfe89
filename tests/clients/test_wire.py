"""The wire without a socket: whatever the network does, each row reaches the server's disk exactly once."""

import json
import struct
from collections import deque

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clients.errors import ProtocolError, Refusal, UsageError
from clients.unacked import Unacked
from clients.wire import (
    Acked,
    Answered,
    Broken,
    Denied,
    Ended,
    Hello,
    Pushed,
    Reconnect,
    Unanswered,
    Wire,
)
from tests.clients.model import HELLO, STREAMS, ModelServer, Row, welcome


class Interleavings(RuleBasedStateMachine):
    """Rows are issued while messages are delayed, connections drop, the server refuses and crashes.

    The buffer holds some thousand rows, so that now and then it is full and rows are declared as lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wire, self.server = Wire(HELLO), ModelServer()
        self.wire.rows = Unacked(limit_bytes=30_000)
        self.issued: dict[int, list[Row]] = {track: [] for track in STREAMS}
        self.up: deque[str | bytes] = deque()
        self.now_ms = 0.0
        self.open = False
        self.connect(at_once=True)

    @precondition(lambda self: not self.open)
    @rule(at_once=st.booleans())
    def connect(self, at_once: bool) -> None:
        self.wire.connected(self.now_ms)
        self.open = True
        if at_once:
            self.reach_the_server(10)
            self.reach_the_client(10)

    @precondition(lambda self: self.open)
    @rule(crash=st.booleans())
    def drop(self, crash: bool) -> None:
        self.up.clear()
        self.server.answers.clear()
        if crash:
            self.server.lose_memory()
        last = self.wire.disconnected(1006, "", jitter=0.5)[-1]
        assert isinstance(last, Reconnect)
        assert 0 < last.delay_s <= 4
        self.open = False

    @rule(track=st.sampled_from(sorted(STREAMS)), rows=st.integers(1, 300), send=st.booleans())
    def issue(self, track: int, rows: int, send: bool) -> None:
        columns = len(STREAMS[track][1])
        seq = len(self.issued[track]) + np.arange(rows)
        values = (seq + 0.25 * np.arange(columns)[:, None]).astype(np.float32)
        times = self.now_ms + 0.5 * np.arange(rows, dtype=np.float64)
        first, kept = self.wire.issue(track, times, values)
        assert first == seq[0]
        self.issued[track] += [tuple(map(float, column)) if kept else () for column in values.T]
        self.now_ms += 0.5 * rows
        if send:
            self.seal(0.0)

    @rule(track=st.sampled_from(sorted(STREAMS)), rows=st.integers(1, 300))
    def not_measured(self, track: int, rows: int) -> None:
        end_ms = self.now_ms + (0.5 * rows if rows > 1 else 0)
        first = self.wire.not_measured(track, rows, start_ms=self.now_ms, end_ms=end_ms)
        assert first == len(self.issued[track])
        self.issued[track] += [()] * rows
        self.now_ms = end_ms

    @rule(pause_ms=st.sampled_from([0.0, 100.0, 1000.0]))
    def seal(self, pause_ms: float) -> None:
        self.now_ms += pause_ms
        self.wire.poll(self.now_ms)
        self.wire.seal(self.now_ms)

    @precondition(lambda self: self.open)
    @rule(messages=st.integers(1, 3))
    def reach_the_server(self, messages: int) -> None:
        self.up.extend(self.wire.outgoing())
        for _ in range(min(messages, len(self.up))):
            self.server.receive(self.up.popleft())

    @precondition(lambda self: self.open)
    @rule(messages=st.integers(1, 5))
    def reach_the_client(self, messages: int) -> None:
        for _ in range(min(messages, len(self.server.answers))):
            self.wire.received(self.server.answers.popleft(), self.now_ms)

    @precondition(lambda self: self.wire.joined)
    @rule()
    def sync(self) -> None:
        self.server.sync()

    @rule(frames=st.integers(1, 2))
    def refuse(self, frames: int) -> None:
        self.server.refuse = frames

    @invariant()
    def nothing_is_forgotten_before_it_is_durable(self) -> None:
        for track, upto in self.server.durable.items():
            assert self.wire.rows.acked(track) <= upto

    def teardown(self) -> None:
        """Let everything through; then the server has each row once, in order, with its values or as declared lost."""
        if not self.open:
            self.connect(at_once=False)
        for _ in range(200):
            self.seal(100.0)
            self.reach_the_server(1000)
            if self.wire.joined:
                self.server.sync()
            self.reach_the_client(1000)
            if self.wire.joined and self.wire.rows.empty:
                break
        assert self.wire.rows.empty
        for track, rows in self.server.accepted.items():
            assert [row[1:] for row in rows] == self.issued[track]
            times = [row[0] for row in rows if row]
            assert times == sorted(times)


Interleavings.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestInterleavings = Interleavings.TestCase


def joined_wire() -> Wire:
    wire = Wire(HELLO)
    wire.connected(0.0)
    wire.outgoing()
    wire.received(welcome(1, {1: 0, 2: 0, 3: 0}), 1.0)
    return wire


def sent(wire: Wire) -> list[dict[str, object]]:
    return [json.loads(message) for message in wire.outgoing() if isinstance(message, str)]


def test_hello_says_who_we_are_and_nothing_else() -> None:
    wire = Wire(HELLO)
    wire.connected(0.0)
    assert sent(wire) == [
        {
            "type": "hello",
            "ref": 1,
            "protocol": 1,
            "role": "trainee",
            "code": "KJ7P-Q2M4",
            "run": "a-run",
            "client": {"name": "test", "modality": "bot"},
            "streams": {"head_pose": 72, "voice": 50, "headset_state": 2},
        }
    ]


def test_requests_have_increasing_refs_and_get_their_answers() -> None:
    wire = joined_wire()
    first, second = wire.request("begin", {}), wire.request("choose", {"choice": "ask_name"})
    assert [message["ref"] for message in sent(wire)] == [first, second] == [2, 3]
    error = {"type": "error", "ref": second, "code": "not_offered", "message": "not now", "retry": True}
    denied = wire.received(json.dumps(error), 2.0)
    assert denied == (Denied(second, "choose", Refusal("not_offered", "not now", True, {})),)
    done = wire.received(json.dumps({"type": "ok", "ref": first, "event": 4}), 3.0)
    assert done == (Answered(first, {"event": 4}),)


def test_an_answer_comes_once_and_to_a_request_that_was_made() -> None:
    wire = joined_wire()
    ref = wire.request("begin", {})
    wire.received(json.dumps({"type": "ok", "ref": ref}), 2.0)
    with pytest.raises(ProtocolError, match=f"answers ref {ref}, which was not open"):
        wire.received(json.dumps({"type": "ok", "ref": ref}), 2.0)


def test_a_request_cut_off_is_said_to_be_unanswered() -> None:
    wire = joined_wire()
    ref = wire.request("begin", {})
    wire.poll(2.0)  # the clock's own requests are nobody's business
    assert wire.disconnected(1012, "restart", jitter=0.0) == (Unanswered(ref, "begin"), Reconnect(0.0))


def test_nothing_can_be_asked_before_welcome() -> None:
    with pytest.raises(UsageError, match="begin before welcome"):
        Wire(HELLO).request("begin", {})


@pytest.mark.parametrize("code", [1009, 4001, 4002, 4003, 4010])
def test_a_final_close_code_ends_it(code: int) -> None:
    assert joined_wire().disconnected(code, "why", jitter=0.9) == (Ended(code, "why", None),)


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012, 4008])
def test_other_close_codes_bring_us_back_with_full_jitter(code: int) -> None:
    wire = joined_wire()
    delays = [wire.disconnected(code, "", jitter=0.5)[-1] for _ in range(8)]
    assert delays == [Reconnect(s) for s in (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0)]
    wire.connected(0.0)
    wire.received(welcome(1, {1: 0, 2: 0, 3: 0}), 1.0)
    assert wire.disconnected(code, "", jitter=0.5) == (Reconnect(0.125),)


@pytest.mark.parametrize(("retry", "ending"), [(False, Ended), (True, Reconnect)])
def test_a_refused_hello_is_final_unless_it_may_succeed_later(retry: bool, ending: type[object]) -> None:
    wire = Wire(HELLO)
    wire.connected(0.0)
    error = {"type": "error", "ref": 1, "code": "some_code", "message": "no", "retry": retry}
    (denied,) = wire.received(json.dumps(error), 1.0)
    assert isinstance(denied, Denied)
    assert isinstance(wire.disconnected(1000, "", jitter=0.0)[-1], ending)


def test_the_clock_is_compared_in_a_burst_and_then_every_two_seconds() -> None:
    wire = joined_wire()
    now_ms, asked = 1.0, []
    while now_ms < 5000:
        due_ms = wire.poll(now_ms)
        for request in sent(wire):
            asked.append(now_ms)
            told = request["previous"]
            assert told == (None if len(asked) == 1 else {"t0_ms": asked[-2], "t3_ms": asked[-2] + 3})
            answer = {"type": "clock", "ref": request["ref"], "t0_ms": now_ms, "t1_ms": 9000.0 + now_ms}
            wire.received(json.dumps(answer | {"t2_ms": 9001.0 + now_ms}), now_ms + 3)
        assert due_ms is not None
        now_ms = due_ms
    assert asked == [1.0, 51.0, 101.0, 151.0, 201.0, 251.0, 301.0, 351.0, 2351.0, 4351.0]
    assert wire.clock is not None
    assert (wire.clock.round_trip_ms, wire.clock.offset_ms) == (2.0, 8999.0)


@pytest.mark.parametrize("jumped_to", [50.0, 40_000.0])
def test_after_a_sleep_what_waits_goes_on_waiting_for_the_first_exchanges(jumped_to: float) -> None:
    wire = joined_wire()
    wire.issue(1, np.zeros(1), np.zeros((7, 1), np.float32))
    wire.clock_jumped(jumped_to)
    asked = 0
    for now_ms in np.arange(jumped_to, jumped_to + 200, 50.0):
        wire.poll(now_ms)
        wire.seal(now_ms)
        for message in wire.outgoing():
            assert isinstance(message, str)
            assert (json.loads(message)["epoch"], json.loads(message)["since_ms"]) == (1, jumped_to)
            asked += 1
    assert asked == 4
    wire.seal(jumped_to + 200)
    (frame,) = wire.outgoing()
    assert isinstance(frame, bytes)


def test_without_anything_that_waits_a_sleep_holds_nothing_up() -> None:
    wire = joined_wire()
    wire.clock_jumped(50.0)
    wire.issue(1, np.full(1, 60.0), np.zeros((7, 1), np.float32))
    wire.seal(100.0)
    assert [type(message) for message in wire.outgoing()] == [bytes]


def test_each_of_two_sleeps_is_told_in_its_turn_until_the_server_has_heard_of_both() -> None:
    wire = joined_wire()

    def told(now_ms: float) -> list[tuple[object, object]]:
        wire.poll(now_ms)
        asked.extend(requests := sent(wire))
        return [(request["epoch"], request["since_ms"]) for request in requests]

    def answer(request: dict[str, object], now_ms: float) -> None:
        told = {"type": "clock", "ref": request["ref"], "t0_ms": request["t0_ms"], "t1_ms": 9000.0, "t2_ms": 9000.0}
        wire.received(json.dumps(told), now_ms)

    asked: list[dict[str, object]] = []
    wire.disconnected(1006, "", jitter=0.0)
    wire.clock_jumped(100.0)
    wire.clock_jumped(200.0)
    wire.connected(250.0)
    wire.outgoing()
    wire.received(welcome(1, {1: 0, 2: 0, 3: 0}), 260.0)
    assert told(260.0) == [(1, 100.0), (2, 200.0)]
    answer(asked[0], 262.0)
    assert told(310.0) == [(1, 100.0), (2, 200.0)]
    assert asked[-1]["previous"] is None, "the answer to an earlier epoch's request compares nothing"
    answer(asked[1], 312.0)
    assert told(360.0) == [(2, 200.0)]
    assert asked[-1]["previous"] == {"t0_ms": 260.0, "t3_ms": 312.0}
    wire.clock_jumped(400.0)
    assert told(400.0) == [(3, 400.0)]


def test_a_client_without_samples_asks_no_time() -> None:
    wire = Wire(Hello(role="instructor", run="r", name="test", key="k", session="s", streams={}))
    wire.connected(0.0)
    wire.received(welcome(1, {1: 0, 2: 0, 3: 0}), 1.0)
    assert wire.poll(2.0) is None
    assert not wire.silent(1e9)


def test_a_server_that_says_nothing_for_ten_seconds_is_gone() -> None:
    wire = joined_wire()
    assert not wire.silent(10_000.0)
    assert wire.silent(10_002.0)


def test_a_frame_the_server_can_never_take_breaks_the_connection_instead_of_looping() -> None:
    error = {"type": "error", "ref": None, "code": "frame_invalid", "message": "columns", "retry": False}
    assert joined_wire().received(json.dumps(error), 1.0) == (
        Broken(Refusal("frame_invalid", "columns", False, {})),
    )


def test_a_full_disk_is_tried_again_after_a_second() -> None:
    wire = joined_wire()
    wire.issue(1, np.zeros(1), np.zeros((7, 1), np.float32))
    wire.seal(100.0)
    (first,) = wire.outgoing()
    error = {"type": "error", "ref": None, "code": "storage_full", "message": "full", "retry": True}
    wire.received(json.dumps(error), 150.0)
    wire.seal(1149.0)
    assert wire.outgoing() == []
    wire.seal(1150.0)
    (again,) = wire.outgoing()
    assert isinstance(first, bytes)
    assert isinstance(again, bytes)
    assert again[16:] == first[16:]


def test_what_a_newer_server_says_is_ignored_and_what_it_must_say_is_checked() -> None:
    wire = joined_wire()
    assert wire.received('{"type":"weather","rain":true}', 1.0) == ()
    phase = '{"type":"phase","phase":"running","t":2,"ms":0,"reason":"begin","colour":"red"}'
    (pushed,) = wire.received(phase, 1.0)
    assert isinstance(pushed, Pushed)
    with pytest.raises(ProtocolError, match=r"phase\.t must be a number, not 'soon'"):
        wire.received('{"type":"phase","phase":"running","t":"soon","ms":0}', 1.0)
    with pytest.raises(ProtocolError, match="not JSON"):
        wire.received("{", 1.0)
    with pytest.raises(ProtocolError, match="the server names track 9"):
        wire.received('{"type":"ack","tracks":{"9":1}}', 1.0)
    with pytest.raises(ProtocolError, match="only 0 rows exist"):
        wire.received('{"type":"ack","tracks":{"1":1}}', 1.0)


def test_a_gap_is_filled_from_where_the_server_says() -> None:
    wire = joined_wire()
    for _ in range(3):
        wire.issue(1, np.zeros(4), np.zeros((7, 4), np.float32))
        wire.seal(100.0)
    wire.outgoing()
    error = {"type": "error", "ref": None, "code": "sequence_gap", "message": "gap", "retry": True}
    wire.received(json.dumps(error | {"track": 1, "expected": 4}), 150.0)
    wire.seal(200.0)
    (again,) = wire.outgoing()
    assert isinstance(again, bytes)
    assert struct.unpack_from("<IIH", again, 16) == (1, 4, 8)


def test_an_ack_tells_how_long_each_block_waited() -> None:
    wire = joined_wire()
    for sealed_ms in (100.0, 200.0):
        wire.issue(1, np.zeros(3), np.zeros((7, 3), np.float32))
        wire.seal(sealed_ms)
    assert wire.received('{"type":"ack","tracks":{"1":4}}', 212.0) == (Acked(1, 4, (112.0,)),)
    assert wire.received('{"type":"ack","tracks":{"1":6}}', 213.0) == (Acked(1, 6, (13.0,)),)
