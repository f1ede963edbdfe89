"""What a trainee and an instructor do on their pages, step by step."""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect

from tests.e2e.chromium import Tab

#: Keeps what `window.talkdown` says of the trainee's place, once a frame, beside the page's own clock.
POSE_LOG: Final = """() => {
  window.poseLog = [];
  const look = () => {
    const { pose } = window.talkdown;
    if (pose) window.poseLog.push([performance.now(), ...pose]);
    requestAnimationFrame(look);
  };
  look();
}"""


@dataclass
class Trainee:
    """The station page in a trainee's hands."""

    tab: Tab

    @property
    def page(self) -> Page:
        return self.tab.page

    def screen(self, name: str) -> None:
        """Wait until the page shows this screen."""
        self.page.wait_for_function("name => window.talkdown?.screen === name", arg=name)

    def consent(self, *, microphone: bool) -> None:
        """Read the content note, choose, agree."""
        self.screen("consent")
        expect(self.page.get_by_role("heading", name="You will meet")).to_be_visible()
        self.page.get_by_label("With my microphone" if microphone else "Without a microphone").check()
        self.page.get_by_role("button", name="I agree, go on").click()

    def calibrate(self) -> None:
        """Keep quiet, read until the page has heard enough, take what the server makes of it."""
        self.screen("calibration")
        done = self.page.get_by_role("button", name="I have read it")
        expect(done).to_be_visible()
        bar = "parseFloat(document.querySelector('.bar > i').style.transform.slice(7))"
        # The bar of the room's step is emptied with the next frame. 8 s of speech are needed, all of it is 10.5 s.
        self.page.wait_for_function(f"() => {bar} < 0.5")
        self.page.wait_for_function(f"() => {bar} > 0.82", polling=50)
        done.click()
        self.screen("calibrated")
        expect(self.page.get_by_role("heading", name="Thank you, that worked")).to_be_visible()
        self.page.get_by_role("button", name="Go on").click()

    def begin(self) -> None:
        self.screen("briefing")
        self.page.get_by_role("button", name="Begin", exact=True).click()
        self.screen("running")

    def distance(self, actor: str) -> float:
        return float(self.page.evaluate("actor => window.talkdown.distance[actor]", actor))

    def walk(self, key: str, until: str, arg: object) -> None:
        """Hold a key until something holds on the page."""
        self.page.keyboard.down(key)
        try:
            self.page.wait_for_function(until, arg=arg, polling=20)
        finally:
            self.page.keyboard.up(key)

    def closer(self, actor: str, metres: float) -> None:
        """Walk towards somebody until that near."""
        self.walk("w", "([actor, metres]) => window.talkdown.distance[actor] < metres", [actor, metres])

    def back(self, actor: str, metres: float) -> None:
        """Walk backwards until that far off."""
        self.walk("s", "([actor, metres]) => window.talkdown.distance[actor] > metres", [actor, metres])

    def stands(self) -> None:
        """Wait until the body has come to rest: the place of ten frames is one."""
        self.page.wait_for_function(
            """() => {
              const place = window.talkdown.pose.slice(0, 3).join();
              window.rest = place === window.restAt ? (window.rest ?? 0) + 1 : 0;
              window.restAt = place;
              return window.rest >= 10;
            }"""
        )

    def recorded(self, seconds: float) -> None:
        """Wait until the exercise has been recorded for so long."""
        rows = seconds * 72
        self.page.wait_for_function("rows => window.talkdown.streams.head_pose.next >= rows", arg=rows)

    def acknowledged(self) -> None:
        """Wait until everything this page has recorded so far is on the server's disk."""
        rows = self.page.evaluate("() => window.talkdown.streams.head_pose.next")
        self.page.wait_for_function("rows => window.talkdown.streams.head_pose.acked >= rows", arg=rows)


@dataclass
class Instructor:
    """The console of one session."""

    tab: Tab

    @property
    def page(self) -> Page:
        return self.tab.page

    def shows_metres(self, low: float, high: float) -> None:
        """Wait until the distance shown lies between these."""
        self.page.wait_for_function(
            """([low, high]) => {
              const shown = parseFloat(document.querySelector('[aria-label="Distance kept"] .strip-value').textContent);
              return shown >= low && shown <= high;
            }""",
            arg=[low, high],
        )

    def logged(self, text: str) -> None:
        """Wait for a line of the log."""
        expect(self.page.locator(".log-lines").get_by_text(text).first).to_be_attached()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def end(self) -> None:
        """End the session, and mean it."""
        self.press("x")
        self.page.get_by_role("button", name="End the session").click()
        expect(self.page.get_by_role("link", name="Open the report")).to_be_visible()
