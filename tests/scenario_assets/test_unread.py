"""What could not be read causes no further faults: one mistake, one message, in its own line."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language import Fault, examine
from tests.scenario_assets.texts import SMALL, changed

WARNINGS = "warnings: [{topic: shouting, level: mild}]"
START = "start: {person: pacing"


def faults(*changes: tuple[str, str]) -> tuple[Fault, ...]:
    return examine("small.yaml", text=changed(*changes))[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (WARNINGS, "warnings: [{topic: mental-health-crisis, level: mild}, {topic: shoutin, level: mild}]"),
        (WARNINGS, "warnings: [{topic: shoutin, level: mild}, {topic: mental-health-crisis, level: mild}]"),
        ("limit: {after: 3 min", "limit: {after: 3"),
        ("limit: {after: 3 min", "limit: {after: 1:10"),
        ("limit: {after: 3 min, end: nothing}\n", ""),
        ("{after: 60 s, to: left}", "{after: 60, to: left}"),
        ("speed: 2 m/s", 'speed: "0,8 m/s"'),
        ("{pacing: 0.5}]", "{pacing: 75}]"),
        ("threat: calm", "threat: peaceful"),
        ("bounds: {x: [-5, 5]", "bounds: {x: [-5, five]"),
        ("range: [0, 100]", "range: [0, hundred]"),
        ("agitation < 60 for 2 s, to: pacing", "agitation < 60 fr 2 s, to: pacing"),
        ("{when: event(person_shouts)", "{wen: event(person_shouts)"),
        ("lines:\n", "line:\n"),
    ],
)
def test_one_mistake_is_told_once(old: str, new: str) -> None:
    found = [fault for fault in faults((old, new)) if not fault.message.endswith("is missing")]
    missing = [fault for fault in faults((old, new)) if fault.message.endswith("is missing")]
    assert len(found or missing) == 1, [str(fault) for fault in found]


VALUES = [
    (event.start_mark.index, event.end_mark.index, event.start_mark.line + 1)
    for event in yaml.parse(SMALL, Loader=yaml.SafeLoader)
    if isinstance(event, yaml.ScalarEvent) and event.start_mark is not None and event.end_mark is not None
]


@given(st.sampled_from(VALUES), st.sampled_from(["{zz: 1}", "zz 1", "zz"]))
def test_whatever_cannot_be_read_is_told_in_its_own_line(place: tuple[int, int, int], word: str) -> None:
    start, end, line = place
    if word.startswith("{") and SMALL[end : end + 1] == ":":
        return  # a key is a word
    _, found = examine("small.yaml", text=SMALL[:start] + word + SMALL[end:])
    unread = any(fault.line == line and fault.code in ("S000", "S001", "S002") for fault in found)
    missing = [fault for fault in found if fault.message.endswith("is missing")]
    if unread:
        assert {fault.line for fault in found if fault not in missing} <= {line}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (START, "start: {person: pacin"),
        ("to: [{talking: 0.5}, {pacing: 0.5}]", "to: [{talkin: 0.5}, {pacing: 0.5}]"),
        ("goto: {person: talking.sitting}", "goto: {person: talking.siting}"),
    ],
)
def test_a_misspelt_target_hides_behind_no_unreachable_nodes(old: str, new: str) -> None:
    assert [fault.code for fault in faults((old, new))] == ["S023"]


def test_other_mistakes_are_told_at_the_same_time() -> None:
    found = faults(
        ("threat: calm", "threat: peaceful"), ("bench: [2, -2]", "bench: [2, -9]"), ("say: shout,", "say: no_,")
    )
    assert [fault.code for fault in found if fault.severity == "error"] == ["S070", "S023", "S001"]


def unreachable(*changes: tuple[str, str]) -> list[str]:
    return [fault.message for fault in faults(*changes) if fault.code == "S010"]


def test_why_a_node_cannot_be_reached() -> None:
    helped = "    helped: {end: helped}"
    stuck = unreachable((helped, helped + "\n    stuck: {end: left}"))
    assert stuck == ["node person.stuck can never be reached: no transition leads there"]
    far = unreachable(
        ("cues: [{at: 30 s,", "cues: [{at: 30 s, emit: gone,"),
        ("{when: event(person_shouts), to: far}", "{when: event(person_shouts), to: near}"),
        ('{after: "uniform(20 s, 40 s)", to: far}', "{when: event(gone), to: far}"),
    )
    assert far == [
        "node bystander.far can never be reached: what leads there comes only from bystander.near and waits for "
        "`event(gone)`"
    ]
