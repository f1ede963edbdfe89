"""Sample frames: the binary message of a station, as `clients/PROTOCOL.md` writes it.

A frame carries, every 100 ms, the new rows of each of a station's tracks. A block is kept as the bytes that
came (`raw`): the journal stores them unaltered and the drain reads them once more. Values are views on those
bytes; no row is ever touched by Python.

    frame   u8 magic | u8 version | u16 blocks | u32 length of the whole frame | f64 sealed_ms
    block   u32 track | u32 first_seq | u16 rows | u16 columns | u32 0 | f64 client_ms of row 0
            f32 x rows                  milliseconds after client_ms, from 0 on and not decreasing
            f32 x rows x columns        column by column
    gap     the block's header with columns 0 and, for the 0, the reason | f32 ms from the first lost row to the last

A gap block gives `rows` numbers up: its client says that these rows will never come, and why.

What is kept of a block that had to be divided (`part`) keeps its client_ms too, and its first offset is then not 0:
so no time of a row is ever rounded anew.

Whatever is wrong, `decode` raises `FrameError` and nothing else.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from telemetry.errors import FrameError

__all__ = [
    "BLOCK_HEADER",
    "MAGIC",
    "MAX_BYTES",
    "VERSION",
    "Block",
    "Float32",
    "Float64",
    "Frame",
    "FrameError",
    "Gap",
    "GapReason",
    "count_rows",
    "decode",
    "decode_block",
    "decode_blocks",
    "decode_gap",
    "encode",
    "encode_block",
    "encode_gap",
    "part",
]

Float32: TypeAlias = npt.NDArray[np.float32]
Float64: TypeAlias = npt.NDArray[np.float64]

MAGIC = 0x54
VERSION = 1
MAX_BYTES = 65_536
"""The wire's limit on one message: a backlog after a reconnect comes in several frames."""

FRAME_HEADER = struct.Struct("<BBHId")
BLOCK_HEADER = struct.Struct("<IIHHId")
"""track, first_seq, rows, columns, 0, client_ms of row 0; then rows x (columns + 1) float32.

Of a gap: track, first_seq, rows, 0, reason, client_ms of the first lost row; then one float32.
"""

# No monotonic clock of a browser or a machine has run for 300 years; a date in milliseconds since 1970 still
# passes, and every time this bound admits has a place in PostgreSQL's calendar.
CLIENT_MS_MAX = 1e13
# A float32 holds ten minutes of milliseconds to 1/16 ms; 64 KiB of rows of one track span 40 s.
SPAN_MS_MAX = 600_000.0
# A day, which a float32 holds to 4 ms: nearer than anybody can say when a row would have been measured.
GAP_SPAN_MS_MAX = 86_400_000.0
# Sequence numbers are 32 bits: 690 days at 72 Hz.
SEQ_END = 2**32
# Above every declared stream; the session checks the exact number against the track's stream.
COLUMNS_MAX = 64

_SPAN = struct.Struct("<f")
_F4 = np.dtype("<f4")
_F8 = np.dtype("<f8")


class GapReason(enum.IntEnum):
    """Why a client gives numbered rows up; the database has the name in lower case."""

    BUFFER_FULL = 1
    NOT_MEASURED = 2

    @property
    def word(self) -> str:
        """As the database and the documents say it."""
        return self.name.lower()


_REASONS = {int(reason): reason for reason in GapReason}


class Block(NamedTuple):
    """Consecutive rows of one track, `first_seq` first.

    A named tuple, because making a frozen dataclass was a third of the time to decode a frame.

    `start_ms` and `end_ms` are the client's own clock at the first row and at the last; `origin_ms` is what offsets
    are counted from, the first row's time but in a part of a divided block. `numbers` holds the offsets and then the
    values, column by column, as they came; `raw` is the block as it came. `square` is the sum of the squares of all its
    numbers, rounded as float32: known already, it bounds every value at no price.
    """

    track: int
    first_seq: int
    rows: int
    columns: int
    origin_ms: float
    start_ms: float
    end_ms: float
    numbers: Float32
    raw: bytes
    square: float

    @property
    def offsets_ms(self) -> Float32:
        """Milliseconds of each row after `origin_ms`, (n,)."""
        return self.numbers[: self.rows]

    @property
    def values(self) -> Float32:
        """The rows, (n, columns) in the stream's units."""
        return self.numbers[self.rows :].reshape(self.columns, self.rows).T

    @property
    def client_ms(self) -> Float64:
        """The client's own clock at each row, (n,) in milliseconds; computed when asked for."""
        return self.offsets_ms.astype(_F8) + self.origin_ms

    @property
    def end_seq(self) -> int:
        """The sequence number after the last row."""
        return self.first_seq + self.rows


