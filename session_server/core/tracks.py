"""The tracks of a session: who sends which stream, and which row comes next."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from session_server.core.errors import Refusal
from session_server.core.messages import TrackState
from telemetry.frames import Block, Gap, part
from telemetry.streams import STREAMS, Sensor, Stream

#: No column of ours, in metres or decibels, comes near it; what is merely implausible is kept and flagged.
GREATEST: Final = 1e6
#: A block whose numbers' squares add up to less holds no value beyond; a quarter, because the sum is rounded.
SMALL: Final = GREATEST**2 / 4
#: The stream of all declared sensors; a track's label is the sensor's name.
SENSOR: Final = "sensor"


@dataclass(slots=True)
class Track:
    """One stream of one station in one client run. ``label`` tells which hand, sensor, actor or state."""

    track: int
    stream: Stream
    station: str
    run: str
    label: str
    rate: float
    #: The declaration of a sensor's track.
    sensor: Sensor | None = None
    next_seq: int = 0

    def opened(self) -> dict[str, object]:
        """Return what the journal says when this track opens."""
        return {
            "track": self.track, "stream": self.stream.name, "station": self.station, "run": self.run,
            "label": self.label, "rate": self.rate,
        } | ({} if self.sensor is None else {"declared": self.sensor.to_json()})  # fmt: skip

    def state(self) -> TrackState:
        """Return what a client is told of this track."""
        columns = tuple(column.name for column in self.stream.columns)
        return TrackState(self.track, self.stream.name, self.label, columns, self.rate, self.next_seq)


class Tracks:
    """All tracks of one session, numbered from 1 in the order in which they were opened."""

    def __init__(self) -> None:
        self._tracks: dict[int, Track] = {}

    def of_run(self, run: str) -> tuple[Track, ...]:
        """Return the tracks that one client run opened, in order."""
        return tuple(track for track in self._tracks.values() if track.run == run)

    def open(
        self, stream: str, *, station: str, run: str, rate: float, label: str = "", sensor: Sensor | None = None
    ) -> Track:
        """Open the next track; one of a ``sensor`` is as that is declared, its rate too."""
        shape, rate = (STREAMS[stream], rate) if sensor is None else (sensor.stream, sensor.rate)
        track = Track(len(self._tracks) + 1, shape, station, run, label, rate, sensor)
        self._tracks[track.track] = track
        return track

    def __iter__(self) -> Iterator[Track]:
        """All tracks, by number."""
        return iter(self._tracks.values())

    def __getitem__(self, track: int) -> Track:
        """The track with this number; ``KeyError`` where there is none."""
        return self._tracks[track]

    def fresh(self, block: Block | Gap, *, run: str) -> Block | Gap | None:
        """Return what of ``block`` is new, or ``None`` for a pure resend.

        A declared gap takes part like rows: what it says of rows that are here already does not hold. Raises
        ``Refusal`` for a track of another run, a wrong number of columns, or a hole in the sequence.
        """
        track = self._tracks.get(block.track)
        if track is None or track.run != run:
            own = ", ".join(str(track.track) for track in self.of_run(run)) or "none"
            raise Refusal("unknown_track", f"track {block.track} is not of this connection; its tracks: {own}")
        # What is right, as nearly all is, costs no call: in a server with many stations each is made with cold caches.
        if isinstance(block, Block) and (block.columns != len(track.stream.columns) or block.square > SMALL):
            self._check_values(block, track)
        first, known = block.first_seq, track.next_seq
        if first == known:
            return block
        if first > known:
            raise Refusal(
                "sequence_gap",
                f"track {block.track} goes on at {known}, the block starts at {first}",
                {"track": block.track, "expected": known},
            )
        return None if block.end_seq <= known else _since(block, known)

    def _check_values(self, block: Block, track: Track) -> None:
        columns, expected = block.columns, len(track.stream.columns)
        if columns != expected:
            raise Refusal(
                "frame_invalid", f"track {block.track} ({track.stream.name}) has {expected} columns, not {columns}"
            )
        if float(abs(block.values).max()) > GREATEST:
            raise Refusal(
                "frame_invalid", f"track {block.track} ({track.stream.name}) holds a value beyond {GREATEST:.0e}"
            )

    def advance(self, track: int, next_seq: int) -> int:
        """Note that all rows below ``next_seq`` are journalled; return which comes next. It goes only forward."""
        known = self._tracks[track]
        if next_seq > known.next_seq:
            known.next_seq = next_seq
        return known.next_seq


def split(key: str) -> tuple[str, str]:
    """Return the stream and the label that ``hello`` names by ``name`` or ``name.label``."""
    name, _, label = key.partition(".")
    return name, label


def check_announced(keys: Iterable[str], sensors: Collection[str]) -> None:
    """Raise ``Refusal`` for a stream or a label that no station sends; ``sensors`` are those declared."""
    keys_sent = [key for stream in STREAMS.values() if stream.origin == "station" for key in stream.keys]
    known = [key.replace("*", name) for key in keys_sent for name in (sensors if key.endswith("*") else ("",))]
    for key in keys:
        if key in known:
            continue
        stream, name = split(key)
        if f"{stream}.*" in keys_sent and name not in ("", "*"):
            declared = ", ".join(sorted(sensors)) or "none (sensors.toml in the server's data folder declares them)"
            raise Refusal("unknown_name", f"no {stream} is called {name!r}; declared: {declared}")
        raise Refusal("unknown_name", f"no station stream is called {key!r}; known: {', '.join(sorted(known))}")


def _since(block: Block | Gap, seq: int) -> Block | Gap:
    """Return ``block`` from the row ``seq`` on, which lies in it."""
    if isinstance(block, Gap):
        return block.since(seq)
    return part(block, seq - block.first_seq, block.rows)
