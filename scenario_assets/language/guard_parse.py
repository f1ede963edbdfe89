"""Guards from text: own tokenizer and recursive-descent parser; nothing is ever evaluated as Python.

    or      := and { "or" and }                      timed   := primary [ ("for" | "within") duration ]
    and     := not { "and" not }                     primary := "(" or ")" | function | name | comparison
    not     := "not" not | timed                     comparison := name op quantity | quantity op name
                                                                 | name "in" "[" quantity "," quantity "]"

``for`` and ``within`` bind to the primary before them. Beside ``and``, ``or`` or ``not`` a timed part must
stand in parentheses of its own, because readers disagree about what it covers (S024).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from scenario_assets.language.guard_tree import (
    And,
    Between,
    Compare,
    FactIs,
    Flag,
    Happened,
    Happening,
    Held,
    InNode,
    Not,
    Operator,
    Or,
    Recent,
    Tree,
    VariantIs,
)
from scenario_assets.language.units import NUMBER, UNIT, UNITS, Quantity

#: Guards are one line of text; a longer one is a sign of a missing node.
MAX_LENGTH = 1_000
#: Parentheses and `not` deeper than this are unreadable, and bounded recursion is safe recursion.
MAX_NESTING = 30

_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{NUMBER})\s*(?P<unit>{UNIT}(?![A-Za-z0-9_]))?(?![A-Za-z0-9_.])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<op><=|>=|==|!=|<|>)|(?P<mark>[()\[\],]))"
)
_FLIPPED: dict[str, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPERATORS: dict[str, Operator] = {op: op for op in _FLIPPED.values()}
_HAPPENINGS: dict[str, Happening] = {kind: kind for kind in get_args(Happening)}
FUNCTIONS = (*_HAPPENINGS, "node", "fact", "variant")
KEYWORDS = ("and", "or", "not", "for", "within", "in")


class GuardError(ValueError):
    """A guard cannot be read; ``offset`` is the character where, ``code`` S002 or S024."""

    def __init__(self, message: str, offset: int, code: str = "S002") -> None:
        self.offset = offset
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, name, op, mark, end
    text: str
    offset: int
    quantity: Quantity | None = None


def parse_guard(text: str) -> Tree:
    """Read a guard; raises GuardError."""
    if len(text) > MAX_LENGTH:
        raise GuardError(f"the guard has {len(text)} characters, at most {MAX_LENGTH} are read", 0)
    parser = _Parser(_tokens(text))
    tree = parser.either()
    parser.finish()
    return tree


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise GuardError(_unreadable(text[start:]), start)
        kind = match.lastgroup if match.lastgroup != "unit" else "number"
        token = _token(kind or "number", match)
        bare = bool(tokens) and tokens[-1].quantity is not None and not tokens[-1].quantity.unit
        if bare and token.kind == "name" and token.text.lower() not in KEYWORDS:
            raise GuardError(_unknown_unit(token.text), token.offset)
        tokens.append(token)
        position = match.end()
    tokens.append(_Token("end", "the end", len(text)))
    return tokens


#: What other languages write, and what is written here.
_ELSEWHERE = {
    "&&": "`and`", "&": "`and`", "||": "`or`", "|": "`or`", "!": "`not`", "=>": "`>=`", "=<": "`<=`",
    "=": "`==` or `>=`", "≥": "`>=`", "≤": "`<=`", "≠": "`!=`",
}  # fmt: skip
_NUMBER_AND_WORD = re.compile(rf"{NUMBER}([A-Za-z%/][A-Za-z0-9_/%]{{0,15}})")


def _unreadable(rest: str) -> str:
    """The message for what begins no token."""
    for sign, here in _ELSEWHERE.items():
        if rest.startswith(sign):
            return f"cannot read {sign!r}, write {here}"
    number = _NUMBER_AND_WORD.match(rest)
    if number is not None and number[1] not in UNITS:
        return _unknown_unit(number[1])
    return f"cannot read {rest[:12]!r}"


def _unknown_unit(word: str) -> str:
    return f"unknown unit {word!r}; known: {', '.join(unit for unit in UNITS if unit)}"


def _token(kind: str, match: re.Match[str]) -> _Token:
    if kind == "number":
        value = Quantity(float(match["number"]), match["unit"] or "")
        return _Token("number", str(value), match.start("number"), value)
    return _Token(kind, match[kind], match.start(kind))


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _accept(self, text: str) -> bool:
        token = self._next
        found = token.text == text and token.kind in ("name", "mark")
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise GuardError(f"expected {text!r} before {self._next.text!r}", self._next.offset)

    def finish(self) -> None:
        if self._next.kind != "end":
            word = self._next.text.lower()
            hint = f"write `{word}`" if word in KEYWORDS else "is `and` or `or` missing?"
            raise GuardError(f"unexpected {self._next.text!r}; {hint}", self._next.offset)

    def either(self) -> Tree:
        return self._chain("or", self._both)

    def _both(self) -> Tree:
        return self._chain("and", self._negated)

    def _chain(self, word: str, part: Callable[[], Tree]) -> Tree:
        start = self._next
        parts, bare = [part()], self._bare_timed
        while self._accept(word):
            parts.append(part())
            bare = bare or self._bare_timed
        if len(parts) == 1:
            return parts[0]
        if bare:
            raise GuardError(
                f"put the part with for/within in parentheses beside {word!r}", start.offset, "S024"
            )
        self._bare_timed = False
        return Or(tuple(parts)) if word == "or" else And(tuple(parts))

    def _negated(self) -> Tree:
        start = self._next
        if not self._accept("not"):
            return self._timed()
        with self._deeper(start):
            part = self._negated()
        if self._bare_timed:
            message = "write `(not x) for D` or `not (x for D)`: without parentheses both can be meant"
            raise GuardError(message, start.offset, "S024")
        return Not(part)

    _bare_timed = False  # whether the part just read is a for/within without parentheses around it

    def _timed(self) -> Tree:
        tree = self._primary()
        self._bare_timed = False
        if self._accept("for"):
            tree = Held(tree, self._duration("for"))
            self._bare_timed = True
        elif self._accept("within"):
            tree = Recent(tree, self._duration("within"))
            self._bare_timed = True
        return tree

    def _duration(self, word: str) -> int:
        token = self._take()
        if token.quantity is None or token.quantity.dimension != "time":
            raise GuardError(f"`{word}` needs a duration such as 1.5 s, not {token.text!r}", token.offset)
        if token.quantity.milliseconds <= 0:
            raise GuardError(f"`{word}` needs a duration above zero", token.offset)
        return token.quantity.milliseconds

    def _primary(self) -> Tree:
        token = self._take()
        if token.kind == "mark" and token.text == "(":
            with self._deeper(token):
                tree = self.either()
            self._expect(")")
            self._bare_timed = False
            return tree
        if token.kind == "number":
            return self._comparison(token)
        if token.kind != "name" or token.text in KEYWORDS:
            raise GuardError(f"expected a signal, a state or a function, found {token.text!r}", token.offset)
        if self._accept("("):
            return self._function(token)
        return self._named(token)

    def _deeper(self, token: _Token) -> "_Deeper":
        if self._depth >= MAX_NESTING:
            raise GuardError(f"nested deeper than {MAX_NESTING} levels", token.offset)
        return _Deeper(self)

    def _function(self, token: _Token) -> Tree:
        name = self._word()
        tree: Tree
        if token.text in ("fact", "variant"):
            self._expect(",")
            value = self._word()
            tree = FactIs(name, value) if token.text == "fact" else VariantIs(name, value)
        elif token.text == "node":
            tree = InNode(name)
        else:
            kind = _HAPPENINGS.get(token.text)
            if kind is None:
                raise GuardError(f"no function {token.text!r}; known: {', '.join(FUNCTIONS)}", token.offset)
            tree = Happened(kind, name)
        self._expect(")")
        return tree

    def _word(self) -> str:
        token = self._take()
        if token.kind != "name":
            raise GuardError(f"expected a name, found {token.text!r}", token.offset)
        return token.text

    def _named(self, token: _Token) -> Tree:
        if self._next.kind == "op":
            op = _OPERATORS[self._take().text]
            return Compare(token.text, op, self._quantity())
        if self._accept("in"):
            self._expect("[")
            low = self._quantity()
            self._expect(",")
            high = self._quantity()
            self._expect("]")
            return Between(token.text, low, high)
        return Flag(token.text)

    def _comparison(self, number: _Token) -> Tree:
        op = self._take()
        if op.kind != "op":
            raise GuardError(f"expected a comparison after {number.text!r}", op.offset)
        assert number.quantity is not None  # noqa: S101 - a number token carries its quantity
        return Compare(self._word(), _FLIPPED[op.text], number.quantity)

    def _quantity(self) -> Quantity:
        token = self._take()
        if token.quantity is None:
            raise GuardError(f"expected a number with its unit, found {token.text!r}", token.offset)
        return token.quantity


class _Deeper:
    def __init__(self, parser: _Parser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        self._parser._depth += 1

    def __exit__(self, *_: object) -> None:
        self._parser._depth -= 1
