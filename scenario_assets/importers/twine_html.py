"""Twine 2 HTML (output specification 1.0.1): published stories, and archives with several.

Only the elements of the specification are looked at, in one pass from the first character to the last. The standard
library's ``html.parser`` is not used: on tags that are never closed it takes time with the square of their number,
and it stops with an exception at some marked sections and at character references of many digits.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Mapping

from scenario_assets.importers.story import (
    MAX_CONTENT,
    TOO_LONG,
    Passage,
    Report,
    SourceLine,
    Story,
    distinct,
    position,
    refusal,
)

_ELEMENT = re.compile(r"<(?P<close>/?)(?P<name>tw-storydata|tw-passagedata|script|style)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=>\"'/]++)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s>\"']++)))?"
)
_SPACE = re.compile(r"\s++")
#: Bounded, unlike ``html.unescape``, which fails at numbers too long for Python.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_CODE = {"script": "JavaScript", "style": "a style sheet"}


def is_html(text: str) -> bool:
    """Whether a Twine 2 story begins somewhere in the text."""
    return re.search(r"<tw-storydata[\s/>]", text, re.IGNORECASE) is not None


def is_twine_1(text: str) -> bool:
    """Whether this looks like the HTML of Twine 1, which keeps its passages in another way."""
    return re.search(r"""id\s{0,9}=\s{0,9}["']?store-?area\b""", text, re.IGNORECASE) is not None


def parse_html(text: str, report: Report) -> list[Story]:
    """All stories in this text. Line breaks must be ``\\n``; whatever is odd goes into the report."""
    return _Scanner(text, report).stories()


class _Scanner:
    def __init__(self, text: str, report: Report) -> None:
        self._text = text
        self._report = report
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._size = 0  # characters of all passages so far
        self._stories: list[Story] = []
        self._passages: list[tuple[str, Passage]] = []  # of the open story, with their pid
        self._open: tuple[int, Mapping[str, str]] | None = None  # where the open story begins, and its attributes

    def stories(self) -> list[Story]:
        at: int | None = 0
        while at is not None and (element := _ELEMENT.search(self._text, at)) is not None:
            at = self._element(element["name"].lower(), element, closing=bool(element["close"]))
        self._finish()
        return self._stories

    def _element(self, name: str, element: re.Match[str], *, closing: bool) -> int | None:
        """Take in one element; where to go on, or None where the file ends inside it."""
        if closing:
            if name == "tw-storydata":
                self._finish()
            return element.end()
        attributes, at = self._attributes(element.end())
        if at is None:
            self._cut(element.start())
            return None
        if name == "tw-storydata":
            self._finish()
            self._open = (element.start(), attributes)
            return at
        end = re.compile(f"</{name}", re.IGNORECASE).search(self._text, at)
        content = self._text[at : end.start() if end is not None else len(self._text)]
        if self._open is not None and name == "tw-passagedata":
            self._passage(element.start(), at, attributes, content)
        elif self._open is not None and content.strip():
            told = f"{_CODE[name]} of the story is not run and is left out"
            self._report.tell(self._line(element.start()), told)
        if end is None:
            self._cut(element.start())
            return None
        return end.end()

    def _cut(self, at: int) -> None:
        """Tell that a story is cut off."""
        if self._open is not None:
            self._report.tell(self._line(at), "the file ends inside this element; what is missing is left out")

    def _line(self, offset: int) -> int:
        return bisect_right(self._breaks, offset - 1) + 1

    def _attributes(self, at: int) -> tuple[dict[str, str], int | None]:
        """The attributes from here to the end of the tag, and where the content begins."""
        found: dict[str, str] = {}
        while at < len(self._text):
            if self._text[at] == ">":
                return found, at + 1
            attribute = _ATTRIBUTE.match(self._text, at)
            if attribute is None:
                space = _SPACE.match(self._text, at)
                at = space.end() if space is not None else at + 1  # a stray quote or slash
                continue
            value = attribute["double"] or attribute["single"] or attribute["bare"] or ""
            found.setdefault(attribute["name"].lower(), _unescaped(value))
            at = attribute.end()
        return found, None

    def _passage(self, start: int, content_at: int, attributes: Mapping[str, str], content: str) -> None:
        line = self._line(start)
        self._size += len(content)
        if self._size > MAX_CONTENT:
            raise refusal(self._report.path, line, TOO_LONG)
        first = self._line(content_at)
        lines = [
            SourceLine(first + index, part)
            for index, raw in enumerate(content.split("\n"))
            for part in _unescaped(raw).split("\n")
        ]
        while lines and not lines[-1].text.strip():
            lines.pop()
        name = " ".join(attributes.get("name", "").split())
        if not name:
            self._report.tell(line, "a passage without a name cannot be linked to and is left out")
            return
        at = position(attributes.get("position"))
        if at is None and attributes.get("position"):
            told = 'the position of a passage is not written as in "600,400" and is left out'
            self._report.tell(line, told)
        tags = tuple(attributes.get("tags", "").split())
        passage = Passage(name=name, line=line, tags=tags, position=at, lines=tuple(lines))
        self._passages.append((attributes.get("pid", ""), passage))

    def _finish(self) -> None:
        """Close the open story, if there is one."""
        if self._open is None:
            return
        start, attributes = self._open
        line = self._line(start)
        pid = attributes.get("startnode", "")
        first = next((passage.name for number, passage in self._passages if pid and number == pid), None)
        if first is None and self._passages:
            self._report.tell(line, f"no passage has the startnode {pid[:20]!r}")
        passages = distinct([passage for _, passage in self._passages], self._report)
        self._stories.append(
            Story(
                title=attributes.get("name", "").strip(), ifid=attributes.get("ifid", ""),
                format=attributes.get("format", ""), format_version=attributes.get("format-version", ""),
                start=first, line=line, passages=passages,
            )
        )  # fmt: skip
        self._open, self._passages = None, []


def _unescaped(text: str) -> str:
    return _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)
