"""Reading a scenario file: strict YAML, typed, then checked; all faults at once."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from scenario_assets.language.checks import check
from scenario_assets.language.checks.media import check_films
from scenario_assets.language.checks.translations import check_translation
from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Fault, ScenarioError
from scenario_assets.language.files import FileError, decode, read
from scenario_assets.language.locales import FOLDER, Locale
from scenario_assets.language.reader import Reader
from scenario_assets.language.strict_yaml import Mark, Table, parse


@dataclass(frozen=True, slots=True)
class Examination:
    """What became of a file: the scenario as far as it can be read, and the reader, which knows where things stand.

    Further checks report to the reader. ``beside`` are the faults of the locale files.
    """

    scenario: Scenario | None
    reader: Reader
    beside: tuple[Fault, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that has been found by now: in the order of the file, those of the files beside it behind them."""
        return (*_in_order(self.reader), *self.beside)


def load(path: Path | str, *, text: str | None = None) -> Scenario:
    """The scenario in this file, or in ``text`` as if it stood there.

    Raises ScenarioError with all errors.
    """
    return _sound(inspect(path, text=text))


def reread(path: Path | str) -> Scenario:
    """A scenario that was checked before, perhaps beside other media and by other rules, as it stands in this file.

    Raises ScenarioError only where it cannot be read.
    """
    return _sound(inspect(path, checks=False))


def _sound(found: Examination) -> Scenario:
    errors = tuple(fault for fault in found.faults if fault.severity == "error")
    if found.scenario is None or errors:
        raise ScenarioError(errors)
    return found.scenario


def examine(path: Path | str, *, text: str | None = None) -> tuple[Scenario | None, tuple[Fault, ...]]:
    """The scenario as far as it can be read, and all errors and warnings, in the order of the file.

    Faults of the files beside it (languages, captions) come after those of the scenario.
    """
    found = inspect(path, text=text)
    return found.scenario, found.faults


def inspect(
    path: Path | str, *, text: str | None = None, films: bool = False, checks: bool = True
) -> Examination:
    """Like ``examine``, for checks that go on from there and need to know where things stand.

    With ``films`` every film is read, which takes time; without ``checks`` nothing is but reading.
    """
    place = Path(path)
    reader = Reader(str(path))
    data = _bytes(place, text, reader)
    root = _table(data, reader) if data is not None else None
    if root is None or data is None:
        return Examination(None, reader)
    made: Scenario = reader.read(root, Scenario)
    digest = hashlib.sha256(data)
    locales = _locales(place.parent, digest)
    tables = {locale.locale: locale for locale, _ in locales if locale is not None}
    scenario = replace(made, path=place, sha256=digest.hexdigest(), locales=tables)
    reader.stands_for(scenario, made)
    if checks:
        check(scenario, reader)
    if films:
        check_films(scenario, reader)
    for locale, own in locales:
        if checks and locale is not None:
            check_translation(scenario, locale, own)
    return Examination(scenario, reader, tuple(fault for _, own in locales for fault in _in_order(own)))


def _in_order(reader: Reader) -> tuple[Fault, ...]:
    """As they stand in the files, those of the file itself first."""
    return tuple(
        sorted(
            reader.faults,
            key=lambda fault: (fault.path != reader.path, fault.path, fault.line, fault.column, fault.code),
        )
    )


def _locales(folder: Path, digest: "hashlib._Hash") -> list[tuple[Locale | None, Reader]]:
    """What the files in ``locales`` say, with the reader of each; their bytes are added to the hash."""
    found: list[tuple[Locale | None, Reader]] = []
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        reader = Reader(str(file).encode("utf-8", "replace").decode())
        if reader.path != str(file):
            reader.fault("S040", Mark(1, 1), "the file's name is no UTF-8 text")
            found.append((None, reader))
            continue
        data = _bytes(file, None, reader)
        root = _table(data, reader) if data is not None else None
        locale: Locale | None = None
        if root is not None and data is not None:
            digest.update(b"\0" + file.name.encode() + b"\0" + data)
            made: Locale = reader.read(root, Locale)
            locale = replace(made, path=file)
            reader.stands_for(locale, made)
        found.append((locale, reader))
    return found


def _bytes(path: Path, text: str | None, reader: Reader) -> bytes | None:
    if text is not None:
        return text.encode("utf-8", "surrogatepass")
    try:
        return read(path)
    except FileError as error:
        reader.fault("S000", Mark(error.line, 1), str(error))
        return None


def _table(data: bytes, reader: Reader) -> Table | None:
    try:
        text = decode(data)
    except FileError as error:
        reader.fault("S000", Mark(error.line, 1), str(error))
        return None
    root, troubles = parse(text)
    for trouble in troubles:
        reader.fault("S000", trouble.mark, trouble.message)
    if isinstance(root, Table):
        return root
    if not troubles:
        reader.fault("S000", Mark(1, 1), "a table of keys is expected; see scenario_assets/README.md")
    return None
