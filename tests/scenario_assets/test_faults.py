"""Every fault: a scenario that has it, at which line, and that the unchanged one has none."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language import ScenarioError, examine, load
from tests.scenario_assets.texts import SMALL, changed, small

# code, text to replace, replacement, what the message says; the fault stands in the line of the replacement
CASES = [
    ("S000", "seed: 7", "seed: 7\nseed: 8", "key 'seed' twice: first in line 7"),
    ("S000", "id: small", "id: &x small", "anchors are not used"),
    ("S000", "id: small", "id: *x", "aliases are not used"),
    ("S000", "id: small", "id: !!str small", "tags are not used"),
    ("S000", "limit: {after: 3 min", "limit: {after: 1:30", "base 60"),
    ("S000", "seed: 7", "seed: 07", "octal"),
    ("S000", "id: small", "<<: {id: small}", "merge key"),
    ("S000", "title: A small scenario", "title: {", "flow mapping"),
    ("S001", "locale: en", "locale: en\ncolour: red", "unknown key 'colour'"),
    ("S000", "title: A small scenario", "title: A small: scenario", "stands in words without quotes"),
    ("S000", "locale: en", "\tlocale: en", "indent with spaces"),
    ("S000", "seed: 7", "  seed: 7", "the indentation does not fit"),
    ("S000", "text: Come along.", "text: 'It's fine'", "of line 77 is not closed by then; is a quote"),
    ("S001", "    shouting:\n", "    shöuting:\n", "only letters from a to z"),
    ("S001", "seed: 7", "sed: 7", "unknown key 'sed'; did you mean 'seed'?"),
    ("S001", "{after: 60 s, to: left}", "{after:60 s, to: left}", "a blank after ':' is missing? Write `after: 60 s`"),
    ("S001", "text: Come along.", "text: Come, please do.", "Put the words in quotes"),
    ("S001", "threat: calm", "threat: clam", "did you mean 'calm'?"),
    ("S001", "limit: {after: 3 min", "limit: {after: 25", "'25' is a number without unit, expected a time such as"),
    ("S002", "when: distance < 2 m", "when: distance < 6 ft", "unknown unit 'ft'; known: m, cm"),
    ("S002", "when: distance < 2 m", "when: speaking AND distance < 2 m", "write `and`"),
    ("S002", "when: distance < 2 m", "when: speaking && distance < 2 m", "write `and`"),
    ("S002", "when: distance < 2 m", "when: speaking || distance < 2 m", "write `or`"),
    ("S002", "when: distance < 2 m", 'when: "! speaking"', "write `not`"),
    ("S002", "when: distance < 2 m", "when: distance = 2 m", "write `==` or `>=`"),
    ("S002", "when: distance < 2 m", "when: distance => 2 m", "write `>=`"),
    ("S070", "at_least: 100%", "at_least: 80", "write 80 %"),
    ("S001", 'offer: {key: "2"', 'offer: {key: "F2"', "expected one small letter or digit"),
    ("S002", "when: distance < 2 m", "when: distance < 6ft", "unknown unit 'ft'"),
    ("S001", "seed: 7", "seed: on", "whole number"),
    ("S001", "limit: {after: 3 min", "limit: {after: 3", "expected a time"),
    ("S001", "limit: {after: 3 min", "limit: {after: 3 m", "is a length, expected a time"),
    ("S001", "speed: 2 m/s", "speed: 2 m", "expected a speed"),
    ("S001", "loop: true", "loop: yes", "true or false"),
    ("S001", "threat: calm", "threat: peaceful", "one of none_visible, calm, agitated"),
    ("S001", "when: distance < 2 m", "when: distance < 2", "is a length"),
    ("S001", "when: distance < 2 m", "when: distance < 2 LU", "is a length"),
    ("S001", "when: agitation < 70", "when: agitation < 70 LU", "is a plain"),
    ("S001", "when: agitation < 70", "when: agitation", "compare it"),
    ("S001", "when: agitation < 70", "when: speaking > 1", "true or false"),
    ("S001", "say: hello, emit: cue_shown}", "}", "nothing is done here"),
    ("S001", "{at: 2 s, say: hello", "{at: 2 s, every: 5 s, say: hello", "either `at`"),
    ("S001", "unit: LU, range: [-60, 40]", "unit: m, range: [-60, 40]", "measured in LU"),
    ("S001", "type: bool, stale", "type: bool, unit: m, stale", "no unit"),
    ("S001", "source: trainee.speaking", "source: trainee.humming", "unknown source"),
    ("S001", "start: standing\n", "start: standing\n      end: left\n", "no `next` and no `states`"),
    ("S002", "when: distance < 2 m", "when: distance << 2 m", "expected a number with its unit"),
    ("S002", "when: distance < 2 m", "when: distance < 2 m and", "expected a signal"),
    ("S002", "when: distance < 2 m", 'when: "__import__(os)"', "no function '__import__'"),
    ("S010", "{after: 60 s, to: left}", "{after: 60 s, to: pacing}", "person.left can never be reached"),
    (
        "S012",
        "{after: 60 s, to: left}",
        "{after: 60 s, to: left}\n        - {to: shouting}",
        "back to it at once",
    ),
    ("S020", "when: distance < 2 m", "when: distance < 2 m and distance > 3 m", "never be true"),
    ("S020", "when: agitation >= 80", "when: agitation > 100", "never be true"),
    ("S020", "when: agitation < 70", "when: choice(greet)", "write `within`"),
    ("S020", "distance < 1 m for 1 s", "choice(greet) for 1 s", "never be true"),
    ("S020", "when: event(person_shouts)", "when: event(person_shouts) and choice(greet)", "never be true"),
    ("S020", "when: choice(offer)", 'when: "fact(reason, noise) and fact(reason, grief)"', "never be true"),
    ("S022", "agitation < 60 for 2 s", "agitation < 60 for 61 s", "node's own `after 60 s`"),
    ("S022", "distance < 1 m for 1 s", "distance < 1 m for 4 min", "the scenario's limit"),
    (
        "S023",
        "when: event(person_shouts)",
        "when: event(person_shout)",
        "no event 'person_shout'; did you mean 'person_shouts'?",
    ),
    ("S023", "when: choice(offer)", "when: choice(offers)", "no choice 'offers'"),
    ("S023", "offers: offer\n", "offers: [offer, dance]\n", "no choice 'dance'"),
    (
        "S023",
        "when: agitation >= 80",
        "when: fear >= 80",
        "no signal or state 'fear'; known: distance, voice",
    ),
    ("S023", "{after: 60 s, to: left}", "{after: 60 s, to: lost}", "no node of person 'lost'"),
    ("S023", "helped: {end: helped}", "helped: {end: saved}", "no outcome 'saved'"),
    ("S023", "start: {person: pacing", "start: {person: standing", "no node in region person 'standing'"),
    ("S023", "enter: {say: shout", "enter: {say: shouts", "no line 'shouts'"),
    ("S023", "start: standing\n", "start: lying\n", "no node inside person.talking 'lying'"),
    ("S023", "at: door, facing", "at: doors, facing", "no place 'doors'"),
    ("S023", "goto: {person: talking.sitting}", "goto: {person: talking.lying}", "no node in region"),
    ("S023", "indicated: cue_shown", "indicated: cue_seen", "no event 'cue_seen'"),
    ("S023", "distance: {calm: 1.2 m, agitated: 2.0 m}", "distance: {calm: 1.2 m}", "threat 'agitated'"),
    ("S023", "{policy: nothing, seeds", "{policy: nobody, seeds", "no policy 'nobody'"),
    ("S023", "said: reflection}\n  offer", "said: reflections}\n  offer", "no kind of utterance"),
    ("S024", "when: distance < 2 m", "when: speaking and distance < 2 m for 1 s", "parentheses"),
    ("S024", "when: distance < 2 m", "when: not speaking for 1 s", "without parentheses"),
    ("S040", "text: Hello there.", 'text: ""', "no caption text"),
    ("S050", "warnings: [{topic: shouting, level: mild}]", "warnings: []", "no content warning"),
    ("S070", "[{talking: 0.5}, {pacing: 0.5}]", "[{talking: 0.5}, {pacing: 0.6}]", "sum to 1.1"),
    ("S070", "range: [-60, 40]", "range: [60, -40]", "comes first"),
    ("S070", "seed: 7", "seed: -7", "outside 0 to"),
    ("S070", "initial: 50", "initial: 120", "outside its range"),
    ("S070", "uniform(3 s, 5 s)", "uniform(5 s, 3 s)", "lower bound comes first"),
    ("S070", "at_least: 100%", "at_least: 110%", "outside 0 to 1"),
    ("S070", "bench: [2, -2]", "bench: [2, -9]", "outside the scene's bounds"),
    ("S070", "limit: {after: 3 min", "limit: {after: -3 min", "negative"),
    ("S071", "key: w, text: Wait", "key: r, text: Wait", "key 'r' is taken"),
    ("S071", 'offer: {key: "2"', 'offer: {key: "1"', "key '1' is taken"),
]
# Faults that show where the other end of what was changed stands.
ELSEWHERE = {
    "flow mapping": "briefing:",
    "key 'r' is taken": "helper: {key",
    "back to it at once": "    shouting:",
    "person.left can never be reached": "    left: {end",
}
WARNINGS = [
    ("S023", "lines:\n", "lines:\n  unused: {actor: kim, text: Never.}\n", "line 'unused' is never spoken"),
]


@pytest.mark.parametrize(("code", "old", "new", "message"), CASES, ids=lambda value: str(value)[:30])
def test_fault_is_reported_with_its_line(code: str, old: str, new: str, message: str) -> None:
    text = changed((old, new))
    with pytest.raises(ScenarioError) as caught:
        load("small.yaml", text=text)
    found = [fault for fault in caught.value.faults if fault.code == code and message in fault.message]
    assert found, f"no {code} {message!r} in:\n{caught.value}"
    where = text.index(ELSEWHERE[message]) if message in ELSEWHERE else SMALL.index(old)
    line = text[:where].count("\n") + 1
    assert found[0].line in range(line, line + new.count("\n") + 1)
    assert re.match(rf"small\.yaml:\d+:\d+: {code} ", str(found[0]))


@pytest.mark.parametrize(("code", "old", "new", "message"), WARNINGS)
def test_warning_does_not_stop_the_scenario(code: str, old: str, new: str, message: str) -> None:
    text = changed((old, new))
    assert load("small.yaml", text=text).id == "small"
    _, faults = examine("small.yaml", text=text)
    assert [fault.severity for fault in faults if fault.code == code and message in fault.message] == [
        "warning"
    ]


def test_a_node_without_way_to_an_ending_is_told() -> None:
    text = changed(
        ("agitation < 60 for 2 s, to: pacing", "agitation < 60 for 2 s, to: stuck"),
        ("    helped: {end: helped}", "    helped: {end: helped}\n    stuck: {}"),
    )
    _, faults = examine("small.yaml", text=text)
    assert [(fault.code, fault.severity) for fault in faults] == [("S011", "warning")]


def test_the_small_scenario_itself_has_no_fault() -> None:
    scenario, faults = examine("small.yaml", text=SMALL)
    assert scenario is not None
    assert faults == ()
    assert small().title == "A small scenario"


def test_all_faults_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ("seed: 7", "seed: x"),
        ("agitation >= 80", "fear >= 80"),
        ("actor: kim, text: Hello there.", "actor: tim, text: Hello there."),
    )
    with pytest.raises(ScenarioError) as caught:
        load("small.yaml", text=text)
    faults = caught.value.faults
    assert [fault.code for fault in faults] == ["S001", "S023", "S023"]
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "just words",
        "[" * 2000,
        "{a: " * 2000,
        "a: b\n---\nc: d\n",
        "\0",
        "a: \ud800",
        "? [x]\n: y\n",
        "{}",
        "regions: [",
        "\t- x",
    ],
)
def test_what_is_no_scenario_is_told_in_words(text: str) -> None:
    scenario, faults = examine("x.yaml", text=text)
    assert faults
    assert (scenario is not None) == (text in ("{}", "? [x]\n: y\n"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    with pytest.raises(ScenarioError, match=r"missing\.yaml:1:1: S000 cannot be opened"):
        load(missing)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"a" * 10_000_000)
    with pytest.raises(ScenarioError, match="10000000 bytes"):
        load(large)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"title: ok\nname: caf\xe9\n")
    with pytest.raises(ScenarioError, match=r"latin\.yaml:2:1: S000 not UTF-8"):
        load(latin)


_WORDS = re.findall(r"\S+|\s+", SMALL)


@given(st.integers(0, len(_WORDS) - 1), st.text(max_size=8) | st.sampled_from(_WORDS), st.integers(0, 4))
def test_any_small_damage_gives_faults_or_a_scenario(place: int, word: str, dropped: int) -> None:
    text = "".join([*_WORDS[:place], word, *_WORDS[place + dropped :]])
    scenario, faults = examine("x.yaml", text=text)
    assert scenario is not None or faults


@given(st.integers(0, len(SMALL)))
def test_any_truncation_gives_faults_or_a_scenario(length: int) -> None:
    scenario, faults = examine("x.yaml", text=SMALL[:length])
    assert scenario is not None or faults


def test_hash_is_of_the_bytes(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, "utf-8")
    assert load(file).sha256 == small().sha256 != small(("seed: 7", "seed: 8")).sha256
