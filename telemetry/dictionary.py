"""What every column of every research view and export means: one list, written into the database and exports.

The samples' columns come from the registry of streams; the others are described here. A test compares the
list with the views' columns as the database has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import psycopg

from telemetry.streams import STREAMS, Privacy, Stream

__all__ = ["Entry", "entries", "samples", "write"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One column of one view; `position` counts from 1."""

    view: str
    position: int
    name: str
    unit: str
    description: str
    privacy: str
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, object]:
        """The entry as `dictionary.json` holds it."""
        return asdict(self)


# unit, description, privacy; "-" is a column without a unit.
_SESSION = ("uuid", "the session's id, the same in every view", Privacy.RECORD)
_TRACK = ("-", "the track within the session: one stream of one station in one client run", Privacy.RECORD)
_SEQ = ("-", "the row's number within its track, from 0; what is missing was lost or stands in gaps", Privacy.RECORD)
_T = ("s", "seconds since the session opened, on the server's monotonic clock; never stops", Privacy.RECORD)
_AT = ("UTC", "the session's opening plus t", Privacy.RECORD)
_MS = ("ms", "scenario time: stands still while frozen, steps back at a rewind; null before", Privacy.RECORD)
_CLIENT_MS = ("ms", "the client's own monotonic clock as it came, unaltered", Privacy.RECORD)
_STATION = ("-", "who sent the track", Privacy.RECORD)
_ATTEMPT = ("-", "one run from a start or a checkpoint, from 1; grades belong to attempts", Privacy.RECORD)
_PROFILE_SHA = ("-", "SHA-256 of the scoring profile's file", Privacy.RECORD)
_SOFTWARE = ("-", "Talkdown's version", Privacy.RECORD)
_PLAUSIBLE = ("-", "false where a value is out of its bounds or the time cannot be right", Privacy.RECORD)
_DECLARED_UNIT = ("-", "unit of the sensor's values, as declared", Privacy.RECORD)
_LOW = ("1", "lower end of the 95 % interval", Privacy.RECORD)
_HIGH = ("1", "upper end of the 95 % interval", Privacy.RECORD)

_Described = tuple[str, str, Privacy]

