"""Twee 3 (specification 3.0.2): a story as text, passage after passage.

``:: Name [tag tag] {"position":"600,400"}`` opens a passage; in names and tags a backslash takes the meaning from the
character behind it. What cannot be decoded is told and left out, and reading goes on, as the specification asks.
"""

import json
import re
from itertools import pairwise

from scenario_assets.importers.story import Passage, Report, SourceLine, Story, distinct, position, shown

START = "::"
TITLE = "StoryTitle"
DATA = "StoryData"
#: The passage a story starts with unless its data name another.
DEFAULT_START = "Start"

#: One step through a header: an escaped character, a run of plain ones, or one that has a meaning.
_PIECE = re.compile(r"\\(?P<escaped>.)|(?P<plain>[^\\\[\]{}]+)|(?P<mark>[\[\]{}\\])")

#: What keeps a line of content that begins like a header from being one.
_ESCAPED_START = re.compile(rf"\A\\(?=\\*{START})")


def is_twee(text: str) -> bool:
    """Whether any line opens a passage."""
    return text.startswith(START) or f"\n{START}" in text


def parse_twee(text: str, report: Report) -> Story:
    """The story in this text. Line breaks must be ``\\n``; whatever is odd goes into the report."""
    passages = distinct(_passages(text.split("\n"), report), report)
    special = {passage.name: passage for passage in passages if passage.name in (TITLE, DATA)}
    data = _data(special[DATA], report) if DATA in special else {}
    title = special[TITLE].text.strip() if TITLE in special else ""
    rest = tuple(passage for passage in passages if passage.name not in special)
    start = data.get("start", "")
    names = {passage.name for passage in rest}
    if start and start not in names:
        report.tell(special[DATA].line, f"StoryData starts with {shown(start)}, but no passage has this name")
    if start not in names:
        start = DEFAULT_START if DEFAULT_START in names else ""
    return Story(
        title=title, ifid=data.get("ifid", ""), format=data.get("format", ""),
        format_version=data.get("format-version", ""), start=start or None, passages=rest,
    )  # fmt: skip


def header(name: str, tags: tuple[str, ...], at: tuple[float, float] | None) -> str:
    """A passage's first line, escaped so that ``parse_twee`` reads the same again."""
    parts = [START, _escaped(name)]
    if tags:
        parts.append(f"[{' '.join(_escaped(tag) for tag in tags)}]")
    if at is not None:
        parts.append(json.dumps({"position": f"{at[0]:.15g},{at[1]:.15g}"}))
    return " ".join(parts)


def content(line: str) -> str:
    """A line of a passage's content, escaped so that ``parse_twee`` does not take it for a header."""
    return f"\\{line}" if line.lstrip("\\").startswith(START) else line


def _escaped(text: str) -> str:
    return re.sub(r"[\\\[\]{}]", r"\\\g<0>", text)


def _passages(lines: list[str], report: Report) -> list[Passage]:
    starts = [number for number, line in enumerate(lines) if line.startswith(START)]
    before = lines[: starts[0]] if starts else lines
    for number, line in enumerate(before, 1):
        if line.strip():
            report.tell(number, "text before the first passage belongs to none and is left out")
            break
    passages: list[Passage] = []
    for start, end in pairwise([*starts, len(lines)]):
        passage = _passage(lines[start], start + 1, lines[start + 1 : end], report)
        if passage is not None:
            passages.append(passage)
    return passages


def _passage(opening: str, number: int, lines: list[str], report: Report) -> Passage | None:
    name, tags, metadata = _header(opening[len(START) :], number, report)
    if not name:
        report.tell(number, "a passage without a name cannot be linked to and is left out")
        return None
    content = [SourceLine(number + 1 + index, _ESCAPED_START.sub("", line)) for index, line in enumerate(lines)]
    while content and not content[-1].text.strip():
        content.pop()
    at = _place(metadata, number, report) if metadata else None
    return Passage(name=name, line=number, tags=tuple(tags.split()), position=at, lines=tuple(content))


def _header(text: str, number: int, report: Report) -> tuple[str, str, str]:
    """Name, tags (spaces between them) and metadata of a header behind its ``::``."""
    name, opened, at = _until(text, 0, "[{")
    tags = ""
    if opened == "[":
        tags, closed, at = _until(text, at, "]")
        if closed != "]":
            report.tell(number, "the tags in a passage's header are not closed by ]; all that follows is taken as tags")
        between, opened, at = _until(text, at, "{")
        if between.strip():
            report.tell(number, f"{shown(between.strip())} behind the tags of a passage means nothing and is left out")
    metadata = "{" + text[at:] if opened == "{" else ""
    return name.strip(), tags, metadata


def _until(text: str, at: int, marks: str) -> tuple[str, str, int]:
    """Decode from ``at`` up to one of these marks: the text, the mark or nothing, and where to go on."""
    found: list[str] = []
    while (piece := _PIECE.match(text, at)) is not None:
        at = piece.end()
        if piece["mark"] is not None and piece["mark"] in marks:
            return "".join(found), piece["mark"], at
        found.append(piece["escaped"] or piece["plain"] or piece["mark"])
    return "".join(found), "", at


def _place(metadata: str, number: int, report: Report) -> tuple[float, float] | None:
    values = _object(metadata)
    if values is None:
        report.tell(number, "the metadata {...} of a passage is no JSON object and is left out")
        return None
    at = position(values.get("position"))
    if at is None and "position" in values:
        report.tell(number, 'the position of a passage is not written as in "600,400" and is left out')
    return at


def _data(passage: Passage, report: Report) -> dict[str, str]:
    """The texts in StoryData."""
    values = _object(passage.text)
    if values is None:
        report.tell(passage.line, "StoryData is no JSON object and is left out")
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _object(text: str) -> dict[str, object] | None:
    """A JSON object, or None. A hostile one may nest deeper than Python, or have a number too long for it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
