"""The registry is a data dictionary: nothing in it may be left undecided."""

import math
import re

import pytest

from telemetry.streams import STREAMS, Privacy, Stream


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_a_stream_is_described(stream: Stream) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", stream.name)
    assert STREAMS[stream.name] is stream
    assert stream.description.strip()
    assert stream.axes.strip()
    assert 0 < stream.rate <= 1000
    assert stream.origin in ("station", "server")
    assert len(set(stream.names)) == len(stream.columns) > 0


@pytest.mark.parametrize(
    ("stream", "index"),
    [(stream, index) for stream in STREAMS.values() for index in range(len(stream.columns))],
    ids=lambda value: value.name if isinstance(value, Stream) else str(value),
)
def test_a_column_has_unit_description_privacy_and_bounds(stream: Stream, index: int) -> None:
    column = stream.columns[index]
    assert re.fullmatch(r"[a-z][a-z_]*", column.name)
    assert column.unit.strip()
    assert len(column.description.split()) >= 3
    assert isinstance(column.privacy, Privacy)
    assert math.isfinite(column.low)
    assert math.isfinite(column.high)
    assert column.low < column.high


def test_motion_of_a_person_is_biometric_and_of_a_simulated_one_is_not() -> None:
    assert {column.privacy for column in STREAMS["head_pose"].columns} == {Privacy.MOTION_BIOMETRIC}
    assert {column.privacy for column in STREAMS["actor_pose"].columns} == {Privacy.SCENARIO}


def test_the_wire_names_these_columns() -> None:
    """As `clients/PROTOCOL.md` lists them; clients are written from that page."""
    assert STREAMS["head_pose"].names == ("px", "py", "pz", "qx", "qy", "qz", "qw")
    assert STREAMS["voice"].names == ("loudness", "power", "peak", "clipped", "speaking")
    assert (STREAMS["head_pose"].rate, STREAMS["voice"].rate) == (72.0, 50.0)
