"""What the server records of a running scenario besides what the station sends."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.runtime import Bearing, Gaze
from session_server.core.fold import SERVER_RUN
from session_server.core.tracks import Tracks
from session_server.net.signals import Proximity
from session_server.net.streams_out import BLOCK_ROWS, ServerStreams, pose
from telemetry.frames import decode_block, encode_block

#: Minus zero is the same place as zero, and whoever stands there has not moved.
METRES = st.floats(-60, 60, width=32).map(lambda value: value + 0.0)
YAWS = st.floats(-4, 4).map(lambda value: value + 0.0)
PEOPLE = ("ann", "ben", "cat")


def test_the_person_s_threat_is_recorded_once_per_tick_as_its_rank() -> None:
    tracks = Tracks()
    tracks.open("person_state", station="server", run=SERVER_RUN, rate=20, label="agitation")
    threat = tracks.open("threat_state", station="server", run=SERVER_RUN, rate=20)
    streams = ServerStreams(tracks)
    told = ["calm", "agitated", "contact_weapon", "firearm", "none_visible"] * 4
    for tick, state in enumerate(told):
        assert list(streams.blocks()) == []
        streams.add(tick / 20, {}, {}, {"agitation": 50.0}, state)
    assert len(told) == BLOCK_ROWS
    blocks = {rows.track: decode_block(rows.raw) for rows in streams.blocks()}
    assert blocks[threat.track].values[:, 0].tolist() == [0, 1, 2, 3, -1] * 4
    assert blocks[threat.track].client_ms.tolist() == [50.0 * tick for tick in range(20)]
    assert set(blocks) == {1, 2}


@given(st.lists(st.tuples(METRES, METRES, YAWS), min_size=1, max_size=30), st.floats(0, 1e5))
def test_actors_are_recorded_as_the_stage_has_them_in_blocks_as_the_wire_s(
    places: list[tuple[float, float, float]], begin: float
) -> None:
    tracks = Tracks()
    for stream in ("actor_pose", "proximity"):
        tracks.open(stream, station="server", run=SERVER_RUN, rate=20, label="ann")
    streams = ServerStreams(tracks)
    times, poses = [begin + 0.05 * tick for tick in range(len(places))], []
    for t, (x, z, yaw) in zip(times, places, strict=True):
        gaze = Gaze(x, 1.6, z, yaw)
        shown = streams.actors({"ann": gaze}, {"ann": Bearing("standing", "idle", 0.5, 0.0)})["ann"]
        assert (*shown.p, *shown.q) == pose(gaze)
        poses.append(pose(gaze))
        streams.add(t, {"ann": gaze, "nobody": gaze}, {"ann": Proximity(x, z, 0.5)}, {}, "calm")
    found = {rows.track: rows for rows in streams.blocks(all=True)}
    assert {track: rows.end_seq for track, rows in found.items()} == {1: len(places), 2: len(places)}
    assert found[1].raw == encode_block(1, 0, np.array(times) * 1000, poses)
    assert found[2].raw == encode_block(2, 0, np.array(times) * 1000, [(x, z, 0.5) for x, z, _ in places])
    assert streams.blocks(all=True) == []


@given(st.lists(st.sets(st.sampled_from(PEOPLE)), min_size=1, max_size=BLOCK_ROWS), st.randoms())
def test_whoever_comes_and_goes_has_a_row_for_each_tick_they_were_there(there: list[set[str]], random: Random) -> None:
    tracks = Tracks()
    opened = {
        name: tracks.open("actor_pose", station="server", run=SERVER_RUN, rate=20, label=name) for name in PEOPLE
    }
    streams = ServerStreams(tracks)
    expected: dict[int, list[tuple[float, ...]]] = {}
    for tick, names in enumerate(there):
        gazes = {name: Gaze(random.uniform(-9, 9), 1.6, 0.0, random.uniform(-3, 3)) for name in sorted(names)}
        streams.add(tick / 20, gazes, {}, {}, "calm")
        for name, gaze in gazes.items():
            expected.setdefault(opened[name].track, []).append((50.0 * tick, *pose(gaze)))
    found = {rows.track: decode_block(rows.raw) for rows in streams.blocks(all=True)}
    assert found.keys() == expected.keys()
    for track, rows in expected.items():
        times, *columns = np.array(rows).T
        assert found[track].client_ms.tolist() == times.tolist()
        assert found[track].values.T.tolist() == np.array(columns, np.float32).tolist()
