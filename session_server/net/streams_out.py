"""The server's own streams of one session: where the actors are, how near the trainee is, how the person fares.

One row per engine tick, journalled in blocks; recorded rather than derived again, so that a researcher needs no engine.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from scenario_assets.runtime import ActorView
from session_server.core.fold import SERVER_RUN
from session_server.core.messages import ActorState
from session_server.core.tracks import Track, Tracks
from session_server.net.signals import Proximity
from telemetry.frames import BLOCK_HEADER

#: Rows gathered before a block is journalled: a second. Each block costs a record, whatever it holds; and after a
#: crash the session's own record can give these rows again, which nobody has been told are on disk.
BLOCK_ROWS: Final = 20


def eyes(view: ActorView) -> ActorState:
    """Return an actor as the stage and the stream ``actor_pose`` have it: eye position, gaze as a quaternion."""
    half = view.yaw / 2
    return ActorState(
        (view.x, view.y, view.z), (0.0, math.sin(half), 0.0, math.cos(half)),
        view.posture, view.gesture, round(view.arousal, 3), round(view.speed, 3),
    )  # fmt: skip


class Rows(NamedTuple):
    """Rows of one track as a block of a sample frame (clients/PROTOCOL.md), and the number of the row after them."""

    track: int
    end_seq: int
    raw: bytes


class ServerStreams:
    """Gathers rows by track and gives them out as blocks. An actor's tracks may open while the scenario runs."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._gathered: dict[tuple[str, str], list[tuple[float, ...]]] = {}
        self._ticks = 0
        self._eyes: dict[str, tuple[ActorView, ActorState, tuple[float, ...]]] = {}

    def actors(self, views: Mapping[str, ActorView]) -> dict[str, ActorState]:
        """Return actors as the stage has them; of who has not moved, what was returned before."""
        return {name: self._seen(view)[1] for name, view in views.items()}

    def add(
        self, t: float, views: Mapping[str, ActorView], near: Mapping[str, Proximity], states: Mapping[str, float]
    ) -> None:
        """Add one tick's rows at session time ``t`` (s)."""
        self._ticks += 1
        for name, view in views.items():
            self._rows("actor_pose", name).append((t, *self._seen(view)[2]))
        for name, one in near.items():
            self._rows("proximity", name).append((t, *one))
        for name, value in states.items():
            self._rows("person_state", name).append((t, value))

    def blocks(self, *, all: bool = False) -> list[Rows]:
        """Give out what was gathered once it makes full blocks, or with ``all`` whatever there is."""
        if self._ticks < (1 if all else BLOCK_ROWS):
            return []
        self._ticks = 0
        gathered, self._gathered = self._gathered, {}
        tracks = {(track.stream.name, track.label): track for track in self._tracks.of_run(SERVER_RUN)}
        return [_block(tracks[key], rows) for key, rows in gathered.items() if key in tracks]

    def _rows(self, stream: str, label: str) -> list[tuple[float, ...]]:
        key = stream, label
        rows = self._gathered.get(key)
        if rows is None:
            rows = self._gathered[key] = []
        return rows

    def _seen(self, view: ActorView) -> tuple[ActorView, ActorState, tuple[float, ...]]:
        known = self._eyes.get(view.id)
        if known is None or known[0] != view:
            state = eyes(view)
            known = self._eyes[view.id] = view, state, (*state.p, *state.q)
        return known


def _block(track: Track, rows: Sequence[tuple[float, ...]]) -> Rows:
    """Pack rows of (t, values); by struct, because so few of them are an eighth of numpy's price."""
    times, *columns = zip(*rows, strict=True)
    first_ms = times[0] * 1000
    count = len(times)
    numbers = struct.pack(
        f"<{count * (1 + len(columns))}f", *[t * 1000 - first_ms for t in times], *chain.from_iterable(columns)
    )
    header = BLOCK_HEADER.pack(track.track, track.next_seq, count, len(columns), 0, first_ms)
    return Rows(track.track, track.next_seq + count, header + numbers)
