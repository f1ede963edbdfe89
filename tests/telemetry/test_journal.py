"""What was synced is read back, whatever happens to the files behind it."""

import errno
import os
import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry import journal
from telemetry.journal import Damage, JournalError, JournalWriter, Position, Record, RecordKind
from telemetry.segments import HEADER_BYTES, RECORD_HEADER, path_of

SESSION = UUID("0d9d3b1e-3d0c-4f4e-8f8e-1d2c3b4a5968")


def payloads(directory: Path, damage: list[Damage] | None = None) -> list[bytes]:
    """The payloads of all readable records; damage goes into `damage` and otherwise fails."""
    found = [] if damage is None else damage
    records = [record.payload for _, record in journal.read(directory, on_damage=found.append)]
    if damage is None:
        assert found == []
    return records


def write(directory: Path, *records: bytes) -> None:
    """One run of a server: open, append, close."""
    writer = JournalWriter(directory)
    for payload in records:
        writer.append(RecordKind.EVENT, SESSION, payload)
    writer.close()


def test_records_come_back_in_order_with_kind_and_session(tmp_path: Path) -> None:
    sessions = [uuid4() for _ in range(3)]
    sent = [Record(RecordKind(1 + i % 3), sessions[i % 3], os.urandom(i * 7)) for i in range(100)]
    writer = JournalWriter(tmp_path / "journal", segment_bytes=2000)
    ends = []
    for record in sent:
        writer.append(record.kind, record.session, record.payload)
        ends.append(writer.sync())
    writer.close()
    found = list(journal.read(tmp_path / "journal"))
    assert [record for _, record in found] == sent
    assert [position for position, _ in found] == ends
    assert len(list((tmp_path / "journal").glob("*.journal"))) > 5
    for at in (0, 17, 62):
        assert [record for _, record in journal.read(tmp_path / "journal", ends[at])] == sent[at + 1 :]
        assert [r for _, r in journal.read(tmp_path / "journal", end=ends[at])] == sent[: at + 1]


def test_nothing_is_there_before_the_sync_and_all_of_it_after(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path)
    before = journal.synced(tmp_path)
    first = writer.append(RecordKind.EVENT, SESSION, b"one")
    second = writer.append(RecordKind.EVENT, SESSION, b"two")
    assert payloads(tmp_path) == []
    assert before is not None
    assert before == writer.synced < first < second
    assert writer.sync() == second == journal.synced(tmp_path)
    assert writer.sync() == second
    assert payloads(tmp_path) == [b"one", b"two"]
    writer.close()


def test_a_restart_goes_on_in_a_new_segment_of_the_same_journal(tmp_path: Path) -> None:
    write(tmp_path, b"one", b"two")
    first = journal.journal_id(tmp_path)
    write(tmp_path, b"three")
    assert payloads(tmp_path) == [b"one", b"two", b"three"]
    assert journal.journal_id(tmp_path) == first is not None


@pytest.mark.parametrize("deep", ["journal", "data/of/journal"])
def test_the_folders_made_for_a_journal_outlive_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deep: str
) -> None:
    synced: list[Path] = []
    fsync = os.fsync

    def noted(fd: int) -> None:
        synced.append(Path(f"/proc/self/fd/{fd}").readlink())
        fsync(fd)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.chdir(tmp_path)
    JournalWriter(deep).close()
    folder = tmp_path / deep
    above = [place for place in folder.parents if place.is_relative_to(tmp_path)]
    assert {path for path in synced if path.is_dir()} == {folder, *above}
    synced.clear()
    JournalWriter(deep).close()
    assert {path for path in synced if path.is_dir()} == {folder}


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path)
    with pytest.raises(JournalError, match="is written by another server: end that one first"):
        JournalWriter(tmp_path)
    writer.close()
    writer.close()
    JournalWriter(tmp_path).close()


def test_the_last_record_cut_at_every_byte_is_a_torn_tail(tmp_path: Path) -> None:
    """A crash in the middle of a write: everything before survives, and the next run goes on."""
    for cut in range(1, 8 + 17 + len(b"the last")):
        folder = tmp_path / str(cut)
        write(folder, b"one", b"two", b"the last")
        path = path_of(folder, 1)
        os.truncate(path, path.stat().st_size - cut)
        (folder / journal.SYNCED).unlink()
        assert payloads(folder) == [b"one", b"two"]
        write(folder, b"after")
        assert payloads(folder) == [b"one", b"two", b"after"]


