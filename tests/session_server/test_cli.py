"""The command line: what it prints, and what it says when something is wrong."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from session_server.cli import app, told
from telemetry.sensors import SensorsError
from tests.scenario_assets.faulty import TINY
from tests.session_server.rehearsal import SMALL

runner = CliRunner()


@pytest.mark.parametrize(
    "command",
    [
        ["--help"], ["demo", "--help"], ["serve", "--help"], ["simulate", "--help"], ["sessions", "list", "--help"],
        ["sessions", "show", "--help"], ["grade", "--help"], ["export", "--help"], ["quality", "--help"],
        ["scenario", "check", "--help"],
        ["scenario", "graph", "--help"], ["scenario", "new", "--help"], ["scenario", "play", "--help"],
        ["db", "status", "--help"], ["db", "migrate", "--help"], ["db", "prune", "--help"],
        ["scenario", "replay", "--help"], ["scenario", "schema", "--help"], ["scenario", "simulate", "--help"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(command: list[str]) -> None:
    done = runner.invoke(app, command)
    assert done.exit_code == 0
    assert len(done.stdout) > 200


def test_a_sound_scenario_has_no_faults() -> None:
    done = runner.invoke(app, ["scenario", "check", "bus-shelter", "--no-simulate"])
    assert done.exit_code == 0, done.stdout
    assert "bus-shelter: no faults" in done.stdout
    assert "not reviewed by clinicians" in done.stdout


def test_without_review_a_scenario_is_refused_for_summative_use(tmp_path: Path) -> None:
    command = ["scenario", "check", "--no-simulate", "--summative"]
    done = runner.invoke(app, [*command, "bus-shelter"])
    assert done.exit_code == 1
    assert "S085 not reviewed by clinicians or people with lived experience" in done.stdout
    reviewed = tmp_path / "reviewed.yaml"
    reviewed.write_text(SMALL.read_text().replace("seed: 1\n", "reviewed_by: [A. Clinician]\nseed: 1\n"))
    done = runner.invoke(app, [*command, str(reviewed)])
    assert done.exit_code == 0, done.stdout
    assert "not reviewed" not in done.stdout


def test_checking_plays_the_scenario_too(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    options = ["--jobs", "1", "--format", "json"]
    done = runner.invoke(app, ["scenario", "check", str(path), *options])
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
    assert re.fullmatch(r"Simulating \d+ sessions ...\n", done.stderr)
    path.write_text(TINY.replace("seeds: 3, outcome: left", "seeds: 3, outcome: calm"))
    done = runner.invoke(app, ["scenario", "check", str(path), *options])
    assert done.exit_code == 1
    assert [fault["code"] for fault in json.loads(done.stdout)] == ["S081"]
    done = runner.invoke(app, ["scenario", "check", str(path), "--no-simulate", *options])
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])


def test_a_scenario_with_errors_is_not_played(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY.replace("seeds: 3, outcome: left", "seeds: 3, outcome: gone"))
    done = runner.invoke(app, ["scenario", "check", str(path), "--format", "json"])
    assert [fault["code"] for fault in json.loads(done.stdout)] == ["S023"]


def test_faults_for_code_hosts(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(TINY + "colour: blue\n")
    done = runner.invoke(app, ["scenario", "check", str(path), "--format", "sarif"])
    assert done.exit_code == 1
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("S001", "error")


def test_the_schema_for_editors(tmp_path: Path) -> None:
    printed = json.loads(runner.invoke(app, ["scenario", "schema"]).stdout)
    assert printed["title"] == "Scenario"
    done = runner.invoke(app, ["scenario", "schema", "locale", "-o", str(tmp_path / "locale.json")])
    assert done.exit_code == 0
    assert json.loads((tmp_path / "locale.json").read_text())["title"] == "Locale"


def test_all_faults_of_a_scenario_come_at_once_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    text = SMALL.read_text()
    text = text.replace("distance < 2 m", "distance < 2 s").replace("to: settled}", "to: nowhere}")
    path.write_text(text + "colour: blue\n")
    done = runner.invoke(app, ["scenario", "check", str(path), "--format", "json"])
    assert done.exit_code == 1
    faults = json.loads(done.stdout)
    told = " ".join(fault["message"] for fault in faults)
    assert len(faults) >= 3
    assert all(fault["path"] == str(path) and fault["line"] >= 1 for fault in faults)
    assert all(word in told for word in ("nowhere", "colour"))
    as_text = runner.invoke(app, ["scenario", "check", str(path)])
    assert re.search(rf"{re.escape(str(path))}:\d+:\d+: S\d\d\d ", as_text.stdout)


def test_a_scenario_that_is_not_there_is_a_fault_not_a_traceback(tmp_path: Path) -> None:
    done = runner.invoke(app, ["scenario", "check", str(tmp_path / "none.yaml")])
    assert done.exit_code == 1
    assert "cannot be opened" in done.stdout


def test_a_shipped_scenario_that_is_misspelt_is_suggested() -> None:
    for name in ("bus_shelter", "bus-sheltr"):
        done = runner.invoke(app, ["scenario", "check", name], env={"COLUMNS": "300"})
        assert done.exit_code == 2
        assert "did you mean 'bus-shelter'? Shipped: bridge-parapet, bus-shelter" in " ".join(done.output.split())


def test_recorded_sessions_are_listed_from_the_database_alone(database: str, tmp_path: Path) -> None:
    done = runner.invoke(app, ["sessions", "list", "--json", "--database-url", database, "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == []


def test_an_unknown_session_is_told_so(database: str, tmp_path: Path) -> None:
    unknown = "00000000-0000-0000-0000-000000000009"
    options = ["--database-url", database, "--data", str(tmp_path)]
    for command in (["grade", unknown], ["export", unknown, str(tmp_path / "out")], ["sessions", "show", unknown]):
        done = runner.invoke(app, [*command, *options])
        assert done.exit_code != 0
        assert unknown in done.output + str(done.exception)


def test_a_file_s_fault_names_the_file_and_no_number(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(OSError, match="none") as caught:
        missing.read_bytes()
    assert told(caught.value) == f"{missing}: no such file or directory"
    assert told(OSError("the server did not start")) == "the server did not start"


def test_a_wrong_sensors_file_is_told_before_a_database_is_made(tmp_path: Path) -> None:
    (tmp_path / "sensors.toml").write_text("[sensor]\n")
    done = runner.invoke(app, ["serve", "--port", "0", "--data", str(tmp_path)])
    assert isinstance(done.exception, SensorsError)
    assert [path.name for path in tmp_path.iterdir()] == ["sensors.toml"]
