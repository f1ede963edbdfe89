"""Simulated trainees for several commands: their options, and a bar that shows how far they are."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scenario_assets.language import Scenario
from scenario_assets.runtime import Exploration, explore
from session_server.cli.terminal import progress, progress_console

Seeds = Annotated[int, typer.Option(min=1, max=100_000, help="Sessions of each policy, with the seeds 0, 1, 2 ...")]
Jobs = Annotated[
    int | None, typer.Option(min=1, max=256, help="Processes to simulate in; one per processor unless given.")
]


def explored(
    scenario: Scenario, policies: Sequence[str] | None, seeds: int | Mapping[str, int], jobs: int | None
) -> Exploration:
    """Simulate these policies (all for None), with a bar on standard error while it takes.

    Where that is no terminal, one line says what takes so long. ``seeds`` may differ by policy.
    """
    names = tuple(scenario.policies) if policies is None else tuple(dict.fromkeys(policies))
    total = len(names) * seeds if isinstance(seeds, int) else sum(seeds[name] for name in names)
    if not progress_console.is_terminal:
        progress(f"Simulating {total} sessions ...")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=progress_console, transient=True, disable=not progress_console.is_terminal) as bar:
        task = bar.add_task("Simulating", total=total)
        return explore(
            scenario, policies=names, seeds=seeds, jobs=jobs or os.cpu_count() or 1,
            progress=lambda finished: bar.advance(task, finished),
        )  # fmt: skip
