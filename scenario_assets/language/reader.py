"""From the YAML tree to the frozen types, driven by the types themselves; every fault is kept, none raised.

``Reader.read(node, hint)`` always returns a value of the wanted type: where the file is wrong a neutral
placeholder stands in, so that the rest can still be read and checked. What was not read causes no further faults:
its place is not sound, and what checks report there is dropped.
"""

import dataclasses
import re
import types
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from scenario_assets.language import kinds
from scenario_assets.language.faults import Fault, Severity, meant
from scenario_assets.language.guard_parse import GuardError, parse_guard
from scenario_assets.language.guard_tree import Flag
from scenario_assets.language.kinds import fields_of
from scenario_assets.language.strict_yaml import Listing, Mark, Node, Scalar, Table
from scenario_assets.language.units import Dimension, UnitError, in_dimension
from scenario_assets.language.values import Guard, Span, Target

#: Enough to mend a file with; thousands of faults of the same kind help nobody and cost memory.
MAX_FAULTS = 200

_UNIFORM = re.compile(r"\s*uniform\s*\(([^,()]*),([^,()]*)\)\s*\Z")
#: What a guard is replaced by when its text cannot be read.
UNREAD_GUARD = Guard("", Flag(""))
#: A time that could not be read never comes: some thirty years in milliseconds.
UNREAD_TIME = 1e12


