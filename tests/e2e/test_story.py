"""One session from the trainee's code to the evidence, on real pages, and what of it the database has."""

import re

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page, expect

from telemetry.trace import Samples, Trace
from tests.e2e.chromium import Tab, tab
from tests.e2e.playing import POSE_LOG, Instructor, Trainee
from tests.e2e.stand import Opened, Stand
from tests.e2e.voice_file import VoiceFile

pytestmark = pytest.mark.browser

PERSON = "daniel"
#: How near the trainee goes, and how far they back off again (m).
NEAR_M, BACK_M = 1.7, 3.5
#: Distance and voice are judged from 10 s on (scoring/profiles/formative.toml), and nobody speaks without a pause.
GRADED_S = 13.0
#: How well the stored distance must match the walk.
WITHIN_M = 0.05
#: Two readings of one machine's clock, through a browser's origin of time.
ONE_CLOCK_S = 0.02

Table = npt.NDArray[np.float64]


def test_a_session_from_the_code_to_the_evidence(stand: Stand, browser: Browser, voice_file: VoiceFile) -> None:
    opened = stand.open()
    trainee = Trainee(tab(browser, stand.station(opened)))
    instructor = Instructor(tab(browser, stand.console(opened), width=1280, height=800))
    play(trainee, instructor)
    told, origin_ms = trainee.page.evaluate("() => [window.poseLog, performance.timeOrigin]")
    trainee.tab.close()
    instructor.tab.close()
    read_the_report(browser, stand, opened)
    recorded = stand.stored(opened)
    check_what_was_sent_is_stored(trainee.tab, recorded)
    check_the_page_told_its_place_truly(np.array(told), recorded)
    check_the_distance(trainee.tab, recorded)
    check_the_clock(origin_ms, recorded)
    check_the_voice(voice_file, recorded)
    check_what_the_instructor_did(recorded)
    assert trainee.tab.faults == []
    assert instructor.tab.faults == []


# --- what is done ----------------------------------------------------------------------------------------------------


def play(trainee: Trainee, instructor: Instructor) -> None:
    """Join, calibrate, walk up, be seen, have something happen, back off, be ended."""
    trainee.consent(microphone=True)
    trainee.calibrate()
    trainee.begin()
    trainee.page.evaluate(POSE_LOG)
    instructor.shows_metres(6.0, 9.0)
    trainee.page.keyboard.press("1")
    trainee.closer(PERSON, NEAR_M)
    instructor.shows_metres(0.9, 2.0)
    instructor.press("s")
    instructor.logged("A siren passes")
    instructor.press("2")
    instructor.logged("Marked: reflection")
    trainee.back(PERSON, BACK_M)
    instructor.shows_metres(BACK_M - 0.5, 9.0)
    trainee.stands()
    trainee.recorded(GRADED_S)
    trainee.acknowledged()
    instructor.end()
    expect(trainee.page.get_by_role("heading", name="The exercise is over")).to_be_visible()
    expect(trainee.page.get_by_role("link", name="Open the report")).to_be_visible()


def read_the_report(browser: Browser, stand: Stand, opened: Opened) -> None:
    """The grade is there, and a line of evidence opens its moment, also through the person's eyes."""
    report = stand.report(opened)
    page_tab = tab(browser, stand.report_page(opened), width=1280, height=800)
    page = page_tab.page
    grade = report["grade"]
    expect(page.locator(".grade-figure output")).to_have_text(f"{grade['total']:.0f}")
    moment = page.locator("section.first .moment").first
    began = moment.locator("time").inner_text()
    moment.click()
    expect(moment).to_have_attribute("aria-current", "true")
    shown = page.locator(".controls .time")
    expect(shown).to_have_text(re.compile("|".join(f"^{clock}" for clock in just_before(began))))
    page.keyboard.press(" ")
    look_through(page, "Daniel\N{RIGHT SINGLE QUOTATION MARK}s eyes")
    assert page_tab.faults == []


def just_before(began: str) -> list[str]:
    """The clock's faces in the seconds before a moment and at its beginning, when its replay starts."""
    minutes, seconds = re.findall(r"\d+", began)[:2]
    at = int(minutes) * 60 + int(seconds)
    return [f"{each // 60:02d}:{each % 60:02d}" for each in range(max(0, at - 4), at + 2)]


