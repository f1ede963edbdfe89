"""A policy as plain data: read strictly, due like the engine's own scripted trainee."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.errors import UsageError
from clients.policy import Act, Approach, Choose, Policy, Radio, Script, Speak, Step, read_policy
from scenario_assets import library
from scenario_assets.runtime import policy_as_json
from scenario_assets.runtime.inputs import Choice as EngineChoice
from scenario_assets.runtime.policy import ScriptedTrainee

SPEAK = {"do": "speak", "at_ms": 0, "level_lu": -1, "lasting_ms": 300, "said": None}


def script(*steps: dict[str, Any]) -> Script:
    return Script(read_policy({"name": "p", "person": "daniel", "steps": steps}))


def test_a_policy_is_read_into_its_deeds() -> None:
    steps = [
        {"do": "approach", "at_ms": 1000, "actor": "daniel", "to_m": 4.5, "speed": 0.7},
        {**SPEAK, "at_ms": 9, "every_ms": 8, "until_ms": 90, "said": "order"},
        {"do": "choose", "at_ms": 0, "choices": ["a", "b"], "every_ms": None},
        {"do": "radio", "at_ms": 0, "request": "cit_officer"},
        {"do": "act", "at_ms": 0, "act": "take_cover", "heard": ["hello", "again"]},
    ]
    assert read_policy({"name": "p", "person": "daniel", "start": {}, "steps": steps}) == Policy(
        "p",
        "daniel",
        (
            Step(Approach("daniel", 4.5, 0.7), 1000),
            Step(Speak(-1, 300, "order"), 9, 8, 90),
            Step(Choose(("a", "b")), 0),
            Step(Radio("cit_officer"), 0),
            Step(Act("take_cover"), 0, heard=("hello", "again")),
        ),
    )


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"do": "dance", "at_ms": 0}, "nobody can do 'dance'; known: approach, take_cover, speak"),
        ({"do": "act", "at_ms": 0}, "KeyError"),
        ({"do": "act", "at_ms": "soon", "act": "x"}, "at_ms must be a number, not 'soon'"),
        ({"do": "choose", "at_ms": 0, "choices": "a"}, "choices must be a list of names"),
        ({"do": "choose", "at_ms": 0, "choices": []}, "choices must be a list of names"),
        ({**SPEAK, "heard": "hello"}, "heard must be a list of names, not 'hello'"),
        ({**SPEAK, "every_ms": 0}, "every_ms must be above 0"),
        ("act", "an object was expected"),
    ],
)
def test_a_step_that_cannot_be_read_is_named(step: Any, told: str) -> None:
    with pytest.raises(UsageError, match=f"step 1 of the policy: .*{told}"):
        read_policy({"steps": [SPEAK, step]})


def test_speech_lasts_as_long_as_it_says() -> None:
    talk = script({**SPEAK, "at_ms": 100})
    talk.due(100, ())
    assert [talk.level(ms) for ms in (100, 399, 400)] == [-1, -1, None]


def test_a_choice_without_a_rhythm_waits_until_one_is_offered() -> None:
    choosing = script({"do": "choose", "at_ms": 0, "choices": ["ask", "reassure"]})
    assert choosing.due(100, ()) == []
    assert choosing.due(200, ("reassure", "leave")) == [Choose(("reassure",))]
    assert choosing.due(300, ("reassure", "ask")) == []


def test_a_choice_with_a_rhythm_passes_what_is_not_offered() -> None:
    choosing = script({"do": "choose", "at_ms": 0, "every_ms": 100, "choices": ["ask"]})
    assert choosing.due(50, ()) == []
    assert choosing.due(60, ("ask",)) == []
    assert choosing.due(100, ("ask",)) == [Choose(("ask",))]


def test_a_step_waits_for_what_it_is_to_hear_and_passes_with_a_rhythm() -> None:
    listening = script(
        {"do": "act", "at_ms": 100, "act": "once", "heard": ["hello", "again"]},
        {"do": "act", "at_ms": 0, "every_ms": 100, "act": "often", "heard": ["hello"]},
        {"do": "choose", "at_ms": 0, "choices": ["ask"], "heard": ["again"]},
    )
    assert listening.due(50, ("ask",), {"bye"}) == []  # the first moment of `often` has passed, unheard
    assert listening.due(150, ("ask",), {"hello"}) == [Act("once"), Act("often")]
    assert listening.due(180, (), {"hello", "again"}) == []
    assert listening.due(190, ("ask",), {"hello", "again"}) == [Choose(("ask",))]
    assert listening.due(200, ("ask",), {"hello", "again"}) == [Act("often")]


#: Its policies listen.
SCENARIO = library.load("bus-shelter")
CHOICES = sorted(SCENARIO.choices)
#: The lines that any of its policies waits for, and one that none does.
LINES = sorted({line for policy in SCENARIO.policies.values() for step in policy.steps for line in step.heard}) or [""]


@given(
    st.sampled_from(sorted(SCENARIO.policies)),
    st.lists(
        st.tuples(st.integers(1, 5000), st.sets(st.sampled_from(CHOICES)), st.sets(st.sampled_from(LINES))),
        max_size=60,
    ),
)
def test_the_library_s_policies_fall_due_as_the_engine_simulates_them(
    name: str, moments: list[tuple[int, set[str], set[str]]]
) -> None:
    heard: set[str] = set()
    ours, theirs = Script(read_policy(policy_as_json(SCENARIO, name))), ScriptedTrainee(SCENARIO, name, heard)
    now = 0
    for pause, offered, lines in moments:
        now += pause
        heard |= lines
        acts = theirs.acts(now, offered)
        deeds = ours.due(now, offered, heard)
        chosen = [deed.choices[0] for deed in deeds if isinstance(deed, Choose)]
        assert chosen == [act.id for act in acts if isinstance(act, EngineChoice)]
        assert len([deed for deed in deeds if isinstance(deed, Radio | Act)]) + len(chosen) + len(
            [deed for deed in deeds if isinstance(deed, Speak) and deed.said]
        ) == len(acts)
        assert ours.level(now) == theirs.level(now)
