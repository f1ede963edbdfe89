"""A server by PROTOCOL.md's words, for tests of clients: as plain calls, and behind a real WebSocket."""

import asyncio
import json
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from clients.wire import Hello

#: The client's time and the values; of a row that was declared as lost, nothing.
Row = tuple[float, ...]

STREAMS = {
    1: ("head_pose", ("px", "py", "pz", "qx", "qy", "qz", "qw")),
    2: ("voice", ("loudness", "power", "peak", "clipped", "speaking", "low_band", "high_band")),
    3: ("headset_state", ("worn", "visible", "frame_rate", "dropped")),
}
HELLO = Hello(
    role="trainee",
    run="a-run",
    name="test",
    code="KJ7P-Q2M4",
    streams={"head_pose": 72, "voice": 50, "headset_state": 2},
)
SCENARIO = {
    "id": "bus_shelter",
    "scene": {
        "setting": "bus_shelter",
        "bounds": {"x": [-4, 4], "z": [-6, 6]},
        "cover": [{"id": "bin", "label": "Bin", "center": [2, 0.5, 3], "size": [0.6, 1, 0.6]}],
        "starts": {"trainee": {"at": [0, 5], "yaw": 0}},
    },
    "actors": {"daniel": {"name": "Daniel", "role": "person"}},
}
#: What a request leads to, as in PROTOCOL.md's phases.
LEADS_TO = {"consent": "briefing", "begin": "running", "stop": "debrief", "end": "debrief"}
CALIBRATION = {"accepted": True, "baseline_lufs": -26.0, "reasons": []}


#: No test here takes a second; one that hangs shall say where.
WITHIN_S = 20


class ModelServer:
    """What is accepted becomes durable by ``sync``, and only then is told."""

    def __init__(self) -> None:
        self.accepted: dict[int, list[Row]] = {track: [] for track in STREAMS}
        self.durable = dict.fromkeys(STREAMS, 0)
        self.phase = "lobby"
        #: Frames to refuse, and requests to refuse with a code.
        self.refuse = 0
        self.refusals: dict[str, str] = {}
        self.requests: list[dict[str, object]] = []
        #: The event's number that every ``ok`` carries.
        self.event = 1
        self.answers: deque[str] = deque()

    def receive(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._frame(message)
            return
        request = json.loads(message)
        kind, ref = request["type"], request["ref"]
        if kind == "clock":
            self._say("clock", ref=ref, t0_ms=request["t0_ms"], t1_ms=5.0, t2_ms=5.5)
            return
        self.requests.append(request)
        if kind in self.refusals:
            self._say("error", ref=ref, code=self.refusals[kind], message="no", retry=False)
        elif kind == "hello":
            self.answers.append(welcome(ref, self.durable, self.phase))
        else:
            told = {"calibration": CALIBRATION} if kind == "calibrate" else {"event": self.event}
            self._say("ok", ref=ref, **told)
            if kind in LEADS_TO:
                self.phase = LEADS_TO[kind]
                self._say("phase", phase=self.phase, t=1.0, ms=0, reason=kind)

    def sync(self) -> None:
        if self.durable != {track: len(rows) for track, rows in self.accepted.items()}:
            self.durable = {track: len(rows) for track, rows in self.accepted.items()}
            self._say("ack", tracks={str(track): upto for track, upto in self.durable.items()})

    def lose_memory(self) -> None:
        """Crash: what was not synced is gone."""
        for track, upto in self.durable.items():
            del self.accepted[track][upto:]

    def _frame(self, frame: bytes) -> None:
        if self.refuse:
            self.refuse -= 1
            self._say("error", ref=None, code="storage_full", message="full", retry=True)
            return
        at = 16
        for _ in range(struct.unpack_from("<BBHId", frame)[2]):
            track, first, rows, columns, _, start = struct.unpack_from("<IIHHId", frame, at)
            # Without columns it is a gap: one number, the time from its first row to its last.
            numbers = struct.unpack_from(f"<{rows * (columns + 1) if columns else 1}f", frame, at + 24)
            at += 24 + 4 * len(numbers)
            have = self.accepted[track]
            if first > len(have):
                gap = {"track": track, "expected": len(have)}
                self._say("error", ref=None, code="sequence_gap", message="gap", retry=True, **gap)
                return
            new = [(start + numbers[row], *numbers[rows + row :: rows]) if columns else () for row in range(rows)]
            have.extend(new[len(have) - first :])

    def _say(self, kind: str, **fields: object) -> None:
        self.answers.append(json.dumps({"type": kind, **fields}))


def welcome(ref: int, durable: dict[int, int], phase: str = "lobby") -> str:
    session = {"id": "5e5510", "phase": phase, "attempt": 1, "t": 1.5, "ms": 0}
    tracks = [
        {"track": track, "stream": stream, "label": "", "columns": columns, "rate": 50, "next_seq": durable[track]}
        for track, (stream, columns) in STREAMS.items()
    ]
    fields = {"protocol": 1, "you": {"id": "trainee", "role": "trainee"}, "session": session}
    rest = {"scenario": SCENARIO, "calibration": None, "limits": {"message_bytes": 65536, "frame_ms": 100}}
    return json.dumps({"type": "welcome", "ref": ref, **fields, "tracks": tracks, "sensors": [], **rest})


class Served:
    """A ``ModelServer`` that listens; each message is synced at once."""

    def __init__(self) -> None:
        self.model = ModelServer()
        self.url = ""
        self.sockets: list[ServerConnection] = []

    async def push(self, kind: str, /, **fields: object) -> None:
        await self.sockets[-1].send(json.dumps({"type": kind, **fields}))

    async def handle(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        try:
            async for message in socket:
                self.model.receive(message)
                self.model.sync()
                while self.model.answers:
                    await socket.send(self.model.answers.popleft())
        except ConnectionClosed:
            pass  # some tests cut the line


@asynccontextmanager
async def served(port: int = 0) -> AsyncIterator[Served]:
    """Serve a model on a port of this machine, by default a free one."""
    here = Served()
    listening = serve(here.handle, "127.0.0.1", port, compression=None)
    async with asyncio.timeout(WITHIN_S), listening as server:
        here.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield here
