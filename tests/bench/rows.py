"""What a bench station measures: five seconds of pose and voice that repeat, as prebuilt frames.

A frame is copied and its header fields are patched; no row is computed while the load runs, and what every row of a
track must hold is known from its sequence number alone.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telemetry import frames
from telemetry.streams import STREAMS

#: A station seals a frame every 100 ms.
FRAME_S: Final = 0.1
#: Frames before the rows repeat: 5 s are 360 poses and 250 voice levels exactly.
CYCLE: Final = 50
RATES: Final[Mapping[str, int]] = {"head_pose": 72, "voice": 50}

#: WebSocket header of a masked binary message of 126 to 65,535 bytes: opcode, length, the key. A key of zeros is legal
#: and leaves the payload as it is.
_MESSAGE = struct.Struct(">BBHI")
_FRAME = struct.Struct("<BBHId")
_SEALED = struct.Struct("<d")
_BLOCK = struct.Struct("<IIHHId")


def values(stream: str) -> npt.NDArray[np.float32]:
    """Return one cycle of a stream's rows, shape (rows, columns), in its units.

    The head sways and walks half a metre to and fro; the voice speaks for two of five seconds.
    """
    count = RATES[stream] * CYCLE // 10
    phase = np.arange(count) / count * 2 * np.pi
    if stream == "head_pose":
        yaw = 0.2 * np.sin(phase)
        columns = [
            0.3 * np.sin(phase), 1.65 + 0.02 * np.sin(4 * phase), 0.25 * np.cos(phase),
            0 * phase, np.sin(yaw / 2), 0 * phase, np.cos(yaw / 2),
        ]  # fmt: skip
    else:
        speaking = phase < 0.8 * np.pi
        level = np.where(speaking, -24 + 6 * np.sin(40 * phase), -60.0)
        known = {"loudness": level, "power": level - 1, "peak": level + 12, "clipped": 0 * phase, "speaking": speaking}
        columns = [known.get(name, level - 6) for name in STREAMS[stream].names]
    return np.stack(columns, axis=1).astype(np.float32)


def seqs(stream: str, frame: int) -> tuple[int, int]:
    """Return the first row of a station's frame, and the first of the next one."""
    return frame * RATES[stream] // 10, (frame + 1) * RATES[stream] // 10


@dataclass(frozen=True, slots=True)
class Template:
    """One of the cycle's frames as a WebSocket message, and where its blocks stand in it."""

    message: bytes
    blocks: tuple[tuple[str, int, int], ...]


def template(number: int) -> Template:
    """Prebuild frame ``number`` of the cycle; track numbers, sequence numbers and times are still to be patched."""
    blocks, places = [], []
    at = _MESSAGE.size + _FRAME.size
    for stream in RATES:
        first, end = seqs(stream, number)
        rows = values(stream)[first:end]
        raw = frames.encode_block(1, first, np.arange(len(rows)) * 1000 / RATES[stream], rows)
        places.append((stream, at, len(rows)))
        blocks.append(raw)
        at += len(raw)
    data = frames.encode(0.0, blocks)
    return Template(_MESSAGE.pack(0x82, 0xFE, len(data), 0) + data, tuple(places))


class Frames:
    """The frames of stations, made by copying and patching."""

    def __init__(self) -> None:
        self._templates = [template(number) for number in range(CYCLE)]

    def message(self, number: int, tracks: Mapping[str, int], began_ms: float, sealed_ms: float) -> bytes:
        """Return a station's frame as the bytes to write; its rows began at ``began_ms`` on the station's clock."""
        made = self._templates[number % CYCLE]
        message = bytearray(made.message)
        _SEALED.pack_into(message, _MESSAGE.size + 8, sealed_ms)
        for stream, at, rows in made.blocks:
            first = number * RATES[stream] // 10
            track, columns = tracks[stream], len(STREAMS[stream].columns)
            _BLOCK.pack_into(message, at, track, first, rows, columns, 0, began_ms + first * 1000 / RATES[stream])
        return bytes(message)
