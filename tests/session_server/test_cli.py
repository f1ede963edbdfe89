"""The command line: what it prints, and what it says when something is wrong."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from session_server.cli import app
from tests.session_server.rehearsal import SMALL

runner = CliRunner()


@pytest.mark.parametrize(
    "command",
    [
        ["--help"], ["demo", "--help"], ["serve", "--help"], ["simulate", "--help"], ["sessions", "list", "--help"],
        ["sessions", "show", "--help"], ["grade", "--help"], ["export", "--help"], ["scenario", "check", "--help"],
        ["scenario", "graph", "--help"], ["scenario", "play", "--help"], ["scenario", "replay", "--help"],
        ["scenario", "simulate", "--help"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(command: list[str]) -> None:
    done = runner.invoke(app, command)
    assert done.exit_code == 0
    assert len(done.stdout) > 200


def test_a_sound_scenario_has_no_faults() -> None:
    done = runner.invoke(app, ["scenario", "check", "bus-shelter"])
    assert done.exit_code == 0, done.stdout
    assert "not reviewed by clinicians" in done.stdout


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
