"""The whole: a session in, a report out. What must hold for every session, whatever was done in it."""

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from scoring import Profile, TraceError, UnreviewedError, score, text_of
from scoring.document import EvidenceJson, MeasureJson, ReportJson
from scoring.grade import Standing
from telemetry import quality
from telemetry.streams import STREAMS
from telemetry.trace import Samples, Trace
from tests.scoring.traces import Play, chunked, report, shelter, shifted, steps, still, trace

UPSET = ((0.0, "upset", "person.calm.next[0]"),)
POOR = Play(
    distance=steps((0, 6), (30, 6), (32, 1.0), (60, 1.0), (66, 3)),
    agitation=still(75),
    speech=[(35, 50, 0), (50, 56, 9), (80, 84, 15)],
    branches=UPSET,
    radio=[(100, "co_responder")],
    injects=[70],
    said=[(55, "marked")],
    seconds=160,
)
"""Everything that can be lost is lost in part."""
levels = st.floats(-15, 22)


@st.composite
def plays(draw: st.DrawFn) -> Play:
    """Sessions of all kinds, well and badly played, well and badly recorded."""
    seconds = draw(st.floats(0.5, 150))
    moment = st.floats(0, seconds)
    places = sorted(draw(st.lists(st.tuples(moment, st.floats(0.2, 9)), min_size=1, max_size=6)))
    gaps = {
        stream: sorted(draw(st.lists(st.tuples(moment, moment).map(lambda p: (min(p), max(p))), max_size=2)))
        for stream in ("head_pose", "voice", "actor_pose")
    }
    return Play(
        seconds=seconds,
        pose_hz=draw(st.sampled_from([20.0, 72.0])),
        distance=steps(*places),
        agitation=still(draw(st.floats(0, 100))),
        speech=draw(st.lists(st.tuples(moment, moment, levels), max_size=6)),
        microphone=draw(st.booleans()),
        gain_control=draw(st.sampled_from([False, False, True, None])),
        calibrated=draw(st.sampled_from([True, True, False, None])),
        branches=[(at, node, "r") for at, node in sorted(draw(st.lists(
            st.tuples(moment, st.sampled_from(["calm", "upset", "upset.armed"])), max_size=4
        )))],
        indicated=draw(st.one_of(st.none(), moment)),
        radio=draw(st.lists(st.tuples(moment, st.sampled_from(["co_responder", "supervisor"])), max_size=2)),
        said=draw(st.lists(st.tuples(moment, st.sampled_from(["chosen", "marked"])), max_size=2)),
        ended=draw(st.sampled_from(["outcome", "outcome", "end", "stop", None])),
        lost=gaps,
    )  # fmt: skip


def measures(of: ReportJson) -> list[MeasureJson]:
    return [measure for component in of["components"] for measure in component["measures"]]


def evidence(of: ReportJson) -> list[EvidenceJson]:
    return [row for measure in measures(of) for row in measure["evidence"]]


def document(play: Play) -> ReportJson:
    return report(play).to_json()  # type: ignore[return-value]  # the shape it documents


@settings(max_examples=40, deadline=None)
@given(plays())
def test_every_report_is_sound(play: Play) -> None:
    found = document(play)
    json.dumps(found, allow_nan=False)
    grade = found["grade"]
    assert 0 <= grade["low"] <= grade["high"] <= 100
    assert (grade["total"] is None) == (grade["status"] == "not_graded") == (grade["reason"] is not None)
    if grade["total"] is not None:
        assert grade["low"] - 1e-9 <= grade["total"] <= grade["high"] + 1e-9
        lost = sum(row["total_points"] or 0.0 for row in evidence(found))
        assert lost == pytest.approx(grade["total"] - 100, abs=1e-9)
    for measure in measures(found):
        if measure["score"] is None:
            assert measure["reason"]
            assert measure["evidence"] == []
            assert (measure["low"], measure["high"]) in ((0, 100), (None, None))
        else:
            assert measure["low"] is not None
            assert measure["high"] is not None
            assert 0 <= measure["low"] <= measure["score"] <= measure["high"] <= 100
            points = sum(row["points"] for row in measure["evidence"])
            assert points == pytest.approx(measure["score"] - 100, abs=1e-9)
        assert 0 <= measure["coverage"] <= 1
    end = play.start + play.seconds + (play.ended is None)  # a record cut off goes on to its last row
    for row in evidence(found):
        assert play.start - 1e-6 <= row["t_start"] <= row["t_end"] <= end + 1e-6
        assert row["points"] <= 0
        assert row["text"]
        assert row["alternative"]
    assert text_of(found)


