"""How values are written in a scenario file, so that the strict reader reads the same again."""

import re
from collections.abc import Iterable, Iterator, Mapping

from scenario_assets.language.behaviour import Transition
from scenario_assets.language.units import Quantity
from scenario_assets.language.values import Span

#: Lines of a text that are not longer are written as they are.
_WIDTH = 100

#: Safe without quotes everywhere, also inside {...} and [...]: no indicator of YAML's and no comma.
_PLAIN = re.compile(r"[^\W\d_](?:[\w .()/;<>=+%…\u2019-]*[\w.)%…\u2019])?|_\w*")
#: What some YAML reader takes for something else than text.
_TAKEN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
#: Blocks hold what can be printed; what breaks lines besides ``\n`` would be read as a line break.
_UNFIT_FOR_BLOCK = re.compile("[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def scalar(text: str) -> str:
    """A text on one line, in quotes where they are needed."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _TAKEN:
        return text
    return '"' + "".join(_ESCAPES.get(mark) or _escaped(mark) for mark in text) + '"'


def _escaped(mark: str) -> str:
    if mark.isprintable():
        return mark
    code = ord(mark)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def entry(key: str, text: str, indent: int, comment: str = "") -> Iterator[str]:
    """The lines of ``key: text`` for a text of any length: on one line, or as a block."""
    pad = " " * indent
    note = f"  # {comment}" if comment else ""
    lines = text.split("\n")
    fits = len(lines) == 1 and len(text) <= _WIDTH
    if fits or _UNFIT_FOR_BLOCK.search(text) or not text.strip() or text[0] in " \n":
        yield f"{pad}{key}: {scalar(text)}{note}"
    elif all(len(line) <= _WIDTH for line in lines) or any(line.startswith(" ") for line in lines):
        yield f"{pad}{key}: |{note}"
        yield from (f"{pad}  {line}".rstrip() for line in lines)
    else:
        yield f"{pad}{key}: >{note}"
        yield from (f"{pad}  {line}".rstrip() for line in _folded(lines))


def _folded(lines: Iterable[str]) -> Iterator[str]:
    """Lines for a folded block: there a single line break is a blank, and one more stands for each real one."""
    for number, line in enumerate(lines):
        if number:
            yield ""
        if not line:
            continue
        start = 0
        for blank in (match.start() for match in re.finditer(r"(?<=\S) (?=\S)", line)):
            following = line.find(" ", blank + 1)
            if (following if following >= 0 else len(line)) - start > _WIDTH:
                yield line[start:blank]
                start = blank + 1
        yield line[start:]


def table(entries: Mapping[str, str]) -> str:
    """``{key: value, ...}`` of values that are written already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"


def listing(items: Iterable[str]) -> str:
    """``[item, ...]`` of items that are written already."""
    return "[" + ", ".join(items) + "]"


def delay(span: Span) -> str:
    """A time, or two to draw between: ``75 s``, ``"uniform(1 min, 90 s)"``."""
    return f'"{drawn(span)}"' if span.low != span.high else drawn(span)


def drawn(span: Span) -> str:
    """A time as ``delay`` writes it, without quotes."""
    return f"uniform({_time(span.low)}, {_time(span.high)})" if span.low != span.high else _time(span.low)


def _time(ms: float) -> str:
    """In the largest unit that takes few digits and is read back as exactly this: 16.1 s is not 16100 ms to a float."""
    for unit, size, digits in (("min", 60_000, 0), ("s", 1000, 1)):
        value = Quantity(round(ms / size, digits), unit)
        if value.base == ms and (value.number >= 1 or unit == "s"):
            return str(value)
    return str(Quantity(ms, "ms"))


def guard(text: str) -> str:
    """A guard's text on one line."""
    return " ".join(text.split())


def transition(way: Transition) -> str:
    """A transition to a single target as an entry of ``next``."""
    parts: dict[str, str] = {}
    if way.after is not None:
        parts["after"] = delay(way.after)
    if way.when is not None:
        parts["when"] = scalar(guard(way.when.text))
    return table(parts | {"to": scalar(way.to[0].node)})
