"""The W3C's test cases for SCXML: where they lie, which are run, which are not and why.

They are the python-datamodel copy of the W3C's SCXML 1.0 Implementation Report Plan that python-statemachine
keeps in ``tests/scxml/w3c`` (BSD-3-Clause), and are not part of this repository. FOLDER_VARIABLE names the
folder; without it, ``shared/conformance/scxml-w3c`` beside the checkout or further up is looked for.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scenario_assets.runtime.statechart import Machine
from tests.conformance.document import Document, read_document
from tests.conformance.session import MakeMachine, Session

FOLDER_VARIABLE = "SCXML_W3C_CASES"
_BESIDE = Path("shared", "conformance", "scxml-w3c")
_NAME = re.compile(r"test\d+[a-c]?")  # not the documents that a case invokes, test216sub1 and the like

#: Cases without ``invoke`` in the suite.
MANDATORY, OPTIONAL = 125, 33

#: Mandatory cases that the recommendation itself contradicts, with its sentence.
CONTRADICTED: Mapping[str, str] = {
    "test198": (
        "expects the processor's URI in _event.origintype, against C.1: \"The 'origintype' field of the event "
        'raised in the receiving session must have the value "scxml"", which test352 expects'
    ),
}

_HTTP = "needs the optional Basic HTTP Event I/O Processor (C.2); nothing here sends over a network"

#: Optional cases that are not run, with the reason.
LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(("test201", "test509", "test510", "test518", "test519", "test520", "test522"), _HTTP),
    **dict.fromkeys(("test531", "test532", "test534", "test567", "test577"), _HTTP),
    "test446": "ECMAScript's instanceof",
    "test452": "defines a class and a function; expressions here are evaluated by an allow-list and call nothing",
    "test453": "defines a function",
    "test459": "ECMAScript's bitwise or, with another precedence than Python's",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: it passes when its session ends in the final state ``pass``."""

    id: str
    path: Path

    def run(self, make_machine: MakeMachine = Machine) -> str:
        """Where the session ends."""
        return Session(_read(self.path), make_machine).run()


def folder() -> Path | None:
    """Where the cases lie, or None."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    found = (parent / _BESIDE for parent in Path(__file__).resolve().parents)
    return next((place for place in found if place.is_dir()), None)


def cases(kind: str) -> list[Case]:
    """The ``mandatory`` or ``optional`` cases without ``invoke``; none where the folder is absent."""
    place = folder()
    if place is None:
        return []
    files = (path for path in sorted((place / kind).glob("*.scxml")) if _NAME.fullmatch(path.stem))
    return [Case(path.stem, path) for path in files if "<invoke" not in path.read_text(encoding="utf-8")]


@cache
def _read(path: Path) -> Document:
    return read_document(path)