VIEWS: dict[str, dict[str, _Described]] = {
    "sessions": {
        "session": _SESSION,
        "pseudonym": ("-", "stands for the trainee; the name is not in this database", Privacy.RECORD),
        "attempt": _ATTEMPT,
        "modality": ("-", "how the trainee takes part: browser, headset, bot; null before", Privacy.RECORD),
        "condition": ("-", "the study's condition, null outside a study", Privacy.RECORD),
        "scenario": ("-", "the scenario's id", Privacy.SCENARIO),
        "scenario_sha256": ("-", "SHA-256 of the scenario's file", Privacy.SCENARIO),
        "profile": ("-", "name of the scoring profile", Privacy.RECORD),
        "profile_sha256": _PROFILE_SHA,
        "software": _SOFTWARE,
        "seed": ("-", "seed of the random choices; with the log it repeats the session", Privacy.SCENARIO),
        "phase": ("-", "lobby, briefing, running, frozen, debrief or closed", Privacy.RECORD),
        "outcome": ("-", "how the scenario ended; null if it did not", Privacy.RECORD),
        "opened_at": ("UTC", "when the session opened: t = 0", Privacy.RECORD),
        "started_at": ("UTC", "when the scenario first ran", Privacy.RECORD),
        "ended_at": ("UTC", "when it ended", Privacy.RECORD),
        "closed_at": ("UTC", "when the session was closed", Privacy.RECORD),
        "duration_s": ("s", "from started_at to ended_at", Privacy.RECORD),
    },
    "tracks": {
        "session": _SESSION,
        "track": _TRACK,
        "stream": ("-", "name of the stream", Privacy.RECORD),
        "station": _STATION,
        "run": ("-", "id of the client's run, made once per page load", Privacy.RECORD),
        "label": ("-", "which hand, sensor, actor or state; empty where a stream has one track", Privacy.RECORD),
        "rate": ("Hz", "nominal rate as announced", Privacy.RECORD),
        "opened_t": ("s", "when the track was opened, in session time", Privacy.RECORD),
        "rows": ("-", "how many rows the track has so far, lost ones included", Privacy.RECORD),
    },
    "sensors": {
        "session": _SESSION,
        "track": _TRACK,
        "sensor": ("-", "the sensor's name", Privacy.RECORD),
        "unit": _DECLARED_UNIT,
        "description": ("-", "what it measures, as declared", Privacy.RECORD),
        "privacy": ("-", "how far its values identify a person, as declared", Privacy.RECORD),
        "low": ("as unit", "smallest plausible value, as declared", Privacy.RECORD),
        "high": ("as unit", "largest plausible value, as declared", Privacy.RECORD),
    },
    "gaps": {
        "session": _SESSION,
        "track": _TRACK,
        "stream": ("-", "name of the stream", Privacy.RECORD),
        "station": _STATION,
        "label": ("-", "the actor or state the track is about; empty for the trainee's own", Privacy.RECORD),
        "first_seq": ("-", "number of the first row that was given up", Privacy.RECORD),
        "rows": ("-", "how many consecutive rows were given up", Privacy.RECORD),
        "t_start": ("s", "when the first of them was due, in session time", Privacy.RECORD),
        "t_end": ("s", "when the last of them was due, in session time", Privacy.RECORD),
        "client_ms_start": ("ms", "the first one's time on the client's own clock, unaltered", Privacy.RECORD),
        "client_ms_end": ("ms", "the last one's time on the client's own clock", Privacy.RECORD),
        "reason": ("-", "buffer_full: given up after a long outage; not_measured: nothing was", Privacy.RECORD),
    },
    "events": {
        "session": _SESSION,
        "seq": ("-", "the event's number within the session, from 0; shared with signals", Privacy.RECORD),
        "t": _T,
        "at": _AT,
        "ms": _MS,
        "actor": ("-", "who did it: trainee, instructor, scenario, server", Privacy.RECORD),
        "type": ("-", "what happened", Privacy.RECORD),
        "data": ("json", "the event's own fields; may hold an instructor's note", Privacy.RECORD),
    },
    "attempts": {
        "session": _SESSION,
        "attempt": _ATTEMPT,
        "forked_from": ("-", "the attempt in which its checkpoint was taken; null for the first", Privacy.RECORD),
        "checkpoint": ("-", "the checkpoint it began at; null for the first", Privacy.RECORD),
        "from_ms": ("ms", "scenario time at which it began", Privacy.RECORD),
        "began_t": ("s", "when it began, in session time: at the start, or at the rewind", Privacy.RECORD),
        "left_t": ("s", "when it ended or was left by a rewind, in session time; null while it lasts", Privacy.RECORD),
    },
    "signals": {
        "session": _SESSION,
        "seq": ("-", "the number of the event that changed the signal", Privacy.RECORD),
        "t": _T,
        "at": _AT,
        "ms": _MS,
        "signal": ("-", "the signal's name in the scenario", Privacy.DERIVED),
        "value": ("as declared", "what the guards read from here on; null: unknown", Privacy.DERIVED),
    },
    "clock": {
        "session": _SESSION,
        "track": _TRACK,
        "seq": ("-", "first row of the batch this mapping was used for", Privacy.RECORD),
        "t": ("s", "when the batch arrived, in session time", Privacy.RECORD),
        "at": ("UTC", "when the batch arrived", Privacy.RECORD),
        "offset_s": ("s", "of that row: t = client_ms / 1000 + offset_s", Privacy.RECORD),
        "bound_s": ("s", "t is right to this; infinity before the epoch's first exchange", Privacy.RECORD),
        "epoch": ("-", "from 0; raised when the client's clock stood still (sleep) or was set", Privacy.RECORD),
        "skew": ("1", "offset_s of a row d seconds later in the batch is larger by skew times d", Privacy.RECORD),
    },
    "grades": {
        "session": _SESSION,
        "attempt": _ATTEMPT,
        "profile": ("-", "name of the scoring profile", Privacy.RECORD),
        "profile_sha256": _PROFILE_SHA,
        "software": _SOFTWARE,
        "status": ("-", "graded or not_graded", Privacy.RECORD),
        "total": ("1", "0 to 100; null if not graded", Privacy.RECORD),
        "low": _LOW,
        "high": _HIGH,
        "graded_at": ("UTC", "when", Privacy.RECORD),
    },
    "measures": {
        "session": _SESSION,
        "attempt": _ATTEMPT,
        "profile_sha256": _PROFILE_SHA,
        "software": _SOFTWARE,
        "component": ("-", "component of the grade", Privacy.RECORD),
        "measure": ("-", "the measure's id", Privacy.RECORD),
        "value": ("see unit", "the measured value; null where it was not observed", Privacy.DERIVED),
        "unit": ("-", "unit of value", Privacy.RECORD),
        "status": ("-", "ok, insufficient, missing, invalid or not_applicable", Privacy.RECORD),
        "reason": ("-", "why there is no value", Privacy.RECORD),
        "score": ("1", "points, 0 to 100", Privacy.RECORD),
        "weight": ("1", "weight within the component", Privacy.RECORD),
        "n": ("-", "how many observations it rests on", Privacy.RECORD),
        "coverage": ("1", "share of the time that was observed", Privacy.RECORD),
        "low": _LOW,
        "high": _HIGH,
        "evidence": ("json", "the moments at which points were lost", Privacy.DERIVED),
    },
    "quality": {
        "session": _SESSION,
        "track": _TRACK,
        "stream": ("-", "name of the stream", Privacy.RECORD),
        "station": _STATION,
        "label": ("-", "the track's label; empty for the trainee's own", Privacy.RECORD),
        "software": _SOFTWARE,
        "computed_at": ("UTC", "when it was computed; it is of the time in which the scenario ran", Privacy.RECORD),
        "verdict": ("-", "good, limited, poor or none: of the worst of what was looked at", Privacy.RECORD),
        "why": ("-", "sentences that say what the verdict rests on", Privacy.RECORD),
        "rows": ("-", "rows that are there", Privacy.RECORD),
        "implausible": ("-", "of these, rows with a value or a time out of bounds", Privacy.RECORD),
        "nominal_hz": ("Hz", "rate that was announced", Privacy.RECORD),
        "rate_hz": ("Hz", "plausible rows per observed second; null if nothing was observed", Privacy.RECORD),
        "coverage": ("1", "share of the running time with rows, of somebody who saw the scene", Privacy.RECORD),
        "missing": ("-", "rows that were numbered, are not there, and nobody says why", Privacy.RECORD),
        "declared": ("-", "rows that the client gave up and said so", Privacy.RECORD),
        "pruned": ("-", "rows that were removed on purpose before this was computed", Privacy.RECORD),
        "gaps": ("-", "how many gaps there were: holes in the numbers, and time without rows", Privacy.RECORD),
        "gaps_s": ("s", "how long they lasted together", Privacy.RECORD),
        "longest_gap_s": ("s", "how long the longest of them lasted", Privacy.RECORD),
        "causes": ("json", "the gaps by cause (declared, lost, silent, asleep, pruned)", Privacy.RECORD),
        "clock_median_ms": ("ms", "half of the times were right to this; null: not known", Privacy.RECORD),
        "clock_p95_ms": ("ms", "95 % of the times were right to this", Privacy.RECORD),
        "clock_worst_ms": ("ms", "all of the times were right to this", Privacy.RECORD),
        "epochs": ("-", "clock epochs: 1 if the client's clock never stood still; 0: the server's", Privacy.RECORD),
        "lag_median_ms": ("ms", "a batch arrived this long after its first row was measured, median", Privacy.RECORD),
        "lag_p95_ms": ("ms", "the same, 95th percentile", Privacy.RECORD),
        "lag_worst_ms": ("ms", "the same, longest", Privacy.RECORD),
        "clipped": ("1", "of a voice: share of its samples at full scale", Privacy.VOICE_FEATURE),
        "worn": ("1", "of a headset: share of the time in which it was worn; null: not said", Privacy.RECORD),
        "visible": ("1", "of a headset: share of the time in which the scene could be seen", Privacy.RECORD),
    },
    "dictionary": {
        "view": ("-", "name of the view, and of the exported file", Privacy.RECORD),
        "position": ("-", "the column's place, from 1", Privacy.RECORD),
        "name": ("-", "the column's name", Privacy.RECORD),
        "unit": ("-", "its unit; 1 is a ratio, - has none", Privacy.RECORD),
        "description": ("-", "what it means", Privacy.RECORD),
        "privacy": ("-", "how far it identifies a person", Privacy.RECORD),
        "low": ("as unit", "smallest plausible value; rows below are flagged, not dropped", Privacy.RECORD),
        "high": ("as unit", "largest plausible value", Privacy.RECORD),
    },
}  # fmt: skip

