"""The registry of streams: what is recorded, in which unit, how private, and what is plausible.

This registry *is* the data dictionary: exports, the view `research.dictionary`, the hypertables' columns (a
test compares them) and the documentation are read from it. A stream is a declared shape; a *track* is one
stream of one station in one client run. All streams share WebXR's axes: right-handed, y up, -z forward,
metres, quaternions x, y, z, w, in the scene's frame.

Plausibility bounds flag a row (`flags` bit 1 in the store), they never drop it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Origin = Literal["station", "server"]


class Privacy(enum.Enum):
    """How far a column identifies a person; exports and views release by this class."""

    MOTION_BIOMETRIC = "motion_biometric"
    """Raw motion: re-identifies 94 % of 55,541 people from 100 s (arXiv 2302.08927)."""
    VOICE_FEATURE = "voice_feature"
    """Levels of a voice: no words and no voice print, but a person's speech all the same."""
    DERIVED = "derived"
    """Computed from the above at a coarser grain."""
    SCENARIO = "scenario"
    """Belongs to the simulated person, to nobody real."""
    RECORD = "record"
    """The training record: what was done when and what came of it, under a pseudonym."""


@dataclass(frozen=True, slots=True)
class Column:
    """One measured quantity. `low` and `high` are plausible, in the column's unit, both included."""

    name: str
    unit: str
    description: str
    privacy: Privacy
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stream:
    """A declared shape of regular samples; `rate` is nominal, in Hz; `label`: what a track's label names."""

    name: str
    columns: tuple[Column, ...]
    rate: float
    origin: Origin
    description: str
    axes: str
    label: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in wire order."""
        return tuple(column.name for column in self.columns)


SCENE_AXES = "WebXR, scene frame: right-handed, x right, y up, -z forward; metres; quaternion x, y, z, w"
NO_AXES = "none"

# Scenes are rooms and street corners; a head 60 m away or 3 m up is a tracking fault.
REACH_M = 60.0
HEAD_LOW_M, HEAD_HIGH_M = 0.0, 3.0
# A unit quaternion's component, with room for float32 and for headsets that do not renormalise.
UNIT = 1.001
# The wire writes silence as -120; BS.1770 puts a full-scale square wave near +3 LUFS.
SILENCE_LUFS, LOUDEST_LUFS = -120.0, 6.0
# Inter-sample peaks pass full scale by some dB.
LOUDEST_DBFS = 6.0
# A sprinter closes at 10 m/s; the derivative of a noisy pose may add some.
SPRINT_M_S = 15.0
# Continuous states of the person run 0 to 100 in the scenario language.
STATE_LOW, STATE_HIGH = 0.0, 100.0


def _pose(whose: str, privacy: Privacy) -> tuple[Column, ...]:
    """Seven columns of a position and an orientation of somebody's eyes."""
    return (
        Column("px", "m", f"{whose}: x, to the right of the scene's origin", privacy, -REACH_M, REACH_M),
        Column("py", "m", f"{whose}: y, height above the floor", privacy, HEAD_LOW_M, HEAD_HIGH_M),
        Column("pz", "m", f"{whose}: z, towards the viewer; -z is forward", privacy, -REACH_M, REACH_M),
        Column("qx", "1", f"{whose}: orientation, x of the unit quaternion", privacy, -UNIT, UNIT),
        Column("qy", "1", f"{whose}: orientation, y of the unit quaternion", privacy, -UNIT, UNIT),
        Column("qz", "1", f"{whose}: orientation, z of the unit quaternion", privacy, -UNIT, UNIT),
        Column("qw", "1", f"{whose}: orientation, w of the unit quaternion", privacy, -UNIT, UNIT),
    )


HEAD_POSE = Stream(
    name="head_pose",
    columns=_pose("the trainee's eyes", Privacy.MOTION_BIOMETRIC),
    rate=72.0,
    origin="station",
    description="Where the trainee's eyes are and look, as the headset or the browser station reports it.",
    axes=SCENE_AXES,
)

VOICE = Stream(
    name="voice",
    columns=(
        Column("loudness", "LUFS", "momentary loudness of the last 400 ms (ITU-R BS.1770-5); silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_LUFS),
        Column("power", "LUFS", "K-weighted level of this 20 ms alone; silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_LUFS),
        Column("peak", "dBFS", "largest absolute sample of this 20 ms; silence is -120",
               Privacy.VOICE_FEATURE, SILENCE_LUFS, LOUDEST_DBFS),
        Column("clipped", "1", "share of this 20 ms' samples at full scale", Privacy.VOICE_FEATURE, 0.0, 1.0),
        Column("speaking", "1", "1 while the station's voice detector says that the trainee speaks, else 0",
               Privacy.VOICE_FEATURE, 0.0, 1.0),
    ),
    rate=50.0,
    origin="station",
    description="The level of the trainee's voice, taken at the microphone, before any codec; no audio.",
    axes=NO_AXES,
)  # fmt: skip

ACTOR_POSE = Stream(
    name="actor_pose",
    columns=_pose("the actor's eyes", Privacy.SCENARIO),
    rate=20.0,
    origin="server",
    description="Where a simulated person's eyes are and where they look, as the scenario placed them.",
    axes=SCENE_AXES,
    label="actor id",
)

PROXIMITY = Stream(
    name="proximity",
    columns=(
        Column("distance", "m", "horizontal distance from the trainee's eyes to the actor's eyes",
               Privacy.DERIVED, 0.0, 2.0 * REACH_M),
        Column("closing_speed", "m/s", "the trainee's own speed towards the actor; positive approaches",
               Privacy.DERIVED, -SPRINT_M_S, SPRINT_M_S),
        Column("cover", "1", "share of the trainee's body that cover hides from the actor's eyes",
               Privacy.DERIVED, 0.0, 1.0),
    ),
    rate=20.0,
    origin="server",
    description="The trainee's relation to one actor, as the running scenario's guards saw it.",
    axes=SCENE_AXES,
    label="actor id",
)  # fmt: skip

PERSON_STATE = Stream(
    name="person_state",
    columns=(
        Column("value", "1", "the state's value, from 0 to 100 in most scenarios", Privacy.SCENARIO,
               STATE_LOW, STATE_HIGH),
    ),
    rate=20.0,
    origin="server",
    description="A continuous state of the simulated person, such as agitation.",
    axes=NO_AXES,
    label="state name",
)  # fmt: skip

STREAMS: Mapping[str, Stream] = MappingProxyType(
    {stream.name: stream for stream in (HEAD_POSE, VOICE, ACTOR_POSE, PROXIMITY, PERSON_STATE)}
)
"""Every stream by name, in the order in which dictionaries list them."""
