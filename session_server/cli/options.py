"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from scenario_assets import library
from scenario_assets.language.faults import meant
from session_server.net.settings import DEFAULT_PORT
from telemetry.embedded import default_data_dir

Data = Annotated[
    Path | None,
    typer.Option(
        help=f"Folder for the journal, the reports and the embedded database. [default: {default_data_dir()}]",
        envvar="TALKDOWN_DATA",
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="Use this PostgreSQL or TimescaleDB server instead of the embedded one.",
                 envvar="TALKDOWN_DATABASE_URL"),
]  # fmt: skip
Port = Annotated[int, typer.Option(min=0, max=65535, help=f"Port; 0 takes a free one. [default: {DEFAULT_PORT}]")]

ScenarioArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A scenario file, its folder, or the name of a shipped scenario.")
]


def scenario_file(named: Path) -> Path:
    """Return the file that a command's argument means: a scenario file, its folder, or a shipped scenario's name."""
    if str(named) in library.names():
        return library.path(str(named)) / "scenario.yaml"
    if named.name == str(named) and not named.suffix and not named.exists():
        likely = meant(str(named).lower().replace("_", "-"), library.names())
        told = f"no file, folder or shipped scenario {str(named)!r}; {likely}".rstrip("; ")
        raise typer.BadParameter(f"{told} Shipped: {', '.join(library.names())}")
    return named / "scenario.yaml" if named.is_dir() else named
