"""What becomes of a story: nodes, endings, choices and their keys, lines, what guards ask for, and what is told."""

import re
from pathlib import Path

import pytest

import scenario_assets
from scenario_assets.importers import import_story
from scenario_assets.importers.choosing import KEYS
from scenario_assets.importers.speakers import captions
from scenario_assets.importers.story import MAX_CONTENT, MAX_FAULTS, MAX_PASSAGES
from scenario_assets.importers.twee import header
from scenario_assets.importers.twine import MAX_STORY_BYTES
from scenario_assets.language import ScenarioError, examine
from scenario_assets.language.behaviour import Media
from scenario_assets.language.guard_parse import parse_guard
from scenario_assets.runtime import Choice, Engine, simulate
from tests.scenario_assets.importers.stories import BUS_STOP, imported, told


def ways(text: str, node: str, region: str = "person") -> list[tuple[str | None, float | None, str]]:
    """Guard, earliest time in milliseconds, and target of a node's transitions."""
    scenario, _ = imported(text)
    return [
        (None if way.when is None else way.when.text, None if way.after is None else way.after.low, way.to[0].node)
        for way in scenario.regions[region][node].next
    ]


def test_a_story_becomes_a_scenario_without_faults() -> None:
    made = import_story(BUS_STOP, "story.twee")
    scenario, faults = examine("story.yaml", text=made.text)
    assert scenario is not None
    assert faults == ()
    assert [(line, message.partition(",")[0]) for line, message in told(made.faults)] == [
        (51, "nothing leads on from 'Kim walks away'")
    ]
    assert (scenario.id, scenario.title) == ("somebody-at-the-bus-stop", "Somebody at the bus stop")
    assert scenario.briefing == "A caller reports somebody shouting at the traffic."
    assert {region: list(nodes) for region, nodes in scenario.regions.items()} == {
        "person": ["at_the_kerb", "shouting", "talking", "goes_along", "kim_walks_away"],
        "bystander": ["noor_films", "noor_steps_back"],
    }
    assert scenario.start == {"person": "at_the_kerb", "bystander": "noor_films"}
    assert scenario.layout["bystander.noor_films"] == (600.5, 100.0)
    assert len(scenario.layout) == 5
    assert "bystander.noor_steps_back" not in scenario.layout


def test_a_passage_becomes_a_node() -> None:
    scenario, _ = imported(BUS_STOP)
    kerb = scenario.regions["person"]["at_the_kerb"]
    assert kerb.note == "Kim paces at the kerb."
    assert kerb.media == Media(scene="bus_shelter")
    assert kerb.offers == ("tell_kim_your_name", "order_kim_to_sit_down", "ask_noor_to_step_back")
    assert ways(BUS_STOP, "at_the_kerb") == [
        ("distance < 1.5 m for 1 s", None, "shouting"),
        (None, 120_000, "shouting"),
        ("choice(tell_kim_your_name)", None, "talking"),
        ("choice(order_kim_to_sit_down)", None, "shouting"),
    ]
    assert ways(BUS_STOP, "talking")[0] == ("agitation >= 60", 60_000, "kim_walks_away")
    assert scenario.regions["person"]["shouting"].note == "You can Say that you keep back or Kim walks away."


def test_spoken_words_come_one_after_the_other() -> None:
    scenario, _ = imported(BUS_STOP)
    kerb = scenario.regions["person"]["at_the_kerb"]
    assert [do.say for do in kerb.enter] == [("kim_1",)]
    (cue,) = kerb.cues
    assert cue.say == ("kim_2",)
    assert cue.at is not None
    assert 2000 < cue.at.low < 4000
    assert scenario.lines["kim_2"].text == "Do you hear them too?"
    assert {name: (actor.name, actor.role) for name, actor in scenario.actors.items()} == {
        "kim": ("Kim", "the person"), "noor": ("Noor", "passer-by"),
    }  # fmt: skip
    assert scenario.scoring.person == "kim"


def test_a_link_to_another_region_sends_that_one_and_stays() -> None:
    scenario, _ = imported(BUS_STOP)
    choice = scenario.choices["ask_noor_to_step_back"]
    assert [dict(do.goto) for do in choice.do] == [{"bystander": "noor_steps_back"}]
    engine = Engine(scenario, seed=1)
    engine.start()
    engine.apply(Choice("ask_noor_to_step_back"), at_ms=1000)
    assert dict(engine.nodes) == {"person": "at_the_kerb", "bystander": "noor_steps_back"}
    engine.advance(2000)
    assert "ask_noor_to_step_back" not in engine.offered


def test_it_can_be_simulated_at_once() -> None:
    scenario, _ = imported(BUS_STOP)
    assert {policy: simulate(scenario, policy, 1).outcome for policy in scenario.policies} == {
        "waits": "time_is_up", "takes_first": "goes_along", "takes_last": "kim_walks_away",
    }  # fmt: skip


