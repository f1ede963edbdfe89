"""The journal's files are damaged: what stands before and after survives, and what is lost is counted exactly.

The model of a damage is which records it hits. From that follows what the database may lack: those records, and
what nobody can place without them. All else must be there, and `core.damage` must name every byte that is not.
"""

import os
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from telemetry import journal
from telemetry.drain import Drain
from telemetry.frames import decode_block
from telemetry.journal import JournalWriter
from telemetry.records import SAMPLE_HEADER, RecordKind, decode_event, decode_gap, decode_samples
from telemetry.segments import HEADER_BYTES, RECORD_HEADER, numbers, path_of
from tests.faults.seeds import seeds
from tests.faults.tape import Tape
from tests.telemetry.oracle import Issued, check, stored_events, stored_gaps, stored_rows

SEGMENT_BYTES = 3_000


def drained(directory: Path, conninfo: str, *, limit: int = 20) -> None:
    drain = Drain(directory, conninfo, limit=limit)
    while drain.step():
        pass
    drain.close()


@dataclass(frozen=True)
class Place:
    """A record and where it stands."""

    segment: int
    start: int
    end: int
    session: UUID
    kind: RecordKind
    payload: bytes

    @property
    def size(self) -> int:
        return self.end - self.start


def places(directory: Path) -> list[Place]:
    """Every record of an undamaged journal."""
    return [
        Place(end.segment, end.offset - RECORD_HEADER.size - len(record.payload), end.offset, record.session,
              record.kind, record.payload)
        for end, record in journal.read(directory)
    ]  # fmt: skip


def parts(place: Place) -> dict[int, Place]:
    """What each track has of a record, and where it stands: a declared loss is all of one, a block a part of it.

    Of a part the payload is the block.
    """
    if place.kind is RecordKind.GAP:
        return {decode_gap(place.payload).gap().track: place}
    found, at = {}, place.end - len(place.payload) + SAMPLE_HEADER.size
    for block in decode_samples(place.payload).blocks():
        part = Place(place.segment, at, at + len(block.raw), place.session, place.kind, block.raw)
        found[block.track] = part
        at = part.end
    return found


@dataclass
class Expected:
    """What the database should have of records of which some are hit; `unplaced` are whole and of no use."""

    events: dict[UUID, set[int]]
    rows: dict[UUID, set[tuple[int, int]]]
    #: (track, first number) of losses that the client declared.
    gaps: dict[UUID, set[tuple[int, int]]]
    unplaced: list[Place]

    @classmethod
    def of(cls, all_places: Iterable[Place], hit: set[Place]) -> "Expected":
        found = cls({}, {}, {}, [])
        tracks: set[tuple[UUID, int]] = set()
        for place in all_places:
            if place in hit:
                continue
            if place.kind in (RecordKind.SAMPLES, RecordKind.GAP):
                known = {track: part for track, part in parts(place).items() if (place.session, track) in tracks}
                for part in known.values():
                    found.place(part)
                of_others = [part for track, part in parts(place).items() if track not in known]
                found.unplaced += of_others if known else [place]
                continue
            event = decode_event(place.payload)[1]
            if event.type == "session_opened":
                found.events[place.session], found.rows[place.session] = set(), set()
                found.gaps[place.session] = set()
            if place.session not in found.events:
                found.unplaced.append(place)
                continue
            found.events[place.session].add(event.seq)
            if event.type == "track_opened":
                opened = event.data["track"]
                assert isinstance(opened, int)
                tracks.add((place.session, opened))
        return found

    def place(self, place: Place) -> None:
        """Expect the rows of a block, or the declared loss, whose track is known."""
        if place.kind is RecordKind.GAP:
            gap = decode_gap(place.payload).gap()
            self.gaps[place.session].add((gap.track, gap.first_seq))
        else:
            block = decode_block(place.payload)
            self.rows[place.session] |= {(block.track, seq) for seq in range(block.first_seq, block.end_seq)}


def compare(conninfo: str, expected: Expected, tape: Tape) -> None:
    """What is expected is stored, once and unaltered, and nothing else."""
    for session in tape.issued:
        rows = stored_rows(conninfo, session.id)
        assert sorted(rows) == sorted(
            (track, seq, *session.rows[track, seq]) for track, seq in expected.rows.get(session.id, ())
        )
        gaps = {(track, first): rows for track, first, rows, *_ in session.gaps}
        assert [(track, first, rows) for track, first, rows, *_ in stored_gaps(conninfo, session.id)] == sorted(
            (*gap, gaps[gap]) for gap in expected.gaps.get(session.id, ())
        )
        events = [event for event, _ in stored_events(conninfo, session.id)]
        assert events == [session.events[seq] for seq in sorted(expected.events.get(session.id, ()))]


