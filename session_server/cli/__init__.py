"""The command line: ``talkdown``."""

import logging
import sys
from typing import Annotated

import typer

from scenario_assets.language import ScenarioError
from scenario_assets.runtime.errors import RuntimeFault
from scoring import ScoringError
from session_server.cli import db, demo, quality, records, scenario, sensor, serve, simulate
from session_server.core.errors import Refusal
from telemetry.embedded import EmbeddedError
from telemetry.errors import TelemetryError

app = typer.Typer(
    name="talkdown", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Practise crisis intervention and de-escalation: sessions, live telemetry, explainable feedback.",
)  # fmt: skip
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("simulate")(simulate.simulate)
app.command("sensor")(sensor.sensor)
app.command("grade")(records.grade)
app.command("quality")(quality.quality)
app.command("export")(records.export)
app.add_typer(records.sessions, name="sessions")
app.add_typer(scenario.app, name="scenario")
app.add_typer(db.app, name="db")


@app.callback()
def options(verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False) -> None:
    """Options of every command."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )  # fmt: skip


def main() -> None:
    """Run the command line; a fault of the caller's is one line on standard error and exit status 1."""
    try:
        app()
    except (EmbeddedError, TelemetryError, ScoringError, Refusal, ScenarioError, RuntimeFault, OSError) as error:
        if logging.getLogger().isEnabledFor(logging.INFO):
            raise
        print(f"talkdown: {told(error)}", file=sys.stderr)
        sys.exit(1)


def told(error: Exception) -> str:
    """What to say of a fault; of a file's, which file and what the system says, without its number."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror[0].lower()}{error.strerror[1:]}"
    return str(error)
