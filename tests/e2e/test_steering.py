"""An instructor steers a session by keys alone: takes a branch, holds one, nudges, goes back, lets it go on."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from telemetry.trace import Trace
from tests.e2e.chromium import tab
from tests.e2e.playing import Instructor, Trainee
from tests.e2e.stand import Stand

pytestmark = pytest.mark.browser


def test_an_instructor_steers_a_session_and_goes_back(stand: Stand, browser: Browser) -> None:
    opened = stand.open()
    trainee = Trainee(tab(browser, stand.station(opened)))
    instructor = Instructor(tab(browser, stand.console(opened), width=1280, height=800))
    trainee.consent(microphone=False)
    trainee.begin()
    take_a_branch(instructor)
    hold_one_and_let_it_go(instructor)
    nudge(instructor)
    call_and_go_back(trainee, instructor)
    go_on(trainee, instructor)
    # In a second attempt the bar is at its fullest.
    wide, shown = instructor.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown, "the console needs scrolling sideways on a laptop"
    instructor.end()
    assert trainee.tab.faults == []
    assert instructor.tab.faults == []
    check_the_report(stand.report(opened))
    check_the_record(stand.stored(opened))


def branches(instructor: Instructor) -> Locator:
    """What could come next for Daniel."""
    return instructor.page.get_by_role("list", name="What could come next: Daniel").locator("li")


def stands_at(instructor: Instructor, node: str) -> None:
    """Wait until the console says where Daniel is."""
    here = instructor.page.locator(".region", has_text="Daniel").locator(".trail li").last
    expect(here).to_have_text(node)


def take_a_branch(instructor: Instructor) -> None:
    """Nothing is taken before something is chosen."""
    stands_at(instructor, "at the kerb")
    instructor.press("Enter")
    expect(instructor.page.locator(".word")).to_have_text("No branch is chosen: ↓ and ↑ choose one")
    instructor.press("ArrowDown")
    instructor.press("ArrowDown")
    expect(branches(instructor).nth(1)).to_have_attribute("aria-current", "true")
    expect(branches(instructor).nth(1)).to_contain_text("sees the officer come: distance < 6 m")
    instructor.press("Enter")
    stands_at(instructor, "wary")
    instructor.logged("Sends Daniel: wary")


def hold_one_and_let_it_go(instructor: Instructor) -> None:
    first = branches(instructor).first
    instructor.press("ArrowDown")
    expect(first).to_have_attribute("aria-current", "true")
    instructor.press(".")
    expect(first).to_have_attribute("data-standing", "held")
    instructor.press(".")
    expect(first).not_to_have_attribute("data-standing", "held")
    instructor.logged("Lets go Daniel’s branch 1 at wary")  # noqa: RUF001 - as the page writes it


def nudge(instructor: Instructor) -> None:
    """Trust is the second state; the keys mean it once it is chosen."""
    for button in instructor.page.locator(".nudge button").all():
        box = button.bounding_box()
        room = instructor.page.locator(".regions").bounding_box()
        assert box is not None
        assert room is not None
        assert box["x"] + box["width"] <= room["x"] + room["width"], "a nudge is cut off on a laptop"
    instructor.press("-")
    instructor.logged("Nudges agitation by −10")  # noqa: RUF001 - a true minus sign
    instructor.press(",")
    instructor.press("+")
    instructor.logged("Nudges trust by +10")


def call_and_go_back(trainee: Trainee, instructor: Instructor) -> None:
    """What the trainee asked for after the moment that is gone back to has not been asked for."""
    call = trainee.page.get_by_role("button", name="Ask for a co-responder")
    trainee.page.keyboard.press("r")
    expect(call).to_contain_text("asked")
    instructor.press("Home")
    moments = instructor.page.locator(".moments button")
    expect(moments.first).to_contain_text("wary: sent by the instructor")
    expect(instructor.page.get_by_role("button", name="Go back").last).to_be_disabled()
    instructor.press("1")
    instructor.press("Enter")
    expect(instructor.page.locator(".bar .pill", has_text="Attempt 2")).to_be_visible()
    expect(trainee.page.get_by_role("heading", name="Back to an earlier moment")).to_be_visible()
    expect(call).not_to_contain_text("asked")
    stands_at(instructor, "wary")


def go_on(trainee: Trainee, instructor: Instructor) -> None:
    instructor.press(" ")
    trainee.screen("running")
    instructor.press("f")
    instructor.logged("Flag")


def check_the_report(report: dict[str, Any]) -> None:
    session = report["session"]
    assert (session["attempt"], session["attempts"]) == (2, 2)
    assert session["began"] == "when a branch had been taken: sent by the instructor"
    assert session["from_ms"] > 0


def check_the_record(recorded: Trace) -> None:
    """Every key is an event of its own, by whom; scenario time steps back once, session time never."""
    steered = [event for event in recorded.events if event.type in ("goto", "hold", "nudge", "rewind", "resume")]
    assert {event.actor for event in steered} == {"instructor-1"}
    assert [event.type for event in steered] == ["goto", "hold", "hold", "nudge", "nudge", "rewind", "resume"]
    assert [event.data for event in steered[:5]] == [
        {"region": "person", "node": "wary"},
        {"rule": "person.wary.next[0]", "on": True},
        {"rule": "person.wary.next[0]", "on": False},
        {"state": "agitation", "by": -10.0},
        {"state": "trust", "by": 10.0},
    ]
    times = [event.t for event in recorded.events]
    assert times == sorted(times)
    scenario = [event.ms for event in recorded.events if event.ms is not None]
    assert sum(later < earlier for earlier, later in pairwise(scenario)) == 1
