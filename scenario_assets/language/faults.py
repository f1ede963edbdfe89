"""What can be wrong with a scenario file, each kind under a stable code.

``ScenarioError`` is the one error of ``scenario_assets.language``: the author's fault, with every fault
found.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Literal

Severity = Literal["error", "warning"]

#: Codes are part of the public interface: editors, CI and lesson plans refer to them. Never reuse one.
CODES: dict[str, str] = {
    "S000": "the file cannot be read as strict YAML",
    "S001": "unknown or missing key, wrong type, wrong unit",
    "S002": "a guard cannot be understood",
    "S010": "a node cannot be reached",
    "S011": "from a node no end can be reached",
    "S012": "transitions without condition run in a circle",
    "S020": "a guard can never be true",
    "S021": "a guard is always true, or leaves nothing to a later transition",
    "S022": "`for` lasts longer than the node itself",
    "S023": "a name is used but not defined, or defined but never used",
    "S024": "`for` or `within` beside and/or/not is ambiguous without parentheses",
    "S030": "a media file is missing, altered, or not fit to be played",
    "S031": "more films can follow than are held ready, or one without a still picture",
    "S040": "captions or translations are missing, wrong, or too long to be read",
    "S041": "a film's flashing is not declared, or not warned of",
    "S050": "content warnings are missing",
    "S060": "an instructor's inject leads nowhere, or somebody acts who may not be there",
    "S070": "a weight, range, seed or duration does not add up",
    "S071": "two things that can be done at the same time share a key",
    "S080": "in simulated sessions a transition never fired or a node was never entered",
    "S081": "simulated sessions do not end as expected",
    "S082": "in simulated sessions a drive never worked, or a state stuck to the end of its range",
    "S083": "the scene does not give the distance that is asked for",
    "S084": "who somebody appears to be changes what happens",
    "S085": "nobody has reviewed the scenario for summative use",
    "S090": "something of an imported story has no counterpart here",
    "S091": "there is no story that could be imported",
}


#: So many names help somebody who has forgotten one; more bury the message.
_LISTED = 20
#: Looking for a similar name is quadratic in their lengths; no scenario of sane size has more names of a kind.
_COMPARED = 200
#: Longer words are no misspelt names; names have 64 characters at most.
_LONGEST = 80


def unknown(what: str, name: str, names: Collection[str]) -> str:
    """The message for a name that leads nowhere, with the likely one, or with those there are."""
    return f"no {what} {name!r}; {meant(name, names) or f'known: {listed(names)}'}"


def meant(name: str, names: Collection[str]) -> str:
    """A question for the name that is likely meant; empty where none is like it."""
    if len(name) > _LONGEST:
        return ""
    near = get_close_matches(name, islice(names, _COMPARED), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def listed(names: Collection[str]) -> str:
    """Names for a message, in their order, the first of very many."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(islice(names, _LISTED)) + more or "none"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place; ``line`` and ``column`` count from 1."""

    code: str
    path: str
    line: int
    column: int
    message: str
    severity: Severity = field(default="error")

    def __str__(self) -> str:
        """As compilers and editors write it."""
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"


class ScenarioError(Exception):
    """The scenario cannot be used; ``faults`` lists everything that is wrong, in the order of the file."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))
