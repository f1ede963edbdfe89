"""First contact and the voice against one's own normal voice."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from scoring.listening import first_verbal_contact, gated
from scoring.measurement import Status
from scoring.observed import Voice, observe
from tests.scoring.traces import RULES, Play, measure, shelter, steps, still, trace

VOICE = ("vocal_effort", "loud_fraction")


# --- first verbal contact -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("play", "seconds"),
    [
        (Play(speech=[(4, 20, 0)]), 4.0),
        (Play(speech=[(-1, 20, 0)]), 0.0),
        (Play(speech=[(2, 2.1, 0), (3, 3.18, 0), (35, 40, 0)]), 35.0),  # coughs are no contact
        (Play(speech=[(50, 60, 0)], said=[(22, "chosen")]), 22.0),
        (Play(speech=[(50, 60, 0)], said=[(32, "marked")]), 32.0),
        (Play(speech=[(50, 60, 0)], frozen=[(10, 30)]), 30.0),
        (Play(speech=[(2, 3, 0), (30, 40, 0)], lost={"actor_pose": [(0, 20)]}), 10.0),  # Daniel came at 20 s
    ],
)
def test_the_first_word(play: Play, seconds: float) -> None:
    found = measure("first_verbal_contact", play)
    assert found.value == pytest.approx(seconds, abs=0.021)
    assert found.score == pytest.approx(100 if seconds <= 10 else 2 * (60 - seconds), abs=0.1)


@pytest.mark.parametrize(
    ("play", "by"),
    [
        (Play(speech=[(4, 20, 0)]), None),
        (Play(speech=[(50, 60, 0)], said=[(2, "chosen")]), "by a chosen line"),
        (Play(speech=[(50, 60, 0)], said=[(32, "chosen")]), "by a chosen line"),
        (Play(speech=[(50, 60, 0)], said=[(3, "marked")]), "by words that the instructor marked"),
        (Play(speech=[(4, 20, 0)], said=[(7, "chosen")]), None),
    ],
)
def test_a_first_word_that_was_not_heard_says_how_it_is_known(play: Play, by: str | None) -> None:
    assert measure("first_verbal_contact", play).reason == by


def test_late_words_are_told_with_the_time_they_were_due() -> None:
    (lapse,) = measure("first_verbal_contact", Play(speech=[(35, 50, 0)])).evidence
    assert lapse.text == (
        "From 00:00 on Daniel was there; your first words came 35 s later, at 00:35. Up to 10 s costs nothing."
    )
    assert lapse.t_start == 16
    assert lapse.t_end == pytest.approx(51, abs=0.021)


def test_never_a_word_is_0_points_if_it_could_be_heard() -> None:
    found = measure("first_verbal_contact", Play(speech=()))
    assert (found.status, found.value, found.score) == (Status.OK, None, 0.0)
    assert found.evidence[0].points == -100
    assert found.evidence[0].observed is None


@pytest.mark.parametrize(
    ("play", "status"),
    [
        (Play(microphone=False), Status.MISSING),
        (Play(microphone=False, said=[(40, "chosen")]), Status.MISSING),  # spoke aloud before? nobody heard
        (Play(speech=[(70, 80, 0)], lost={"voice": [(1, 60)]}), Status.INSUFFICIENT),
        (Play(speech=(), seconds=9), Status.INSUFFICIENT),  # a first word was not yet due
    ],
)
def test_unheard_time_is_not_held_against_anybody(play: Play, status: Status) -> None:
    found = measure("first_verbal_contact", play)
    assert (found.status, found.score) == (status, None)
    assert found.reason


def test_a_first_word_by_a_clock_that_nobody_knows_is_not_judged() -> None:
    recorded = trace(Play())
    for bound_s, status in ((0.9, Status.OK), (1.1, Status.INVALID), (np.inf, Status.INVALID)):
        tracks = tuple(replace(track, bound_s=bound_s) for track in recorded.tracks)
        seen = observe(replace(recorded, tracks=tracks), shelter())
        assert seen is not None
        assert first_verbal_contact(seen, RULES["first_verbal_contact"]).status is status


def test_an_early_chosen_line_needs_no_microphone() -> None:
    assert measure("first_verbal_contact", Play(microphone=False, said=[(7, "chosen")])).score == 100


# --- vocal effort and loud speech ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "points"), [(0, 100), (1.5, 100), (-6, 100), (3, 100), (6.2, 60), (13.1, 10), (21.1, 0), (-12, 60)]
)
def test_the_ladder_of_vocal_effort(level: float, points: float) -> None:
    found = measure("vocal_effort", Play(speech=[(4, 30, level)]))
    assert found.value == pytest.approx(level, abs=1e-5)
    assert found.score == pytest.approx(points, abs=1e-3)
    assert sum(row.points for row in found.evidence) == pytest.approx((found.score or 0) - 100, abs=1e-9)


def test_pauses_and_the_room_do_not_count_as_quiet_speech() -> None:
    spoken = [(at, at + 1.5, 0.0) for at in range(4, 40, 3)]
    assert measure("vocal_effort", Play(speech=spoken)).value == pytest.approx(0, abs=1e-5)


def test_loud_moments_are_told_and_the_loudest_costs_most() -> None:
    found = measure("vocal_effort", Play(speech=[(4, 20, 0), (30, 34, 9), (50, 52, 15)]))
    first, second = found.evidence
    assert first.text == ("At 00:30 you spoke 9 LU louder than your normal voice for 4 s; up to +3 LU costs nothing.")
    assert second.observed == pytest.approx(15, abs=0.01)
    assert second.points < first.points < 0
    assert second.points / first.points == pytest.approx(2 * (10**1.5 - 10**0.3) / (4 * (10**0.9 - 10**0.3)), rel=0.15)
    assert found.low is not None
    assert found.score is not None
    assert found.low < found.score


def test_soft_speech_is_told_as_soft() -> None:
    found = measure("vocal_effort", Play(speech=[(4, 30, -9)]))
    assert "you spoke 9 LU softer than your normal voice" in found.evidence[0].text
    assert "Speak up" in found.evidence[0].alternative


def test_the_share_of_loud_speech() -> None:
    found = measure("loud_fraction", Play(speech=[(4, 22, 0), (30, 32, 14)]))
    assert found.value == pytest.approx(0.1, abs=0.001)
    assert found.score == pytest.approx(50, abs=0.5)
    assert [row.kind for row in found.evidence] == ["loud"]
    assert found.evidence[0].text.startswith("At 00:30 you raised your voice to 14 LU above")


def test_speech_before_anybody_was_addressed_does_not_count() -> None:
    """A shout counts from the first contact on; shouting from afar is the first contact."""
    far = steps((0, 9), (60, 9), (62, 3))
    assert measure("vocal_effort", Play(distance=far, speech=[(0.1, 20, 15)])).value == pytest.approx(15, abs=0.01)


@pytest.mark.parametrize(
    ("play", "status", "reason"),
    [
        (Play(microphone=False), Status.MISSING, "no microphone"),
        (Play(calibrated=None), Status.MISSING, "no calibration"),
        (Play(calibrated=False), Status.INVALID, "not accepted: too noisy"),
        (Play(gain_control=True), Status.INVALID, "automatic gain control"),
        (Play(gain_control=None), Status.INVALID, "did not say"),
        (Play(clipped=0.02), Status.INVALID, "clipping"),
        (Play(noise=-33.0), Status.INVALID, "above the noise of the room"),
        (Play(speech=[(4, 12, 0)]), Status.INSUFFICIENT, "8 s of your speech"),
        (Play(lost={"voice": [(25, 110)]}), Status.INSUFFICIENT, "half is needed"),
    ],
)
def test_a_voice_that_cannot_be_judged_is_not_judged(play: Play, status: Status, reason: str) -> None:
    for name in VOICE:
        found = measure(name, play)
        assert (found.status, found.score, found.low, found.high) == (status, None, 0.0, 100.0)
        assert reason in str(found.reason)


@settings(max_examples=20)
@given(st.floats(-20, 20))
def test_the_gain_of_the_microphone_changes_nothing(gain: float) -> None:
    play = Play(speech=[(4, 20, 1), (30, 40, 8), (50, 52, 15)])
    for name in VOICE:
        assert measure(name, play.but(gain=gain)).score == pytest.approx(measure(name, play).score, abs=1e-3)


def test_gating_is_that_of_bs1770() -> None:
    """Of -20 and -36 LUFS the gate (10 LU below the mean) leaves the former; digital silence never counts."""
    power = np.concatenate([np.full(500, -20.0), np.full(500, -36.0), np.full(500, -120.0)])
    t = np.arange(len(power)) / 50
    voice = Voice(t, np.full(len(t), 0.02), power, power, np.zeros(len(t)), np.ones(len(t), np.bool_), 0.0)
    _, energies = gated(voice, voice.speaking)
    # Three blocks straddle the step from -20 to -36 and pass the gate, as in BS.1770; hence the tolerance.
    assert 10 * np.log10(np.mean(energies)) == pytest.approx(-20.0, abs=0.15)
    assert len(gated(voice, voice.power < -100)[0]) == 0


def test_standing_still_says_nothing_about_the_voice() -> None:
    assert measure("vocal_effort", Play(distance=still(9))).score == 100
