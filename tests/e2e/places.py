"""Take pictures of a scenario's place as the stage draws it: python -m tests.e2e.places OUT_DIR SCENARIO ...

Seen from where the trainee begins, by the person, and from above: for those who draw places or write scenarios.
"""

import http.server
import json
import math
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from scenario_assets.language import Scenario, load, public
from scenario_assets.runtime import Engine
from session_server.cli.options import scenario_file
from tests.e2e.chromium import Tab, chromium

WEB: Final = Path(__file__).parents[2] / "clients" / "web"
SIZE: Final = {"width": 1280, "height": 720}

PAGE: Final = """<!doctype html><link rel="icon" href="data:,">
<style>body{margin:0}canvas{width:100vw;height:100vh;display:block}</style>
<canvas></canvas><script type="module">
import { createStage } from "/stage/stage.js";
const { scenario, actors, eyes, at, quality } = JSON.parse(window.shown);
const stage = createStage(document.querySelector("canvas"), scenario, { quality });
stage.setActors(actors, 0);
if (at) stage.setTrainee({ p: at.p, q: at.q }, 0);
await stage.ready;
stage.eyes(eyes);
for (let i = 0; i < 3; i++) { stage.render(performance.now(), 0); await new Promise(requestAnimationFrame); }
document.title = "drawn";
</script>"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path != "/picture":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())


@contextmanager
def pages() -> Iterator[str]:
    """Serve the pages' files; the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(WEB)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def turn(yaw: float) -> list[float]:
    """The quaternion that turns somebody by ``yaw`` radians."""
    return [0.0, math.sin(yaw / 2), 0.0, math.cos(yaw / 2)]


def shown(scenario: Scenario, eyes: str, quality: str) -> str:
    """What the page draws: everybody where the scenario begins, the trainee at the start."""
    engine = Engine(scenario, seed=1)
    engine.start()
    engine.advance(400)
    actors = {
        name: {"p": [view.x, view.y, view.z], "q": turn(view.yaw), "posture": view.posture,
               "gesture": view.gesture, "arousal": view.arousal, "speed": view.speed}
        for name, view in engine.actors.items()
    }  # fmt: skip
    start = scenario.scene.starts["trainee"]
    at = {"p": [start.at[0], 1.65, start.at[1]], "q": turn(math.radians(start.yaw))}
    seen = public(scenario, role="instructor", media_base="/none", variants=engine.variants)
    return json.dumps({"scenario": seen, "actors": actors, "eyes": eyes, "at": at, "quality": quality})


def take(browser: Browser, url: str, scenario: Scenario, eyes: str, path: Path, *, quality: str = "high") -> None:
    """One picture."""
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a size as the library wants it
    opened = Tab(page)
    page.add_init_script(f"window.shown = {json.dumps(shown(scenario, eyes, quality))};")
    page.goto(f"{url}/picture")
    page.wait_for_function("document.title === 'drawn'", timeout=120_000)
    page.screenshot(path=path)
    page.close()
    print(path, *opened.faults, sep="\n  ")


def main(out: Path, names: list[str]) -> None:
    """Take all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    with pages() as url, sync_playwright() as playwright, chromium(playwright) as browser:
        for name in names:
            scenario = load(scenario_file(Path(name)))
            for eyes in ("trainee", scenario.scoring.person, "overhead"):
                take(browser, url, scenario, eyes, out / f"{scenario.id}-{eyes}.png")
            take(browser, url, scenario, "trainee", out / f"{scenario.id}-low.png", quality="low")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
