"""Reading a scenario file: strict YAML, typed, then checked; all faults at once."""

import hashlib
from dataclasses import replace
from pathlib import Path

from scenario_assets.language.amounts import check_amounts
from scenario_assets.language.conditions import check_conditions
from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Fault, ScenarioError
from scenario_assets.language.graph import check_graph
from scenario_assets.language.locales import FOLDER, Locale
from scenario_assets.language.names import check_names
from scenario_assets.language.reader import Reader
from scenario_assets.language.strict_yaml import MAX_BYTES, Mark, Table, parse


def load(path: Path | str, *, text: str | None = None) -> Scenario:
    """The scenario in this file, or in ``text`` as if it stood there.

    Raises ScenarioError with all errors.
    """
    scenario, faults = examine(path, text=text)
    errors = tuple(fault for fault in faults if fault.severity == "error")
    if scenario is None or errors:
        raise ScenarioError(errors)
    return scenario


def examine(path: Path | str, *, text: str | None = None) -> tuple[Scenario | None, tuple[Fault, ...]]:
    """The scenario as far as it can be read, and all errors and warnings, in the order of the file.

    Faults of the locale files beside it come after those of the scenario.
    """
    place = Path(path)
    reader = Reader(str(path))
    data = _bytes(place, text, reader)
    root = _table(data, reader) if data is not None else None
    if root is None or data is None:
        return None, _sorted(reader)
    scenario: Scenario = reader.read(root, Scenario)
    for check in (check_names, check_conditions, check_amounts, check_graph):
        check(scenario, reader)
    digest = hashlib.sha256(data)
    locales, faults = _locales(place.parent, digest)
    scenario = replace(scenario, path=place, sha256=digest.hexdigest(), locales=locales)
    return scenario, (*_sorted(reader), *faults)


def _sorted(reader: Reader) -> tuple[Fault, ...]:
    return tuple(sorted(reader.faults, key=lambda fault: (fault.line, fault.column, fault.code)))


def _locales(folder: Path, digest: "hashlib._Hash") -> tuple[dict[str, Locale], list[Fault]]:
    """What the files in ``locales`` say, by tag; their bytes are added to the hash."""
    locales: dict[str, Locale] = {}
    faults: list[Fault] = []
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        reader = Reader(str(file))
        data = _bytes(file, None, reader)
        root = _table(data, reader) if data is not None else None
        if root is not None and data is not None:
            locale: Locale = reader.read(root, Locale)
            digest.update(b"\0" + file.name.encode() + b"\0" + data)
            locales[locale.locale] = replace(locale, path=file)
        faults.extend(_sorted(reader))
    return locales, faults


def _bytes(path: Path, text: str | None, reader: Reader) -> bytes | None:
    if text is not None:
        return text.encode("utf-8", "surrogatepass")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            reader.fault("S000", Mark(1, 1), f"the file has {size} bytes, at most {MAX_BYTES} are read")
            return None
        return path.read_bytes()
    except OSError as error:
        reader.fault("S000", Mark(1, 1), f"cannot be opened: {error.strerror or error}")
        return None


def _table(data: bytes, reader: Reader) -> Table | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reader.fault("S000", Mark(line, 1), "not UTF-8 text")
        return None
    root, troubles = parse(text)
    for trouble in troubles:
        reader.fault("S000", trouble.mark, trouble.message)
    if isinstance(root, Table):
        return root
    if not troubles:
        reader.fault("S000", Mark(1, 1), "a table of keys is expected; see scenario_assets/README.md")
    return None
