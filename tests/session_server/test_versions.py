"""Scenario files by hash, and the shelf that notices when one was edited."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from scenario_assets import library
from scenario_assets.language import ScenarioError, load
from session_server.core.errors import Refusal
from session_server.core.opening import Opening
from session_server.net.scenarios import TOLD, Shelf
from session_server.store.versions import ChangedError, Versions
from tests.session_server.rehearsal import SMALL, opening

GERMAN = "format: talkdown-locale/1\nlocale: de\ntitle: Ein Mann an der Haltestelle\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "author" / "scenario.yaml"
    (path.parent / "locales").mkdir(parents=True)
    path.write_text(SMALL.read_text())
    return path


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "data" / "scenarios")


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Edit a file so that its time differs, however coarse the file system's clock."""
    text, then = path.read_text(), path.stat().st_mtime
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text)
    os.utime(path, (then + 2, then + 2))


def opened(path: Path) -> Opening:
    return opening(load(path))


# --- versions --------------------------------------------------------------------------------------------------------


def test_a_version_is_found_to_the_byte_after_its_file_was_edited_or_removed(file: Path, versions: Versions) -> None:
    (file.parent / "locales" / "de.yaml").write_text(GERMAN)
    first = load(file)
    versions.keep(first)
    edit(file, ("limit: {after: 60 s", "limit: {after: 90 s"))
    second = load(file)
    versions.keep(second)
    file.unlink()
    for scenario in (first, second):
        kept = versions.load(scenario.sha256)
        assert kept is not None
        assert (kept.sha256, kept.limit, kept.locales["de"].title) == (
            scenario.sha256, scenario.limit, "Ein Mann an der Haltestelle",
        )  # fmt: skip
    assert first.sha256 != second.sha256


def test_another_translation_is_another_version(file: Path, versions: Versions) -> None:
    plain = load(file)
    (file.parent / "locales" / "de.yaml").write_text(GERMAN)
    translated = load(file)
    versions.keep(translated)
    assert plain.sha256 != translated.sha256
    assert versions.load(plain.sha256) is None


def test_what_is_not_kept_is_not_found(versions: Versions) -> None:
    assert versions.load("0" * 64) is None
    assert versions.load("") is None
    assert versions.find("../somewhere") is None


def test_a_file_that_was_edited_since_it_was_read_is_not_kept_under_the_old_hash(
    file: Path, versions: Versions, tmp_path: Path
) -> None:
    scenario = load(file)
    edit(file, ("limit: {after: 60 s", "limit: {after: 90 s"))
    with pytest.raises(ChangedError, match="was changed while it was read"):
        versions.keep(scenario)
    assert list((tmp_path / "data" / "scenarios").iterdir()) == []


def test_a_version_that_today_would_not_be_accepted_can_still_be_read(file: Path, versions: Versions) -> None:
    """Media may be gone, and later software may ask for more than was asked when the session was played."""
    versions.keep(load(file))
    kept = versions.find(load(file).sha256)
    assert kept is not None
    stricter = kept.read_text().replace("expect: [{policy: nothing,", "expect: [{policy: nobody,")
    kept.write_text(stricter)
    with pytest.raises(ScenarioError):
        load(kept)
    found = versions.load(kept.parent.name)
    assert found is not None
    assert found.expect[0].policy == "nobody"


def test_many_servers_may_keep_the_same_version_at_once(file: Path, tmp_path: Path) -> None:
    folder, scenario = tmp_path / "shared", load(file)
    failed: list[Exception] = []

    def keep() -> None:
        try:
            Versions(folder).keep(scenario)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [entry.name for entry in folder.iterdir()] == [scenario.sha256]


# --- the shelf -------------------------------------------------------------------------------------------------------


def test_an_edited_file_is_taken_when_it_is_looked_at_and_the_version_before_stays_known(
    file: Path, versions: Versions
) -> None:
    shelf, before = Shelf.of(file, versions=versions), opened(file)
    edit(file, ("title: A man at a bus stop", "title: A man at another bus stop"))
    assert shelf["small"].title == "A man at a bus stop"
    shelf.refresh("small")
    assert shelf["small"].title == "A man at another bus stop"
    played = shelf.played(before)
    assert (played.title, played.sha256, played.path) == ("A man at a bus stop", before.scenario_sha256, file)
    assert shelf.played(opened(file)) is shelf["small"]


def test_a_file_with_errors_is_told_and_the_version_before_is_offered(file: Path, versions: Versions) -> None:
    shelf = Shelf.of(file, versions=versions)
    sound = shelf["small"]
    edit(file, ("to: settled}", "to: nowhere}"), ("rate: \"+8 /s\"", "rate: very fast"))
    shelf.refresh("small")
    assert shelf["small"] is sound
    assert any("scenario.yaml:" in fault and "nowhere" in fault for fault in shelf.faults["small"])
    edit(file, ("to: nowhere}", "to: settled}"), ("rate: very fast", "rate: \"+7 /s\""))
    shelf.refresh("small")
    assert "small" not in shelf.faults
    assert shelf["small"].dynamics["agitation"].drives[0].rate == 7.0


def test_of_very_many_errors_the_first_are_told_and_the_others_counted(file: Path, versions: Versions) -> None:
    shelf = Shelf.of(file, versions=versions)
    edit(file, ("injects:\n", "injects:\n" + "".join(f"  i{n}: {{key: s, text: {n}}}\n" for n in range(20))))
    shelf.refresh("small")
    assert len(shelf.faults["small"]) == TOLD + 1
    assert shelf.faults["small"][-1].startswith("and ")


def test_a_file_that_is_gone_or_holds_another_scenario_is_told(file: Path, versions: Versions) -> None:
    shelf = Shelf.of(file, versions=versions)
    edit(file, ("id: small\n", "id: tall\n"))
    shelf.refresh("small")
    assert "now holds the scenario 'tall'" in shelf.faults["small"][0]
    file.unlink()
    shelf.refresh("small")
    assert "cannot be opened" in shelf.faults["small"][0]
    assert shelf["small"].id == "small"


def test_an_untouched_file_is_not_read_again(file: Path, versions: Versions) -> None:
    shelf = Shelf.of(file, versions=versions)
    before = shelf["small"]
    shelf.refresh("small")
    assert shelf["small"] is before


def test_an_edited_translation_is_noticed_too(file: Path, versions: Versions) -> None:
    shelf = Shelf.of(file, versions=versions)
    (file.parent / "locales" / "de.yaml").write_text(GERMAN)
    shelf.refresh("small")
    assert list(shelf["small"].locales) == ["de"]


def test_a_version_that_nobody_has_kept_is_refused(file: Path, versions: Versions) -> None:
    before = opened(file)
    edit(file, ("limit: {after: 60 s", "limit: {after: 90 s"))
    with pytest.raises(Refusal, match="another version of 'small'"):
        Shelf.of(file, versions=versions).played(before)
    with pytest.raises(Refusal, match="it was played with 'small'; give"):
        Shelf.of(versions=versions).played(before)


def test_the_shipped_scenarios_are_kept_as_they_are(versions: Versions) -> None:
    shelf = Shelf.of(versions=versions)
    for name in library.names():
        kept = versions.load(shelf[name].sha256, beside=shelf.paths[name])
        assert kept is not None
        assert replace(kept, locales={}) == replace(shelf[name], locales={})
        assert list(kept.locales) == list(shelf[name].locales)
