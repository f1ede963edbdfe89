"""Every check code: a scenario that has the fault, and a nearly identical one that does not."""

import re
from difflib import ndiff
from pathlib import Path

import pytest

from scenario_assets.authoring.simulated import check_simulated, seeds_wanted
from scenario_assets.importers import import_story
from scenario_assets.language import Fault, ScenarioError, inspect
from scenario_assets.language.faults import CODES
from scenario_assets.language.review import summative_faults
from scenario_assets.runtime import explore
from tests.scenario_assets.faulty import GERMAN, PAIRS, TINY, Changes, Files, Pair
from tests.scenario_assets.texts import SMALL

#: So many lines may differ between the two scenarios of a pair.
ALIKE = 4
README = Path(__file__).parents[2] / "scenario_assets" / "README.md"


def written(text: str, changes: Changes, files: Files, folder: Path) -> Path:
    """The changed scenario in a folder, and what lies beside it."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    scenario = folder / "scenario.yaml"
    scenario.write_text(text, "utf-8")
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            file.write_text(content, "utf-8")
        else:
            content(file)
    return scenario


def everything(path: Path) -> tuple[Fault, ...]:
    """All faults that any way of checking finds."""
    text = path.read_text("utf-8")
    if not text.startswith("format:"):
        try:
            return import_story(text, str(path)).faults
        except ScenarioError as error:
            return error.faults
    found = inspect(path, films=True)
    faults = found.faults
    if found.scenario is None:
        return faults
    if not any(fault.severity == "error" for fault in faults):
        explored = explore(found.scenario, seeds=seeds_wanted(found.scenario, most=3))
        check_simulated(found.scenario, found.reader, explored)
        faults = found.faults
    return faults + summative_faults(found.scenario, place=found.reader.place(found.scenario, "reviewed_by"))


@pytest.mark.parametrize(("code", "pair"), [(code, pair) for code, pairs in PAIRS.items() for pair in pairs])
def test_the_fault_is_found_and_its_twin_has_none(code: str, pair: Pair, tmp_path: Path) -> None:
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
    bad = written(pair.base, pair.bad, pair.files, tmp_path / "bad")
    files = pair.files if pair.good_files is None else pair.good_files
    good = written(pair.base, pair.good, files, tmp_path / "good")

    found = [fault for fault in everything(bad) if fault.code == code]
    told = [fault for fault in found if pair.message in fault.message]
    assert told, f"no {code} {pair.message!r} among:\n" + "\n".join(str(fault) for fault in everything(bad))
    assert {fault.severity for fault in told} == {pair.severity}
    if code != "S091":  # which is of a whole file
        assert all(fault.line > 1 for fault in told if fault.path == str(bad)), "it stands somewhere in the file"

    left = [fault for fault in everything(good) if fault.code == code]
    assert not left, "\n".join(str(fault) for fault in left)
    lines = ndiff(bad.read_text("utf-8").splitlines(), good.read_text("utf-8").splitlines())
    assert sum(line[0] in "+-" for line in lines) <= 2 * ALIKE


def test_every_code_has_a_pair() -> None:
    assert list(PAIRS) == list(CODES)


def test_without_changes_nothing_is_wrong_but_the_missing_review(tmp_path: Path) -> None:
    for text, files in ((SMALL, {"locales/de.yaml": GERMAN}), (TINY, {})):
        folder = tmp_path / str(len(files))
        folder.mkdir()
        path = written(text, (), files, folder)
        assert inspect(path, films=True).faults == ()
    assert [fault.code for fault in everything(path)] == ["S085"]


def test_the_readme_lists_every_code_as_it_is() -> None:
    rows = re.findall(r"^\| (S\d{3}) \| (.*?) \|", README.read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == CODES
