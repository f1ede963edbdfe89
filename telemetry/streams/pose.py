"""Poses in the scene, and how far away from plausible they may be."""

from telemetry.streams.shape import Column, Privacy

# Scenes are rooms and street corners; a head 60 m away or 3 m up is a tracking fault.
REACH_M = 60.0
HEAD_LOW_M, HEAD_HIGH_M = 0.0, 3.0
# A controller may lie on the floor, whose height a headset knows to some centimetres; an arm reaches above a head.
HAND_LOW_M, HAND_HIGH_M = -0.3, 3.5
# A unit quaternion's component, with room for float32 and for headsets that do not renormalise.
UNIT = 1.001


def pose(whose: str, privacy: Privacy, *, low: float = HEAD_LOW_M, high: float = HEAD_HIGH_M) -> tuple[Column, ...]:
    """Return the seven columns of a position and an orientation; `low` and `high` bound the height in m."""
    return (
        Column("px", "m", f"{whose}: x, to the right of the scene's origin", privacy, -REACH_M, REACH_M),
        Column("py", "m", f"{whose}: y, height above the floor", privacy, low, high),
        Column("pz", "m", f"{whose}: z, towards the viewer; -z is forward", privacy, -REACH_M, REACH_M),
        Column("qx", "1", f"{whose}: orientation, x of the unit quaternion", privacy, -UNIT, UNIT),
        Column("qy", "1", f"{whose}: orientation, y of the unit quaternion", privacy, -UNIT, UNIT),
        Column("qz", "1", f"{whose}: orientation, z of the unit quaternion", privacy, -UNIT, UNIT),
        Column("qw", "1", f"{whose}: orientation, w of the unit quaternion", privacy, -UNIT, UNIT),
    )
