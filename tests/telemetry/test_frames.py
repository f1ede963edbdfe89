"""Frames come back as they were sent, and nothing a client can send raises anything but FrameError."""

import contextlib
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from telemetry import frames
from telemetry.frames import BLOCK_HEADER, FRAME_HEADER, Block, FrameError, Gap, GapReason

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[int, int, frames.Float64, frames.Float32]:
    """Track, first sequence number, times and values of a possible block."""
    rows, columns = draw(st.integers(1, 30)), draw(st.integers(1, 8))
    start = draw(st.floats(0, 1e9))
    steps = draw(arrays(np.float32, rows, elements=st.floats(0, 50, width=32)))
    steps[0] = 0
    values = draw(arrays(np.float32, (rows, columns), elements=FLOATS))
    return (
        draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(0, 2**32 - rows)),
        start + np.cumsum(steps, dtype=np.float64),
        values,
    )


@st.composite
def gaps(draw: st.DrawFn) -> tuple[int, int, int, float, float, GapReason]:
    """Track, first sequence number, rows, times of the first and the last, reason of a possible gap."""
    rows, start = draw(st.integers(1, 2**16 - 1)), draw(st.floats(0, 1e9))
    span = draw(st.floats(0, 86_399_990)) if rows > 1 else 0.0
    first_seq = draw(st.integers(0, 2**32 - rows))
    return draw(st.integers(0, 2**32 - 1)), first_seq, rows, start, start + span, draw(st.sampled_from(GapReason))


def two_blocks() -> bytes:
    """An ordinary frame: 7 rows of pose and 5 of voice."""
    pose = frames.encode_block(1, 100, 5000 + np.arange(7) * 13.9, np.linspace(-1, 1, 49).reshape(7, 7))
    voice = frames.encode_block(2, 70, 5000 + np.arange(5) * 20.0, np.full((5, 5), -30.0))
    return frames.encode(5100.0, [pose, voice])


Rows = tuple[int, int, frames.Float64, frames.Float32]
Loss = tuple[int, int, int, float, float, GapReason]


@given(st.floats(0, 1e12), st.lists(st.one_of(blocks(), gaps()), max_size=5))
def test_a_frame_comes_back_as_it_was_sent(sealed_ms: float, sent: list[Rows | Loss]) -> None:
    encoded = [frames.encode_block(*block) if len(block) == 4 else frames.encode_gap(*block) for block in sent]
    data = frames.encode(sealed_ms, encoded)
    frame = frames.decode(data)
    assert frame.sealed_ms == sealed_ms
    assert len(frame.blocks) == len(sent)
    for got, block in zip(frame.blocks, sent, strict=True):
        if len(block) == 6:
            track, first_seq, rows, start, end, reason = block
            assert got[:5] == (track, first_seq, rows, reason, start)
            assert isinstance(got, Gap)
            assert got.end_seq == first_seq + rows
            assert got.end_ms == pytest.approx(end, abs=4)
            assert frames.decode_gap(got.raw) == got
            continue
        track, first_seq, client_ms, values = block
        assert isinstance(got, Block)
        assert (got.track, got.first_seq, got.end_seq) == (track, first_seq, first_seq + len(values))
        np.testing.assert_array_equal(got.values, values)
        np.testing.assert_allclose(got.client_ms, client_ms, atol=1 / 16, rtol=0)
        assert got.client_ms[0] == client_ms[0]
        again = frames.decode_block(got.raw)
        np.testing.assert_array_equal(again.values, values)
    assert frames.encode(sealed_ms, [block.raw for block in frame.blocks]) == data


@given(gaps(), st.data())
def test_the_rest_of_a_gap_ends_where_the_gap_does(sent: Loss, data: st.DataObject) -> None:
    gap = frames.decode_gap(frames.encode_gap(*sent))
    cut = data.draw(st.integers(gap.first_seq, gap.end_seq - 1))
    rest = gap.since(cut)
    assert (rest.track, rest.first_seq, rest.end_seq, rest.reason) == (gap.track, cut, gap.end_seq, gap.reason)
    due = np.linspace(gap.start_ms, gap.end_ms, gap.rows)[cut - gap.first_seq] if gap.rows > 1 else gap.start_ms
    assert rest.start_ms == pytest.approx(due, abs=0.01)
    assert rest.end_ms == pytest.approx(gap.end_ms, abs=4)


