"""What is shown to others: the README's example, the wire's scenario, faults as text and JSON, policies as JSON."""

import json
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import scenario_assets
from scenario_assets import library
from scenario_assets.language import examine, load, public, values
from scenario_assets.language.check import as_json, as_text
from scenario_assets.language.checks.amounts import SOURCES
from scenario_assets.language.staging import Hazard
from scenario_assets.language.units import UNITS
from scenario_assets.runtime import UnknownName, policy_as_json, simulate, verify
from tests.scenario_assets.texts import SMALL, changed, small

README = Path(scenario_assets.__file__).parent / "README.md"
SHELTER = library.load("bus-shelter")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def test_the_readmes_scenario_is_one_and_its_expectation_holds() -> None:
    (text,) = blocks("yaml")
    scenario, faults = examine("yard.yaml", text=text)
    assert faults == ()
    assert scenario is not None
    assert all(verify(scenario, expect).holds for expect in scenario.expect)


def test_the_readme_lists_the_words_of_every_closed_list() -> None:
    rows = re.findall(r"^\| ([a-z][^|]*) \| ((?:`[^`|]+`(?:, )?)+) \|$", README.read_text("utf-8"), re.MULTILINE)
    told = {what: tuple(re.findall(r"`([^`]+)`", words)) for what, words in rows}
    sources = tuple(f"{source}<actor>" if source.endswith(".") else source for source in SOURCES)
    lists = {
        "topics of `warnings`": get_args(values.Topic),
        "levels, rising": get_args(values.Strength),
        "gestures": get_args(values.Gesture),
        "postures": get_args(values.Posture),
        "threat states: out of sight, then rising in what they ask": get_args(values.Threat),
        "signal sources": sources,
        "units": tuple(unit for unit in UNITS if unit),
        "kinds of radio request": get_args(values.Helper),
        "statuses of `radio`": get_args(values.RadioStatus),
        "curriculum": get_args(values.Curriculum),
        "fields of a hand-over": get_args(values.Field),
        "kinds of hazard": get_args(get_type_hints(Hazard)["kind"]),
    }
    assert {what: told.get(what) for what in lists} == lists


KINDS = README.parents[1] / "clients" / "web" / "stage" / "set" / "kinds.js"


@pytest.mark.parametrize("file", [README, README.parent / "starter" / "scenario.yaml"])
def test_the_settings_and_the_words_of_cover_are_those_that_the_stage_draws(file: Path) -> None:
    code, text = KINDS.read_text("utf-8"), " ".join(file.read_text("utf-8").replace("#", " ").split())
    own = set(re.findall(r'words === "(\w+)"', code)) | {"bus_shelter"}  # its set has a module of its own
    listed = {"bus_shelter", "kitchen", "shop", "bridge"}
    assert own == listed
    assert all(word in text for word in listed)
    patterns = re.findall(r'\[/(.+?)/, "\w+"\]', code)
    (cover,) = re.findall(r"(?:its id|its label): ([a-z, ]+?)(?: and the like|;)", text)
    words = cover.split(", ")
    assert len(words) > 10
    assert [word for word in words if not any(re.search(pattern, word) for pattern in patterns)] == []


LOOKS = README.parents[1] / "clients" / "web" / "stage" / "figure" / "looks.js"