@settings(max_examples=15, deadline=None)
@given(plays(), st.integers(-1000, 100_000))
def test_another_hour_shifts_the_evidence_and_nothing_else(play: Play, seconds: int) -> None:
    recorded, profile = trace(play), Profile.load()
    one = score(recorded, shelter(), profile, software="x").to_json()
    other = score(shifted(recorded, seconds), shelter(), profile, software="x").to_json()

    def without_times(found: dict[str, object]) -> str:
        text = json.dumps(found, sort_keys=True)
        return re.sub(r'"(t|until|t_start|t_end|from_t)": [-+.e\d]+', "", text)

    assert without_times(one) == without_times(other)
    starts = [[row["t_start"] for row in evidence(each)] for each in (one, other)]  # type: ignore[arg-type]
    assert [t + seconds for t in starts[0]] == pytest.approx(starts[1], abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(plays(), st.integers(2, 7), st.randoms(use_true_random=False))
def test_neither_chunks_nor_the_order_of_events_matter(play: Play, parts: int, random: object) -> None:
    recorded, profile = trace(play), Profile.load()
    events = list(recorded.events)
    random.shuffle(events)  # type: ignore[attr-defined]  # hypothesis's random.Random
    mixed = chunked(replace(recorded, events=tuple(events)), parts)
    one = score(recorded, shelter(), profile, software="x")
    other = score(mixed, shelter(), profile, software="x")
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())


def test_the_same_trace_gives_the_same_bytes() -> None:
    texts = {json.dumps(document(POOR)) for _ in range(3)}
    assert len(texts) == 1


@settings(max_examples=15, deadline=None)
@given(plays(), st.sampled_from(["head_pose", "voice", "person_state", "actor_pose"]))
def test_missing_data_never_narrow_the_interval(play: Play, stream: str) -> None:
    play = play.but(ended="outcome", lost={})
    whole, part = document(play), document(play.but(lost={stream: [(-9, 999)]}))
    assert part["grade"]["low"] <= whole["grade"]["low"] + 1e-9
    for before, after in zip(measures(whole), measures(part), strict=True):
        assert (after["low"] or 0) <= (before["low"] or 0) + 1e-9


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 150), st.floats(0.3, 8)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(10, 140), st.integers(2, 30), st.floats(-9, 19)), min_size=1, max_size=5),
    st.sampled_from(["head_pose", "voice", "actor_pose"]),
    st.integers(10, 1400),
    st.integers(7, 900),
)
def test_what_is_lost_never_hides_what_was_done(
    places: list[tuple[float, float]], speech: list[tuple[int, int, float]], stream: str, at: int, tenths: int
) -> None:
    """The score of the whole lies within what is said to be possible of the part: a hole is neither good nor bad."""
    play = Play(
        seconds=150, distance=steps(*sorted(places)), agitation=still(70), branches=UPSET, said=[(0, "chosen")],
        speech=[(low, low + length, level) for low, length, level in speech],
    )  # fmt: skip
    whole, part = document(play), document(play.but(lost={stream: [(at / 10, (at + tenths) / 10)]}))
    assert whole["grade"]["total"] is None or part["grade"]["low"] <= whole["grade"]["total"] <= part["grade"]["high"]
    for before, after in zip(measures(whole), measures(part), strict=True):
        if before["score"] is None or after["low"] is None or after["high"] is None:
            continue
        # Blocks of 400 ms begin elsewhere after a gap: a decibel's rounding of the loudness.
        aside = 0.5 if before["id"] == "vocal_effort" else 1e-6
        assert after["low"] - aside <= before["score"] <= after["high"] + aside, before["id"]
        if after["score"] is not None and after["coverage"] < before["coverage"] - 1e-3:
            assert after["high"] - after["low"] > 0 or after["score"] in (0, 100)


def test_a_headset_that_was_taken_off_neither_stands_still_nor_keeps_its_distance() -> None:
    """On a table, far from anybody, for a minute: not observed, as if it had sent nothing."""
    play = POOR.but(distance=steps((0, 1), (60, 1), (60.1, 9), (120, 9), (120.1, 1)))
    recorded, silent = trace(play), trace(play.but(lost={"head_pose": [(59.5, 120.5)], "voice": [(59.5, 120.5)]}))
    t = np.arange(0, 400) / 2
    worn = np.where((t >= play.start + 60) & (t <= play.start + 120), 0.0, 1.0)
    columns = {name: np.ones(len(t), np.float32) for name in STREAMS["headset_state"].names}
    columns["worn"] = worn.astype(np.float32)
    state = Samples(STREAMS["headset_state"], 9, "", "trainee", t, np.arange(len(t)), 1000 * t, columns)

    def components(of: Trace) -> object:
        return score(of, shelter(), Profile.load(), software="x").to_json()["components"]

    told = components(replace(recorded, tracks=(*recorded.tracks, state)))
    assert told == components(silent)
    assert told != components(recorded)

