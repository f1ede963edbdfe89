"""A Twine story as its passages, whichever file it came from, and the report of what is lost on the way."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from scenario_assets.language.faults import Fault, ScenarioError
from scenario_assets.language.files import MAX_BYTES

#: Tile positions further out than this are no positions; Twine's own map is some thousand pixels wide.
FARTHEST_PX = 100_000.0
#: All prose of a story goes into one scenario file, which may not be longer.
MAX_CONTENT = MAX_BYTES
TOO_LONG = f"the passages have more than {MAX_CONTENT} characters, too many for one scenario; divide the story first"
#: A scenario of so many nodes has a megabyte, and nobody could oversee it.
MAX_PASSAGES = 5_000
#: A millionth of a pixel is nothing, but has a decimal form of sane length.
_DIGITS = 6
#: Nobody reads more; what is beyond is counted in a last fault of its own.
MAX_FAULTS = 1_000
#: Names of a story may be as long as its file; messages show this much of them.
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a passage and its number in the file; an escaped line break does not count there."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One passage; ``line`` is that of its header, ``position`` that of its tile in the editor, pixels."""

    name: str
    line: int
    tags: tuple[str, ...] = ()
    position: tuple[float, float] | None = None
    lines: tuple[SourceLine, ...] = ()

    @property
    def text(self) -> str:
        """The content as one text."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story: its passages in the order of the file, and the name of the one it starts with, if it says so.

    Zoom and tag colours are the editor's own and not kept.
    """

    title: str = ""
    ifid: str = ""
    format: str = ""
    format_version: str = ""
    start: str | None = None
    line: int = 1
    passages: tuple[Passage, ...] = ()


class Report:
    """Collects what an author must be told of a story, each with its line."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._faults: dict[Fault, None] = {}  # a set in order: the same thing in the same line is told once
        self._once: set[str] = set()
        self._dropped = 0

    def tell(self, line: int, message: str, *, once: bool = False) -> None:
        """Note one thing; with ``once`` only at its first line. Beyond MAX_FAULTS things are only counted."""
        if once:
            if message in self._once:
                return
            self._once.add(message)
        fault = Fault("S090", self.path, line, 1, message, "warning")
        if len(self._faults) < MAX_FAULTS or fault in self._faults:
            self._faults[fault] = None
        else:
            self._dropped += 1

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was noted, in the order of the file."""
        found = sorted(self._faults, key=lambda fault: fault.line)
        if self._dropped:
            last = f"and {self._dropped} more things like these, which are not listed"
            found.append(Fault("S090", self.path, found[-1].line, 1, last, "warning"))
        return tuple(found)


def position(text: object) -> tuple[float, float] | None:
    """Read ``600,400``; None when it is no such thing."""
    parts = text.split(",") if isinstance(text, str) else ()
    if len(parts) != 2:
        return None
    try:
        x, y = (round(float(part), _DIGITS) for part in parts)
    except (ValueError, OverflowError):
        return None
    return (x, y) if all(math.isfinite(one) and abs(one) <= FARTHEST_PX for one in (x, y)) else None


def shown(name: str) -> str:
    """A name of the story for a message: quoted, on one line, and not longer than can be read."""
    return repr(name if len(name) <= _SHOWN_CHARACTERS else name[: _SHOWN_CHARACTERS - 3] + "...")


def distinct(passages: Collection[Passage], report: Report) -> tuple[Passage, ...]:
    """The passages without those whose name an earlier one has: nobody could link to them."""
    found: dict[str, Passage] = {}
    for passage in passages:
        first = found.setdefault(passage.name, passage)
        if first is not passage:
            told = f"a passage {shown(passage.name)} stands in line {first.line} already; this one is left out"
            report.tell(passage.line, told)
    return tuple(found.values())


def refusal(path: str, line: int, message: str) -> ScenarioError:
    """The error for a file of which nothing can be imported."""
    return ScenarioError((Fault("S091", path, line, 1, message),))