def test_what_guards_ask_for_is_defined() -> None:
    text = (
        ":: A\nwhen B: said(open_question) or act(take_cover)\nwhen B: radio(cit_officer) and trust in [10, 20]\n"
        "when B: inject(siren) or fact(reason, grief) or radio(somebody)\nafter B: 5 s when fact(reason, noise)\n--\n"
        ":: B [end-over]\n"
    )
    scenario, told_of = imported(text)
    assert told_of == []
    assert list(scenario.said) == ["open_question"]
    assert scenario.said["open_question"].text == "Open question"
    assert list(scenario.acts) == ["take_cover"]
    assert {name: request.kind for name, request in scenario.radio.items()} == {
        "cit_officer": "cit_officer", "somebody": "backup",
    }  # fmt: skip
    assert list(scenario.injects) == ["siren"]
    assert list(scenario.dynamics) == ["agitation", "trust"]
    assert [(target.node, target.weight) for target in scenario.facts["reason"]] == [("grief", 0.5), ("noise", 0.5)]


@pytest.mark.parametrize(
    ("setting", "limit"),
    [
        ("after B: 9 min", 600_000),
        ("after B: 10 min", 900_000),
        ("after B: uniform(1 s, 930 s)", 1_260_000),
        ("when B: speaking for 20 min", 1_500_000),
    ],
)
def test_the_limit_lets_all_come_that_the_story_waits_for(setting: str, limit: int) -> None:
    scenario, _ = imported(f":: A\n{setting}\n--\n:: B [end-x]\n")
    assert scenario.limit.after == limit


def test_an_event_that_nothing_in_the_story_emits_is_left_to_the_check() -> None:
    made = import_story(":: A\nwhen B: event(bang)\n--\n:: B [end-over]\n", "x")
    _, faults = examine("x.yaml", text=made.text)
    assert {fault.code for fault in faults} == {"S023", "S010"}  # and so nothing leads to B


@pytest.mark.parametrize(
    ("value", "media", "written"),
    [
        ("a.mp4", Media(video="a.mp4"), "{video: a.mp4}  # Decide: flashing"),
        (
            "video b/a.webm loop",
            Media(video="b/a.webm", loop=True),
            "{video: b/a.webm, loop: true}  # Decide: flashing",
        ),
        ("video360 a.mp4", Media(video360="a.mp4"), "{video360: a.mp4}  # Decide: stereo and flashing"),
        (
            "video360 a.mp4 steady top_bottom loop",
            Media(video360="a.mp4", loop=True, stereo="top_bottom", flashing=False),
            "{video360: a.mp4, stereo: top_bottom, loop: true, flashing: false}",
        ),
        ("video a.mp4 flashing", Media(video="a.mp4", flashing=True), "{video: a.mp4, flashing: true}"),
        ("scene kitchen", Media(scene="kitchen"), "{scene: kitchen}"),
    ],
)
def test_what_a_node_shows(value: str, media: Media, written: str) -> None:
    made = import_story(f":: A\nmedia: {value}\n--\n", "x")
    assert f"      media: {written}\n" in made.text
    scenario, faults = examine("x.yaml", text=made.text)
    assert scenario is not None
    assert scenario.regions["person"]["a"].media == media
    asked = {what for what in ("stereo", "flashing") if any(f"{what}`: say" in fault.message for fault in faults)}
    asked |= {"flashing"} if any("say `flashing" in fault.message for fault in faults) else set()
    assert asked == {what for what in ("stereo", "flashing") if what in written.partition("Decide")[2]}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (":: A\n[[Go->B]]\n", 2, "'A' leads to 'B', but no node has this name"),
        (":: A\nafter B: 5 s\n--\n", 2, "'A' leads to 'B', but no node has this name"),
        (":: A\nwhen A: distance <\n--\n", 2, "'when A' cannot be understood and is left out: in 'distance <'"),
        (":: A\nafter A: soon\n--\n", 2, "'after A' cannot be understood and is left out: 'soon' is no number"),
        (":: A\nafter A: 5 s when distance <\n--\n", 2, "'after A' cannot be understood"),
        (":: A\nafter A: 5 m\n--\n", 2, "'5 m' is a length"),
        (":: A\nmedia: film\n--\n", 2, "'media' cannot be understood"),
        (":: A\nmedia: radio a.mp4 loop\n--\n", 2, "media is written as in"),
        (":: A\nmedia: scene kitchen loop\n--\n", 2, "media is written as in"),
        (":: A\nmedia:\n--\n", 2, "'media' cannot be understood"),
        (":: A [end-x]\nscore: 3\n--\n", 2, "the variable 'score'"),
        (":: A\nmood: 3\n--\n", 2, "the variable 'mood'"),
        (":: A\noffer a b: x\n--\n", 2, "the variable 'offer a b'"),
        (":: A\noffer a: x\noffer a: y\n--\n", 3, "the choice 'a' reads 'x' already"),
        (":: A\nafter B: 5 s\n--\n:: B [region-b]\n", 2, "leads to another region, which only a choice can"),
        (":: A [end-x]\n[[B]]\n:: B [region-b]\n", 2, "an ending has no ways on; the link to 'B'"),
        (":: A [end-x]\nafter B: 1 s\n--\n:: B [region-b]\n", 2, "an ending has no ways on; 'after B'"),
        (':: A [end-x]\nKim: "One."\nKim: "Two."\n', 3, "over after one line"),
        (":: A [region-a region-b]\n", 1, "more than one tag for its region; 'a' counts"),
        (":: A [end-a end-b]\n", 1, "more than one tag for its ending; 'a' counts"),
        (":: A\n:: B [blue]\n:: C [blue]\n", 2, "the tag 'blue'"),
        (":: A\n:: B [script]\nalert(1)\n", 2, "JavaScript in 'B' is not run"),
        (":: A\n:: B [stylesheet]\np {}\n", 2, "a style sheet in 'B' is not run"),
        (":: A\n:: B [widget nobr]\n", 2, "'B' is the story format's own"),
        (":: A\n:: StoryInit\n", 2, "'StoryInit' is the story format's own"),
        (":: A\n:: B [cast]\nKim\n", 3, "'Kim' in the cast is no `Name: role`"),
        (':: A\n:: StoryData\n{"start": "B"}\n:: B [cast]\n', 1, "starts with 'B', which is no node"),
        (":: A\n[[x->B]]\n[[x->C]]\n:: B\n:: C\n", 3, "two links here read 'x'"),
    ],
)
def test_what_is_left_out_is_told_with_its_line(text: str, line: int, message: str) -> None:
    made = import_story(text, "story.twee")
    assert [number for number, found in told(made.faults) if message in found] == [line]
    assert all(fault.code == "S090" and fault.severity == "warning" for fault in made.faults)
    scenario, faults = examine("story.yaml", text=made.text)
    assert scenario is not None
    assert not [fault for fault in faults if fault.severity == "error" and fault.code != "S010"]


