"""``for`` and ``within``, alone and one inside the other, agree with the monitors of RTAMT.

RTAMT is a public implementation of signal temporal logic. It pins an old antlr4, so its verdicts on 300 random
guards and traces are kept in ``tests/data/rtamt/traces.json``, with the script that makes them.

The one difference is meant, and lies at the start: before a `for` has lasted its whole duration it is false
here, while ``historically[0:D]`` looks only at as much past as there is. Verdicts are therefore compared from
the tick on at which every operator of the guard sees its whole window.
"""

import json
from pathlib import Path
from typing import TypedDict, cast

import pytest

from scenario_assets.runtime import TICK_MS, Engine
from tests.scenario_assets.texts import small

DATA = Path(__file__).parents[1] / "data" / "rtamt" / "traces.json"

#: What a character of a trace means, as ``generate.py`` wrote it.
VALUES = {
    "distance": lambda level: level * 0.5,
    "voice": lambda level: level * 5.0 - 20.0,
    "speaking": lambda level: level == 1,
}


class Case(TypedDict, total=False):
    guard: str
    horizon: int
    distance: str
    voice: str
    speaking: str
    true: str


def _read() -> list[Case]:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    assert data["head"]["tick_ms"] == TICK_MS
    return cast("list[Case]", data["cases"])


CASES = _read()


def said(case: Case) -> str:
    """What the guard of an offered choice says at each tick, as 1 and 0."""
    guard = case["guard"]
    scenario = small(
        ("Come along., when: agitation < 70", f'Come along., when: "{guard}"'),
        ("when: distance < 1 m for 1 s", "when: inject(siren)"),  # so that Kim stays where the choice is offered
        ("rate: +6 /s, label: crowding", "rate: +0.1 /s, label: crowding"),
    )
    engine = Engine(scenario, seed=1)
    engine.start()
    traces = {name: case[name] for name in VALUES if name in case}  # type: ignore[literal-required]
    answers = ""
    for tick in range(len(case["true"])):
        now = (tick + 1) * TICK_MS
        engine.observe({name: VALUES[name](int(trace[tick])) for name, trace in traces.items()}, now)
        engine.advance(now)
        answers += "1" if "offer" in engine.offered else "0"
    return answers


def test_the_traces_say_something() -> None:
    guards = [case["guard"] for case in CASES]
    assert len(CASES) == 300
    assert sum(") for " in guard and ") within " in guard for guard in guards) > 50
    assert all("01" in case["true"] or "10" in case["true"] for case in CASES)


@pytest.mark.parametrize("part", range(10))
def test_for_and_within_agree_with_rtamt(part: int) -> None:
    for case in CASES[part::10]:
        start = case["horizon"]
        assert said(case)[start:] == case["true"][start:], case["guard"]


def test_at_the_start_a_for_has_not_lasted_yet() -> None:
    """The documented difference, on the simplest guard: RTAMT says true from the first tick on."""
    case: Case = {"guard": "speaking for 500 ms", "horizon": 10, "speaking": "1" * 30, "true": "1" * 30}
    assert said(case) == "0" * 10 + "1" * 20
