"""Scenarios in several languages: what is read, what is replaced, and that nothing else changes."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from scenario_assets.language import Scenario, examine, load, localised, media_as_json, public
from scenario_assets.language.behaviour import Media
from scenario_assets.language.locales import best
from scenario_assets.runtime.compile import program_of

DATA = Path(__file__).parents[1] / "data"

GERMAN = """
format: talkdown-locale/1
locale: de
title: Ein Mann an der Haltestelle
briefing: Jemand hat angerufen.
actors: {person: {role: die Person}}
lines: {hello: Ist der Bus schon weg?}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    (tmp_path / "locales").mkdir()
    (tmp_path / "scenario.yaml").write_bytes((DATA / "small.yaml").read_bytes())
    (tmp_path / "locales" / "de.yaml").write_text(GERMAN)
    return load(tmp_path / "scenario.yaml")


def test_a_locale_replaces_words_and_nothing_else(scenario: Scenario) -> None:
    german = localised(scenario, "de")
    assert german.regions == scenario.regions
    seen = public(german, role="trainee", media_base="/media/small")
    assert seen["locale"] == "de"
    assert seen["title"] == "Ein Mann an der Haltestelle"
    assert seen["actors"]["person"] == {"name": "Sam", "role": "die Person", "look": None}  # type: ignore[index]
    assert seen["lines"]["hello"]["text"] == "Ist der Bus schon weg?"  # type: ignore[index]
    assert seen["lines"]["back"]["text"] == scenario.lines["back"].text  # type: ignore[index]


def test_words_of_another_length_take_another_time_to_speak(scenario: Scenario) -> None:
    long = {"hello": replace(scenario.lines["hello"], text="Eins. " * 20)}
    spoken = replace(scenario, lines={**scenario.lines, **long}, locale="de")
    assert program_of(spoken) is not program_of(scenario)


@pytest.mark.parametrize(("wanted", "found"), [("de", "de"), ("de-AT", "de"), ("DE-at", "de"), ("fr", None)])
def test_less_said_serves_more_wanted(wanted: str, found: str | None) -> None:
    assert best(wanted, {"de": 1, "en": 1}) == found


def test_without_the_language_it_is_as_written(scenario: Scenario) -> None:
    assert localised(scenario, "fr") is scenario
    assert localised(scenario, None) is scenario


def test_its_own_language_is_nearer_than_a_translation_with_less_said(scenario: Scenario) -> None:
    austrian = replace(scenario, locale="de-AT")
    assert localised(austrian, "de-AT") is austrian
    assert localised(austrian, "de-CH").locale == "de"


def test_a_file_whose_name_is_no_text_is_told_and_not_a_crash(scenario: Scenario) -> None:
    (scenario.path.parent / "locales" / os.fsdecode(b"\xff.yaml")).write_text(GERMAN)
    _, faults = examine(scenario.path)
    [told] = [fault for fault in faults if fault.severity == "error"]
    assert (told.code, str(told).isprintable()) == ("S040", True)


def test_the_hash_covers_the_locale_files(scenario: Scenario) -> None:
    (scenario.path.parent / "locales" / "de.yaml").write_text(GERMAN + "outcomes: {}\n")
    assert load(scenario.path).sha256 != scenario.sha256


def test_faults_of_a_locale_file_name_that_file(scenario: Scenario) -> None:
    file = scenario.path.parent / "locales" / "de.yaml"
    file.write_text(GERMAN.replace("title: Ein", "titel: Ein"))
    _, faults = examine(scenario.path)
    errors = [fault for fault in faults if fault.severity == "error"]
    assert [(fault.code, fault.path, fault.line) for fault in errors] == [("S001", str(file), 4)]


def test_files_of_media_are_named_in_the_language() -> None:
    media = Media(video="upset.{locale}.mp4", still="upset.jpg", loop=True)
    shown = media_as_json(media, media_base="/media/small", locale="de")
    assert shown == {"video": "/media/small/upset.de.mp4", "still": "/media/small/upset.jpg", "loop": True}
