"""What the server records of a running scenario besides what the station sends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.runtime import ActorView
from session_server.core.fold import SERVER_RUN
from session_server.core.tracks import Tracks
from session_server.net.signals import Proximity
from session_server.net.streams_out import BLOCK_ROWS, ServerStreams, eyes
from telemetry.frames import decode_block, encode_block

METRES = st.floats(-60, 60, width=32)


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


@given(st.lists(st.tuples(METRES, METRES, st.floats(-4, 4)), min_size=1, max_size=30), st.floats(0, 1e5))
def test_actors_are_recorded_as_the_stage_has_them_in_blocks_as_the_wire_s(
    places: list[tuple[float, float, float]], begin: float
) -> None:
    tracks = Tracks()
    for stream in ("actor_pose", "proximity"):
        tracks.open(stream, station="server", run=SERVER_RUN, rate=20, label="ann")
    streams = ServerStreams(tracks)
    times, poses = [begin + 0.05 * tick for tick in range(len(places))], []
    for t, (x, z, yaw) in zip(times, places, strict=True):
        view = ActorView("ann", x, 1.6, z, yaw, "standing", "idle", 0.5, 0.0)
        assert streams.actors({"ann": view}) == {"ann": eyes(view)}
        poses.append((*eyes(view).p, *eyes(view).q))
        streams.add(t, {"ann": view, "nobody": view}, {"ann": Proximity(x, z, 0.5)}, {}, "calm")
    found = {rows.track: rows for rows in streams.blocks(all=True)}
    assert {track: rows.end_seq for track, rows in found.items()} == {1: len(places), 2: len(places)}
    assert found[1].raw == encode_block(1, 0, np.array(times) * 1000, poses)
    assert found[2].raw == encode_block(2, 0, np.array(times) * 1000, [(x, z, 0.5) for x, z, _ in places])
    assert streams.blocks(all=True) == []