@pytest.mark.parametrize("at", [9, -3], ids=["header", "last record"])
def test_the_end_that_was_synced_is_missed_if_it_is_damaged(tmp_path: Path, at: int) -> None:
    write(tmp_path, b"one")
    writer = JournalWriter(tmp_path)
    before = writer.synced
    end = writer.append(RecordKind.EVENT, SESSION, b"two")
    writer.close()
    content = bytearray(path_of(tmp_path, 2).read_bytes())
    content[at] ^= 4
    path_of(tmp_path, 2).write_bytes(content)
    write(tmp_path, b"three")
    damage: list[Damage] = []
    assert payloads(tmp_path, damage) == [b"one", b"three"]
    assert [(one.segment, one.offset, one.size) for one in damage] == [(*before, end.offset - before.offset)]


def test_a_last_segment_that_is_gone_is_missed_and_its_place_is_not_given_away(tmp_path: Path) -> None:
    """A reader that has been in it would take new records in the same place for those that it has read."""
    write(tmp_path, b"one")
    writer = JournalWriter(tmp_path)
    read = writer.append(RecordKind.EVENT, SESSION, b"two")
    end = writer.append(RecordKind.EVENT, SESSION, b"three")
    writer.close()
    path_of(tmp_path, 2).unlink()
    write(tmp_path, b"four")
    damage: list[Damage] = []
    assert payloads(tmp_path, damage) == [b"one", b"four"]
    assert damage == [Damage(2, HEADER_BYTES, end.offset - HEADER_BYTES, "segment 2 is missing")]
    damage.clear()
    assert [found.payload for _, found in journal.read(tmp_path, read, on_damage=damage.append)] == [b"four"]
    assert damage == [Damage(2, read.offset, end.offset - read.offset, "segment 2 is missing")]
    damage.clear()
    assert [found.payload for _, found in journal.read(tmp_path, end, on_damage=damage.append)] == [b"four"]
    assert damage == []


