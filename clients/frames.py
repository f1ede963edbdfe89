"""Sample frames as bytes, encoded from the table in ``PROTOCOL.md`` ("Sample frames").

A block is one track's run of rows. It is encoded once, when its rows are issued, and resent byte for byte:
a row's time and values never depend on how often it was sent.
"""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.errors import UsageError

__all__ = ["BLOCK_ROWS", "FRAME_BYTES", "MAX_BYTES", "as_sent", "encode_block", "encode_frame"]

#: No message of either side may exceed this (PROTOCOL.md, "Connection").
MAX_BYTES: Final = 65_536

MAGIC: Final = 0x54
VERSION: Final = 1
_FRAME: Final = struct.Struct("<BBHId")
_BLOCK: Final = struct.Struct("<IIHHId")

#: Bytes of a frame before its blocks.
FRAME_BYTES: Final = _FRAME.size

#: Rows of one block at most: under 2 s of any stream here, so that a row's float32 offset from the block's
#: first row keeps 0.1 us, and even 100 columns stay below ``MAX_BYTES``.
BLOCK_ROWS: Final = 128


def as_sent(client_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the times (ms) a reader of the block will see: offsets are float32 after the first row."""
    offsets = (client_ms - client_ms[0]).astype(np.float32)
    seen: NDArray[np.float64] = client_ms[0] + offsets.astype(np.float64)
    return seen


def encode_block(
    track: int, first_seq: int, client_ms: NDArray[np.float64], values: NDArray[np.float32]
) -> bytes:
    """Return one block: ``client_ms`` (rows,) not decreasing, ``values`` (columns, rows) finite.

    Raises ``UsageError`` for rows that the server would have to refuse.
    """
    columns, rows = values.shape
    if not 1 <= rows <= BLOCK_ROWS or client_ms.shape != (rows,):
        raise UsageError(f"track {track}: {client_ms.size} times for {rows} rows; send 1 to {BLOCK_ROWS}")
    offsets = client_ms - client_ms[0]
    # The comparison is false for a time that is not a number, too.
    if not (np.diff(offsets) >= 0).all() or not np.isfinite(offsets[-1]) or not np.isfinite(values).all():
        raise UsageError(f"track {track}, row {first_seq}: times must not decrease, values must be finite")
    head = _BLOCK.pack(track, first_seq, rows, columns, 0, client_ms[0])
    return b"".join((head, offsets.astype("<f4").tobytes(), values.astype("<f4", copy=False).tobytes()))


def encode_frame(sealed_ms: float, blocks: Sequence[bytes]) -> bytes:
    """Return the binary message that carries ``blocks``, closed at ``sealed_ms`` on the client's clock."""
    length = FRAME_BYTES + sum(map(len, blocks))
    if length > MAX_BYTES:
        raise UsageError(f"a frame of {length} bytes; the most is {MAX_BYTES}: put fewer blocks into one")
    return b"".join((_FRAME.pack(MAGIC, VERSION, len(blocks), length, sealed_ms), *blocks))
