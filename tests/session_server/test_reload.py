"""A session goes on in another version of its scenario, or is told what the version lacks: the core."""

from collections.abc import Sequence
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets.language import Scenario, load
from session_server.core.effects import Audience, Effect, Send
from session_server.core.messages import (
    Begin,
    ChoicesPush,
    Choose,
    Consent,
    Error,
    Flag,
    Freeze,
    Goto,
    Inject,
    Nudge,
    Ok,
    Reload,
    Request,
    Resume,
    Rewind,
    SayPush,
    ScenarioPush,
    Stop,
    Welcome,
)  # fmt: skip
from session_server.core.opening import Opening
from session_server.core.phases import Phase
from session_server.core.replay import replay
from session_server.core.roles import Sender
from telemetry.records import GENESIS, decode_event, encode_event
from tests.session_server.rehearsal import IDENTITY, INSTRUCTOR, SMALL, TRAINEE, Rehearsal, messages, small


@cache
def version(*changes: tuple[str, str]) -> Scenario:
    """The small scenario with each first text replaced by the second."""
    text = SMALL.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load(SMALL, text=text)


CALMER = version(('rate: "+8 /s"', 'rate: "+4 /s"'), ('text: "Back!"', 'text: "Please, back!"'))
LOUDER = version(("warnings: [{topic: shouting, level: mild}]", "warnings: [{topic: shouting, level: strong}]"))
WITHOUT_UPSET = version(
    ('{when: "agitation > 60", to: upset}', '{when: "agitation > 60", to: angry}'), ("    upset:\n", "    angry:\n")
)
VERSIONS = {one.sha256: one for one in (small(), CALMER, LOUDER, WITHOUT_UPSET)}


def scenario_of(opening: Opening) -> Scenario:
    return VERSIONS[opening.scenario_sha256]


def reload(play: Rehearsal, scenario: Scenario, sender: Sender = INSTRUCTOR) -> list[Effect]:
    play.now = round(play.now + 0.1, 6)
    return play.take(play.session.reload(scenario, Reload(ref=9), sender, play.now))


def refusal(effects: Sequence[Effect]) -> Error:
    [found] = [e.message for e in effects if isinstance(e, Send) and isinstance(e.message, Error)]
    return found


def begun() -> Rehearsal:
    play = Rehearsal()
    play.begin()
    return play


def test_a_session_goes_on_in_the_newest_version_and_the_record_tells_the_difference() -> None:
    play = begun()
    play.run_for(2, distance=1.0)
    effects = reload(play, CALMER)
    [event] = [event for event in play.events if event.type == "reload"]
    assert event.data == {
        "from": small().sha256, "to": CALMER.sha256, "added": [], "removed": [],
        "changed": ["dynamics.agitation", "lines.back"],
    }  # fmt: skip
    assert Ok(ref=9, event=event.seq) in messages(effects, INSTRUCTOR.connection)
    play.run_for(0.1, distance=1.0)
    assert play.session.fold.engine.causes["agitation"].rate == 4.0
    play.run_for(8, distance=1.0)
    assert [m.text for m in messages(play.effects, Audience.ALL) if isinstance(m, SayPush)][-1] == "Please, back!"


def test_each_role_is_told_the_new_version_as_far_as_it_may_know_it() -> None:
    play = begun()
    effects = reload(play, CALMER)
    [trainee] = [m for m in messages(effects, Audience.TRAINEES) if isinstance(m, ScenarioPush)]
    [instructor] = [m for m in messages(effects, Audience.INSTRUCTORS) if isinstance(m, ScenarioPush)]
    assert trainee.scenario == play.session.fold.public("trainee")
    assert "injects" not in trainee.scenario
    assert "injects" in instructor.scenario
    assert trainee.scenario["lines"]["back"]["text"] == "Please, back!"  # type: ignore[index]
    [welcome] = [m for m in messages(play.join()) if isinstance(m, Welcome)]
    assert welcome.scenario == trainee.scenario


def test_before_the_beginning_a_version_takes_the_others_place() -> None:
    play = Rehearsal()
    play.join()
    reload(play, CALMER)
    play.ask(Consent(ref=2, content=True, microphone=True))
    play.ask(Begin(ref=3))
    play.run_for(3, distance=1.0)
    assert play.session.fold.engine.causes["agitation"].rate == 4.0


def test_what_is_active_and_missing_is_listed_and_nothing_has_changed() -> None:
    play = begun()
    play.ask(Goto(ref=1, region="person", node="upset"), INSTRUCTOR)
    play.ask(Freeze(ref=2), INSTRUCTOR)
    before = play.session.fold.digest()
    error = refusal(reload(play, WITHOUT_UPSET))
    assert (error.code, error.retry, error.details) == ("not_reloadable", False, {"missing": ["node person.upset"]})
    assert "no node person.upset" in error.message
    assert play.session.fold.digest() == before
    play.ask(Resume(ref=3), INSTRUCTOR)
    play.ask(Goto(ref=4, region="person", node="waiting"), INSTRUCTOR)
    reload(play, WITHOUT_UPSET)
    assert play.session.fold.scenario.sha256 == WITHOUT_UPSET.sha256


