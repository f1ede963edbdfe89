"""Generated pages say what the registry says."""

from pathlib import Path

import pytest

from telemetry import reference
from telemetry.streams import STREAMS


@pytest.mark.parametrize("path", reference.PAGES, ids=lambda path: path.name)
def test_the_page_is_up_to_date(path: Path) -> None:
    page = path.read_text()
    assert reference.PAGES[path](page) == page, "run python -m telemetry.reference"


def test_the_wire_s_table_has_every_stream_and_column_of_a_station() -> None:
    table = reference.wire_table()
    for stream in STREAMS.values():
        for key in stream.keys:
            assert (f"| `{key}`" in table or f", `{key}`" in table) == (stream.origin == "station")
        if stream.origin == "station":
            assert all(f"`{name}`" in table for name in stream.names)


def test_every_stream_has_a_section_with_its_frame_and_privacy() -> None:
    sections = dict(section.split("\n", 1) for section in reference.streams_page().split("\n## ")[1:])
    assert list(sections) == list(STREAMS)
    for name, stream in STREAMS.items():
        for column in stream.columns:
            assert f"| `{column.name}` | {column.unit} |" in sections[name]
            assert f"| {column.privacy.value} | {column.description} |" in sections[name]
    assert "frame of reference: the scene" in sections["hand_pose"]


def test_a_page_without_its_marks_is_not_written_into() -> None:
    with pytest.raises(ValueError, match="between them the table is written"):
        reference.wire_page("# The wire")
