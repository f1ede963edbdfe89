"""Faults as text, JSON or SARIF, for ``talkdown scenario check``, for editors and for code hosts."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from scenario_assets.language.checks.consent import unavoidable
from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import CODES, Fault
from scenario_assets.language.review import UNREVIEWED

_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_text(scenario: Scenario | None, faults: Sequence[Fault]) -> str:
    """One fault per line, errors and warnings told apart, and last lines that sum up."""
    lines = [f"{fault}" + (" (warning)" if fault.severity == "warning" else "") for fault in faults]
    errors = sum(fault.severity == "error" for fault in faults)
    told = f"{_count(errors, 'error')}, {_count(len(faults) - errors, 'warning')}" if faults else "no faults"
    name = f"{scenario.id}: " if scenario is not None and scenario.id else ""
    lines.append(name + told)
    if scenario is not None and not errors and (topics := unavoidable(scenario)):
        lines.append(f"{name}on every way to an ending: {', '.join(topics)}; nobody can be spared that")
    if scenario is not None and not scenario.reviewed_by:
        lines.append(f"{name}{UNREVIEWED}; not for summative use")
    return "\n".join(lines)


def as_json(faults: Sequence[Fault]) -> str:
    """A list of objects: code, path, line, column, message, severity, and the code's meaning."""
    return json.dumps([asdict(fault) | {"meaning": CODES[fault.code]} for fault in faults], indent=1)


def as_sarif(faults: Sequence[Fault]) -> str:
    """One run of SARIF 2.1.0 (OASIS), as code hosts read it to show faults beside the lines."""
    rules = [{"id": code, "shortDescription": {"text": meaning}} for code, meaning in CODES.items()]
    run = {
        "tool": {"driver": {"name": "talkdown", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(fault) for fault in faults],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=1)


def _result(fault: Fault) -> dict[str, object]:
    path = Path(fault.path)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    place = {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": fault.line, "startColumn": fault.column},
    }
    return {
        "ruleId": fault.code,
        "ruleIndex": list(CODES).index(fault.code),
        "level": fault.severity,
        "message": {"text": fault.message},
        "locations": [{"physicalLocation": place}],
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
