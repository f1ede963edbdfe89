"""Play a session with the real server and take pictures of its pages: python -m tests.e2e.screenshots OUT_DIR

One page at a time is drawn in full quality, however slowly that goes without a graphics card. The trainee comes too
near, is told so, backs off to three metres, asks and listens; so the report has something to show.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from telemetry import embedded
from telemetry.migrate import migrate
from tests.e2e.chromium import Tab, chromium, tab
from tests.e2e.playing import Instructor, Trainee
from tests.e2e.stand import Opened, Stand, serving
from tests.e2e.voice_file import write

PERSON: Final = "daniel"
WIDTH: Final = 1440
HEIGHT: Final = 900
#: Long enough to fill most of the console's curves.
PLAYED_S: Final = 75
#: Milliseconds between frames of a page that must leave the machine to others, and of one that is held still: a frame
#: takes seconds, a picture of it longer than a line is shown.
HARDLY: Final = 3000
NEVER: Final = 1e9


@dataclass
class Pictures:
    """Where the pictures go, and what they are taken of."""

    out: Path
    stand: Stand
    browser: Browser

    def open(self, link: str, *, quality: str) -> Tab:
        """Open a link that was handed out, drawn in this quality."""
        page, fragment = link.split("#")
        return tab(self.browser, f"{page}?quality={quality}#{fragment}", width=WIDTH, height=HEIGHT)

    def take(self, page: Page, name: str) -> None:
        """Take a picture of the page as it was last drawn, and let it go on."""
        pace(page, NEVER)
        path = self.out / f"{name}.png"
        page.screenshot(path=path)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)
        pace(page, 0)


def pace(page: Page, gap_ms: float) -> None:
    """How often this page is drawn from now on."""
    page.evaluate("gap => { window.displayGap = gap; }", gap_ms)


def hold_while_speaking(page: Page, speaker: str) -> None:
    """Hold the page still, with somebody's line shown and their mouth drawn to it."""
    page.evaluate(
        """async (who) => {
          const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
          const line = () => document.querySelector('.captions').textContent;
          for (let shown = ''; shown === '' || shown !== line(); await frame()) {
            shown = line().startsWith(who) ? line() : '';
          }
          window.displayGap = 1e9;
        }""",
        speaker,
    )


def play(pictures: Pictures, opened: Opened) -> None:
    """One session, with pictures of the station and of the console."""
    stand = pictures.stand
    trainee = Trainee(pictures.open(stand.station(opened), quality="high"))
    trainee.consent(microphone=True)
    trainee.calibrate()
    # Keys are let go on time only where frames leave time.
    pace(trainee.page, HARDLY)
    trainee.begin()
    trainee.page.keyboard.press("1")
    trainee.closer(PERSON, 3.6)
    pace(trainee.page, 0)
    hold_while_speaking(trainee.page, "Daniel")
    pictures.take(trainee.page, "station")
    pace(trainee.page, HARDLY)
    trainee.page.keyboard.press("r")
    trainee.closer(PERSON, 1.6)
    trainee.recorded(25)
    trainee.back(PERSON, 3.0)
    instructor = Instructor(pictures.open(stand.console(opened), quality="high"))
    for key, line in (("1", "Marked: open question"), ("2", "Marked: reflection"), ("s", "A siren passes")):
        instructor.press(key)
        instructor.logged(line)
    trainee.page.keyboard.press("6")
    trainee.recorded(PLAYED_S)
    instructor.press("4")
    instructor.logged("Marked: reassurance")
    pictures.take(instructor.page, "instructor")
    instructor.end()
    trainee.tab.close()
    instructor.tab.close()


def look_back(pictures: Pictures, opened: Opened) -> None:
    """The report, at its dearest moment, through both pairs of eyes."""
    pictures.stand.report(opened)
    page = pictures.open(pictures.stand.report_page(opened), quality="high").page
    page.locator("section.first .moment").first.click()
    page.keyboard.press(" ")
    for name in ("report", "report-eyes"):
        # Nothing tells when everybody has been modelled and drawn; pictures may wait.
        page.wait_for_timeout(15_000)
        pictures.take(page, name)
        page.keyboard.press("e")


def main(out: Path) -> None:
    """Run a server of its own, and take all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="talkdown-pictures-") as name:
        folder = Path(name).resolve()
        # Run by root, the database is another user, who must be able to pass.
        folder.chmod(0o711)
        voice = write(folder / "voice.wav", room_s=9, voice_s=111)
        with embedded.start(folder / "database", progress=print) as database:
            migrate(database.uri)
            (folder / "server").mkdir()
            with (
                serving(folder / "server", database.uri) as stand,
                sync_playwright() as playwright,
                chromium(playwright, microphone=voice.path) as browser,
            ):
                opened = stand.open()
                pictures = Pictures(out, stand, browser)
                play(pictures, opened)
                look_back(pictures, opened)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
