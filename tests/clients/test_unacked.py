"""What is kept, what is withheld, and what a backlog looks like on the wire."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.errors import ProtocolError, UsageError
from clients.frames import MAX_BYTES, SPAN_MS
from clients.unacked import Unacked
from telemetry.frames import Block, decode


def issue(rows: Unacked, count: int, *, track: int = 1, start_ms: float = 0.0) -> int | None:
    times = start_ms + np.arange(count, dtype=np.float64) * 10
    return rows.issue(track, times, np.ones((7, count), np.float32))


def blocks(rows: Unacked) -> list[list[Block]]:
    """Send everything; return the blocks of each frame as the server reads them."""
    sent = []
    while (frame := rows.frame(5.0)) is not None:
        assert len(frame) <= MAX_BYTES
        sent.append(list(decode(frame).blocks))
    return sent


def test_a_run_goes_on_where_the_server_says() -> None:
    rows = Unacked()
    rows.welcome(1, 720, 0.0)
    assert issue(rows, 7) == 720
    assert issue(rows, 7) == 727


def test_a_full_buffer_withholds_rows_without_breaking_the_sequence() -> None:
    rows = Unacked(limit_bytes=1000)
    rows.welcome(1, 0, 0.0)
    first = [issue(rows, 8) for _ in range(6)]
    assert first == [0, 8, 16, 24, None, None]  # 256 bytes each: the fourth passes the limit
    assert rows.withheld == 16
    rows.ack(1, 8, 1.0)
    assert issue(rows, 8) == 32


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 3000)), max_size=8), st.integers(0, 4000))
def test_a_backlog_goes_out_complete_in_one_block_per_track_and_frame(
    issues: list[tuple[int, int]], start: int
) -> None:
    rows = Unacked()
    issued = {1: 0, 2: start}
    for track, first in issued.items():
        rows.welcome(track, first, 0.0)
    for track, count in issues:
        assert issue(rows, count, track=track, start_ms=10 * issued[track]) == issued[track]
        issued[track] += count
    expected = {1: 0, 2: start}
    for frame in blocks(rows):
        assert len({block.track for block in frame}) == len(frame)
        for block in frame:
            assert block.first_seq == expected[block.track]
            assert block.client_ms.tolist() == [10.0 * seq for seq in range(block.first_seq, block.end_seq)]
            expected[block.track] = block.end_seq
    assert expected == issued


def test_frames_of_a_backlog_are_full_and_tracks_share_them() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    rows.welcome(2, 0, 0.0)
    issue(rows, 5000)
    issue(rows, 3000, track=2)
    first = rows.frame(5.0)
    assert first is not None
    assert len(first) > MAX_BYTES - 2 * 32
    assert [len(block.offsets_ms) for block in decode(first).blocks] == [1023, 1023]


def test_a_block_spans_no_more_time_than_its_offsets_hold_exactly() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    issue(rows, 1)
    issue(rows, 1, start_ms=SPAN_MS)
    issue(rows, 1, start_ms=SPAN_MS + 1)
    assert [[block.end_seq for block in frame] for frame in blocks(rows)] == [[2], [3]]


def test_rows_already_sent_are_not_sent_again_unless_asked() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    issue(rows, 8)
    assert len(blocks(rows)) == 1
    assert blocks(rows) == []
    rows.rewind(1, 3)
    ((again,),) = blocks(rows)
    assert (again.first_seq, again.end_seq, again.client_ms[0]) == (3, 8, 30.0)


def test_a_server_that_lost_acknowledged_rows_is_found_out() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    issue(rows, 8)
    rows.ack(1, 8, 1.0)
    with pytest.raises(ProtocolError, match="it lost acknowledged rows"):
        rows.welcome(1, 5, 2.0)


def test_a_server_cannot_expect_rows_that_never_were() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    issue(rows, 8)
    with pytest.raises(ProtocolError, match="expects row 9; kept are 0 to 8"):
        rows.rewind(1, 9)


def test_rows_of_an_unknown_track_are_the_caller_s_mistake() -> None:
    with pytest.raises(UsageError, match="track 1 is not one of"):
        issue(Unacked(), 1)


def test_an_ack_lets_go_of_nothing_above_it() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    for _ in range(3):
        issue(rows, 4)
    assert rows.frame(1.0) is not None
    rows.ack(1, 6, 2.0)  # inside what was issued second
    rows.rewind_all()
    again = rows.frame(3.0)
    assert again is not None
    assert struct.unpack_from("<IIH", again, 16) == (1, 6, 6)
    assert not rows.empty
    rows.ack(1, 12, 4.0)
    assert rows.empty
