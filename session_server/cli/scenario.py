"""``talkdown scenario``: tools for authors."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scenario_assets import library
from scenario_assets.language import examine
from scenario_assets.language.check import as_json, as_text
from session_server.cli import importing

app = typer.Typer(no_args_is_help=True, help="Tools for those who write scenarios.")
app.command("import")(importing.import_)


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
    print(as_json(faults) if output == "json" else as_text(found, faults))
    broken = found is None or any(fault.severity == "error" for fault in faults)
    raise typer.Exit(1 if broken else 0)
