"""``talkdown scenario import``: a scenario from a story made in Twine."""

from pathlib import Path
from typing import Annotated

import typer

from scenario_assets.importers import import_story
from scenario_assets.importers.twine import MAX_STORY_BYTES
from scenario_assets.language import Fault, ScenarioError, examine
from scenario_assets.language.check import as_text


def import_(
    story: Annotated[Path, typer.Argument(help="A Twee 3 file, or HTML that Twine 2 has published or archived.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The scenario file to write. [default: STORY with .yaml]")
    ] = None,
    name: Annotated[str | None, typer.Option("--story", help="Of several in an archive: title or IFID.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Make a scenario file of a Twine story, and tell line by line what of the story it could not bring over.

    Then check what was written. Exit status 1 where there is no story; things left out are no failure.
    """
    path = output or story.with_suffix(".yaml")
    if path.exists() and not force:
        raise FileExistsError(f"{path} is there already; name another file with -o, or replace it with --force")
    made = import_story(_read(story), str(story), name=name)
    path.write_text(made.text, encoding="utf-8")
    for fault in made.faults:
        print(fault)
    print(f"{story}: {_told(len(made.faults))}")
    print(f"wrote {path}; look for `Decide` in it")
    print(as_text(*examine(path)))


def _read(path: Path) -> str:
    """The file's text. A file too large to be a story is read only so far that this can be told."""
    with path.open("rb") as file:
        data = file.read(MAX_STORY_BYTES + 1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioError((Fault("S091", str(path), line, 1, "not UTF-8 text"),)) from error


def _told(count: int) -> str:
    if count == 0:
        return "all of it could be brought over"
    return f"{count} {'thing needs' if count == 1 else 'things need'} a look, see above"
