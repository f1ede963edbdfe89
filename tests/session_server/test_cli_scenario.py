"""The author's commands: what they print, where they write, and what they say when something is wrong."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import scenario_assets
from scenario_assets.runtime import UnknownName
from session_server.cli import app
from tests.scenario_assets.texts import SMALL

runner = CliRunner(env={"COLUMNS": "100"})


@pytest.fixture
def small_file(tmp_path: Path) -> str:
    path = tmp_path / "scenario.yaml"
    path.write_text(SMALL)
    return str(path)


def test_graph_prints_mermaid_and_dot(small_file: str) -> None:
    done = runner.invoke(app, ["scenario", "graph", small_file])
    assert done.exit_code == 0
    assert "stateDiagram-v2\n" in done.stdout
    done = runner.invoke(app, ["scenario", "graph", str(Path(small_file).parent), "--format", "dot"])
    assert done.stdout.startswith("digraph scenario {\n")
    assert "never" not in done.stdout


def test_graph_writes_to_a_file_and_counts_what_trainees_did(small_file: str, tmp_path: Path) -> None:
    out = tmp_path / "picture.dot"
    options = ["--format", "dot", "--coverage", "all", "--seeds", "2", "--jobs", "1", "-o", str(out)]
    done = runner.invoke(app, ["scenario", "graph", small_file, *options])
    assert done.exit_code == 0
    assert str(out) in done.stdout.replace("\n", "")
    assert "4 x" in out.read_text("utf-8")
    done = runner.invoke(app, ["scenario", "graph", small_file, "--coverage", "nobody"])
    assert isinstance(done.exception, UnknownName)


def test_simulate_tells_shares_times_and_what_never_happened(small_file: str) -> None:
    done = runner.invoke(app, ["scenario", "simulate", small_file, "--seeds", "3", "--jobs", "1"])
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "A small scenario: 6 simulated sessions"
    assert "nothing nothing 100 % (44 to 100 %) 3:00 3:00 to 3:00" in lines
    assert "met nothing nothing: at least 100 % 100 % (44 to 100 %)" in lines
    assert "person.shouting" in lines
    assert "person.pacing -> shouting escalation: agitation >= 80" in lines
    assert "everywhere flinches: said(threat)" in lines
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_what_looks_like_markup_is_printed_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SMALL.replace("when: distance < 2 m,", 'when: "distance in [1 m, 2 m]",'))
    done = runner.invoke(app, ["scenario", "simulate", str(path), "--policy", "nothing", "--seeds", "1", "--jobs", "1"])
    assert "crowding: distance in [1 m, 2 m]" in done.stdout


def test_simulate_as_json_with_one_policy_in_two_processes(small_file: str) -> None:
    options = ["--policy", "friend", "--seeds", "15", "--jobs", "2", "--format", "json"]
    done = runner.invoke(app, ["scenario", "simulate", small_file, *options])
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert list(data["policies"]) == ["friend"]
    assert data["sessions"] == 15
    assert data["expectations"] == []


def test_a_scenario_without_policies_cannot_be_simulated(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SMALL.partition("policies:")[0])
    done = runner.invoke(app, ["scenario", "simulate", str(path)])
    assert done.exit_code == 1
    assert "small has no scripted trainees; give it `policies`" in str(done.exception)


def test_a_new_scenario_is_written_once_and_checks(tmp_path: Path) -> None:
    done = runner.invoke(app, ["scenario", "new", "corner-shop", "--dir", str(tmp_path / "mine")])
    assert done.exit_code == 0
    folder = tmp_path / "mine" / "corner-shop"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "scenario.yaml"]
    assert f"talkdown scenario check {folder}" in done.stdout
    checked = runner.invoke(app, ["scenario", "check", str(folder)])
    assert checked.exit_code == 0
    assert "corner-shop: no faults" in checked.stdout
    (folder / "scenario.yaml").write_text("mine")
    again = runner.invoke(app, ["scenario", "new", "corner-shop", "--dir", str(tmp_path / "mine")])
    assert again.exit_code == 1
    assert "is there already; nothing was written" in str(again.exception)
    assert (folder / "scenario.yaml").read_text() == "mine"


def test_a_new_scenario_needs_an_id(tmp_path: Path) -> None:
    done = runner.invoke(app, ["scenario", "new", "Corner Shop", "--dir", str(tmp_path)])
    assert done.exit_code == 2
    assert "is no id" in done.output
    assert list(tmp_path.iterdir()) == []


def test_the_commands_of_the_readme_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    readme = (Path(scenario_assets.__file__).parent / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    commands = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert [command[1] for command in commands if command[0] == "scenario"] == [
        "new", "check", "play", "simulate", "graph", "replay",
    ]  # fmt: skip
    for command in commands:
        if command[1] in ("new", "check", "simulate", "graph"):
            fast = ["--seeds", "3", "--jobs", "1"] if command[1] in ("check", "simulate", "graph") else []
            done = runner.invoke(app, [*command, *fast])
            assert done.exit_code == 0, done.output
        else:  # these need a terminal, a browser or a record; what they are given is right all the same
            assert runner.invoke(app, [*command[: 2 if command[0] == "scenario" else 1], "--help"]).exit_code == 0
    assert (tmp_path / "corner-shop.dot").read_text("utf-8").startswith("digraph")
