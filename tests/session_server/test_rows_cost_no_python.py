"""No row is ever touched by Python on the server's path: a hundred times the rows run the same lines."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from scenario_assets.language import load
from session_server.core.messages import Consent
from session_server.net.recovery import Found
from session_server.net.signals import Signals
from telemetry.clock import ClockFilter
from telemetry.frames import Block, decode, encode, encode_block
from telemetry.journal import JournalWriter, Record
from telemetry.records import SAMPLE_HEADER
from telemetry.streams import STREAMS
from telemetry.timescale import SampleRows, extents
from tests.session_server.rehearsal import IDENTITY, RUN, SMALL, TRAINEE, Rehearsal


def lines(work: Callable[[], object]) -> int:
    """How many lines of Python ``work`` runs, whoever wrote them."""
    count = 0

    def traced(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)  # type: ignore[arg-type, unused-ignore]
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def path(stream: str, rows: int, folder: Path) -> Callable[[], None]:
    """From a frame's bytes to what binary COPY is given: the socket's and the database's own code are not ours."""
    clock = ClockFilter()
    clock.exchange(0.0, 1000.0, 1000.0, 0.0)
    play, signals, writer = Rehearsal(), Signals(load(SMALL)), JournalWriter(folder)
    play.join()
    play.ask(Consent(ref=2, content=True, microphone=True))
    track = {"head_pose": 1, "voice": 2}[stream]
    columns = len(STREAMS[stream].columns)
    # All within half a second: a block that spans more is looked at second by second for its bound.
    times = 0.5 * np.arange(rows + 3)
    # Three rows are here already, so that the block has to be cut.
    first = decode(encode(1.0, [encode_block(track, 0, times[:3], np.zeros((3, columns)))])).blocks
    play.session.take_rows(first, clock.place(times[2], first, 1.0), TRAINEE)
    data = encode(times[-1], [encode_block(track, 0, times, np.random.default_rng(1).random((rows + 3, columns)))])

    def work() -> None:
        frame = decode(data)
        fresh = play.session.fresh_rows(frame.blocks, TRAINEE, run=str(RUN))
        assert sum(block.end_seq - block.first_seq for block in fresh) == rows
        records = clock.place(frame.sealed_ms, fresh, 1.0 + frame.sealed_ms / 1e3)
        play.take(play.session.take_rows(frame.blocks, records, TRAINEE))
        for block in fresh:
            assert isinstance(block, Block)
            signals.take(stream, block.values, 1.0)
        [record] = play.samples
        payload = record.encode()
        writer.append(record.kind, IDENTITY, payload)
        Found().add(Record(record.kind, IDENTITY, payload))
        into = SampleRows(STREAMS[stream])
        [found] = extents(payload)
        assert found.rows == rows
        into.add(1, 0, [(payload[: SAMPLE_HEADER.size], payload[found.begin : found.end], 0)])
        into.pack()
        assert into.count == rows

    return work


@pytest.mark.parametrize("stream", ["head_pose", "voice"])
def test_a_row_more_is_no_line_of_python_more(stream: str, tmp_path: Path) -> None:
    path(stream, 1, tmp_path / "0")()  # what is made once, such as the template of a packed row
    few, many = path(stream, 10, tmp_path / "1"), path(stream, 1000, tmp_path / "2")
    assert lines(few) == lines(many) > 100
