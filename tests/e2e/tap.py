"""What went over a page's WebSocket, read by the browser's own account and from PROTOCOL.md alone.

The decoder here shares nothing with `telemetry.frames` nor with the pages: it is the third reader of the wire.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from playwright.sync_api import WebSocket

FRAME: Final = struct.Struct("<BBHId")
BLOCK: Final = struct.Struct("<IIHHId")


@dataclass(frozen=True)
class Rows:
    """Rows of one stream as the page sent them, by sequence number; each row once, however often it was sent."""

    seq: npt.NDArray[np.int64]
    client_ms: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]


@dataclass
class Tap:
    """Everything sent and received, in order."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    tracks: dict[str, int] = field(default_factory=dict)
    _rows: dict[int, dict[int, tuple[float, npt.NDArray[np.float32]]]] = field(default_factory=dict)

    def listen(self, socket: WebSocket) -> None:
        """Take down what passes through ``socket``."""
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def rows(self, stream: str) -> Rows:
        """All rows of a stream that were sent."""
        by_seq = sorted(self._rows.get(self.tracks[stream], {}).items())
        return Rows(
            np.array([seq for seq, _ in by_seq], np.int64),
            np.array([ms for _, (ms, _) in by_seq], np.float64),
            np.array([values for _, (_, values) in by_seq], np.float32),
        )

    def pushes(self, kind: str) -> list[dict[str, Any]]:
        """All messages of one type that came from the server."""
        return [message for message in self.received if message["type"] == kind]

    def _received(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            return
        message = cast("dict[str, Any]", json.loads(payload))
        self.received.append(message)
        if message["type"] == "welcome":
            self.tracks |= {one["stream"]: one["track"] for one in message["tracks"]}

    def _sent(self, payload: str | bytes) -> None:
        if isinstance(payload, str):
            self.sent.append(json.loads(payload))
        else:
            self._frame(payload)

    def _frame(self, data: bytes) -> None:
        magic, version, blocks, length, _ = FRAME.unpack_from(data)
        assert (magic, version, length) == (0x54, 1, len(data))
        at = FRAME.size
        for _ in range(blocks):
            track, first, rows, columns, _, start_ms = BLOCK.unpack_from(data, at)
            at += BLOCK.size
            if not columns:
                # A gap: one number, the time from its first row to its last.
                at += 4
                continue
            body = np.frombuffer(data, "<f4", rows * (1 + columns), at)
            at += body.nbytes
            values = body[rows:].reshape(columns, rows).T
            for row in range(rows):
                self._rows.setdefault(track, {})[first + row] = (start_ms + float(body[row]), values[row])
        assert at == length
