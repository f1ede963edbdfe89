"""The quality of data: what is told of a stream follows from its rows, and a verdict never improves by losing any."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_type_hints
from uuid import UUID, uuid4

import hypothesis.strategies as st
import numpy as np
import psycopg
import pytest
from hypothesis import given, settings

from telemetry import quality, trace
from telemetry.drain import Drain
from telemetry.errors import UnknownAttempt, UnknownSession
from telemetry.observation import Declared, Known
from telemetry.quality import StreamJson, document, store
from telemetry.quality.verdict import COVERAGE, LONGEST_GAP_S, judge
from telemetry.spans import Floats, Mask
from telemetry.streams import STREAMS
from telemetry.trace import Clock, Damage, Event, Samples, SessionInfo, Trace

from .oracle import Issued, journal_in

EXAMPLE = Path(__file__).parents[1] / "data/quality.json"
RAN = np.array([[10.0, 40.0], [50.0, 110.0]])
"""Ninety seconds of running with a pause of ten."""
WORSE = ("good", "limited", "poor", "none")


def recorded(*tracks: Samples, damage: Damage | None = None) -> Trace:
    info = SessionInfo(
        id=UUID(int=7), opened_at=datetime(2026, 3, 1, tzinfo=UTC), scenario="s", scenario_sha256="",
        profile="formative", profile_sha256="", software="test", seed=1, pseudonym="P1", attempt=1,
    )  # fmt: skip
    phases = [(0.0, "briefing"), (10.0, "running"), (40.0, "frozen"), (50.0, "running"), (110.0, "debrief")]
    events = tuple(Event(n, t, 0, "system", "phase", {"phase": p, "reason": ""}) for n, (t, p) in enumerate(phases))
    return Trace(info, events, tracks, damage or Damage())


def rows(name: str, *, start: float = 5.0, end: float = 115.0, number: int = 1, **columns: object) -> Samples:
    """A perfect track by a perfect clock, from before the running time to after it."""
    stream = STREAMS[name]
    t = start + np.arange(round((end - start) * stream.rate)) / stream.rate
    values = {n: np.broadcast_to(np.asarray(columns.get(n, 0.0), np.float32), len(t)).copy() for n in stream.names}
    seq = np.arange(len(t))
    beats = seq[:: round(stream.rate)]
    clock = Clock(t[beats] + 0.1, beats, np.full(len(beats), 0.002), np.zeros(len(beats), np.int64))
    return Samples(stream, number, "", "trainee", t, seq, 1000 * t, values, np.zeros(len(t), np.int16), 0.002,
                   clock=clock).marked()  # fmt: skip


def without(samples: Samples, gone: Mask, known: Known | None = None) -> Samples:
    """The same track, some of its rows lost."""
    columns = {name: column[~gone] for name, column in samples.columns.items()}
    flags = None if samples.flags is None else samples.flags[~gone]
    left = replace(samples, t=samples.t[~gone], seq=samples.seq[~gone], client_ms=samples.client_ms[~gone],
                   columns=columns, flags=flags)  # fmt: skip
    return left.marked(known or Known(numbered=len(samples), opened_t=float(samples.t[0])))


def told(*tracks: Samples, ran: Floats = RAN) -> StreamJson:
    """What is told of the only stream there is, or of the first by name."""
    return quality.of(recorded(*tracks), ran)["streams"][0]


def test_a_perfect_stream_is_good() -> None:
    found = told(rows("head_pose"))
    assert (found["verdict"], found["rows"], found["coverage"]) == ("good", 90 * 72, 1.0)
    assert found["rate_hz"] == pytest.approx(72)
    assert (found["missing"], found["implausible"], found["gaps"]["count"], found["epochs"]) == (0, 0, 0, 1)
    assert found["clock_ms"] == {"median": 2.0, "p95": 2.0, "worst": 2.0}
    assert found["lag_ms"] == pytest.approx({"median": 100.0, "p95": 100.0, "worst": 100.0})
    assert found["why"] == ["100 % of the running time was observed at 72 of 72 Hz."]


def test_the_example_is_of_the_shape_that_is_documented() -> None:
    """What pages and researchers are shown is what is computed."""
    example = json.loads(EXAMPLE.read_text())
    real = json.loads(json.dumps(quality.of(recorded(rows("head_pose")), RAN), allow_nan=False))
    for one in (example, real):
        assert set(one) == set(get_type_hints(document.QualityJson))
        assert set(one["damage"]) == set(get_type_hints(document.DamageJson))
        for stream in one["streams"]:
            assert set(stream) == set(get_type_hints(document.StreamJson))
            assert set(stream["gaps"]) == set(get_type_hints(document.GapsJson))
            for gap in stream["gaps"]["longest"]:
                assert set(gap) == set(get_type_hints(document.GapJson))


def test_gaps_count_by_cause_while_the_scenario_ran() -> None:
    pose = rows("head_pose")
    gone = sum(((pose.t >= low) & (pose.t < high) for low, high in ((20, 24), (38, 52), (60, 60.25), (111, 112))),
               np.zeros(len(pose), np.bool_))  # fmt: skip
    seq = np.flatnonzero((pose.t >= 20) & (pose.t < 24))
    declared = [Declared(int(seq[0]), len(seq), 20.0, 24.0, "buffer_full")]
    found = told(without(pose, gone, Known(len(pose), 5.0, declared)))
    causes = found["gaps"]["causes"]
    assert {cause: each["count"] for cause, each in causes.items()} == {"declared": 1, "lost": 2}
    assert causes["declared"]["seconds"] == pytest.approx(4, abs=0.02)
    # Of the one over the pause only what fell into the running time; nothing of the one after the end.
    assert causes["lost"]["seconds"] == pytest.approx(2 + 2 + 0.25, abs=0.04)
    assert (found["declared"], found["missing"]) == (288, (14 + 0.25) * 72)
    assert found["gaps"]["longest_s"] == pytest.approx(4, abs=0.02)
    assert found["coverage"] == pytest.approx(1 - 8 / 90, abs=0.001)  # a quarter of a second is bridged
    assert [gap["cause"] for gap in found["gaps"]["longest"]] == ["declared", "lost", "lost"]
    assert found["verdict"] == "poor"
    assert any("1026 of" in why and "nobody knows why" in why for why in found["why"])


def test_only_the_longest_gaps_are_told_one_by_one() -> None:
    pose = rows("head_pose")
    gone = np.isin(np.floor(pose.t), [*range(12, 36, 2)]) & (np.mod(pose.t, 1) < 0.5 + pose.t / 100)
    gaps = told(without(pose, gone))["gaps"]
    assert (gaps["count"], len(gaps["longest"])) == (12, quality.SHOWN)
    starts = [gap["t_start"] for gap in gaps["longest"]]
    assert starts == sorted(starts)
    assert min(starts) > 19
    assert sum(each["seconds"] for each in gaps["causes"].values()) == pytest.approx(gaps["seconds"])


def test_a_headset_that_nobody_wore_observed_nobody() -> None:
    pose, voice = rows("head_pose"), rows("voice", number=2)
    state = rows("headset_state", number=3, worn=1.0, visible=1.0)
    state["worn"][(state.t >= 60) & (state.t < 80)] = 0.0
    state["visible"][(state.t >= 90) & (state.t < 95)] = 0.0
    streams = {each["stream"]: each for each in quality.of(recorded(pose, voice, state), RAN)["streams"]}
    away = {"head_pose": 20 + 0.5 + 5 + 0.5, "voice": 20 + 0.5}
    for name, seconds in away.items():
        assert streams[name]["coverage"] == pytest.approx(1 - seconds / 90, abs=1e-3)
        assert streams[name]["rate_hz"] == pytest.approx(STREAMS[name].rate)
        assert f"The headset was off, or showed something else, for {seconds:.1f} s." in streams[name]["why"]
    assert (streams["headset_state"]["worn"], streams["headset_state"]["visible"]) == pytest.approx(
        (1 - 20 / 90, 1 - 5 / 90), abs=1e-3
    )
    assert streams["head_pose"]["worn"] is None


def test_a_device_that_does_not_say_was_not_taken_off() -> None:
    state = rows("headset_state", number=3, worn=-1.0, visible=0.5)
    streams = {each["stream"]: each for each in quality.of(recorded(rows("head_pose"), state), RAN)["streams"]}
    assert streams["head_pose"]["coverage"] == 1.0
    assert (streams["headset_state"]["worn"], streams["headset_state"]["visible"]) == (None, 1.0)


def test_a_clock_that_is_not_known_is_poor() -> None:
    pose = rows("head_pose")
    assert pose.clock is not None
    unknown = replace(pose, clock=replace(pose.clock, bound_s=np.full(len(pose.clock.t), np.inf)))
    found = told(unknown)
    assert found["clock_ms"] == {"median": None, "p95": None, "worst": None}
    assert found["verdict"] == "poor"
    assert found["why"] == ["The station's clock was never compared with the server's."]
    twice = told(replace(pose, clock=replace(pose.clock, epoch=np.arange(len(pose.clock.t)) // 60)))
    assert twice["epochs"] == 2


def test_implausible_rows_and_clipping_are_shares() -> None:
    voice = rows("voice", clipped=0.01)
    assert voice.flags is not None
    voice.flags[(voice.t >= 10) & (voice.t < 19)] = 1
    found = told(voice)
    assert (found["rows"], found["implausible"]) == (90 * 50, 450)
    assert found["clipped"] == pytest.approx(0.01)
    assert found["coverage"] == pytest.approx(0.9, abs=1e-3)
    assert found["verdict"] == "poor"
    assert "10 % of the rows cannot be right; up to 1 % is good." in found["why"]
    assert "1 % of the voice was cut off at full scale; up to 0.1 % is good." in found["why"]


def test_two_runs_of_a_client_are_one_stream() -> None:
    first, second = rows("head_pose", end=60.0), rows("head_pose", start=70.0, number=2)
    found = told(first, second)
    assert found["coverage"] == pytest.approx(80 / 90, abs=1e-3)
    assert found["gaps"]["causes"] == {"silent": {"count": 1, "seconds": pytest.approx(10, abs=0.02), "missing": 0}}
    tracks = quality.of_tracks(recorded(first, second))
    assert [tracks[n]["rows"] for n in (1, 2)] == [40 * 72, 40 * 72]


def test_nothing_is_none_and_said_so() -> None:
    nothing = Samples.empty(STREAMS["voice"], station="trainee")
    assert (told(nothing)["verdict"], told(nothing)["rate_hz"], told(nothing)["coverage"]) == ("none", None, 0.0)
    pruned = nothing.marked(Known(5000, 5.0, pruned_t=1e6))
    assert told(pruned)["pruned"] == 5000
    assert "5000 rows were removed on purpose" in told(pruned)["why"][0]
    never = quality.of(recorded(rows("voice")), np.zeros((0, 2)))
    assert (never["summary"], never["streams"][0]["verdict"]) == ("The scenario never ran.", "none")


def test_the_summary_names_what_is_not_good_and_what_is_lost() -> None:
    found = quality.of(
        recorded(rows("head_pose"), Samples.empty(STREAMS["voice"]), damage=Damage(2, 90, 1, 30)), RAN
    )
    assert found["summary"] == (
        "Of 2 streams 1 is good; none: voice. The journal lost 90 bytes of this session."
        " The journal lost 30 bytes of nobody knows which session."
    )
    assert found["damage"] == {"places": 2, "bytes": 90, "unplaced_places": 1, "unplaced_bytes": 30}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 120), st.floats(0, 40)), max_size=4), st.floats(0, 120), st.floats(0, 40))
def test_losing_more_never_makes_a_verdict_better(lost: list[tuple[float, float]], at: float, seconds: float) -> None:
    pose = rows("voice")
    gone = np.zeros(len(pose), np.bool_)
    for low, length in lost:
        gone |= (pose.t >= low) & (pose.t < low + length)
    more = gone | ((pose.t >= at) & (pose.t < at + seconds))
    before, after = told(without(pose, gone)), told(without(pose, more))
    assert after["coverage"] <= before["coverage"] + 1e-6
    assert WORSE.index(after["verdict"]) >= WORSE.index(before["verdict"])
    for found in (before, after):
        assert found["why"]
        assert 0 <= found["coverage"] <= 1
        assert sum(each["missing"] for each in found["gaps"]["causes"].values()) == found["missing"]


@pytest.mark.parametrize(("coverage", "longest", "verdict"), [
    (COVERAGE.good, LONGEST_GAP_S.good, "good"), (COVERAGE.good - 0.01, 0.0, "limited"),
    (COVERAGE.limited - 0.01, 0.0, "poor"), (1.0, LONGEST_GAP_S.good + 0.1, "limited"),
    (1.0, LONGEST_GAP_S.limited + 0.1, "poor"), (0.0, 0.0, "none"),
])  # fmt: skip
def test_thresholds(coverage: float, longest: float, verdict: str) -> None:
    found = told(rows("head_pose"))
    found["coverage"], found["gaps"]["longest_s"] = coverage, longest
    assert judge(found, regular=True)[0] == verdict
    if coverage > 0:
        assert judge(found, regular=False)[0] == "good"


def test_one_attempt_is_told_by_itself() -> None:
    found = recorded(rows("head_pose"))
    assert quality.running(found).tolist() == RAN.tolist() == quality.running(found, 1).tolist()
    begun = Event(5, 120.0, 0, "system", "attempt", {"attempt": 2, "of": 1, "seq": 2, "t": 11.0, "why": "start",
                                                    "label": ""})  # fmt: skip
    ran = Event(6, 130.0, 0, "system", "phase", {"phase": "running", "reason": ""})
    last = Event(7, 135.0, 0, "trainee", "said", {})
    again = replace(found, events=(*found.events, begun, ran, last))
    assert quality.running(again, 2).tolist() == [[130.0, 135.0]]
    assert quality.running(again).tolist() == [*RAN.tolist(), [130.0, 135.0]]
    with pytest.raises(UnknownAttempt):
        quality.running(again, 3)


def test_it_is_stored_replaced_and_read_by_researchers(tmp_path: Path, database: str) -> None:
    writer = journal_in(tmp_path)
    session = Issued(writer)
    session.open()
    session.track(1, "head_pose")
    session.event("phase", {"phase": "running", "reason": "begin"}, t=0.0)
    for _ in range(10):
        session.batch(1, 36)
    session.next_seq[1] += 36
    session.batch(1, 36)
    session.event("phase", {"phase": "debrief", "reason": "stop"}, t=6.0)
    session.track(2, "voice")
    session.close()
    writer.close()
    drain = Drain(tmp_path, database)
    while drain.step():
        pass
    drain.close()
    with psycopg.connect(database) as connection:
        found = quality.of_tracks(trace.read(connection, session.id))
        assert store.read(connection, session.id) == {}
        store.write(connection, session.id, found, software="0.1")
        store.write(connection, session.id, found, software="0.2")
        assert store.read(connection, session.id) == found
        connection.execute("SET ROLE talkdown_research")
        seen = connection.execute(
            "SELECT track, stream, software, verdict, rows, missing, gaps, clock_p95_ms, clipped, causes"
            " FROM research.quality ORDER BY track"
        ).fetchall()
        assert seen == [
            (1, "head_pose", "0.2", "poor", 396, 36, 1, 1.0, None,
             {"lost": {"count": 1, "seconds": pytest.approx(37 / 72, abs=1e-5), "missing": 36}}),
            (2, "voice", "0.2", "none", 0, 0, 0, None, None, {}),
        ]  # fmt: skip
        connection.execute("RESET ROLE")
        # Once rows are pruned the older account is the better one.
        connection.execute("DELETE FROM core.head_pose WHERE seq < 200")
        connection.execute(
            "INSERT INTO core.pruned SELECT session_id, 'head_pose', opened_at + '2 s' FROM core.session"
        )
        later = quality.of_tracks(trace.read(connection, session.id))
        assert later[1]["pruned"] == 200
        store.write(connection, session.id, later, software="0.3")
        assert store.read(connection, session.id)[1] == found[1]
        with pytest.raises(UnknownSession, match="is it still being stored"):
            store.write(connection, uuid4(), found, software="0.1")
