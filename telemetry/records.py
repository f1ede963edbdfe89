"""What the journal's records say, as bytes: events in a hash chain, frames' rows and declared gaps as they came.

An event's payload is its chain hash (32 bytes) and then its body, canonical JSON. The hash of an event is
`sha256(hash of the event before it + body)`; the first follows `GENESIS`. Tick inputs (kind SIGNALS) are
events of type `signals` in the same sequence and chain. So one number, the last hash, stands for all that was
decided in a session, and a changed, lost or inserted event shows at the next one.

Canonical means: keys sorted, no spaces, UTF-8, and only what PostgreSQL's jsonb gives back unchanged, so that
the chain can be verified from the database as well as from the journal.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NoReturn, Protocol

from telemetry.errors import ChainError, RecordError
from telemetry.frames import Block, Gap, decode_blocks
from telemetry.frames import decode_gap as decode_gap_block

__all__ = [
    "EPOCHS",
    "GENESIS",
    "SIGNALS",
    "EventRecord",
    "GapRecord",
    "RecordKind",
    "SampleRecord",
    "chain",
    "decode_event",
    "decode_gap",
    "decode_samples",
    "encode_event",
    "verify_chain",
]

GENESIS = bytes(32)
"""What the first event of a session is chained to."""

EPOCHS = 8
"""Of a run's clock epochs, how many are remembered: those whose rows may still come."""

HASH_BYTES = 32
SIGNALS = "signals"
"""Type of the event that holds the signals the guards of one tick read, where they changed."""


class RecordKind(enum.IntEnum):
    """What a journal record holds."""

    EVENT = 1
    SIGNALS = 2
    SAMPLES = 3
    GAP = 4


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened once, or the signals of one tick.

    `seq` counts a session's events from 0 without a gap; `t` is seconds since the session opened; `ms` is
    scenario time, None while no scenario runs; `actor` is who did it (`trainee`, `instructor`, `scenario`).
    """

    seq: int
    t: float
    ms: int | None
    actor: str
    type: str
    data: Mapping[str, object]

    @property
    def kind(self) -> RecordKind:
        """The journal's record kind for this event."""
        return RecordKind.SIGNALS if self.type == SIGNALS else RecordKind.EVENT

    def body(self) -> bytes:
        """Canonical JSON; raises `RecordError` for what could not be read back unchanged."""
        fields = {"actor": self.actor, "data": self.data, "ms": self.ms, "seq": self.seq, "t": self.t,
                  "type": self.type}  # fmt: skip
        return canonical(fields)


@dataclass(slots=True, eq=False)
class SampleRecord:
    """A frame's rows as they came, with the clock mapping that was fixed when they were journalled.

    `raw` holds the blocks of all the tracks that have this mapping, one after the other; of most frames that is all
    there is. Never changed, and not frozen all the same: that costs as much as to encode it, in every frame.

    A row that the client's clock, in its `epoch`, measured at `client_ms` has the time
    `t = client_ms / 1000 + offset_s + skew * (client_ms - at_ms) / 1000`, right to `bound_s`; `received_t` is when the
    frame arrived. In seconds since the session opened; `at_ms` in milliseconds of the client's clock.
    """

    kind: ClassVar[RecordKind] = RecordKind.SAMPLES
    """The journal's record kind for these rows."""

    epoch: int
    at_ms: float
    offset_s: float
    skew: float
    bound_s: float
    received_t: float
    raw: bytes

    def encode(self) -> bytes:
        """The record's payload."""
        return SAMPLE_HEADER.pack(
            self.epoch, self.at_ms, self.offset_s, self.skew, self.bound_s, self.received_t
        ) + self.raw  # fmt: skip

    def blocks(self) -> list[Block]:
        """The rows; raises `FrameError` if `raw` is anything but blocks."""
        return decode_blocks(self.raw)

    def offset_at(self, client_ms: float) -> float:
        """The offset in seconds of what the client measured at `client_ms`."""
        return self.offset_s + self.skew * (client_ms - self.at_ms) / 1e3


@dataclass(slots=True, eq=False)
class GapRecord(SampleRecord):
    """Rows of one track that their client has given up: `raw` is the gap block as it came.

    It stands in the journal where the rows would, with the mapping that they would have got.
    """

    kind: ClassVar[RecordKind] = RecordKind.GAP

    def gap(self) -> Gap:
        """What was given up; raises `FrameError` if `raw` is not a gap block."""
        return decode_gap_block(self.raw)


