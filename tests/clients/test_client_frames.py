"""Sample frames against PROTOCOL.md's table, read here with struct alone, and against the server's reader."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from clients import frames
from clients.errors import UsageError
from telemetry.frames import Block, Gap, GapReason, decode, decode_block

Rows = tuple[NDArray[np.float64], NDArray[np.float32]]


@st.composite
def runs_of_rows(draw: st.DrawFn) -> Rows:
    """Times (rows,) in ms that do not decrease, up to a minute, and values (columns, rows)."""
    rows = draw(st.integers(1, 400))
    columns = draw(st.integers(1, 8))
    steps = draw(hnp.arrays(np.float64, rows, elements=st.floats(0, 150)))
    start = draw(st.floats(0, 1e9))
    values = draw(hnp.arrays(np.float32, (columns, rows), elements=st.floats(-1e6, 1e6, width=32)))
    return start + np.cumsum(steps) - steps[0], values


def read_by_the_page(frame: bytes) -> tuple[float, list[tuple[int, int, list[float], list[list[float]]]]]:
    """Read a frame as the table in PROTOCOL.md says: sealed_ms and (track, first_seq, times, columns)."""
    magic, version, blocks, length, sealed_ms = struct.unpack_from("<BBHId", frame)
    assert (magic, version, length) == (0x54, 1, len(frame))
    found, at = [], 16
    for _ in range(blocks):
        track, first, rows, columns, zero, start = struct.unpack_from("<IIHHId", frame, at)
        assert zero == 0
        at += 24
        offsets = struct.unpack_from(f"<{rows}f", frame, at)
        at += 4 * rows
        flat = struct.unpack_from(f"<{rows * columns}f", frame, at)
        at += 4 * rows * columns
        by_column = [list(flat[column * rows : (column + 1) * rows]) for column in range(columns)]
        found.append((track, first, [start + offset for offset in offsets], by_column))
    assert at == len(frame)
    return sealed_ms, found


@given(st.lists(runs_of_rows(), max_size=3), st.floats(0, 1e9), st.integers(0, 2**31))
def test_a_frame_is_what_the_page_says_and_what_the_server_reads(
    runs: list[Rows], sealed_ms: float, first: int
) -> None:
    runs = [(frames.as_sent(times), values) for times, values in runs]
    blocks = [frames.encode_block(track, first, *run) for track, run in enumerate(runs)]
    frame = frames.encode_frame(sealed_ms, blocks)
    sealed, found = read_by_the_page(frame)
    server = decode(frame)
    assert sealed == sealed_ms == server.sealed_ms
    assert len(found) == len(server.blocks) == len(runs)
    for track, (times, values) in enumerate(runs):
        assert found[track] == (track, first, times.tolist(), values.tolist())
        block = server.blocks[track]
        assert isinstance(block, Block)
        assert (block.track, block.first_seq) == (track, first)
        np.testing.assert_array_equal(block.client_ms, times)
        np.testing.assert_array_equal(block.values, values.T)


@given(
    st.integers(0, 2**31), st.integers(1, frames.GAP_ROWS), st.floats(0, 1e9), st.floats(0, frames.GAP_SPAN_MS),
    st.sampled_from([frames.BUFFER_FULL, frames.NOT_MEASURED]),
)  # fmt: skip
def test_a_gap_is_what_the_page_says_and_what_the_server_reads(
    first: int, rows: int, start_ms: float, span_ms: float, reason: int
) -> None:
    end_ms = start_ms + (span_ms if rows > 1 else 0.0)
    block = frames.encode_gap(3, first, rows, start_ms, end_ms, reason)
    assert len(block) == frames.GAP_BYTES
    *head, span = struct.unpack("<IIHHIdf", block)
    assert head == [3, first, rows, 0, reason, start_ms]
    assert span == pytest.approx(end_ms - start_ms, abs=4)
    assert decode(frames.encode_frame(0.0, [block])).blocks == (
        Gap(3, first, rows, GapReason(reason), start_ms, start_ms + span, block),
    )


@given(runs_of_rows(), st.data())
def test_a_row_s_time_does_not_depend_on_where_a_block_was_cut(run: Rows, data: st.DataObject) -> None:
    times, values = frames.as_sent(run[0]), run[1]
    cut = data.draw(st.integers(0, times.size - 1))
    block = frames.encode_block(1, cut, times[cut:], values[:, cut:])
    np.testing.assert_array_equal(decode_block(block).client_ms, times[cut:])
    assert np.abs(times - run[0]).max() <= frames.GRAIN_MS / 2


@pytest.mark.parametrize(
    ("times", "values"),
    [
        ([0.0, 1.0], [[0.0, np.nan]]),
        ([0.0, 1.0], [[0.0, np.inf]]),
        ([1.0, 0.0], [[0.0, 0.0]]),
        ([-1.0, 0.0], [[0.0, 0.0]]),
        ([0.0, np.nan], [[0.0, 0.0]]),
        ([0.0, np.inf], [[0.0, 0.0]]),
    ],
)
def test_rows_the_server_would_refuse_are_found(times: list[float], values: list[list[float]]) -> None:
    with pytest.raises(UsageError, match="must not be negative nor decrease; both must be finite"):
        frames.check_rows(np.array(times), np.array(values, np.float32))


@pytest.mark.parametrize(("times", "columns"), [(0, 0), (1, 2), (3, 2)])
def test_each_row_needs_its_time(times: int, columns: int) -> None:
    with pytest.raises(UsageError, match="one time per column"):
        frames.check_rows(np.zeros(times), np.zeros((1, columns), np.float32))


def test_a_frame_never_exceeds_the_wire_s_limit() -> None:
    block = frames.encode_block(1, 0, np.zeros(100), np.zeros((9, 100), np.float32))
    with pytest.raises(UsageError, match="the most is 65536"):
        frames.encode_frame(0.0, [block] * 17)
