"""An instructor steers a session: sends regions, nudges, holds, goes back to a checkpoint."""

from collections.abc import Sequence
from itertools import pairwise

from scenario_assets.language import load
from session_server.core.checkpoints import KEPT
from session_server.core.effects import Audience, Effect, Send
from session_server.core.messages import (
    AttemptPush,
    CheckpointsPush,
    CheckpointState,
    ChoicesPush,
    Choose,
    Error,
    Flag,
    Freeze,
    Goto,
    Hold,
    Mark,
    Nudge,
    Ok,
    PhasePush,
    PlayPush,
    RadioCall,
    RadioPush,
    Request,
    Resume,
    Rewind,
    Stop,
)  # fmt: skip
from session_server.core.phases import Phase
from telemetry.records import EventRecord
from tests.session_server.rehearsal import INSTRUCTOR, SMALL, TRAINEE, Rehearsal, messages

LEAVES_CALM = "person.waiting.next[0]"


def steer(play: Rehearsal, request: Request, *, after: float = 0.1) -> list[Effect]:
    return play.ask(request, INSTRUCTOR, after=after)


def refusal(effects: Sequence[Effect]) -> Error:
    [found] = [e.message for e in effects if isinstance(e, Send) and isinstance(e.message, Error)]
    return found


def of_type(play: Rehearsal, kind: str) -> list[EventRecord]:
    return [event for event in play.events if event.type == kind]


def checkpoints(play: Rehearsal) -> tuple[CheckpointState, ...]:
    """As instructors were last told."""
    return [m for m in messages(play.effects, Audience.INSTRUCTORS) if isinstance(m, CheckpointsPush)][-1].checkpoints


def begun() -> Rehearsal:
    play = Rehearsal()
    play.begin()
    return play


# --- goto, nudge, hold -----------------------------------------------------------------------------------------------


def test_a_region_goes_where_it_is_sent_and_the_record_says_by_whom() -> None:
    play = begun()
    effects = steer(play, Goto(ref=7, region="person", node="upset"))
    assert play.session.fold.engine.nodes["person"] == "upset"
    [sent], [branch] = of_type(play, "goto"), of_type(play, "branch")
    assert (sent.actor, sent.data) == ("instructor-1", {"region": "person", "node": "upset"})
    assert (branch.data["label"], branch.data["rule"]) == ("sent by the instructor", "person.upset.goto")
    assert Ok(ref=7, event=sent.seq) in messages(effects, INSTRUCTOR.connection)


def test_an_ending_that_is_gone_to_ends_the_scenario() -> None:
    play = begun()
    steer(play, Goto(ref=1, region="person", node="settled"))
    assert play.session.phase is Phase.DEBRIEF
    assert play.gradings == 1


def test_a_nudge_is_told_with_its_reason_also_while_time_stands_still() -> None:
    play = begun()
    play.run_for(1)
    steer(play, Freeze(ref=1), after=0)
    steer(play, Nudge(ref=2, state="agitation", by=25))
    [cause] = [event.data for event in of_type(play, "state_cause") if event.data["added"]]
    assert (cause["label"], cause["added"], cause["value"]) == ("nudged by the instructor", 25.0, 65.0)
    assert not of_type(play, "branch"), "time stands still"
    steer(play, Resume(ref=3))
    play.run_for(0.1)
    assert [event.data["target"] for event in of_type(play, "branch")] == ["upset"]


def test_a_held_rule_waits_for_its_release_also_while_time_stands_still() -> None:
    play = begun()
    steer(play, Hold(ref=1, rule=LEAVES_CALM, on=True))
    play.run_for(8, distance=1.0)
    assert not of_type(play, "branch")
    steer(play, Freeze(ref=2), after=0)
    steer(play, Hold(ref=3, rule=LEAVES_CALM, on=False))
    assert not of_type(play, "branch")
    steer(play, Resume(ref=4))
    play.run_for(0.05)
    [branch] = of_type(play, "branch")
    assert branch.data["rule"] == LEAVES_CALM


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    play = begun()
    play.run_for(1)
    before = play.session.fold.digest()
    cases: list[tuple[Request, str]] = [
        (Goto(ref=1, region="person", node="dancing"), "unknown_name"),
        (Goto(ref=1, region="dog", node="upset"), "unknown_name"),
        (Nudge(ref=1, state="courage", by=1.0), "unknown_name"),
        (Nudge(ref=1, state="agitation", by=0.0), "senseless"),
        (Nudge(ref=1, state="agitation", by=400.0), "senseless"),
        (Hold(ref=1, rule="person.waiting.next[7]", on=True), "unknown_name"),
        (Hold(ref=1, rule=LEAVES_CALM, on=False), "senseless"),
        (Rewind(ref=1, checkpoint=44), "unknown_name"),
    ]
    for request, code in cases:
        assert refusal(play.session.receive(request, INSTRUCTOR, play.now)).code == code
        assert refusal(play.session.receive(request, TRAINEE, play.now)).code == "forbidden"
    assert play.session.fold.digest() == before


