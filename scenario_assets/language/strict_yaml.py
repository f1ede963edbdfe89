"""YAML 1.2 core, strictly: a tree of nodes that know their line, or faults; never a traceback.

Refused, each with its line: aliases, anchors, tags, merge keys, duplicate keys, several documents, and plain
words that YAML 1.1 reads differently (``yes``, ``1:30``, ``010``) where they would be taken for something
else. The parser's events are read iteratively, so that depth is bounded by ``MAX_DEPTH`` and not by Python's
stack.
"""

import re
from dataclasses import dataclass, field

import yaml

from scenario_assets.language.files import MAX_BYTES

#: The format itself nests about a dozen levels (region, node, states, next, to ...).
MAX_DEPTH = 40
#: Bounds memory for files made of many tiny nodes.
MAX_NODES = 100_000

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|(0|[1-9][0-9]{0,30})(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9]*)?\Z")
_OCTAL = re.compile(r"[-+]?0[0-9_]+\Z")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file, counted from 1; not ``sound`` where something that stands there could not be read."""

    line: int
    column: int
    sound: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, number, truth value or null; ``text`` is what was written."""

    value: str | int | float | bool | None
    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: "list[Node]"
    mark: Mark


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; keys are texts, in the order of the file."""

    entries: "dict[str, tuple[Mark, Node]]"
    mark: Mark


Node = Scalar | Listing | Table


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with the YAML itself."""

    mark: Mark
    message: str


def parse(text: str) -> tuple[Node | None, list[Trouble]]:
    """Read one document: its tree, and what is wrong with it.

    None for the tree: reading had to stop; of half a document one could only say that half is missing.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return None, [Trouble(Mark(1, 1), f"the file is larger than {MAX_BYTES} bytes")]
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.feed(event)
    except yaml.MarkedYAMLError as error:
        return None, [*builder.troubles, Trouble(_mark(error.problem_mark or error.context_mark), _told(error))]
    except (yaml.YAMLError, UnicodeError) as error:
        return None, [*builder.troubles, Trouble(Mark(1, 1), " ".join(str(error).split()))]
    except _HopelessError as stop:
        return None, [*builder.troubles, Trouble(stop.mark, str(stop))]
    return builder.root, builder.troubles


def _told(error: yaml.MarkedYAMLError) -> str:
    """What the YAML library says, and the mistake that people most often make there."""
    problem, context = error.problem or "", error.context or ""
    told = " ".join(part for part in (context, problem) if part)
    if "a tab" in problem:
        return f"{told}: a tab; indent with spaces"
    if "cannot start any token" in problem:
        return f"{told}: a tab? Indent with spaces; words that begin with @, % or ` are put in quotes"
    if "did not find expected key" in problem:
        return f"{told}: the indentation does not fit, or a quote is closed too early (write '' for ' inside '...')"
    if "mapping values are not allowed" in problem:
        return f"{told}: the indentation does not fit, or `: ` stands in words without quotes"
    if "flow" in context:
        opened = "[" if "sequence" in context else "{"
        where = f"the {opened!r} of line {_mark(error.context_mark).line} is not closed by then"
        guess = "is a quote not closed or a curly one, or does `: ` or ` #` stand in words without quotes?"
        return f"{told}: {where}; {guess}"
    return told


class _HopelessError(Exception):
    """Reading on would cost more than the file is worth."""

    def __init__(self, mark: Mark, message: str) -> None:
        self.mark = mark
        super().__init__(message)


def _mark(mark: object) -> Mark:
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    return Mark(int(line) + 1, int(column) + 1)


class _Builder:
    """Turns parser events into nodes; one open collection per stack entry."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.troubles: list[Trouble] = []
        self._stack: list[Listing | Table] = []
        self._keys: list[Scalar | None] = []  # the key that waits for its value, one per open collection
        self._count = 0
        self._documents = 0

    def trouble(self, mark: Mark, message: str) -> None:
        self.troubles.append(Trouble(mark, message))

    def feed(self, event: yaml.Event) -> None:
        mark = _mark(event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _HopelessError(mark, "a second document begins here; a scenario is one document")
        elif isinstance(event, yaml.AliasEvent):
            self.trouble(mark, f"alias *{event.anchor}: aliases are not used here, write the value out")
            self._add(Scalar(None, "", mark))
        elif isinstance(event, yaml.ScalarEvent):
            self._decorated(event, mark)
            self._add(self._scalar(event, mark))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._decorated(event, mark)
            self._open(Listing([], mark))
        elif isinstance(event, yaml.MappingStartEvent):
            self._decorated(event, mark)
            self._open(Table({}, mark))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._stack.pop()
            self._keys.pop()

    def _decorated(self, event: yaml.NodeEvent, mark: Mark) -> None:
        if event.anchor is not None:
            self.trouble(mark, f"anchor &{event.anchor}: anchors are not used here")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.trouble(mark, f"tag {tag}: tags are not used here")

    def _open(self, node: Listing | Table) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _HopelessError(node.mark, f"nested deeper than {MAX_DEPTH} levels")
        self._add(node)
        self._stack.append(node)
        self._keys.append(None)

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise _HopelessError(node.mark, f"more than {MAX_NODES} values in one file")
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        if isinstance(top, Listing):
            top.items.append(node)
        elif self._keys[-1] is None:
            self._key(node)
        else:
            key = self._keys[-1]
            self._keys[-1] = None
            self._entry(top, key, node)

    def _key(self, node: Node) -> None:
        if not isinstance(node, Scalar):
            self.trouble(node.mark, "a key must be a word")
            node = Scalar(f"?{self._count}", f"?{self._count}", node.mark)
        if node.text == "<<":
            self.trouble(node.mark, "merge key <<: merges are not used here, write the values out")
        self._keys[-1] = node

    def _entry(self, table: Table, key: Scalar, node: Node) -> None:
        if key.text in table.entries:
            first = table.entries[key.text][0]
            self.trouble(key.mark, f"key {key.text!r} twice: first in line {first.line}")
            return
        table.entries[key.text] = (key.mark, node)

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> Scalar:
        text: str = event.value
        if event.style:  # quoted or block: always text (the C parser gives "" for plain words)
            return Scalar(text, text, mark)
        if text in _WORDS:
            return Scalar(_WORDS[text], text, mark)
        if _INT.match(text):
            return Scalar(int(text), text, mark)
        if _FLOAT.match(text):
            return self._float(text, mark)
        if _SEXAGESIMAL.match(text):
            self.trouble(mark, f"{text} is a number in base 60 to some YAML readers; write 90 s, or quote it")
        elif _OCTAL.match(text):
            self.trouble(mark, f"{text} is octal to some YAML readers; drop the leading zero, or quote it")
        return Scalar(text, text, mark)

    def _float(self, text: str, mark: Mark) -> Scalar:
        value = float(text)
        if value in (float("inf"), float("-inf")):
            self.trouble(mark, f"{text} is not a finite number")
            value = 0.0
        return Scalar(value, text, mark)
