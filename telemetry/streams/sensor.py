"""Scalar sensors that an agency declares: one stream for all of them, one declaration for each.

The stream's own column says only what holds for every sensor. Unit, bounds, privacy class and rate come from the
declaration, which the event `track_opened` carries, so that journal, database and trace explain themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Self

from telemetry.streams.shape import SCALAR, Column, Labels, Privacy, Stream

# What the server takes at all (clients/PROTOCOL.md, "Errors"); a declaration narrows it.
WIDEST = 1e6

SENSOR = Stream(
    name="sensor",
    columns=(
        Column("value", "as declared", "what the sensor measured; unit, bounds and privacy class as declared for it",
               Privacy.HEALTH, -WIDEST, WIDEST),
    ),
    rate=1.0,
    origin="station",
    description="A scalar sensor that the agency declared in sensors.toml; health values only from who has agreed.",
    frame=SCALAR,
    labels=Labels("sensor", "the sensor's name as declared; see research.sensors", Privacy.RECORD, "agency"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sensor:
    """One declared sensor: plausible from `low` to `high`, in `unit`, `rate` times per second."""

    name: str
    unit: str
    description: str
    privacy: Privacy
    rate: float
    low: float
    high: float

    def to_json(self) -> dict[str, object]:
        """As the record carries it; `of` reads it back."""
        return asdict(self) | {"privacy": self.privacy.value}

    @classmethod
    def of(cls, data: Mapping[str, object]) -> Self:
        """The sensor that `to_json` wrote; raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        name, unit, description = (_text(data[key]) for key in ("name", "unit", "description"))
        rate, low, high = (_number(data[key]) for key in ("rate", "low", "high"))
        return cls(name, unit, description, Privacy(data["privacy"]), rate, low, high)

    @property
    def stream(self) -> Stream:
        """The stream `sensor` as this sensor fills it; the same object for equal declarations."""
        return _stream(self)


@lru_cache(maxsize=1024)
def _stream(sensor: Sensor) -> Stream:
    column = Column("value", sensor.unit, sensor.description, sensor.privacy, sensor.low, sensor.high)
    return replace(SENSOR, columns=(column,), rate=sensor.rate, description=sensor.description)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