def test_a_passage_that_leads_nowhere_ends_unless_something_says_otherwise() -> None:
    scenario, faults = imported(
        ":: A\n[[B]] [[C]] [[D]] [[E]] [[F]]\n:: B\n:: C [region-person]\n:: D\n[[nowhere]]\n"
        ":: E\n(link-goto: 'x', 'B')\n"
        ":: F\nafter nowhere: 1 s\n--\n"
    )
    ends = {name: node.end for name, node in scenario.regions["person"].items()}
    assert ends == {"a": None, "b": "b", "c": None, "d": None, "e": None, "f": None}
    assert [line for line, message in faults if "it ends the scenario" in message] == [3]
    assert scenario.outcomes["b"].text == "B"


def test_names_are_made_once_each_and_given_ones_are_kept() -> None:
    scenario, _ = imported(
        ":: Start\n[[a b]][[A, b!]][[person.a_b]][[person.Own]][[1st]][[ÄÖ ß]][[漢字]][[yes]]\n"
        ":: a b\n:: A, b!\n:: person.a_b\n:: person.Own\n:: 1st\n:: ÄÖ ß\n:: 漢字\n:: yes\n"
    )
    assert list(scenario.regions["person"]) == [
        "start",
        "a_b_2",
        "a_b_3",
        "a_b",
        "Own",
        "node_1st",
        "ao_ss",
        "node",
        "yes",
    ]
    assert list(scenario.choices) == [
        "a_b",
        "a_b_2",
        "person_a_b",
        "person_own",
        "choice_1st",
        "ao_ss",
        "choice",
        "yes",
    ]


def test_links_with_the_same_words_are_one_choice_in_a_region() -> None:
    scenario, _ = imported(
        ":: A\n[[Wait->B]]\n:: B\n[[Wait->A]] [[End]]\n:: End [end-x]\n:: C [region-c]\n[[Wait->D]]\n:: D [region-c]\n"
    )
    assert {name: choice.text for name, choice in scenario.choices.items()} == {
        "wait": "Wait",
        "end": "End",
        "wait_2": "Wait",
    }
    assert len({choice.key for choice in scenario.choices.values()}) == 3  # regions run side by side
    assert ways("::A\n[[Wait->B]]\n[[Wait->B]]\n::B [end-x]\n", "a") == [("choice(wait)", None, "b")]


