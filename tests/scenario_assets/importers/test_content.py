"""What stands in a passage: links of every form, the vars section, spoken words, and what a format would execute."""

import pytest

from scenario_assets.importers import macros
from scenario_assets.importers.content import Content, read_content, reads_as_prose
from scenario_assets.importers.links import split_links
from scenario_assets.importers.story import Passage, Report, SourceLine
from tests.scenario_assets.importers.stories import told


def content(text: str, family: str = "", cast: tuple[str, ...] = ()) -> tuple[Content, list[tuple[int, str]]]:
    lines = tuple(SourceLine(number, line) for number, line in enumerate(text.split("\n"), 1))
    report = Report("x")
    return read_content(Passage(name="A", line=1, lines=lines), family, cast, report), told(report.faults)


@pytest.mark.parametrize(
    ("link", "label", "target"),
    [
        ("[[Go there->Place]]", "Go there", "Place"),
        ("[[Place<-Go there]]", "Go there", "Place"),
        ("[[Go there|Place]]", "Go there", "Place"),
        ("[[Place]]", "Place", "Place"),
        ("[[ Go  there -> The  place ]]", "Go there", "The place"),
        ("[[a->b->c]]", "a->b", "c"),
        ("[[a<-b<-c]]", "b<-c", "a"),
        ("[[a|b|c]]", "a|b", "c"),
        ("[[a|b->c]]", "a|b", "c"),
        ("[[->Place]]", "Place", "Place"),
        ("[[Go->]]", "Go", ""),
        ("[[a [b] c->d]]", "a [b] c", "d"),
    ],
)
def test_a_link(link: str, label: str, target: str) -> None:
    links, read, left = split_links(SourceLine(3, f"before {link} after"))
    assert [(found.line, found.label, found.target, found.setter) for found in links] == [(3, label, target, "")]
    assert (read, left) == (f"before {label} after", "before  after")


def test_links_are_found_one_after_the_other_and_what_is_open_is_prose() -> None:
    links, read, left = split_links(SourceLine(1, "[[A]] or [[B->C]], [[open"))
    assert [link.target for link in links] == ["A", "C"]
    assert (read, left) == ("A or B, [[open", " or , [[open")


def test_a_setter_is_told_and_its_link_kept() -> None:
    found, faults = content("[[Go|Place][$x to 1]]", "sugarcube")
    assert [(link.label, link.target) for link in found.links] == [("Go", "Place")]
    assert faults == [(1, "the setter '[$x to 1]' of a link has no counterpart here and is left out")]


def test_lines_of_links_leave_no_prose_and_others_read_on() -> None:
    found, _ = content("He waits.\n\n- [[A]]\n> [[B]] / [[C]]\n\nYou can [[go->D]] now.\n")
    assert found.prose == "He waits.\n\nYou can go now."
    assert [link.target for link in found.links] == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("family", "text", "names"),
    [
        ("harlowe", '(link-goto: "a", "B")', ["Harlowe macro (link-goto:)"]),
        ("harlowe", "(if: $x)[yes](else:)[no]", ["Harlowe macro (if:)", "variable $x", "Harlowe macro (else:)"]),
        ("harlowe", "|one>[text] [text]<two|", ["Harlowe hook |one>", "Harlowe hook <two|"]),
        ("harlowe", "see (http://example.org) or (like: this)", ["Harlowe macro (like:)"]),
        ("sugarcube", '<<link "a" "B">><</link>>', ["SugarCube macro <<link>>"]),
        (
            "sugarcube",
            "<<set $a to 1>><<= $a>><<- $a>>",
            [
                "SugarCube macro <<set>>",
                "variable $a",
                "SugarCube macro <<=>>",
                "variable $a",
                "SugarCube macro <<->>",
                "variable $a",
            ],
        ),
        ("sugarcube", "[img[a.png][B]] for $5 (note: this)", ["SugarCube image [img[...]]"]),
        ("chapbook", "{embed image: 'a.png', alt: 'b'}", ["Chapbook insert {embed image}"]),
        (
            "chapbook",
            "{name} and {reveal link: 'a', text: 'b'}",
            ["Chapbook insert {name}", "Chapbook insert {reveal link}"],
        ),
        ("chapbook", "$5 (note: this) {1}", []),
        (
            "snowman",
            "<% if (x) { %>a<%= y %>",
            ["Snowman template <% if (x) { ... %>", "Snowman template <%= y ... %>"],
        ),
        (
            "",
            "(a:) <<b>> {c d} <% e %> $f",
            [
                "Harlowe macro (a:)",
                "SugarCube macro <<b>>",
                "Chapbook insert {c d}",
                "Snowman template <% e ... %>",
                "variable $f",
            ],
        ),
        ("chapbook", "<<b>> <% e %>", ["SugarCube macro <<b>>", "Snowman template <% e ... %>"]),
        ("chapbook", '<b>bold</b> <img src="x"> <audio controls>', ["HTML element <img>", "HTML element <audio>"]),
    ],
)
def test_what_a_format_would_execute_is_named_and_stays_in_the_prose(family: str, text: str, names: list[str]) -> None:
    assert list(macros.find(text, family)) == names
    found, faults = content(f"first\n{text}", family)
    assert found.prose == f"first\n{text}"
    assert found.whole == (not names)
    assert faults == [(2, f"{name} has no counterpart here; it stands in the note") for name in dict.fromkeys(names)]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Harlowe", "harlowe"),
        ("SugarCube", "sugarcube"),
        ("Chapbook 2", "chapbook"),
        ("snowman", "snowman"),
        ("Own", ""),
        ("", ""),
    ],
)
def test_the_family_of_a_format(name: str, family: str) -> None:
    assert macros.family(name) == family