class Reader:
    """Reads one file; ``faults`` grows, ``place`` finds where a value was written."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self._marks: dict[int, dict[str, Mark]] = {}
        self._keep: list[object] = []  # ids in _marks stay valid only while the objects live
        self._misses = 0  # how often something could not be read
        self._illegible: set[Mark] = set()  # where the YAML itself is wrong

    @property
    def full(self) -> bool:
        """Whether further faults would be dropped; messages that cost time need not be made then."""
        return len(self.faults) >= MAX_FAULTS

    def fault(
        self, code: str, mark: Mark, message: str, severity: Severity = "error", *, file: Path | None = None
    ) -> None:
        """Keep a fault, of another file where one is named.

        Dropped are those beyond MAX_FAULTS, and what would follow from something that could not be read.
        """
        if code == "S000":
            self._illegible.add(mark)
        if mark.sound and not self.full:
            path = self.path if file is None else str(file)
            self.faults.append(Fault(code, path, mark.line, mark.column, message, severity))

    def place(self, value: object, key: str = "") -> Mark:
        """Where this object, or this key of it, stands.

        The object's own place when the key does not stand.
        """
        marks = self._marks.get(id(value), {})
        return marks.get(key) or marks.get("") or Mark(1, 1)

    def sound(self, value: object, *keys: str) -> bool:
        """Whether all that stands under these keys of the value could be read; without keys: all of the value."""
        marks = self._marks.get(id(value), {})
        return all(marks[key].sound for key in keys or ("",) if key in marks)

    def stands_for(self, value: object, read: object) -> None:
        """Let ``value``, made from what was ``read``, be found in the same place."""
        self._keep.append(value)
        self._marks[id(value)] = self._marks.get(id(read), {})

    def _remember(self, value: object, mark: Mark, key: str = "") -> None:
        self._keep.append(value)
        self._marks.setdefault(id(value), {})[key] = mark

    def _miss(self, code: str, mark: Mark, message: str) -> None:
        """Something cannot be read; told once where the YAML is wrong already."""
        self._misses += 1
        if mark not in self._illegible:
            self.fault(code, mark, message)

    def _since(self, misses: int, mark: Mark) -> Mark:
        """The place of what was read since there were so many misses."""
        return mark if self._misses == misses else replace(mark, sound=False)

    # -- by type ---

    def read(self, node: Node, hint: Any) -> Any:
        """The value of this node as the type ``hint``."""
        origin = get_origin(hint)
        if origin is Annotated:
            return self._marked(node, *get_args(hint))
        if origin is Union or origin is types.UnionType:
            return self._union(node, get_args(hint))
        if origin is Literal:
            return self._literal(node, get_args(hint))
        if origin is tuple:
            return self._tuple(node, get_args(hint))
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(node, get_args(hint))
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self._record(node, hint)
        return self._simple(node, hint)

    def _wrong(self, node: Node, expected: str, hint: str = "") -> None:
        self._miss("S001", node.mark, f"expected {expected}, found {_describe(node)}" + (hint and f"; {hint}"))

    def _simple(self, node: Node, hint: type) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if hint is bool:
            if isinstance(value, bool):
                return value
            self._wrong(node, "true or false")
            return False
        if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        if hint is float:
            self._wrong(node, "a number")
            return 0.0
        if isinstance(value, str):
            return value
        self._wrong(node, "text")
        return ""

    def _literal(self, node: Node, options: tuple[Any, ...]) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if value in options and not isinstance(value, bool):
            return value
        likely = meant(value, options) if isinstance(value, str) else ""
        self._wrong(node, "one of " + ", ".join(str(option) for option in options), likely)
        return options[0]

    def _union(self, node: Node, options: tuple[Any, ...]) -> Any:
        kinds_of = tuple(option for option in options if option is not types.NoneType)
        if len(kinds_of) > 1:  # a list is a point, a number a number, a word a name
            wanted = _shape(node)
            kinds_of = tuple(option for option in kinds_of if _accepts(option) == wanted) or kinds_of
        misses = self._misses
        value = self.read(node, kinds_of[0])
        if self._misses > misses and get_origin(kinds_of[0]) is Literal and len(kinds_of) < len(options):
            return None
        return value

    def _tuple(self, node: Node, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if args[-1] is Ellipsis:
            if isinstance(node, Listing):
                return tuple(self.read(item, args[0]) for item in node.items)
            self._wrong(node, "a list")
            return ()
        if isinstance(node, Listing) and len(node.items) == len(args):
            return tuple(self.read(item, hint) for item, hint in zip(node.items, args, strict=True))
        self._wrong(node, f"a list of {len(args)}")
        return tuple(self._placeholder(hint, node.mark) for hint in args)

    def _mapping(self, node: Node, args: tuple[Any, ...]) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        if not isinstance(node, Table):
            self._wrong(node, "a table of names")
            self._unread(result, node.mark)
            return result
        complete = True
        for text, (mark, value) in node.entries.items():
            misses = self._misses
            name = self.read(Scalar(text, text, mark), args[0])
            named = self._misses == misses
            read = self.read(value, args[1])
            complete = complete and named
            if named:
                result[name] = read
                self._remember(result, self._since(misses, mark), text)
        self._remember(result, replace(node.mark, sound=complete))
        return result

    def _record(self, node: Node, cls: type) -> Any:
        fields = fields_of(cls)
        if not isinstance(node, Table):
            self._wrong(node, f"a table with {', '.join(fields)}")
            return self._placeholder(cls, node.mark)
        before = self._misses
        values: dict[str, Any] = {}
        places: dict[str, Mark] = {}
        for key, (mark, value) in node.entries.items():
            misses = self._misses
            if key not in fields:
                likely = "" if self.full else _likely(key, fields)
                self._miss("S001", mark, f"unknown key {key!r}; {likely}")
            elif not (isinstance(value, Scalar) and value.text == "" and value.value is None):
                values[key] = self.read(value, fields[key][0])
            else:
                self._miss("S001", mark, f"key {key!r} has no value")
            places[key] = self._since(misses, mark)
        for key, (hint, required) in fields.items():
            if required and key not in values:
                if key not in node.entries:
                    self._miss("S001", node.mark, f"key {key!r} is missing")
                    places[key] = replace(node.mark, sound=False)
                values[key] = self._placeholder(hint, node.mark)
        record = cls(**values)
        self._remember(record, self._since(before, node.mark))
        for key, mark in places.items():
            self._remember(record, mark, key)
        if not places.keys() <= fields.keys():  # one of those that are known here may have been meant
            self._lose(record, fields.keys() - places.keys(), node.mark)
        return record

    def _lose(self, record: Any, keys: Iterable[str], mark: Mark) -> None:
        """What the record has under these keys is not what the file says."""
        for key in keys:
            self._remember(record, replace(mark, sound=False), key)
            if isinstance(getattr(record, key), dict):
                self._unread(getattr(record, key), mark)

    def _placeholder(self, hint: Any, mark: Mark) -> Any:
        """A neutral value of this type, in a place that is not sound."""
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return _marked_placeholder(args[0], args[1])
        if origin is Union or origin is types.UnionType:
            return None if types.NoneType in args else self._placeholder(args[0], mark)
        if origin is Literal:
            return args[0]
        if origin is tuple:
            return () if args[-1] is Ellipsis else tuple(self._placeholder(item, mark) for item in args)
        if origin is not None:
            return self._unread({}, mark)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            fields = fields_of(hint)
            values = {key: self._placeholder(kind, mark) for key, (kind, required) in fields.items() if required}
            record = self._unread(hint(**values), mark)
            self._lose(record, fields, mark)
            return record
        return hint()

    def _unread(self, value: Any, mark: Mark) -> Any:
        self._remember(value, replace(mark, sound=False))
        return value

    # -- by marker ---

    def _marked(self, node: Node, hint: Any, marker: object) -> Any:
        match marker:
            case kinds.OneOrMore():
                single = get_args(hint)[0]
                return self.read(node, hint) if isinstance(node, Listing) else (self.read(node, single),)
            case kinds.Interval():
                return self._interval(node, hint)
            case kinds.Word():
                return self._word(node, marker)
            case kinds.Prose():
                return self._prose(node)
            case kinds.Plain(low, high):
                return self._plain(node, hint, low, high)
            case kinds.Unit(dimension):
                value = self._quantity(node, dimension)
                return round(value) if hint is int else value
            case kinds.Share():
                return self._share(node)
            case kinds.Drawn(dimension):
                return self._drawn(node, dimension)
            case kinds.GuardText():
                return self._guard(node)
            case kinds.Weighted():
                return self._targets(node)
        raise AssertionError(f"no reading rule for {marker!r}")

    def _interval(self, node: Node, hint: Any) -> tuple[float, float]:
        misses = self._misses
        low, high = self.read(node, hint)
        return (low, high) if self._misses == misses else _widest(hint)

    def _word(self, node: Node, word: kinds.Word) -> str:
        # A key such as 1 need not be quoted; true, null and 1.0 are not meant as names.
        text = node.text if isinstance(node, Scalar) and type(node.value) in (str, int) else ""
        if text and word.pattern.match(text):
            return text
        self._wrong(node, f"{word.what} such as {word.example}", "" if text.isascii() else "only letters from a to z")
        return ""

    def _prose(self, node: Node) -> str:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and value.strip():
            return value.strip()
        self._wrong(node, "text")
        return ""

    def _plain(self, node: Node, hint: Any, low: float, high: float) -> float | int:
        value = node.value if isinstance(node, Scalar) else None
        whole = hint is int
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            self._wrong(node, "a whole number" if whole else "a number without unit")
        elif not low <= value <= high:
            self._miss("S070", node.mark, f"{value} is outside {low:g} to {high:g}")
        else:
            return value if whole else float(value)
        return int(max(low, 0)) if whole else min(max(0.0, low), high)

    def _quantity(self, node: Node, dimension: Any) -> float:
        text = node.text if isinstance(node, Scalar) else ""
        try:
            value = in_dimension(text, dimension).base
        except UnitError as error:
            self._miss("S001", node.mark, str(error) if text else f"expected a {dimension}, found {_describe(node)}")
            return _unread_amount(dimension)
        if dimension in ("time", "length", "speed") and value < 0:
            self._miss("S070", node.mark, f"{text} is negative")
            return _unread_amount(dimension)
        return value

    def _share(self, node: Node) -> float:
        if isinstance(node, Scalar) and node.text.endswith("%"):
            value = self._quantity(node, "share")
        else:
            value = float(self._plain(node, float, -1e9, 1e9))
        if not 0.0 <= value <= 1.0:
            hint = f"; write {value:g} %" if 1.0 < value <= 100.0 else ""
            self._miss("S070", node.mark, f"{_describe(node)} is outside 0 to 1 (0 % to 100 %){hint}")
            return 0.0
        return value

    def _drawn(self, node: Node, dimension: Any) -> Span:
        text = node.text if isinstance(node, Scalar) else ""
        found = _UNIFORM.match(text)
        if not found:
            value = self._quantity(node, dimension)
            return Span(value, value)
        low, high = (
            self._quantity(Scalar(part, part.strip(), node.mark), dimension) for part in found.groups()
        )
        if low > high:
            self._miss("S070", node.mark, f"{text}: the lower bound comes first")
        return Span(min(low, high), max(low, high))

    def _guard(self, node: Node) -> Guard:
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str):
            self._wrong(node, 'a guard such as "distance < 2 m for 1.5 s"')
            return UNREAD_GUARD
        try:
            guard = Guard(value.strip(), parse_guard(value.strip()))
        except GuardError as error:
            cut = value.count("(") > value.count(")")
            hint = "; in {...} a comma ends the guard, put it in quotes" if cut else ""
            message = f"in {value!r} at character {error.offset + 1}: {error}{hint}"
            self._miss(error.code, node.mark, message)
            return UNREAD_GUARD
        self._remember(guard, node.mark)
        return guard

    def _targets(self, node: Node) -> tuple[Target, ...]:
        if isinstance(node, Scalar):
            return (Target(self._prose(node), 1.0),)
        misses = self._misses
        pairs = self._pairs(node)
        targets = tuple(Target(name, self._weight(value)) for name, value in pairs)
        if not targets:
            self._wrong(node, "a name, or a list such as [{sitting: 0.6}, {pacing: 0.4}]")
            return (Target("", 1.0),)
        total = sum(target.weight for target in targets)
        #: Weights are written with a few decimals; anything further off is a mistake and not rounding.
        if self._misses == misses and abs(total - 1.0) > 1e-6:
            self._miss("S070", node.mark, f"the weights sum to {total:g}, not to 1")
        return targets

    def _pairs(self, node: Node) -> list[tuple[str, Node]]:
        tables = node.items if isinstance(node, Listing) else [node]
        pairs: list[tuple[str, Node]] = []
        for table in tables:
            if isinstance(table, Table):
                pairs.extend((key, value) for key, (_, value) in table.entries.items())
            else:
                self._wrong(table, "a target with its weight such as {sitting: 0.6}")
        return pairs

    def _weight(self, node: Node) -> float:
        misses = self._misses
        weight = self._share(node)
        if self._misses == misses and weight <= 0.0:
            self._miss("S070", node.mark, "a weight must be above 0; leave the target out instead")
        return weight


def _likely(key: str, known: Collection[str]) -> str:
    """What was probably meant by a key that is not known."""
    word, colon, _ = key.partition(":")
    if colon and word in known:
        return f"a blank after ':' is missing? Write `{word}: {key[len(word) + 1 :].strip()}`"
    if " " in key:
        return "is a comma or a colon in the text before it? Put the words in quotes"
    return meant(key, known) or f"known here: {', '.join(known)}"


def _shape(node: Node) -> str:
    if isinstance(node, Scalar):
        return (
            "number" if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else "word"
        )
    return "list" if isinstance(node, Listing) else "table"


def _accepts(hint: Any) -> str:
    """Which shape a member of a union is written in."""
    if get_origin(hint) is Annotated:
        inner, marker = get_args(hint)[:2]
        return "number" if isinstance(marker, (kinds.Plain, kinds.Share)) else _accepts(inner)
    if get_origin(hint) is tuple:
        return "list"
    return "table" if dataclasses.is_dataclass(hint) else "word"


def _describe(node: Node) -> str:
    match node:
        case Scalar(text=text):
            shown = text if len(text) <= 40 else text[:37] + "..."
            return repr(shown) if text else "nothing"
        case Listing():
            return "a list"
        case Table():
            return "a table"


def _marked_placeholder(hint: Any, marker: object) -> Any:
    match marker:
        case kinds.GuardText():
            return UNREAD_GUARD
        case kinds.Drawn(dimension):
            return Span(_unread_amount(dimension), _unread_amount(dimension))
        case kinds.Weighted():
            return (Target("", 1.0),)
        case kinds.Plain(low, _):
            return hint(max(low, 0))
        case kinds.Unit(dimension):
            return hint(_unread_amount(dimension))
        case kinds.Interval():
            return _widest(hint)
        case kinds.OneOrMore():
            return ()
        case _:
            return hint()


def _unread_amount(dimension: Dimension) -> float:
    return UNREAD_TIME if dimension == "time" else 0.0


def _widest(hint: Any) -> tuple[float, float]:
    """The bounds that leave nothing out."""
    plain = get_args(get_args(hint)[0])[1]
    return plain.low, plain.high
