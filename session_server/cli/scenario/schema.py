"""``talkdown scenario schema``: the format for editors."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from scenario_assets.language.document import Scenario
from scenario_assets.language.locales import Locale
from scenario_assets.language.schema import schema as schema_of
from session_server.cli.terminal import console

_OF = {"scenario": Scenario, "locale": Locale}

Kind = Annotated[Literal["scenario", "locale"], typer.Argument(help="Of a scenario, or of a locale file.")]


def schema(
    what: Kind = "scenario",
    out: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Print the JSON Schema (2020-12) of the format, for editors that complete and check while one writes.

    Editors with a YAML language server use it for a file whose first line is
    `# yaml-language-server: $schema=scenario.schema.json`.
    """
    text = json.dumps(schema_of(_OF[what]), indent=1)
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", "utf-8")
        console.print(f"Written: {out}", markup=False, soft_wrap=True)
