"""``talkdown scenario check``: everything that is wrong with a scenario, in one go."""

from typing import Annotated, Literal

import typer

from scenario_assets.language import examine
from scenario_assets.language.check import as_json, as_text
from session_server.cli.options import ScenarioArgument, scenario_file


def check(
    file: ScenarioArgument,
    output: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print the faults.")] = "text",
) -> None:
    """Check a scenario file: every fault with its file, line and code; exit status 1 where there are errors."""
    found, faults = examine(scenario_file(file))
    print(as_json(faults) if output == "json" else as_text(found, faults))
    broken = found is None or any(fault.severity == "error" for fault in faults)
    raise typer.Exit(1 if broken else 0)
