"""Values as a scenario file holds them: whatever is written is read back by the strict reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.importers.written import delay, entry, scalar, table
from scenario_assets.language.files import MAX_BYTES
from scenario_assets.language.strict_yaml import Scalar, Table, parse
from scenario_assets.language.units import Quantity, in_dimension
from scenario_assets.language.values import Span


def read(text: str, key: str = "key") -> object:
    root, troubles = parse(text)
    assert troubles == []
    assert isinstance(root, Table)
    value = root.entries[key][1]
    assert isinstance(value, Scalar)
    return value.value


@given(st.text())
def test_a_scalar_is_read_back_in_every_place(text: str) -> None:
    assert read(f"key: {scalar(text)}") == text
    assert read(f"{{key: {scalar(text)}, other: 1}}") == text
    root, troubles = parse(f"? {scalar(text)}\n: 1" if len(text) > 100 else f"{scalar(text)}: 1")
    assert troubles == []
    assert isinstance(root, Table)
    assert list(root.entries) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "No",
        "null",
        "~",
        "",
        "1:30",
        "010",
        "1.5",
        "- a",
        "a: b",
        "a #b",
        "a, b",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "'a'",
        '"a"',
        "a\\b",
        " a",
        "a ",
        "a\tb",
        "\x85",
        "\u2028",
        "\ufeff",
        "<<",
        "=",
        "?",
        "---",
        "...",
    ],
)
def test_what_yaml_would_take_for_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')
    assert read(f"key: {scalar(text)}") == text


@pytest.mark.parametrize(
    "text", ["Kim comes in", "distance < 2 m for 1 s", "choice(a) and not (b for 2 s)", "person/a.mp4", "_x"]
)
def test_plain_words_stay_plain(text: str) -> None:
    assert scalar(text) == text


PROSE = st.lists(
    st.lists(st.sampled_from(["word", "longer-word", "#", "- x", "a: b", "é", "|", ">", "x" * 120, "  two", "'"])).map(
        " ".join
    )
    | st.text()
).map("\n".join)


@given(PROSE.map(str.strip), st.integers(0, 8), st.booleans())
def test_a_text_of_any_length_is_read_back(text: str, indent: int, noted: bool) -> None:
    lines = list(entry("key", text, indent, "a comment" if noted else ""))
    value = read("\n".join(lines) + "\n")
    assert isinstance(value, str)
    assert [line.rstrip() for line in value.strip().split("\n")] == [line.rstrip() for line in text.split("\n")]


def test_long_prose_is_a_block_that_can_be_read() -> None:
    text = "Kim paces at the kerb. " * 12 + "\n\nSecond paragraph."
    lines = list(entry("note", text, 6))
    assert lines[0] == "      note: >"
    assert max(map(len, lines)) <= 110
    assert list(entry("note", "one\ntwo", 0)) == ["note: |", "  one", "  two"]
    assert list(entry("note", "one", 0, "why")) == ["note: one  # why"]


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (120_000, 120_000, "2 min"),
        (75_000, 75_000, "75 s"),
        (1500, 1500, "1.5 s"),
        (1234, 1234, "1234 ms"),
        (0, 0, "0 s"),
        (60_000, 90_000, '"uniform(1 min, 90 s)"'),
    ],
)
def test_delays(low: float, high: float, text: str) -> None:
    assert delay(Span(low, high)) == text


@given(st.integers(0, 10**9) | st.integers(0, 10**6).map(lambda tenths: Quantity(tenths / 10, "s").base))
def test_a_delay_is_read_back_to_the_last_bit(ms: float) -> None:
    assert in_dimension(delay(Span(ms, ms)), "time").base == ms


def test_a_table_is_one_line_and_large_texts_stay_in_bounds() -> None:
    assert table({"a": "1", "b": "[2]"}) == "{a: 1, b: [2]}"
    assert len("\n".join(entry("note", "ab " * 100_000, 6))) < MAX_BYTES
