"""What the server records of a running scenario besides what the station sends."""

from session_server.core.fold import SERVER_RUN
from session_server.core.tracks import Tracks
from session_server.net.streams_out import BLOCK_ROWS, ServerStreams


def test_the_person_s_threat_is_recorded_once_per_tick_as_its_rank() -> None:
    tracks = Tracks()
    tracks.open("person_state", station="server", run=SERVER_RUN, rate=20, label="agitation")
    threat = tracks.open("threat_state", station="server", run=SERVER_RUN, rate=20)
    streams = ServerStreams(tracks)
    told = ["calm", "agitated", "contact_weapon", "firearm", "none_visible"] * 2
    for tick, state in enumerate(told):
        assert list(streams.blocks()) == []
        streams.add(tick / 20, {}, {}, {"agitation": 50.0}, state)
    assert len(told) == BLOCK_ROWS
    blocks = {block.track: block for block in streams.blocks()}
    assert blocks[threat.track].values[:, 0].tolist() == [0, 1, 2, 3, -1] * 2
    assert blocks[threat.track].client_ms.tolist() == [50.0 * tick for tick in range(10)]
    assert set(blocks) == {1, 2}
