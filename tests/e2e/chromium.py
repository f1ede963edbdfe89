"""Debian's Chromium, headless, with a microphone that plays a file; and pages whose every complaint is kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, Response, ViewportSize, expect

from tests.e2e.tap import Tap

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
MISSING: Final = "these tests drive Chromium, which was not found: sudo apt-get install chromium (`make test` does it)"
#: Software rendering shared by two cores: what takes long here is slow and not stuck.
PATIENCE_MS: Final = 45_000
expect.set_options(timeout=PATIENCE_MS)

FLAGS: Final = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-rasterization",
    "--disable-accelerated-2d-canvas",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    # Nothing leaves the machine, and a tab in the background goes on: two tabs are played in one window here.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)

#: A display of some four frames a second. Two cores draw two pages in software here; unhindered, the first one would
#: take all of it. Nothing that is recorded at a keyboard depends on frames. `displayGap` (ms) changes the pace.
SLOW_DISPLAY: Final = """(() => {
  const draw = window.requestAnimationFrame.bind(window);
  const waiting = new Set();
  let last = 0;
  window.displayGap = 200;
  window.requestAnimationFrame = (frame) => {
    const [id, asked] = [++last, performance.now()];
    const due = () => {
      if (performance.now() - asked < window.displayGap) setTimeout(due, 20);
      else draw((now) => { if (waiting.delete(id)) frame(now); });
    };
    waiting.add(id);
    due();
    return id;
  };
  window.cancelAnimationFrame = (id) => { waiting.delete(id); };
})()"""


def executable() -> str:
    """Where Chromium is; an assertion that names the command that installs it, where it is not."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found is not None, MISSING
    return found


@contextmanager
def chromium(playwright: Playwright, *, microphone: Path | None = None) -> Iterator[Browser]:
    """Run a browser; without a file its microphone beeps, as Chromium's own fake does."""
    plays = [f"--use-file-for-fake-audio-capture={microphone.resolve()}"] if microphone else []
    browser = playwright.chromium.launch(executable_path=executable(), args=[*FLAGS, *plays])
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Tab:
    """A page, the faults it showed, and what went over its WebSocket."""

    page: Page
    faults: list[str] = field(default_factory=list)
    tap: Tap = field(default_factory=Tap)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("websocket", self.tap.listen)

    def close(self) -> None:
        """Draw no more; faults and tap stay."""
        self.page.context.close()

    def _said(self, message: ConsoleMessage) -> None:
        # Chromium reports what the content security policy stopped as an error on the console.
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location})")

    def _failed(self, request: Request) -> None:
        # A page that is left lets go of what it was fetching.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"answered {response.status}: {response.request.method} {response.url}")


def tab(
    browser: Browser, url: str, *, width: int = 800, height: int = 500, scripts: tuple[str, ...] = ()
) -> Tab:
    """Open ``url`` in a context of its own; ``scripts`` run before the page's own."""
    context = browser.new_context(
        viewport=ViewportSize(width=width, height=height), permissions=["microphone"], service_workers="block"
    )
    context.set_default_timeout(PATIENCE_MS)
    for script in (SLOW_DISPLAY, *scripts):
        context.add_init_script(script)
    opened = Tab(context.new_page())
    opened.page.goto(url)
    return opened
