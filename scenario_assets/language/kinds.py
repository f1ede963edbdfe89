"""How a field of the document is written.

Markers inside ``Annotated``, read by ``reader`` and by ``schema``; and the fields of a class that stand in the file.
"""

import dataclasses
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from scenario_assets.language.units import Dimension


@dataclass(frozen=True, slots=True)
class Unit:
    """A number that must carry a unit of this dimension: ``2 m``."""

    dimension: Dimension


@dataclass(frozen=True, slots=True)
class Plain:
    """A number without unit, inside its bounds."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Interval:
    """Two plain numbers, the lower bound and the upper."""


@dataclass(frozen=True, slots=True)
class Word:
    """An identifier: letters, digits, underscore; dots and dashes where they are allowed."""

    pattern: re.Pattern[str]
    example: str
    what: str = "a name"


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """A single value or a list of them."""


@dataclass(frozen=True, slots=True)
class Share:
    """A number from 0 to 1, or a percentage."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quantity, or ``uniform(a, b)`` to be drawn by the seed; of this dimension."""

    dimension: Dimension


@dataclass(frozen=True, slots=True)
class GuardText:
    """A guard expression."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """One target, or a list of ``{target: weight}`` that sums to 1."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Text for people; not empty."""


@cache
def fields_of(cls: type) -> dict[str, tuple[Any, bool]]:
    """Key -> (type, required), for what may stand in the file."""
    hints = get_type_hints(cls, include_extras=True)
    result: dict[str, tuple[Any, bool]] = {}
    for item in dataclasses.fields(cls):
        hint = hints[item.name]
        if get_origin(hint) is Annotated and "not in the file" in get_args(hint):
            continue
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        result[item.name] = (hint, required)
    return result
