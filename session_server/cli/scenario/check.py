"""``talkdown scenario check``: everything that is wrong with a scenario, in one go."""

from typing import Annotated, Final, Literal

import typer

from scenario_assets.authoring.simulated import check_simulated, seeds_wanted
from scenario_assets.language import Fault, inspect
from scenario_assets.language.check import as_json, as_sarif, as_text
from scenario_assets.language.review import summative_faults
from session_server.cli.options import ScenarioArgument, scenario_file
from session_server.cli.scenario.exploring import Jobs, explored

#: Sessions of each policy: some seconds for the shipped scenarios. More narrow the interval, which is honest about few.
DEFAULT_SEEDS: Final = 40

Format = Annotated[
    Literal["text", "json", "sarif"], typer.Option("--format", help="How to print the faults; SARIF for code hosts.")
]
Simulate = Annotated[bool, typer.Option(help="Also let the scenario's policies play it, where it has no errors.")]
Films = Annotated[bool, typer.Option(help="Also look into the films it shows.")]
Seeds = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many simulated sessions of each policy.")]
Summative = Annotated[bool, typer.Option("--summative", help="Ask for what assessing people needs: a review.")]


def check(
    file: ScenarioArgument, output: Format = "text", simulate: Simulate = True, films: Films = True,
    seeds: Seeds = DEFAULT_SEEDS, jobs: Jobs = None, summative: Summative = False,
) -> None:  # fmt: skip
    """Check a scenario file: every fault with its file, line and code; exit status 1 where there are errors.

    A scenario without errors is then played by each of its policies, as often as its expectations ask, at most --seeds
    times: transitions that never fire, endings that are not as expected, drives that never work.
    """
    found = inspect(scenario_file(file), films=films)
    scenario = found.scenario
    if scenario is not None and simulate and scenario.policies and not _broken(found.faults):
        exploration = explored(scenario, None, seeds_wanted(scenario, most=seeds), jobs)
        check_simulated(scenario, found.reader, exploration)
    faults = found.faults
    if scenario is not None and summative:
        faults += summative_faults(scenario, place=found.reader.place(scenario, "reviewed_by"))
    match output:
        case "json":
            print(as_json(faults))
        case "sarif":
            print(as_sarif(faults))
        case "text":
            print(as_text(scenario, faults))
    raise typer.Exit(1 if scenario is None or _broken(faults) else 0)


def _broken(faults: tuple[Fault, ...]) -> bool:
    return any(fault.severity == "error" for fault in faults)
