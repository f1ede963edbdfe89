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
#: Milliseconds between frames: of the page that is looked at, and of one that must leave it the machine.
AT_ONCE: Final = 0
HARDLY: Final = 3000


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
        """Take a picture."""
        path = self.out / f"{name}.png"
        page.screenshot(path=path)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)

    def take_while_speaking(self, page: Page, speaker: str, name: str) -> None:
        """Take a picture while somebody's line is shown, before and after."""
        captions = page.locator(".captions")
        while True:
            page.wait_for_function(
                "who => document.querySelector('.captions').textContent.startsWith(who)", arg=speaker, polling=50
            )
            said = captions.inner_text()
            self.take(page, name)
            if captions.inner_text() == said:
                return


def pace(tab: Tab, gap_ms: int) -> None:
    """How often this page is drawn from now on."""
    tab.page.evaluate("gap => { window.displayGap = gap; }", gap_ms)


def play(pictures: Pictures, opened: Opened) -> None:
    """One session, with pictures of the station and of the console."""
    stand = pictures.stand
    trainee = Trainee(pictures.open(stand.station(opened), quality="high"))
    trainee.consent(microphone=True)
    trainee.calibrate()
    trainee.begin()
    # Keys are let go on time only where frames leave time.
    pace(trainee.tab, HARDLY)
    trainee.page.keyboard.press("r")
    trainee.closer(PERSON, 1.6)
    trainee.recorded(10)
    trainee.back(PERSON, 3.2)
    trainee.page.keyboard.press("6")
    pace(trainee.tab, AT_ONCE)
    pictures.take_while_speaking(trainee.page, "Daniel", "station")
    pace(trainee.tab, HARDLY)
    instructor = Instructor(pictures.open(stand.console(opened), quality="high"))
    pace(instructor.tab, AT_ONCE)
    for key, line in (("1", "Marked: open question"), ("2", "Marked: reflection"), ("s", "A siren passes")):
        instructor.press(key)
        instructor.logged(line)
    trainee.page.keyboard.press("3")
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