class Gap(NamedTuple):
    """Consecutive rows of one track that its client has given up: their numbers are used, they never come.

    `start_ms` is the client's own clock at the first of them, `end_ms` at the last; `raw` is the block as it
    came.
    """

    track: int
    first_seq: int
    rows: int
    reason: GapReason
    start_ms: float
    end_ms: float
    raw: bytes

    @property
    def end_seq(self) -> int:
        """The sequence number after the last lost row."""
        return self.first_seq + self.rows

    def since(self, seq: int) -> Gap:
        """What is left of the gap from `seq` on, which must lie in it, its rows taken to be evenly spaced."""
        left = self.end_seq - seq
        if left >= self.rows:
            return self
        start = self.end_ms - (self.end_ms - self.start_ms) * (left - 1) / (self.rows - 1)
        return decode_gap(encode_gap(self.track, seq, left, start, self.end_ms, self.reason))


class Frame(NamedTuple):
    """One message: when the client closed it (its own clock, ms) and the blocks in it, gaps among them."""

    sealed_ms: float
    blocks: tuple[Block | Gap, ...]


def decode(data: bytes) -> Frame:
    """The frame that `data` is.

    Raises `FrameError` `too_large` over `MAX_BYTES` and `frame_invalid` for all else: a wrong magic, version,
    length, number of blocks, rows or columns, times that decrease, a value that is not finite, a gap without
    a known reason or with an impossible span.
    """
    size = len(data)
    if size > MAX_BYTES:
        raise _too_large(size)
    count, sealed_ms = _frame_header(data, size)
    offset = FRAME_HEADER.size
    blocks: list[Block | Gap] = []
    for _ in range(count):
        block, offset = _block(data, offset)
        if block.end_ms > CLIENT_MS_MAX:
            raise _wrong_clock(f"track {block.track}: client_ms of its last row", block.end_ms)
        blocks.append(block)
    if offset != size:
        raise _invalid(f"{size - offset} bytes follow the last of {count} blocks: is their number wrong?")
    return Frame(sealed_ms, tuple(blocks))


def decode_blocks(raw: bytes) -> list[Block]:
    """The blocks that `raw` holds one after the other, parts of divided ones among them, and nothing else.

    Raises `FrameError` as `decode` does, and for a gap.
    """
    blocks, offset = [], 0
    while offset < len(raw):
        block, offset = _block(raw, offset, whole=False)
        if isinstance(block, Gap):
            raise _invalid(f"track {block.track}: a gap of {block.rows} rows where rows must be")
        blocks.append(block)
    return blocks


def count_rows(raw: bytes) -> int:
    """How many rows there are in blocks that follow one another, which must have been looked at before."""
    begin, count = 0, 0
    while begin < len(raw):
        _, _, rows, columns, _, _ = BLOCK_HEADER.unpack_from(raw, begin)
        count += rows
        begin += BLOCK_HEADER.size + 4 * rows * (columns + 1)
    return count


def decode_block(raw: bytes) -> Block:
    """The block that `raw` is, or a part of one, with nothing after it.

    Raises `FrameError` as `decode` does, and for a gap.
    """
    block = _only(raw)
    if isinstance(block, Gap):
        raise _invalid(f"track {block.track}: a gap of {block.rows} rows where rows must be")
    return block


def decode_gap(raw: bytes) -> Gap:
    """The gap that `raw` is, with nothing after it; raises `FrameError` as `decode` does, and for rows."""
    gap = _only(raw)
    if isinstance(gap, Block):
        raise _invalid(f"track {gap.track}: {gap.rows} rows where a gap must be")
    return gap


def encode_block(track: int, first_seq: int, client_ms: npt.ArrayLike, values: npt.ArrayLike) -> bytes:
    """A block of rows: `client_ms` (n,) not decreasing, `values` (n, columns) or (n,) for one column.

    Offsets are rounded to float32, so a time comes back within 1/16 ms of what was given. Raises `FrameError`
    for rows that `decode` would refuse.
    """
    times = np.atleast_1d(np.asarray(client_ms, _F8))
    with np.errstate(over="ignore", invalid="ignore"):
        rows = np.asarray(values, _F4)
        offsets = (times - times[:1]).astype(_F4)
    if rows.ndim == 1 and len(times):
        rows = rows.reshape(len(times), -1)
    if rows.ndim != 2 or times.ndim != 1 or len(rows) != len(times):
        raise _invalid(f"{times.shape} times for values of shape {rows.shape}: one time per row is needed")
    first = float(times[0]) if len(times) else 0.0
    try:
        header = BLOCK_HEADER.pack(track, first_seq, *rows.shape, 0, first)
    except struct.error as error:
        raise _invalid(f"track {track}, sequence {first_seq}, shape {rows.shape}: {error}") from None
    raw = header + offsets.tobytes() + rows.tobytes("F")
    decode_block(raw)
    return raw