def test_a_damaged_word_on_what_was_synced_is_no_reason_not_to_start(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    (tmp_path / journal.SYNCED).write_bytes(bytes(43) + b"x")
    write(tmp_path, b"two")
    assert payloads(tmp_path) == [b"one", b"two"]


def test_the_header_of_a_new_segment_cut_at_every_byte_hides_nothing(tmp_path: Path) -> None:
    for size in range(HEADER_BYTES):
        folder = tmp_path / str(size)
        write(folder, b"one")
        write(folder)
        os.truncate(path_of(folder, 2), size)
        assert payloads(folder) == [b"one"]
        write(folder, b"after")
        assert payloads(folder) == [b"one", b"after"]


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_bit_costs_one_record_and_is_counted(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    sent = [b"record %d " % i * (i + 1) for i in range(8)]
    write(folder, *sent)
    write(folder, b"next segment")
    path = path_of(folder, 1)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(HEADER_BYTES, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    ends, end = [], HEADER_BYTES
    for payload in sent:
        end += 8 + 17 + len(payload)
        ends.append(end)
    hit = next(i for i, end in enumerate(ends) if at < end)
    damage: list[Damage] = []
    assert payloads(folder, damage) == [*sent[:hit], *sent[hit + 1 :], b"next segment"]
    start = ends[hit - 1] if hit else HEADER_BYTES
    assert damage == [Damage(1, start, ends[hit] - start, "the checksum does not hold")]


@settings(max_examples=100)
@given(st.data())
def test_whatever_happens_to_a_file_only_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("garbled")
    sent = [b"record %d " % i * (i + 1) for i in range(8)]
    write(folder, *sent)
    write(folder, b"next segment")
    path = path_of(folder, 1)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        match data.draw(st.sampled_from(["cut", "insert", "overwrite"])):
            case "cut":
                del content[at : at + data.draw(st.integers(1, 300))]
            case "insert":
                content[at:at] = data.draw(st.binary(min_size=1, max_size=50))
            case _:
                garbage = data.draw(st.binary(min_size=1, max_size=50))
                content[at : at + len(garbage)] = garbage
    path.write_bytes(content)
    damage: list[Damage] = []
    found = payloads(folder, damage)
    assert found[-1] == b"next segment"
    remaining = iter(sent)
    assert all(payload in remaining for payload in found[:-1])
    assert damage or found[:-1] == sent


def test_zeros_written_by_a_dying_filesystem_are_no_records(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    with path_of(tmp_path, 1).open("ab") as file:
        file.write(bytes(5000))
    assert payloads(tmp_path) == [b"one"]
    write(tmp_path, b"two")
    assert payloads(tmp_path) == [b"one", b"two"]


def test_a_record_inside_a_payload_is_not_taken_for_one(tmp_path: Path) -> None:
    """A sender knows the format but not the salt: a damaged record is stepped over as a whole."""
    other = tmp_path / "other"
    write(other, b"forged")
    forged = path_of(other, 1).read_bytes()[HEADER_BYTES:]
    write(tmp_path / "ours", b"one", forged * 3, b"three")
    path = path_of(tmp_path / "ours", 1)
    content = bytearray(path.read_bytes())
    content[HEADER_BYTES + 25 + 3 + 25 - 1] ^= 1
    path.write_bytes(content)
    damage: list[Damage] = []
    assert payloads(tmp_path / "ours", damage) == [b"one", b"three"]
    assert [d.size for d in damage] == [25 + 3 * len(forged)]


@pytest.mark.parametrize(
    ("missing", "headless", "reason"),
    [
        ([2], [], "segment 2 is missing"),
        ([], [3], "the header of segment 3 is damaged"),
        ([2, 3, 4], [], "segments 2 to 4 are missing"),
        ([], [2, 3], "the headers of segments 2 to 3 are damaged"),
        ([2], [3], "segments 2 to 3 are missing or have damaged headers"),
    ],
)
def test_neighbours_that_cannot_be_read_are_one_loss(
    tmp_path: Path, missing: list[int], headless: list[int], reason: str
) -> None:
    sent = [b"one", b"two", b"three", b"four", b"five"]
    for payload in sent:
        write(tmp_path, payload)
    for number in missing:
        path_of(tmp_path, number).unlink()
    for number in headless:
        content = bytearray(path_of(tmp_path, number).read_bytes())
        content[9] ^= 1
        path_of(tmp_path, number).write_bytes(content)
    lost = [sent[number - 1] for number in (*missing, *headless)]
    damage: list[Damage] = []
    assert payloads(tmp_path, damage) == [payload for payload in sent if payload not in lost]
    size = sum(RECORD_HEADER.size + len(payload) for payload in lost)
    assert damage == [Damage(min(*missing, *headless, 9), HEADER_BYTES, size, reason)]
    assert str(damage[0]).endswith(f"{size} bytes from segment {damage[0].segment}, byte 52 on: {reason}")


def test_a_file_cut_below_what_was_synced_is_damage(tmp_path: Path) -> None:
    write(tmp_path, b"one", b"two")
    end = journal.synced(tmp_path)
    os.truncate(path_of(tmp_path, 1), path_of(tmp_path, 1).stat().st_size - 5)
    damage: list[Damage] = []
    found = [record.payload for _, record in journal.read(tmp_path, end=end, on_damage=damage.append)]
    assert found == [b"one"]
    assert sum(d.size for d in damage) == 25 + 3


def test_removed_segments_are_not_missed(tmp_path: Path) -> None:
    """The drain takes stored segments away from the front."""
    for payload in (b"one", b"two"):
        write(tmp_path, payload)
    path_of(tmp_path, 1).unlink()
    assert payloads(tmp_path) == [b"two"]


class FailingDisk:
    """fdatasync that fails when told to."""

    def __init__(self) -> None:
        """Works at first."""
        self.error: int | None = None
        self.synced: list[int] = []

    def __call__(self, fd: int) -> None:
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        self.synced.append(fd)
        os.fdatasync(fd)


def test_a_failed_sync_is_told_and_never_retried_on_the_same_file(tmp_path: Path) -> None:
    disk = FailingDisk()
    writer = JournalWriter(tmp_path, fdatasync=disk)
    writer.append(RecordKind.EVENT, SESSION, b"one")
    durable = writer.sync()
    disk.error = errno.EIO
    ticket = writer.append(RecordKind.EVENT, SESSION, b"two")
    for _ in range(3):
        with pytest.raises(JournalError, match="could not be synced: Input/output error") as raised:
            writer.sync()
        assert not raised.value.full
        assert writer.synced == durable == journal.synced(tmp_path)
    disk.error = None
    later = writer.append(RecordKind.EVENT, SESSION, b"three")
    assert writer.sync() >= later > ticket
    assert writer.pending_bytes == 0
    writer.close()
    assert payloads(tmp_path) == [b"one", b"two", b"three"]
    assert journal.synced(tmp_path) == list(journal.read(tmp_path))[-1][0]


def test_files_that_are_removed_while_they_are_written_are_noticed_at_the_next_sync(tmp_path: Path) -> None:
    """What would go on into them nobody could ever read: it goes into a new segment, and the loss is of known size."""
    writer = JournalWriter(tmp_path)
    writer.append(RecordKind.EVENT, SESSION, b"one")
    lost = writer.sync()
    path_of(tmp_path, 1).unlink()
    (tmp_path / journal.SYNCED).unlink()
    writer.append(RecordKind.EVENT, SESSION, b"two")
    with pytest.raises(JournalError, match="removed segment 1 while it is written"):
        writer.sync()
    assert writer.sync() == journal.synced(tmp_path)
    writer.close()
    damage: list[Damage] = []
    begin = Position(1, HEADER_BYTES)
    assert [found.payload for _, found in journal.read(tmp_path, begin, on_damage=damage.append)] == [b"two"]
    assert damage == [Damage(*begin, lost.offset - HEADER_BYTES, "segment 1 is missing")]


def test_a_full_disk_is_told_as_such_and_what_waits_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PENDING_BYTES_MAX", 1000)
    disk = FailingDisk()
    writer = JournalWriter(tmp_path, fdatasync=disk)
    disk.error = errno.ENOSPC
    writer.append(RecordKind.EVENT, SESSION, b"x" * 900)
    with pytest.raises(JournalError, match="No space left") as raised:
        writer.sync()
    assert raised.value.full
    with pytest.raises(JournalError, match="925 bytes wait for a sync, at most 1000 may") as raised:
        writer.append(RecordKind.EVENT, SESSION, b"y" * 900)
    assert raised.value.full
    disk.error = None
    writer.sync()
    writer.append(RecordKind.EVENT, SESSION, b"y" * 900)
    writer.close()
    assert payloads(tmp_path) == [b"x" * 900, b"y" * 900]


def test_attempts_on_a_full_disk_leave_nothing_behind(tmp_path: Path) -> None:
    """No half segment, and no segment for each attempt: they would use up what room there is."""
    full = False

    def fdatasync(descriptor: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.fdatasync(descriptor)

    writer = JournalWriter(tmp_path, fdatasync=fdatasync)
    writer.append(RecordKind.EVENT, SESSION, b"before")
    writer.sync()
    size = path_of(tmp_path, 1).stat().st_size
    full = True
    end = writer.append(RecordKind.EVENT, SESSION, b"meanwhile" * 1000)
    for _ in range(5):
        with pytest.raises(JournalError, match="No space left on device") as failed:
            writer.sync()
        assert failed.value.full
        assert payloads(tmp_path) == [b"before"]
        assert [path.stat().st_size for path in tmp_path.glob("*.journal")] == [size]
    full = False
    assert writer.sync() >= end
    writer.close()
    assert payloads(tmp_path) == [b"before", b"meanwhile" * 1000]
    assert len(list(tmp_path.glob("*.journal"))) == 2


def test_appending_goes_on_while_another_thread_syncs(tmp_path: Path) -> None:
    in_sync, go_on = threading.Event(), threading.Event()

    def slow(fd: int) -> None:
        in_sync.set()
        assert go_on.wait(10)
        os.fdatasync(fd)

    writer = JournalWriter(tmp_path, segment_bytes=1, fdatasync=slow)
    first = writer.append(RecordKind.EVENT, SESSION, b"one")
    done: list[Position] = []
    thread = threading.Thread(target=lambda: done.append(writer.sync()))
    thread.start()
    assert in_sync.wait(10)
    second = writer.append(RecordKind.EVENT, SESSION, b"two")
    go_on.set()
    thread.join()
    assert done == [writer.synced]
    assert first <= done[0] < second
    assert writer.sync() >= second
    writer.close()
    assert payloads(tmp_path) == [b"one", b"two"]


def test_a_record_that_could_not_be_read_back_is_refused(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path)
    with pytest.raises(JournalError, match="at most 1048576 fit"):
        writer.append(RecordKind.EVENT, SESSION, bytes(1 << 20))
    writer.close()


def test_a_folder_without_a_journal(tmp_path: Path) -> None:
    assert journal.synced(tmp_path) is None
    assert journal.journal_id(tmp_path) is None
    assert payloads(tmp_path) == []
    tmp_path.joinpath("a file").write_text("x")
    with pytest.raises(JournalError, match="cannot be opened: Not a directory"):
        JournalWriter(tmp_path / "a file" / "journal")


def test_large_journals_with_damage_are_read_to_the_end(tmp_path: Path) -> None:
    """Damage beside the edges of what is read at once."""
    writer = JournalWriter(tmp_path)
    sent = [os.urandom(400_000) for _ in range(12)]
    for payload in sent:
        writer.append(RecordKind.SAMPLES, SESSION, payload)
    writer.close()
    path = path_of(tmp_path, 1)
    content = bytearray(path.read_bytes())
    for hit in (4, 5, 9):
        start = HEADER_BYTES + hit * 400_025
        content[start] ^= 0xFF
        content[start + 1000] ^= 1
    path.write_bytes(content)
    damage: list[Damage] = []
    survivors = [payload for i, payload in enumerate(sent) if i not in (4, 5, 9)]
    assert payloads(tmp_path, damage) == survivors
    assert sum(d.size for d in damage) == 3 * 400_025
