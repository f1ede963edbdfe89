"""The agency's own sensors, as it declares them in `sensors.toml`: no code is needed for one.

    [[sensor]]
    name = "heart_rate"
    unit = "1/min"
    description = "heart rate, from the chest strap"
    privacy = "health"
    rate = 1.0          # values per second
    low = 25            # plausible from here
    high = 240          # to here

Reading is strict and tells every fault at once: a bound that is silently ignored would mark nothing, or everything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from pathlib import Path

from telemetry.errors import SensorsError
from telemetry.streams import Privacy, Sensor
from telemetry.streams.sensor import WIDEST

__all__ = ["CLASSES", "MOST", "SensorsError", "load", "parse"]

KEYS = ("name", "unit", "description", "privacy", "rate", "low", "high")
CLASSES = tuple(each.value for each in Privacy if each is not Privacy.SCENARIO)
"""What a sensor's values may be; none belongs to the simulated person."""

#: A session's first event carries all declarations; nobody wears more.
MOST = 32
#: The wire's bounds of a rate (clients/PROTOCOL.md): a sensor that speaks once in ten seconds up to a raw waveform.
SLOWEST_HZ, FASTEST_HZ = 0.1, 1000.0
LONGEST_NAME, LONGEST_UNIT, LONGEST_TEXT = 40, 20, 200

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def load(path: Path) -> tuple[Sensor, ...]:
    """The sensors that a file declares; raises `SensorsError` with every fault, `OSError` if it cannot be read."""
    return parse(path.read_bytes(), name=str(path))


def parse(data: bytes, *, name: str) -> tuple[Sensor, ...]:
    """The sensors that the bytes of a TOML file declare, in its order; raises `SensorsError` with every fault."""
    try:
        table = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SensorsError(name, (f"not a TOML file: {error}",)) from error
    reader = _Reader()
    reader.only(table, "", ("sensor",))
    declared = table.get("sensor", [])
    if not isinstance(declared, list) or not all(isinstance(one, dict) for one in declared):
        raise SensorsError(name, (*reader.faults, "sensor must be a list of tables: write [[sensor]] above each"))
    if len(declared) > MOST:
        reader.faults.append(f"{len(declared)} sensors; at most {MOST}")
    sensors = [reader.sensor(one, number) for number, one in enumerate(declared, 1)]
    reader.faults += _twice(declared)
    if reader.faults:
        raise SensorsError(name, tuple(reader.faults))
    return tuple(sensor for sensor in sensors if sensor is not None)


def _twice(declared: list[dict[str, object]]) -> Iterator[str]:
    names = [one["name"] for one in declared if isinstance(one.get("name"), str)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{name}: declared {names.count(name)} times; a name means one sensor"


class _Reader:
    """Reads tables into sensors and collects what is wrong; what it returns is used only if nothing was."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def sensor(self, table: Mapping[str, object], number: int) -> Sensor | None:
        before = len(self.faults)
        name = table.get("name")
        where = name if isinstance(name, str) and name else f"sensor {number}"
        self.only(table, where, KEYS)
        missing = [key for key in KEYS if key not in table]
        if missing:
            self._fault(where, f"{', '.join(missing)} missing; every sensor has {', '.join(KEYS)}")
        if "name" in table and not (isinstance(name, str) and _NAME.fullmatch(name) and len(name) <= LONGEST_NAME):
            told = f"name is {name!r}; small letters, digits and _, a letter first, at most {LONGEST_NAME}"
            self._fault(where, f"{told}: such as 'heart_rate'")
        self._text(table, where, "unit", LONGEST_UNIT, "; write '1' for a ratio")
        self._text(table, where, "description", LONGEST_TEXT, "; say what is measured, and by what")
        self._privacy(table, where)
        self._number(table, where, "rate", SLOWEST_HZ, FASTEST_HZ, "values per second; is it a period?")
        low = self._number(table, where, "low", -WIDEST, WIDEST, "what the server takes at all")
        high = self._number(table, where, "high", -WIDEST, WIDEST, "what the server takes at all")
        if low is not None and high is not None and low >= high:
            self._fault(where, f"low is {low:g} and high is {high:g}; low must be below high: are they exchanged?")
        return Sensor.of(table) if len(self.faults) == before else None

    def only(self, table: Mapping[str, object], where: str, keys: Collection[str]) -> None:
        """Fault every key of `table` that nobody reads."""
        for key in table:
            if key not in keys:
                likely = get_close_matches(key, keys, 1)
                told = f"is {likely[0]!r} meant?" if likely else f"known: {', '.join(keys)}"
                self._fault(where, f"unknown key {key!r}; {told}")

    def _fault(self, where: str, message: str) -> None:
        self.faults.append(f"{where}: {message}" if where else message)

    def _text(self, table: Mapping[str, object], where: str, key: str, longest: int, hint: str) -> None:
        value = table.get(key, "-")
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self._fault(where, f"{key} is {value!r}; it must be a text on one line{hint}")
        elif len(value) > longest:
            self._fault(where, f"{key} has {len(value)} characters; at most {longest}")

    def _privacy(self, table: Mapping[str, object], where: str) -> None:
        value = table.get("privacy", CLASSES[0])
        if value not in CLASSES:
            likely = get_close_matches(str(value), CLASSES, 1)
            told = f": is {likely[0]!r} meant?" if likely else ": what tells of a body is 'health'"
            self._fault(where, f"privacy is {value!r}; one of {', '.join(CLASSES)}{told}")

    def _number(
        self, table: Mapping[str, object], where: str, key: str, low: float, high: float, hint: str
    ) -> float | None:
        if key not in table:
            return None
        value = table[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self._fault(where, f"{key} is {value!r}; it must be a number, written without quotes")
            return None
        if not low <= value <= high:
            self._fault(where, f"{key} is {value:g}; {low:g} to {high:g} is possible: {hint}")
            return None
        return float(value)
