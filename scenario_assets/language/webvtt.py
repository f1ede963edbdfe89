"""Caption files in WebVTT (W3C), read strictly: what browsers would silently leave out is told with its line.

Milliseconds; lines count from 1. Settings behind a cue's times are not looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TIME = r"(?:([0-9]{2,4}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]|\Z)")
_TAG = re.compile(r"<[^<>]{0,200}>")
_ARROW = "-->"
#: What may stand between cues.
_OTHER = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Caption:
    """A cue: what can be read from when to when. ``text`` is without tags."""

    line: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is no WebVTT."""

    line: int
    message: str


def parse(text: str) -> tuple[tuple[Caption, ...], tuple[Flaw, ...]]:
    """The captions of a file, and what is wrong with it; the captions that can be read are given all the same."""
    captions: list[Caption] = []
    flaws: list[Flaw] = []
    blocks = _blocks(text.removeprefix("\ufeff"))
    number, head = next(blocks, (1, [""]))
    if number != 1 or not re.match(r"WEBVTT(?:[ \t]|\Z)", head[0]):
        flaws.append(Flaw(1, "the first line must be WEBVTT"))
    for number, lines in blocks:
        if lines[0].partition(" ")[0] in _OTHER and _ARROW not in lines[0]:
            continue
        found = _caption(number, lines)
        if isinstance(found, Flaw):
            flaws.append(found)
            continue
        if captions and found.start < captions[-1].start:
            flaws.append(Flaw(found.line, "begins before the caption that stands before it"))
        captions.append(found)
    return tuple(captions), tuple(flaws)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines without a blank one between, each with the number of its first line."""
    lines: list[str] = []
    first = 1
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line.strip(" \t"):
            first = number if not lines else first
            lines.append(line)
        elif lines:
            yield first, lines
            lines = []
    if lines:
        yield first, lines


def _caption(number: int, lines: list[str]) -> Caption | Flaw:
    """A cue has its times in the first line, or in the second one behind its name."""
    at = 0 if _ARROW in lines[0] else 1
    if at >= len(lines) or _ARROW not in lines[at]:
        return Flaw(number, "a caption without times such as 00:01.000 --> 00:04.000")
    times = _TIMING.match(lines[at])
    if times is None:
        return Flaw(number + at, f"cannot read the times {lines[at][:60]!r}; write 00:01.000 --> 00:04.000")
    start, end = _ms(*times.groups()[:4]), _ms(*times.groups()[4:])
    if end <= start:
        return Flaw(number + at, "ends before it begins")
    if any(_ARROW in line for line in lines[at + 1 :]):
        return Flaw(number + at, "a blank line is missing before the next caption")
    words = _TAG.sub("", " ".join(line.strip() for line in lines[at + 1 :])).strip()
    if not words:
        return Flaw(number + at, "a caption without text")
    return Caption(number + at, start, end, words)


def _ms(hours: str | None, minutes: str, seconds: str, thousandths: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)