def test_nothing_that_is_sent_ends_beyond_possible_time() -> None:
    """A part of such a block could not be kept."""
    rows = frames.encode_block(1, 0, [1e13, 1e13 + 20], np.zeros((2, 7)))
    gap = frames.encode_gap(1, 0, 10, 1e13, 1e13 + 9000, GapReason.BUFFER_FULL)
    for block in (rows, gap):
        with pytest.raises(frames.FrameError, match=r"track 1: client_ms of its last row is 1.*; 0 to 1"):
            frames.decode(frames.encode(1e13, [block]))


@given(st.lists(st.floats(0.0, 600_000.0, width=32), min_size=2, max_size=40), st.data())
def test_what_ends_with_possible_time_can_still_be_divided(before_ms: list[float], data: st.DataObject) -> None:
    times = 1e13 - np.array(sorted(before_ms, reverse=True))
    sent = decoded(frames.encode(1e13, [frames.encode_block(1, 0, times, np.zeros((len(times), 7)))]))
    # Rounding may have put its last row beyond.
    assume(sent)
    (block,) = sent
    assert isinstance(block, Block)
    cut = data.draw(st.integers(1, len(times) - 1))
    for once in (frames.part(block, 0, cut), frames.part(block, cut, len(times))):
        twice = frames.part(once, len(once.values) - 1, len(once.values))
        assert frames.decode_block(twice.raw).client_ms == twice.client_ms
    gap = frames.decode_gap(frames.encode_gap(1, 0, 10, float(times[0]), 1e13, GapReason.BUFFER_FULL))
    assert gap.since(4).end_seq == 10


@given(blocks(), st.data())
def test_parts_have_the_times_and_values_of_the_whole_to_the_bit(
    sent: Rows, data: st.DataObject
) -> None:
    whole = frames.decode_block(frames.encode_block(*sent))
    rows = len(whole.values)
    edges = [0, *sorted(data.draw(st.sets(st.integers(1, rows - 1)))), rows] if rows > 1 else [0, rows]
    parts = [frames.part(whole, first, end) for first, end in pairwise(edges)]
    again = [frames.part(piece, 0, len(piece.values)) for piece in (frames.decode_block(p.raw) for p in parts)]
    assert np.concatenate([piece.client_ms for piece in again]).tobytes() == whole.client_ms.tobytes()
    np.testing.assert_array_equal(np.concatenate([piece.values for piece in again]), whole.values)
    for piece, first in zip(again, edges, strict=False):
        assert (piece.first_seq, piece.start_ms) == (whole.first_seq + first, whole.client_ms[first])
        assert piece.end_ms == piece.client_ms[-1]


def test_a_station_sends_whole_blocks() -> None:
    """What counts from before its first row is a part, or a mistake."""
    piece = frames.part(frames.decode_block(frames.encode_block(1, 0, [5.0, 25.0], np.zeros((2, 7)))), 1, 2)
    with pytest.raises(frames.FrameError, match=r"row 0 is 20.0 ms after client_ms"):
        frames.decode(frames.encode(30.0, [piece.raw]))


def decoded(data: bytes) -> tuple[Block | Gap, ...]:
    """The blocks of a frame, none if it is refused."""
    with contextlib.suppress(FrameError):
        return frames.decode(data).blocks
    return ()


