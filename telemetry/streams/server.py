"""What the server records of a running scenario, one row per engine tick."""

from collections.abc import Mapping
from types import MappingProxyType

from telemetry.streams.pose import REACH_M, pose
from telemetry.streams.shape import SCALAR, SCENE, Column, Labels, Privacy, Stream

# A sprinter closes at 10 m/s; the derivative of a noisy pose may add some.
SPRINT_M_S = 15.0
# Continuous states of the person run 0 to 100 in the scenario language.
STATE_LOW, STATE_HIGH = 0.0, 100.0
TICK_HZ = 20.0

THREAT_LEVELS: Mapping[str, float] = MappingProxyType(
    {"none_visible": -1.0, "calm": 0.0, "agitated": 1.0, "contact_weapon": 2.0, "firearm": 3.0}
)
"""The scenario language's threat states as numbers. From `calm` up they rise in the distance that is asked for.

Of somebody out of sight no threat can be seen: `none_visible` stands below the scale, not on it. The steps are ranks:
their order means something, their differences and means do not.
"""

ACTOR = Labels("actor", "the actor's id in the scenario", Privacy.SCENARIO, "scenario")

ACTOR_POSE = Stream(
    name="actor_pose",
    columns=pose("the actor's eyes", Privacy.SCENARIO),
    rate=TICK_HZ,
    origin="server",
    description="Where a simulated person's eyes are and where they look, as the scenario placed them.",
    frame=SCENE,
    labels=ACTOR,
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
    rate=TICK_HZ,
    origin="server",
    description="The trainee's relation to one actor, as the running scenario's guards saw it.",
    frame=SCENE,
    labels=ACTOR,
)  # fmt: skip

PERSON_STATE = Stream(
    name="person_state",
    columns=(
        Column("value", "1", "the state's value, from 0 to 100 in most scenarios", Privacy.SCENARIO,
               STATE_LOW, STATE_HIGH),
    ),
    rate=TICK_HZ,
    origin="server",
    description="A continuous state of the simulated person, such as agitation.",
    frame=SCALAR,
    labels=Labels("state", "the state's name in the scenario", Privacy.SCENARIO, "scenario"),
)  # fmt: skip

THREAT_STATE = Stream(
    name="threat_state",
    columns=(
        Column("level", "rank", "rank of the threat: 0 calm (also where nothing is declared), 1 agitated, "
               "2 contact_weapon, 3 firearm; -1 none_visible: out of sight, below the scale. "
               "Ranks have an order, no differences",
               Privacy.SCENARIO, min(THREAT_LEVELS.values()), max(THREAT_LEVELS.values())),
    ),
    rate=TICK_HZ,
    origin="server",
    description="The threat state of the person whose crisis it is, which decides the distance that is asked for.",
    frame=SCALAR,
)  # fmt: skip
