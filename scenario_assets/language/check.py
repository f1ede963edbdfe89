"""Faults as text or JSON, for ``talkdown scenario check`` and for editors."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import CODES, Fault
from scenario_assets.language.review import UNREVIEWED


def as_text(scenario: Scenario | None, faults: Sequence[Fault]) -> str:
    """One fault per line, errors and warnings told apart, and a last line that sums up."""
    lines = [f"{fault}" + (" (warning)" if fault.severity == "warning" else "") for fault in faults]
    errors = sum(fault.severity == "error" for fault in faults)
    told = f"{_count(errors, 'error')}, {_count(len(faults) - errors, 'warning')}" if faults else "no faults"
    name = f"{scenario.id}: " if scenario is not None and scenario.id else ""
    lines.append(name + told)
    if scenario is not None and not scenario.reviewed_by:
        lines.append(f"{name}{UNREVIEWED}; not for summative use")
    return "\n".join(lines)


def as_json(faults: Sequence[Fault]) -> str:
    """A list of objects: code, path, line, column, message, severity, and the code's meaning."""
    return json.dumps([asdict(fault) | {"meaning": CODES[fault.code]} for fault in faults], indent=1)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
