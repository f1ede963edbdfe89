"""An emulated headset on the station page: head, hands and what the headset does are recorded in the scene's frame."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, expect

from telemetry.trace import Trace
from tests.e2e.chromium import tab
from tests.e2e.playing import Trainee
from tests.e2e.stand import Opened, Stand

pytestmark = pytest.mark.browser

IWER = Path(__file__).parents[2] / "node_modules" / "iwer" / "build" / "iwer.min.js"
#: IWER calls every position emulated; here it is so while the headset is made to lose sight of the hands.
HEADSET = """(() => {
  const device = new IWER.XRDevice(IWER.metaQuest3);
  device.installRuntime({ forceInstall: true });
  device.position.set(0, 1.6, 0);
  window.headset = device;
  window.guesses = false;
  Object.defineProperty(XRPose.prototype, "emulatedPosition", { get: () => window.guesses });
})()"""
#: Left and right, in the room: at the trainee's side, and the right one put down before the second move.
HANDS = {"left": (-0.25, 1.05, -0.3), "right": (0.25, 1.1, -0.35)}
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


def test_head_and_hands_of_a_headset_are_recorded_in_the_scene(stand: Stand, browser: Browser) -> None:
    opened = stand.open()
    trainee = Trainee(tab(browser, stand.station(opened), scripts=(IWER.read_text(), HEADSET)))
    trainee.consent(microphone=False)
    trainee.screen("briefing")
    trainee.page.get_by_role("button", name="Enter VR and begin").click()
    trainee.page.wait_for_function("() => window.headset.activeSession !== undefined")
    trainee.page.wait_for_function("() => window.talkdown.phase === 'running'")
    hold(trainee, HANDS)
    for head in HEADS:
        move(trainee, head)
    lose_sight(trainee)
    put_down(trainee, "right")
    take_off(trainee, stand, opened)
    set_the_clock(trainee)
    trainee.page.evaluate("() => window.headset.activeSession.end()")
    trainee.walk("w", "z => window.talkdown.pose[2] < z", HEADS[-1].in_scene[2] - 0.5)
    trainee.acknowledged()
    stand.end(opened)
    expect(trainee.page.get_by_role("heading", name="The exercise is over")).to_be_visible()
    recorded = stand.stored(opened)
    check_heads(recorded)
    check_hands(recorded)
    check_state(recorded)
    check_epoch(recorded)
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


def hold(trainee: Trainee, hands: Mapping[str, tuple[float, float, float]]) -> None:
    """Have the emulated controllers at these places, each seen until it is recorded."""
    trainee.page.evaluate(
        """hands => {
          for (const [side, place] of Object.entries(hands)) {
            window.headset.controllers[side].position.set(...place);
            window.headset.controllers[side].quaternion.set(0, 0, 0, 1);
          }
        }""",
        {side: list(place) for side, place in hands.items()},
    )
    for side in hands:
        more_rows(trainee, f"hand_pose.{side}", 2)


def lose_sight(trainee: Trainee) -> None:
    """Have the headset guess where the hands are for some rows, and then see them again."""
    for guesses in (True, False):
        trainee.page.evaluate("guesses => { window.guesses = guesses; }", guesses)
        for side in HANDS:
            more_rows(trainee, f"hand_pose.{side}", 5)


def more_rows(trainee: Trainee, stream: str, rows: int) -> None:
    """Wait until more than so many further rows are recorded."""
    before = trainee.page.evaluate("stream => window.talkdown.streams[stream].next", stream)
    trainee.page.wait_for_function(
        "([stream, rows]) => window.talkdown.streams[stream].acked > rows", arg=[stream, before + rows]
    )


def put_down(trainee: Trainee, side: str) -> None:
    """Switch an emulated controller off: no more rows of it, while those of the other go on."""
    trainee.page.evaluate("side => { window.headset.controllers[side].connected = false; }", side)
    trainee.page.wait_for_function("() => window.headset.activeSession.inputSources.length === 1")
    more_rows(trainee, "hand_pose.left", 5)


def take_off(trainee: Trainee, stand: Stand, opened: Opened) -> None:
    """Take the emulated headset off: it hides its session. Instructors are told, and when it is worn again."""
    with stand.instructor(opened) as instructor:
        for state, told in (("hidden", {"worn": 0, "visible": 0}), ("visible", {"worn": 1, "visible": 1})):
            trainee.page.evaluate("state => window.headset.updateVisibilityState(state)", state)
            while instructor.receive("live")["headset"] != told:
                pass


def set_the_clock(trainee: Trainee) -> None:
    """Set the machine's clock forward by a minute. A page cannot tell this from a sleep of a minute."""
    trainee.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 60_000; }")
    more_rows(trainee, "head_pose", 5)


def check_epoch(recorded: Trace) -> None:
    """The page declared one new epoch of its clock, in which its clock goes on as before: its times do not jump."""
    (began,) = recorded.events_of("clock_epoch")
    assert (began.data["who"], began.data["cause"]) == ("trainee", "declared")
    jump_s = began.data["jump_s"]
    assert isinstance(jump_s, float)
    assert abs(jump_s) < 1
    stored = recorded.stream("head_pose")
    assert stored.client_ms[0] < began.data["since_ms"] < stored.client_ms[-1]
    assert np.all(np.diff(stored.t) >= 0)
    # Until the epoch's first exchange rows are dated by the quickest arrival, which a busy machine makes late.
    assert np.abs(np.diff(stored.t) - np.diff(stored.client_ms) / 1000).max() < 0.5


def check_hands(recorded: Trace) -> None:
    """Each hand is a stream of its own, where it was held, tracked."""
    for side, (x, y, z) in HANDS.items():
        stored = recorded.stream("hand_pose", side)
        # A controller's grip lies a few centimetres from the place it is given, along its handle.
        places = np.stack([stored[name] for name in ("px", "py", "pz")], axis=1)
        there = np.linalg.norm(places - [START_X + x, y, START_Z + z], axis=1) < 0.1
        assert there.sum() > 2, f"the {side} hand was never near {x, y, z}"
        assert changes(stored["tracked"]) == [1, 0, 1]
        assert np.all(np.diff(stored.client_ms) >= 0)


def check_state(recorded: Trace) -> None:
    """After the headset nobody says whether it is worn; in it, it was worn, taken off, worn.

    A machine that draws less than one frame a second has no poses meanwhile, and then that is not known either.
    """
    stored = recorded.stream("headset_state")
    assert stored["worn"][-1] == -1
    assert changes(stored["worn"][stored["worn"] >= 0]) == [1, 0, 1]
    assert np.all(stored["visible"][stored["worn"] == 0] == 0)
    assert np.all(stored["visible"][stored["worn"] == 1] == 1)
    assert np.all(np.diff(stored.client_ms) >= 0)


def changes(values: npt.NDArray[np.float32]) -> list[int]:
    """Each value that follows another one."""
    return [int(value) for value, before in zip(values, [None, *values], strict=False) if value != before]


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
