"""Whatever happens in play counts as reached; chains across regions; what nobody can be spared."""

import pytest

from scenario_assets import library
from scenario_assets.language import examine
from scenario_assets.language.checks.consent import unavoidable
from scenario_assets.language.checks.reach import Search
from scenario_assets.runtime import Simulation, explore
from tests.scenario_assets.faulty import TINY
from tests.scenario_assets.texts import changed, small


@pytest.mark.parametrize(
    "name", ["small", *(pytest.param(name, marks=pytest.mark.slow) for name in library.names())]
)
def test_whatever_is_entered_in_play_counts_as_reached(name: str) -> None:
    scenario = small() if name == "small" else library.load(name)
    explored = explore(scenario, seeds=2)
    entered = {node for node, count in explored.coverage.nodes.items() if count}
    assert entered <= Search(scenario).reached()


def test_a_chain_of_events_across_regions_is_followed() -> None:
    links = 30
    regions = "".join(
        f"  link{n}:\n    waits: {{next: [{{when: event(e{n}), to: goes}}]}}\n    goes: {{enter: {{emit: e{n + 1}}}}}\n"
        for n in range(links)
    )
    starts = "".join(f", link{n}: waits" for n in range(links))
    text = TINY.replace("outcomes:", f"{regions}outcomes:").replace("person: waiting}", f"person: waiting{starts}}}")
    _, broken = examine("x.yaml", text=text.replace("event(e0)", f"event(e{links + 1})"))
    assert sum(fault.code == "S010" for fault in broken) == links
    # It is longer than what is followed; then what hangs on it counts as reached.
    _, whole = examine("x.yaml", text=text.replace("event(e0)", "event(arrived_kim)"))
    assert [fault.message for fault in whole] == [f"event 'e{links}' is emitted, but nothing asks for it"]


SPARED = "      warnings: [{topic: shouting, level: mild}]\n"


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((), ()),
        (("pacing",), ("shouting",)),
        (("shouting",), ()),
        (("talking",), ()),
        (("talking", "shouting"), ("shouting",)),
    ],
)
def test_what_nobody_can_be_spared(places: tuple[str, ...], expected: tuple[str, ...]) -> None:
    text = changed(*((f"    {place}:\n", f"    {place}:\n{SPARED}") for place in places))
    scenario, faults = examine("x.yaml", text=text)
    assert not faults
    assert scenario is not None
    assert unavoidable(scenario) == expected


def test_a_session_ends_though_a_dead_end_is_told() -> None:
    text = changed(
        ("agitation < 60 for 2 s, to: pacing", "agitation < 60 for 2 s, to: stuck"),
        ("    helped: {end: helped}", "    helped: {end: helped}\n    stuck: {}"),
    )
    scenario, faults = examine("x.yaml", text=text)
    assert [fault.code for fault in faults] == ["S011"]
    assert scenario is not None
    session = Simulation(scenario, "nothing", seed=1)
    while session.engine.outcome is None:
        session.tick()
    assert session.engine.outcome == "nothing"