def test_a_headset_that_slept_a_minute_was_not_observed_and_did_not_stand_still() -> None:
    slept = document(POOR.but(lost={"head_pose": [(30, 90)], "voice": [(30, 90)]}))
    found = {measure["id"]: measure for measure in measures(slept)}
    for name in ("distance_kept", "crowding", "vocal_effort", "loud_fraction"):
        assert found[name]["coverage"] == pytest.approx(2 / 3, abs=0.002)
        assert found[name]["evidence"] == []


def test_without_a_microphone_the_voice_is_missing_and_never_0() -> None:
    found = {measure["id"]: measure for measure in measures(document(POOR.but(microphone=False, said=())))}
    for name in ("first_verbal_contact", "vocal_effort", "loud_fraction"):
        assert (found[name]["status"], found[name]["value"], found[name]["score"]) == ("missing", None, None)
        assert "no microphone" in str(found[name]["reason"])
    assert found["distance_kept"]["status"] == "ok"
    assert document(POOR.but(microphone=False))["grade"]["total"] is None


BETTER = [
    ("farther", {"distance": steps((0, 6), (30, 6), (32, 1.0), (50, 1.0), (56, 3))}),
    ("slower", {"distance": steps((0, 6), (28, 6), (60, 1.0), (60.5, 1.0), (66, 3))}),
    ("softer", {"speech": [(35, 50, 0), (50, 56, 5), (80, 84, 15)]}),
    ("not loud", {"speech": [(35, 50, 0), (50, 56, 9), (80, 84, 5)]}),
    ("earlier word", {"speech": [(20, 21, 0), (35, 50, 0), (50, 56, 9), (80, 84, 15)]}),
    ("earlier call", {"radio": [(60, "co_responder")]}),
]


@pytest.mark.parametrize(("what", "changes"), BETTER, ids=[name for name, _ in BETTER])
def test_doing_better_raises_the_total(what: str, changes: dict[str, object]) -> None:
    before, after = document(POOR)["grade"], document(POOR.but(**changes))["grade"]
    assert before["total"] is not None
    assert after["total"] is not None
    assert after["total"] > before["total"]


@settings(max_examples=15, deadline=None)
@given(st.floats(12, 160), st.floats(12, 160), levels, levels)
def test_a_better_value_never_lowers_the_total(call: float, other: float, level: float, softer: float) -> None:
    early, late = sorted((call, other))
    low, high = sorted((max(0.0, level), max(0.0, softer)))
    good = document(POOR.but(radio=[(early, "co_responder")], speech=[(35, 60, low)]))["grade"]["total"]
    poor = document(POOR.but(radio=[(late, "co_responder")], speech=[(35, 60, high)]))["grade"]["total"]
    assert good is not None
    assert poor is not None
    assert good >= poor - 1e-9


def test_a_default_report_has_no_letter_and_no_verdict() -> None:
    found = document(POOR)
    assert set(found["grade"]) == {"status", "total", "low", "high", "reason", "precision"}
    assert not re.search(r"\b(pass|fail|grade [A-F])\b", report(POOR).to_text(), re.IGNORECASE)
    assert "Not validated for hiring, discipline or certification" in found["statement"]


def test_a_report_says_that_nobody_has_reviewed_its_scenario() -> None:
    told = "not reviewed by clinicians or people with lived experience"
    assert told in document(POOR)["statement"]
    assert told in " ".join(report(POOR).to_text().split())
    reviewed = replace(shelter(), reviewed_by=("A. Clinician",))
    assert told not in score(trace(POOR), reviewed, Profile.load(), software="x").to_text()


def test_a_summative_profile_refuses_what_nobody_has_reviewed() -> None:
    formative = (Path(str(files("scoring"))) / "profiles" / "formative.toml").read_bytes()
    summative = Profile.parse(b"summative = true\n" + formative, name="qualifying")
    with pytest.raises(UnreviewedError, match="the summative profile 'qualifying' does not grade it"):
        score(trace(POOR), shelter(), summative, software="x")
    reviewed = replace(shelter(), reviewed_by=("A. Clinician",))
    assert score(trace(POOR), reviewed, summative, software="x").profile.summative


def test_nothing_is_said_about_what_the_trainee_felt_or_meant() -> None:
    words = r"\b(you (felt|feel|wanted|meant|tried)|angry|anxious|nervous|aggressive|careless|subject|stand-off)\b"
    for row in evidence(document(POOR)):
        assert not re.search(words, row["text"] + row["alternative"], re.IGNORECASE)
        assert re.match(r"(At|From) \d\d:\d\d ", row["text"])