def entries() -> list[Entry]:
    """Every column of every view, in the views' order."""
    return [*(entry for stream in STREAMS.values() for entry in samples(stream)), *_described()]


def samples(stream: Stream) -> list[Entry]:
    """Every column of a stream's view: whose row and when, the stream's own columns, whether it is plausible."""
    identity: dict[str, _Described] = {"session": _SESSION, "track": _TRACK}
    if stream.origin == "station":
        identity |= {"station": _STATION}
    if stream.labels is not None:
        identity |= {stream.labels.column: ("-", stream.labels.description, stream.labels.privacy)}
        if stream.labels.giver == "agency":
            identity |= {"unit": _DECLARED_UNIT}
    identity |= {"seq": _SEQ, "t": _T, "at": _AT}
    if stream.origin == "station":
        identity |= {"client_ms": _CLIENT_MS}
    fields: list[tuple[str, str, str, Privacy, float | None, float | None]] = []
    fields += [(name, *described, None, None) for name, described in identity.items()]
    fields += [(c.name, c.unit, c.description, c.privacy, c.low, c.high) for c in stream.columns]
    fields += [("plausible", *_PLAUSIBLE, None, None)]
    return [
        Entry(stream.name, position, name, unit, description, privacy.value, low, high)
        for position, (name, unit, description, privacy, low, high) in enumerate(fields, 1)
    ]


def write(connection: psycopg.Connection) -> None:
    """Make the database's dictionary say what this software's says; the caller commits."""
    rows = [tuple(entry.to_json().values()) for entry in entries()]
    connection.execute("DELETE FROM core.dictionary")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO core.dictionary VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)


def _described() -> Iterator[Entry]:
    for view, columns in VIEWS.items():
        for position, (name, (unit, description, privacy)) in enumerate(columns.items(), 1):
            yield Entry(view, position, name, unit, description, privacy.value)
