"""Executable content: what the elements inside ``onentry``, ``onexit`` and ``transition`` do (section 4, 6.2).

An element that cannot be executed places an error on the internal queue and ends its block.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tests.conformance.datamodel import SCXML_PROCESSOR, DataModel
from tests.conformance.document import Element
from tests.conformance.expressions import EvaluationError, Event

_DURATION = re.compile(r"(\d*\.?\d+)\s*(ms|s|m|h)")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


class Queues(Protocol):
    """Where events go."""

    def raise_internal(self, event: Event) -> None:
        """Put an event into the internal queue."""

    def send(self, event: Event, delay_ms: int) -> None:
        """Put an event into the external queue after a delay."""

    def cancel(self, sendid: str) -> None:
        """Take back what was sent under this id and has not arrived."""


class _Abort(Exception):  # noqa: N818 - ends a block, after its error has been placed
    pass


class Content:
    """Executes blocks of content over a session's data and queues."""

    def __init__(self, data: DataModel, queues: Queues) -> None:
        self._data = data
        self._queues = queues
        self._sent = 0

    def run(self, block: Iterable[Element]) -> None:
        """Execute a block, up to the first element that fails."""
        try:
            self._block(block)
        except EvaluationError:
            self.error("error.execution")
        except _Abort:
            pass

    def error(self, name: str, sendid: str | None = None) -> None:
        """Place an error on the internal queue."""
        self._queues.raise_internal(Event(name, "platform", sendid=sendid))

    def holds(self, condition: str | None) -> bool:
        """Whether a condition is true; one without a value is false, and an error is told (5.9.1)."""
        try:
            return condition is None or bool(self._data.value(condition))
        except EvaluationError:
            self.error("error.execution")
            return False

    def payload(self, element: Element) -> object:
        """The data that ``send`` or ``donedata`` carries; raises EvaluationError."""
        if (content := element.find("content")) is not None:
            return self._data.inline(content)
        names = element.get("namelist", "").split()
        values = {name: self._data.value(name) for name in names}
        for param in element.findall("param"):
            values[param.attrib["name"]] = self._data.value(param.get("expr") or param.attrib["location"])
        return values or None

    def _block(self, block: Iterable[Element]) -> None:
        for element in block:
            self._execute(element)

    def _execute(self, element: Element) -> None:
        match element.tag:
            case "raise":
                self._queues.raise_internal(Event(element.attrib["event"], "internal"))
            case "assign":
                self._data.assign(element.attrib["location"], self._data.inline(element))
            case "script":
                self._data.run(element)
            case "log":
                self._data.value(element.get("expr", "None"))
            case "if":
                self._block(self._chosen(element))
            case "foreach":
                self._foreach(element)
            case "send":
                self._send(element)
            case "cancel":
                self._queues.cancel(self._text(element, "sendid") or "")
            case _:
                raise EvaluationError(f"{element.tag} is no executable content")

    def _chosen(self, element: Element) -> list[Element]:
        """The children of the first branch whose condition holds (4.3)."""
        chosen: list[Element] = []
        taking = taken = self.holds(element.attrib["cond"])
        for child in element:
            if child.tag in ("elseif", "else"):
                taking = not taken and (child.tag == "else" or self.holds(child.attrib["cond"]))
                taken = taken or taking
            elif taking:
                chosen.append(child)
        return chosen

    def _foreach(self, element: Element) -> None:
        """4.6: over a copy, so that the body may change the array."""
        items = self._data.value(element.attrib["array"])
        if not isinstance(items, list):
            raise EvaluationError(f"{element.attrib['array']!r} is no array")
        for number, item in enumerate(list(items)):
            self._data.bind(element.attrib["item"], item)
            if (index := element.get("index")) is not None:
                self._data.bind(index, number)
            self._block(element)

    def _send(self, element: Element) -> None:
        message = self._message(element)
        if message.processor not in (SCXML_PROCESSOR, "scxml"):
            self._refuse("error.execution", message.sendid)
        data = self.payload(element)
        if message.target == "#_internal":
            self._queues.raise_internal(Event(message.event, "internal", data, message.sendid))
        elif message.target in (None, self._data.location):
            sent = Event(message.event, "external", data, message.sendid, self._data.location, "scxml")
            self._queues.send(sent, message.delay_ms)
        else:
            known = message.target.startswith("#_")  # a form of address we know, and nobody there
            self._refuse("error.communication" if known else "error.execution", message.sendid)

    def _message(self, element: Element) -> "_Message":
        """6.2: all attributes are evaluated now, not when the event arrives."""
        sendid = element.get("id")
        if (place := element.get("idlocation")) is not None:
            self._sent += 1
            sendid = f"send.{self._sent}"
            self._data.assign(place, sendid)
        return _Message(
            event=self._text(element, "event") or "",
            target=self._text(element, "target"),
            processor=self._text(element, "type") or SCXML_PROCESSOR,
            delay_ms=_milliseconds(self._text(element, "delay") or "0s"),
            sendid=sendid,
        )

    def _refuse(self, error: str, sendid: str | None) -> None:
        self.error(error, sendid)
        raise _Abort

    def _text(self, element: Element, name: str) -> str | None:
        """An attribute, or the value of the expression that may stand for it."""
        if (expression := element.get(f"{name}expr")) is not None:
            return str(self._data.value(expression))
        return element.get(name)


@dataclass(frozen=True, slots=True)
class _Message:
    event: str
    target: str | None
    processor: str
    delay_ms: int
    sendid: str | None


def _milliseconds(text: str) -> int:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise EvaluationError(f"{text!r} is no duration")
    return round(float(found[1]) * _UNIT_MS[found[2]])