def counted(conninfo: str) -> list[tuple[int, int, int, str]]:
    """(segment, from, to, reason) of all damage the database knows of."""
    query = "SELECT segment, byte_offset, size, reason FROM core.damage ORDER BY segment, byte_offset"
    with psycopg.connect(conninfo) as connection:
        return [(segment, at, at + size, reason) for segment, at, size, reason in connection.execute(query)]


def written(directory: Path, tape: Tape) -> list[Place]:
    writer = JournalWriter(directory, segment_bytes=SEGMENT_BYTES)
    tape.write(writer)
    writer.close()
    return places(directory)


@seeds(6, 200)
def test_flipped_bits_cost_the_records_they_hit(database: str, tmp_path: Path, seed: int) -> None:
    chance, tape = random.Random(seed), Tape(seed)
    all_places = written(tmp_path, tape)
    hit: set[Place] = set()
    for _ in range(chance.randint(1, 6)):
        number = chance.choice(numbers(tmp_path))
        content = bytearray(path_of(tmp_path, number).read_bytes())
        at = chance.randrange(HEADER_BYTES, len(content))
        content[at] ^= 1 << chance.randrange(8)
        path_of(tmp_path, number).write_bytes(content)
        hit |= {place for place in all_places if place.segment == number and place.start <= at < place.end}
    # The same bit flipped twice is whole again: too rare for the seeds used, and noticed here.
    drained(tmp_path, database, limit=chance.choice([3, 20, 1000]))
    expected = Expected.of(all_places, hit)
    compare(database, expected, tape)
    found = counted(database)
    assert sum(end - start for _, start, end, _ in found) == sum(p.size for p in [*hit, *expected.unplaced])
    for place in [*hit, *expected.unplaced]:
        assert any(s == place.segment and a <= place.start and place.end <= e for s, a, e, _ in found), place


@seeds(3, 60)
def test_a_segment_that_is_missing_or_has_no_header(database: str, tmp_path: Path, seed: int) -> None:
    """Some of the journal is stored before the segment goes."""
    chance, tape = random.Random(seed), Tape(seed)
    all_places = written(tmp_path, tape)
    drain = Drain(tmp_path, database, limit=chance.randint(1, 8))
    drain.step()
    drain.close()
    number = chance.randint(drain.position.segment + 1, numbers(tmp_path)[-1])
    path = path_of(tmp_path, number)
    if missing := chance.random() < 0.5:
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[chance.randrange(HEADER_BYTES)] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    drained(tmp_path, database)
    hit = {place for place in all_places if place.segment == number}
    compare(database, Expected.of(all_places, hit), tape)
    told = [(reason, end - start) for segment, start, end, reason in counted(database) if segment == number]
    size = max(place.end for place in hit) - HEADER_BYTES
    reason = f"segment {number} is missing" if missing else f"the header of segment {number} is damaged"
    assert told == [(reason, size)]


