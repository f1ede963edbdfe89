"""The JSON Schema: valid itself, fits every scenario there is, and never refuses what the reader takes."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scenario_assets import library
from scenario_assets.language import examine
from scenario_assets.language.document import Scenario
from scenario_assets.language.locales import Locale
from scenario_assets.language.schema import schema
from scenario_assets.language.strict_yaml import Listing, Node, Scalar, Table, parse
from tests.scenario_assets.faulty import GERMAN, PAIRS, STORY, TINY, YOUNG_OR_OLD, Pair
from tests.scenario_assets.texts import SMALL, changed

SCHEMA = schema(Scenario)
VALIDATOR = Draft202012Validator(SCHEMA)


def plain(node: Node | None) -> Any:
    """A document as JSON has it."""
    match node:
        case Scalar(value=value):
            return value
        case Listing(items):
            return [plain(item) for item in items]
        case Table(entries):
            return {key: plain(value) for key, (_, value) in entries.items()}


def errors(document: Any) -> list[str]:
    return [error.json_path + ": " + error.message for error in VALIDATOR.iter_errors(document)]


@pytest.mark.parametrize("cls", [Scenario, Locale])
def test_the_schema_is_one(cls: type) -> None:
    made = schema(cls)
    Draft202012Validator.check_schema(made)
    assert made == schema(cls)
    assert json.loads(json.dumps(made)) == made


def test_every_table_refuses_unknown_keys_and_says_what_it_is() -> None:
    for name, record in [("root", SCHEMA), *SCHEMA["$defs"].items()]:  # type: ignore[attr-defined]
        assert record["additionalProperties"] is False, name
        assert record["description"], name


@pytest.mark.parametrize("name", library.names())
def test_every_shipped_scenario_fits(name: str) -> None:
    root, troubles = parse((library.path(name) / "scenario.yaml").read_text("utf-8"))
    assert not troubles
    assert errors(plain(root)) == []


def test_the_tests_own_scenarios_fit() -> None:
    variants = changed(("arousal: agitation}", YOUNG_OR_OLD))
    for text in (SMALL, TINY, variants):
        assert errors(plain(parse(text)[0])) == []
    assert list(Draft202012Validator(schema(Locale)).iter_errors(plain(parse(GERMAN)[0]))) == []


def test_what_people_get_wrong_is_told() -> None:
    for old, new in (
        ("locale: en", "locale: en\ncolour: red"),
        ("limit: {after: 3 min", "limit: {after: 3"),
        ("limit: {after: 3 min", "limit: {after: 3 m"),
        ("threat: calm", "threat: peaceful"),
        ("seed: 7", "seed: seven"),
        ("title: A small scenario\n", ""),
        ("at_least: 100%", "at_least: often"),
        ('{after: "uniform(2 s, 6 s)"', '{after: "uniform(2 s, 6 m)"'),
        ("bounds: {x: [-5, 5]", "bounds: {x: [-5, 5, 6]"),
        ("at: [3, 0], facing", "at: far away, facing"),
        ("loop: true", "loop: yes"),
        ('greet: {key: "1"', 'greet: {key: "11"'),
    ):
        assert errors(plain(parse(changed((old, new)))[0])), new


def spots(value: Any, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The path of every value in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from spots(inner, (*path, key))


DOCUMENT = plain(parse(changed(("arousal: agitation}", YOUNG_OR_OLD)))[0])
SPOTS = [path for path in spots(DOCUMENT) if path]
ODD = st.sampled_from([
    None, True, False, 0, 1, -1, 0.5, 1.0, 1e9, "", " ", "1", "50%", "2 m", "3 s", "-3 s", "+6 /s", "uniform(1 s, 2 s)",
    "kim", "agitation", "true", "null", "A word.", "distance < 2 m", "pacing", [], ["kim"], [1, 2], [[1, 2]], {},
    {"kim": 1}, {"pacing": 0.5, "talking": 0.5}, [{"pacing": 1.0}], {"at": "1 s"},
])  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(SPOTS), ODD, st.booleans()), min_size=1, max_size=2))
def test_what_the_schema_refuses_the_reader_refuses_too(odds: list[tuple[tuple[object, ...], object, bool]]) -> None:
    document = copy.deepcopy(DOCUMENT)
    for path, value, removed in odds:
        owner = document
        try:
            for key in path[:-1]:
                owner = owner[key]
            if removed:
                del owner[path[-1]]
            else:
                owner[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # the first change has taken the place of the second one away
    if errors(document):
        _, faults = examine("x.yaml", text=json.dumps(document))
        assert any(fault.severity == "error" for fault in faults), errors(document)


SCENARIOS = [(code, pair) for code, pairs in PAIRS.items() for pair in pairs if pair.base is not STORY]


@pytest.mark.parametrize(("code", "pair"), SCENARIOS)
def test_what_the_checks_find_right_the_schema_does_too(code: str, pair: Pair) -> None:
    text = pair.base
    for old, new in pair.good:
        text = text.replace(old, new)
    assert errors(plain(parse(text)[0])) == [], code
