"""The author's commands: what they print, where they write, and what they say when something is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

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