# --- checkpoints -----------------------------------------------------------------------------------------------------


def test_checkpoints_are_taken_at_the_start_at_the_persons_branches_and_at_what_was_marked_or_flagged() -> None:
    play = begun()
    play.run_for(4, distance=1.0)
    steer(play, Mark(ref=1, kind="open_question"))
    steer(play, Flag(ref=2, note="his hands"))
    play.ask(RadioCall(ref=3, request="co_responder"))
    play.run_for(4)
    [turn] = [event for event in of_type(play, "branch") if event.data["region"] == "person"]
    assert turn.ms is not None
    told = [(c.checkpoint, c.attempt, c.ms, c.why, c.node, c.label) for c in checkpoints(play)]
    assert told == [
        (0, 1, 0, "start", "waiting", ""),
        (1, 1, turn.ms, "branch", "upset", "to upset"),
        (2, 1, 4_100, "mark", "upset", "open_question"),
        (3, 1, 4_200, "flag", "upset", "his hands"),
    ]


def test_a_note_to_a_flag_names_its_checkpoint() -> None:
    play = begun()
    play.run_for(1)
    steer(play, Flag(ref=1))
    [flag] = of_type(play, "flag")
    play.run_for(1)
    steer(play, Flag(ref=2, note=f"@{flag.seq} looks away"))
    assert [(c.why, c.label) for c in checkpoints(play)] == [("start", ""), ("flag", "looks away")]


def test_of_too_many_checkpoints_the_oldest_branches_go_first_and_the_start_stays() -> None:
    play = begun()
    for number in range(KEPT):
        steer(play, Goto(ref=1, region="person", node=("upset", "waiting")[number % 2]))
        if number in (2, 5):
            play.run_for(0.1)
            steer(play, Flag(ref=2, note=str(number)))
    kept = checkpoints(play)
    assert len(kept) == KEPT
    assert [c.checkpoint for c in kept] == [0, 4, *range(5, KEPT + 3)]
    assert [c.label for c in kept if c.why == "flag"] == ["2", "5"]


def test_a_late_instructor_is_told_the_checkpoints() -> None:
    play = begun()
    play.run_for(4, distance=1.0)
    told = [m for m in messages(play.join(INSTRUCTOR), INSTRUCTOR.connection) if isinstance(m, CheckpointsPush)]
    assert told[-1].checkpoints == checkpoints(play)


# --- rewind ----------------------------------------------------------------------------------------------------------


def test_a_rewind_goes_back_to_the_checkpoints_state_and_stands_there_in_the_next_attempt() -> None:
    play = begun()
    play.run_for(4, distance=1.0)
    steer(play, Flag(ref=1))
    there = play.session.fold.engine.digest()
    stood = play.session.fold.engine.ms
    play.ask(RadioCall(ref=2, request="co_responder"))
    play.run_for(4, distance=1.0)
    assert play.session.fold.engine.digest() != there
    effects = steer(play, Rewind(ref=3, checkpoint=2))
    fold = play.session.fold
    assert fold.engine.digest() == there
    assert (fold.attempt, fold.phase, fold.timeline.ms(play.now + 100)) == (2, Phase.FROZEN, stood)
    [attempt] = [m for m in messages(effects, Audience.ALL) if isinstance(m, AttemptPush)]
    assert (attempt.attempt, attempt.checkpoint, attempt.ms) == (2, 2, stood)
    steer(play, Resume(ref=4))
    play.run_for(1, distance=1.0)
    assert fold.engine.ms == stood + 1_000


