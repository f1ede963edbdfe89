"""``talkdown scenario simulate``: a scenario's scripted trainees over many seeds, and what came of them."""

import json
from itertools import groupby
from typing import Annotated, Final, Literal

import typer
from rich.table import Table
from rich.text import Text

from scenario_assets.authoring.findings import Findings, as_data, findings
from scenario_assets.language import load
from scenario_assets.runtime import InputError, Quartiles
from session_server.cli.options import ScenarioArgument, scenario_file
from session_server.cli.scenario.exploring import Jobs, Seeds, explored
from session_server.cli.terminal import console

_HEADINGS: Final = {
    "node": "Nodes never entered",
    "transition": "Transitions never fired",
    "drive": "Drives never at work",
    "reflex": "Reflexes never fired",
}


def simulate(
    file: ScenarioArgument,
    policy: Annotated[
        list[str] | None, typer.Option(help="A scripted trainee to play, may be repeated; all of them unless given.")
    ] = None,
    seeds: Seeds = 100,
    jobs: Jobs = None,
    output: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print what was found.")] = "text",
) -> None:
    """Let a scenario's scripted trainees play it many times, without server and clock.

    Shares carry Wilson's 95 % interval. What nobody ever reached is listed: it may be
    a mistake, or a policy is missing that gets there.
    """
    scenario = load(scenario_file(file))
    if not scenario.policies:
        raise InputError(f"{scenario.id} has no scripted trainees; give it `policies`")
    found = findings(scenario, explored(scenario, policy, seeds, jobs))
    if output == "json":
        print(json.dumps(as_data(found), indent=1))
    else:
        _tell(found)


def _tell(found: Findings) -> None:
    sessions = found.exploration.coverage.sessions
    console.print(f"{found.scenario.title}: {sessions} simulated sessions", markup=False)
    for table in (_outcomes(found), _states(found), _expectations(found)):
        if table.rows:
            console.print()
            console.print(table)
    for kind, unused in groupby(found.unused, key=lambda one: one.kind):
        table = Table(box=None, pad_edge=False, show_header=False)
        for one in unused:
            _row(table, f"  {one.where}", one.words)
        console.print(f"\n{_HEADINGS[kind]} ({len(table.rows)})", markup=False)
        console.print(table)


def _outcomes(found: Findings) -> Table:
    table = _table("policy", "outcome", "share (95 % interval)", "median", "quartiles of the time")
    for name, sample in found.exploration.samples.items():
        for number, (outcome, share) in enumerate(sample.outcomes.items()):
            times = sample.times(outcome) or Quartiles(0, 0, 0)
            quartiles = f"{_clock(times.low)} to {_clock(times.high)}"
            _row(table, "" if number else name, outcome, str(share), _clock(times.median), quartiles)
    return table


def _states(found: Findings) -> Table:
    table = _table("state", "lowest", "highest", "time at an end of its range")
    for name, reach in found.exploration.coverage.states.items():
        saturated = found.exploration.coverage.saturated(name)
        _row(table, name, f"{reach.low:.1f}", f"{reach.high:.1f}", f"{saturated * 100:.1f} %")
    return table


def _expectations(found: Findings) -> Table:
    table = _table("expectation", "of", "asked", "found")
    for tally in found.tallies:
        expect = tally.expect
        within = f" within {_clock(expect.within)}" if expect.within is not None else ""
        asked = f"{' or '.join(expect.outcome)}{within}: at least {expect.at_least * 100:.0f} %"
        _row(table, tally.verdict, expect.policy, asked, str(tally.share))
    return table


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False, header_style="dim")


def _row(table: Table, *cells: str) -> None:
    """As plain text: what rich takes for markup is a guard's interval here."""
    table.add_row(*map(Text, cells))


def _clock(ms: float) -> str:
    """Minutes and seconds: ``7:05``."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes}:{seconds:02}"
