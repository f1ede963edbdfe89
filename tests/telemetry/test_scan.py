"""Whatever is missing of a journal: the bytes read and the bytes lost are the bytes promised, each record read once."""

import shutil
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.errors import DrainError
from telemetry.journal import Damage, JournalWriter, Position, Record, RecordKind
from telemetry.promise import SYNCED, promised
from telemetry.scan import scan
from telemetry.segments import HEADER_BYTES, RECORD_HEADER, Mark, numbers, path_of
from telemetry.standing import Standing

SESSION = uuid4()
HARMS = ("gone", "header", "cut", "flip")


@dataclass(frozen=True)
class Place:
    """A record and where it stands."""

    segment: int
    start: int
    end: int
    payload: bytes


@dataclass
class History:
    """A journal, all that was ever promised of it, and a reader that goes on from where it was, as the drain does."""

    folder: Path
    promised: list[Place] = field(default_factory=list)
    standing: Standing | None = None
    read: list[bytes] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    hit: set[Place] = field(default_factory=set)
    flipped: set[tuple[int, int]] = field(default_factory=set)
    words: bytes = b"%d,"

    def writer(self) -> JournalWriter:
        """A writer with small segments."""
        return JournalWriter(self.folder, segment_bytes=HEADER_BYTES + 100)

    def write(self, syncs: list[int]) -> None:
        """One run of a server."""
        writer = self.writer()
        self.append(writer, syncs)
        writer.close()

    def append(self, writer: JournalWriter, syncs: list[int]) -> None:
        """Each sync covers so many records, of all lengths, each unlike every other."""
        for records in syncs:
            for _ in range(records):
                payload = self.words % len(self.promised) * (1 + len(self.promised) * 7 % 12)
                writer.append(RecordKind.EVENT, SESSION, payload)
                self.promised.append(Place(0, 0, 0, payload))
            end = writer.sync()
            for i in range(1, records + 1):
                size = RECORD_HEADER.size + len(self.promised[-i].payload)
                self.promised[-i] = Place(end.segment, end.offset - size, end.offset, self.promised[-i].payload)
                end = Position(end.segment, end.offset - size)

    def drain(self, limit: int | None = None) -> None:
        """Read the next records that were promised, up to `limit`, having checked that they follow."""
        promise = promised(self.folder)
        assert promise is not None
        if self.standing is None:
            self.standing = Standing(promise.journal, Mark(Position(1, 0), 0), None)
        self.standing.check(self.folder, promise)
        found = list(islice(scan(self.folder, self.standing.mark, promise.mark), limit))
        if found:
            self.standing = self.standing.after(self.folder, found)
        self.read += [item.payload for _, item in found if isinstance(item, Record)]
        self.damage += [item for _, item in found if isinstance(item, Damage)]

    def remove_stored(self) -> None:
        """Remove what was read to its end."""
        assert self.standing is not None
        for number in numbers(self.folder):
            if number < self.standing.mark.position.segment:
                path_of(self.folder, number).unlink()

    def harm(self, number: int, how: str, at: int) -> None:
        """Damage a segment, at about byte `at`."""
        path = path_of(self.folder, number)
        content = bytearray(path.read_bytes())
        mine = {place for place in self.promised if place.segment == number}
        if how == "gone":
            path.unlink()
            self.hit |= mine
            return
        at %= HEADER_BYTES if how == "header" else max(len(content), 1)
        if how == "cut":
            del content[at:]
            self.hit |= {place for place in mine if place.end > at or at < HEADER_BYTES}
        elif at < len(content) and (number, at) not in self.flipped:
            content[at] ^= 16
            self.flipped.add((number, at))
            self.hit |= {place for place in mine if place.start <= at < place.end or at < HEADER_BYTES}
        path.write_bytes(content)

    @property
    def bytes_read(self) -> int:
        return sum(RECORD_HEADER.size + len(payload) for payload in self.read)

    @property
    def bytes_lost(self) -> int:
        return sum(damage.size for damage in self.damage)

    @property
    def bytes_promised(self) -> int:
        return sum(place.end - place.start for place in self.promised)


SYNCS = st.lists(st.integers(1, 4), max_size=5)
RUNS = st.lists(SYNCS, min_size=1, max_size=4)


