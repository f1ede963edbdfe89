"""Sessions whose every row is known, written to a journal, and the comparison with what the database has."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import psycopg

from telemetry import frames
from telemetry.frames import GapReason
from telemetry.journal import JournalWriter, RecordKind
from telemetry.records import GENESIS, EventRecord, GapRecord, SampleRecord, encode_event, verify_chain
from telemetry.streams import STREAMS, Privacy, Sensor

OPENED_AT = "2026-03-01T09:30:00+00:00"
OPENED_UTC_S = 1772357400.0

PULSE_TOML = """
[[sensor]]
name = "heart_rate"
unit = "1/min"
description = "heart rate, from the chest strap"
privacy = "health"
rate = 1
low = 25
high = 240
"""
PULSE = Sensor("heart_rate", "1/min", "heart rate, from the chest strap", Privacy.HEALTH, 1.0, 25.0, 240.0)


@dataclass
class Issued:
    """One session's issued rows, by identity; what was journalled of it goes through here."""

    writer: JournalWriter
    seed: int = 0
    opened_at: str = OPENED_AT
    id: UUID = field(default_factory=uuid4)
    events: list[EventRecord] = field(default_factory=list)
    rows: dict[tuple[int, int], tuple[float, tuple[float, ...]]] = field(default_factory=dict)
    """(track, seq): client_ms and the values."""
    gaps: list[tuple[int, int, int, float, float, str]] = field(default_factory=list)
    """(track, first_seq, rows, client_ms of the first and the last, reason) of what was declared lost."""
    streams: dict[int, str] = field(default_factory=dict)
    chain: bytes = GENESIS
    next_seq: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def event(
        self, type_: str, data: dict[str, object], *, t: float = 0.0, ms: int | None = None
    ) -> EventRecord:
        """Journal the next event."""
        event = EventRecord(len(self.events), t, ms, "server", type_, data)
        payload = encode_event(event, self.chain)
        self.chain = payload[:32]
        self.events.append(event)
        self.writer.append(event.kind, self.id, payload)
        return event

    def open(self, **fields: object) -> None:
        """Journal the opening."""
        data: dict[str, object] = {
            "scenario": "bus-shelter", "scenario_sha256": "ab" * 32, "profile": "formative",
            "profile_sha256": "cd" * 32, "software": "0.1.0", "seed": 7, "pseudonym": "T-17", "attempt": 1,
            "modality": None, "condition": None, "opened_at": self.opened_at,
        }  # fmt: skip
        self.event("session_opened", data | fields)

    def track(
        self, track: int, stream: str, *, label: str = "", rate: float | None = None, sensor: Sensor | None = None
    ) -> None:
        """Journal a track's opening."""
        self.streams[track], self.next_seq[track] = stream, 0
        station = "trainee" if STREAMS[stream].origin == "station" else "server"
        self.event("track_opened", {
            "track": track, "stream": stream, "station": station, "run": "r1", "label": label,
            "rate": rate or STREAMS[stream].rate,
        } | ({} if sensor is None else {"declared": sensor.to_json()}))  # fmt: skip

    def batch(self, track: int, rows: int, *, again: int = 0) -> None:
        """Journal the next `rows` rows of a track, preceded by the last `again` ones, as a resend does."""
        self._samples([self.block(track, rows, again)])

    def frame(self, *batches: tuple[int, int]) -> None:
        """Journal the next rows of several tracks in one record: pairs of a track and how many."""
        self._samples([self.block(track, rows, 0) for track, rows in batches])

    def _samples(self, blocks: list[frames.Block]) -> None:
        received = max(block.end_ms for block in blocks) / 1e3 - 4.9
        raw = b"".join(block.raw for block in blocks)
        record = SampleRecord(0, 0.0, -5.0, 0.0, 0.001, received, raw)
        self.writer.append(RecordKind.SAMPLES, self.id, record.encode())

    def block(self, track: int, rows: int, again: int) -> frames.Block:
        """Issue the next `rows` rows of a track after the last `again` ones, for the caller to journal."""
        stream = STREAMS[self.streams[track]]
        first = self.next_seq[track]
        client_ms = 5000 + np.arange(first, first + rows) * (1000 / stream.rate)
        low = np.array([c.low for c in stream.columns], np.float32)
        high = np.array([c.high for c in stream.columns], np.float32)
        values = self.random.uniform(low, high, (rows, len(low))).astype(np.float32)
        old = [self.rows[track, seq] for seq in range(first - again, first)]
        times = np.array([*(ms for ms, _ in old), *client_ms])
        every = np.array([*(row for _, row in old), *values], np.float32).reshape(len(times), -1)
        block = frames.decode_block(frames.encode_block(track, first - again, times, every))
        for i in range(again, len(times)):
            values_sent = tuple(map(float, block.values[i]))
            self.rows[track, first - again + i] = (float(block.client_ms[i]), values_sent)
        self.next_seq[track] = first + rows
        return block

    def rows_of(self, track: int, values: list[float]) -> None:
        """Journal these rows of a track of one column."""
        first = self.next_seq[track]
        client_ms = 5000 + np.arange(first, first + len(values)) * (1000 / STREAMS[self.streams[track]].rate)
        block = frames.decode_block(frames.encode_block(track, first, client_ms, values))
        for i, value in enumerate(block.values[:, 0].tolist()):
            self.rows[track, first + i] = (float(block.client_ms[i]), (value,))
        self.next_seq[track] = block.end_seq
        self._samples([block])

    def lose(self, track: int, rows: int, *, again: int = 0, reason: GapReason = GapReason.BUFFER_FULL) -> None:
        """Journal that the next `rows` rows were given up, and by mistake the last `again` ones, which were not."""
        period, first = 1000 / STREAMS[self.streams[track]].rate, self.next_seq[track]
        start, end = (5000 + seq * period for seq in (first - again, first + rows - 1))
        gap = frames.decode_gap(frames.encode_gap(track, first - again, again + rows, start, end, reason))
        self.next_seq[track] = first + rows
        self.gaps.append((track, first, rows, 5000 + first * period, end, reason.word))
        record = GapRecord(0, 0.0, -5.0, 0.0, 0.001, end / 1e3 - 4.9, gap.raw)
        self.writer.append(record.kind, self.id, record.encode())

    def play(self, batches: int = 10, *, losing: bool = False) -> None:
        """An ordinary session's beginning: two tracks of the station, three of the server, signals.

        When `losing`, the station now and then gives rows up.
        """
        self.open()
        self.track(1, "head_pose")
        self.track(2, "voice")
        self.track(3, "actor_pose", label="daniel")
        self.track(4, "proximity", label="daniel")
        self.track(5, "person_state", label="agitation")
        for i in range(batches):
            self.frame((1, 7), (2, 5))
            self.frame((3, 2), (4, 2), (5, 2))
            if losing and i % 2:
                self.lose(1 + i // 2 % 2, 10 + i)
            self.event("signals", {"distance": i / 4, "speaking": i % 2 == 0}, t=i / 10, ms=i * 100)

    def play_others(self, rows: int = 5) -> None:
        """Tracks of the streams that `play` leaves out, each with some rows."""
        others = (("hand_pose", "left"), ("hand_pose", "right"), ("headset_state", ""), ("threat_state", ""))
        for track, (stream, label) in enumerate(others, 21):
            self.track(track, stream, label=label)
            self.batch(track, rows)
        self.track(25, "sensor", label=PULSE.name, sensor=PULSE)
        self.batch(25, rows)

    def close(self) -> None:
        """Journal the phases up to closed."""
        for at, phase in enumerate(("running", "debrief", "closed")):
            self.event("phase", {"phase": phase, "reason": "test"}, t=100.0 + at)


def stored_rows(conninfo: str, session: UUID) -> list[tuple[int, int, float, tuple[float, ...]]]:
    """(track, seq, client_ms, values) of every stored row, doubles included."""
    found = []
    with psycopg.connect(conninfo) as connection:
        for stream in STREAMS.values():
            # As doubles: a real comes as the shortest text that rounds to it.
            columns = ", ".join(f"{name}::double precision" for name in stream.names)
            rows = connection.execute(
                f"SELECT d.track, d.seq, d.client_ms, {columns} FROM core.{stream.name} d"  # noqa: S608
                " JOIN core.session s USING (session_id) WHERE s.session = %s",
                [session],
            )
            found += [(track, seq, ms, values) for track, seq, ms, *values in rows]
    return [(track, seq, ms, tuple(values)) for track, seq, ms, values in found]


def stored_gaps(conninfo: str, session: UUID) -> list[tuple[int, int, int, float, float, str]]:
    """Every declared loss that is stored, as `Issued.gaps` has them, ordered by track and sequence."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(
            "SELECT g.track, g.first_seq, g.rows, g.from_client_ms, g.to_client_ms, g.reason FROM core.gap g"
            " JOIN core.session s USING (session_id) WHERE s.session = %s ORDER BY 1, 2",
            [session],
        ).fetchall()


def stored_watermarks(conninfo: str, session: UUID) -> dict[int, int]:
    """Up to where each track is stored, rows and gaps; tracks without any are left out."""
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute(
            "SELECT k.track, k.next_seq FROM core.track k JOIN core.session s USING (session_id)"
            " WHERE s.session = %s AND k.next_seq > 0",
            [session],
        )
        return dict(rows.fetchall())


def stored_events(conninfo: str, session: UUID) -> list[tuple[EventRecord, bytes]]:
    """Every stored event with its chain hash, doubles included, by sequence number."""
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute(
            "SELECT e.seq, e.t, e.ms, e.actor, e.type, e.data::text, e.chain FROM core.event e"
            " JOIN core.session s USING (session_id) WHERE s.session = %s ORDER BY e.seq",
            [session],
        ).fetchall()
    return [(EventRecord(seq, t, ms, actor, type_, json.loads(data)), chain)
            for seq, t, ms, actor, type_, data, chain in rows]  # fmt: skip


def check(conninfo: str, *issued: Issued) -> None:
    """Every issued row is stored once and unaltered, no other is, and the chain holds in the database.

    What was declared lost stands there as such, once, and all below a track's watermark is one or the other.
    """
    for session in issued:
        rows = stored_rows(conninfo, session.id)
        expected = sorted((track, seq, *rest) for (track, seq), rest in session.rows.items())
        identities = [(track, seq) for track, seq, *_ in rows]
        assert len(identities) == len(set(identities)), "rows are stored twice"
        assert sorted(rows) == expected
        gaps = stored_gaps(conninfo, session.id)
        assert [(track, first, count, reason) for track, first, count, _, _, reason in gaps] == sorted(
            (track, first, count, reason) for track, first, count, _, _, reason in session.gaps
        )
        for stored, declared in zip(gaps, sorted(session.gaps), strict=True):
            # Times of a gap travel as float32 milliseconds.
            np.testing.assert_allclose(stored[3:5], declared[3:5], atol=0.1)
        assert stored_watermarks(conninfo, session.id) == {track: seq for track, seq in session.next_seq.items() if seq}
        events = stored_events(conninfo, session.id)
        assert [event for event, _ in events] == session.events
        assert verify_chain(chain + event.body() for event, chain in events) == session.chain
    with psycopg.connect(conninfo) as connection:
        known = {row[0] for row in connection.execute("SELECT session FROM core.session")}
        assert known == {session.id for session in issued}
        assert connection.execute("SELECT count(*) FROM core.damage").fetchone() == (0,)


def journal_in(directory: Path, **options: int) -> JournalWriter:
    """A writer; small segments make removal and crossing them part of every test."""
    return JournalWriter(directory, segment_bytes=options.get("segment_bytes", 3_000))