def test_chapbooks_modifiers() -> None:
    text = (
        "[if x]\nmaybe\n[continue]\nsurely\n[JavaScript]\nalert('[[A]]')\n[note to myself]\nremember\n[CSS]\np {}\n\\x"
    )
    found, faults = content(text, "chapbook")
    assert found.prose == "[if x]\nmaybe\nsurely\nremember"
    assert found.links == ()
    assert [line for line, _ in faults] == [1, 5, 9]
    assert "modifier '[if x]'" in faults[0][1]
    assert "the code below the Chapbook modifier [JavaScript] is not run" in faults[1][1]
    assert content("[if x]\nmaybe", "harlowe")[1] == []


def test_a_backslash_makes_a_line_prose() -> None:
    found, faults = content("\\[[A]] <<b>>\n\\\\x\n\\[if x]", "chapbook")
    assert (found.prose, found.links, faults) == ("[[A]] <<b>>\n\\x\n[if x]", (), [])
    assert content("\\<<b>>", "sugarcube")[1] != []


def test_a_vars_section_opens_a_passage() -> None:
    text = "media: a.mp4\n\nwhen The  end: distance < 2 m\nscore: 3\n--\nprose\n--\nmore"
    for family in ("chapbook", "harlowe", ""):
        found, _ = content(text, family)
        assert [(one.line, one.name, one.value) for one in found.settings] == [
            (1, "media", "a.mp4"),
            (3, "when The end", "distance < 2 m"),
            (4, "score", "3"),
        ]
        assert found.prose == "prose\n--\nmore"


def test_what_cannot_be_a_vars_section_is_prose_but_chapbook_insists() -> None:
    text = "It was late\n--\nand dark."
    assert content(text, "harlowe")[0].prose == text
    found, faults = content(text, "chapbook")
    assert (found.prose, faults) == ("and dark.", [(1, "'It was late' before -- is no `name: value` and is left out")])


@pytest.mark.parametrize(
    ("line", "speaker", "words"),
    [
        ('Kim: "Leave me be!"', "Kim", "Leave me be!"),
        ("Officer Diaz: “Take your time.”", "Officer Diaz", "Take your time."),
        ("**Kim:** „Geh weg.“", "Kim", "Geh weg."),
        ("//O'Neil//: « Non. »", "O'Neil", "Non."),
        ('Kim: "He said "no" to me."', "Kim", 'He said "no" to me.'),
        ("Lee: Unquoted, but in the cast.", "Lee", "Unquoted, but in the cast."),
    ],
)
def test_spoken_words(line: str, speaker: str, words: str) -> None:
    found, faults = content(f"prose\n{line}", "chapbook", cast=("Lee",))
    assert [(one.line, one.speaker, one.words) for one in found.speech] == [(2, speaker, words)]
    assert (found.prose, faults) == ("prose", [])


@pytest.mark.parametrize(
    "line",
    [
        'You: "Hello."',
        '"Leave me be!"',
        "He says: no",
        "18:40",
        "Kim:",
        'Kim: ""',
        "http://example.org",
        'Kim: "[[What->B]]"',
    ],
)
def test_words_that_nobody_says_stay_prose(line: str) -> None:
    found, _ = content(f"{line}\nmore", "chapbook")
    assert found.speech == ()
    assert found.prose.count("\n") == 1


def test_who_may_be_a_speaker_is_told_once() -> None:
    found, faults = content("Kim: No.\nTime: 18:40\nKim: Never.", "chapbook")
    assert found.speech == ()
    assert [line for line, _ in faults] == [1, 2]
    assert "name 'Kim' in a passage tagged `cast`" in faults[0][1]


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ("He waits.", True),
        ("(he waits: long)", True),
        ("", True),
        ("--", False),
        ("[[A]]", False),
        ("{a b}", False),
        ("\\x", False),
        ('Kim: "No."', False),
        ("Lee: no", False),
        ("Kim: no", True),
        ("[note]", False),
        ("a\tb", False),
    ],
)
def test_whether_a_line_is_prose_as_it_stands(line: str, prose: bool) -> None:
    assert reads_as_prose(line, ("Lee",)) is prose
