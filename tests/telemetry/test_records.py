"""Events and batches come back from their bytes; the chain shows every change."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import frames
from telemetry.errors import ChainError, RecordError
from telemetry.records import (
    GENESIS,
    EventRecord,
    GapRecord,
    RecordKind,
    SampleRecord,
    canonical,
    decode_event,
    decode_gap,
    decode_samples,
    encode_event,
    verify_chain,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15)
DATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.builds(
    EventRecord,
    seq=st.integers(0, 2**40),
    t=st.floats(0, 1e6),
    ms=st.none() | st.integers(0, 2**31),
    actor=TEXT,
    type=TEXT,
    data=st.dictionaries(TEXT, DATA, max_size=4),
)


def story(count: int = 6) -> list[bytes]:
    """Payloads of a session's first events."""
    payloads, head = [], GENESIS
    for seq in range(count):
        kind = "signals" if seq % 2 else "choice"
        payloads.append(encode_event(EventRecord(seq, seq / 4, seq * 250, "trainee", kind, {"n": seq}), head))
        head = payloads[-1][:32]
    return payloads


@given(EVENTS)
def test_an_event_comes_back_from_its_bytes(event: EventRecord) -> None:
    payload = encode_event(event, GENESIS)
    head, again = decode_event(payload)
    assert again == event
    assert encode_event(again, GENESIS) == payload
    assert head == payload[:32]


def test_the_body_is_canonical_json() -> None:
    event = EventRecord(3, 1.5, None, "trainee", "choice", {"b": -0.0, "a": "ü"})
    expected = '{"actor":"trainee","data":{"a":"ü","b":0.0},"ms":null,"seq":3,"t":1.5,"type":"choice"}'
    assert event.body() == expected.encode()
    assert event.kind is RecordKind.EVENT
    assert replace(event, type="signals").kind is RecordKind.SIGNALS


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 1e16, -3e200, "nul \0", "\ud800", {"k\0": 1}, [b"x"], np.float32(1)]
)
def test_what_would_not_come_back_unchanged_is_refused(value: object) -> None:
    with pytest.raises(RecordError, match="not storable"):
        EventRecord(0, 0.0, 0, "a", "b", {"value": value}).body()


def test_text_that_only_looks_doubtful_is_kept() -> None:
    value = {"note": "1e+5, -0.0 and \\u0000 are only text"}
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", b'{"data":1,"seq":0}', b'{"data":{},"seq":0}'])
def test_bytes_that_are_no_event_are_refused(body: bytes) -> None:
    with pytest.raises(RecordError, match="not an event"):
        decode_event(GENESIS + body)


def test_a_frames_rows_come_back_with_their_clock() -> None:
    raw = frames.encode_block(7, 5, [10.0, 20.0], [[1.0, 2.0], [3.0, 4.0]])
    raw += frames.encode_block(8, 0, [15.0], [6.0])
    again = decode_samples(SampleRecord(2, 10.0, -3.25, 1e-4, 0.001, 12.5, raw).encode())
    mapping = (again.epoch, again.at_ms, again.offset_s, again.skew, again.bound_s, again.received_t)
    assert mapping == (2, 10.0, -3.25, 1e-4, 0.001, 12.5)
    assert [(block.track, block.values.tolist()) for block in again.blocks()] == [
        (7, [[1.0, 2.0], [3.0, 4.0]]), (8, [[6.0]]),
    ]  # fmt: skip
    assert again.offset_at(1010.0) == -3.25 + 1e-4
    with pytest.raises(RecordError, match="7 bytes hold no rows"):
        decode_samples(b"1234567")


def test_a_declared_gap_comes_back_with_its_clock_and_is_no_batch() -> None:
    raw = frames.encode_gap(7, 5, 100, 10.0, 20.0, frames.GapReason.NOT_MEASURED)
    record = GapRecord(0, 10.0, -3.25, 0.0, 0.001, 12.5, raw)
    assert record.kind is RecordKind.GAP
    again = decode_gap(record.encode())
    assert (again.at_ms, again.offset_s, again.bound_s, again.received_t) == (10.0, -3.25, 0.001, 12.5)
    assert again.gap() == frames.decode_gap(raw)
    with pytest.raises(frames.FrameError, match="a gap of 100 rows where rows must be"):
        again.blocks()
    with pytest.raises(RecordError, match="7 bytes hold no rows"):
        decode_gap(b"1234567")


def test_a_whole_chain_holds_and_can_be_gone_on_with() -> None:
    payloads = story()
    head = verify_chain(payloads)
    assert head == payloads[-1][:32]
    assert verify_chain(payloads[3:], previous=payloads[2][:32], first_seq=3) == head
    assert verify_chain([]) == GENESIS


@pytest.mark.parametrize("seq", range(6))
def test_an_edited_event_breaks_the_chain(seq: int) -> None:
    payloads = story()
    payloads[seq] = payloads[seq].replace(b'"n":%d' % seq, b'"n":9')
    with pytest.raises(ChainError, match=f"event {seq} does not follow") as raised:
        verify_chain(payloads)
    assert raised.value.seq == seq


def test_an_edited_event_with_a_hash_to_match_breaks_at_the_next() -> None:
    payloads = story()
    _, event = decode_event(payloads[2])
    payloads[2] = encode_event(replace(event, data={"n": 9}), payloads[1][:32])
    with pytest.raises(ChainError, match="event 3 does not follow"):
        verify_chain(payloads)


def test_a_missing_and_a_swapped_event_break_the_chain() -> None:
    payloads = story()
    with pytest.raises(ChainError, match="event 3 stands where 2 should"):
        verify_chain(payloads[:2] + payloads[3:])
    with pytest.raises(ChainError, match="event 2 stands where 1 should"):
        verify_chain([payloads[0], payloads[2], payloads[1]])
