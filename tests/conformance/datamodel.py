"""The variables of one session: declared, assigned, read by expressions; the system's own are protected."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from tests.conformance.document import Element
from tests.conformance.expressions import EvaluationError, Evaluator, Event

SCXML_PROCESSOR = "http://www.w3.org/TR/scxml/#SCXMLEventProcessor"

_SYSTEM = ("_event", "_sessionid", "_name", "_ioprocessors")


class DataModel:
    """The data model of a session called ``session``; ``location`` is where events for it can be sent."""

    def __init__(self, name: str, session: str, folder: Path, active: Callable[[str], bool]) -> None:
        self.location = f"#_scxml_{session}"
        processor = {"location": self.location}
        self._names: dict[str, object] = {
            "_sessionid": session,
            "_name": name,
            "_ioprocessors": {SCXML_PROCESSOR: processor, "scxml": processor},
        }
        self._folder = folder
        self._evaluator = Evaluator(self._names, active)

    def value(self, expression: str) -> object:
        """What an expression is worth now; raises EvaluationError."""
        return self._evaluator.value(expression)

    def declare(self, data: Element) -> None:
        """Create the variable of a ``data`` element; on EvaluationError it exists without a value."""
        name = data.attrib["id"]
        self._names[name] = None
        self._names[name] = self.inline(data)

    def inline(self, element: Element) -> object:
        """The value an element gives by ``expr``, ``src`` or its content; raises EvaluationError."""
        if (expression := element.get("expr")) is not None:
            return self.value(expression)
        if (source := element.get("src")) is not None:
            return _literal((self._folder / source.removeprefix("file:")).read_text(encoding="utf-8"))
        return element[0] if len(element) else _literal(element.text or "")

    def assign(self, location: str, value: object) -> None:
        """Change a declared variable; raises EvaluationError for any other place."""
        if location in _SYSTEM or location not in self._names:
            raise EvaluationError(f"{location!r} is no place to assign to")
        self._names[location] = value

    def bind(self, name: str, value: object) -> None:
        """Give a variable a value, creating it where there is none; raises EvaluationError."""
        if not name.isidentifier() or name in _SYSTEM:
            raise EvaluationError(f"{name!r} is no name for a variable")
        self._names[name] = value

    def run(self, script: Element) -> None:
        """Do the assignments of a script; raises EvaluationError."""
        for name, value in self._evaluator.assignments(script.text or ""):
            self.bind(name, value)

    def handle(self, event: Event) -> None:
        """Let ``_event`` be this event from now on."""
        self._names["_event"] = event


def _literal(text: str) -> object:
    """B.2.1: content is JSON or XML if it can be read so, else a string with its white space normalised."""
    normal = " ".join(text.split())
    if not normal:
        return None
    try:
        return json.loads(normal)
    except json.JSONDecodeError:
        pass
    try:
        return ElementTree.fromstring(normal)  # noqa: S314 - the W3C's own cases
    except ElementTree.ParseError:
        return normal
