"""What stands in a passage: settings, links, spoken words, and the prose that is left.

- A *vars section* (Chapbook's: lines ``name: value``, closed by a line ``--``) opens the passage, if there is one.
- ``Name: "words"`` on a line of its own is spoken by Name; without quotes only where the cast knows the name.
- A line that begins with a backslash is prose, whatever else it looks like (Chapbook and unknown formats).
- Chapbook's ``[note]`` is prose for the author alone, ``[JavaScript]`` and ``[CSS]`` are code.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from scenario_assets.importers import macros
from scenario_assets.importers.links import Link, split_links
from scenario_assets.importers.story import Passage, Report, SourceLine, shown

VARS_END = "--"
LITERAL = "\\"
#: Speakers who are the trainee: their words are the choices, so what they say in prose stays prose.
TRAINEE = frozenset({"you", "trainee"})

_SETTING = re.compile(r"(?P<name>[^:]+):(?P<value>.*)")
_SPEECH = re.compile(r"[*_/']*+(?P<name>[^\W\d_][\w .'\u2019-]{0,63}?)[*_/']*+:[*_/']*+(?P<words>\s.*)")
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "\u2018": "\u2019"}
_MODIFIER = re.compile(r"\[(?P<name>[^\[\]]+)\]")
_CODE = frozenset({"javascript", "css"})
_NOTE = frozenset({"note", "note to myself", "n.b.", "fixme", "todo"})
_CONTINUE = frozenset({"continue", "cont'd", "cont"})


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of the vars section."""

    line: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Words somebody says."""

    line: int
    speaker: str
    words: str


@dataclass(frozen=True, slots=True)
class Content:
    """A passage, read. ``whole`` is False where something in it would be executed and was not brought over."""

    settings: tuple[Setting, ...]
    links: tuple[Link, ...]
    speech: tuple[Speech, ...]
    prose: str
    whole: bool


def read_content(passage: Passage, family: str, cast: Collection[str], report: Report) -> Content:
    """Read a passage of a story in this format family; ``cast`` are the names that speak without quotes."""
    settings, rest = _settings(passage.lines, family, report)
    reading = _Reading(family, cast, report)
    for line in rest:
        reading.read(line)
    prose = re.sub(r"\n{3,}", "\n\n", "\n".join(reading.prose)).strip()
    return Content(settings, tuple(reading.links), tuple(reading.speech), prose, reading.whole)


def reads_as_prose(line: str, cast: Collection[str]) -> bool:
    """Whether a line of a passage (in Chapbook, with this cast) is nothing but prose, as it stands."""
    reading = _Reading("chapbook", cast, Report(""))
    reading.read(SourceLine(1, line))
    return reading.prose == [line] and reading.whole and line.strip() != VARS_END


def _settings(
    lines: Sequence[SourceLine], family: str, report: Report
) -> tuple[tuple[Setting, ...], Sequence[SourceLine]]:
    """The vars section and the lines behind it; in other formats than Chapbook only where it can be nothing else."""
    end = next((at for at, line in enumerate(lines) if line.text.rstrip() == VARS_END), None)
    if end is None:
        return (), lines
    settings: list[Setting] = []
    for line in lines[:end]:
        match = _SETTING.fullmatch(line.text)
        if match is not None:
            settings.append(Setting(line.number, " ".join(match["name"].split()), match["value"].strip()))
        elif line.text.strip() and family != "chapbook":
            return (), lines
        elif line.text.strip():
            told = f"{shown(line.text.strip())} before {VARS_END} is no `name: value` and is left out"
            report.tell(line.number, told)
    return tuple(settings), lines[end + 1 :]


class _Reading:
    """Takes the lines of one passage, in order."""

    def __init__(self, family: str, cast: Collection[str], report: Report) -> None:
        self._family = family
        self._cast = cast
        self._report = report
        self._code = False
        self.links: list[Link] = []
        self.speech: list[Speech] = []
        self.prose: list[str] = []
        self.whole = True

    def read(self, line: SourceLine) -> None:
        text = line.text.expandtabs(4).rstrip()
        like_chapbook = self._family in ("chapbook", "")
        if like_chapbook and (modifier := _MODIFIER.fullmatch(text)) is not None:
            self._modifier(line.number, modifier["name"].strip(), text)
        elif self._code:
            return
        elif like_chapbook and text.startswith(LITERAL):
            self.prose.append(text[len(LITERAL) :])
        else:
            self._line(SourceLine(line.number, text))

    def _modifier(self, number: int, name: str, text: str) -> None:
        self._code = name.lower() in _CODE
        if name.lower() in _NOTE | _CONTINUE:
            return
        self.whole = False
        if self._code:
            self._report.tell(number, f"the code below the Chapbook modifier [{name}] is not run and is left out")
            return
        told = f"the Chapbook modifier {shown(f'[{name}]')} has no counterpart here; it stands in the note"
        self._report.tell(number, told)
        self.prose.append(text)

    def _line(self, line: SourceLine) -> None:
        links, read, left = split_links(line)
        for what in macros.find(read, self._family):
            self.whole = False
            self._report.tell(line.number, f"{what} has no counterpart here; it stands in the note")
        for link in links:
            if link.setter:
                told = f"the setter {shown(f'[{link.setter}]')} of a link has no counterpart here and is left out"
                self._report.tell(line.number, told)
        self.links.extend(links)
        if links and not re.search(r"\w", left):
            return  # nothing but links, as in a list of choices
        speech = self._spoken(line) if not links else None
        if speech is not None:
            self.speech.append(speech)
        else:
            self.prose.append(read)

    def _spoken(self, line: SourceLine) -> Speech | None:
        match = _SPEECH.fullmatch(line.text.strip())
        if match is None or match["name"].lower() in TRAINEE:
            return None
        words = match["words"].strip()
        quoted = len(words) > 2 and words[-1] == _QUOTES.get(words[0])
        said = words[1:-1].strip() if quoted else words
        if said and (quoted or match["name"] in self._cast):
            return Speech(line.number, match["name"], said)
        if match["name"][0].isupper() and len(match["name"].split()) <= 2:
            told = (
                f"{shown(match['name'] + ':')} may be somebody who speaks; put the words in quotes, or name "
                f"{shown(match['name'])} in a passage tagged `cast`, to make them spoken lines"
            )
            self._report.tell(line.number, told, once=True)
        return None
