"""What a node finds in its journal, damaged, or in the drain's hands meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from session_server.net.recovery import find
from telemetry import journal
from telemetry.drain import Drain
from telemetry.journal import Damage, Position, Record, RecordKind
from telemetry.scan import scan
from telemetry.segments import numbers, path_of
from tests.session_server.live import live_server
from tests.telemetry.oracle import Issued, journal_in


def drained(folder: Path, conninfo: str) -> None:
    drain = Drain(folder, conninfo)
    while drain.step():
        pass
    drain.close()


def flip(folder: Path, kind: RecordKind) -> None:
    """Damage the first record of a kind."""
    place = next(place for place, item in scan(folder) if isinstance(item, Record) and item.kind == kind)
    path = path_of(folder, place.segment)
    content = bytearray(path.read_bytes())
    content[place.offset - 1] ^= 1
    path.write_bytes(content)


def stored_and_damaged(folder: Path, conninfo: str, kind: RecordKind) -> Issued:
    """A session of which everything is stored, and then a record of the journal is lost."""
    writer = journal_in(folder)
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    session.batch(1, 7)
    session.event("signals", {"distance": 1.0}, t=1.0)
    writer.close()
    drained(folder, conninfo)
    flip(folder, kind)
    return session


def test_a_track_s_only_rows_may_be_lost_and_stored(tmp_path: Path, database: str) -> None:
    session = stored_and_damaged(tmp_path, database, RecordKind.SAMPLES)
    found = find(tmp_path)[session.id]
    assert found.tracks == {}
    assert not found.gap
    assert found.in_doubt


async def test_a_session_whose_opening_is_lost_is_closed_in_the_record(tmp_path: Path, database: str) -> None:
    folder = tmp_path / "journal"
    session = stored_and_damaged(folder, database, RecordKind.EVENT)
    assert set(find(folder)) == {session.id}
    async with live_server(tmp_path, database) as server:
        assert not server.house.rooms
        await server.stored()
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT phase, closed_at IS NOT NULL FROM core.session").fetchone()
    assert row == ("closed", True)
    assert find(folder) == {}


@pytest.mark.parametrize("read", [0, 3, 10])
def test_what_the_drain_removes_meanwhile_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: int
) -> None:
    """Whether a segment is gone when the next one is looked for, or just when it is opened (`read` 0)."""
    writer = journal_in(tmp_path)
    for seed in range(4):
        session = Issued(writer, seed)
        session.play(3)
        session.close()
        writer.sync()
    going_on = Issued(writer, 9)
    going_on.open()
    writer.close()
    present = numbers(tmp_path)
    assert len(present) > 3
    open_file = Path.open

    def remove() -> None:
        for number in present[:3]:
            path_of(tmp_path, number).unlink(missing_ok=True)

    def beside(*given: Any) -> Iterator[tuple[Position, Record | Damage]]:
        for count, item in enumerate(scan(*given), 1):
            yield item
            if count == read:
                remove()

    def vanishing(path: Path, *given: Any, **named: Any) -> Any:
        if read == 0 and named.get("buffering") == 0:
            remove()
        return open_file(path, *given, **named)

    monkeypatch.setattr(Path, "open", vanishing)
    monkeypatch.setattr(journal, "scan", beside)
    damage: list[Damage] = []
    found = find(tmp_path, damage=damage)
    assert damage == []
    assert [(id, one.in_doubt) for id, one in found.items()] == [(going_on.id, False)]
