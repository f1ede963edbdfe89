"""Where a bot's head is: it walks in straight lines at a human pace, and looks where it should.

The walk is exact and on record: between two knots the head moves at constant speed on a straight line, so a
test can say where a trainee stood at any moment. A step's bob moves the head up and down only, and the small
unrest of a standing person only turns it: neither changes a horizontal distance.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["POSE_COLUMNS", "POSE_RATE", "Body", "Knot", "Place"]

POSE_COLUMNS: Final = ("px", "py", "pz", "qx", "qy", "qz", "qw")
POSE_RATE: Final = 72.0

#: Eyes of a standing adult of average height (m).
EYE_HEIGHT: Final = 1.62

#: A calm walking pace, and how quickly one reaches it and stops from it.
WALK_M_S: Final = 1.2
ACCELERATION_M_S2: Final = 1.5

#: A head turns at about this rate when somebody looks round without hurry (rad/s).
TURN_RAD_S: Final = math.pi

#: Steps per second and how far the head rises and falls with each at walking pace (m).
STEP_HZ: Final = 1.8
BOB_M: Final = 0.02

#: A standing person's head wanders by about a degree, slowly (rad, Hz).
UNREST_RAD: Final = math.radians(1.0)
UNREST_HZ: Final = (0.31, 0.19)

#: Closer than this to where it should be, a body stands (m).
ARRIVED_M: Final = 1e-6

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Knot:
    """At ``ms`` on the client's clock the head was at ``x``, ``z`` (m), turned by ``yaw`` (rad about +y)."""

    ms: float
    x: float
    z: float
    yaw: float


class Body:
    """One trainee on their feet. ``bounds`` are the scene's ((x low, x high), (z low, z high)) in m."""

    def __init__(self, now_ms: float, at: Place, yaw: float, *, bounds: tuple[Place, Place]) -> None:
        """Stand ``at`` the place, looking along ``yaw`` (rad about +y, 0 along -z)."""
        self.walk = [Knot(now_ms, *at, yaw)]
        self.bounds = bounds
        self._speed = 0.0

    @property
    def place(self) -> Place:
        """Where the body is now."""
        return self.walk[-1].x, self.walk[-1].z

    def step(self, now_ms: float, *, towards: Place, looking_at: Place, pace: float = WALK_M_S) -> None:
        """Move on until ``now_ms``, at ``pace`` (m/s) or less, braking to stand exactly at ``towards``."""
        last = self.walk[-1]
        seconds = (now_ms - last.ms) / 1000
        if seconds <= 0:
            return
        x, z = self.within(towards)
        dx, dz = x - last.x, z - last.z
        left = math.hypot(dx, dz)
        if left <= ARRIVED_M:
            self._speed = 0.0
            place = (x, z)
        else:
            braking = math.sqrt(2 * ACCELERATION_M_S2 * left)
            self._speed = min(pace, braking, self._speed + ACCELERATION_M_S2 * seconds)
            share = min(1.0, self._speed * seconds / left)
            place = (x, z) if share == 1.0 else (last.x + share * dx, last.z + share * dz)
        self.walk.append(Knot(now_ms, *place, _turn(last, looking_at, seconds)))

    def rows(self, client_ms: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return poses (7, rows) in the order of ``POSE_COLUMNS`` at times within the latest step."""
        a, b = self.walk[-2:] if len(self.walk) > 1 else (self.walk[0], self.walk[0])
        share = np.clip((client_ms - a.ms) / max(b.ms - a.ms, 1e-9), 0.0, 1.0)
        seconds = client_ms / 1000
        pace = self._speed / WALK_M_S
        poses = np.empty((7, client_ms.size), np.float32)
        poses[0] = a.x + share * (b.x - a.x)
        poses[1] = EYE_HEIGHT + pace * BOB_M * np.sin(2 * math.pi * STEP_HZ * seconds)
        poses[2] = a.z + share * (b.z - a.z)
        yaw = a.yaw + share * (b.yaw - a.yaw) + UNREST_RAD * np.sin(2 * math.pi * UNREST_HZ[0] * seconds)
        pitch = UNREST_RAD * np.sin(2 * math.pi * UNREST_HZ[1] * seconds)
        poses[3:] = _quaternions(yaw, pitch)
        return poses

    def within(self, place: Place) -> Place:
        """Return the place, or where the bounds stop somebody on the way to it."""
        (x_low, x_high), (z_low, z_high) = self.bounds
        return min(max(place[0], x_low), x_high), min(max(place[1], z_low), z_high)


def _turn(last: Knot, looking_at: Place, seconds: float) -> float:
    """Return the yaw after turning towards ``looking_at`` for ``seconds``, the short way round."""
    dx, dz = looking_at[0] - last.x, looking_at[1] - last.z
    if math.hypot(dx, dz) < ARRIVED_M:
        return last.yaw
    difference = math.remainder(math.atan2(-dx, -dz) - last.yaw, 2 * math.pi)
    most = TURN_RAD_S * seconds
    return last.yaw + max(-most, min(most, difference))


def _quaternions(yaw: NDArray[np.float64], pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (4, rows) x, y, z, w: first pitch about the head's own x, then yaw about +y."""
    cy, sy = np.cos(yaw / 2), np.sin(yaw / 2)
    cp, sp = np.cos(pitch / 2), np.sin(pitch / 2)
    return np.stack((cy * sp, sy * cp, -sy * sp, cy * cp))