@settings(max_examples=150)
@given(st.data())
def test_what_is_read_and_what_is_lost_is_what_was_promised(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any segments lost or damaged, the reader anywhere, the writer going on or not, and all of that again."""
    history = History(tmp_path_factory.mktemp("holes"))
    for _ in range(data.draw(st.integers(1, 3), "rounds")):
        for run in data.draw(RUNS, "runs"):
            history.write(run)
        history.drain(data.draw(st.integers(0, 12), "read before"))
        if data.draw(st.booleans(), "removed"):
            history.remove_stored()
        done = set(history.read)
        present = numbers(history.folder)
        chosen = st.lists(st.sampled_from(present), unique=True) if present else st.just([])
        for number in data.draw(chosen, "harmed"):
            history.harm(number, data.draw(st.sampled_from(HARMS)), data.draw(st.integers(0, 300)))
        if data.draw(st.booleans(), "read between"):
            history.drain(data.draw(st.integers(1, 12)))
        history.hit = {place for place in history.hit if place.payload not in done}
    if data.draw(st.booleans(), "goes on"):
        history.write([2])
    before = -1
    while before != len(history.read) + len(history.damage):
        before = len(history.read) + len(history.damage)
        history.drain(data.draw(st.integers(1, 9)))
    promise = promised(history.folder)
    assert promise is not None
    assert promise.written == history.bytes_promised
    assert history.bytes_read + history.bytes_lost == promise.written
    assert all(damage.size > 0 for damage in history.damage)
    assert history.read == [place.payload for place in history.promised if place not in history.hit]


@settings(max_examples=150)
@given(st.data())
def test_another_copy_is_refused_unless_it_has_all_that_is_stored(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Also where it was made within a segment, and where its writer has gone on since, under the same numbers.

    What is stored ends mostly about where the copy does, where it is hardest to tell them apart.
    """
    folder = tmp_path_factory.mktemp("copies")
    history = History(folder / "journal")
    for run in data.draw(RUNS, "before"):
        history.write(run)
    writer = history.writer()
    history.append(writer, data.draw(SYNCS, "before, too"))
    if between := data.draw(st.booleans(), "the copy is made between two runs"):
        writer.close()
    shutil.copytree(history.folder, folder / "copy")
    copied = len(history.promised)
    if between:
        writer = history.writer()
    history.append(writer, data.draw(SYNCS, "after"))
    writer.close()
    every = len(history.promised)
    near = st.integers(copied, min(copied + 3, every))
    history.drain(data.draw(near | st.integers(0, every), "stored"))
    shutil.rmtree(history.folder)
    (folder / "copy").rename(history.folder)
    del history.promised[copied:]
    history.words = data.draw(st.sampled_from([b"%d;", b"of the copy %d,"]))
    for run in data.draw(st.just([]) | RUNS, "in the copy"):
        history.write(run)
    if len(history.read) > copied:
        with pytest.raises(DrainError, match="older copy"):
            history.drain()
    else:
        history.drain()
        assert history.read == [place.payload for place in history.promised]
        assert history.damage == []


@pytest.mark.parametrize("word", ["an old one", "none", "unreadable"])
def test_the_writer_s_last_word_may_be_lost_while_the_segments_are_whole(tmp_path: Path, word: str) -> None:
    """It is not synced: after a power cut it may say less than the segments have, and than a reader has read."""
    history = History(tmp_path / "journal")
    history.write([2, 1])
    history.drain(2)
    old = (history.folder / SYNCED).read_bytes()
    history.write([3, 2])
    history.drain()
    if word == "none":
        (history.folder / SYNCED).unlink()
    else:
        (history.folder / SYNCED).write_bytes(old if word == "an old one" else bytes(len(old)))
    if word == "an old one":
        history.drain()
    history.write([1])
    history.drain()
    assert history.damage == []
    assert history.read == [place.payload for place in history.promised]
    promise = promised(history.folder)
    assert promise is not None
    assert promise.written == history.bytes_promised


def test_a_journal_in_another_s_place_is_not_read_from_where_the_other_was(tmp_path: Path) -> None:
    history, other = History(tmp_path / "journal"), History(tmp_path / "other")
    for each in (history, other):
        each.write([3])
    history.drain()
    history.folder = other.folder
    with pytest.raises(DrainError, match="its last word is of journal"):
        history.drain()


def test_a_segment_that_comes_back_in_the_place_of_a_missing_one_is_looked_at(tmp_path: Path) -> None:
    """Nobody has read the salt of a segment that was missing; but what lay before it is known."""
    history = History(tmp_path / "journal")
    history.write([1])
    shutil.copytree(history.folder, tmp_path / "copy")
    history.write([4])
    history.write([1])
    path_of(history.folder, numbers(history.folder)[-1]).unlink()
    history.drain()
    assert history.bytes_lost > 0
    shutil.rmtree(history.folder)
    (tmp_path / "copy").rename(history.folder)
    for _ in range(4):
        history.write([1])
    with pytest.raises(DrainError, match="bytes lie before byte"):
        history.drain()
