"""The sequence of a track: whatever is resent, replayed or reordered, each number is taken once and in order."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_server.core.effects import RecordSamples
from session_server.core.errors import Refusal
from session_server.core.messages import Ack, Consent
from session_server.net.recovery import Found
from telemetry.frames import Block, Gap, GapReason, decode, decode_block, decode_gap, encode, encode_block, encode_gap
from telemetry.journal import Record
from telemetry.records import GapRecord, SampleRecord
from tests.session_server.rehearsal import IDENTITY, RUN, TRAINEE, Rehearsal, dated, messages

PERIOD_MS = 20.0
#: The client's own plan of a track: what each number is, a row or lost.
PLAN = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=12)


def block(first: int, count: int, *, lost: bool) -> Block | Gap:
    """Rows of track 1 whose value is their number, or that they are lost."""
    times = PERIOD_MS * np.arange(first, first + count)
    if lost:
        return decode_gap(encode_gap(1, first, count, times[0], times[-1], GapReason.BUFFER_FULL))
    return decode_block(encode_block(1, first, times, np.repeat(np.arange(first, first + count)[:, None], 7, axis=1)))


def take(play: Rehearsal, *blocks: Block | Gap, run: UUID = RUN) -> int:
    """Hand in a frame as it would come over the wire; return how far its first block's track is acknowledged."""
    frame = decode(encode(1.0, [one.raw for one in blocks]))
    fresh = play.session.fresh_rows(frame.blocks, TRAINEE, run=str(run))
    [ack] = messages(play.take(play.session.take_rows(frame.blocks, dated(fresh), TRAINEE)))
    assert isinstance(ack, Ack)
    return ack.tracks[str(blocks[0].track)]


def journalled(play: Rehearsal) -> list[bool]:
    """For each number of track 1, in the journal's order, whether it is declared lost; checks the values."""
    found: list[bool] = []
    for record in play.samples:
        if isinstance(record, GapRecord):
            gap = record.gap()
            assert gap.first_seq == len(found)
            ends = PERIOD_MS * np.array([gap.first_seq, gap.end_seq - 1])
            np.testing.assert_allclose((gap.start_ms, gap.end_ms), ends, atol=0.01)
            found += [True] * gap.rows
        else:
            [rows] = record.blocks()
            assert rows.first_seq == len(found)
            numbers = np.arange(rows.first_seq, rows.end_seq)
            np.testing.assert_array_equal(rows.values[:, 0], numbers)
            np.testing.assert_allclose(rows.client_ms, PERIOD_MS * numbers, atol=0.01)
            found += [False] * len(numbers)
    return found


@given(PLAN, st.data())
def test_each_number_is_journalled_once_in_order_whatever_comes_again_or_too_early(
    plan: list[tuple[int, bool]], data: st.DataObject
) -> None:
    play = Rehearsal()
    play.join()
    blocks, first = [], 0
    for count, lost in plan:
        blocks.append(block(first, count, lost=lost))
        first += count
    expected = [lost for count, lost in plan for _ in range(count)]
    for _ in range(data.draw(st.integers(0, 3 * len(blocks)))):
        one = blocks[data.draw(st.integers(0, len(blocks) - 1))]
        known = play.session.fold.tracks[1].next_seq
        if one.first_seq > known:
            with pytest.raises(Refusal) as caught:
                take(play, one)
            assert caught.value.code == "sequence_gap"
            assert caught.value.retry
            assert caught.value.details == {"track": 1, "expected": known}
        else:
            assert take(play, one) == max(known, one.end_seq)
        assert journalled(play) == expected[: play.session.fold.tracks[1].next_seq]
    for one in blocks:
        take(play, one)
    assert journalled(play) == expected


@given(st.integers(1, 30), st.integers(0, 29), st.integers(1, 30), st.booleans(), st.booleans())
def test_what_overlaps_known_numbers_is_cut_and_the_first_word_holds(
    known: int, first: int, count: int, was_lost: bool, is_lost: bool
) -> None:
    play = Rehearsal()
    play.join()
    assert take(play, block(0, known, lost=was_lost)) == known
    if first > known:
        with pytest.raises(Refusal, match="sequence_gap"):
            take(play, block(first, count, lost=is_lost))
        return
    assert take(play, block(first, count, lost=is_lost)) == max(known, first + count)
    assert journalled(play) == [was_lost] * known + [is_lost] * max(0, first + count - known)
    assert len(play.samples) == 1 + (first + count > known)