SAMPLE_HEADER = struct.Struct("<Iddddd")
"""epoch, at_ms, offset_s, skew, bound_s, received_t; then the blocks as they came."""


def chain(previous: bytes, body: bytes) -> bytes:
    """The hash of an event whose body is `body` and whose forerunner's hash is `previous`."""
    return hashlib.sha256(previous + body).digest()


def encode_event(event: EventRecord, previous: bytes) -> bytes:
    """The payload of `event` after the event with hash `previous`; its own hash is the first 32 bytes."""
    body = event.body()
    return chain(previous, body) + body


def decode_event(payload: bytes) -> tuple[bytes, EventRecord]:
    """Hash and event of a payload; the hash is not verified. Raises `RecordError` if it is no event."""
    try:
        fields = json.loads(payload[HASH_BYTES:])
        if not isinstance(fields["data"], dict) or type(fields["seq"]) is not int:
            raise TypeError(f"seq {fields['seq']!r} is no number or data {fields['data']!r:.80} no object")
        event = EventRecord(fields["seq"], fields["t"], fields["ms"], fields["actor"], fields["type"],
                            fields["data"])  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{len(payload)} bytes are not an event: {error!r}") from error
    return payload[:HASH_BYTES], event


def decode_samples(payload: bytes) -> SampleRecord:
    """The frame's rows of a payload; they are looked at by `SampleRecord.blocks`."""
    return SampleRecord(*_sample_header(payload), payload[SAMPLE_HEADER.size :])


def decode_gap(payload: bytes) -> GapRecord:
    """The declared gap of a payload; what it says is looked at by `GapRecord.gap`."""
    return GapRecord(*_sample_header(payload), payload[SAMPLE_HEADER.size :])


def _sample_header(payload: bytes) -> tuple[int, float, float, float, float, float]:
    if len(payload) < SAMPLE_HEADER.size:
        raise RecordError(f"{len(payload)} bytes hold no rows and no gap: their header has {SAMPLE_HEADER.size}")
    epoch, at_ms, offset_s, skew, bound_s, received_t = SAMPLE_HEADER.unpack_from(payload)
    return epoch, at_ms, offset_s, skew, bound_s, received_t


class Payload(Protocol):
    """A journal record, as far as the chain is concerned."""

    @property
    def payload(self) -> bytes:
        """Hash and body of an event."""
        ...


def verify_chain(
    records: Iterable[Payload | bytes], *, previous: bytes = GENESIS, first_seq: int = 0
) -> bytes:
    """The hash of the last of one session's events and signals, given in order.

    Raises `ChainError` with the sequence number at which the chain breaks. To verify from the middle, give
    the hash before it and the sequence number it goes on with.
    """
    seq = first_seq
    for record in records:
        payload = record if isinstance(record, bytes) else record.payload
        head, event = decode_event(payload)
        if event.seq != seq:
            raise ChainError(seq, f"event {event.seq} stands where {seq} should: lost, inserted or moved")
        if head != chain(previous, payload[HASH_BYTES:]):
            raise ChainError(seq, f"event {seq} does not follow from the one before: one was changed")
        previous, seq = head, seq + 1
    return previous


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
# What may make jsonb return something else: an exponent (1e+22 comes back as an integer), minus zero, a NUL.
_DOUBTFUL = re.compile(r"e\+|-0\.0|\\u0000")
# From here on Python writes a float with an exponent.
FLOAT_MAX = 1e16


def canonical(value: object) -> bytes:
    """`value` as canonical JSON; minus zero is written as zero.

    Raises `RecordError` for a float that is not finite or not below 1e16, text with a NUL or half a surrogate
    pair, and whatever JSON has no word for. Text from outside is checked at the edge; this is the last line.
    """
    try:
        text = _encode(value)
        if _DOUBTFUL.search(text):
            text = _encode(_plain(value))
        return text.encode()
    except (TypeError, ValueError) as error:
        raise RecordError(f"not storable: {error} in {value!r:.200}") from error


def _plain(value: object) -> object:
    """`value` without minus zeros; raises `RecordError` for what jsonb would refuse or change."""
    if isinstance(value, float):
        if abs(value) >= FLOAT_MAX:
            _refuse(f"the number {value}; below {FLOAT_MAX:.0e} is stored unchanged")
        return value + 0.0
    if isinstance(value, str):
        if "\0" in value:
            _refuse(f"the text {value!r:.80} holds a NUL")
        return value
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _refuse(message: str) -> NoReturn:
    raise RecordError(f"not storable: {message}")
