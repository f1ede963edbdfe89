"""What simulated trainees have shown, in the author's words."""

import json

from scenario_assets.authoring.findings import as_data, findings
from scenario_assets.runtime import explore
from tests.scenario_assets.test_diagram import NESTED
from tests.scenario_assets.texts import small


def test_what_never_happened_is_named_by_place_and_words() -> None:
    scenario = small()
    unused = findings(scenario, explore(scenario, policies=["nothing"], seeds=2)).unused
    told = {(one.kind, one.where, one.words) for one in unused}
    assert {
        ("node", "person.shouting", ""),
        ("transition", "person.pacing -> shouting", "escalation: agitation >= 80"),
        ("transition", "person.talking.standing -> talking.sitting", "after 2 to 6 s"),
        ("drive", "agitation", "crowding: distance < 2 m"),
        ("reflex", "everywhere", "flinches: said(threat)"),
    } <= told
    assert not any(one.where.startswith("bystander.near -> far") and "after" in one.words for one in unused)
    kinds = [one.kind for one in unused]
    assert kinds == sorted(kinds, key=["node", "transition", "drive", "reflex"].index)


def test_inner_nodes_and_reflexes_of_nodes_are_found_too() -> None:
    reflex = (
        "      threat: calm\n",
        "      threat: calm\n      reflexes: [{when: distance < 1 m, label: steps back, say: no}]\n",
    )
    scenario = small(*NESTED, reflex)
    unused = findings(scenario, explore(scenario, policies=["nothing"], seeds=1)).unused
    told = {(one.kind, one.where, one.words) for one in unused}
    assert ("transition", "person.talking -> talking.sitting", "inwards: agitation >= 85") in told
    assert ("reflex", "person.talking", "steps back: distance < 1 m") in told


def test_expectations_are_judged_when_enough_was_played() -> None:
    scenario = small()
    assert len(findings(scenario, explore(scenario, seeds=3)).tallies) == 1
    assert findings(scenario, explore(scenario, seeds=2)).tallies == ()
    assert findings(scenario, explore(scenario, policies=["friend"], seeds=3)).tallies == ()


def test_findings_as_data() -> None:
    scenario = small()
    data = as_data(findings(scenario, explore(scenario, seeds=3)))
    assert json.loads(json.dumps(data)) == data
    assert data["sessions"] == 6
    policies = data["policies"]
    assert isinstance(policies, dict)
    nothing = policies["nothing"]["outcomes"]["nothing"]
    assert nothing["sessions"] == 3
    assert nothing["share"] == nothing["high"] == 1.0
    assert 0.4 < nothing["low"] < 0.5
    assert nothing["time_s"] == {"low": 180.0, "median": 180.0, "high": 180.0}
    expectations = data["expectations"]
    assert isinstance(expectations, list)
    assert [one["verdict"] for one in expectations] == ["met"]
    states = data["states"]
    assert isinstance(states, dict)
    assert states["agitation"]["lowest"] < 50 < states["agitation"]["highest"] + 0.1
