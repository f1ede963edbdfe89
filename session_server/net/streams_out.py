"""The server's own streams of one session: where the actors are, how near the trainee is, how the person fares
and what threat they are.

One row per engine tick, journalled in blocks; recorded rather than derived again, so that a researcher needs no engine.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from scenario_assets.runtime import Bearing, Gaze
from session_server.core.fold import SERVER_RUN
from session_server.core.messages import ActorState
from session_server.core.tracks import Track, Tracks
from session_server.net.signals import Proximity
from telemetry.frames import BLOCK_HEADER, Float32, Float64
from telemetry.streams import STREAMS, THREAT_LEVELS

#: Rows gathered before a block is journalled: a second. Each block costs a record, whatever it holds; and after a
#: crash the session's own record can give these rows again, which nobody has been told are on disk.
BLOCK_ROWS: Final = 20

#: Eye position (m) and gaze as a quaternion: a row of ``actor_pose``.
Pose = tuple[float, float, float, float, float, float, float]
#: Of whom a tick has rows: the actors, those of them to whom the trainee's distance is known, the continuous states.
Layout = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
#: A stream and a label.
Key = tuple[str, str]
#: Some rows of a track: session times (n,) in s, values (columns, n).
Part = tuple[Float64, Float32]


class Rows(NamedTuple):
    """Rows of one track as a block of a sample frame (clients/PROTOCOL.md), and the number of the row after them."""

    track: int
    end_seq: int
    raw: bytes


class ServerStreams:
    """Gathers rows by track and gives them out as blocks. An actor's tracks may open while the scenario runs."""

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._tables: list[_Table] = []
        self._ticks = 0
        self._poses: dict[str, tuple[Gaze, Pose]] = {}
        self._states: dict[str, tuple[Pose, Bearing, ActorState]] = {}
        #: All actors of the newest tick, and their poses one after the other.
        self._posed: tuple[Mapping[str, Gaze], list[float]] = {}, []

    def actors(self, gazes: Mapping[str, Gaze], bearings: Mapping[str, Bearing]) -> dict[str, ActorState]:
        """Return actors as the stage has them, and the stream ``actor_pose`` their poses."""
        return {name: self._drawn(name, self._pose(name, gaze), bearings[name]) for name, gaze in gazes.items()}

    def add(
        self, t: float, gazes: Mapping[str, Gaze], near: Mapping[str, Proximity], states: Mapping[str, float],
        threat: str,
    ) -> None:  # fmt: skip
        """Add one tick's rows at session time ``t`` (s); ``threat`` is the person's state in the language's words."""
        layout = tuple(gazes), tuple(near), tuple(states)
        if not self._tables or self._tables[-1].layout != layout:
            self._tables.append(_Table(layout))
        row = [t, *self._all_poses(gazes)]
        for one in near.values():
            row += one
        row += states.values()
        row.append(THREAT_LEVELS[threat])
        self._tables[-1].numbers.fromlist(row)
        self._ticks += 1

    @property
    def waiting(self) -> bool:
        """Whether rows are gathered that have not been given out."""
        return bool(self._ticks)

    def blocks(self, *, all: bool = False) -> list[Rows]:
        """Give out what was gathered once it makes full blocks, or with ``all`` whatever there is."""
        if self._ticks < (1 if all else BLOCK_ROWS):
            return []
        tables, self._tables, self._ticks = self._tables, [], 0
        parts: dict[Key, list[Part]] = defaultdict(list)
        for table in tables:
            for key, part in table.by_track():
                parts[key].append(part)
        tracks = {(track.stream.name, track.label): track for track in self._tracks.of_run(SERVER_RUN)}
        return [_block(tracks[key], found) for key, found in parts.items() if key in tracks]

    def _all_poses(self, gazes: Mapping[str, Gaze]) -> list[float]:
        if self._posed[0] is not gazes:
            self._posed = gazes, [number for name, gaze in gazes.items() for number in self._pose(name, gaze)]
        return self._posed[1]

    def _pose(self, name: str, gaze: Gaze) -> Pose:
        """Work it out anew only if the actor has moved or turned."""
        known = self._poses.get(name)
        if known is None or known[0] != gaze:
            known = self._poses[name] = gaze, pose(gaze)
        return known[1]

    def _drawn(self, name: str, pose: Pose, bearing: Bearing) -> ActorState:
        known = self._states.get(name)
        if known is None or known[0] is not pose or known[1] != bearing:
            posture, gesture, arousal, speed = bearing
            drawn = ActorState(pose[:3], pose[3:], posture, gesture, round(arousal, 3), round(speed, 3))
            known = self._states[name] = pose, bearing, drawn
        return known[2]


class _Table:
    """Ticks of one layout, as doubles row after row: 5 kB for a second of a session, where tuples take ten times that.

    With a thousand sessions the processor's caches hold the one and not the other.
    """

    __slots__ = ("layout", "numbers")

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.numbers = array("d")

    def by_track(self) -> Iterator[tuple[Key, Part]]:
        """The rows of each track, in the order in which ``ServerStreams.add`` puts them."""
        actors, near, states = self.layout
        keys = [
            *(("actor_pose", name) for name in actors), *(("proximity", name) for name in near),
            *(("person_state", name) for name in states), ("threat_state", ""),
        ]  # fmt: skip
        widths = [len(STREAMS[stream].columns) for stream, _ in keys]
        columns = np.frombuffer(self.numbers).reshape(-1, 1 + sum(widths)).T
        values, at = columns.astype("<f4", order="C"), 1
        for key, width in zip(keys, widths, strict=True):
            yield key, (columns[0], values[at : at + width])
            at += width


def pose(gaze: Gaze) -> Pose:
    """Return where an actor's eyes are and where they look, as a row of ``actor_pose``."""
    half = gaze.yaw / 2
    return gaze.x, gaze.y, gaze.z, 0.0, math.sin(half), 0.0, math.cos(half)


def _block(track: Track, parts: Sequence[Part]) -> Rows:
    """Pack the rows of a track; more than one part is there only when somebody has come or gone."""
    times, values = parts[0] if len(parts) == 1 else _joined(parts)
    times_ms = times * 1000
    count, columns = len(times), len(values)
    header = BLOCK_HEADER.pack(track.track, track.next_seq, count, columns, 0, times_ms[0])
    raw = header + (times_ms - times_ms[0]).astype("<f4").tobytes() + values.tobytes()
    return Rows(track.track, track.next_seq + count, raw)


def _joined(parts: Sequence[Part]) -> Part:
    times, values = zip(*parts, strict=True)
    return np.concatenate(times), np.concatenate(values, axis=1)
