"""What the guards read and the record keeps of where the trainee is."""

import numpy as np
import pytest

from scenario_assets.runtime import Gaze
from session_server.core.messages import HeadsetState
from session_server.net.signals import Signals
from tests.session_server.rehearsal import small


def somebody(x: float, z: float) -> Gaze:
    return Gaze(x, 1.6, z, 0.0)


def test_what_is_recorded_of_a_tick_holds_where_it_has_moved_people() -> None:
    signals = Signals(small())
    signals.take("head_pose", np.array([[0, 1.65, 3, 0, 0, 0, 1]], np.float32), 10.0)
    seen = signals.proximity({"person": somebody(0, 0), "helper": somebody(1, 3)}, 10.0)
    kept = signals.after_tick(seen, {"person": somebody(0.4, 0)})
    assert list(kept) == ["person"]
    assert seen["person"].distance == pytest.approx(3.0)
    assert kept["person"].distance == pytest.approx(np.hypot(0.4, 3.0))
    assert kept["person"].cover == seen["person"].cover


def test_without_a_place_of_the_trainee_there_is_no_distance() -> None:
    signals = Signals(small())
    people = {"person": somebody(0, 0)}
    assert signals.after_tick(signals.proximity(people, 10.0), people) == {}
    signals.take("head_pose", np.array([[0, 1.65, 3, 0, 0, 0, 1]], np.float32), 10.0)
    assert signals.after_tick(signals.proximity(people, 11.5), people) == {}


def test_what_the_headset_last_said_is_known_however_long_ago() -> None:
    signals = Signals(small())
    assert signals.headset is None
    signals.take("headset_state", np.array([[1, 1, 72, 0], [0, 0, 3, 0]], np.float32), 10.0)
    assert signals.headset == HeadsetState(worn=0.0, visible=0.0)