def test_a_setting_offers_a_choice_that_conditions_ask_for() -> None:
    text = ":: A\noffer ask: What helps?\nwhen B: choice(ask) and agitation < 40\n--\n[[Go->B]]\n:: B [end-x]\n"
    scenario, faults = imported(text)
    assert faults == []
    assert scenario.regions["person"]["a"].offers == ("ask", "go")
    assert scenario.choices["ask"].text == "What helps?"


def test_choices_without_a_key_are_told_and_left_out() -> None:
    links = "\n".join(f"[[c{number}->B]]" for number in range(len(KEYS) + 2))
    scenario, faults = imported(f":: A\n{links}\n:: B [end-x]\n")
    assert len(scenario.choices) == len(scenario.regions["person"]["a"].next) == len(KEYS)
    assert [line for line, message in faults if "no key is left" in message] == [len(KEYS) + 2, len(KEYS) + 3]


def test_the_first_nodes_of_regions() -> None:
    text = (
        ':: StoryData\n{"start": "B"}\n:: A\n[[B]]\n:: B [start]\n[[A]]\n:: C [region-c]\n'
        ":: D [region-c start]\n[[C]]\n"
    )
    assert imported(text)[0].start == {"person": "b", "c": "d"}


@pytest.mark.parametrize("length", [1, 159, 160, 161, 400, 2000])
def test_words_too_long_for_a_caption_become_several_lines(length: int) -> None:
    words = ("Kim speaks. And on it goes, without an end. " * (length // 40 + 1))[:length].strip()
    pieces = list(captions(words))
    assert " ".join(pieces) == words
    assert all(0 < len(piece) <= 160 for piece in pieces)
    assert all(len(piece) == 160 for piece in list(captions("x" * 480)))


def test_where_nobody_speaks_there_is_a_person_without_a_name() -> None:
    scenario, _ = imported(":: A\n")
    assert scenario.actors["the_person"].name == "The person"
    assert scenario.scoring.person == "the_person"


def test_notes_and_comments_hold_whatever_a_story_says() -> None:
    name = 'A "name": # with [all] {sorts} \\ of'
    scenario, _ = imported(f"{header(name, (), None)}\nx: y # z\n")
    assert [node.note for node in scenario.regions["person"].values()] == ["x: y # z"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "S091 no story is found"),
        ("# A readme\n", "S091 no story is found"),
        ("<html><body></body></html>", "S091 no story is found"),
        ('<div id="storeArea"><div tiddler="Start"></div></div>', "S091 this is a story of Twine 1"),
        (":: StoryTitle\nx\n", "S091 the story 'x' has no passages"),
        ("<tw-storydata name='x'></tw-storydata>", "S091 the story 'x' has no passages"),
        (":: A\n" + "x" * MAX_CONTENT, "S091 the passages have more than"),
        ("".join(f":: {number}\n" for number in range(MAX_PASSAGES + 1)), "S091 the story has 5001 passages"),
        ("::A" + "\n[[a-> a]]\nb: c\n\n" * 50_000 + "[[x]]\n", None),
        (":: A\n" + "\x01" * (MAX_CONTENT // 3), "S091 the scenario would have more than"),
        ("<!--" + "x" * MAX_STORY_BYTES, "at most 10000000 are read"),
    ],
)  # fmt: skip
def test_what_is_no_story_or_too_much_of_one_is_refused(text: str, message: str | None) -> None:
    if message is None:
        import_story(text, "story.twee")
        return
    with pytest.raises(ScenarioError, match=message):
        import_story(text, "story.twee")


def test_very_many_faults_are_counted() -> None:
    made = import_story(":: A\n" + "<<x>>\n" * (MAX_FAULTS + 50), "x")
    assert len(made.faults) == MAX_FAULTS + 1
    assert made.faults[-1].message == "and 50 more things like these, which are not listed"


def test_guards_keep_their_meaning() -> None:
    text = ":: A\nwhen B: (distance in [1 m, 2 m]) and ((not speaking) for 2 s)\n--\n:: B [end-x]\n"
    scenario, _ = imported(text)
    (way,) = scenario.regions["person"]["a"].next
    assert way.when is not None
    assert way.when.tree == parse_guard("(distance in [1 m, 2 m]) and ((not speaking) for 2 s)")


def test_the_readmes_story_is_imported_whole() -> None:
    readme = (Path(scenario_assets.__file__).parent / "README.md").read_text("utf-8")
    (story,) = re.findall(r"```twee\n(.*?)```", readme, re.DOTALL)
    scenario, faults = imported(story)
    assert faults == []
    assert list(scenario.regions["person"]) == ["at_the_kerb", "shouting", "talking"]
    assert simulate(scenario, "takes_first", 1).outcome == "talks"
