"""Quantities with units as written in scenarios: ``2 m``, ``1.5 s``, ``+6 /s``, ``95 %``.

Base units inside: metres, integer milliseconds, LU, m/s, degrees, per second, share of one.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Dimension = Literal["length", "time", "level", "speed", "angle", "rate", "share", "plain"]

#: unit -> (dimension, factor to the base unit)
UNITS: dict[str, tuple[Dimension, float]] = {
    "": ("plain", 1.0),
    "m": ("length", 1.0),
    "cm": ("length", 0.01),
    "ms": ("time", 1.0),
    "s": ("time", 1000.0),
    "min": ("time", 60_000.0),
    "LU": ("level", 1.0),
    "m/s": ("speed", 1.0),
    "deg": ("angle", 1.0),
    "/s": ("rate", 1.0),
    "/min": ("rate", 1.0 / 60.0),
    "%": ("share", 0.01),
}

#: How each dimension is written, for messages.
EXAMPLES: dict[Dimension, str] = {
    "length": "2 m",
    "time": "1.5 s",
    "level": "10 LU",
    "speed": "0.7 m/s",
    "angle": "90 deg",
    "rate": "+6 /s",
    "share": "80 %",
    "plain": "35",
}

NUMBER = r"[-+]?(?:[0-9]{1,12}(?:\.[0-9]{1,12})?|\.[0-9]{1,12})"
UNIT = r"(?:m/s|/min|/s|min|ms|cm|LU|deg|m|s|%)"
_QUANTITY = re.compile(rf"\s*({NUMBER})\s*({UNIT})?\s*\Z")


class UnitError(ValueError):
    """A text is no quantity of the wanted dimension; the message says what is."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written, with its unit (empty for a plain number)."""

    number: float
    unit: str = ""

    @property
    def dimension(self) -> Dimension:
        """What it measures."""
        return UNITS[self.unit][0]

    @property
    def base(self) -> float:
        """The value in the dimension's base unit."""
        return self.number * UNITS[self.unit][1]

    @property
    def milliseconds(self) -> int:
        """A duration as integer milliseconds."""
        return round(self.base)

    def __str__(self) -> str:
        """As it can be read again."""
        return f"{plain(self.number)} {self.unit}".rstrip()


def plain(number: float) -> str:
    """A number without exponent, so that it can be read again."""
    text = format(Decimal(repr(number)), "f")
    return text[:-2] if text.endswith(".0") else text


def quantity(text: str) -> Quantity:
    """Read ``2 m``; raises UnitError."""
    match = _QUANTITY.match(text)
    if match is None:
        known = ", ".join(unit for unit in UNITS if unit)
        raise UnitError(f"{text!r} is no number with a unit (known units: {known})")
    return Quantity(float(match[1]), match[2] or "")


def in_dimension(text: str, dimension: Dimension) -> Quantity:
    """Read a quantity and insist on its dimension; raises UnitError."""
    value = quantity(text)
    if not value.unit and dimension != "plain":
        raise UnitError(f"{text!r} is a number without unit, expected a {dimension} such as {EXAMPLES[dimension]!r}")
    if value.dimension != dimension:
        raise UnitError(
            f"{text!r} is a {value.dimension}, expected a {dimension} such as {EXAMPLES[dimension]!r}"
        )
    return value
