"""Where editors show the nodes: read, checked for names that are none, and nothing to the engine."""

from scenario_assets.language import examine, load
from scenario_assets.runtime import simulate
from tests.scenario_assets.texts import changed, small

LAYOUT = "layout: {person.pacing: [600.5, -40], person.talking.sitting: [0, 1e2]}\n"


def test_nodes_have_places_by_region_and_path() -> None:
    scenario = load("small.yaml", text=changed(("lines:\n", f"{LAYOUT}lines:\n")))
    assert scenario.layout == {"person.pacing": (600.5, -40.0), "person.talking.sitting": (0.0, 100.0)}
    assert simulate(scenario, "friend", 1) == simulate(small(), "friend", 1)


def test_a_place_for_no_node_is_a_fault() -> None:
    wrong = LAYOUT.replace("person.pacing", "person.pausing").replace("1e2", "1e6")
    _, faults = examine("small.yaml", text=changed(("lines:\n", f"{wrong}lines:\n")))
    line = changed(("lines:\n", f"{wrong}lines:\n")).split("\n").index(wrong.strip()) + 1
    assert [(fault.code, fault.line) for fault in faults] == [("S023", line), ("S070", line)]
    assert "no node (written region.node) 'person.pausing'; did you mean 'person.pacing'?" in faults[0].message