def part(block: Block, first: int, end: int) -> Block:
    """Rows `first` up to, not including, `end` of a block: the same times and values under the same numbers."""
    if first == 0 and end == block.rows:
        return block
    values = block.values[first:end]
    header = BLOCK_HEADER.pack(block.track, block.first_seq + first, *values.shape, 0, block.origin_ms)
    return decode_block(header + block.offsets_ms[first:end].tobytes() + values.tobytes("F"))


def encode_gap(
    track: int, first_seq: int, rows: int, start_ms: float, end_ms: float, reason: GapReason
) -> bytes:
    """A gap block: `rows` rows given up, the first at `start_ms` and the last at `end_ms` of the client's clock.

    The end comes back within 4 ms of what was given. Raises `FrameError` for what `decode` would refuse.
    """
    try:
        raw = BLOCK_HEADER.pack(track, first_seq, rows, 0, reason, start_ms) + _SPAN.pack(end_ms - start_ms)
    except (struct.error, OverflowError) as error:
        raise _invalid(f"track {track}, sequence {first_seq}, {rows} rows: {error}") from None
    decode_gap(raw)
    return raw


def encode(sealed_ms: float, blocks: Sequence[bytes]) -> bytes:
    """The frame of these encoded blocks; raises `FrameError` if it would be too large."""
    body = b"".join(blocks)
    size = FRAME_HEADER.size + len(body)
    if size > MAX_BYTES:
        raise _too_large(size)
    return FRAME_HEADER.pack(MAGIC, VERSION, len(blocks), size, sealed_ms) + body


def _frame_header(data: bytes, size: int) -> tuple[int, float]:
    """Number of blocks and sealed_ms of a frame whose header is right."""
    if size < FRAME_HEADER.size:
        raise _invalid(f"{size} bytes; a frame's header alone has {FRAME_HEADER.size}: was the message cut?")
    magic, version, count, length, sealed_ms = FRAME_HEADER.unpack_from(data)
    if magic != MAGIC:
        raise _invalid(f"first byte 0x{magic:02x}; a frame starts with 0x{MAGIC:02x}: is it a sample frame?")
    if version != VERSION:
        raise _invalid(f"frame version {version}; this server reads {VERSION}")
    if length != size:
        raise _invalid(f"length {length} in the header of {size} bytes: cut, or two frames in one message?")
    if not 0.0 <= sealed_ms <= CLIENT_MS_MAX:
        raise _wrong_clock("sealed_ms", sealed_ms)
    return count, sealed_ms


def _only(raw: bytes) -> Block | Gap:
    """The block that `raw` is, or a part of one, with nothing after it."""
    block, end = _block(raw, 0, whole=False)
    if end != len(raw):
        raise _invalid(f"{len(raw) - end} bytes follow a block of {end} bytes")
    return block


def _block(data: bytes, start: int, *, whole: bool = True) -> tuple[Block | Gap, int]:
    """The block at `start` and where it ends; it may be a part of one if it need not be `whole`."""
    left = len(data) - start
    if left < BLOCK_HEADER.size:
        raise _invalid(f"{left} bytes left for a block whose header alone has {BLOCK_HEADER.size}")
    track, first_seq, rows, columns, zero, client_ms = BLOCK_HEADER.unpack_from(data, start)
    numbers = start + BLOCK_HEADER.size
    count = rows * (columns + 1)
    end = numbers + 4 * count
    if not (rows and 0 < columns <= COLUMNS_MAX) or end > len(data) or zero or first_seq + rows > SEQ_END:
        # Here and not before: gaps are rare, and nothing else pays for them.
        if columns == 0 and rows:
            return _gap(data, start)
        raise _wrong_header(data, start)
    if not 0.0 <= client_ms <= CLIENT_MS_MAX:
        raise _wrong_clock(f"track {track}: client_ms", client_ms)

    body = np.frombuffer(data, _F4, count, numbers)
    steps = body[:rows].tolist()
    # A dot product is finite only if every number in it is, at a quarter of the price of isfinite().all().
    # np.vdot, because np.dot warns when the squares of large finite values overflow.
    square = float(np.vdot(body, body))
    if steps[0] or steps[-1] > SPAN_MS_MAX or not isfinite(square) or steps != sorted(steps):
        _check_numbers(track, body[:rows], body[rows:], whole=whole)
    first_ms, last_ms = client_ms + steps[0], client_ms + steps[-1]
    raw = data[start:end]
    return Block(track, first_seq, rows, columns, client_ms, first_ms, last_ms, body, raw, square), end


