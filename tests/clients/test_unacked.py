"""What is kept, what is given up and declared, and what a backlog looks like on the wire."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.errors import ProtocolError, UsageError
from clients.frames import MAX_BYTES, SPAN_MS
from clients.unacked import Numbered, Unacked
from telemetry.frames import Block, Gap, GapReason, decode


def issue(rows: Unacked, count: int, *, track: int = 1, start_ms: float = 0.0) -> Numbered:
    times = start_ms + np.arange(count, dtype=np.float64) * 10
    return rows.issue(track, times, np.ones((7, count), np.float32))


def sent(rows: Unacked) -> list[list[Block | Gap]]:
    """Send everything; return the blocks of each frame as the server reads them."""
    found = []
    while (frame := rows.frame(5.0)) is not None:
        assert len(frame) <= MAX_BYTES
        found.append(list(decode(frame).blocks))
    return found


def blocks(rows: Unacked) -> list[list[Block]]:
    """Send everything, where all is rows and no gap."""
    return [[block for block in frame if isinstance(block, Block)] for frame in sent(rows)]


def test_a_run_goes_on_where_the_server_says() -> None:
    rows = Unacked()
    rows.welcome(1, 720, 0.0)
    assert issue(rows, 7) == (720, True)
    assert issue(rows, 7) == (727, True)


def test_a_full_buffer_declares_the_new_rows_as_one_gap_until_an_eighth_of_it_is_free() -> None:
    rows = Unacked(limit_bytes=1000)
    rows.welcome(1, 0, 0.0)
    numbered = [issue(rows, 8, start_ms=80.0 * i) for i in range(6)]
    # 256 bytes each: the fourth passes the limit.
    assert numbered == [(0, True), (8, True), (16, True), (24, True), (32, False), (40, False)]
    rows.ack(1, 7, 1.0)  # what was issued together goes together
    assert issue(rows, 8, start_ms=480.0) == (48, False)
    assert rows.given_up == 24
    rows.rewind_all()
    rows.ack(1, 24, 1.0)
    assert issue(rows, 8, start_ms=560.0) == (56, True)
    (kept,), (gap,), (later,) = sent(rows)
    assert isinstance(gap, Gap)
    assert (kept.first_seq, kept.end_seq) == (24, 32)
    assert gap[:6] == (1, 32, 24, GapReason.BUFFER_FULL, 320.0, 550.0)
    assert (later.first_seq, later.end_seq) == (56, 64)


def test_a_buffer_that_stays_full_makes_no_gap_for_each_row_acknowledged() -> None:
    rows = Unacked(limit_bytes=32_000)
    rows.welcome(1, 0, 0.0)
    for i in range(130):
        issue(rows, 8, start_ms=80.0 * i)
    for acked in range(8, 120, 8):
        rows.ack(1, acked, 1.0)
        assert issue(rows, 8, start_ms=80.0 * (130 + acked // 8)).kept is (acked >= 8 * 16)
    assert len([block for frame in sent(rows) for block in frame if isinstance(block, Gap)]) == 1


def test_a_gap_that_was_sent_is_not_changed_any_more() -> None:
    """The server may have it on disk already: what comes then is another gap."""
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    assert rows.not_measured(1, 5, start_ms=0.0, end_ms=40.0) == 0
    assert rows.not_measured(1, 5, start_ms=50.0, end_ms=90.0) == 5
    assert [[gap.end_seq for gap in frame] for frame in sent(rows)] == [[10]]
    rows.rewind_all()
    assert rows.not_measured(1, 1, start_ms=100.0, end_ms=100.0) == 10
    (first,), (second,) = sent(rows)
    assert first[:6] == (1, 0, 10, GapReason.NOT_MEASURED, 0.0, 90.0)
    assert second[:6] == (1, 10, 1, GapReason.NOT_MEASURED, 100.0, 100.0)
    rows.rewind(1, 4)
    assert sent(rows)[0][0][:6] == (1, 4, 6, GapReason.NOT_MEASURED, 40.0, 90.0)


def test_an_endless_outage_costs_no_more_memory_than_a_full_buffer() -> None:
    rows = Unacked(limit_bytes=1000)
    rows.welcome(1, 0, 0.0)
    issue(rows, 40)
    for minute in range(120):
        issue(rows, 4320, start_ms=60_000.0 * minute)
        rows.not_measured(1, 100, start_ms=60_000.0 * minute, end_ms=60_000.0 * minute)
    _, *gaps = [frame[0] for frame in sent(rows)]
    # As many as 16 bits for the number of rows ask for, whatever the reason.
    assert len(gaps) == 9
    assert gaps[-1].end_seq == 40 + 120 * 4420


@pytest.mark.parametrize(
    ("count", "start_ms", "end_ms"), [(0, 0, 0), (2**16, 0, 1), (2, 5, 4), (2, -1, 4), (2, 0, 9e7), (2, 0, math.nan)]
)
def test_what_one_gap_cannot_declare_is_the_caller_s_mistake(count: int, start_ms: float, end_ms: float) -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    with pytest.raises(UsageError, match="1 to 65535 rows of at most 86400000 ms can; declare more as several"):
        rows.not_measured(1, count, start_ms=start_ms, end_ms=end_ms)


def test_rows_given_up_together_are_cut_to_what_a_gap_can_declare() -> None:
    rows = Unacked(limit_bytes=0)
    rows.welcome(1, 0, 0.0)
    times = np.concatenate([np.arange(70_000.0), [1e9]])
    rows.issue(1, times, np.ones((1, times.size), np.float32))
    found = [gap[1:6] for frame in sent(rows) for gap in frame if isinstance(gap, Gap)]
    assert found == [
        (0, 65_535, GapReason.BUFFER_FULL, 0.0, 65_534.0),
        (65_535, 4465, GapReason.BUFFER_FULL, 65_535.0, 69_999.0),
        (70_000, 1, GapReason.BUFFER_FULL, 1e9, 1e9),
    ]


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 3000)), max_size=8), st.integers(0, 4000))
def test_a_backlog_goes_out_complete_in_one_block_per_track_and_frame(
    issues: list[tuple[int, int]], start: int
) -> None:
    rows = Unacked()
    issued = {1: 0, 2: start}
    for track, first in issued.items():
        rows.welcome(track, first, 0.0)
    for track, count in issues:
        assert issue(rows, count, track=track, start_ms=10 * issued[track]) == (issued[track], True)
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
    assert [block.end_seq - block.first_seq for block in decode(first).blocks] == [1023, 1023]


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


def test_rows_of_a_clock_that_was_set_back_go_into_a_block_of_their_own() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    issue(rows, 4, start_ms=90_000.0)
    issue(rows, 4, start_ms=90_040.0)
    issue(rows, 4, start_ms=500.0)
    blocks = [block for frame in sent(rows) for block in frame]
    assert [(block.first_seq, block.start_ms) for block in blocks] == [(0, 90_000.0), (8, 500.0)]


def test_an_ack_lets_go_of_nothing_above_it() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    for at in range(3):
        issue(rows, 4, start_ms=40.0 * at)
    assert rows.frame(1.0) is not None
    rows.ack(1, 6, 2.0)  # inside what was issued second
    rows.rewind_all()
    again = rows.frame(3.0)
    assert again is not None
    assert struct.unpack_from("<IIH", again, 16) == (1, 6, 6)
    assert not rows.empty
    rows.ack(1, 12, 4.0)
    assert rows.empty
