"""Hostile input: whatever the text, a scenario that can be read, or a refusal; never another exception."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_assets.importers import import_story, to_twee
from scenario_assets.language import ScenarioError, examine

PIECES = st.sampled_from([
    "::", ":: A", ":: B [x]", "\n:: C ", "\n", "\n--\n", "[[", "]]", "->", "<-", "|", "][", "[", "]", "{", "}", "\\",
    '"', "'",
    "<<", ">>", "<%", "(a:", "$x", "StoryTitle", "StoryData", "StoryInit", '{"start": "A"}', '{"position":"1,2"}',
    "when A: ",
    "after A: ", "offer a: ", "media: ", "video a.mp4 loop", "5 s", "uniform(1 s, 2 s)", " when ", "distance < 2 m",
    "choice(a)", "said(a.b)", "trust > 3", "fact(a, b)", "radio(ems)", "[cast]", "[briefing]", "[start]", "[end-x]",
    "[region-b]", "[region-b.c]", "[end-]", "[script]", 'Kim: "No."', "Kim: the person", "[if x]", "[note]",
    "[JavaScript]",
    "<tw-storydata ", "name='A'", 'pid="1" ', "startnode=1", ">", "<tw-passagedata ", "</tw-passagedata>",
    "</tw-storydata>",
    "<script>", "</script>", "<style", "&lt;", "&#10;", "&#0;", "&#xD800;", "&nosuch;", "position='1,2'",
    "tags='end-x cast'",
    "\x00", "\x85", "\u2028", "\ufeff", "\ufffe", "\t", "\r", "é", "🚌", "\ud800", "word ", "# x", "- x", ": ", "yes",
    "~", "\x1b",
])  # fmt: skip
TEXT = st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join)


def check(text: str) -> None:
    try:
        made = import_story(text, "story")
    except ScenarioError as error:
        refused = [fault.code for fault in error.faults]
    else:
        refused = []
    if refused:
        assert refused == ["S091"]
        return
    lines = text.replace("\r\n", "\n").count("\n") + text.count("\r") + 1
    assert all(fault.code == "S090" and 1 <= fault.line <= lines for fault in made.faults)
    str(made.faults).encode()
    scenario, faults = examine("story.yaml", text=made.text)
    assert scenario is not None
    assert not {fault.code for fault in faults} - {"S010", "S011", "S012", "S020", "S022", "S023", "S070"}
    again, _ = examine("story.yaml", text=import_story(to_twee(scenario), "story").text)
    assert again is not None
    assert {region: list(nodes) for region, nodes in again.regions.items()} == {
        region: list(nodes) for region, nodes in scenario.regions.items()
    }


@given(TEXT)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_twee_of_any_kind(text: str) -> None:
    check(f":: A\n{text}")


@given(TEXT)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_html_of_any_kind(text: str) -> None:
    check(f"<tw-storydata name='x'><tw-passagedata name='A'>{text}")


@given(TEXT | st.text())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text(text: str) -> None:
    check(text)
