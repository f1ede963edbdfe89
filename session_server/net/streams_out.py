"""The server's own streams of one session: where the actors are, how near the trainee is, how the person fares.

One row per engine tick, journalled in blocks; recorded rather than derived again, so that a researcher needs no engine.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from scenario_assets.runtime import ActorView
from session_server.core.messages import ActorState
from session_server.core.tracks import Tracks
from session_server.net.signals import Proximity
from telemetry.frames import Block, decode_block, encode_block

#: Rows gathered before a block is journalled: half a second, so that headers stay a few percent of the bytes.
BLOCK_ROWS: Final = 10


def eyes(view: ActorView) -> ActorState:
    """Return an actor as the stage and the stream ``actor_pose`` have it: eye position, gaze as a quaternion."""
    half = view.yaw / 2
    return ActorState(
        (view.x, view.y, view.z), (0.0, math.sin(half), 0.0, math.cos(half)),
        view.posture, view.gesture, round(view.arousal, 3), round(view.speed, 3),
    )  # fmt: skip


class ServerStreams:
    """Gathers rows by track and gives them out as blocks."""

    def __init__(self, tracks: Tracks, run: str) -> None:
        self._tracks = {(track.stream.name, track.label): track for track in tracks.of_run(run)}
        self._rows: dict[int, list[tuple[float, ...]]] = {track.track: [] for track in tracks.of_run(run)}
        self._times: dict[int, list[float]] = {track: [] for track in self._rows}

    def add(
        self, t: float, actors: Mapping[str, ActorState], near: Mapping[str, Proximity], states: Mapping[str, float]
    ) -> None:
        """Add one tick's rows at session time ``t`` (s)."""
        for name, actor in actors.items():
            self._add("actor_pose", name, t, (*actor.p, *actor.q))
        for name, one in near.items():
            self._add("proximity", name, t, (one.distance, one.closing_speed, one.cover))
        for name, value in states.items():
            self._add("person_state", name, t, (value,))

    def blocks(self, *, all: bool = False) -> Iterator[Block]:
        """Give out the blocks that are full, or with ``all`` everything that is left."""
        for track in self._tracks.values():
            rows, times = self._rows[track.track], self._times[track.track]
            if not rows or (len(rows) < BLOCK_ROWS and not all):
                continue
            raw = encode_block(track.track, track.next_seq, np.array(times), np.array(rows, np.float32))
            self._rows[track.track], self._times[track.track] = [], []
            yield decode_block(raw)

    def _add(self, stream: str, label: str, t: float, row: tuple[float, ...]) -> None:
        track = self._tracks[stream, label].track
        self._rows[track].append(row)
        self._times[track].append(t * 1000)
