"""The events of recorded sessions with their hashes, from a node's journal or from the database."""

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from session_server.store.archive import available
from telemetry.connections import connected
from telemetry.errors import UnknownSession
from telemetry.journal import read
from telemetry.records import EventRecord, RecordKind, decode_event
from telemetry.trace import READ_WITHIN_S


def in_journal(folder: Path) -> Mapping[UUID, list[bytes]]:
    """Each session in a journal: its events' payloads, in order. What stands there twice is taken once."""
    found: dict[UUID, dict[int, bytes]] = {}
    for _, record in read(folder):
        if record.kind not in (RecordKind.SAMPLES, RecordKind.GAP):
            # After a disk fault a record may be written again: the first is what was acknowledged.
            found.setdefault(record.session, {}).setdefault(decode_event(record.payload)[1].seq, record.payload)
    return {session: list(events.values()) for session, events in found.items()}


def in_database(conninfo: str, session: UUID) -> list[bytes]:
    """A stored session's events' payloads, in order; ``UnknownSession`` where there is none."""
    query = (
        "SELECT e.seq, e.t, e.ms, e.actor, e.type, e.data::text, e.chain FROM core.event e"
        " JOIN core.session s USING (session_id) WHERE s.session = %s ORDER BY e.seq"
    )
    with available(), connected(conninfo, within_s=READ_WITHIN_S) as connection:
        cursor = connection.cursor(binary=True)
        rows = cursor.execute(query, [session]).fetchall()
    if not rows:
        raise UnknownSession(f"no session {session} in the database; `talkdown sessions list` shows those that are")
    return [
        bytes(chain) + EventRecord(seq, t, ms, actor, type_, json.loads(data)).body()
        for seq, t, ms, actor, type_, data, chain in rows
    ]
