"""Sample frames as bytes, encoded from the table in ``PROTOCOL.md`` ("Sample frames").

A row's time travels as a float32 offset from its block's first row, and a resend may cut blocks
differently. So that a row's time never depends on how often it was sent, times are multiples of
``GRAIN_MS`` (``as_sent``), which offsets of up to a minute hold exactly.
"""

import math
import operator
import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.errors import UsageError

__all__ = [
    "BLOCK_BYTES",
    "BUFFER_FULL",
    "FRAME_BYTES",
    "GAP_BYTES",
    "GAP_ROWS",
    "GAP_SPAN_MS",
    "GRAIN_MS",
    "MAX_BYTES",
    "NOT_MEASURED",
    "SPAN_MS",
    "as_sent",
    "check_rows",
    "encode_block",
    "encode_frame",
    "encode_gap",
]

#: No message of either side may exceed this (PROTOCOL.md, "Connection").
MAX_BYTES: Final = 65_536

MAGIC: Final = 0x54
VERSION: Final = 1
_FRAME: Final = struct.Struct("<BBHId")
_BLOCK: Final = struct.Struct("<IIHHId")

#: Bytes of a frame before its blocks, and of a block before its rows.
FRAME_BYTES: Final = _FRAME.size
BLOCK_BYTES: Final = _BLOCK.size

#: Why rows are given up (PROTOCOL.md, "Sample frames").
BUFFER_FULL: Final = 1
NOT_MEASURED: Final = 2

#: A gap block's bytes, and the most that one can declare.
GAP_BYTES: Final = BLOCK_BYTES + 4
GAP_ROWS: Final = 2**16 - 1
GAP_SPAN_MS: Final = 86_400_000.0

#: Finer than any browser's clock (5 us); a float32 holds multiples of it up to ``SPAN_MS`` exactly.
GRAIN_MS: Final = 2.0**-8
SPAN_MS: Final = 2.0**16


def as_sent(client_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the times (ms) as a reader of the frames will see them, however they are cut into blocks."""
    times: NDArray[np.float64] = np.rint(client_ms / GRAIN_MS) * GRAIN_MS
    return times


def check_rows(client_ms: NDArray[np.float64], values: NDArray[np.float32]) -> None:
    """Raise ``UsageError`` for rows that the server would have to refuse.

    ``client_ms`` (rows,) must not decrease; ``values`` (columns, rows) must be finite.
    """
    if values.ndim != 2 or client_ms.shape != values.shape[1:] or not client_ms.size:
        raise UsageError(f"{client_ms.shape} times for values {values.shape}; one time per column is needed")
    # A frame's few rows are checked faster as a list than by numpy; a time that is not a number fails, too.
    times = client_ms.tolist()
    steady = times[0] >= 0 and times[-1] < math.inf and all(map(operator.le, times, times[1:]))
    if not steady or not np.isfinite(values).all():
        raise UsageError("times must not be negative nor decrease; both must be finite")


def encode_block(
    track: int, first_seq: int, client_ms: NDArray[np.float64], values: NDArray[np.float32]
) -> bytes:
    """Return one block of rows that ``check_rows`` accepts, spanning at most ``SPAN_MS``."""
    columns, rows = values.shape
    offsets = (client_ms - client_ms[0]).astype("<f4")
    head = _BLOCK.pack(track, first_seq, rows, columns, 0, client_ms[0])
    return b"".join((head, offsets.tobytes(), values.astype("<f4", copy=False).tobytes()))


def encode_gap(
    track: int, first_seq: int, rows: int, start_ms: float, end_ms: float, reason: int
) -> bytes:
    """Return the block that gives ``rows`` rows up, the first of ``start_ms``, the last of ``end_ms``."""
    head = _BLOCK.pack(track, first_seq, rows, 0, reason, start_ms)
    return head + struct.pack("<f", end_ms - start_ms if rows > 1 else 0.0)


def encode_frame(sealed_ms: float, blocks: Sequence[bytes]) -> bytes:
    """Return the binary message that carries ``blocks``, one of each track, closed at ``sealed_ms``."""
    length = FRAME_BYTES + sum(map(len, blocks))
    if length > MAX_BYTES:
        raise UsageError(f"a frame of {length} bytes; the most is {MAX_BYTES}: put fewer rows into one")
    return b"".join((_FRAME.pack(MAGIC, VERSION, len(blocks), length, sealed_ms), *blocks))
