"""The state table, and who may send what in which phase: every cell."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_server.core.errors import Refusal
from session_server.core.messages import (
    Act,
    Begin,
    Calibrate,
    Choose,
    Clock,
    Consent,
    End,
    Flag,
    Freeze,
    Goto,
    Hold,
    Inject,
    Mark,
    Nudge,
    Presented,
    RadioCall,
    Reload,
    Request,
    Resume,
    Rewind,
    Stop,
)  # fmt: skip
from session_server.core.phases import TRANSITIONS, Phase, after
from session_server.core.roles import RULES, Role, Sender, admit
from session_server.core.timeline import Timeline

REQUESTS: tuple[Request, ...] = (
    Clock(ref=1, t0_ms=0.0), Consent(ref=1, content=True, microphone=False),
    Calibrate(ref=1, room_ms=(0.0, 1.0), voice_ms=(1.0, 2.0)), Begin(ref=1), Choose(ref=1, choice="a"),
    Act(ref=1, act="a"), RadioCall(ref=1, request="a"), Presented(ref=1, event=1, client_ms=0.0), Stop(ref=1),
    Mark(ref=1, kind="a"), Inject(ref=1, inject="a"), Flag(ref=1), Freeze(ref=1), Resume(ref=1), End(ref=1),
    Goto(ref=1, region="a", node="b"), Nudge(ref=1, state="a", by=1.0), Hold(ref=1, rule="a", on=True),
    Rewind(ref=1, checkpoint=0), Reload(ref=1),
)  # fmt: skip


def test_every_phase_but_the_last_leads_somewhere_and_ends() -> None:
    leads = {phase: {to for (source, _), to in TRANSITIONS.items() if source is phase} for phase in Phase}
    assert not leads[Phase.CLOSED]
    for phase in set(Phase) - {Phase.CLOSED}:
        reached = {phase}
        for _ in Phase:
            reached |= {to for one in reached for to in leads[one]}
        assert Phase.CLOSED in reached


def test_what_is_not_in_the_table_cannot_happen() -> None:
    with pytest.raises(KeyError):
        after(Phase.CLOSED, "begin")


@pytest.mark.parametrize(("request_", "role", "phase"), list(itertools.product(REQUESTS, Role, Phase)))
def test_every_cell_of_the_permission_table(request_: Request, role: Role, phase: Phase) -> None:
    rule = RULES[type(request_)]
    sender = Sender("x", role, 1)
    if role in rule.roles and phase in rule.phases:
        admit(request_, sender, phase)
        return
    with pytest.raises(Refusal) as caught:
        admit(request_, sender, phase)
    expected = "forbidden" if role not in rule.roles else "session_ended" if phase is Phase.CLOSED else "wrong_phase"
    assert caught.value.code == expected


def test_stopping_is_open_to_the_trainee_in_every_phase_that_is_not_over() -> None:
    assert RULES[Stop].phases == frozenset(Phase) - {Phase.CLOSED}
    assert RULES[Stop].roles == {Role.TRAINEE}


def test_steering_is_the_instructors_alone() -> None:
    for steering in (Mark, Inject, Flag, Freeze, Resume, End, Goto, Nudge, Hold, Rewind, Reload):
        assert RULES[steering].roles == {Role.INSTRUCTOR}


@given(st.floats(0, 1e6), st.lists(st.tuples(st.floats(0.001, 100), st.booleans()), max_size=20))
def test_scenario_time_never_runs_backwards_and_stands_when_frozen(
    start: float, steps: list[tuple[float, bool]]
) -> None:
    timeline, now = Timeline(), start
    timeline.start(now)
    last = 0
    for step, frozen in steps:
        now += step
        ms = timeline.ms(now)
        assert ms >= last
        assert abs(timeline.t(ms) - now) <= 0.001 + 1e-6
        if frozen:
            timeline.halt(ms)
            assert timeline.ms(now + 1000) == ms
            now += 1
            timeline.start(now)
        last = ms


def test_fifty_milliseconds_are_fifty_milliseconds() -> None:
    for start in (0.0, 0.1, 10.0, 12345.678):
        timeline = Timeline()
        timeline.start(start)
        assert [timeline.ms(start + k * 0.05) for k in range(100)] == [50 * k for k in range(100)]


def test_scenario_time_steps_back_and_goes_on_from_there_while_session_time_does_not() -> None:
    timeline = Timeline()
    timeline.start(10.0)
    timeline.halt(8_000)
    timeline.step_back(25.0, 3_000)
    assert [timeline.ms(t) for t in (25.0, 60.0)] == [3_000, 3_000]
    timeline.start(61.0)
    assert timeline.ms(62.5) == 4_500
    assert timeline.t(4_500) == 62.5
