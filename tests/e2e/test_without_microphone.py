"""Somebody without a microphone takes part by keys and choices, and the report says what was not observed."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.audit import audit
from tests.e2e.chromium import tab
from tests.e2e.playing import Trainee
from tests.e2e.stand import Stand

pytestmark = pytest.mark.browser

VOICE_MEASURES = ("vocal_effort", "loud_fraction")


def test_without_a_microphone_the_voice_counts_as_not_observed(stand: Stand, browser: Browser) -> None:
    opened = stand.open()
    trainee = Trainee(tab(browser, f"{stand.url}/station"))
    page = trainee.page
    trainee.screen("join")
    page.get_by_label("Session code").fill(opened.code.replace("-", " ").lower())
    page.keyboard.press("Enter")
    trainee.consent(microphone=False)
    trainee.screen("briefing")
    expect(page.get_by_text("No microphone: act by keys and choices.")).to_be_visible()
    trainee.begin()
    expect(page.get_by_text("No microphone", exact=True)).to_be_visible()
    audit(page)
    page.keyboard.press("1")
    expect(page.get_by_text("Hi. I'm with the police.").first).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("region", name="Radio").get_by_text("on the way")).to_be_visible()
    trainee.acknowledged()
    stand.end(opened)
    page.get_by_role("link", name="Open the report").click()
    for title in ("Voice level against your own normal voice", "Share of your speech that was loud"):
        expect(page.locator("section.open li").filter(has_text=title)).to_be_visible()
    check_report(stand.report(opened))
    recorded = stand.stored(opened)
    assert len(recorded.stream("voice")) == 0
    assert len(recorded.stream("head_pose")) > 0
    assert trainee.tab.faults == []


def check_report(report: dict[str, Any]) -> None:
    """No value, no points, and the reason beside it; nothing of it counts as zero."""
    measures = {each["id"]: each for component in report["components"] for each in component["measures"]}
    for name in VOICE_MEASURES:
        measure = measures[name]
        assert measure["status"] in ("missing", "insufficient", "invalid")
        assert measure["value"] is None
        assert measure["score"] is None
        assert measure["reason"]
        assert measure["evidence"] == []