def test_session_time_never_steps_back_and_scenario_time_does() -> None:
    play = begun()
    play.run_for(6, distance=1.0)
    steer(play, Rewind(ref=1, checkpoint=1))
    steer(play, Resume(ref=2), after=3.0)
    play.run_for(3, distance=1.0)
    steer(play, Rewind(ref=3, checkpoint=0))
    times = [event.t for event in play.events]
    assert times == sorted(times)
    scenario = [event.ms for event in play.events if event.ms is not None]
    assert sum(later < earlier for earlier, later in pairwise(scenario)) == 2


def test_clients_are_told_all_of_the_state_that_is_gone_back_to() -> None:
    play = begun()
    play.run_for(1)
    steer(play, Flag(ref=1))
    play.ask(Choose(ref=2, choice="call"))
    play.run_for(8, distance=1.0)
    assert RadioPush(request="co_responder", status="on_scene") in messages(play.effects, Audience.ALL)
    effects = steer(play, Rewind(ref=3, checkpoint=1))
    told = messages(effects, Audience.ALL)
    begins = next(n for n, message in enumerate(told) if isinstance(message, AttemptPush))
    assert [m.phase for m in told[:begins] if isinstance(m, PhasePush)] == ["frozen"]
    assert ChoicesPush(offered=("ask", "call")) in told[begins:]
    assert not [m for m in told[begins:] if isinstance(m, RadioPush)], "nothing has been asked for at the checkpoint"
    anew = play.events[[event.type for event in play.events].index("attempt") :]
    [helper] = [event.data for event in anew if event.type == "moved" and event.data["actor"] == "helper"]
    assert helper["present"] is False
    [jump, course] = [event.data for event in anew if event.type == "state_cause"]
    assert (jump["label"], jump["value"]) == ("rewound", 40.0)
    assert isinstance(jump["added"], float)
    assert jump["added"] < 0
    assert (course["rate"], course["added"]) == (0.0, 0.0)


def test_a_rewind_shows_what_was_shown_then_and_nothing_of_later() -> None:
    upset, coming = "    upset:\n      threat: agitated\n", "    coming: {next:"
    text = SMALL.read_text().replace(upset, f"{upset}      media: {{scene: yard}}\n")
    text = text.replace(coming, "    coming: {media: {scene: bridge}, next:")
    play = Rehearsal(scenario=load(SMALL, text=text))
    play.begin()
    steer(play, Goto(ref=1, region="backup", node="coming"))
    play.run_for(4)
    steer(play, Flag(ref=2))
    assert play.session.fold.engine.nodes["backup"] == "there"
    shown = dict(play.session.fold.playing)
    steer(play, Goto(ref=3, region="person", node="upset"))
    effects = steer(play, Rewind(ref=4, checkpoint=1))
    assert play.session.fold.playing == shown
    assert [m for m in messages(effects, Audience.ALL) if isinstance(m, PlayPush)] == [shown["backup"]]
    steer(play, Rewind(ref=5, checkpoint=0))
    assert play.session.fold.playing == {}


def test_after_a_rewind_the_person_sees_the_trainee_where_they_are_then() -> None:
    play = begun()
    play.run_for(2, distance=4.0)
    steer(play, Flag(ref=1))
    play.run_for(2, distance=1.0)
    steer(play, Rewind(ref=2, checkpoint=1))
    steer(play, Resume(ref=3))
    play.run_for(2, distance=1.0)
    assert play.session.fold.engine.causes["agitation"].label == "crowding"


def test_a_checkpoint_of_an_attempt_that_was_left_can_still_be_gone_to() -> None:
    play = begun()
    play.run_for(4, distance=1.0)
    steer(play, Flag(ref=1))
    there = play.session.fold.engine.digest()
    steer(play, Rewind(ref=2, checkpoint=0))
    steer(play, Resume(ref=3))
    play.run_for(1)
    steer(play, Rewind(ref=4, checkpoint=2))
    assert play.session.fold.engine.digest() == there
    assert [event.data["attempt"] for event in of_type(play, "attempt")] == [2, 3]
    assert [event.data["of"] for event in of_type(play, "attempt")] == [1, 1]


def test_who_has_stopped_is_not_taken_back() -> None:
    play = begun()
    play.run_for(1)
    play.ask(Stop(ref=1))
    assert refusal(steer(play, Rewind(ref=2, checkpoint=0))).code == "wrong_phase"