def _gap(data: bytes, start: int) -> tuple[Gap, int]:
    """The gap block at `start` and where it ends."""
    track, first_seq, rows, _, reason, client_ms = BLOCK_HEADER.unpack_from(data, start)
    numbers = start + BLOCK_HEADER.size
    end = numbers + _SPAN.size
    if end > len(data):
        raise _invalid(f"track {track}: a gap needs {end - start} bytes, {len(data) - start} are left")
    if reason not in _REASONS:
        known = ", ".join(f"{one.value} {one.word}" for one in GapReason)
        raise _invalid(f"track {track}: {rows} rows of 0 columns are a gap, and its reason is {reason}; known: {known}")
    if first_seq + rows > SEQ_END:
        raise _invalid(f"track {track}: sequence {first_seq} + {rows} lost rows; numbers end at {SEQ_END - 1}")
    if not 0.0 <= client_ms <= CLIENT_MS_MAX:
        raise _wrong_clock(f"track {track}: client_ms of a gap", client_ms)
    (span,) = _SPAN.unpack_from(data, numbers)
    longest = GAP_SPAN_MS_MAX if rows > 1 else 0.0
    if not 0.0 <= span <= longest:
        bound = f"0 to {longest:.0f} ms lie between the first and the last: declare a longer one as several"
        raise _invalid(f"track {track}: a gap of {rows} rows spans {span} ms; {bound}")
    return Gap(track, first_seq, rows, _REASONS[reason], client_ms, client_ms + span, data[start:end]), end


def _check_numbers(track: int, offsets: Float32, values: Float32, *, whole: bool) -> None:
    """Say what is wrong with a block's numbers; return if nothing is (the squares alone overflowed)."""
    for what, numbers in (("time", offsets), ("value", values)):
        wrong = np.flatnonzero(~np.isfinite(numbers))
        if len(wrong):
            shown = f"{what} {wrong[0]} of the block is {numbers[wrong[0]]}"
            raise _invalid(f"track {track}: {shown}, not finite: leave a row out rather than fill it")
    if offsets[0] < 0.0 or (whole and offsets[0]):
        raise _invalid(f"track {track}: row 0 is {offsets[0]} ms after client_ms, which is row 0's own time")
    back = np.flatnonzero(offsets[1:] < offsets[:-1])
    if len(back):
        first = back[0] + 1
        earlier = f"{offsets[first - 1] - offsets[first]} ms before row {first - 1}"
        raise _invalid(f"track {track}: row {first} is {earlier}: sort rows by time")
    if offsets[-1] > SPAN_MS_MAX:
        raise _invalid(f"track {track}: rows span {offsets[-1]} ms; at most {SPAN_MS_MAX:.0f} in one block")


def _wrong_header(data: bytes, start: int) -> FrameError:
    """Which field of a block's header is wrong."""
    track, first_seq, rows, columns, zero, _ = BLOCK_HEADER.unpack_from(data, start)
    if not rows or not 0 < columns <= COLUMNS_MAX:
        bound = f"at least 1 row and 1 to {COLUMNS_MAX} columns"
        return _invalid(f"track {track}: {rows} rows of {columns} columns; {bound}: leave an empty block out")
    need, left = BLOCK_HEADER.size + 4 * rows * (columns + 1), len(data) - start
    if need > left:
        return _invalid(f"track {track}: {rows} rows of {columns} columns need {need} bytes, {left} are left")
    if zero:
        return _invalid(f"track {track}: the block's reserved field is {zero}, it must be 0")
    return _invalid(f"track {track}: sequence {first_seq} + {rows} rows; numbers end at {SEQ_END - 1}")


def _wrong_clock(name: str, value: float) -> FrameError:
    return _invalid(f"{name} is {value}; 0 to {CLIENT_MS_MAX:.0f} ms is possible: is it performance.now()?")


def _too_large(size: int) -> FrameError:
    return FrameError("too_large", f"a frame of {size} bytes; the limit is {MAX_BYTES}: send it as several")


def _invalid(message: str) -> FrameError:
    return FrameError("frame_invalid", message)