def test_the_same_version_is_not_reloaded() -> None:
    error = refusal(reload(begun(), small()))
    assert (error.code, "newest version already" in error.message) == ("not_reloadable", True)


def test_a_trainee_is_not_shown_more_than_they_consented_to() -> None:
    play = Rehearsal()
    play.join()
    play.ask(Consent(ref=2, content=True, microphone=True))
    error = refusal(reload(play, LOUDER))
    assert (error.code, error.details) == ("not_reloadable", {"missing": ["consent to shouting (strong)"]})
    fresh = Rehearsal()
    fresh.join()
    reload(fresh, LOUDER)
    assert fresh.session.fold.scenario.sha256 == LOUDER.sha256


def test_only_an_instructor_reloads_and_only_while_the_scenario_is_not_over() -> None:
    play = begun()
    assert refusal(reload(play, CALMER, TRAINEE)).code == "forbidden"
    play.ask(Stop(ref=1))
    assert play.session.phase is Phase.DEBRIEF
    assert refusal(reload(play, CALMER)).code == "wrong_phase"


def test_a_checkpoint_of_the_version_before_is_gone_back_to_in_the_new_one() -> None:
    play = begun()
    play.run_for(1, distance=1.0)
    play.ask(Flag(ref=1), INSTRUCTOR)
    reload(play, CALMER)
    play.run_for(2, distance=1.0)
    play.ask(Rewind(ref=2, checkpoint=1), INSTRUCTOR)
    fold = play.session.fold
    assert (fold.engine.ms, fold.engine.scenario.sha256) == (1_100, CALMER.sha256)
    play.ask(Resume(ref=3), INSTRUCTOR)
    play.run_for(2, distance=1.0)
    assert fold.engine.causes["agitation"].rate == 4.0


def test_a_checkpoint_that_does_not_fit_the_new_version_is_refused() -> None:
    play = begun()
    play.ask(Goto(ref=1, region="person", node="upset"), INSTRUCTOR)
    play.ask(Goto(ref=2, region="person", node="waiting"), INSTRUCTOR)
    reload(play, WITHOUT_UPSET)
    error = refusal(play.ask(Rewind(ref=3, checkpoint=1), INSTRUCTOR))
    assert (error.code, error.details) == ("not_reloadable", {"missing": ["node person.upset"]})


def test_choices_that_are_no_more_are_not_offered() -> None:
    play = begun()
    effects = reload(play, version(("offers: [ask, call]", "offers: [call]")))
    assert ChoicesPush(offered=("call",)) in messages(effects, Audience.ALL)
    assert refusal(play.ask(Choose(ref=1, choice="ask"))).code == "not_offered"


# --- replay ----------------------------------------------------------------------------------------------------------

_REQUESTS: list[tuple[Request, Sender]] = [
    (Choose(ref=1, choice="ask"), TRAINEE), (Choose(ref=1, choice="call"), TRAINEE), (Flag(ref=1), INSTRUCTOR),
    (Inject(ref=1, inject="siren"), INSTRUCTOR), (Nudge(ref=1, state="agitation", by=15.0), INSTRUCTOR),
    (Freeze(ref=1), INSTRUCTOR), (Resume(ref=1), INSTRUCTOR), (Rewind(ref=1, checkpoint=1), INSTRUCTOR),
]  # fmt: skip


@settings(max_examples=40)
@given(st.lists(
    st.tuples(
        st.floats(0.01, 2.0), st.sampled_from(_REQUESTS) | st.sampled_from(sorted(VERSIONS)) | st.none(),
        st.sampled_from([None, 0.5, 3.0]),
    ),
    max_size=15,
))  # fmt: skip
def test_a_session_that_was_reloaded_replays_through_all_its_versions(
    plan: list[tuple[float, tuple[Request, Sender] | str | None, float | None]],
) -> None:
    play = begun()
    for wait, what, distance in plan:
        play.run_for(wait, distance=distance)
        if isinstance(what, str):
            reload(play, VERSIONS[what])
        elif what is not None:
            play.ask(what[0], what[1], after=wait % 0.05)
    events = [decode_event(encode_event(event, GENESIS))[1] for event in play.events]
    fold, unwritten = replay(IDENTITY, events, scenario_of)
    fold.advance(play.session.fold.engine.ms)
    assert not unwritten
    assert fold.digest() == play.session.fold.digest()
