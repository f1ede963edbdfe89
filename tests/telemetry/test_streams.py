"""The registry is a data dictionary: nothing in it may be left undecided."""

import math
import re
from typing import get_args

import pytest

from scenario_assets.language.values import Threat
from telemetry.streams import STREAMS, THREAT_LEVELS, Column, Privacy, Stream


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_a_stream_is_described(stream: Stream) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", stream.name)
    assert STREAMS[stream.name] is stream
    assert stream.description.strip()
    assert stream.frame.axes.strip()
    assert stream.frame.reference.strip()
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


def test_a_column_cannot_be_declared_without_a_privacy_class() -> None:
    """mypy refuses these too, or it would complain here that there is nothing to ignore."""
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Column("heart_rate", "1/min", "beats per minute", low=20, high=250)  # type: ignore[call-arg]
    for undecided in (None, "health", ""):
        with pytest.raises(TypeError, match=r"heart_rate: privacy is .*; decide on one of health, motion_biometric"):
            Column("heart_rate", "1/min", "beats per minute", undecided, 20, 250)  # type: ignore[arg-type]


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (math.nan, 1), (0, math.inf)])
def test_bounds_that_bound_nothing_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="are no bounds"):
        Column("heart_rate", "1/min", "beats per minute", Privacy.HEALTH, low, high)


@pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
def test_labels_say_who_gives_them(stream: Stream) -> None:
    labels = stream.labels
    if labels is None:
        assert stream.keys == (stream.name,)
        return
    assert re.fullmatch(r"[a-z][a-z_]*", labels.column)
    assert labels.column not in stream.names
    assert len(labels.description.split()) >= 2
    assert isinstance(labels.privacy, Privacy)
    assert bool(labels.known) == (labels.giver == "stream")
    assert (labels.giver == "scenario") == (stream.origin == "server")


def test_motion_of_a_person_is_biometric_and_of_a_simulated_one_is_not() -> None:
    for name in ("head_pose", "hand_pose"):
        assert {column.privacy for column in STREAMS[name].columns} == {Privacy.MOTION_BIOMETRIC}
    assert {column.privacy for column in STREAMS["actor_pose"].columns} == {Privacy.SCENARIO}
    assert {column.privacy for column in STREAMS["sensor"].columns} == {Privacy.HEALTH}


def test_poses_are_in_the_scene_s_frame() -> None:
    for name in ("head_pose", "hand_pose", "actor_pose"):
        assert "-z forward" in STREAMS[name].frame.axes
        assert "the scene: its origin" in STREAMS[name].frame.reference


def test_the_wire_names_these_columns() -> None:
    """Clients are written from these names."""
    assert STREAMS["head_pose"].names == ("px", "py", "pz", "qx", "qy", "qz", "qw")
    assert STREAMS["hand_pose"].names == (*STREAMS["head_pose"].names, "tracked")
    assert STREAMS["headset_state"].names == ("worn", "visible", "frame_rate", "dropped")
    assert STREAMS["voice"].names == (
        "loudness", "power", "peak", "clipped", "speaking", "low_band", "high_band"
    )  # fmt: skip
    assert STREAMS["sensor"].names == ("value",)
    assert [STREAMS[name].rate for name in ("head_pose", "hand_pose", "headset_state", "voice")] == [72, 72, 2, 50]
    assert STREAMS["hand_pose"].keys == ("hand_pose.left", "hand_pose.right")


def test_every_threat_state_of_the_language_has_a_rank_of_its_own() -> None:
    assert set(THREAT_LEVELS) == set(get_args(Threat))
    assert [THREAT_LEVELS[threat] for threat in get_args(Threat)] == [-1, 0, 1, 2, 3], "the language's order is theirs"
    [level] = STREAMS["threat_state"].columns
    for threat, rank in THREAT_LEVELS.items():
        assert f"{rank:.0f} {threat}" in level.description
        assert level.low <= rank <= level.high
