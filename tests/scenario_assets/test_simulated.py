"""What sessions show: how many are played, and what of it is a fault."""

from pathlib import Path

import pytest

from scenario_assets.authoring.simulated import check_simulated, seeds_wanted
from scenario_assets.language import Fault, Scenario, inspect, load
from scenario_assets.runtime import explore
from tests.scenario_assets.faulty import TINY
from tests.scenario_assets.texts import small


def tiny(*changes: tuple[str, str]) -> str:
    text = TINY
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def told(text: str, *, most: int = 5) -> list[Fault]:
    found = inspect(Path("tiny.yaml"), text=text)
    assert found.scenario is not None
    assert found.faults == ()
    explored = explore(found.scenario, seeds=seeds_wanted(found.scenario, most=most))
    check_simulated(found.scenario, found.reader, explored)
    return list(found.faults)


def test_sessions_are_as_many_as_are_asked_for_and_not_more_than_bearable() -> None:
    asked = tiny(("seeds: 3,", "seeds: 300,"))
    scenario: Scenario = load("tiny.yaml", text=asked)
    assert seeds_wanted(scenario, most=500) == {"far": 10, "near": 300}
    assert seeds_wanted(scenario, most=40) == {"far": 10, "near": 40}
    assert seeds_wanted(small(), most=40) == {"nothing": 3, "friend": 10}


def test_the_tiny_scenario_is_sound() -> None:
    assert told(TINY) == []


@pytest.mark.parametrize(
    ("share", "seeds", "violated"),
    [("100%", 10, True), ("60%", 10, False), ("60%", 40, True), ("30%", 40, False)],
)
def test_few_sessions_do_not_convict(share: str, seeds: int, violated: bool) -> None:
    """A third of the sessions ends as is expected: of ten that does not rule out 60 %, of forty it does."""
    text = tiny(
        ("initial: 40", "initial: uniform(0, 60)"),
        ("{when: agitation > 60, to: upset}", "{when: agitation > 50, to: upset}"),
        ("rate: +20 /s", "rate: +0.5 /s"),
        ("seeds: 3, outcome: left, at_least: 100%", f"seeds: {seeds}, outcome: left, at_least: {share}"),
    )
    codes = [fault.code for fault in told(text, most=seeds)]
    assert ("S081" in codes) is violated


def test_each_fault_stands_where_it_is_written() -> None:
    text = tiny(("distance < 2 m, rate", "distance < 1 cm, rate"), ("outcome: left, at", "outcome: calm, at"))
    lines = {fault.code: text.splitlines()[fault.line - 1][fault.column - 1 :] for fault in told(text)}
    assert lines["S082"].startswith("{when: distance < 1 cm")
    assert [fault.severity for fault in told(text)] == ["warning"] * 3
    found = {fault.message: text.splitlines()[fault.line - 1][fault.column - 1 :] for fault in told(text)}
    assert found["person.upset was never entered in 8 simulated sessions"].startswith("{end: left}")
    never = "transition `agitation > 60` of person.waiting never fired in 8 simulated sessions"
    assert found[never].startswith("{when: agitation > 60")
