"""Profiles: which measures count, how much, and from which thresholds on. Data, not code: an agency brings
its own.

A profile is a TOML file. Loading is strict and lists every fault at once: a misspelt threshold that is
silently ignored would grade people by a number nobody chose. A report carries the SHA-256 of the file's
bytes.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Self, cast

from scoring.catalogue import COMPONENTS
from scoring.errors import ProfileError
from scoring.measurement import Basis, Measure, Rule
from scoring.values import ValueFunction

BASES = ("E", "C", "D")
RULE_KEYS = ("title", "weight", "knots", "threshold", "basis", "source")
RULE_OPTIONAL = ("parameters", "alternatives")

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the grade; `weight` is relative to the other components, a rule's to the others of its
    component.

    Without an `essential` component there is no total.
    """

    id: str
    title: str
    weight: float
    essential: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of components and thresholds; `sha256` is the hash of the file it came from.

    A `summative` one is meant to assess people, which asks for scenarios that somebody has reviewed.
    """

    name: str
    version: str
    sha256: str
    components: tuple[Component, ...]
    summative: bool = False

    @classmethod
    def load(cls, name: str | Path = "formative") -> Self:
        """Return a profile of this package by its name, or one of your own by its `Path`.

        Raises `ProfileError` with every fault, and `OSError` where the file cannot be read.
        """
        if isinstance(name, Path):
            return cls.parse(name.read_bytes(), name=name.stem)
        file = files("scoring") / "profiles" / f"{name}.toml"
        if not file.is_file():
            known = sorted(each.name[:-5] for each in (files("scoring") / "profiles").iterdir())
            raise ProfileError(name, (f"no such profile; there are: {', '.join(known)}",))
        return cls.parse(file.read_bytes(), name=name)

    @classmethod
    def parse(cls, data: bytes, *, name: str) -> Self:
        """Return the profile that the bytes of a TOML file describe; `ProfileError` lists all that is
        wrong.
        """
        try:
            table = tomllib.loads(data.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ProfileError(name, (f"not a TOML file: {error}",)) from error
        reader = _Reader()
        version = reader.text(table, "", "version")
        components = reader.components(table)
        summative = reader.flag(table, "", "summative")
        reader.only(table, "", ("version", "summative", "components"))
        if reader.faults:
            raise ProfileError(name, tuple(reader.faults))
        return cls(name, version, hashlib.sha256(data).hexdigest(), components, summative)


class _Reader:
    """Reads tables into types and collects what is wrong; what it returns is used only if nothing was."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, where: str, message: str) -> None:
        self.faults.append(f"{where}: {message}" if where else message)

    def only(self, table: Table, where: str, keys: Sequence[str]) -> None:
        """Fault every key of `table` that nobody reads."""
        for key in sorted(set(table) - set(keys)):
            self.fault(where, f"unknown key {key!r}; known: {', '.join(keys) or 'none'}")

    def table(self, table: Table, where: str, key: str) -> Table:
        value = table.get(key, {})
        if isinstance(value, dict):
            return cast(Table, value)
        self.fault(where, f"{key} must be a table, not {value!r}")
        return {}

    def text(self, table: Table, where: str, key: str) -> str:
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.fault(where, f"{key} must be a text that is not empty, not {value!r}")
        return ""

    def flag(self, table: Table, where: str, key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.fault(where, f"{key} must be true or false, not {value!r}")
        return value is True

    def number(self, table: Table, where: str, key: str, low: float, high: float) -> float:
        value = table.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)  # NaN fails the comparison
        self.fault(where, f"{key} must be a number from {low:g} to {high:g}, not {value!r}")
        return 0.0

    def yes(self, table: Table, where: str, key: str) -> bool:
        value = table.get(key)
        if isinstance(value, bool):
            return value
        self.fault(where, f"{key} must be true or false, not {value!r}")
        return False

    def components(self, table: Table) -> tuple[Component, ...]:
        given = self.table(table, "", "components")
        if not given:
            self.fault("", "components: a profile needs at least one")
        for unknown in sorted(set(given) - set(COMPONENTS)):
            self.fault("components", f"unknown component {unknown!r}; known: {', '.join(COMPONENTS)}")
        return tuple(
            self.component(self.table(given, "components", id), f"components.{id}", id, COMPONENTS[id])
            for id in given
            if id in COMPONENTS
        )

    def component(self, table: Table, where: str, id: str, offered: Mapping[str, Measure]) -> Component:
        self.only(table, where, ("title", "weight", "essential", "measures"))
        given = self.table(table, where, "measures")
        for unknown in sorted(set(given) - set(offered)):
            self.fault(f"{where}.measures", f"unknown measure {unknown!r}; known: {', '.join(offered)}")
        inside = f"{where}.measures"
        rules = tuple(
            self.rule(self.table(given, inside, each), f"{inside}.{each}", id, offered[each])
            for each in given
            if each in offered
        )
        if not any(rule.weight > 0 for rule in rules):
            self.fault(where, "needs at least one measure with a weight above 0")
        weight = self.number(table, where, "weight", 0, 1000)
        if weight == 0 and "weight" in table:
            self.fault(where, "weight is 0; leave the component out instead")
        return Component(id, self.text(table, where, "title"), weight, self.yes(table, where, "essential"), rules)

    def rule(self, table: Table, where: str, component: str, measure: Measure) -> Rule:
        self.only(table, where, (*RULE_KEYS, *RULE_OPTIONAL))
        basis = self.text(table, where, "basis")
        if basis and basis not in BASES:
            self.fault(where, f"basis must be one of {', '.join(BASES)}, not {basis!r}")
        return Rule(
            id=measure.id,
            component=component,
            title=self.text(table, where, "title"),
            unit=measure.unit,
            weight=self.number(table, where, "weight", 0, 1000),
            value=self.knots(table, where),
            parameters=self.parameters(self.table(table, where, "parameters"), where, measure),
            threshold=self.text(table, where, "threshold"),
            basis=cast(Basis, basis),
            source=self.text(table, where, "source"),
            alternatives=self.alternatives(self.table(table, where, "alternatives"), where, measure),
        )

    def knots(self, table: Table, where: str) -> ValueFunction:
        knots = table.get("knots")
        try:
            return ValueFunction.of(_pairs(knots))
        except ValueError as error:
            self.fault(where, f"knots: {error}")
            return ValueFunction((0.0, 1.0), (0.0, 100.0))

    def parameters(self, table: Table, where: str, measure: Measure) -> Mapping[str, float]:
        where = f"{where}.parameters"
        self.only(table, where, tuple(measure.parameters))
        needed = [name for name in measure.parameters if name in table or name not in measure.optional]
        return MappingProxyType({name: self.number(table, where, name, *measure.parameters[name]) for name in needed})

    def alternatives(self, table: Table, where: str, measure: Measure) -> Mapping[str, str]:
        where = f"{where}.alternatives"
        self.only(table, where, measure.kinds)
        return MappingProxyType({kind: self.text(table, where, kind) for kind in measure.kinds})


def _pairs(knots: object) -> list[list[float]]:
    """Return `knots` as rows of numbers; `ValueError` if it is something else."""
    if not isinstance(knots, list) or not all(isinstance(knot, list) for knot in knots):
        raise ValueError(f"must be a list of pairs [value, points], not {knots!r}")
    for number in (number for knot in knots for number in knot):
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise ValueError(f"{number!r} is not a finite number")
    return knots
