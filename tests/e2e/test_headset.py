"""An emulated headset on the station page: its head is recorded by the same stream as a browser station's."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, expect

from telemetry.trace import Trace
from tests.e2e.chromium import tab
from tests.e2e.playing import Trainee
from tests.e2e.stand import Stand

pytestmark = pytest.mark.browser

IWER = Path(__file__).parents[2] / "node_modules" / "iwer" / "build" / "iwer.min.js"
HEADSET = """(() => {
  const device = new IWER.XRDevice(IWER.metaQuest3);
  device.installRuntime({ forceInstall: true });
  device.position.set(0, 1.6, 0);
  window.headset = device;
})()"""
#: Where the scenario places the trainee, looking along -z (bus_shelter/scenario.yaml, scene.starts).
START_X, START_Z = 0.0, 6.2


@dataclass(frozen=True)
class Head:
    """Where the emulated head is in its room: metres, and its turn about the vertical axis in degrees."""

    x: float
    y: float
    z: float
    turn: float

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        half = math.radians(self.turn) / 2
        return (0.0, math.sin(half), 0.0, math.cos(half))

    @property
    def in_scene(self) -> npt.NDArray[np.float64]:
        """The row of ``head_pose`` that this is: the room stands where the trainee stood, turned as they were."""
        return np.array([START_X + self.x, self.y, START_Z + self.z, *self.quaternion])


#: A step forward and to the right, a duck, a look over the shoulder from further on.
HEADS = (Head(0.3, 1.62, -0.8, 0.0), Head(0.3, 1.15, -1.1, -20.0), Head(-0.4, 1.7, -1.9, 70.0))


def test_the_head_of_a_headset_is_recorded_in_the_scene(stand: Stand, browser: Browser) -> None:
    opened = stand.open()
    trainee = Trainee(tab(browser, stand.station(opened), scripts=(IWER.read_text(), HEADSET)))
    trainee.consent(microphone=False)
    trainee.screen("briefing")
    trainee.page.get_by_role("button", name="Enter VR and begin").click()
    trainee.page.wait_for_function("() => window.headset.activeSession !== undefined")
    trainee.page.wait_for_function("() => window.talkdown.phase === 'running'")
    for head in HEADS:
        move(trainee, head)
    trainee.page.evaluate("() => window.headset.activeSession.end()")
    trainee.walk("w", "z => window.talkdown.pose[2] < z", HEADS[-1].in_scene[2] - 0.5)
    trainee.acknowledged()
    stand.end(opened)
    expect(trainee.page.get_by_role("heading", name="The exercise is over")).to_be_visible()
    check_heads(stand.stored(opened))
    assert trainee.tab.faults == []


def move(trainee: Trainee, head: Head) -> None:
    """Put the emulated head somewhere, and wait until the page has seen it there and recorded it."""
    trainee.page.evaluate(
        """([x, y, z, turn]) => {
          window.headset.position.set(x, y, z);
          window.headset.quaternion.set(...turn);
        }""",
        [head.x, head.y, head.z, head.quaternion],
    )
    seen = "row => window.talkdown.pose?.every((value, i) => Math.abs(value - row[i]) < 0.001)"
    trainee.page.wait_for_function(seen, arg=head.in_scene.tolist())
    trainee.acknowledged()


def check_heads(recorded: Trace) -> None:
    """One track, every place held to a centimetre and in order; and the walk with the keys went on from the last."""
    stored = recorded.stream("head_pose")
    assert len({track.track for track in recorded.tracks if track.stream.name == "head_pose"}) == 1
    rows = np.stack([stored[name] for name in stored.stream.names], axis=1)
    reached = []
    for head in HEADS:
        there = np.flatnonzero(np.abs(rows - head.in_scene).max(axis=1) < 0.01)
        assert len(there), f"no row within a centimetre of {head}"
        reached.append(int(there[0]))
    assert reached == sorted(reached)
    after = rows[reached[-1] :]
    assert np.hypot(*(np.diff(after[:, [0, 2]], axis=0).T)).max() < 0.1
    assert np.all(np.diff(stored.client_ms) >= 0)