@given(st.data())
def test_a_mutated_frame_is_refused_or_still_a_frame(data: st.DataObject) -> None:
    frame = bytearray(data.draw(st.sampled_from([two_blocks(), with_a_gap()])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(frame) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "swap"])):
            case "flip":
                frame[at] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del frame[at : at + data.draw(st.integers(1, 40))]
            case "insert":
                frame[at:at] = data.draw(st.binary(min_size=1, max_size=40))
            case _:
                frame[at : at + 4] = struct.pack("<f", data.draw(st.floats(width=32)))
        if not frame:
            break
    if len(frame) >= 8 and data.draw(st.booleans()):
        frame[4:8] = len(frame).to_bytes(4, "little")
    for block in decoded(bytes(frame)):
        if isinstance(block, Gap):
            assert block.rows > 0
            assert 0 <= block.start_ms <= block.end_ms <= block.start_ms + frames.GAP_SPAN_MS_MAX
            continue
        assert np.isfinite(block.values).all()
        assert (np.diff(block.client_ms) >= 0).all()


@given(st.binary(max_size=200))
@example(b"")
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    decoded(data)
    for decode in (frames.decode_block, frames.decode_gap):
        with contextlib.suppress(FrameError):
            decode(data)


def with_a_gap() -> bytes:
    """A frame of 720 lost rows of pose, ten seconds of them, and 5 rows of voice."""
    gap = frames.encode_gap(1, 100, 720, 5000.0, 14_986.0, GapReason.BUFFER_FULL)
    voice = frames.encode_block(2, 70, 5000 + np.arange(5) * 20.0, np.full((5, 5), -30.0))
    return frames.encode(5100.0, [gap, voice])


def patched(offset: int, layout: str, *values: object, gap: bool = False) -> bytes:
    """The ordinary frame (or that with a gap) with some bytes of its header or its first block changed."""
    frame = bytearray(with_a_gap() if gap else two_blocks())
    struct.pack_into(layout, frame, offset, *values)
    return bytes(frame)


FIRST = FRAME_HEADER.size
FIRST_ROWS = FIRST + BLOCK_HEADER.size


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b"\x54", "1 bytes; a frame's header alone has 16"),
        (patched(0, "<B", 0x7B), "first byte 0x7b; a frame starts with 0x54"),
        (patched(1, "<B", 2), "frame version 2; this server reads 1"),
        (two_blocks()[:-4], "length 408 in the header of 404 bytes"),
        (two_blocks() + two_blocks(), "length 408 in the header of 816 bytes"),
        (patched(2, "<H", 1), "bytes follow the last of 1 blocks"),
        (patched(2, "<H", 3), "0 bytes left for a block"),
        (patched(8, "<d", float("nan")), "sealed_ms is nan"),
        (patched(8, "<d", -1.0), r"sealed_ms is -1.0; 0 to 10000000000000 ms is possible: is it perf"),
        (patched(FIRST + 8, "<H", 0), "track 1: 0 rows of 7 columns"),
        (patched(FIRST + 10, "<H", 0), "7 rows of 0 columns are a gap, and its reason is 0; known: 1 buffer_full"),
        (patched(FIRST + 10, "<H", 65), "track 1: 7 rows of 65 columns; at least 1 row and 1 to 64 columns"),
        (patched(FIRST + 8, "<H", 900), "track 1: 900 rows of 7 columns need 28824 bytes, 392 are left"),
        (patched(FIRST + 12, "<I", 1), "reserved field is 1"),
        (patched(FIRST + 4, "<I", 2**32 - 3), "sequence 4294967293 \\+ 7 rows; numbers end at 4294967295"),
        (patched(FIRST + 16, "<d", float("inf")), "track 1: client_ms is inf"),
        (patched(FIRST_ROWS, "<f", 3.0), "row 0 is 3.0 ms after client_ms"),
        (patched(FIRST_ROWS + 8, "<f", 1.0), "track 1: row 2 is 12.89.* ms before row 1: sort rows by time"),
        (patched(FIRST_ROWS + 24, "<f", 1e6), "rows span 1000000.0 ms; at most 600000"),
        (patched(FIRST_ROWS + 4, "<f", float("nan")), "time 1 of the block is nan, not finite"),
        (patched(FIRST_ROWS + 28, "<f", float("-inf")), "value 0 of the block is -inf, not finite: leave"),
        (patched(FIRST + 8, "<H", 0, gap=True), "track 1: 0 rows of 0 columns; at least 1 row"),
        (patched(FIRST + 12, "<I", 3, gap=True), "720 rows of 0 columns are a gap, and its reason is 3; known"),
        (patched(FIRST + 4, "<I", 2**32 - 3, gap=True), "4294967293 \\+ 720 lost rows; numbers end at 429496729"),
        (patched(FIRST + 16, "<d", -1.0, gap=True), "track 1: client_ms of a gap is -1.0; 0 to 1000000000000"),
        (patched(FIRST_ROWS, "<f", -1.0, gap=True), "a gap of 720 rows spans -1.0 ms; 0 to 86400000 ms lie"),
        (patched(FIRST_ROWS, "<f", float("nan"), gap=True), "a gap of 720 rows spans nan ms; 0 to 86400000 ms"),
        (patched(FIRST_ROWS, "<f", 9e7, gap=True), "spans 90000000.0 ms; .*: declare a longer one as several"),
        (patched(FIRST + 8, "<H", 1, gap=True), "a gap of 1 rows spans 9986.0 ms; 0 to 0 ms lie between"),
        (frames.FRAME_HEADER.pack(0x54, 1, 1, 40, 0.0) + BLOCK_HEADER.pack(1, 0, 3, 0, 1, 0.0), "needs 28 bytes, 24"),
    ],
)
def test_a_malformed_frame_says_value_bound_and_mistake(frame: bytes, message: str) -> None:
    with pytest.raises(FrameError, match=message) as raised:
        frames.decode(frame)
    assert raised.value.code == "frame_invalid"


