"""Twine 2 HTML: published pages, archives, and pages that are broken."""

import html
import time

import pytest

from scenario_assets.importers import import_story
from scenario_assets.importers.story import MAX_CONTENT, Report, Story
from scenario_assets.importers.twine_html import parse_html
from scenario_assets.language import ScenarioError
from tests.scenario_assets.importers.stories import told

PAGE = """\
<!DOCTYPE html>
<html><head><title>A page</title>
<script>document.querySelector("<tw-storydata name='no story'>")</script>
<style>tw-storydata { display: none }</style></head><body>
<tw-storydata name="Kim &amp; Noor" startnode="2" creator="Twine" format="Harlowe" format-version="3.3.9"
  ifid="D674C58C-DEFA-4F70-B7A2-27742230C0FC" options="" tags="" zoom="1" hidden><style role="stylesheet"
  id="twine-user-stylesheet" type="text/twine-css"></style><script role="script" id="twine-user-script"
  type="text/twine-javascript">alert(1)</script><tw-tag name="one" color="gray"></tw-tag>
<tw-passagedata pid="1" name="Talking" tags="region-person calm" position="10,20" size="100,100">Kim&#39;s words:
&lt;b&gt;no&lt;/b&gt; &quot;yes&quot;&#10;more [[Go-&gt;End]]
</tw-passagedata><TW-PASSAGEDATA PID=2 NAME='First one' tags="">[[Talk-&gt;Talking]]</TW-PASSAGEDATA>
<tw-passagedata pid="3" name="End" tags="end-well" position="x"></tw-passagedata></tw-storydata>
<script>var after = "<tw-passagedata name='none'>"</script></body></html>
"""


def parsed(text: str) -> tuple[list[Story], list[tuple[int, str]]]:
    report = Report("page.html")
    stories = parse_html(text, report)
    return stories, told(report.faults)


def test_a_published_page_gives_its_story() -> None:
    (story,), faults = parsed(PAGE)
    assert (story.title, story.format, story.format_version) == ("Kim & Noor", "Harlowe", "3.3.9")
    assert (story.ifid, story.start, story.line) == ("D674C58C-DEFA-4F70-B7A2-27742230C0FC", "First one", 5)
    talking, first, end = story.passages
    assert (talking.name, talking.tags, talking.position, talking.line) == (
        "Talking", ("region-person", "calm"), (10.0, 20.0), 9,
    )  # fmt: skip
    assert [(line.number, line.text) for line in talking.lines] == [
        (9, "Kim's words:"), (10, '<b>no</b> "yes"'), (10, "more [[Go->End]]"),
    ]  # fmt: skip
    assert (first.name, first.text, first.position) == ("First one", "[[Talk->Talking]]", None)
    assert end.tags == ("end-well",)
    assert [line for line, _ in faults] == [7, 12]
    assert "JavaScript of the story is not run" in faults[0][1]
    assert "position" in faults[1][1]


def archive(*titles: str) -> str:
    return "\n\n".join(
        f'<tw-storydata name="{title}" ifid="ID-{number}" startnode="1"><tw-passagedata pid="1" name="Start">'
        f"{title}</tw-passagedata></tw-storydata>"
        for number, title in enumerate(titles)
    )


def test_of_an_archive_one_story_must_be_named() -> None:
    text = archive("One", "Two", "Two")
    assert [story.title for story in parsed(text)[0]] == ["One", "Two", "Two"]
    with pytest.raises(ScenarioError, match=r"S091 say which of 3 stories is meant: 'One' \(IFID 'ID-0', line 1\)"):
        import_story(text, "archive.html")
    with pytest.raises(ScenarioError, match="no story 'Three'"):
        import_story(text, "archive.html", name="Three")
    with pytest.raises(ScenarioError, match="say which of 2 stories"):
        import_story(text, "archive.html", name="Two")
    assert "title: One\n" in import_story(text, "archive.html", name="One").text
    assert "note: Two\n" in import_story(text, "archive.html", name="ID-2").text


def test_line_breaks_of_any_kind_count_once() -> None:
    (story,), _ = parsed(PAGE)
    for ending in ("\r\n", "\r"):
        assert import_story(PAGE.replace("\n", ending), "x").text == import_story(PAGE, "x").text
    assert story.passages[0].line == 9


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('<tw-storydata startnode="9">\n<tw-passagedata pid="1" name="A"></tw-passagedata>', 1, "startnode '9'"),
        ('<tw-storydata>\n<tw-passagedata pid="1">x</tw-passagedata>', 2, "without a name"),
        ('<tw-storydata>\n\n<tw-passagedata name="A">cut', 3, "the file ends inside"),
        ('<tw-storydata>\n\n<tw-passagedata name="A', 3, "the file ends inside"),
        ("<tw-storydata>\n<script>cut", 2, "the file ends inside"),
        ("<tw-storydata>\n<style>p {}</style>", 2, "a style sheet of the story"),
        (
            "<tw-storydata>\n<tw-passagedata name='A'></tw-passagedata>\n<tw-passagedata name='A'></tw-passagedata>",
            3, "stands in line 2 already",
        ),
    ],
)  # fmt: skip
def test_what_is_odd_is_told_with_its_line(text: str, line: int, message: str) -> None:
    stories, faults = parsed(text)
    assert len(stories) == 1
    assert [number for number, found in faults if message in found] == [line]


def test_a_cut_page_keeps_what_was_there() -> None:
    text = '<tw-storydata name="x"><tw-passagedata name="A">one</tw-passagedata><tw-passagedata name="B">tw'
    (story,), _ = parsed(text)
    assert [(passage.name, passage.text) for passage in story.passages] == [("A", "one"), ("B", "tw")]


def test_references_are_read_and_the_impossible_ones_are_left() -> None:
    number = f"&#{'9' * 5000};"
    content = f"&#0;&#xD800;{number}&nosuch;&amp;lt;"
    text = f'<tw-storydata><tw-passagedata name="&eacute;&#x1F68C;">{content}</tw-passagedata>'
    (story,), _ = parsed(text)
    assert story.passages[0].name == "é🚌"
    assert story.passages[0].text == f"��{number}&nosuch;&lt;"


def test_attributes_are_read_in_every_form_and_the_first_counts() -> None:
    text = '<tw-storydata/name = \'a "b"\' NAME="c" \' x ifid=bare startnode hidden=>'
    (story,), _ = parsed(text)
    assert (story.title, story.ifid) == ('a "b"', "bare")


@pytest.mark.parametrize(
    "piece", ["<tw-passagedata ", "<tw-passagedata name='", "<script>", "<!--", "<![", "&#9", " ", "'", '"', "a=", "/"]
)
def test_time_grows_with_the_length_alone(piece: str) -> None:
    """Quadratic readers take minutes here; processor time, for the machine may be busy."""
    begin = time.process_time()
    parsed("<tw-storydata " + piece * (500_000 // len(piece)))
    parsed("<tw-storydata><tw-passagedata name='a'>" + piece * (500_000 // len(piece)))
    assert time.process_time() - begin < 10


def test_more_text_than_a_scenario_can_hold_is_refused_before_it_is_read() -> None:
    text = f"<tw-storydata>\n<tw-passagedata name='a'>{html.escape('x' * (MAX_CONTENT + 1))}</tw-passagedata>"
    with pytest.raises(ScenarioError, match=r"page.html:2:1: S091 the passages have more than"):
        parsed(text)