@seeds(4, 100)
def test_any_segments_are_missing(database: str, tmp_path: Path, seed: int) -> None:
    """In front, in the middle, at the end, neighbours or all; stored in part before, or not; gone on with, or not."""
    chance, tape = random.Random(seed), Tape(seed)
    all_places = written(tmp_path, tape)
    stored = chance.choice([0, 0, chance.randrange(len(all_places))])
    if stored:
        drain = Drain(tmp_path, database, limit=stored)
        drain.step()
        drain.close()
    gone = set(chance.sample(numbers(tmp_path), chance.randint(1, len(numbers(tmp_path)))))
    for number in gone:
        path_of(tmp_path, number).unlink()
    if chance.random() < 0.5:
        JournalWriter(tmp_path, segment_bytes=SEGMENT_BYTES).close()
    drained(tmp_path, database, limit=chance.choice([3, 20, 1000]))
    hit = {place for place in all_places[stored:] if place.segment in gone}
    expected = Expected.of(all_places, hit)
    compare(database, expected, tape)
    found = counted(database)
    assert sum(end - start for _, start, end, _ in found) == sum(p.size for p in [*hit, *expected.unplaced])
    hit_segments = {place.segment for place in hit}
    neighbours = sum(number - 1 not in hit_segments for number in hit_segments)
    assert sum("missing" in reason for *_, reason in found) == neighbours


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_the_last_record_cut_at_every_byte(database: str, tmp_path: Path, every: int) -> None:
    """Each cut is a crash of the server in mid-write, followed by a restart and a resend."""
    writer = JournalWriter(tmp_path / "0")
    session = Issued(writer)
    session.play(1)
    whole = writer.sync()
    session.batch(2, 1)
    end = writer.sync()
    writer.close()
    content = path_of(tmp_path / "0", 1).read_bytes()
    rows = sorted((track, seq, *rest) for (track, seq), rest in session.rows.items())
    for cut in range(whole.offset, end.offset, every):
        folder = tmp_path / str(cut)
        folder.mkdir()
        path_of(folder, 1).write_bytes(content[:cut])
        session.writer = JournalWriter(folder)
        payload = content[whole.offset + RECORD_HEADER.size : end.offset]
        session.writer.append(RecordKind.SAMPLES, session.id, payload)
        session.writer.close()
        with psycopg.connect(database) as connection:
            connection.execute("DELETE FROM core.drain")
        drained(folder, database)
        assert sorted(stored_rows(database, session.id)) == rows
    check(database, session)


def test_a_damaged_segment_is_set_aside_and_kept(database: str, tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path)
    session = Issued(writer)
    session.play(1)
    start = writer.sync()
    session.batch(1, 7)
    end = writer.sync()
    session.batch(1, 7)
    writer.close()
    path = path_of(tmp_path, 1)
    content = bytearray(path.read_bytes())
    content[start.offset + 40] ^= 4
    path.write_bytes(content)
    drained(tmp_path, database)
    assert counted(database) == [(1, start.offset, end.offset, "the checksum does not hold")]
    JournalWriter(tmp_path).close()
    session.writer = writer = JournalWriter(tmp_path)
    session.close()
    session.batch(1, 7)
    writer.close()
    drained(tmp_path, database)
    assert path.with_suffix(".damaged").read_bytes() == content
    assert not path.exists()


def test_segments_without_a_header_are_set_aside_each(database: str, tmp_path: Path) -> None:
    """Their loss is told of the first; all of them are evidence."""
    for _ in range(4):
        writer = JournalWriter(tmp_path)
        session = Issued(writer)
        session.play(1)
        session.close()
        writer.close()
    for number in (2, 3):
        content = bytearray(path_of(tmp_path, number).read_bytes())
        content[20] ^= 1
        path_of(tmp_path, number).write_bytes(content)
    drained(tmp_path, database)
    assert [(segment, reason) for segment, _, _, reason in counted(database)] == [
        (2, "the headers of segments 2 to 3 are damaged")
    ]
    assert sorted(path.name[10:] for path in tmp_path.glob("0*")) == ["02.damaged", "03.damaged", "04.journal"]


@seeds(3, 60)
def test_a_server_comes_back_from_a_damaged_journal(tmp_path: Path, seed: int) -> None:
    """It never refuses to start, and takes no record for another."""
    from session_server.net.recovery import find

    chance, tape = random.Random(seed), Tape(seed)
    all_places = written(tmp_path, tape)
    for _ in range(chance.randint(1, 4)):
        path = path_of(tmp_path, chance.choice(numbers(tmp_path)))
        content = bytearray(path.read_bytes())
        at = chance.randrange(len(content))
        match chance.choice(["flip", "cut", "zeros", "gone"]):
            case "flip":
                content[at] ^= 1 << chance.randrange(8)
            case "cut":
                del content[at:]
            case "zeros":
                content[at:] = bytes(len(content) - at)
            case _:
                content = None  # type: ignore[assignment]
        if content is None:
            os.unlink(path)
            if not numbers(tmp_path):
                return
        else:
            path.write_bytes(content)
    JournalWriter(tmp_path).close()
    known = {(place.session, place.kind, place.payload) for place in all_places}
    kept = [(r.session, r.kind, r.payload) for _, r in journal.read(tmp_path, on_damage=lambda damage: None)]
    assert set(kept) <= known
    for id, found in find(tmp_path).items():
        issued = next(session for session in tape.issued if session.id == id)
        assert found.events == issued.events[: len(found.events)]
        assert all(next_seq <= issued.next_seq[track] for track, next_seq in found.tracks.items())