def test_the_looks_are_those_that_the_stage_draws() -> None:
    looks, also = re.findall(r"const (?:LOOKS|ALSO) = \{\n(.*?)\n\};", LOOKS.read_text("utf-8"), re.DOTALL)
    drawn = set(re.findall(r"^  (\w+): [{\"]", f"{looks}\n{also}", re.MULTILINE)) - {"trainee"}
    (told,) = re.findall(r"^\| `look` of an actor \| (.*) \|$", README.read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", told)) == drawn
    starter = load(README.parent / "starter" / "scenario.yaml")
    for scenario in (starter, *map(library.load, library.names())):
        for actor in scenario.actors.values():
            used = {actor.look, *(variant.look for variant in actor.variants.values())} - {None}
            assert used <= drawn
    assert starter.actors[starter.scoring.person].look in drawn


def test_the_readmes_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert capsys.readouterr().out == "wary ride_with_sister\n"


def test_a_trainee_sees_what_the_wire_promises_and_no_more() -> None:
    seen = public(SHELTER, role="trainee", media_base="/media/bus-shelter")
    assert set(seen) == {
        "id", "title", "briefing", "warnings", "reviewed", "locale", "scene", "actors", "choices", "radio", "acts",
        "lines",
    }  # fmt: skip
    assert seen["reviewed"] is False
    assert seen["scene"] == {
        "setting": "bus_shelter",
        "bounds": {"x": [-7.0, 7.0], "z": [-6.0, 9.0]},
        "cover": [
            {"id": box.id, "label": box.label, "center": list(box.center), "size": list(box.size)}
            for box in SHELTER.scene.cover
        ],
        "hazards": [
            {"id": one.id, "label": one.label, "kind": one.kind, "center": list(one.center), "size": list(one.size)}
            for one in SHELTER.scene.hazards
        ],
        "starts": {"trainee": {"at": [0.0, 6.2], "yaw": 0.0}},
    }
    text = json.dumps(seen)
    for hidden in ("half_life", "agitation", "considering", "walks_to_care", "open_question"):
        assert hidden not in text


def test_an_instructor_sees_the_workings_too() -> None:
    seen = public(SHELTER, role="instructor", media_base="/media/bus-shelter/")
    assert {"injects", "said", "regions", "states", "signals"} <= set(seen)
    whole = {"low": 0.0, "high": 100.0}
    assert seen["states"] == {"agitation": whole, "trust": whole, "words": whole}
    assert seen["lines"]["d_rain"] == {  # type: ignore[index]
        "actor": "daniel",
        "text": "I like the rain, really. It makes everything softer.",
        "audio": "/media/bus-shelter/d_rain.opus",
    }
    assert json.dumps(seen)


def test_nested_nodes_and_lines_without_sound_are_shown_as_they_are() -> None:
    seen = public(small(), role="instructor", media_base="/media")
    assert seen["regions"]["person"] == [  # type: ignore[index]
        "pacing", "shouting", "talking", "talking.standing", "talking.sitting", "helped", "left",
    ]  # fmt: skip
    assert seen["lines"]["hello"]["audio"] is None  # type: ignore[index]


def test_faults_as_text_and_json() -> None:
    scenario, faults = examine(
        "s.yaml", text=changed(("seed: 7", "seed: x"), ("lines:\n", "lines:\n  z: {actor: kim, text: Z.}\n"))
    )
    text = as_text(scenario, faults)
    assert text.splitlines()[0] == "s.yaml:7:7: S001 expected a whole number, found 'x'"
    assert "1 error, 1 warning" in text
    assert "not reviewed by clinicians or people with lived experience" in text
    data = json.loads(as_json(faults))
    assert data[0]["code"] == "S001"
    assert data[0]["line"] == 7
    assert data[1]["severity"] == "warning"
    assert as_text(*examine("s.yaml", text=SMALL)).startswith("small: no faults")
    assert as_text(*examine("s.yaml", text="[")).endswith("1 error, 0 warnings")


def test_a_policy_is_plain_data_for_bots() -> None:
    data = policy_as_json(small(), "friend")
    assert json.loads(json.dumps(data)) == data
    assert data["person"] == "kim"
    assert data["start"] == {"at": [0.0, 4.0], "yaw": 0.0}
    steps = data["steps"]
    assert isinstance(steps, list)
    once: dict[str, object] = {"every_ms": None, "until_ms": None, "heard": []}
    again: dict[str, object] = {"every_ms": 5000, "until_ms": None, "heard": []}
    assert steps == [
        {"at_ms": 1000, **once, "do": "approach", "actor": "kim", "to_m": 3.0, "speed": 1.0},
        {"at_ms": 2000, **once, "do": "choose", "choices": ["greet"]},
        {"at_ms": 4000, **again, "do": "speak", "level_lu": 0.0, "lasting_ms": 2000, "said": "reflection"},
        {"at_ms": 20000, **again, "do": "choose", "choices": ["offer", "greet"]},
    ]
    with pytest.raises(UnknownName, match="no policy 'nobody'; known: nothing, friend"):
        policy_as_json(small(), "nobody")


def test_a_scripted_trainee_keeps_its_distance_and_stays_inside() -> None:
    scenario = load("small.yaml", text=SMALL)
    result = simulate(scenario, "friend", 1)
    assert result.ms <= 180_000
    assert simulate(scenario, "friend", 1) == result