@given(PLAN)
def test_a_journal_tells_how_far_a_track_was_gaps_included(plan: list[tuple[int, bool]]) -> None:
    play = Rehearsal()
    play.join()
    upto = 0
    for count, lost in plan:
        upto = take(play, block(upto, count, lost=lost))
    found = Found()
    for record in play.samples:
        found.add(Record(record.kind, IDENTITY, record.encode()))
    assert found.tracks == {1: upto}


def test_a_gap_belongs_to_a_track_of_this_connection_and_once_to_a_frame() -> None:
    play = Rehearsal()
    play.join()
    gap = block(0, 5, lost=True)
    other = decode_gap(encode_gap(9, 0, 5, 0.0, 80.0, GapReason.NOT_MEASURED))
    for blocks, run, code in (
        ((other,), RUN, "unknown_track"),
        ((gap,), UUID(int=5), "unknown_track"),
        ((gap, gap), RUN, "frame_invalid"),
        ((gap, block(5, 2, lost=False)), RUN, "sequence_gap"),
    ):
        with pytest.raises(Refusal, match=code):
            take(play, *blocks, run=run)
    assert not play.samples
    assert play.session.fold.tracks[1].next_seq == 0


def test_the_mapping_of_a_gap_is_that_of_the_frame_it_came_in() -> None:
    play = Rehearsal()
    play.join()
    take(play, block(0, 5, lost=True))
    take(play, block(5, 5, lost=False))
    kinds = [effect.samples for effect in play.effects if isinstance(effect, RecordSamples)]
    assert [type(record) for record in kinds] == [GapRecord, SampleRecord]
    assert {(record.offset_s, record.bound_s, record.received_t) for record in kinds} == {(0.5, 0.001, 1.0)}


def test_the_voice_is_taken_only_after_the_trainee_has_agreed_to_the_microphone() -> None:
    play = Rehearsal()
    play.join()
    pose = decode_block(encode_block(1, 0, [0.0], np.zeros((1, 7))))
    voice = decode_block(encode_block(2, 0, [0.0], np.full((1, 7), -30.0)))
    with pytest.raises(Refusal, match=r"wrong_phase: the level of the voice .* the microphone; .* lobby") as early:
        take(play, pose, voice)
    assert early.value.retry
    take(play, pose)
    play.ask(Consent(ref=2, content=True, microphone=True))
    assert take(play, voice) == 1
    # Who takes the agreement back while that can be done is heard.
    play.ask(Consent(ref=3, content=True, microphone=False))
    with pytest.raises(Refusal, match="forbidden"):
        take(play, decode_block(encode_block(2, 1, [20.0], np.full((1, 7), -30.0))))
    assert [block.track for sample in play.samples for block in sample.blocks()] == [1, 2]


def test_without_the_microphone_the_voice_may_be_declared_unmeasured_but_not_sent() -> None:
    play = Rehearsal()
    play.join()
    play.ask(Consent(ref=2, content=True, microphone=False))
    columns = len(play.session.fold.tracks[2].stream.columns)
    voice = decode_block(encode_block(2, 0, [0.0], np.full((1, columns), -30.0)))
    with pytest.raises(Refusal, match="forbidden"):
        play.session.fresh_rows((voice,), TRAINEE, run=str(RUN))
    gap = decode_gap(encode_gap(2, 0, 50, 0.0, 980.0, GapReason.NOT_MEASURED))
    assert play.session.fresh_rows((gap,), TRAINEE, run=str(RUN)) == [gap]


def test_rows_that_end_with_possible_time_can_be_cut() -> None:
    play = Rehearsal()
    play.join()
    take(play, decode_block(encode_block(1, 0, [1e13 - 20], np.zeros((1, 7)))))
    take(play, decode_block(encode_block(1, 0, [1e13 - 20, 1e13], np.zeros((2, 7)))))
    assert play.session.fold.tracks[1].next_seq == 2