@pytest.mark.parametrize(
    ("ended", "reason"),
    [("stop", "never graded"), (None, "the record ends before"), ("power_cut", "ended by 'power_cut'")],
)
def test_a_stopped_session_is_not_graded_and_its_measures_are_there(ended: str | None, reason: str) -> None:
    found = document(POOR.but(ended=ended))
    assert (found["grade"]["status"], found["grade"]["total"]) == ("not_graded", None)
    assert (found["grade"]["low"], found["grade"]["high"]) == (0, 100)
    assert reason in str(found["grade"]["reason"])
    assert {component["status"] for component in found["components"]} == {str(Standing.NOT_GRADED)}
    assert {component["score"] for component in found["components"]} == {None}
    assert all(measure["score"] is not None for measure in measures(found))
    assert {row["total_points"] for row in evidence(found)} == {None}
    assert "Not graded: " in report(POOR.but(ended=ended)).to_text()


def test_a_session_that_the_instructor_ends_is_graded() -> None:
    found = document(POOR.but(ended="end"))
    assert found["grade"]["status"] == "graded"
    assert found["session"]["outcome"] is None
    assert found["influenced"][-1]["what"] == "scenario ended"


def test_a_session_that_never_began() -> None:
    recorded = trace(POOR)
    found = score(replace(recorded, events=recorded.events[:1]), shelter(), Profile.load(), software="x").to_json()
    assert found["grade"]["reason"] == "the scenario never began"  # type: ignore[index]
    assert json.dumps(found, allow_nan=False)


def test_another_scenario_is_refused() -> None:
    other = replace(shelter(), sha256="0" * 64)
    with pytest.raises(TraceError, match="grade it with the file it was played with"):
        score(trace(POOR), other, Profile.load(), software="x")


def test_what_the_instructor_did_is_listed() -> None:
    found = document(POOR.but(frozen=[(120, 131)]))["influenced"]
    assert [(each["t"] - 16, each["by"], each["what"]) for each in found] == [
        (55, "instructor", "speech marked: Open question"),
        (70, "instructor", "event brought in: A siren passes"),
        (120, "instructor", "scenario frozen for 11 s"),
    ]


def test_a_short_session_says_that_it_says_little() -> None:
    assert document(POOR)["grade"]["precision"] == "approximate"
    assert document(POOR.but(seconds=110))["grade"]["precision"] == "low"


def test_the_quality_of_the_record() -> None:
    recorded = trace(POOR.but(lost={"head_pose": [(20, 40)], "voice": [(-9, 999)]}))
    found = score(recorded, shelter(), Profile.load(), software="test").to_json()["quality"]
    assert found == quality.of(recorded, quality.running(recorded))
    streams = {each["stream"]: each for each in found["streams"]}
    assert set(streams) == {"actor_pose", "head_pose", "person_state", "voice"}
    head = streams["head_pose"]
    assert (head["verdict"], head["gaps"]["count"], head["missing"]) == ("poor", 1, 0)
    assert head["gaps"]["longest_s"] == pytest.approx(20, abs=0.02)
    assert head["coverage"] == pytest.approx(140 / 160, abs=0.001)
    assert (streams["voice"]["verdict"], streams["voice"]["rows"], streams["voice"]["coverage"]) == ("none", 0, 0.0)
    never = document(Play(seconds=0.0, ended=None).but(ended="stop"))["quality"]
    assert (never["seconds"], never["summary"]) == (0.0, "The scenario never ran.")


def test_the_terminal_shows_grade_components_and_moments() -> None:
    shown = report(POOR).to_text()
    total = report(POOR).grade.total
    assert total is not None
    assert f"Grade  {total:.0f} of 100, between " in shown
    assert "At 00:31 you stood 1.0 m from Daniel, too near for" in " ".join(shown.split())
    assert "Another way: Step back" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100


def test_the_interval_of_a_session_of_two_halves_is_wide() -> None:
    even = Play(seconds=600, distance=lambda t: np.where(t % 10 < 3, 1.0, 3.0), speech=[(1, 600, 0)], branches=UPSET)
    halves = even.but(distance=lambda t: np.where(t < 180, 1.0, 3.0))
    widths = []
    for play in (even, halves):
        kept = next(each for each in measures(document(play)) if each["id"] == "distance_kept")
        assert kept["value"] == pytest.approx(0.7, abs=0.002)
        widths.append((kept["high"] or 0) - (kept["low"] or 0))
    assert widths[0] < 3
    assert widths[1] > 30
