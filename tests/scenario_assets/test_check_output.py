"""Faults as text, JSON and SARIF."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from scenario_assets.language import Fault, examine
from scenario_assets.language.check import as_json, as_sarif, as_text
from scenario_assets.language.faults import CODES
from scenario_assets.language.review import UNREVIEWED, summative_faults
from tests.scenario_assets.texts import changed, small

FAULTS = (
    Fault("S023", "a folder/x.yaml", 3, 5, "no line 'x'"),
    Fault("S021", "/tmp/y.yaml", 1, 1, "`a` is always true", "warning"),
)

#: The part of SARIF 2.1.0 that is used here, after its sections 3.13 (log), 3.14 (run), 3.19 (driver), 3.27 (result),
#: 3.29 (physical location) and 3.30 (region).
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "shortDescription": {"type": "object", "required": ["text"]}
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"enum": list(CODES)},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"type": "object", "required": ["text"]},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "type": "object",
                                                        "properties": {"uri": {"type": "string", "pattern": r"^\S+$"}},
                                                    },
                                                    "region": {
                                                        "type": "object",
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def test_text() -> None:
    assert as_text(None, FAULTS).splitlines() == [
        "a folder/x.yaml:3:5: S023 no line 'x'",
        "/tmp/y.yaml:1:1: S021 `a` is always true (warning)",
        "1 error, 1 warning",
    ]
    assert as_text(small(), ()).splitlines() == ["small: no faults", f"small: {UNREVIEWED}; not for summative use"]
    reviewed = small(("seed: 7", "reviewed_by: [A. Clinician]\nseed: 7"))
    assert as_text(reviewed, ()) == "small: no faults"


def test_what_nobody_can_be_spared_is_told_to_who_plans_a_lesson() -> None:
    warned = "    pacing:\n      warnings: [{topic: shouting, level: mild}]\n"
    told = as_text(small(("    pacing:\n", warned)), ())
    assert "small: on every way to an ending: shouting; nobody can be spared that" in told


def test_json() -> None:
    found = json.loads(as_json(FAULTS))
    assert [fault["code"] for fault in found] == ["S023", "S021"]
    assert found[0]["meaning"] == CODES["S023"]
    assert found[1] == {
        "code": "S021", "path": "/tmp/y.yaml", "line": 1, "column": 1, "message": "`a` is always true",
        "severity": "warning", "meaning": CODES["S021"],
    }  # fmt: skip


def test_sarif() -> None:
    log = json.loads(as_sarif(FAULTS))
    assert list(Draft202012Validator(SARIF).iter_errors(log)) == []
    (run,) = log["runs"]
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == ["a%20folder/x.yaml", "file:///tmp/y.yaml"]
    assert places[0]["region"] == {"startLine": 3, "startColumn": 5}
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_of_nothing_and_of_everything_that_can_be_wrong() -> None:
    validator = Draft202012Validator(SARIF)
    assert validator.is_valid(json.loads(as_sarif(())))
    _, faults = examine("x.yaml", text=changed(("seed: 7", "seed: x"), ("say: shout,", "say: shot,")))
    assert faults
    assert validator.is_valid(json.loads(as_sarif(faults)))


def test_summative_use_asks_for_a_review() -> None:
    scenario = small()
    (fault,) = summative_faults(scenario)
    assert (fault.code, fault.severity, fault.path) == ("S085", "error", str(Path("small.yaml")))
    assert UNREVIEWED in fault.message
    assert summative_faults(small(("seed: 7", "reviewed_by: [A. Clinician]\nseed: 7"))) == ()
