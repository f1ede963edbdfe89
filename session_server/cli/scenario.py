"""``talkdown scenario``: tools for authors."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from scenario_assets import library
from scenario_assets.language import examine
from session_server.cli.terminal import console

app = typer.Typer(no_args_is_help=True, help="Tools for those who write scenarios.")


@app.callback()
def scenario() -> None:
    """Tools for those who write scenarios."""
    # A group with a single command needs a callback, or typer folds the two into one.


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A scenario file, or the name of a shipped scenario.")],
    output: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print the faults.")] = "text",
) -> None:
    """Check a scenario file: every fault with its file, line and code; exit status 1 where there are errors."""
    path = library.path(str(file)) / "scenario.yaml" if str(file) in library.names() else file
    found, faults = examine(path)
    if output == "json":
        print(json.dumps([asdict(fault) for fault in faults], indent=1))
    else:
        for fault in faults:
            console.print(f"{fault} ({fault.severity})", markup=False, soft_wrap=True)
    errors = sum(fault.severity == "error" for fault in faults)
    if output == "text":
        told = f"{errors} errors, {len(faults) - errors} warnings" if faults else "no faults"
        console.print(f"{path}: {told}", markup=False, soft_wrap=True)
    if found is not None and not found.reviewed_by and output == "text":
        console.print("Not reviewed by clinicians or people with lived experience; not for summative use.")
    raise typer.Exit(1 if errors or found is None else 0)
