"""``talkdown scenario graph``: a scenario as a picture, as text for Mermaid or Graphviz."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scenario_assets.authoring.diagram import diagram
from scenario_assets.authoring.dot import dot
from scenario_assets.authoring.mermaid import mermaid
from scenario_assets.language import load
from session_server.cli.options import ScenarioArgument, scenario_file
from session_server.cli.scenario.exploring import Jobs, Seeds, explored
from session_server.cli.terminal import console

#: What --coverage takes for every policy together.
EVERY = "all"


def graph(
    file: ScenarioArgument,
    output: Annotated[
        Literal["mermaid", "dot"], typer.Option("--format", help="Mermaid (stateDiagram-v2) or Graphviz.")
    ] = "mermaid",
    coverage: Annotated[
        str | None,
        typer.Option(metavar="POLICY|all", help="Simulate, and write how often nodes and arrows were used."),
    ] = None,
    seeds: Seeds = 20,
    jobs: Jobs = None,
    out: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Draw a scenario: regions, nodes, endings, and every way between them with its condition.

    Markdown pages of many sites draw Mermaid; `dot -Tsvg FILE` draws Graphviz.
    With --coverage, what no simulated trainee ever reached is marked.
    """
    scenario = load(scenario_file(file))
    seen = None
    if coverage is not None:
        seen = explored(scenario, None if coverage == EVERY else [coverage], seeds, jobs).coverage
    picture = diagram(scenario, coverage=seen)
    text = dot(picture) if output == "dot" else mermaid(picture)
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, "utf-8")
        console.print(f"Written: {out}", markup=False, soft_wrap=True)
