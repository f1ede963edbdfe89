"""What a session does with what its clients ask: the core, without loop, socket or sleep."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenario_assets.language import load
from session_server.core.effects import Audience, Effect, Record, RecordSamples, Send
from session_server.core.errors import Refusal
from session_server.core.messages import (
    Ack,
    Begin,
    Choose,
    Consent,
    End,
    Error,
    EventPush,
    Flag,
    Freeze,
    GradePush,
    Inject,
    Mark,
    Ok,
    PhasePush,
    PlayPush,
    Presented,
    RadioCall,
    Request,
    Resume,
    SayPush,
    Stop,
    Welcome,
)  # fmt: skip
from session_server.core.phases import Phase
from session_server.core.replay import replay
from session_server.core.roles import Sender
from session_server.core.session import Session
from telemetry.frames import Block, decode_block, encode_block
from telemetry.records import EPOCHS
from tests.session_server.rehearsal import (
    IDENTITY,
    INSTRUCTOR,
    SMALL,
    TRAINEE,
    Rehearsal,
    dated,
    hello,
    kinds,
    messages,
    opening,
)

RUN_TEXT = "6f1f3a52-0f0f-4a4a-8b8b-0000000000aa"


def rows(track: int, first: int, count: int, columns: int = 7) -> Block:
    times = 1000 + np.arange(first, first + count) * 13.9
    return decode_block(encode_block(track, first, times, np.full((count, columns), 0.25, np.float32)))


def take(play: Rehearsal, *blocks: Block, sender: Sender = TRAINEE) -> list[Effect]:
    fresh = play.session.fresh_rows(blocks, sender, run=RUN_TEXT)
    return play.take(play.session.take_rows(blocks, dated(fresh), sender))


def error(effects: Sequence[Effect]) -> Error:
    [found] = [effect.message for effect in effects if isinstance(effect, Send) and isinstance(effect.message, Error)]
    return found


def test_a_session_goes_from_the_door_to_the_debrief() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(61)
    assert play.session.phase is Phase.DEBRIEF
    assert [event.data["phase"] for event in play.events if event.type == "phase"] == ["briefing", "running", "debrief"]
    [outcome] = [event for event in play.events if event.type == "outcome"]
    assert (outcome.data["outcome"], outcome.ms) == ("stalemate", 60_000)
    assert play.gradings == 1
    play.take(play.session.graded("ready", None, play.now))
    assert play.session.fold.phase.value == "closed"
    assert GradePush(status="ready") in messages(play.effects, Audience.ALL)


def test_events_are_numbered_without_a_gap_and_their_times_do_not_fall() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(5, distance=1.0)
    play.ask(Stop(ref=9))
    assert [event.seq for event in play.events] == list(range(len(play.events)))
    times = [event.t for event in play.events]
    assert times == sorted(times)


def test_times_do_not_fall_either_where_requests_come_between_milliseconds() -> None:
    play = Rehearsal()
    play.begin()
    for part in range(400):
        play.now = round(play.now + 0.0123456, 6)
        if part % 3 == 0:
            play.ask(Mark(ref=1, kind="order"), INSTRUCTOR, after=0.0000007)
        if part % 7 == 0:
            play.ask(Flag(ref=1), INSTRUCTOR, after=0)
        play.take(play.session.tick({"distance": 1.0 + part % 2}, round(play.now + 0.0000002, 6)))
    times = [event.t for event in play.events]
    assert times == sorted(times)
    assert {"said", "state_cause", "signals", "branch"} <= set(kinds(play.events))


def test_a_record_comes_before_what_it_makes_visible() -> None:
    play = Rehearsal()
    play.begin()
    effects = play.ask(Choose(ref=5, choice="ask"))
    ok = next(i for i, e in enumerate(effects) if isinstance(e, Send) and isinstance(e.message, Ok))
    assert all(not isinstance(effect, Record) for effect in effects[ok:])
    first = effects[0]
    assert isinstance(first, Record)
    assert (first.event.type, first.event.data) == ("choice", {"choice": "ask"})
    [answer] = messages(effects, TRAINEE.connection)
    assert answer == Ok(ref=5, event=first.event.seq)


def test_a_chosen_line_and_a_mark_both_tell_what_was_said_and_where_it_is_known_from() -> None:
    play = Rehearsal()
    play.begin()
    play.ask(Choose(ref=5, choice="ask"))
    play.ask(Mark(ref=1, kind="open_question"), INSTRUCTOR)
    said = [event.data for event in play.events if event.type == "said"]
    assert said == [
        {"kind": "open_question", "source": "chosen", "by": "trainee"},
        {"kind": "open_question", "source": "marked", "by": "instructor-1"},
    ]


def test_the_person_reacts_to_being_crowded_and_the_branch_says_why() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(4, distance=1.0)
    [branch] = [event for event in play.events if event.type == "branch"]
    assert (branch.data["source"], branch.data["target"]) == ("waiting", "upset")
    assert isinstance(branch.data["inputs"], dict)
    assert branch.data["inputs"]["agitation"] > 60
    assert any(isinstance(m, SayPush) and m.text == "Back!" for m in messages(play.effects, Audience.ALL))


def test_media_of_a_node_are_shown_when_it_is_entered_and_to_whoever_joins_later() -> None:
    shows = "    upset:\n      media: {scene: night_street}\n"
    scenario = load(SMALL, text=SMALL.read_text().replace("    upset:\n", shows))
    play = Rehearsal(scenario)
    play.begin()
    play.run_for(4, distance=1.0)
    [branch] = [event for event in play.events if event.type == "play"]
    media: dict[str, str | bool] = {"scene": "night_street", "loop": False}
    shown = PlayPush(event=branch.seq, t=branch.t, region="person", media=media)
    assert messages(play.effects, Audience.ALL).count(shown) == 1
    assert shown in messages(play.join(INSTRUCTOR), INSTRUCTOR.connection)


def test_a_session_in_another_language_speaks_it_and_replays_in_it(tmp_path: Path) -> None:
    (tmp_path / "locales").mkdir()
    (tmp_path / "scenario.yaml").write_bytes(SMALL.read_bytes())
    words = "format: talkdown-locale/1\nlocale: de\nlines: {hello: Guten Abend.}\n"
    (tmp_path / "locales" / "de.yaml").write_text(words)
    scenario = load(tmp_path / "scenario.yaml")
    opened = replace(opening(scenario), locale="de")
    session, effects = Session.open(IDENTITY, scenario, opened)
    play = Rehearsal(scenario)
    play.session, play.effects = session, effects
    play.begin()
    play.run_for(2)
    assert any(isinstance(m, SayPush) and m.text == "Guten Abend." for m in messages(play.effects, Audience.ALL))
    # It would say so where a decision came out otherwise: lines of another length end at another time.
    fold, _ = replay(IDENTITY, play.events, lambda _: scenario)
    assert fold.scenario.locale == "de"


def test_signals_are_journalled_only_where_they_change_and_before_the_tick_that_reads_them() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(1, distance=3.0, speaking=False)
    play.run_for(1, distance=3.05, speaking=False)
    signals = [event for event in play.events if event.type == "signals"]
    assert [event.data for event in signals] == [{"distance": 3.0, "speaking": False}, {"distance": 3.05}]
    assert all(event.ms is not None and event.ms % 50 == 0 for event in signals)


def test_a_signal_that_goes_stale_is_journalled_as_unknown() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(0.5, distance=1.0)
    play.run_for(5, distance=None)
    assert [event.data for event in play.events if event.type == "signals"][-1] == {"distance": None}
    assert "branch" not in kinds(play.events), "an unknown distance must not crowd anybody"


def test_stopping_is_always_possible_and_leads_to_the_debrief() -> None:
    for begun in (False, True):
        play = Rehearsal()
        if begun:
            play.begin()
        else:
            play.join()
        play.ask(Stop(ref=4))
        assert play.session.phase is Phase.DEBRIEF
        assert [event.data["reason"] for event in play.events if event.type == "phase"][-1] == "stop"
        assert play.gradings == 1
        play.ask(Stop(ref=5))
        assert play.gradings == 1


def test_freezing_stops_scenario_time_and_resuming_goes_on_where_it_stood() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(2)
    play.ask(Freeze(ref=1), INSTRUCTOR, after=0)
    frozen = play.session.fold.engine.ms
    play.run_for(30)
    assert play.session.fold.engine.ms == frozen
    assert error(play.ask(Choose(ref=6, choice="ask"))).code == "wrong_phase"
    play.ask(Resume(ref=2), INSTRUCTOR, after=0)
    play.run_for(1)
    assert play.session.fold.engine.ms == frozen + 1000


def test_what_is_not_offered_or_not_there_is_refused_and_changes_nothing() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(4, distance=1.0)
    before = play.session.fold.digest()
    now = play.now
    cases: list[tuple[Request, Sender, str]] = [
        (Choose(ref=1, choice="call"), TRAINEE, "not_offered"),
        (Choose(ref=1, choice="dance"), TRAINEE, "unknown_name"),
        (RadioCall(ref=1, request="army"), TRAINEE, "unknown_name"),
        (Mark(ref=1, kind="joke"), INSTRUCTOR, "unknown_name"),
        (Inject(ref=1, inject="rain"), INSTRUCTOR, "unknown_name"),
        (Inject(ref=1, inject="siren"), TRAINEE, "forbidden"),
        (Choose(ref=1, choice="ask"), INSTRUCTOR, "forbidden"),
        (Begin(ref=1), TRAINEE, "wrong_phase"),
        (Resume(ref=1), INSTRUCTOR, "wrong_phase"),
    ]
    for request, sender, code in cases:
        assert error(play.session.receive(request, sender, now)).code == code
    assert play.session.fold.digest() == before


def test_the_refusal_names_what_there_is() -> None:
    play = Rehearsal()
    play.begin()
    told = error(play.ask(Choose(ref=1, choice="dance"))).message
    assert "'dance'" in told
    assert "ask" in told


def test_a_closed_session_lets_nobody_in_and_takes_no_rows() -> None:
    play = Rehearsal()
    play.begin()
    play.ask(End(ref=1), INSTRUCTOR)
    play.take(play.session.graded("ready", None, play.now))
    with pytest.raises(Refusal, match="session_ended"):
        play.session.join(hello(), TRAINEE, play.now)
    assert error(play.session.receive(Flag(ref=1), INSTRUCTOR, play.now)).code == "session_ended"
    with pytest.raises(Refusal, match="session_ended"):
        take(play, rows(1, 0, 5))


# --- tracks and rows -----------------------------------------------------------------------------------------------


def test_the_same_run_comes_back_to_its_tracks_and_a_new_run_gets_new_ones() -> None:
    play = Rehearsal()
    [first] = [m for m in messages(play.join()) if isinstance(m, Welcome)]
    take(play, rows(1, 0, 7))
    [again] = [m for m in messages(play.join()) if isinstance(m, Welcome)]
    assert [track.track for track in again.tracks] == [track.track for track in first.tracks] == [1, 2]
    assert [track.next_seq for track in again.tracks] == [7, 0]
    other = type(TRAINEE)("trainee", TRAINEE.role, 9)
    play.now += 1
    effects = play.session.join(hello(run=type(hello().run)(int=5)), other, play.now)
    [new] = [m for m in messages(effects) if isinstance(m, Welcome)]
    assert [track.track for track in new.tracks] == [3, 4]


def test_rows_are_acknowledged_once_and_resent_rows_are_dropped() -> None:
    play = Rehearsal()
    play.join()
    for first, count, kept in [(0, 7, 7), (0, 7, 0), (3, 8, 4), (11, 1, 1)]:
        effects = take(play, rows(1, first, count))
        stored = [block for effect in effects if isinstance(effect, RecordSamples) for block in effect.samples.blocks()]
        assert sum(len(block.offsets_ms) for block in stored) == kept
        [ack] = messages(effects)
        assert ack == Ack(tracks={"1": max(first + count, 7)})
    blocks = [block for samples in play.samples for block in samples.blocks()]
    assert [(block.first_seq, block.end_seq) for block in blocks] == [(0, 7), (7, 11), (11, 12)]
    np.testing.assert_allclose(blocks[1].client_ms, 1000 + np.arange(7, 11) * 13.9, atol=0.1)


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ((rows(1, 3, 2),), "sequence_gap"),
        ((rows(9, 0, 2),), "unknown_track"),
        ((rows(1, 0, 2, columns=5),), "frame_invalid"),
        ((rows(1, 0, 2), rows(1, 2, 2)), "sequence_gap"),
        ((rows(1, 0, 2), rows(1, 0, 2)), "frame_invalid"),
    ],
)
def test_a_wrong_frame_changes_nothing_not_even_its_right_blocks(blocks: tuple[Block, ...], code: str) -> None:
    play = Rehearsal()
    play.join()
    good = rows(2, 0, 5, columns=7)
    with pytest.raises(Refusal) as caught:
        take(play, good, *blocks)
    assert caught.value.code == code
    assert play.session.fold.tracks[2].next_seq == 0
    assert not play.samples
    if code == "sequence_gap" and len(blocks) == 1:
        assert caught.value.details == {"track": 1, "expected": 0}


def test_a_stream_no_station_sends_is_refused_at_the_door() -> None:
    play = Rehearsal()
    with pytest.raises(Refusal, match="unknown_name"):
        play.session.join(hello(streams=("head_pose", "actor_pose")), TRAINEE, 0.1)
    assert not play.session.fold.tracks.of_run(RUN_TEXT)


def test_the_tracks_of_a_labelled_stream_are_told_apart() -> None:
    play = Rehearsal()
    keys = ("hand_pose.right", "hand_pose.left", "headset_state", "head_pose")
    [welcome] = [m for m in messages(play.session.join(hello(streams=keys), TRAINEE, 0.1)) if isinstance(m, Welcome)]
    assert [(track.track, track.stream, track.label) for track in welcome.tracks] == [
        (1, "hand_pose", "left"), (2, "hand_pose", "right"), (3, "head_pose", ""), (4, "headset_state", ""),
    ]  # fmt: skip
    assert welcome.tracks[0].columns[-1] == "tracked"


@pytest.mark.parametrize("key", ["hand_pose", "hand_pose.", "hand_pose.third", "voice.left", "threat_state", "sensor"])
def test_a_label_that_the_stream_does_not_have_is_refused_at_the_door(key: str) -> None:
    play = Rehearsal()
    with pytest.raises(Refusal, match=r"unknown_name.*known: .*hand_pose\.left, hand_pose\.right") as refused:
        play.session.join(hello(streams=("head_pose", key)), TRAINEE, 0.1)
    assert repr(key) in refused.value.message
    assert not play.session.fold.tracks.of_run(RUN_TEXT)


def test_a_joining_instructor_is_shown_all_that_happened() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(2)
    shown = [m for m in messages(play.join(INSTRUCTOR)) if isinstance(m, EventPush)]
    known = [event for event in play.events if event.type != "signals"]
    assert [push.seq for push in shown if push.seq != known[-1].seq][: len(known) - 1] == [e.seq for e in known[:-1]]


def test_a_presented_line_is_kept_with_the_clients_own_time() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(1.2)
    [say] = [event for event in play.events if event.type == "say"]
    play.ask(Presented(ref=8, event=say.seq, client_ms=123.456))
    assert play.events[-1].data == {"event": say.seq, "client_ms": 123.456}


def test_consent_may_be_given_again_but_opens_the_briefing_once() -> None:
    play = Rehearsal()
    play.join()
    play.ask(Consent(ref=2, content=True, microphone=True))
    play.ask(Consent(ref=3, content=True, microphone=False))
    assert [m.phase for m in messages(play.effects) if isinstance(m, PhasePush)] == ["briefing"]
    assert play.session.fold.consent is not None
    assert play.session.fold.consent["microphone"] is False


def test_a_line_is_presented_once_and_only_if_it_was_spoken() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(1.2)
    [say] = [event for event in play.events if event.type == "say"]
    assert error(play.ask(Presented(ref=8, event=say.seq + 1, client_ms=1.0))).code == "unknown_name"
    play.ask(Presented(ref=9, event=say.seq, client_ms=1.0))
    assert error(play.ask(Presented(ref=10, event=say.seq, client_ms=1.0))).code == "unknown_name"


def test_requests_between_the_ticks_do_not_hide_the_trainee_from_the_person() -> None:
    play = Rehearsal()
    play.begin()
    for _ in range(80):
        play.now = round(play.now + 0.01, 6)
        play.ask(Flag(ref=1), INSTRUCTOR, after=0)
        play.now = round(play.now + 0.04, 6)
        play.take(play.session.tick({"distance": 1.0}, play.now))
    assert "branch" in kinds(play.events), "crowding must be felt"


def test_rows_are_taken_from_the_trainees_own_run_and_with_consent_only() -> None:
    play = Rehearsal()
    play.join()
    with pytest.raises(Refusal, match="forbidden"):
        take(play, rows(1, 0, 5), sender=INSTRUCTOR)
    with pytest.raises(Refusal, match="forbidden"):
        play.session.join(hello(role="instructor", streams=()), INSTRUCTOR, play.now)
    play.ask(Consent(ref=2, content=True, microphone=False))
    take(play, rows(1, 0, 5))
    with pytest.raises(Refusal, match="forbidden"):
        take(play, rows(2, 0, 5, columns=7))


def test_a_value_beyond_all_reason_is_refused_and_not_computed_with() -> None:
    play = Rehearsal()
    play.join()
    block = decode_block(encode_block(1, 0, [1.0], np.full((1, 7), 3e38, np.float32)))
    with pytest.raises(Refusal, match="frame_invalid"):
        take(play, block)


def test_of_a_clock_that_begins_epoch_after_epoch_only_those_are_kept_whose_rows_may_still_come() -> None:
    play = Rehearsal()
    fold = play.session.fold
    for epoch in range(1, 101):
        began = {"who": "trainee", "run": "a run", "epoch": epoch, "since_ms": epoch * 10.0, "jump_s": None}
        fold.apply("clock_epoch", "trainee", began | {"cause": "declared"}, 1.0, None)
    assert fold.epochs["a run"] == {epoch: epoch * 10.0 for epoch in range(101 - EPOCHS, 101)}
