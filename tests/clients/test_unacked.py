"""What is kept, what is withheld, and what a backlog looks like on the wire."""

import struct

import numpy as np
import pytest

from clients.errors import ProtocolError, UsageError
from clients.frames import MAX_BYTES
from clients.unacked import Unacked


def issue(rows: Unacked, count: int, *, track: int = 1) -> int | None:
    return rows.issue(track, np.arange(count, dtype=np.float64) * 10, np.ones((7, count), np.float32))


def test_a_run_goes_on_where_the_server_says() -> None:
    rows = Unacked()
    rows.welcome(1, 720, 0.0)
    assert issue(rows, 7) == 720
    assert rows.issued(1) == 727


def test_a_full_buffer_withholds_rows_without_breaking_the_sequence() -> None:
    rows = Unacked(limit_bytes=1000)
    rows.welcome(1, 0, 0.0)
    first = [issue(rows, 8) for _ in range(6)]
    assert first == [0, 8, 16, 24, None, None]  # 280 bytes each: the fourth passes the limit
    assert rows.withheld == 16
    rows.ack(1, 8, 1.0)
    assert issue(rows, 8) == 32


def test_a_backlog_goes_out_as_full_frames_with_a_share_for_each_track() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    rows.welcome(2, 0, 0.0)
    for _ in range(500):
        issue(rows, 8)
        issue(rows, 5, track=2)
    sizes, order = [], {1: 0, 2: 0}
    while (frame := rows.frame(5.0)) is not None:
        sizes.append(len(frame))
        at = 16
        for _ in range(struct.unpack_from("<BBHId", frame)[2]):
            track, first, count, columns = struct.unpack_from("<IIHH", frame, at)
            assert first == order[track]
            order[track] += count
            at += 24 + 4 * count * (columns + 1)
    assert order == {1: 4000, 2: 2500}
    assert max(sizes) <= MAX_BYTES
    assert sizes[0] > MAX_BYTES - 700  # two shares, each within one block of full


def test_rows_already_sent_are_not_sent_again_unless_asked() -> None:
    rows = Unacked()
    rows.welcome(1, 0, 0.0)
    issue(rows, 8)
    assert rows.frame(1.0) is not None
    assert rows.frame(2.0) is None
    rows.rewind(1, 3)  # inside the block: the whole block goes again
    again = rows.frame(3.0)
    assert again is not None
    assert struct.unpack_from("<II", again, 16) == (1, 0)


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
    rows.ack(1, 6, 2.0)  # inside the second block
    rows.rewind_all()
    again = rows.frame(3.0)
    assert again is not None
    assert struct.unpack_from("<BBH", again)[2] == 2
    assert struct.unpack_from("<II", again, 16) == (1, 4)
    assert not rows.empty
    rows.ack(1, 12, 4.0)
    assert rows.empty