def test_a_frame_over_the_limit_is_too_large() -> None:
    with pytest.raises(FrameError, match="65537 bytes; the limit is 65536") as raised:
        frames.decode(bytes(frames.MAX_BYTES + 1))
    assert raised.value.code == "too_large"
    block = frames.encode_block(1, 0, np.arange(9000.0), np.zeros((9000, 1)))
    with pytest.raises(FrameError, match="send it as several") as raised:
        frames.encode(0.0, [block])
    assert raised.value.code == "too_large"


def test_large_finite_values_are_no_fault() -> None:
    """Their squares overflow float32, which is how finiteness is checked first."""
    values = np.array([[3e38, -3e38], [1.0, 2.0]], np.float32)
    raw = frames.encode_block(3, 0, [1.0, 2.0], values)
    np.testing.assert_array_equal(frames.decode_block(raw).values, values)


def test_rows_and_gaps_are_not_taken_for_each_other() -> None:
    with pytest.raises(FrameError, match="track 1: a gap of 2 rows where rows must be"):
        frames.decode_block(frames.encode_gap(1, 0, 2, 0.0, 5.0, GapReason.NOT_MEASURED))
    with pytest.raises(FrameError, match="track 1: 2 rows where a gap must be"):
        frames.decode_gap(frames.encode_block(1, 0, [0.0, 5.0], [1.0, 2.0]))


@pytest.mark.parametrize(
    ("rows", "start", "end"),
    [(0, 0.0, 0.0), (2**16, 0.0, 1.0), (2, 1.0, 0.0), (1, 0.0, 1.0), (2, float("nan"), 0.0), (2, 0.0, 1e300)],
)
def test_a_gap_that_would_be_refused_is_not_encoded(rows: int, start: float, end: float) -> None:
    with pytest.raises(FrameError, match="track 1"):
        frames.encode_gap(1, 0, rows, start, end, GapReason.BUFFER_FULL)


@pytest.mark.parametrize(
    ("times", "values"),
    [
        ([2.0, 1.0], [[1.0], [2.0]]),
        ([1.0], [[float("nan")]]),
        ([1.0], [[1e39]]),
        ([1.0, 2.0], [[1.0]]),
        ([], []),
        ([float("nan")], [[1.0]]),
    ],
)
def test_rows_that_would_be_refused_are_not_encoded(times: list[float], values: list[list[float]]) -> None:
    with pytest.raises(FrameError, match=r"track 1|one time per row"):
        frames.encode_block(1, 0, times, values)


def test_a_track_outside_its_field_is_not_encoded() -> None:
    with pytest.raises(FrameError, match="track -1"):
        frames.encode_block(-1, 0, [0.0], [0.0])
