"""Caption files: what is written is read, what browsers would leave out is told with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language import inspect
from scenario_assets.language.files import MAX_BYTES
from scenario_assets.language.webvtt import Caption, Flaw, parse
from tests.scenario_assets.faulty import CAPTIONED
from tests.scenario_assets.texts import changed


def clock(ms: int, *, hours: bool) -> str:
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    shown = f"{minutes % 60:02}:{seconds:02}.{rest:03}"
    return f"{minutes // 60:02}:{shown}" if hours or minutes >= 60 else shown


words = st.text(st.characters(codec="utf-8", exclude_characters="<>-\r\n\0", exclude_categories=("C", "Z")), min_size=1)
cues = st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000), words, st.booleans(), st.booleans()), max_size=6)


@given(cues, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_is_written_is_read(drawn: list[tuple[int, int, str, bool, bool]], end: str, marked: bool) -> None:
    lines = ["WEBVTT - of a test", "", "NOTE nothing", "more of the note", ""]
    expected: list[Caption] = []
    start = 0
    for wait, lasting, text, named, hours in drawn:
        start += wait
        lines += [f"cue {start}"] if named else []
        lines += [f"{clock(start, hours=hours)} --> {clock(start + lasting, hours=hours)} align:start"]
        expected.append(Caption(len(lines), start, start + lasting, text))
        lines += [f"<v Kim>{text}</v>", ""]
    assert parse(("\ufeff" if marked else "") + end.join(lines)) == (tuple(expected), ())


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the first line must be WEBVTT"),
        ("WEBVTTX\n", 1, "the first line must be WEBVTT"),
        ("\nWEBVTT\n", 1, "the first line must be WEBVTT"),
        ("WEBVTT\n\nHello.\n", 3, "a caption without times such as 00:01.000 --> 00:04.000"),
        ("WEBVTT\n\n00:01,000 --> 00:02,000\nHello.\n", 3, "cannot read the times '00:01,000 --> 00:02,000'"),
        ("WEBVTT\n\n00:01.000-->00:02.000\nHello.\n", 3, "cannot read the times"),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\nHello.\n", 3, "cannot read the times"),
        ("WEBVTT\n\n1\n00:01.000 --> 00:01.000\nHello.\n", 4, "ends before it begins"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\nHello.\n", 3, "a caption without text"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n", 3, "a caption without text"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nA\n00:02.000 --> 00:03.000\nB\n", 3, "a blank line is missing"),
        (
            "WEBVTT\n\n00:03.000 --> 00:04.000\nA\n\n00:01.000 --> 00:02.000\nB\n",
            6,
            "begins before the caption that stands before it",
        ),
    ],
)
def test_each_flaw_has_its_line(text: str, line: int, message: str) -> None:
    flaw = parse(text)[1][0]
    assert (flaw.line, flaw.message[: len(message)]) == (line, message)


@given(st.text() | st.text("WEBVT\n0123:.-> <c>"))
def test_anything_is_read_or_told(text: str) -> None:
    captions, flaws = parse(f"WEBVTT\n\n{text}")
    assert all(caption.start < caption.end and caption.text for caption in captions)
    assert all(isinstance(flaw, Flaw) and flaw.line >= 1 for flaw in flaws)


def faults(folder: Path, content: bytes) -> list[tuple[str, str, int, str]]:
    """What is told of this caption file, under its own name."""
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media" / "kim.mp4").write_bytes(b"not looked into")
    (folder / "media" / "kim.vtt").write_bytes(content)
    text = changed(("    pacing:\n", f"    pacing:\n      media: {{{CAPTIONED}}}\n"))
    (folder / "scenario.yaml").write_text(text)
    found = [fault for fault in inspect(folder / "scenario.yaml").faults if fault.code == "S040"]
    assert {fault.path for fault in found} <= {str(folder / "media" / "kim.vtt")}
    return [(fault.code, fault.severity, fault.line, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("seconds", "words", "expected"),
    [
        (1.0, "x" * 25, None),
        (1.0, "x" * 26, "26 characters in 1 s are 26 a second; people read up to 25, show it for 1.0 s"),
        (10.0, "x" * 160, None),
        (10.0, "x" * 161, "161 characters, a caption has 160"),
    ],
)
def test_captions_can_be_read_in_their_time(tmp_path: Path, seconds: float, words: str, expected: str | None) -> None:
    found = faults(tmp_path, f"WEBVTT\n\n00:01.000 --> 00:{1 + seconds:06.3f}\n{words}\n".encode())
    assert [message for *_, message in found] == ([] if expected is None else [expected])


def test_one_caption_at_a_time(tmp_path: Path) -> None:
    first = "WEBVTT\n\n00:01.000 --> 00:03.000\nWho sent you?\n"
    assert faults(tmp_path, f"{first}\n00:03.000 --> 00:05.000\nNobody.\n".encode()) == []
    found = faults(tmp_path, f"{first}\n00:02.900 --> 00:05.000\nNobody.\n".encode())
    assert found == [("S040", "warning", 6, "begins while the caption of line 3 is still shown")]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\ncaf\xe9\n", 4, "not UTF-8 text"),
        (b"WEBVTT\n" + b"\n" * MAX_BYTES, 1, f"the file has {MAX_BYTES + 7} bytes, at most {MAX_BYTES} are read"),
        (b"", 1, "the first line must be WEBVTT"),
    ],
)
def test_files_that_are_no_captions(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    assert faults(tmp_path, content) == [("S040", "error", line, message)]
