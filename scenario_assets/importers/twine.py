"""Importing from Twine: a story's text in, a scenario's text out. Nothing of a story is ever executed."""

from dataclasses import dataclass
from typing import Final

from scenario_assets.importers.plan import plan
from scenario_assets.importers.story import MAX_CONTENT, MAX_PASSAGES, TOO_LONG, Report, Story, refusal, shown
from scenario_assets.importers.twee import is_twee, parse_twee
from scenario_assets.importers.twine_html import is_html, is_twine_1, parse_html
from scenario_assets.importers.write import write
from scenario_assets.language.faults import Fault
from scenario_assets.language.files import MAX_BYTES

#: A published story holds its story format too, a megabyte or so; films and pictures inside it are not read.
MAX_STORY_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """The text of a scenario file, and what of the story it lacks, each with the line of the story's file."""

    text: str
    faults: tuple[Fault, ...]


def import_story(text: str, path: str, *, name: str | None = None) -> Imported:
    """Make a scenario of the Twee 3 or Twine 2 HTML in ``text``, which was read from ``path``.

    Of several stories in one file ``name`` says which, by title or IFID. Raises ScenarioError (S091) where there is
    no story to import.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_STORY_BYTES:
        raise refusal(path, 1, f"the file has {size} bytes, at most {MAX_STORY_BYTES} are read")
    # Half a character (a lone surrogate) can be neither printed nor written.
    text = text.encode("utf-8", "replace").decode().removeprefix("\ufeff")
    report = Report(path)
    story = _story(text.replace("\r\n", "\n").replace("\r", "\n"), name, report)
    if len(story.passages) > MAX_PASSAGES:
        told = f"the story has {len(story.passages)} passages, at most {MAX_PASSAGES} are read; divide it first"
        raise refusal(path, story.line, told)
    draft = plan(story, report)
    if not draft.regions:
        raise refusal(path, story.line, f"the story {shown(story.title)} has no passages that could become nodes")
    scenario = write(draft, story, path.replace("\\", "/").rpartition("/")[2])
    if len(scenario.encode()) > MAX_BYTES:
        told = f"the scenario would have more than {MAX_BYTES} bytes, which cannot be read; divide the story first"
        raise refusal(path, story.line, told)
    return Imported(scenario, report.faults)


def _story(text: str, name: str | None, report: Report) -> Story:
    # A Twee file may hold HTML in a passage, but a web page does not begin with a passage.
    if text.lstrip().startswith("::") or (is_twee(text) and not is_html(text)):
        if len(text) > MAX_CONTENT:
            raise refusal(report.path, 1, TOO_LONG)
        return _chosen([parse_twee(text, report)], name, report)
    if is_html(text):
        return _chosen(parse_html(text, report), name, report)
    if is_twine_1(text):
        told = "this is a story of Twine 1; open it in Twine 2 and export it from there"
        raise refusal(report.path, 1, told)
    told = "no story is found: a Twee 3 file has lines `:: Passage`, a Twine 2 page an element <tw-storydata>"
    raise refusal(report.path, 1, told)


def _chosen(stories: list[Story], name: str | None, report: Report) -> Story:
    found = [story for story in stories if name is None or name in (story.title, story.ifid)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{shown(story.title)} (IFID {shown(story.ifid)}, line {story.line})" for story in stories[:20])
    if name is not None and not found:
        raise refusal(report.path, 1, f"no story {shown(name)}; there are {known or 'none'}")
    raise refusal(report.path, 1, f"say which of {len(found)} stories is meant: {known or 'none can be read'}")
