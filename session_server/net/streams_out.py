"""The server's own streams of one session: where the actors are, how near the trainee is, how the person fares
and what threat they are.

One row per engine tick, journalled in blocks; recorded rather than derived again, so that a researcher needs no engine.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from scenario_assets.runtime import ActorView
from session_server.core.fold import SERVER_RUN
from session_server.core.messages import ActorState
from session_server.core.tracks import Track, Tracks
from session_server.net.signals import Proximity
from telemetry.frames import BLOCK_HEADER
from telemetry.streams import THREAT_LEVELS

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


#: What one tick shows: session time, actors, proximity to them, continuous states, the threat's word.
Tick = tuple[float, Mapping[str, ActorView], Mapping[str, Proximity], Mapping[str, float], str]


class Rows(NamedTuple):
    """Rows of one track as a block of a sample frame (clients/PROTOCOL.md), and the number of the row after them."""

    track: int
    end_seq: int
    raw: bytes


class ServerStreams:
    """Gathers rows by track and gives them out as blocks. An actor's tracks may open while the scenario runs."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._ticks: list[Tick] = []
        self._eyes: dict[str, tuple[ActorView, ActorState]] = {}

    def actors(self, views: Mapping[str, ActorView]) -> dict[str, ActorState]:
        """Return actors as the stage has them; of who has not moved, what was returned before."""
        return {name: self._seen(view) for name, view in views.items()}

    def add(
        self, t: float, views: Mapping[str, ActorView], near: Mapping[str, Proximity], states: Mapping[str, float],
        threat: str,
    ) -> None:  # fmt: skip
        """Add one tick's rows at session time ``t`` (s); ``threat`` is the person's state in the language's words.

        The mappings must not change afterwards.
        """
        self._ticks.append((t, views, near, states, threat))

    @property
    def waiting(self) -> bool:
        """Whether rows are gathered that have not been given out."""
        return bool(self._ticks)

    def blocks(self, *, all: bool = False) -> list[Rows]:
        """Give out what was gathered once it makes full blocks, or with ``all`` whatever there is."""
        if len(self._ticks) < (1 if all else BLOCK_ROWS):
            return []
        ticks, self._ticks = self._ticks, []
        gathered = self._by_track(ticks)
        tracks = {(track.stream.name, track.label): track for track in self._tracks.of_run(SERVER_RUN)}
        return [_block(tracks[key], rows) for key, rows in gathered.items() if key in tracks]

    def _by_track(self, ticks: Sequence[Tick]) -> Mapping[tuple[str, str], list[tuple[float, ...]]]:
        """Sort a second's rows by stream and label; done for many ticks at once it costs half as much."""
        gathered: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
        for t, views, near, states, threat in ticks:
            for name, view in views.items():
                state = self._seen(view)
                gathered["actor_pose", name].append((t, *state.p, *state.q))
            for name, one in near.items():
                gathered["proximity", name].append((t, *one))
            for name, value in states.items():
                gathered["person_state", name].append((t, value))
            gathered["threat_state", ""].append((t, THREAT_LEVELS[threat]))
        return gathered

    def _seen(self, view: ActorView) -> ActorState:
        known = self._eyes.get(view.id)
        if known is None or known[0] != view:
            known = self._eyes[view.id] = view, eyes(view)
        return known[1]


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
