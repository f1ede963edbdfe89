"""The client's side of the wire without socket or clock: feed what arrives, send what ``outgoing`` returns.

One ``Wire`` lives as long as one run (one page load): connections come and go under it. The caller must

- call ``connected`` when a socket is open, and ``disconnected`` when it is gone, and obey the answer;
- pass every message to ``received`` and act on the happenings;
- call ``poll`` at the time it asked for, and ``seal`` every 100 ms;
- after any of these, send ``outgoing`` in order.

``now_ms`` is always the client's own monotonic clock in milliseconds, the one that stamps the rows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clients.clock import EPOCHS, ClockEpoch, ClockExchange
from clients.errors import ProtocolError, Refusal, UsageError
from clients.frames import MAX_BYTES
from clients.messages import Ack, ClockAnswer, Ok, Push, Refused, Unknown, Welcome
from clients.parsing import parse
from clients.unacked import Numbered, Unacked

__all__ = [
    "FRAME_MS",
    "Acked",
    "Answered",
    "Broken",
    "Denied",
    "Ended",
    "Happening",
    "Hello",
    "Joined",
    "Pushed",
    "Reconnect",
    "Unanswered",
    "Wire",
]

PROTOCOL: Final = 1

#: A client closes a frame this often (PROTOCOL.md, "Sample frames").
FRAME_MS: Final = 100.0

#: Close codes that say: do not come back (PROTOCOL.md, "Errors"); 1009: we would only send the same again.
FINAL_CODES: Final = frozenset({1009, 4001, 4002, 4003, 4010})

#: Reconnect with full jitter, 0.25 s doubling to 8 s (PROTOCOL.md, "Errors").
BACKOFF_S: Final = 0.25
BACKOFF_MAX_S: Final = 8.0

#: After a refused frame that may succeed later, wait so long: no disk is emptied in a tenth of a second.
HOLD_MS: Final = 1000.0

#: After a reconnect, and in a new epoch of our clock, the backlog waits so long for the first clock exchanges: without
#: one nothing bounds its times.
BURST_FIRST_MS: Final = 200.0

#: Five clock answers missing: the connection is dead although the socket does not know it.
SILENCE_MS: Final = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who joins. A trainee brings the session's ``code``, an instructor console ``key`` and ``session``."""

    role: str
    run: str
    name: str
    modality: str = "bot"
    streams: Mapping[str, float]
    code: str | None = None
    key: str | None = None
    session: str | None = None

    def fields(self) -> dict[str, object]:
        """Return the fields of the ``hello`` request."""
        fields: dict[str, object] = {
            "protocol": PROTOCOL,
            "role": self.role,
            "run": self.run,
            "client": {"name": self.name, "modality": self.modality},
            "streams": dict(self.streams),
        }
        secrets = {"code": self.code, "key": self.key, "session": self.session}
        return fields | {name: value for name, value in secrets.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Joined:
    """The server took us in, for the first time or again."""

    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Answered:
    """A request was done, and is on disk."""

    ref: int
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Denied:
    """A request was refused. When it was ``hello``, close; ``disconnected`` says what comes next."""

    ref: int
    kind: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The connection broke before the answer: the request may or may not have been done."""

    ref: int
    kind: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """The server told us something."""

    push: Push


@dataclass(frozen=True, slots=True)
class Acked:
    """Rows of ``track`` below ``expected`` are on disk; ``waits_ms`` since sealing, one entry per block."""

    track: int
    expected: int
    waits_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """The server will never take what we sent, by a fault of this client: close, or it goes on and on."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Open a new socket after ``delay_s``."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Do not come back."""

    code: int
    reason: str
    refusal: Refusal | None


Happening = Joined | Answered | Denied | Unanswered | Pushed | Acked | Broken | Reconnect | Ended


class Wire:
    """One run of one client."""

    def __init__(self, hello: Hello) -> None:
        """Prepare a run; nothing is sent before ``connected``."""
        self.hello = hello
        self.rows = Unacked()
        self.clock: ClockExchange | None = None
        self.epoch = ClockEpoch()
        # Earlier epochs that the server has not said it heard of, and the requests that told it of the present one.
        self._untold: list[ClockEpoch] = []
        self._telling: set[int] = set()
        self._told = True
        self.joined = False
        self._outgoing: list[str | bytes] = []
        self._pending: dict[int, str] = {}
        self._ref = 0
        self._attempts = 0
        self._hold_until_ms = -np.inf
        self._heard_ms = 0.0
        self._refusal: Refusal | None = None

    def connected(self, now_ms: float) -> None:
        """Say hello on a fresh socket."""
        self._ref = 0
        self._heard_ms = now_ms
        self._ask("hello", self.hello.fields())

    def disconnected(self, code: int, reason: str, *, jitter: float) -> tuple[Happening, ...]:
        """Take the end of a connection; the last happening is ``Reconnect`` or ``Ended``.

        ``code`` is 1006 when no close frame came; ``jitter`` is uniform in [0, 1).
        """
        self.joined, self.clock = False, None
        self._outgoing.clear()
        self._telling.clear()
        own = ("hello", "clock")
        lost = [Unanswered(ref, kind) for ref, kind in self._pending.items() if kind not in own]
        self._pending.clear()
        refused = self._refusal is not None and not self._refusal.retry
        if refused or code in FINAL_CODES:
            return (*lost, Ended(code, reason, self._refusal))
        ceiling = min(BACKOFF_MAX_S, BACKOFF_S * 2.0**self._attempts)
        self._attempts += 1
        return (*lost, Reconnect(jitter * ceiling))

    def request(self, kind: str, fields: Mapping[str, object]) -> int:
        """Ask the server for something; the happening with this ``ref`` tells how it went."""
        if not self.joined:
            raise UsageError(f"{kind} before welcome: the connection has not joined")
        return self._ask(kind, fields)

    def received(self, data: str | bytes, now_ms: float) -> tuple[Happening, ...]:
        """Take one message of the server. Raises ``ProtocolError`` when it breaks the protocol."""
        self._heard_ms = now_ms
        message = parse(data)
        match message:
            case Ack():
                return tuple(self._acked(track, upto, now_ms) for track, upto in message.expected.items())
            case Ok():
                self._settle(message.ref, "ok")
                return (Answered(message.ref, message.body),)
            case ClockAnswer():
                self._settle(message.ref, "clock")
                if self.clock is not None and message.ref in self._telling:
                    self._telling.discard(message.ref)
                    self._told = True
                    self._untold.clear()
                    self.clock.answered(message.t0_ms, message.t1_ms, message.t2_ms, now_ms)
                return ()
            case Welcome():
                return self._welcomed(message, now_ms)
            case Refused():
                return self._refused(message, now_ms)
            case _:
                return () if isinstance(message, Unknown) else (Pushed(message),)

    def poll(self, now_ms: float) -> float | None:
        """Do what is due; return when to come again (ms), or None when nothing will be due."""
        if self.clock is None:
            return None
        if now_ms >= self.clock.due_ms:
            asked = self.clock.ask(now_ms)
            # Each in its turn: rows from between two sleeps are of an epoch of their own.
            for epoch in self._untold:
                self._ask("clock", asked | epoch.fields())
            self._telling.add(self._ask("clock", asked | self.epoch.fields()))
        return self.clock.due_ms

    def clock_jumped(self, now_ms: float, *, declare: bool = True) -> None:
        """Go on after our clock stood still or was set: what was due by the old one is due now.

        Unless ``declare`` is False, call ``poll`` before the next ``seal``: the server must hear of the new epoch, that
        begins at ``now_ms``, before it gets rows of it. What waits then goes on waiting for the first exchanges.
        """
        if declare:
            if not self._told:
                self._untold = [*self._untold, self.epoch][1 - EPOCHS :]
            self.epoch, self._told = ClockEpoch(self.epoch.number + 1, now_ms), False
        self._telling.clear()
        self._heard_ms = now_ms
        self._hold_until_ms = -np.inf if self.rows.empty else now_ms + BURST_FIRST_MS
        if self.clock is not None:
            self.clock = ClockExchange(now_ms)

    def silent(self, now_ms: float) -> bool:
        """True when a server that should have answered clock requests has said nothing for too long."""
        return self.clock is not None and now_ms - self._heard_ms > SILENCE_MS

    def issue(self, track: int, client_ms: NDArray[np.float64], values: NDArray[np.float32]) -> Numbered:
        """Give rows sequence numbers and keep them until acknowledged; see ``Unacked.issue``."""
        return self.rows.issue(track, client_ms, values)

    def not_measured(self, track: int, rows: int, *, start_ms: float, end_ms: float) -> int:
        """Declare rows that were due but not measured; see ``Unacked.not_measured``."""
        return self.rows.not_measured(track, rows, start_ms=start_ms, end_ms=end_ms)

    def seal(self, now_ms: float) -> None:
        """Close a frame over the rows that are not on their way yet, unless the server asked us to wait."""
        if self.joined and now_ms >= self._hold_until_ms:
            frame = self.rows.frame(now_ms)
            if frame is not None:
                self._outgoing.append(frame)

    def outgoing(self) -> list[str | bytes]:
        """Return the messages to send now, in order; text is JSON, bytes are sample frames."""
        messages, self._outgoing = self._outgoing, []
        return messages

    def _ask(self, kind: str, fields: Mapping[str, object]) -> int:
        ref = self._ref + 1
        text = json.dumps({"type": kind, "ref": ref, **fields}, separators=(",", ":"), allow_nan=False)
        if len(text) > MAX_BYTES:
            raise UsageError(f"a {kind} message of {len(text)} bytes; the most is {MAX_BYTES}")
        self._ref = ref
        self._pending[ref] = kind
        self._outgoing.append(text)
        return ref

    def _settle(self, ref: int, answer: str) -> str:
        """Return the kind of request that ``ref`` was; a request is answered exactly once."""
        kind = self._pending.pop(ref, None)
        if kind is None or (kind in ("hello", "clock") and answer not in (kind, "error")):
            raise ProtocolError(f"{answer!r} answers ref {ref}, which was {kind or 'not open'}")
        return kind

    def _welcomed(self, welcome: Welcome, now_ms: float) -> tuple[Happening, ...]:
        self._settle(welcome.ref, "hello")
        self.joined, self._attempts, self._refusal = True, 0, None
        self.clock = ClockExchange(now_ms) if self.hello.streams else None
        acked = [
            Acked(track.track, track.next_seq, tuple(self.rows.welcome(track.track, track.next_seq, now_ms)))
            for track in welcome.tracks
        ]
        self._hold_until_ms = -np.inf if self.rows.empty else now_ms + BURST_FIRST_MS
        return (Joined(welcome), *acked)

    def _acked(self, track: int, expected: int, now_ms: float) -> Acked:
        return Acked(track, expected, tuple(self.rows.ack(track, expected, now_ms)))

    def _refused(self, message: Refused, now_ms: float) -> tuple[Happening, ...]:
        refusal = message.refusal
        if message.ref is None:
            return self._frame_refused(refusal, now_ms)
        kind = self._settle(message.ref, "error")
        if kind == "hello":
            self._refusal = refusal
        return () if kind == "clock" else (Denied(message.ref, kind, refusal),)

    def _frame_refused(self, refusal: Refusal, now_ms: float) -> tuple[Happening, ...]:
        """Without a ref it is about a frame: send again from where the server says, or all of it later."""
        if not refusal.retry:
            self._refusal = refusal
            self._hold_until_ms = np.inf
            # A session's end is no fault of the frame that crosses it; the close code follows.
            return () if refusal.code == "session_ended" else (Broken(refusal),)
        track, expected = refusal.details.get("track"), refusal.details.get("expected")
        if refusal.code == "sequence_gap" and isinstance(track, int) and isinstance(expected, int):
            self.rows.rewind(track, expected)
            return ()
        self.rows.rewind_all()
        self._hold_until_ms = now_ms + HOLD_MS
        return ()
