"""The scenario to begin with: free of faults, explained, played out to every corner, and under its own id."""

import re
from itertools import pairwise

import pytest

from scenario_assets.authoring.game import WAIT, Game
from scenario_assets.authoring.starter import starter
from scenario_assets.language import Scenario, examine
from scenario_assets.runtime import explore, judge


def the_starter() -> Scenario:
    scenario, faults = examine("starter.yaml", text=starter("my-first")["scenario.yaml"])
    assert faults == ()
    assert scenario is not None
    return scenario


def test_it_has_no_fault_and_its_own_id() -> None:
    assert the_starter().id == "my-first"
    shipped, changed = (starter(name)["scenario.yaml"] for name in ("starter", "my-first"))
    renamed = shipped.replace("\nid: starter\n", "\nid: my-first\n").replace('title: "Starter"', 'title: "My first"')
    assert changed == renamed != shipped


@pytest.mark.parametrize(
    ("title", "called"),
    [(None, "Dorm corridor"), ('A: dorm # "corridor"', 'A: dorm # "corridor"'), ("  two\n lines ", "two lines")],
)
def test_its_title_is_the_one_given_or_is_made_of_the_id(title: str | None, called: str) -> None:
    written = starter("dorm-corridor", title)
    scenario, faults = examine("starter.yaml", text=written["scenario.yaml"])
    assert faults == ()
    assert scenario is not None
    assert scenario.title == called
    assert written["README.md"].startswith(f"# {called}: lesson plan\n")
    with pytest.raises(ValueError, match="a title has words in it"):
        starter("dorm-corridor", " ")


@pytest.mark.parametrize("name", ["", "My-first", "my first", "../up", "-x", "a" * 65, "naïve", "two\nlines"])
def test_what_cannot_be_an_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no id: small letters, digits and dashes"):
        starter(name)


def test_its_trainees_reach_every_corner_and_its_expectations_are_met() -> None:
    scenario = the_starter()
    seeds = {policy: 20 for policy in scenario.policies} | {one.policy: one.seeds for one in scenario.expect}
    explored = explore(scenario, seeds=seeds)
    coverage = explored.coverage
    assert coverage.never_entered == ()
    assert coverage.never_fired == ()
    assert coverage.never_at_work == ()
    assert coverage.never_reacted == ()
    assert coverage.saturated("agitation") < 0.3
    verdicts = [judge(expect, explored.samples[expect.policy].endings).verdict for expect in scenario.expect]
    assert verdicts == ["met", "met", "met"]
    endings = {outcome for sample in explored.samples.values() for outcome in sample.outcomes}
    assert endings == set(scenario.outcomes)


def test_it_can_be_played_by_keys() -> None:
    game = Game(the_starter(), seed=2)
    assert game.turn("1") == ""
    for key in "rh9+++":
        assert game.turn(key) == ""
    for _ in range(200):
        game.turn(WAIT)
        game.turn("1")
        game.turn("3")
        game.turn("5")
    assert game.outcome == "stays_with_sam"


def test_every_section_is_explained() -> None:
    """Above each key that begins a section, or behind it, stands a comment."""
    lines = starter("x")["scenario.yaml"].splitlines()
    keys = [(before, line) for before, line in pairwise(lines) if re.match(r"[a-z_]+:", line)]
    assert len(keys) > 20
    assert [line for before, line in keys if "#" not in line and not before.startswith("#")] == []


def test_the_lesson_plan_has_its_parts() -> None:
    plan = starter("x")["README.md"]
    for part in ("Objectives", "Curriculum", "facilitator", "Content warnings", "Provenance", "Difficulty", "Welfare"):
        assert part in plan
    assert len(re.findall(r"^\d\. .*\?", plan, re.MULTILINE)) == 5
    assert "not reviewed by clinicians or people with lived experience" in plan
