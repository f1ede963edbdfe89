"""``GET /metrics``: the server's figures in Prometheus's text format (version 0.0.4).

Nobody's names or words are among them. A label that a family can have is there from the start, with 0: what only
appears once it has happened has no rate before that. Asked from this machine itself they need no key; from elsewhere,
or where there is a proxy, the console key as for ``/api``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

import session_server
from session_server.core.errors import CODES
from session_server.core.phases import Phase
from session_server.core.roles import Role
from session_server.net.counts import Histogram
from session_server.net.desk import Desk
from session_server.net.disk import Space
from session_server.net.house import House
from telemetry import inventory
from telemetry.records import RecordKind

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: A proxy on this machine asks from it for everybody else, and says so in one of these.
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_LOOPBACK: Final = ("127.0.0.1", "::1")


def from_here(request: Request) -> bool:
    """Whether a request comes from this machine for this machine, and not through a proxy that says so.

    A page whose own name was bound to this machine's address asks for that name.
    """
    address = request.client.host if request.client else ""
    try:
        asked = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    proxied = any(name in request.headers for name in _FORWARDED)
    return address in _LOOPBACK and asked in (*_LOOPBACK, "localhost") and not proxied


def render(house: House, desk: Desk) -> str:
    """Return all figures. Looks at some files in the journal's folder, which takes under a millisecond."""
    return "\n".join([*_journal(house), *_stored(house, desk), *_clients(house), ""])


def _journal(house: House) -> Iterator[str]:
    recorder, disk = house.recorder, house.disk
    done = recorder.counts
    yield from _one("journal_bytes_total", "counter", "Bytes of records taken in.", done.bytes)
    yield from _one("journal_pending_bytes", "gauge", "Bytes that wait for the disk.", recorder.pending_bytes)
    kinds = {kind.name.lower(): done.records[kind] for kind in RecordKind}
    yield from _each("journal_records_total", "counter", "Records taken in.", "kind", kinds)
    yield from _one("journal_rows_total", "counter", "Rows of samples taken in.", done.rows)
    yield from _histogram("journal_sync_seconds", "How long a group took to be on disk.", done.syncs)
    yield from _one("journal_failures_total", "counter", "Groups that the disk refused, at first.", done.failures)
    yield from _one(
        "journal_failing", "gauge", "1 while the disk takes nothing.", int(recorder.failure is not None)
    )
    if disk.free is not None:
        yield from _one("disk_free_bytes", "gauge", "Free on the journal's disk.", disk.free)
    spaces = {str(space): int(disk.space is space) for space in Space}
    yield from _each("disk_space", "gauge", "1 for how much room there is.", "space", spaces)


def _stored(house: House, desk: Desk) -> Iterator[str]:
    found, drain = inventory.of_journal(house.journal), desk.recording()
    done = found.drain
    states = {state: int(drain.state == state) for state in ("storing", "behind", "off")}
    yield from _one("journal_disk_bytes", "gauge", "Bytes of the journal's segments on disk.", found.bytes)
    yield from _one("journal_segments", "gauge", "Segments of the journal on disk.", found.segments)
    yield from _one("backlog_bytes", "gauge", "Bytes on disk that are not in the database yet.", found.backlog_bytes)
    yield from _one("behind_seconds", "gauge", "How far the database is behind the journal.", done.behind_s)
    yield from _each("drain_state", "gauge", "1 for what the drain does.", "state", states)
    yield from _one("stored_records_total", "counter", "Records stored since the drain began.", done.records)
    yield from _one("stored_rows_total", "counter", "Rows stored since the drain began.", done.rows)
    yield from _one("damage_bytes", "gauge", "Bytes of the journal that could not be stored.", done.damage_bytes)
    yield from _one("damage_places", "gauge", "Places at which something is lost.", done.damage_places)
    at_start = sum(place.size for place in house.damage)
    yield from _one("damage_at_start_bytes", "gauge", "Bytes that could not be read at the server's start.", at_start)


def _clients(house: House) -> Iterator[str]:
    counts, rooms = house.counts, house.rooms.values()
    phases = _all(Phase) | Counter(str(room.session.phase) for room in rooms)
    roles = _all(Role) | Counter(str(member.sender.role) for room in rooms for member in list(room.members.values()))
    yield from _each("sessions", "gauge", "Sessions in memory.", "phase", phases)
    yield from _each("connections", "gauge", "Connections that have joined a session.", "role", roles)
    yield from _one("frames_total", "counter", "Frames of samples received.", counts.frames)
    yield from _one("acks_total", "counter", "Acknowledgements sent.", counts.acks)
    yield from _each("refused_total", "counter", "Refusals, by the wire's code.", "code", _all(CODES) | counts.refused)
    yield from _histogram("tick_lag_seconds", "How late the event loop came to its ticks.", counts.lag)
    yield from _each("info", "gauge", "The software.", "version", {session_server.__version__: 1})


def _all(words: Iterable[str]) -> dict[str, float]:
    """Every label that a family can have, at 0."""
    return {str(word): 0 for word in words}


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP talkdown_{name} {text}"
    yield f"# TYPE talkdown_{name} {kind}"


def _one(name: str, kind: str, text: str, value: float) -> Iterator[str]:
    yield from _head(name, kind, text)
    yield f"talkdown_{name} {value}"


def _each(name: str, kind: str, text: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    """One value for each label; they are words of ours, which need no escaping."""
    yield from _head(name, kind, text)
    for word, value in sorted(values.items()):
        yield f'talkdown_{name}{{{label}="{word}"}} {value}'


def _histogram(name: str, text: str, found: Histogram) -> Iterator[str]:
    yield from _head(name, "histogram", text)
    below = 0
    for bound, count in zip((*map(str, found.bounds), "+Inf"), found.counts, strict=True):
        below += count
        yield f'talkdown_{name}_bucket{{le="{bound}"}} {below}'
    yield f"talkdown_{name}_sum {found.sum}"
    yield f"talkdown_{name}_count {below}"
