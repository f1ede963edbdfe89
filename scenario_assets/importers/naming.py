"""Names for the scenario, made from what people wrote: fit for the format, recognisable, and each used once."""

import re
import unicodedata
from collections.abc import Iterable

#: What a name of the format looks like (`values.Name`), with room for the number that tells two apart.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LONGEST = 56
_LONGEST_ID = 64


def is_name(text: str) -> bool:
    """Whether this can stand as a name in a scenario as it is."""
    return _NAME.fullmatch(text) is not None


def slug(text: str, otherwise: str) -> str:
    """Make a name of a text: lower case, without accents, words joined by ``_``; ``otherwise`` when nothing is left."""
    words = _words(text)
    name = ""
    for word in words:
        longer = f"{name}_{word}" if name else word
        if len(longer) > _LONGEST:
            break
        name = longer
    name = name or (words[0][:_LONGEST] if words else "")
    return f"{otherwise}_{name}" if name[:1].isdigit() else name or otherwise


def identifier(title: str) -> str:
    """The id of a scenario with this title."""
    return "-".join(_words(title))[:_LONGEST_ID].strip("-") or "imported-story"


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    ascii_only = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return re.findall(r"[a-z0-9]+", re.sub(r"['\u2019]", "", ascii_only).lower())


class Names:
    """Hands out names of one kind, none twice."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def new(self, wanted: str) -> str:
        """This name, or the next free one with a number behind it."""
        name, number = wanted, self._next.get(wanted, 2)
        while name in self._taken:
            name = f"{wanted}_{number}"
            number += 1
        self._next[wanted] = number
        self._taken.add(name)
        return name
