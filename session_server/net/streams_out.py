"""The server's own streams of one session: where the actors are, how near the trainee is, how the person fares
and what threat they are.

One row per engine tick, journalled in blocks; recorded rather than derived again, so that a researcher needs no engine.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from scenario_assets.runtime import ActorView
from session_server.core.fold import SERVER_RUN
from session_server.core.messages import ActorState
from session_server.core.tracks import Tracks
from session_server.net.signals import Proximity
from telemetry.frames import Block, decode_block, encode_block
from telemetry.streams import THREAT_LEVELS

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
    """Gathers rows by track and gives them out as blocks. An actor's tracks may open while the scenario runs."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._gathered: dict[tuple[str, str], list[tuple[float, ...]]] = {}

    def add(
        self, t: float, actors: Mapping[str, ActorState], near: Mapping[str, Proximity], states: Mapping[str, float],
        threat: str,
    ) -> None:  # fmt: skip
        """Add one tick's rows at session time ``t`` (s); ``threat`` is the person's state in the language's words."""
        for name, actor in actors.items():
            self._add("actor_pose", name, (t, *actor.p, *actor.q))
        for name, one in near.items():
            self._add("proximity", name, (t, one.distance, one.closing_speed, one.cover))
        for name, value in states.items():
            self._add("person_state", name, (t, value))
        self._add("threat_state", "", (t, THREAT_LEVELS[threat]))

    def blocks(self, *, all: bool = False) -> Iterator[Block]:
        """Give out the blocks that are full, or with ``all`` everything that is left."""
        for track in self._tracks.of_run(SERVER_RUN):
            rows = self._gathered.get((track.stream.name, track.label), [])
            if not rows or (len(rows) < BLOCK_ROWS and not all):
                continue
            table = np.array(rows)
            rows.clear()
            yield decode_block(encode_block(track.track, track.next_seq, table[:, 0] * 1000, table[:, 1:]))

    def _add(self, stream: str, label: str, row: tuple[float, ...]) -> None:
        self._gathered.setdefault((stream, label), []).append(row)