def look_through(page: Page, whose: str) -> None:
    """Change eyes; the picture is another one then."""
    canvas = page.locator(".player .view canvas")
    before = canvas.screenshot()
    page.get_by_role("button", name=whose).click()
    expect(page.get_by_role("button", name=whose)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Your eyes")).to_have_attribute("aria-pressed", "false")
    for _ in range(20):
        if canvas.screenshot() != before:
            return
    pytest.fail(f"{whose} see the same picture")


# --- what is stored --------------------------------------------------------------------------------------------------


def check_what_was_sent_is_stored(station: Tab, recorded: Trace) -> None:
    """Every row that left the page is in the database, once, unchanged."""
    for stream in ("head_pose", "voice"):
        sent, stored = station.tap.rows(stream), recorded.stream(stream)
        np.testing.assert_array_equal(stored.seq, sent.seq)
        np.testing.assert_allclose(stored.client_ms, sent.client_ms, atol=0.001)
        np.testing.assert_array_equal(table(stored), sent.values)
        assert np.array_equal(sent.seq, np.arange(len(sent.seq)))


def check_the_page_told_its_place_truly(told: Table, recorded: Trace) -> None:
    """Each place that the page showed is that of a stored row, to float32, and they come in order."""
    stored = recorded.stream("head_pose")
    rows = table(stored)
    told = told[(told[:, 0] > stored.client_ms[0]) & (told[:, 0] < stored.client_ms[-1])]
    assert len(told) > 20
    at = 0
    for now, *pose in told:
        # A step may be shown a moment before the time it is taken for: it is due within the frame.
        due = int(np.searchsorted(stored.client_ms, now, side="right")) + 1
        fits = np.abs(rows[at:due] - np.array(pose)).max(axis=1) < 1e-5
        assert fits.any(), f"at {now:.0f} ms the page was at {pose}, and no row from {at} to {due} says so"
        at += int(np.argmax(fits))


def check_the_distance(station: Tab, recorded: Trace) -> None:
    """The stored distance is the walk, to 5 cm.

    The server decides by the newest place that has arrived. So each stored distance must be that of a place which
    the page sent, seen from where the person was at that tick, and places must be used in the order they were sent.
    """
    near = recorded.stream("proximity", PERSON)
    distance = near["distance"].astype(np.float64)
    walk, person = places_sent(station), places_of_person(station, recorded, near.t)
    used = 0
    for stored, (x, z) in zip(distance, person, strict=True):
        fits = np.abs(np.hypot(walk[used:, 0] - x, walk[used:, 1] - z) - stored) <= WITHIN_M
        assert fits.any(), f"{stored:.3f} m is the distance of no place sent from row {used} on"
        used += int(np.argmax(fits))
    # Where the trainee stood still, at the end, there is no choice between places.
    at_rest = np.hypot(walk[-1, 0] - person[-10:, 0], walk[-1, 1] - person[-10:, 1])
    assert np.abs(distance[-10:] - at_rest).max() <= WITHIN_M
    nearest = int(np.argmin(walk[:, 1]))
    assert walk[0, 1] - walk[nearest, 1] > 3.0
    assert walk[-1, 1] - walk[nearest, 1] > 1.0
    assert distance.min() < NEAR_M + WITHIN_M


def places_sent(station: Tab) -> Table:
    """Where the page said the trainee was: x and z of every row, (n, 2)."""
    return station.tap.rows("head_pose").values[:, [0, 2]].astype(np.float64)


def places_of_person(station: Tab, recorded: Trace, t: Table) -> Table:
    """Where the person was at ticks ``t``: x and z, (n, 2). The page was shown the same, at the same time."""
    stored = recorded.stream("actor_pose", PERSON)
    at = np.abs(stored.t[:, None] - t).argmin(axis=0)
    np.testing.assert_allclose(stored.t[at], t, atol=1e-4)
    shown = {push["t"]: push["actors"][PERSON]["p"] for push in station.tap.pushes("stage")}
    times = np.array([time for time in shown if stored.t[0] < time < stored.t[-1]])
    x, _, z = np.array([shown[time] for time in times]).T
    np.testing.assert_allclose(np.interp(times, stored.t, stored["px"]), x, atol=WITHIN_M)
    np.testing.assert_allclose(np.interp(times, stored.t, stored["pz"]), z, atol=WITHIN_M)
    return np.stack([stored["px"][at], stored["pz"][at]], axis=1).astype(np.float64)


def check_the_clock(origin_ms: float, recorded: Trace) -> None:
    """The rows are dated as truly as the record claims: page and server run on one machine, with one clock."""
    opened = recorded.session.opened_at.timestamp()
    for stream in ("head_pose", "voice"):
        rows = recorded.stream(stream)
        error = rows.t - ((origin_ms + rows.client_ms) / 1e3 - opened)
        assert np.abs(error).max() <= rows.bound_s + ONE_CLOCK_S


def check_the_voice(voice_file: VoiceFile, recorded: Trace) -> None:
    """The stored level is the file's, to 1 LU: phrase, momentary loudness, calibrated baseline, room."""
    voice = recorded.stream("voice")
    phrases = voice["power"][voice["power"] > voice_file.phrase_lufs - 1.0]
    assert len(phrases) > 200
    assert float(np.median(phrases)) == pytest.approx(voice_file.phrase_lufs, abs=0.2)
    assert float(voice["loudness"].max()) == pytest.approx(voice_file.phrase_lufs, abs=1.0)
    assert float(voice["clipped"].max()) == 0.0
    (calibrated,) = recorded.events_of("calibrated")
    assert calibrated.data["accepted"] is True
    assert calibrated.data["baseline_lufs"] == pytest.approx(voice_file.gated_lufs, abs=1.0)
    assert calibrated.data["noise_lufs"] == pytest.approx(voice_file.room_lufs, abs=1.0)


def check_what_the_instructor_did(recorded: Trace) -> None:
    """Everything that was done is in the record, by whom."""
    assert [event.data["inject"] for event in recorded.events_of("inject")] == ["siren"]
    assert [event.data["kind"] for event in recorded.events_of("said") if event.data["source"] == "marked"] == [
        "reflection"
    ]
    assert [event.data["choice"] for event in recorded.events_of("choice")] == ["introduce"]


def table(samples: Samples) -> npt.NDArray[np.float32]:
    """The columns side by side, (rows, columns)."""
    return np.stack([samples[name] for name in samples.stream.names], axis=1)
