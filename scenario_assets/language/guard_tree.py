"""A guard as a frozen tree, and how it is printed. ``parse(print_guard(tree)) == tree``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scenario_assets.language.units import Quantity, plain

Operator = Literal["<", "<=", ">", ">=", "==", "!="]
#: Things that happen at an instant: true only while the machine handles that very thing.
Happening = Literal["choice", "act", "radio", "event", "said", "inject"]


@dataclass(frozen=True, slots=True)
class Compare:
    """``distance < 2 m``"""

    name: str
    op: Operator
    value: Quantity


@dataclass(frozen=True, slots=True)
class Between:
    """``distance in [2.5 m, 5 m]``, both ends included."""

    name: str
    low: Quantity
    high: Quantity


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean signal."""

    name: str


@dataclass(frozen=True, slots=True)
class Happened:
    """``choice(ask_name)``, ``said(open_question)`` ..."""

    kind: Happening
    name: str


@dataclass(frozen=True, slots=True)
class InNode:
    """``node(person.sitting)``: that node is active."""

    path: str


@dataclass(frozen=True, slots=True)
class FactIs:
    """``fact(reason, grief)``: what the seed has drawn for this session."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class VariantIs:
    """``variant(kim, older)``: who the seed has let this actor appear to be."""

    actor: str
    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """``not part``"""

    part: "Tree"


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """One part at least holds."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Held:
    """``(part) for D``: true, and observed, without a break for at least D milliseconds."""

    part: "Tree"
    ms: int


@dataclass(frozen=True, slots=True)
class Recent:
    """``(part) within D``: true at some time in the last D milliseconds."""

    part: "Tree"
    ms: int


Atom = Compare | Between | Flag | Happened | InNode | FactIs | VariantIs
Tree = Atom | Not | And | Or | Held | Recent


def print_guard(tree: Tree) -> str:
    """The guard as text, with the fewest parentheses that keep its meaning."""
    return _print(tree, 0)


def _print(tree: Tree, binding: int) -> str:
    # binding: 0 anything may stand here, 1 inside `and`, 2 behind `not`, 3 before for/within
    match tree:
        case Or(parts):
            return _wrap(
                " or ".join(_print(part, 1 if isinstance(part, And) else 2) for part in parts), binding > 0
            )
        case And(parts):
            return _wrap(" and ".join(_print(part, 2) for part in parts), binding > 1)
        case Not(part):
            return _wrap(f"not {_print(part, 3)}", binding > 2)
        case Held(part, ms):
            return _wrap(f"{_print(part, 3)} for {_duration(ms)}", binding > 0)
        case Recent(part, ms):
            return _wrap(f"{_print(part, 3)} within {_duration(ms)}", binding > 0)
        case _:
            return _atom(tree)


def _wrap(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _duration(ms: int) -> str:
    return f"{plain(ms / 1000)} s"


def _atom(atom: Atom) -> str:
    match atom:
        case Compare(name, op, value):
            return f"{name} {op} {value}"
        case Between(name, low, high):
            return f"{name} in [{low}, {high}]"
        case Flag(name):
            return name
        case Happened(kind, name):
            return f"{kind}({name})"
        case InNode(path):
            return f"node({path})"
        case FactIs(name, value):
            return f"fact({name}, {value})"
        case VariantIs(actor, name):
            return f"variant({actor}, {name})"


def atoms(tree: Tree) -> Iterator[Atom]:
    """All leaves, from left to right."""
    match tree:
        case Not(part) | Held(part, _) | Recent(part, _):
            yield from atoms(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield tree


def nesting(tree: Tree) -> int:
    """How many `for` and `within` stand one inside the other."""
    match tree:
        case Held(part, _) | Recent(part, _):
            return 1 + nesting(part)
        case Not(part):
            return nesting(part)
        case And(parts) | Or(parts):
            return max(nesting(part) for part in parts)
        case _:
            return 0


def momentary(tree: Tree) -> bool:
    """Whether the guard can become true by a happening alone, outside ``within``."""
    match tree:
        case Happened():
            return True
        case Not(part):
            return momentary(part)
        case And(parts) | Or(parts):
            return any(momentary(part) for part in parts)
        case _:
            return False


def needs_happening(tree: Tree) -> bool:
    """Whether the guard can be true only while something is happening."""
    match tree:
        case Happened():
            return True
        case And(parts):
            return any(needs_happening(part) for part in parts)
        case Or(parts):
            return all(needs_happening(part) for part in parts)
        case _:
            return False
