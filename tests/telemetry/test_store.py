"""A record that cannot be stored is counted, and stops nothing that comes after it."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from telemetry.drain import Drain
from telemetry.journal import JournalWriter, RecordKind
from telemetry.records import GENESIS, chain
from telemetry.segments import RECORD_HEADER

from .oracle import OPENED_AT, Issued, journal_in, stored_events, stored_rows


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[JournalWriter]:
    """A journal with small segments."""
    writer = journal_in(tmp_path / "journal")
    yield writer
    writer.close()


def append(writer: JournalWriter, session: Issued, type_: str, data: dict[str, object], seq: int) -> int:
    """Journal an event as no writer of ours would; returns its bytes in the journal."""
    fields = {"actor": "server", "data": data, "ms": None, "seq": seq, "t": 0.5, "type": type_}
    body = json.dumps(fields, sort_keys=True).encode()
    payload = chain(GENESIS, body) + body
    writer.append(RecordKind.EVENT, session.id, payload)
    return RECORD_HEADER.size + len(payload)


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("session_opened", {"opened_at": OPENED_AT, "pseudonym": "a\0b"}),
        ("session_opened", {"opened_at": OPENED_AT, "modality": {"a": "headset"}}),
        ("session_opened", {"opened_at": "\0"}),
        ("track_opened", {"track": 9, "stream": "voice", "station": "s", "run": "r", "label": "a\0b", "rate": 50}),
        ("outcome", {"outcome": "\0"}),
        ("outcome", {"outcome": "\ud800"}),
        ("attempt", {"attempt": {"a": 2}}),
        ("attempt", {"attempt": "two"}),
        ("joined", {"role": "trainee", "modality": "\0"}),
    ],
)
def test_a_value_that_is_refused_costs_its_record(
    database: str, writer: JournalWriter, type_: str, data: dict[str, object]
) -> None:
    """On our side of the connection, where there is no SQLSTATE, or on the other."""
    session = Issued(writer)
    session.play(2)
    wrong = Issued(writer, id=uuid4()) if type_ == "session_opened" else session
    size = append(writer, wrong, type_, data, 0 if wrong is not session else len(session.events))
    session.batch(1, 7)
    writer.sync()
    drain = Drain(writer.directory, database)
    while drain.step():
        pass
    drain.close()
    assert {(track, seq) for track, seq, *_ in stored_rows(database, session.id)} == set(session.rows)
    assert [event for event, _ in stored_events(database, session.id)] == session.events
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT size FROM core.damage").fetchall() == [(size,)]
        assert connection.execute("SELECT session FROM core.session").fetchall() == [(session.id,)]
