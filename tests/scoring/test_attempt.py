"""Attempts: each is graded by itself, what it builds on counts as done, and an instructor's hand in it is told."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from scoring import Profile, score, text_of
from scoring.document import ReportJson
from scoring.measurement import Measurement
from scoring.observed import observe
from scoring.report import Report
from telemetry.attempts import Attempt
from telemetry.errors import UnknownAttempt
from telemetry.trace import Event, Samples, Trace
from tests.scoring.traces import Play, shelter, steps, trace

#: Between being rewound and being let go on.
STOOD_S = 7.0
FIRST = Play(
    seconds=70, distance=steps((0, 6), (20, 6), (22, 1.0), (50, 1.0), (52, 3)), speech=[(8, 15, 0), (30, 36, 14)],
    branches=((24.0, "upset", "person.calm.next[0]"),), indicated=12.0, radio=[(18, "co_responder")], ended=None,
)  # fmt: skip
SECOND = FIRST.but(
    seconds=90, start=FIRST.start + FIRST.seconds + STOOD_S, distance=steps((0, 6), (10, 3.0)),
    speech=[(6, 30, 0), (40, 60, 1)], branches=(), indicated=20.0, radio=[(50, "co_responder")], ended="outcome",
)  # fmt: skip


Deed = tuple[float, str, dict[str, object]]


def forked(first: Play, second: Play, at: float, *, more: Sequence[Deed] = ()) -> Trace:
    """The first play, left at its end for the moment ``at`` of it, from where the second goes on.

    ``more``: what else an instructor did, (session time, type, data).
    """
    one, two = trace(first), trace(second)
    left_t = first.start + first.seconds
    happened = [*one.events, *(event for event in two.events if event.type not in ("consent", "calibrated"))]
    begun = {
        "attempt": 2, "checkpoint": 3, "of": 1, "seq": sum(event.t <= first.start + at for event in one.events),
        "t": first.start + at, "why": "branch", "label": "comes down", "nodes": {"person": "calm"},
    }  # fmt: skip
    events = [(event.t, event.ms, event.actor, event.type, event.data) for event in happened]
    events.append((left_t, round(first.seconds * 1000), "instructor-1", "rewind", {"checkpoint": 3}))
    events.append((left_t, None, "system", "phase", {"phase": "frozen", "reason": "rewind"}))
    events.append((left_t, round(at * 1000), "system", "attempt", begun))
    events += [(t, None, "instructor-1", kind, data) for t, kind, data in more]
    events.sort(key=lambda each: each[0])
    numbered = tuple(Event(seq, *event) for seq, event in enumerate(events))
    tracks = tuple(_then(a, b) for a, b in zip(one.tracks, two.tracks, strict=True))
    return Trace(replace(one.session, attempt=2), numbered, tracks)


def _then(first: Samples, second: Samples) -> Samples:
    """One track: the first's rows, then the second's."""
    joined = {name: np.concatenate([first[name], second[name]]) for name in first.columns}
    t = np.concatenate([first.t, second.t])
    return replace(first, t=t, seq=np.arange(len(t)), client_ms=1000 * t, columns=joined)


def graded(recorded: Trace, attempt: int | None = None) -> Report:
    return score(recorded, shelter(), Profile.load(), software="x", attempt=attempt)


def document(recorded: Trace, attempt: int | None = None) -> ReportJson:
    return graded(recorded, attempt).to_json()  # type: ignore[return-value]  # the shape it documents


def measured(report: Report) -> dict[str, Measurement]:
    return {one.rule.id: one for part in report.grade.components for one in part.measurements}


def essence(report: ReportJson) -> str:
    """All of a report but whose it is."""
    return json.dumps([report["grade"], report["components"], report["quality"]], sort_keys=True)


# --- by itself -------------------------------------------------------------------------------------------------------


def test_an_attempt_from_the_start_is_graded_as_if_it_had_been_a_session_of_its_own() -> None:
    recorded = forked(FIRST, SECOND, 0.0)
    assert essence(document(recorded)) == essence(document(trace(SECOND)))
    assert document(recorded)["session"]["duration_s"] == pytest.approx(90.0)


def test_an_attempt_that_was_left_is_graded_up_to_there() -> None:
    left, ended = document(forked(FIRST, SECOND, 0.0), 1), document(trace(FIRST.but(ended="end")))
    assert essence(left) == essence(ended)
    assert left["grade"]["status"] == "graded"
    assert left["session"]["outcome"] is None


def test_the_last_attempt_is_graded_unless_another_is_asked_for_and_each_says_which_it_is() -> None:
    recorded = forked(FIRST, SECOND, 25.0)
    last, first = document(recorded), document(recorded, 1)
    assert last == document(recorded, 2)
    assert [last["session"][key] for key in ("attempt", "attempts", "from_ms", "began")] == [
        2, 2, 25_000, "when a branch had been taken: comes down",
    ]  # fmt: skip
    assert [first["session"][key] for key in ("attempt", "attempts", "from_ms", "began")] == [1, 2, 0, "at the start"]
    assert "Attempt 2 of 2, begun at 00:25 when a branch had been taken: comes down" in text_of(last)
    assert "Attempt" not in text_of(document(trace(SECOND)))


def test_an_attempt_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownAttempt, match="no attempt 3; there is 1, 2"):
        graded(forked(FIRST, SECOND, 0.0), 3)


def test_the_order_in_which_events_are_stored_does_not_matter() -> None:
    recorded = forked(FIRST, SECOND, 25.0)
    mixed = replace(recorded, events=recorded.events[::-1])
    assert document(mixed) == document(recorded)


def test_an_attempt_that_was_left_before_it_ran_never_began() -> None:
    recorded = forked(FIRST, SECOND.but(seconds=0.0, ended=None), 25.0)
    events = tuple(event for event in recorded.events if event.data.get("reason") != "begin" or event.t < SECOND.start)
    assert graded(replace(recorded, events=events)).grade.reason == "the scenario never began"


# --- what it builds on -----------------------------------------------------------------------------------------------


def test_the_person_is_as_threatening_as_they_were_at_the_checkpoint() -> None:
    seen = observe(recorded := forked(FIRST, SECOND, 25.0), shelter(), Attempt.of(recorded))
    assert seen is not None
    assert (seen.threats.t.tolist(), seen.threats.names) == ([0.0], ("agitated",))
    earlier = observe(recorded := forked(FIRST, SECOND, 23.0), shelter(), Attempt.of(recorded))
    assert earlier is not None
    assert earlier.threats.names == ("calm",)


@pytest.mark.parametrize(("at", "status"), [(6.0, "ok"), (10.0, "not_applicable")])
def test_who_had_spoken_before_need_not_speak_first_again(at: float, status: str) -> None:
    contact = measured(graded(forked(FIRST, SECOND, at)))["first_verbal_contact"]
    assert contact.status.value == status
    if status == "not_applicable":
        assert "before the moment at which this attempt began" in str(contact.reason)


@pytest.mark.parametrize(("at", "indicated", "waited"), [(5.0, 20.0, 30.0), (15.0, 20.0, 50.0), (19.0, 20.0, None)])
def test_help_that_had_been_indicated_or_called_for_still_is(at: float, indicated: float, waited: float | None) -> None:
    """Help was indicated at 12 s of the first attempt and called for at 18 s; at 50 s of the second."""
    help_called = measured(graded(forked(FIRST, SECOND.but(indicated=indicated), at)))["help_called"]
    assert help_called.value == (None if waited is None else pytest.approx(waited))
    assert help_called.status.value == ("ok" if waited is not None else "not_applicable")


def test_engaged_time_begins_with_an_attempt_that_begins_in_the_conversation() -> None:
    recorded = forked(FIRST, SECOND.but(speech=[(30, 60, 0)], distance=steps((0, 6))), 25.0)
    seen = observe(recorded, shelter(), Attempt.of(recorded))
    assert seen is not None
    assert seen.engaged.tolist() == [[0.0, 90.0]]


def test_a_fork_of_a_fork_builds_on_both() -> None:
    recorded = forked(FIRST, SECOND.but(ended=None), 25.0)
    third_t = SECOND.start + SECOND.seconds + STOOD_S
    branch = {"region": "person", "source": "upset", "target": "calm", "rule": "person.upset.next[0]"}
    grown = [
        *recorded.events,
        Event(900, SECOND.start + 30, None, "scenario", "branch", branch),
        Event(901, third_t - 5, None, "system", "phase", {"phase": "frozen", "reason": "rewind"}),
        Event(902, third_t - 5, 55_000, "system", "attempt", {
            "attempt": 3, "checkpoint": 4, "of": 2, "seq": 901, "t": SECOND.start + 31, "why": "flag", "label": "",
            "nodes": {},
        }),
        Event(903, third_t, None, "system", "phase", {"phase": "running", "reason": "resume"}),
        Event(904, third_t + 10, None, "system", "phase", {"phase": "debrief", "reason": "end"}),
    ]  # fmt: skip
    attempt = Attempt.of(replace(recorded, events=tuple(grown)))
    assert attempt.number == 3
    assert [event.data["target"] for event in attempt.before_of("branch")] == ["upset", "calm"]
    np.testing.assert_allclose(attempt.ran_before, [[FIRST.start, FIRST.start + 25], [SECOND.start, SECOND.start + 31]])


# --- the instructor's hand -------------------------------------------------------------------------------------------


def test_what_an_instructor_did_is_told_with_how_long_it_matters() -> None:
    recorded = forked(FIRST, SECOND, 25.0, more=[
        (SECOND.start - 2, "nudge", {"state": "agitation", "by": -20.0}),
        (SECOND.start + 20, "goto", {"region": "person", "node": "upset"}),
        (SECOND.start + 30, "hold", {"rule": "person.upset.next[0]", "on": True}),
        (SECOND.start + 40, "hold", {"rule": "person.upset.next[0]", "on": False}),
        (SECOND.start + 80, "inject", {"inject": "siren"}),
    ])  # fmt: skip
    told = [
        (each.t - SECOND.start, round(each.until - SECOND.start, 3), each.what, each.steers)
        for each in graded(recorded).influenced
    ]
    assert told == [
        (-2.0, 15.0, "agitation changed by -20", True),
        (20.0, 35.0, "person sent to upset", True),
        (30.0, 55.0, "a branch held back (person.upset.next[0])", True),
        (80.0, 90.0, "event brought in: A siren passes", True),
    ]
    assert [each.what for each in graded(recorded, 1).influenced] == []


def test_a_branch_that_is_still_held_when_an_attempt_begins_is_told() -> None:
    held = (FIRST.start + 20, "hold", {"rule": "person.calm.next[0]", "on": True})
    (told,) = graded(forked(FIRST, SECOND, 25.0, more=[held])).influenced
    assert (told.t, told.until) == (SECOND.start, SECOND.start + SECOND.seconds)
    assert told.what == "a branch held back (person.calm.next[0]) since before"
    assert graded(forked(FIRST, SECOND, 10.0, more=[held])).influenced == ()


def test_evidence_says_where_the_instructor_had_a_hand_in_it() -> None:
    near = FIRST.but(ended="end", injects=[55.0], speech=[(8, 15, 0), (30, 36, 14), (58, 64, 16)])
    evidence = [
        row for part in document(trace(near))["components"] for one in part["measures"] for row in one["evidence"]
    ]
    for row in evidence:
        assert row["steered"] == (row["t_end"] >= near.start + 55.0), row["text"]
    assert {row["steered"] for row in evidence} == {True, False}
    assert "The instructor had a hand in what happened here" in text_of(document(trace(near)))
    assert "had a hand" not in text_of(document(trace(near.but(injects=[]))))
