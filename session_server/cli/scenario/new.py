"""``talkdown scenario new``: a commented scenario to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from scenario_assets.authoring.starter import starter
from session_server.cli.terminal import console


def new(
    name: Annotated[str, typer.Argument(metavar="ID", help="The scenario's id: small letters, digits and dashes.")],
    title: Annotated[str | None, typer.Option(help="Its name for people; made of the id unless given.")] = None,
    directory: Annotated[Path, typer.Option("--dir", help="Make its folder in here.")] = Path(),
) -> None:
    """Write a small complete scenario to change: every section explained, with a lesson plan beside it.

    Writes a folder of the scenario's id, and never over one that is there.
    """
    try:
        files = starter(name, title)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    folder = directory / name
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; nothing was written")
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text, "utf-8")
    console.print(
        f"Written: {' and '.join(str(folder / file) for file in files)}\n\n"
        f"  talkdown scenario check {folder}\n  talkdown scenario play {folder}\n"
        f"  talkdown demo --scenario {folder}",
        markup=False, soft_wrap=True,
    )  # fmt: skip
