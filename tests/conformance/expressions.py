"""The expressions of the W3C cases: a small part of Python's (and ECMAScript's) syntax, read as a tree.

Nothing here is ever handed to ``eval`` or ``exec``: the text becomes a syntax tree, of which the listed nodes
have a meaning and all others are refused.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree


class EvaluationError(Exception):
    """An expression has no value; the recommendation's error.execution."""


@dataclass(frozen=True, slots=True, eq=False)  # each is one happening, whatever it carries
class Event:
    """An event and the fields of ``_event`` (5.10.1 of the recommendation)."""

    name: str
    type: str
    data: object = None
    sendid: str | None = None
    origin: str | None = None
    origintype: str | None = None
    invokeid: str | None = None


#: The values of ECMAScript that Python writes otherwise; half of the cases keep its spelling.
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}

_BINARY: Mapping[type[ast.operator], Callable[..., object]] = {ast.Add: operator.add, ast.Sub: operator.sub}

_COMPARE: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda part, whole: part in whole,
}


class Evaluator:
    """Reads variables from ``names``; ``active`` answers the predicate ``In(state)``."""

    def __init__(self, names: Mapping[str, object], active: Callable[[str], bool]) -> None:
        self._names = names
        self._active = active

    def value(self, text: str) -> object:
        """What the expression is worth; raises EvaluationError."""
        try:
            return self._value(ast.parse(text.strip(), mode="eval").body)
        except (SyntaxError, TypeError, LookupError) as error:
            raise EvaluationError(f"{text!r}: {error}") from error

    def assignments(self, text: str) -> list[tuple[str, object]]:
        """What a script of assignments alone would assign, each evaluated as things stood before."""
        try:
            return [self._assigned(statement) for statement in ast.parse(text.strip()).body]
        except (SyntaxError, TypeError, LookupError) as error:
            raise EvaluationError(f"{text!r}: {error}") from error

    def _assigned(self, statement: ast.stmt) -> tuple[str, object]:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return name, self._value(value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                return name, self._value(ast.BinOp(ast.Name(target.id, ast.Load()), op, value))
        raise EvaluationError(f"{ast.unparse(statement)!r} is no assignment to a variable")

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return _WORDS[name] if name in _WORDS else self._names[name]
            case ast.List(elts=items):
                return [self._value(item) for item in items]
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return not self._value(part)
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self._value(part) for part in parts)
            case ast.BoolOp(op=ast.Or(), values=parts):
                return any(self._value(part) for part in parts)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return _BINARY[type(op)](self._value(left), self._value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                return _COMPARE[type(op)](self._value(left), self._value(right))
            case ast.Attribute(value=owner, attr=name):
                return _member(self._value(owner), name)
            case ast.Subscript(value=owner, slice=key):
                return _item(self._value(owner), self._value(key))
            case ast.Call(func=function, args=arguments, keywords=[]):
                return self._call(function, [self._value(argument) for argument in arguments])
        raise EvaluationError(f"{ast.unparse(node)!r} is not among the expressions read here")

    def _call(self, function: ast.expr, arguments: list[object]) -> object:
        match function, arguments:
            case ast.Name(id="In"), [str(state)]:
                return self._active(state)
            case ast.Name(id="hasattr"), [Event(), str(name)]:
                return name in Event.__slots__
            case ast.Attribute(value=owner, attr="get"), [str(key)]:
                found = self._value(owner)
                if isinstance(found, dict | ElementTree.Element):
                    return found.get(key)
            case ast.Attribute(value=owner, attr="findall"), [str(tag)]:
                found = self._value(owner)
                if isinstance(found, ElementTree.Element):
                    return found.findall(tag)
        raise EvaluationError(f"{ast.unparse(function)!r} is not among the calls read here")


def _member(owner: object, name: str) -> object:
    if isinstance(owner, Event) and name in Event.__slots__:
        return getattr(owner, name)
    return _item(owner, name)


def _item(owner: object, key: object) -> object:
    if isinstance(owner, dict):
        return owner[key]
    if isinstance(owner, list) and isinstance(key, int):
        return owner[key]
    raise EvaluationError(f"{type(owner).__name__} has no {key!r}")
