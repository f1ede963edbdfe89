"""The format as a JSON Schema (2020-12), made of the same types and annotations as the reader goes by.

For editors: they complete keys and words and tell the coarse mistakes while one writes. It is never stricter than
the reader, which knows much more. ``talkdown scenario schema`` prints it.
"""

import dataclasses
import inspect
import re
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from scenario_assets.language import kinds
from scenario_assets.language.units import EXAMPLES, NUMBER, UNITS, Dimension

Schema = dict[str, object]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: What JSON calls the reader's simple types.
_TYPES: Mapping[type, str] = {bool: "boolean", str: "string", float: "number", int: "integer"}


def schema(cls: type) -> Schema:
    """The schema of a file that holds one ``cls``: a ``Scenario`` or a ``Locale``."""
    writer = _Writer()
    root = writer.record(cls)
    return {"$schema": _DIALECT, "title": cls.__name__, **root, "$defs": writer.records}


class _Writer:
    def __init__(self) -> None:
        self.records: dict[str, Schema] = {}

    def record(self, cls: type) -> Schema:
        """A class as a table with exactly its keys."""
        told = _sentences(cls)
        defaults = {item.name: item.default for item in dataclasses.fields(cls)}
        properties: dict[str, Schema] = {}
        for key, (hint, _) in kinds.fields_of(cls).items():
            found = dict(self.value(hint))
            if words := [sentence for sentence in told if key in _keys(sentence)]:
                found["description"] = _joined(words)
            if isinstance(defaults[key], bool | str) and defaults[key] != "":
                found["default"] = defaults[key]
            properties[key] = found
        return {
            "type": "object",
            "description": _joined([sentence for sentence in told if not _keys(sentence) & defaults.keys()] or told),
            "properties": properties,
            "required": [key for key, (_, required) in kinds.fields_of(cls).items() if required],
            "additionalProperties": False,
        }

    def value(self, hint: Any) -> Schema:
        """What may stand for a value of this type."""
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._marked(*args[:2])
        if origin is Union or origin is types.UnionType:
            options = [self.value(option) for option in args if option is not types.NoneType]
            return options[0] if len(options) == 1 else {"anyOf": options}
        if origin is Literal:
            return {"enum": list(args)}
        if origin is tuple:
            return self._list(args)
        if origin is not None and issubclass(origin, Mapping):
            return {"type": "object", "propertyNames": self.value(args[0]), "additionalProperties": self.value(args[1])}
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self._reference(hint)
        return {"type": _TYPES[hint]}

    def _reference(self, cls: type) -> Schema:
        if cls.__name__ not in self.records:
            self.records[cls.__name__] = {}  # a node has nodes inside it
            self.records[cls.__name__] = self.record(cls)
        return {"$ref": f"#/$defs/{cls.__name__}"}

    def _list(self, args: tuple[Any, ...]) -> Schema:
        if args[-1] is Ellipsis:
            return {"type": "array", "items": self.value(args[0])}
        count = len(args)
        items = [self.value(item) for item in args]
        return {"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}

    def _marked(self, hint: Any, marker: object) -> Schema:
        match marker:
            case kinds.OneOrMore():
                return {"anyOf": [self.value(get_args(hint)[0]), self.value(hint)]}
            case kinds.Interval():
                return self.value(hint)
            case kinds.Word(pattern, example):
                return _word(pattern, example)
            case kinds.Prose():
                return {"type": "string", "pattern": r"\S"}
            case kinds.GuardText():
                return {"type": "string", "pattern": r"\S", "examples": ["distance < 2 m for 1.5 s"]}
            case kinds.Plain(low, high):
                return {"type": _TYPES[hint], "minimum": low, "maximum": high}
            case kinds.Unit(dimension):
                return _quantity(dimension)
            case kinds.Share():
                return _SHARE
            case kinds.Drawn(dimension):
                return _drawn(dimension)
            case kinds.Weighted():
                return _WEIGHTED
        raise AssertionError(f"no schema for {marker!r}")


def _word(pattern: re.Pattern[str], example: str) -> Schema:
    # The reader takes 1 for "1".
    kind: object = ["string", "integer"] if pattern.match("1") else "string"
    return {"type": kind, "pattern": _anchored(pattern.pattern), "examples": [example]}


def _anchored(pattern: str) -> str:
    """Python's pattern for ``match`` as one of ECMA 262, whose dollar is the very end."""
    return "^" + pattern.replace(r"\Z", "$")


def _amount(dimension: Dimension) -> str:
    units = "|".join(re.escape(unit) for unit, (kind, _) in UNITS.items() if kind == dimension and unit)
    return rf"\s*{NUMBER}\s*(?:{units})\s*" if units else rf"\s*{NUMBER}\s*"


def _quantity(dimension: Dimension) -> Schema:
    return {"type": "string", "pattern": f"^{_amount(dimension)}$", "examples": [EXAMPLES[dimension]]}


def _drawn(dimension: Dimension) -> Schema:
    amount = _amount(dimension)
    kind: object = ["string", "number"] if dimension == "plain" else "string"
    example = EXAMPLES[dimension]
    pattern = rf"^(?:{amount}|\s*uniform\s*\({amount},{amount}\)\s*)$"
    return {"type": kind, "pattern": pattern, "examples": [example, f"uniform({example}, {example})"]}


_SHARE: Schema = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": f"^{_amount('share')}$"}]
}
_TARGETS: Schema = {"type": "object", "additionalProperties": _SHARE}
_WEIGHTED: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"\S"},
        {"type": "array", "minItems": 1, "items": _TARGETS},
        {**_TARGETS, "minProperties": 1},
    ]
}


def _sentences(cls: type) -> list[str]:
    return re.split(r"(?<=[.;])\s+", " ".join(inspect.cleandoc(cls.__doc__ or "").split()))


def _joined(sentences: list[str]) -> str:
    return " ".join(sentences).replace("``", "`").removesuffix(";")


def _keys(sentence: str) -> set[str]:
    """What a sentence of a docstring speaks of; a table's own description leaves that to its keys."""
    return set(re.findall(r"``([a-z0-9_]+)``", sentence))
