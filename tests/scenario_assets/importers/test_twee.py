"""Twee 3: headers, escapes, special passages, and what the specification says of errors: warn and go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.importers.story import Report
from scenario_assets.importers.twee import content, header, parse_twee
from tests.scenario_assets.importers.stories import BUS_STOP, twee


def test_a_story_is_its_passages_in_order_with_their_lines() -> None:
    story, told = twee(BUS_STOP)
    assert told == []
    assert (story.title, story.format, story.format_version) == ("Somebody at the bus stop", "Chapbook", "2.3.0")
    assert story.ifid == "D674C58C-DEFA-4F70-B7A2-27742230C0FC"
    assert story.start == "At the kerb"
    assert [passage.name for passage in story.passages][:3] == ["The people", "Before", "At the kerb"]
    kerb = story.passages[2]
    assert kerb.position == (200.0, 100.0)
    assert BUS_STOP.split("\n")[kerb.line - 1].startswith(":: At the kerb")
    assert all(BUS_STOP.split("\n")[line.number - 1] == line.text for line in kerb.lines)
    assert kerb.lines[-1].text == "[[Ask Noor to step back|Noor steps back]]"  # blank lines at the end are none


@pytest.mark.parametrize(
    ("line", "name", "tags", "at"),
    [
        (":: An overgrown path", "An overgrown path", (), None),
        ("::No space", "No space", (), None),
        (":: A path [forest spooky]", "A path", ("forest", "spooky"), None),
        (':: A path {"position":"600,400","size":"100,200"}', "A path", (), (600.0, 400.0)),
        (':: A path   [forest]   {"position":"-6.25,4e2"}  ', "A path", ("forest",), (-6.25, 400.0)),
        (":: A path []", "A path", (), None),
        (r":: \[odd\] \{name\} \\ \q", r"[odd] {name} \ q", (), None),
        (r":: A path [a\]b c\[d]", "A path", ("a]b", "c[d"), None),
        (":: Ends with \\", "Ends with \\", (), None),
        (":: Loose ] and }", "Loose ] and }", (), None),
    ],
)
def test_headers(line: str, name: str, tags: tuple[str, ...], at: tuple[float, float] | None) -> None:
    story, told = twee(f"{line}\ntext\n")
    (passage,) = story.passages
    assert (passage.name, passage.tags, passage.position) == (name, tags, at)
    assert passage.text == "text"
    assert told == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (':: A {"position}', "no JSON object"),
        (':: A {"position":"3,4""size":"1,1"}', "no JSON object"),
        (":: A {" + '"a":[' * 5000, "no JSON object"),
        (':: A {"a":' + "9" * 5000 + "}", "no JSON object"),
        (':: A {"position":"here"}', "position"),
        (':: A {"position":"nan,4"}', "position"),
        (':: A {"position":"1e9,4"}', "position"),
        (':: A {"position":[3,4]}', "position"),
        (":: A [open", "not closed"),
        (":: A [tag] more", "'more' behind the tags"),
    ],
)
def test_a_faulty_header_is_told_and_its_passage_is_kept(line: str, message: str) -> None:
    story, told = twee(f":: Start\n\n{line}\nkept\n")
    assert [passage.name for passage in story.passages] == ["Start", "A"]
    assert story.passages[1].text == "kept"
    assert story.passages[1].position is None
    ((number, text),) = told
    assert number == 3
    assert message in text


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("before\n:: A\n", 1, "text before the first passage"),
        (":: A\n::\nlost\n", 2, "without a name"),
        (":: A\n\n:: A\nagain\n", 3, "'A' stands in line 1 already"),
        (":: A\n:: StoryData\n{oops\n", 2, "StoryData is no JSON object"),
        (":: A\n:: StoryData\n[1]\n", 2, "StoryData is no JSON object"),
        (':: A\n:: StoryData\n{"start": "B"}\n', 2, "starts with 'B'"),
    ],
)
def test_what_cannot_be_decoded_is_told_with_its_line(text: str, line: int, message: str) -> None:
    story, told = twee(text)
    assert [passage.name for passage in story.passages] == ["A"]
    assert [number for number, found in told if message in found] == [line]


def test_a_story_starts_where_its_data_say_else_at_start() -> None:
    passages = ":: A\n:: Start\n"
    assert twee(passages)[0].start == "Start"
    assert twee(passages + ':: StoryData\n{"start": "A"}\n')[0].start == "A"
    assert twee(":: A\n:: B\n")[0].start is None


def test_a_backslash_keeps_a_line_of_content_from_being_a_header() -> None:
    story, _ = twee(":: A\n\\:: not a header\n\\\\:: nor this\n\\plain\n")
    assert [line.text for line in story.passages[0].lines] == [":: not a header", "\\:: nor this", "\\plain"]


NAME = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1).map(str.strip).filter(bool)
TAG = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1)


@given(NAME, st.lists(TAG, max_size=3), st.none() | st.tuples(st.floats(-9e4, 9e4), st.floats(-9e4, 9e4)))
def test_a_header_reads_as_it_was_written(name: str, tags: list[str], at: tuple[float, float] | None) -> None:
    rounded = None if at is None else (round(at[0], 6), round(at[1], 6))
    report = Report("x")
    (passage,) = parse_twee(header(name, tuple(tags), rounded) + "\n", report).passages
    assert (passage.name, passage.tags) == (name, tuple(tags))
    assert passage.position == rounded
    assert report.faults == ()


@given(st.lists(st.text("\\: x"), min_size=1).filter(lambda lines: lines[-1].strip()))
def test_content_reads_as_it_was_written(lines: list[str]) -> None:
    text = "\n".join([":: A", *(content(line) for line in lines)])
    (passage,) = parse_twee(text, Report("x")).passages
    assert [line.text for line in passage.lines] == lines
