"""A journal read from segment to segment, with what is missing of it in its place among the records.

Of what is read, the bytes of records and of damage together are the bytes that were promised, no more and no less:
however many segments are missing and wherever. Each header says what all segments before its own held, and the file
`synced` says it of the journal's end; so neighbours that are missing are one damage of known size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from telemetry.errors import JournalError
from telemetry.promise import Promise, promised
from telemetry.segments import (
    HEADER_BYTES,
    Damage,
    Mark,
    Position,
    Record,
    SegmentHeader,
    SegmentReader,
    numbers,
    path_of,
    read_header,
)

__all__ = ["first_header", "journal_id", "mark", "readable_promise", "scan"]


def scan(
    directory: Path, start: Mark | None = None, end: Mark | None = None
) -> Iterator[tuple[Position, Record | Damage]]:
    """The records from `start` to `end` and what is lost between them, each with where it ends.

    Without `start` it begins with the first segment there is: what was before may have been stored and removed.
    Without `end` it ends with the last whole record; bytes behind it are a torn tail then, not damage.
    """
    present = numbers(directory)
    if start is None:
        if not present:
            return
        start = mark(directory, Position(present[0], HEADER_BYTES))
    last = end.position.segment if end is not None else max(present, default=0)
    (number, offset), written = start
    tail: Position | None = None
    while number <= last:
        begin = Position(number, max(offset, HEADER_BYTES))
        header = read_header(directory, number)
        if header is None:
            begin, tail = tail or begin, None
            follower = first_header(directory, [n for n in present if number < n <= last])
            yield from _hole(directory, Mark(begin, written), number, follower, end)
            if follower is None:
                return
            number, offset = follower.number, 0
            continue
        # A segment's end is told by the next one. If that cannot be read, what is behind the last record is part of
        # the hole that begins there, whose size is counted from that record on. Its place then is in this file, if
        # anything is behind it: who looks for the damage must find it kept.
        follower = read_header(directory, number + 1) if number < last else None
        stop = follower.previous_end if follower is not None else None
        if end is not None and number == last:
            stop = end.position.offset
        for at, found in SegmentReader(directory, header, begin.offset, stop, tail_matters=stop is not None):
            begin = Position(number, at)
            yield begin, found
        written = header.written_before(begin.offset)
        tail = begin if stop is None and _size(directory, number) > begin.offset else None
        number, offset = number + 1, 0


def _hole(
    directory: Path, start: Mark, first: int, follower: SegmentHeader | None, end: Mark | None
) -> Iterator[tuple[Position, Damage]]:
    """What is lost from `start` up to the next segment that can be read, or to the journal's end.

    Segment `first`, the one of `start` or the next, has no header.
    """
    sizes = {number: _size(directory, number) for number in numbers(directory)}
    at, written = start
    if follower is not None:
        to, until = Mark(Position(follower.number, HEADER_BYTES), follower.written), follower.number
    else:
        last = max(sizes, default=at.segment)
        to = end or Mark(Position(last, sizes.get(last, at.offset)), None)
        until = to.position.segment + 1
    if written is None or to.written is None:
        # Only where there is neither a database, which knows how far it is, nor a word of the writer.
        rest = {n: size - (at.offset if n == at.segment else HEADER_BYTES) for n, size in sizes.items()}
        lost = sum(max(rest[n], 0) for n in rest if at.segment <= n < until)
    else:
        lost = to.written - written
    if lost > 0:
        yield to.position, Damage(*at, lost, _reason(list(sizes), first, until))


def _reason(present: Sequence[int], first: int, until: int) -> str:
    """Why nothing can be read of the segments from `first` to before `until`."""
    headless = [number for number in present if first <= number < until]
    if until - first == 1:
        return f"the header of segment {first} is damaged" if headless else f"segment {first} is missing"
    every = f"segments {first} to {until - 1}"
    if len(headless) == until - first:
        return f"the headers of {every} are damaged"
    return f"{every} are missing" + (" or have damaged headers" if headless else "")


def first_header(directory: Path, candidates: Sequence[int]) -> SegmentHeader | None:
    """The header of the first of these segments that has one."""
    return next((found for number in candidates if (found := read_header(directory, number)) is not None), None)


def mark(directory: Path, position: Position) -> Mark:
    """A position with what was promised before it, by its own segment, by the next, or by the writer's last word."""
    header, follower = read_header(directory, position.segment), read_header(directory, position.segment + 1)
    if header is not None:
        return Mark(position, header.written_before(position.offset))
    if follower is not None:
        return Mark(position, follower.written - (follower.previous_end - max(position.offset, HEADER_BYTES)))
    promise = readable_promise(directory)
    if promise is not None and promise.position.segment == position.segment:
        return Mark(position, promise.written - (promise.position.offset - max(position.offset, HEADER_BYTES)))
    return Mark(position, None)


def readable_promise(directory: Path) -> Promise | None:
    """As `promised`, and None if that cannot be read: it is no reason not to start."""
    try:
        return promised(directory)
    except JournalError:
        return None


def journal_id(directory: Path | str) -> UUID | None:
    """The journal's own id, under which a database keeps its position; None where there is no journal."""
    folder = Path(directory)
    header = first_header(folder, numbers(folder)[::-1])
    if header is not None:
        return header.journal
    promise = readable_promise(folder)
    return None if promise is None else promise.journal


def _size(directory: Path, number: int) -> int:
    try:
        return path_of(directory, number).stat().st_size
    except FileNotFoundError:
        return 0
